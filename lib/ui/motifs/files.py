"""The files of a discovery: its table, every seqlet, MEME, logos, and attributions as tracks, tables and npz."""

import io
import zipfile
from collections.abc import Callable, Mapping
from functools import partial
from typing import TYPE_CHECKING

import pandas as pd
import streamlit as st

from lib.io.genome_tracks import BEDGRAPH, BIGWIG
from lib.io.meme import to_meme
from lib.store import attribution_sets, genome_files, set_files
from lib.ui.widgets import charts, downloads
from lib.ui.widgets.text import file_name
from lib.views import patterns as views
from lib.views.patterns import PatternView

if TYPE_CHECKING:
    from matplotlib.figure import Figure


def draw(view: PatternView) -> None:
    """Draw the buttons."""
    name = f"{view.run.name}-patterns"
    with st.container(horizontal=True, gap="small", vertical_alignment="center"):
        downloads.csv_button(
            lambda: views.tabulate_patterns(view), name=name, key="patterns-csv", label="Patterns (CSV)"
        )
        downloads.csv_button(lambda: _seqlets(view), name=f"{name}-seqlets", key="seqlets-csv", label="Seqlets (CSV)")
        st.download_button(
            "Patterns (MEME)",
            data=lambda: _meme(view),
            file_name=file_name(name, ".meme"),
            mime="text/plain",
            key="patterns-meme",
            on_click="ignore",
            type="tertiary",
            icon=":material/download:",
            help="The shares of bases, for other programs; letters are those of DNA. Remarks give the trust badge",
        )
        st.caption("Logos:", width="content")
        charts.files(lambda: _page(view), name=f"{name}-logos", key="pattern-logos")
    with st.container(horizontal=True, gap="small", vertical_alignment="center"):
        _attributions(view)


def _attributions(view: PatternView) -> None:
    """Draw the files of single bases: tracks where windows have coordinates, tables otherwise, npz for programs."""
    job, name = view.job.id, file_name(view.run.name, "")
    st.caption("Attributions:", width="content")
    path = attribution_sets.path_of(job)
    if not path.is_file():
        st.caption("removed; start the discovery again to have them.", width="content")
        return
    if genome_files.has_places(view.run.dataset):
        for label, form in (("bigWig", BIGWIG), ("bedGraph", BEDGRAPH)):
            download(
                label,
                partial(
                    lambda form: zip_files(genome_files.attribution_files(job, form, f"{name}-attributions")), form
                ),
                f"{name}-attributions-{form}.zip",
                help="A file for each strand; the mean where windows overlap",
            )
    else:
        download(
            "TSV",
            lambda: zip_files(genome_files.attribution_files(job, genome_files.TSV, f"{name}-attributions")),
            f"{name}-attributions.zip",
            help="One row per base. bigWig needs windows with coordinates.",
        )
    download(
        "npz",
        lambda: _set(view),
        f"{name}-patterns-set.npz",
        help="IDs, lengths, one-hot, attributions, hypothetical contributions and trust badges",
    )
    download(
        "npz for tfmodisco",
        lambda: zip_files(genome_files.modisco_files(job)),
        f"{name}-tfmodisco.zip",
        help="ohe.npz and shap.npz, (N, 4, L): modisco motifs -s ohe.npz -a shap.npz",
    )
    if view.dataset.tracks and genome_files.has_places(view.run.dataset):
        st.caption("Predictions:", width="content")
        for label, form in (("bigWig", BIGWIG), ("bedGraph", BEDGRAPH)):
            download(
                label,
                partial(
                    lambda form: zip_files(genome_files.prediction_files(view.run.id, form, f"{name}-predicted")), form
                ),
                f"{name}-predicted-{form}.zip",
                help="Predicted counts at each base, by track and strand",
            )


def download(label: str, make: Callable[[], bytes], name: str, *, help: str) -> None:
    """Draw a button for a file that is made when it is pressed; ``name`` ends as the file does."""
    stem, _, ending = name.rpartition(".")
    st.download_button(
        label,
        data=make,
        file_name=file_name(stem, f".{ending}"),
        mime="application/octet-stream",
        key=f"file-{name}",
        on_click="ignore",
        type="tertiary",
        icon=":material/download:",
        help=help,
    )


def zip_files(made: Mapping[str, bytes]) -> bytes:
    """Put files into one, by their names."""
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in made.items():
            archive.writestr(name, content)
    return file.getvalue()


def _set(view: PatternView) -> bytes:
    made = attribution_sets.load(view.job.id)
    return set_files.to_npz(made, set_files.judge_set(made, view.choice))


def _seqlets(view: PatternView) -> pd.DataFrame:
    tables = [views.tabulate_seqlets(view, pattern).assign(Pattern=pattern.name) for pattern in view.patterns]
    return pd.concat(tables, ignore_index=True)


def _meme(view: PatternView) -> str:
    named = {f"pattern_{pattern.name}": pattern.ppm for pattern in view.patterns}
    sites = {f"pattern_{pattern.name}": len(pattern.seqlets) for pattern in view.patterns}
    return to_meme(named, sites=sites, remarks=view.trust.list_remarks())


def _page(view: PatternView) -> "Figure":
    from lib.figures.pwm_logos import logo_page

    return logo_page(
        {f"pattern {pattern.name}": pattern.ppm for pattern in view.patterns},
        rna=view.rna,
        notes=[f"n = {len(pattern.seqlets):,}{view.warning}" for pattern in view.patterns],
    )
