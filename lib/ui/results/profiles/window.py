"""One window: observed against predicted counts at each base, and below them what a head of the model used."""

import numpy as np
import pandas as pd
import streamlit as st

from lib.attribution.base import Attribution, Method
from lib.attribution.profile_heads import COUNTS, HEADS, PROFILE, UNIT, list_heads
from lib.attribution.trust import Trust
from lib.core.errors import UserError
from lib.datasets.locus import locus
from lib.figures.profile_windows import WindowProfile, window_picture
from lib.io.strands import groups
from lib.store.fitted import load_fitted
from lib.tasks.scores import PART_NAMES
from lib.ui import errors
from lib.ui.attribution import controls
from lib.ui.attribution.data import Subject
from lib.ui.attribution.provenance import explain
from lib.ui.results.profiles.data import OBSERVED_TOTAL, PREDICTED_TOTAL, ProfileView
from lib.ui.ruler import LettersTrack, ProfileTrack, Track, ruler
from lib.ui.widgets import charts, downloads, sequence_choice, state, trust_badge, url_widgets
from lib.ui.widgets.metric_row import Fact
from lib.ui.widgets.metric_row import draw as draw_facts
from lib.ui.widgets.progress_text import number
from lib.ui.widgets.text import plain

NOTHING = "none"
_SCALES = {PREDICTED_TOTAL: "Predicted total", OBSERVED_TOTAL: "Observed total"}
_EXPLAINS = {PROFILE: "Profile", COUNTS: "Counts", NOTHING: "Nothing"}
_MEANS = {
    PROFILE: "Letters above the line draw counts to the positions where the model expects them, letters below push "
    "them away.",
    COUNTS: "Letters above the line raise the predicted number of counts, letters below lower it.",
}


def draw(view: ProfileView) -> None:
    """Draw the window that the link names, at first the one that is met as well as the median."""
    row = _row(view)
    if row is None:
        return
    with st.container(horizontal=True, gap="medium", vertical_alignment="bottom"):
        sequence_choice.by_id(view.dataset, lambda name: state.choose(sequence=name), key=f"window-{view.run.id}")
        scaled = url_widgets.segments(
            "Predicted counts = share of each base ×",
            "scaled",
            _SCALES,
            help="A model of profiles says how counts share out over the bases, and how many there are. Times the "
            "observed total, the shapes are compared; times the predicted total, errors of both are seen.",
        )
        head = url_widgets.segments("Explained below", "head", _EXPLAINS)
        method = controls.choose_method(view.run) if head in HEADS else None
    window = view.window(row, scaled=scaled)
    _numbers(view, row, window)
    found, trust = None, None
    if method is not None and head in list_heads(load_fitted(view.run.id)):
        found = _explain(Subject(view.run, view.dataset, window.name, window.sequence, row, view.target, head), method)
    tracks: list[Track] = _profiles(view, row, window)
    if found is not None and method is not None:
        trust = trust_badge.quick(found, method, view.run, target=view.target, head=head)
        trust_badge.button(trust, label=_label(view, found, head), below=trust_badge.describe(found))
        label, unit = _label(view, found, head), unit_of(view, head)
        tracks.append(LettersTrack(label, found.scores, unit, errors=found.standard_errors))
    ruler(window.sequence, tracks, key="profile-window")
    _caption(view, window, head if found is not None else NOTHING)
    _files(view, window, found, trust, head)


