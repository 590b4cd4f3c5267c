"""The Sweeps page: the list of groups, or the group that the link names with how far it is and what came out."""

from collections import Counter, defaultdict
from datetime import UTC

import pandas as pd
import streamlit as st

from lib.core.errors import UserError
from lib.jobs import groups as whole
from lib.store import datasets, groups, runs
from lib.store.groups import Group
from lib.store.runs import Run
from lib.ui import errors
from lib.ui.groups import comparison, sweep
from lib.ui.runs import table
from lib.ui.widgets import progress, run_score, state
from lib.ui.widgets.progress_text import LOOKS, duration
from lib.ui.widgets.text import plain

ALONE, ALL = "The group only; its runs stay", "The group and its runs"


def buttons(group: Group, members: list[Run]) -> None:
    """Draw the buttons that fit the state of a group."""
    with st.container(horizontal=True, width="content"):
        active = [run for run in members if not run.over]
        stopped = [run for run in members if run.state in runs.RESUMABLE and not groups.was_pruned(run)]
        if active:
            with st.popover("Cancel all", icon=":material/stop_circle:"):
                many = f"{len(active)} run{'s' * (len(active) != 1)}"
                st.markdown(f"Cancel the {many} of **{plain(group.name)}** that are not over? Finished ones stay.")
                if st.button("Cancel these runs", key="group-cancel"):
                    whole.cancel(group.id)
                    st.rerun()
        if stopped and st.button(
            f"Resume {len(stopped)}",
            key="group-resume",
            icon=":material/replay:",
            help="Queue the runs again that failed, were cancelled or lost; they go on from their last checkpoints.",
        ):
            whole.resume(group.id)
            st.rerun()
        _rename(group)
        _delete(group, members)


def _rename(group: Group) -> None:
    with st.popover("Rename", icon=":material/edit:"):
        name = st.text_input("New name", value=group.name, key="group-name", max_chars=120)
        if st.button("Rename it", key="group-rename") and name != group.name:
            try:
                groups.rename(group.id, name)
            except UserError as error:
                errors.show(error)
                return
            st.rerun()


def _delete(group: Group, members: list[Run]) -> None:
    with st.popover("Delete", icon=":material/delete:"):
        st.markdown(f"Delete **{plain(group.name)}**? This cannot be undone.")
        what = st.radio("What to delete", (ALONE, ALL), key="group-what", label_visibility="collapsed")
        if what == ALL:
            st.caption(f"{len(members)} models with their predictions and logs are deleted.")
        elif group.kind == groups.SWEEP:
            st.caption("Its runs are single runs then, and show their test results: choose among them by validation.")
        if st.button("Delete it", key="group-delete", icon=":material/delete_forever:"):
            try:
                groups.delete(group.id, with_runs=what == ALL)
            except UserError as error:
                errors.show(error)
                return
            st.query_params.pop("group", None)
            st.rerun()


PARAM = "group"
EVERY_SECONDS = 2.0
KINDS = {groups.SWEEP: "Sweep", groups.COMPARISON: "Comparison"}
_TABLE = "groups-table"


def page() -> None:
    """Draw the page."""
    progress.look_after()
    asked = st.query_params.get(PARAM)
    if asked:
        with errors.guard():
            _group(groups.get(asked))
            return
        _back()
        return
    known = groups.all()
    if known:
        _list(known)
    else:
        _nothing()


def _nothing() -> None:
    if not datasets.all():
        sentence = "There is no sweep yet, and no dataset. Bring your own files, or try the simulated demo."
        state.empty(sentence, state.UPLOAD, "Bring data")
        return
    with st.container(border=True, horizontal_alignment="center", gap="small"):
        st.space("small")
        st.markdown(
            "There is no sweep yet. On the Train page choose a model, then **Sweep** below its settings: it is trained "
            "with many settings, and the best is found by the validation part.",
            text_alignment="center",
        )
        state.link(state.TRAIN, "Set up a sweep", icon=":material/grid_view:", start="Sweep")
        st.markdown(
            "Or train the models of the published comparison side by side on your data.", text_alignment="center"
        )
        state.link(state.TRAIN, "Run the tokenizer comparison", icon=":material/compare_arrows:", comparison="1")
        st.space("small")


