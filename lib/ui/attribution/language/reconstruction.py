"""Masked reconstruction: a logo of the bases that the language model expects, above the sequence as it stands."""

import numpy as np
import streamlit as st

from lib.attribution.masked_reconstruction import Reconstruction
from lib.core.alphabet import BASES, in_alphabet
from lib.figures.language import reconstruction_figure
from lib.store.language_files import to_npz
from lib.tasks.scores import percent
from lib.ui.attribution.data import Subject
from lib.ui.attribution.language import asking, files
from lib.ui.attribution.view import Options
from lib.ui.ruler import LineTrack, StackTrack, ruler
from lib.ui.widgets import metric_row, url_widgets
from lib.ui.widgets.metric_row import Fact
from lib.ui.widgets.progress_text import number
from lib.ui.widgets.text import plain

BITS, SHARES = "bits", "shares"
HEIGHTS = {BITS: "Information", SHARES: "Probability"}
TOPS = (0.02, 0.05, 0.1, 0.2, 0.5, 1.0, 2.0)
"""Heights of the axis in bits; a model that knows little has a low one, so that its letters can be read."""
_FULL = 0.5  # share of guesses below which the numbers at a place are worth a warning


def draw(subject: Subject, wanted: Options) -> None:
    """Draw the logo with what the model gets right, and the files."""
    if not asking.has_language_model(subject):
        return
    found = asking.reconstruction(subject)
    if found is None:
        return
    _draw_numbers(subject, found)
    with st.container(horizontal=True, vertical_alignment="bottom", gap="medium"):
        heights = url_widgets.segments(
            "Height of letters",
            "heights",
            HEIGHTS,
            help="Information: 2 bits where the model is certain, 0 where it expects every base alike. Probability: "
            "letters of every position add up to 1.",
        )
    chosen = ruler(
        subject.sequence,
        asking.make_tracks(subject, wanted, [make_track(found, heights), _make_standing_track(found)]),
        key="reconstruction-ruler",
        rna=wanted.rna,
    )
    if chosen is None:
        st.caption("Select a position to read the probability of each base there.")
    else:
        _draw_selection(found, chosen.start, chosen.end, rna=wanted.rna)
    st.caption(f":material/info: {plain(found.origin)}")
    least = float(np.nanmin(found.covered))
    if least < _FULL:
        st.caption(
            f"Tokens of this run have many lengths. Where a hidden token is long, few of the guessed words reach its "
            f"end: at one position only {percent(least)} of the guesses name a base. The file has this share for each."
        )
    _draw_files(subject, found, heights, rna=wanted.rna)


def make_track(found: Reconstruction, heights: str = BITS) -> StackTrack:
    """Give the logo as a track."""
    read = np.isfinite(found.information)
    if heights == SHARES:
        tall = np.where(read, 1.0, np.nan)
        return StackTrack("Expected bases", found.probabilities.T, tall, top=1, unit="probability")
    largest = float(np.nanmax(found.information))
    top = next(step for step in TOPS if step >= min(largest, TOPS[-1]))
    return StackTrack("Expected bases", found.probabilities.T, found.information, top=top, unit="bits")


def _make_standing_track(found: Reconstruction) -> LineTrack:
    return LineTrack("Probability of the observed base", found.standing)


def _draw_numbers(subject: Subject, found: Reconstruction) -> None:
    shown_facts = [
        Fact("Recovered", percent(found.accuracy), "Share of bases that the model finds most likely; 25% by chance"),
        Fact(
            "Perplexity",
            number(found.perplexity, 2),
            "Two to the mean of -log2 of the probability of the observed base: 4 by chance, 1 at best",
        ),
        Fact("Information", f"{number(float(np.nanmean(found.information)), 2)} bits", "Mean over positions, of 2"),
    ]
    with st.container(border=True):
        metric_row.draw(
            shown_facts, title=subject.name, below=f"{len(subject.sequence):,} nt · by chance: 25%, 4, 0 bits"
        )


def _draw_selection(found: Reconstruction, start: int, end: int, *, rna: bool) -> None:
    if end - start > 1:
        mean, known = found.standing[start:end], np.isfinite(found.standing[start:end])
        said = percent(float(mean[known].mean())) if known.any() else "–"
        st.markdown(f"Positions {start + 1:,} to {end:,}: the observed base has a mean probability of {said}.")
        return
    shares = found.probabilities[start]
    if not np.isfinite(shares).all():
        st.markdown(f"Position {start + 1:,} lies beyond what the encoder reads.")
        return
    pairs = zip(in_alphabet(BASES, rna=rna), shares.tolist(), strict=True)
    each = " · ".join(f"**{base}** {percent(share)}" for base, share in pairs)
    letter = in_alphabet(found.sequence[start], rna=rna)
    st.markdown(f"Position {start + 1:,}, where **{letter}** stands: {each}")


def _draw_files(subject: Subject, found: Reconstruction, heights: str, *, rna: bool) -> None:
    name = f"{subject.name} {subject.run.name} masked reconstruction"
    title = f"{subject.name}: masked reconstruction"
    files.draw(
        name,
        lambda: files.table("reconstruction", subject.name, found, rna=rna),
        lambda: to_npz([subject.name], [found]),
        lambda: reconstruction_figure(found, title=title, rna=rna, bits=heights == BITS),
    )
