"""One instance or seqlet in its whole sequence: attributions, the instances of all patterns, and what is framed."""

from typing import Any

import numpy as np
import pandas as pd
import streamlit as st

from lib.core.alphabet import in_alphabet
from lib.figures.pattern_logos import consensus
from lib.motifs.instances import FDR
from lib.store import set_files
from lib.store.attribution_sets import AttributionSet
from lib.store.files import home
from lib.store.runs import Run
from lib.ui.attribution.data import truth_track
from lib.ui.motifs.data import write_signed
from lib.ui.ruler import HitsTrack, LettersTrack, Track, ruler
from lib.ui.widgets import trust_badge
from lib.ui.widgets.text import plain
from lib.views.patterns import PatternView

HEIGHT = 250
"""Pixels of the ruler, so that the table below it stays in sight."""


def instances_of(job: Run) -> pd.DataFrame:
    """Give the instances of a finished discovery, q up to 0.2.

    Raises
    ------
    UserError
        If its files are gone, or there are too few sequences.
    """
    return _instances(str(home()), job.id, str(job.ended))


@st.cache_resource(max_entries=8, show_spinner="Calling motif instances")
def _instances(home: str, job_id: str, ended: str) -> pd.DataFrame:
    from lib.store import instances

    return instances.find(job_id)


@st.cache_resource(max_entries=4, show_spinner="Opening the attributions")
def _attributions(home: str, job_id: str, ended: str) -> AttributionSet:
    from lib.store import attribution_sets

    return attribution_sets.load(job_id)


def pick_row(event: Any, rows: int) -> int | None:
    """Give the row of a table that was clicked, anywhere in it; None where none was."""
    at = [*event.selection.rows, *(row for row, _ in event.selection.cells)]
    return int(at[0]) if at and at[0] < rows else None


def label(view: PatternView, name: str) -> str:
    """Name a pattern with its consensus, as ``-2 GCACUU``."""
    pattern = view.find_pattern(name)
    return name if pattern is None else f"{name} {consensus(pattern.ppm, rna=view.rna)}"


def draw(view: PatternView, sequence_id: str, start: int, end: int, what: str, *, key: str, fdr: float = FDR) -> None:
    """Draw the sequence of an instance or a seqlet on the ruler, with its range [start, end) framed.

    Parameters
    ----------
    view
        The discovery.
    sequence_id
        Id of the sequence.
    start, end
        What is framed, from 0.
    what
        Says what it is, for the line above the ruler.
    key
        Names the ruler.
    fdr
        q up to which instances are drawn.
    """
    made = _attributions(str(home()), view.job.id, str(view.job.ended))
    row = int(np.flatnonzero(made.ids == sequence_id)[0])
    length = int(made.lengths[row])
    at = view.dataset.position(sequence_id)
    sequence = str(view.dataset.sequences[made.rows[row]])
    found = instances_of(view.job)
    found = found[(found["id"] == sequence_id) & (found["q"] <= fdr)]
    others = int(((found["start"] != start) | (found["end"] != end)).sum())
    shown = (found[name].tolist() for name in ("start", "end", "pattern", "contribution"))
    hits = [(start, end, label(view, str(pattern)), score) for start, end, pattern, score in zip(*shown, strict=True)]
    errors = None if made.standard_errors is None else made.standard_errors[row, :length]
    method = f"Attribution, {made.facts['method']}"
    tracks: list[Track] = [
        LettersTrack(method, made.attributions[row, :length], unit=view.unit, errors=errors),
        HitsTrack(f"Motif instances, q ≤ {fdr:g}", hits, unit=view.unit),
    ]
    truth = truth_track(_Place(view, sequence_id, at), rna=view.rna)
    if truth is not None:
        tracks.append(truth)
    letters = in_alphabet(sequence[start:end], rna=view.rna)
    said = (
        f"**{plain(sequence_id)}**, {plain(str(view.dataset.parts[made.rows[row]]))} part: "
        f"{what} **`{letters}`** at positions {start + 1:,} to {end:,}, attribution "
        f"{write_signed(float(made.attributions[row, start:end].sum()))} {plain(view.unit)}; "
        f"{others:,} other instance{'s' * (others != 1)}."
    )
    choice = view.choice
    skill = trust_badge.skill(view.run, choice.target, choice.head)
    with st.container(horizontal=True, vertical_alignment="center", gap="small"):
        trust_badge.button(set_files.judge_set(made, choice, rows=[row], skill=skill)[0])
        st.markdown(said, width="content")
    ruler(sequence, tracks, key=key, rna=view.rna, selected=(start, end), height=HEIGHT)


class _Place:
    """A sequence of the dataset, as ``truth_track`` asks for it."""

    def __init__(self, view: PatternView, name: str, row: int | None) -> None:
        self.name, self.row, self.dataset = name, row, view.dataset
