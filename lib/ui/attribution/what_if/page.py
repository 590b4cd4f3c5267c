"""The what-if view of the Attribution page: the ruler to type into, and what every chosen run says to it."""

from collections.abc import Sequence
from dataclasses import replace
from typing import NamedTuple

import streamlit as st

from lib.attribution import METHODS
from lib.attribution.base import Attribution, Method
from lib.attribution.defaults import ANY_MODEL
from lib.attribution.trust import Trust
from lib.core.errors import UserError
from lib.core.spec import content_id
from lib.datasets.dataset import Dataset
from lib.store.runs import Run
from lib.ui import errors
from lib.ui.attribution import checks, view
from lib.ui.attribution import controls as attribution_choose
from lib.ui.attribution.controls import LONGEST_LINK as LONGEST_PASTED
from lib.ui.attribution.data import Subject
from lib.ui.attribution.provenance import require_short, try_out
from lib.ui.attribution.what_if import controls, effects, history
from lib.ui.attribution.what_if.history import History
from lib.ui.ruler import Editing, HeatTrack, LettersTrack, Selection, Track, read_typed, ruler
from lib.ui.widgets import (
    attribution_comparison,
    class_labels,
    domain,
    downloads,
    metric_row,
    run_tokens,
    state,
    trust_badge,
)
from lib.ui.widgets.metric_row import Fact
from lib.ui.widgets.progress_text import number
from lib.ui.widgets.text import file_name, plain


class Explained(NamedTuple):
    """How a run is called, what it was asked, its attribution with its badge, and its mutagenesis map."""

    label: str
    subject: Subject
    attribution: Attribution
    trust: Trust
    mapped: Attribution | None


KEY = "whatif-ruler"
MOST_RUNS = 4
LONGEST_MAP = 500
"""Nucleotides up to which the mutagenesis map is made without asking: it is made anew after every edit."""


def draw(run: Run, dataset: Dataset) -> None:
    """Draw the view."""
    with st.container(horizontal=True, vertical_alignment="bottom", gap="small"):
        subject = attribution_choose.choose_subject(run, dataset, heads=False)
        method = attribution_choose.choose_method(run) if subject is not None else None
        if subject is None or method is None:
            return
        wanted = view.draw_options(subject, longest=LONGEST_MAP)
    require_short(subject)
    chosen = attribution_comparison.pick_runs(run, most=MOST_RUNS)
    if not chosen:
        st.info("Choose at least one run to ask.")
        return
    now = _apply_edits(subject)
    linked = history.save(now)
    controls.draw(now, _selection(now))
    sequence = now.sequence
    subjects = [attribution_comparison.subject_for(subject, item) for item in chosen]
    asked = [replace(item, sequence=sequence) for item in subjects]
    require_short(asked[0])
    _draw_predictions(now, subjects)
    unlike = {item.dataset.id: domain.sentence(item.dataset, sequence) for item in asked}
    for said in dict.fromkeys(filter(None, unlike.values())):
        st.warning(said, icon=":material/explore_off:")
    badges = st.container(horizontal=True, vertical_alignment="center", gap="small")
    tracks: list[Track] = [now.track(rna=wanted.rna)] if now.edits else []
    with st.spinner("Asking the models about the edited sequence"):
        found = _explain_all(asked, method, mutagenesis=wanted.mutagenesis)
    for one in found:
        tracks += _draw_run_tracks(one, whiskers=wanted.whiskers)
    with badges:
        _draw_badges(subject, now, found)
    name = content_id([subject.name, subject.sequence])
    ruler(sequence, tracks, key=KEY, rna=wanted.rna, editing=Editing(name, now.done))
    _list_edits(subject, now, subjects, rna=wanted.rna)
    _draw_edits(now, subject, linked=linked)


def _apply_edits(subject: Subject) -> History:
    """Give the edits with what was typed and pressed since the page was drawn."""
    try:
        now = history.open_history(subject.sequence)
    except UserError as error:
        errors.show(error)
        now = History(subject.sequence)
    pressed = [(now.done, text) for text in controls.take_requests()]
    for count, text in [*read_typed(KEY, now.done), *pressed]:
        now.done = max(now.done, count)
        try:
            now.do(text)
        except UserError as error:
            errors.show(error)
    return now


def _selection(now: History) -> Selection | None:
    found = st.session_state.get(KEY, {}).get("selection")
    return Selection.parse(found, len(now.sequence))


