"""Downloads of the Attribution page: the logo as SVG and PDF, the numbers as TSV and npz."""

from dataclasses import replace

import streamlit as st

from lib.attribution.base import Attribution
from lib.attribution.export import mutations_to_tsv, to_npz, to_tsv
from lib.plots.logo import LONGEST, logo_figure, to_pdf, to_svg
from lib.ui.attribution_data import Subject
from lib.ui.attribution_view import Options
from lib.ui.text import file_name

MOST_HITS = 40


def downloads(subject: Subject, explained: Attribution, effects: Attribution | None, wanted: Options) -> None:
    """Draw the download buttons; each file is made when it is asked for."""
    name = f"{subject.name} {subject.run.name} {explained.method}"
    drawn = explained
    if wanted.mutagenesis and effects is not None:
        drawn = replace(explained, effects=effects.effects)
    hits = [hit for track in wanted.hits for hit in track.hits]
    hits = sorted(hits, key=lambda hit: -abs(hit[3]))[:MOST_HITS]
    window = (0, min(LONGEST, len(subject.sequence)))

    def picture() -> object:
        return logo_figure(drawn, title=subject.name, unit=subject.unit, rna=wanted.rna, window=window, hits=hits)

    offers = [
        ("Logo (SVG)", "svg", "image/svg+xml", lambda: to_svg(picture(), title=subject.name)),
        ("Logo (PDF)", "pdf", "application/pdf", lambda: to_pdf(picture(), title=subject.name)),
        ("Numbers (TSV)", "tsv", "text/tab-separated-values", lambda: to_tsv([explained], [subject.name]).encode()),
        ("Numbers (npz)", "npz", "application/octet-stream", lambda: to_npz([drawn], [subject.name])),
    ]
    with st.container(horizontal=True, gap="small"):
        for label, form, mime, make in offers:
            st.download_button(
                label,
                data=make,
                file_name=file_name(name, f".{form}"),
                mime=mime,
                key=f"logo-{form}",
                icon=":material/download:",
                on_click="ignore",
            )
        if effects is not None:
            st.download_button(
                "Mutations (TSV)",
                data=lambda: mutations_to_tsv([effects], [subject.name], rna=wanted.rna).encode(),
                file_name=file_name(f"{name} mutations", ".tsv"),
                mime="text/tab-separated-values",
                key="mutations-tsv",
                icon=":material/download:",
                on_click="ignore",
            )
    if len(subject.sequence) > LONGEST:
        st.caption(f"The logo shows the first {LONGEST:,} of {len(subject.sequence):,} nt; the numbers hold all.")
