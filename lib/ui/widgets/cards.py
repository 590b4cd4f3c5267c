"""The two small cards of the sidebar, and the badges that cards and pages share."""

import streamlit as st

from lib.core.errors import UserError
from lib.ui.widgets import state
from lib.ui.widgets.text import markup, plain, short

SIMULATED = "<span class='ml-hatched' title='Made-up data with planted motifs'>simulated</span>"


def draw_simulated_badge() -> None:
    """Show the hatched badge of made-up data."""
    st.html(SIMULATED, width="content")


def dataset_card() -> None:
    """Draw the card of the chosen dataset, with the others to choose from."""
    from lib.store import datasets

    rows = {row.id: row for row in datasets.all()}
    chosen = rows.get(state.dataset_id() or "")
    with st.container(border=True, key="card-dataset", gap=None):
        if chosen is None:
            lines = "<b>None chosen</b>" if not state.dataset_id() else "<b>Not found</b>"
            below = f"{len(rows):,} to choose from" if rows else "Bring files or try the demo"
        else:
            lines = f"<b title='{markup(chosen.name)}'>{markup(short(chosen.name, 30))}</b>"
            below = f"n = {chosen.rows:,} · {markup(short(chosen.target, 28))}"
            below += f"<br>{SIMULATED}" if chosen.simulated else ""
        _face("Dataset", lines, below)
        if set(rows) - {chosen.id if chosen else ""}:
            names = {key: f"{row.name} (n = {row.rows:,})" for key, row in rows.items()}
            _change("dataset", names, chosen.id if chosen else None)


def run_card() -> None:
    """Draw the card of the chosen run, with the others of the dataset to choose from."""
    from lib.store import groups, runs
    from lib.ui.widgets import run_score

    known = {run.id: run for run in runs.all(dataset=state.dataset_id(), kind="train")} if state.dataset_id() else {}
    chosen = known.get(state.run_id() or "")
    if not known and chosen is None and not state.run_id():
        return
    with st.container(border=True, key="card-run", gap=None):
        if chosen is None:
            _face(
                "Run",
                "<b>None chosen</b>" if not state.run_id() else "<b>Not found</b>",
                f"{len(known):,} to choose from",
            )
        else:
            hidden = bool(groups.runs_without_test([chosen]))
            score = run_score.now(chosen, hidden=hidden)
            score = f" · {markup(score)}" if score else ""
            name = f"<b title='{markup(chosen.name)}'>{markup(short(chosen.name, 30))}</b>"
            _face("Run", name, f"{markup(chosen.state)}{score}")
        if set(known) - {chosen.id if chosen else ""}:
            names = {key: f"{run.name} ({run.state})" for key, run in known.items()}
            _change("run", names, chosen.id if chosen else None)


def _face(kind: str, name: str, below: str) -> None:
    st.html(
        f"<div class='ml-card'><span class='ml-kind'>{kind}</span>{name}<span class='ml-below'>{below}</span></div>"
    )


def _change(kind: str, names: dict[str, str], chosen: str | None) -> None:
    key = f"card-{kind}-choice"
    state.put(key, chosen, like=tuple(names.values()))

    def changed() -> None:
        picked = st.session_state[key]
        if picked:
            state.choose(**{kind: picked})

    with st.popover("Change" if chosen else "Choose", type="tertiary", icon=":material/swap_horiz:"):
        st.selectbox(
            kind.capitalize(),
            list(names),
            format_func=lambda identifier: short(names[identifier], 60),
            key=key,
            on_change=changed,
            placeholder=f"Choose a {kind}",
        )


def belongs() -> None:
    """Choose the dataset of the chosen run where a link names the run only."""
    from lib.store import runs

    if state.run_id() and not state.dataset_id():
        run = runs.find(state.run_id() or "")
        if run is not None:
            state.choose(dataset=run.dataset, run=run.id, sequence=state.sequence_id())


def jobs() -> None:
    """Say how many jobs run and wait, with a link to them."""
    from lib.store import runs

    try:
        running, queued = len(runs.running()), len(runs.queue())
    except UserError as error:
        st.caption(plain(str(error)))
        return
    words = f"{running} running, {queued} queued" if running or queued else "No jobs running"
    icon = ":material/progress_activity:" if running else ":material/task_alt:"
    if (state.ROOT / state.RUNS).is_file():
        state.link(state.RUNS, words, icon=icon)
    else:
        st.caption(words)