def _list(known: list[Group]) -> None:
    members: dict[str | None, list[Run]] = defaultdict(list)
    for run in reversed(runs.all()):
        members[run.group_id].append(run)
    names = {row.id: row.name for row in datasets.all()}
    score = f"Best validation {run_score.together(run for group in known for run in members[group.id])}"
    frame = pd.DataFrame([_row(group, members[group.id], names, score) for group in known])
    event = st.dataframe(
        frame,
        key=_TABLE,
        hide_index=True,
        placeholder="–",
        on_select="rerun",
        selection_mode="single-row",
        alt=f"Table of {len(known)} sweeps and comparisons with dataset, runs and {score[0].lower()}{score[1:]}",
        column_config={
            score: st.column_config.NumberColumn(
                format="%.3f", help=f"Of the best run so far, in the validation part. {table.SCORED}"
            ),
            "Created": st.column_config.DatetimeColumn("Created (UTC)", format="YYYY-MM-DD HH:mm"),
        },
    )
    st.caption("Select a row to open a sweep or comparison.")
    with st.container(horizontal=True):
        state.link(state.TRAIN, "Set up a sweep", icon=":material/grid_view:", start="Sweep")
        state.link(state.TRAIN, "Run the tokenizer comparison", icon=":material/compare_arrows:", comparison="1")
    if event.selection.rows and event.selection.rows[0] < len(known):
        chosen = known[event.selection.rows[0]]
        st.query_params[PARAM] = chosen.id
        state.choose(dataset=chosen.dataset)
        st.rerun()


def _row(group: Group, members: list[Run], names: dict[str, str], score: str) -> dict[str, object]:
    best = groups.best(members)
    standing = whole.summarise(members)
    return {
        "Kind": KINDS[group.kind],
        "Name": group.name,
        "Dataset": names.get(group.dataset, group.dataset),
        "Runs": len(members),
        "State": _states(standing.counts) or "no runs",
        score: groups.validation(best) if best else None,
        "Created": group.created.astimezone(UTC).replace(tzinfo=None),
    }


def _states(counts: Counter[str]) -> str:
    return ", ".join(f"{counts[state]} {LOOKS[state].word}" for state in runs.STATES if counts[state])


def _back() -> None:
    if st.button("All sweeps and comparisons", icon=":material/arrow_back:", key="groups-back", type="tertiary"):
        st.query_params.pop(PARAM, None)
        st.session_state.pop(_TABLE, None)
        st.rerun()


def _group(group: Group) -> None:
    _back()
    members = groups.runs_of(group.id)
    name = next((row.name for row in datasets.all() if row.id == group.dataset), group.dataset)
    with st.container(horizontal=True, vertical_alignment="center", horizontal_alignment="distribute"):
        with st.container(gap=None, width="content"):
            st.subheader(plain(group.name), anchor=False)
            st.caption(f"{KINDS[group.kind]} on {plain(name)} · {len(members)} runs")
        buttons(group, members)
    if not members:
        st.info("All runs of this group were deleted. Delete it too, or start another one on the Train page.")
        return
    _live(group.id, _signature(members))
    if group.kind == groups.SWEEP:
        sweep.draw(group, members, name)
    else:
        comparison.draw(group, members, name)


def _signature(members: list[Run]) -> tuple[tuple[str, str], ...]:
    return tuple((run.id, run.state) for run in members)


@st.fragment(run_every=EVERY_SECONDS)
def _live(group_id: str, seen: tuple[tuple[str, str], ...]) -> None:
    """Draw how far the group is; the page is drawn anew when a run begins or ends."""
    with errors.guard():
        members = groups.runs_of(group_id)
        if any(not run.over for run in members):
            progress.look_after()
        if _signature(members) != seen:
            st.rerun(scope="app")
        standing = whole.summarise(members)
        if standing.over == standing.total:
            st.caption(f"{_states(standing.counts)}, all over.")
            return
        left = f" · about {duration(standing.eta_seconds)} left" if standing.eta_seconds is not None else ""
        said = f"{standing.over} of {standing.total} runs over · {_states(standing.counts)}{left}"
        st.progress(standing.over / standing.total, text=said)