def _row(view: ProfileView) -> int | None:
    """Give the row of the dataset that is chosen, of any part."""
    name = state.sequence_id()
    row = view.dataset.position(name) if name else None
    if row is None:
        known = np.flatnonzero(np.isfinite(view.pearson))
        if not len(known):
            st.info("No window of this part has counts in this track. Choose another part or track.")
            return None
        middle = known[np.argsort(view.pearson[known], kind="stable")[len(known) // 2]]
        row = int(view.places[middle])
        state.choose(sequence=str(view.dataset.ids[row]))
    return row


def _numbers(view: ProfileView, row: int, window: WindowProfile) -> None:
    predicted, observed = view.totals(row)
    facts = []
    for track, name in enumerate(view.dataset.tracks):
        of = f", {name}" if len(view.dataset.tracks) > 1 else ""
        r = window.pearson[track]
        facts += [
            Fact(f"Profile Pearson{of}", number(r, 2) if np.isfinite(r) else "–", "Of observed and predicted shares"),
            Fact(f"Counts observed{of}", f"{observed[track]:,.0f}", "Sum over the window"),
            Fact(f"Counts predicted{of}", f"{predicted[track]:,.0f}", "What the run predicts for the whole window"),
        ]
    part = PART_NAMES[str(view.dataset.parts[row])]
    where = locus(view.dataset, row)
    length = len(window.sequence)
    at = (
        ""
        if where is None
        else f" · {where.name} {min(where.first, where.at(length - 1)):,} to {max(where.first, where.at(length - 1)):,}"
    )
    with st.container(border=True):
        draw_facts(facts, title=window.name, below=f"{length:,} nt · {part} part{at}")


def _explain(subject: Subject, method: Method) -> Attribution | None:
    try:
        return explain(subject, method)
    except UserError as error:
        errors.show(error)
        return None


def _profiles(view: ProfileView, row: int, window: WindowProfile) -> list[Track]:
    """Give a track of the ruler for each track of the dataset, two strands as one."""
    where = locus(view.dataset, row)
    made: list[Track] = []
    for group in groups(window.tracks):
        of = list(group.tracks)
        made.append(
            ProfileTrack(
                group.label or "Counts",
                None if window.observed is None else window.observed[of],
                window.predicted[of],
                {name: counts[of] for name, counts in window.replicates.items()},
                strands=tuple(window.tracks[track] for track in of) if len(of) > 1 else (),
                genome=where,
            )
        )
    return made


def unit_of(view: ProfileView, head: str) -> str:
    """Give the unit of an attribution of a head."""
    return UNIT if head == PROFILE else view.unit


def _label(view: ProfileView, found: Attribution, head: str) -> str:
    of = "profile" if head == PROFILE else "counts"
    track = f", {view.track}" if len(view.dataset.tracks) > 1 else ""
    return f"Attribution of the {of}{track}, {found.method}"


def _caption(view: ProfileView, window: WindowProfile, head: str) -> None:
    said = [f"Bars: observed counts. Line: predicted share of each base times the {window.scaled}, in counts."]
    if window.replicates:
        count = len(window.replicates)
        said.append(f"Thin lines: {count} replicate{'' if count == 1 else 's'}.")
    if len(groups(window.tracks)) < len(window.tracks):
        said.append("The minus strand is drawn downwards.")
    if head in _MEANS:
        said.append(_MEANS[head])
    st.caption(" ".join(said))


def _files(view: ProfileView, window: WindowProfile, found: Attribution | None, trust: Trust | None, head: str) -> None:
    name = f"{view.run.name} {window.name}"
    scores = None if found is None else found.scores
    unit = unit_of(view, head)
    label = "Attribution" if found is None else f"{found.target}\n({unit})"
    note = "" if trust is None else trust.caption
    with st.container(horizontal=True, gap="small", vertical_alignment="center"):
        charts.files(
            lambda: window_picture(window, title=window.name, scores=scores, label=label, note=note),
            name=name,
            key="window-files",
        )
        downloads.csv_button(
            lambda: _table(window, found, trust, unit),
            name=name,
            key="window-csv",
            label="CSV",
            icon=None,
            help="One row for each base and track",
        )
        state.link(
            state.ATTRIBUTION,
            "Explain this window further",
            icon=":material/biotech:",
            run=view.run.id,
            dataset=view.run.dataset,
            sequence=window.name,
            head=head if head in HEADS else COUNTS,
            target=view.target_name if len(view.dataset.tracks) > 1 else None,
        )
        st.caption(f"{plain(window.name)} as a picture and as numbers", width="content")


def _table(window: WindowProfile, found: Attribution | None, trust: Trust | None, unit: str) -> pd.DataFrame:
    if found is None or trust is None:
        return window.table()
    frame = window.table(found.scores, unit=unit)
    if found.standard_errors is not None:
        frame[f"standard error ({unit})"] = np.tile(found.standard_errors, len(window.tracks))
    return frame.assign(badge=trust.word)
