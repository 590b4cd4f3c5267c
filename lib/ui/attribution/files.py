"""Downloads of the Attribution page: the logo as SVG, PNG and PDF, the numbers as CSV, TSV and npz."""

from collections.abc import Callable
from dataclasses import replace
from typing import TYPE_CHECKING, NamedTuple

import pandas as pd
import streamlit as st

from lib.attribution.base import Attribution
from lib.attribution.trust import Trust, judge
from lib.core.alphabet import in_alphabet
from lib.figures.logo import LONGEST, logo_figure, to_pdf, to_png, to_svg
from lib.io.export import to_csv, to_xlsx
from lib.store.attribution_files import mutations_to_tsv, to_npz, to_tsv
from lib.ui.attribution.data import Subject
from lib.ui.attribution.view import Options
from lib.ui.widgets import trust_badge
from lib.ui.widgets.downloads import MIME
from lib.ui.widgets.text import file_name

if TYPE_CHECKING:
    from matplotlib.figure import Figure

MOST_HITS = 40
_TSV = "text/tab-separated-values"


class Offer(NamedTuple):
    """A file that can be had: its label, the ending of its name, its MIME type, and what makes it."""

    label: str
    ending: str
    mime: str
    make: Callable[[], bytes]


def list_downloads(
    subject: Subject,
    explained: Attribution,
    effects: Attribution | None,
    wanted: Options,
    *,
    trust: Callable[[], Trust],
) -> list[Offer]:
    """Give the files of an attribution; with ``effects`` those of the mutagenesis map as well.

    ``trust`` gives the badge when a file is made, by when more may have been checked than when the page was drawn.
    """
    drawn = replace(explained, effects=effects.effects) if wanted.mutagenesis and effects is not None else explained
    every = [hit for track in wanted.hits for hit in track.hits]
    hits = sorted(every, key=lambda hit: -abs(hit[3]))[:MOST_HITS]
    window = (0, min(LONGEST, len(subject.sequence)))
    ids, rna = [subject.name], wanted.rna

    def picture() -> "Figure":
        return logo_figure(
            drawn,
            trust(),
            title=subject.name,
            unit=subject.unit,
            rna=rna,
            window=window,
            hits=hits,
            whiskers=wanted.whiskers,
        )

    def numbers() -> pd.DataFrame:
        return _list_numbers(subject, explained, trust(), rna=rna)

    made = [
        Offer("Logo (SVG)", ".svg", "image/svg+xml", lambda: to_svg(picture())),
        Offer("Logo (PNG)", ".png", "image/png", lambda: to_png(picture())),
        Offer("Logo (PDF)", ".pdf", "application/pdf", lambda: to_pdf(picture())),
        Offer("Numbers (CSV)", ".csv", "text/csv", lambda: to_csv(numbers())),
        Offer("Numbers (Excel)", ".xlsx", MIME["xlsx"], lambda: to_xlsx(numbers())),
        Offer("Numbers (TSV)", ".tsv", _TSV, lambda: to_tsv([explained], ids, [trust()], rna=rna).encode()),
        Offer("Numbers (npz)", ".npz", "application/octet-stream", lambda: to_npz([drawn], ids, [trust()])),
    ]
    if effects is not None:

        def mutations() -> bytes:
            skill = trust_badge.skill(subject.run, subject.target, subject.head)
            judged = trust() if effects is explained else judge(effects, skill)
            return mutations_to_tsv([effects], ids, [judged], rna=rna).encode()

        made.append(Offer("Mutations (TSV)", "-mutations.tsv", _TSV, mutations))
    return made


def _list_numbers(subject: Subject, explained: Attribution, trust: Trust, *, rna: bool) -> pd.DataFrame:
    """Give one row per nucleotide with what the TSV holds; positions are from 0."""
    unit = f" ({subject.unit})" if subject.unit else ""
    letters = list(in_alphabet(explained.sequence, rna=rna))
    columns = {"id": subject.name, "position (nt, from 0)": range(len(letters)), "base": letters}
    scores = {f"attribution{unit}": explained.scores}
    if explained.standard_errors is not None:
        scores[f"standard error{unit}"] = explained.standard_errors
    return pd.DataFrame({**columns, **scores, "badge": trust.word})


def downloads(
    subject: Subject,
    explained: Attribution,
    effects: Attribution | None,
    wanted: Options,
    *,
    trust: Callable[[], Trust],
) -> None:
    """Draw the download buttons; each file is made when it is asked for."""
    name = f"{subject.name} {subject.run.name} {explained.method}"
    with st.container(horizontal=True, gap="small"):
        for offer in list_downloads(subject, explained, effects, wanted, trust=trust):
            st.download_button(
                offer.label,
                data=offer.make,
                file_name=file_name(name, offer.ending),
                mime=offer.mime,
                key=f"attribution{offer.ending}",
                icon=":material/download:",
                on_click="ignore",
            )
    if len(subject.sequence) > LONGEST:
        st.caption(f"The logo shows the first {LONGEST:,} of {len(subject.sequence):,} nt; the numbers hold all.")