def _draw_predictions(now: History, subjects: Sequence[Subject]) -> None:
    names = attribution_comparison.run_names([item.run for item in subjects])
    shown = []
    for item in subjects:
        try:
            before, after = effects.predict(item, now.start), effects.predict(item, now.sequence)
        except UserError as error:
            st.caption(f":material/block: {plain(names[item.run.id])}: {plain(str(error))}")
            continue
        unit = f" ({item.unit})" if item.unit else ""
        about = f"{item.target_name}{unit}; {number(before, 3)} before the first edit"
        value = f"{number(after, 3)} ({write_change(after - before)})"
        if item.dataset.classes:
            chance = class_labels.write_probability(
                class_labels.chances(item.run, item.dataset, now.sequence), item.target_name
            )
            value = f"{chance} · {item.unit} {value}"
        shown.append(Fact(names[item.run.id], value, about))
    count, length = len(now.edits), len(now.sequence)
    below = f"{length:,} nt · {count:,} edit{'' if count == 1 else 's'} · in brackets: change since the start"
    with st.container(border=True):
        metric_row.draw(shown, title=f"Prediction of {subjects[0].name}", below=below)


def write_change(value: float) -> str:
    """Write a change with its sign.

    >>> write_change(0.25), write_change(-0.1)
    ('+0.250', '−0.100')
    """
    return f"{value:+.3f}".replace("-", "−")


def _explain_all(asked: Sequence[Subject], method: Method, *, mutagenesis: bool) -> list[Explained]:
    found: list[Explained] = []
    names = attribution_comparison.run_names([item.run for item in asked])
    for item in asked:
        fits = not attribution_comparison.refusals(item.run)[method.name]
        used = method if fits else METHODS.create(ANY_MODEL)
        try:
            explained = try_out(item, used)
            mapped = try_out(item, METHODS.create(ANY_MODEL)) if mutagenesis else None
        except UserError:
            continue  # the predictions above say why
        trust = checks.run_quick_checks(item, used, explained)
        found.append(Explained(names[item.run.id] if len(asked) > 1 else "", item, explained, trust, mapped))
    return found


def _draw_badges(subject: Subject, now: History, found: Sequence[Explained]) -> None:
    """Show the badge of each attribution by what costs nothing, and lead to the page that makes all checks."""
    trust_badge.row([one.label or one.attribution.method for one in found], [one.trust for one in found])
    if found and len(now.sequence) <= LONGEST_PASTED:
        query = {**state.query(sequence=None), "seq": now.sequence, "name": f"{subject.name} edited"}
        st.page_link(
            state.ATTRIBUTION,
            label="Explain it with all checks",
            icon=":material/rule:",
            query_params=query if now.edits else state.query(),
        )


def _draw_run_tracks(one: Explained, *, whiskers: bool) -> list[Track]:
    before = f"{one.label}: " if one.label else ""
    item, unit = one.attribution, one.subject.unit
    label = f"{before}Attribution, {item.method}"
    tracks: list[Track] = [LettersTrack(label, item.scores, unit, errors=item.standard_errors, whiskers=whiskers)]
    read = run_tokens.track(one.subject.run, item, label=f"{before}Tokens")
    if read is not None:
        tracks.append(read)
    if one.mapped is not None and one.mapped.effects is not None:
        tracks.append(HeatTrack(f"{before}Effect of each single mutation", one.mapped.effects, unit))
    return tracks


def _list_edits(subject: Subject, now: History, subjects: Sequence[Subject], *, rna: bool) -> None:
    if not now.edits:
        st.caption(
            "Click a letter and type A, C, G, T or U; Delete and Backspace remove, the Insert key switches to "
            "inserting, arrow keys move, Ctrl + Z takes back. Nothing is edited yet."
        )
        return
    frame = effects.list_effects(now, subjects, rna=rna)
    st.markdown(f"**Edits and what each of them did** (n = {len(now.edits):,})")
    st.dataframe(
        frame.drop(columns="sequence"),
        hide_index=True,
        key="whatif-table",
        placeholder="–",
        alt=f"{len(now.edits)} edits with the prediction of {len(subjects)} runs after each of them",
        column_config={name: st.column_config.NumberColumn(format="%.3f") for name in frame.columns[3:-1]},
    )
    name = f"{subject.name} edited"
    with st.container(horizontal=True, gap="small"):
        downloads.csv_button(lambda: frame, name=name, key="whatif-csv", label="Edits and effects (CSV)")
        st.download_button(
            "Edited sequence (FASTA)",
            data=lambda: effects.fasta(subject.name, now, rna=rna),
            key="whatif-fasta",
            file_name=file_name(name, ".fasta"),
            mime="text/x-fasta",
            on_click="ignore",
            type="tertiary",
            icon=":material/download:",
        )


def _draw_edits(now: History, subject: Subject, *, linked: bool) -> None:
    if not now.edits:
        return
    if subject.row is None and len(subject.sequence) > LONGEST_PASTED:
        st.caption("The pasted sequence is too long for a link: it and its edits live in this session. Download them.")
    elif linked:
        st.caption("The link of this page holds these edits, so it shows the same to others.")
    else:
        st.caption("These edits are too long for a link; they live in this session. Download them.")
