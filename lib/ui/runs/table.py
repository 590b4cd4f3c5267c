"""The table of runs that are over, and what can be done with the chosen one."""

from datetime import UTC
from typing import Any

import pandas as pd
import streamlit as st

from lib.core.errors import UserError
from lib.jobs.start import require_fitting, start_ensemble
from lib.models import MODELS
from lib.models.base import is_offered
from lib.store import groups, runs
from lib.store.files import home
from lib.store.runs import Run
from lib.ui.compare_runs import choose
from lib.ui.widgets import downloads, progress, run_score, state, verdicts
from lib.ui.widgets.progress_text import LOOKS, duration
from lib.ui.widgets.text import plain

MADE = "ensembles-made"
_WHAT = (
    "It predicts the mean of these runs, which is often better than each of them, and says how far they lie "
    "apart. Nothing is trained anew. Their models are copied, so the runs may be deleted afterwards."
)


def offer(picked: list[Run], names: dict[str, str]) -> None:
    """Draw what an ensemble of the picked runs would be, and start it; ``names`` are those of the datasets."""
    with st.container(border=True):
        try:
            require_fitting(picked)
        except UserError as error:
            st.markdown(f"**{len(picked)} runs selected**")
            st.info(plain(str(error)), icon=":material/info:")
            return
        dataset = picked[0].dataset
        st.markdown(f"**Ensemble of these {len(picked)} runs** on {plain(names.get(dataset, dataset))}")
        st.markdown("\n".join(f"- {member_words(run)}" for run in picked))
        st.caption(_WHAT)
        with st.container(horizontal=True, vertical_alignment="bottom"):
            suggested = f"Ensemble of {len(picked)} runs"
            name = st.text_input("Name", placeholder=suggested, key="ensemble-name", max_chars=120, width=360)
            asked = st.button("Make an ensemble", type="primary", icon=":material/join_inner:", key="make-ensemble")
        if asked:
            run_id = start_ensemble([run.id for run in picked], name=name or suggested, owner=state.owner())
            st.session_state[MADE] = count_made() + 1
            st.session_state.pop("ensemble-name", None)
            state.choose(dataset=dataset, run=run_id, sequence=None)
            st.toast("The ensemble is being made; it takes seconds.", icon=":material/play_circle:")
            st.rerun()


def count_made() -> int:
    """Count the ensembles made in this session: the table of runs begins anew, with nothing selected, after each."""
    return int(st.session_state.get(MADE, 0))


def member_words(run: Run) -> str:
    """Name a run with its model and seed."""
    return f"**{plain(run.name)}** · {progress.model_label(run.model)} · seed {run.spec.seed}"


TABLE = "runs-table"
SCORED = "R² of numbers: share of the variance explained. MCC of classes: 1 is perfect, 0 is guessing."


def past_runs(over: list[Run], names: dict[str, str]) -> None:
    """Draw the table of runs that are over and, below it, the chosen one; ``names`` are those of the datasets."""
    frame, score = table(over, names), run_score.together(over)
    event = st.dataframe(
        frame,
        key=f"{TABLE}-{count_made()}" if count_made() else TABLE,
        hide_index=True,
        placeholder="–",
        on_select="rerun",
        selection_mode="multi-row",
        alt=f"Table of {len(over)} runs with state, dataset, model, test {score} and duration",
        column_config={
            score: st.column_config.NumberColumn(f"Test {score}", format="%.3f", help=SCORED),
            "Name": st.column_config.TextColumn(width="medium"),
            "Verdict": st.column_config.TextColumn(width="medium", help=verdicts.HELP),
            "95% interval": st.column_config.TextColumn(help="Bootstrap over the test sequences"),
            "n": st.column_config.NumberColumn("Test n", format="%d", help="Sequences in the test part"),
            "Created": st.column_config.DatetimeColumn("Created (UTC)", format="YYYY-MM-DD HH:mm"),
            "Run": st.column_config.TextColumn("Run", width="small"),
        },
    )
    picked = [over[row] for row in event.selection.rows if row < len(over)]
    if not picked:
        st.caption(
            "Select a row to open, resume, clone, rename or delete that run. Select several finished runs to compare "
            "them, or to make an ensemble of those of one dataset: a model that predicts their mean."
        )
    if groups.runs_without_test(over):
        st.caption(
            ":material/visibility_off: Test results of sweeps are shown for the best by validation alone: the best of "
            "many test results would be too good by chance. Their validation results are under Sweeps."
        )
    downloads.csv_button(lambda: frame, name="runs", key="runs-csv", label="Download this table (CSV)")
    if len(picked) > 1:
        _compare(picked)
        offer(picked, names)
    elif picked:
        draw_run(picked[0], names)


def _compare(picked: list[Run]) -> None:
    """Draw the link to the comparison of the picked runs that have results, where there are two to ten of them."""
    fitting = [run for run in picked if run.kind == "train" and run.state == runs.FINISHED]
    if 2 <= len(fitting) <= choose.MOST:
        chosen = ",".join(run.id for run in fitting)
        state.link(
            state.COMPARE_RUNS, f"Compare these {len(fitting)} runs", icon=":material/compare_arrows:", runs=chosen
        )


def table(over: list[Run], names: dict[str, str]) -> pd.DataFrame:
    """Give one row for each run, in their order; test metrics of sweeps are kept back but for the best."""
    hidden = groups.runs_without_test(over)
    score = run_score.together(over)
    rows = [_row(run, names, score, hidden=run.id in hidden) for run in over]
    return pd.DataFrame(rows)


def _row(run: Run, names: dict[str, str], score: str, *, hidden: bool) -> dict[str, Any]:
    look = LOOKS[run.state]
    value = None if hidden or run.kind != "train" else run_score.read_test(run)
    low, high = interval_of(run) if value is not None else (None, None)
    kind = {"Metric": run_score.metric(run).label if value is not None else ""} if score == run_score.ANY else {}
    return {
        "State": f"{look.sign} {look.word}",
        "Name": run.name,
        "Dataset": names.get(run.dataset, run.dataset),
        "Model": progress.KINDS[run.kind] if run.kind in progress.NAMED else progress.model_label(run.model),
        **kind,
        score: value,
        "Verdict": verdicts.phrase(run) if value is not None else "",
        "95% interval": f"[{low:.3f}, {high:.3f}]" if low is not None and high is not None else "",
        "n": None if hidden or run.kind != "train" else run.results.get("n"),
        "Duration": duration(run.seconds),
        "Created": run.created.astimezone(UTC).replace(tzinfo=None),
        "Run": run.id,
    }


def interval_of(run: Run) -> tuple[float | None, float | None]:
    """Give the 95% interval of the test metric of a finished run; (None, None) where there is none."""
    return interval(str(home()), run.id, str(run.ended), run_score.metric(run).key)


@st.cache_data(max_entries=2000, show_spinner=False)
def interval(home: str, run_id: str, ended: str, metric: str) -> tuple[float | None, float | None]:
    """Give the 95% interval of a test metric of a finished run; (None, None) where there is none."""
    found = runs.metrics(run_id).get("intervals", {}).get("test", {}).get(metric)
    return tuple(found) if found else (None, None)


def draw_run(run: Run, names: dict[str, str]) -> None:
    """Draw the run that was chosen in the table with all that can be done with it."""
    with st.container(border=True):
        progress.heading(run, dataset=names.get(run.dataset, ""))
        progress.say(run)
        with st.container(horizontal=True, vertical_alignment="center"):
            progress.steer(run)
            clone(run)
            _rename(run)
            _delete(run)
        with st.expander("Settings", icon=":material/tune:"):
            st.json(run.spec.to_json(), expanded=2)
        progress.log(run)


def clone(run: Run) -> None:
    """Draw the link to the Train page with the settings of this run."""
    if run.kind == "train" and is_offered(MODELS.all().get(run.model)):
        query = {**state.query(run=None, sequence=None, dataset=run.dataset), "clone": run.id}
        st.page_link(state.TRAIN, label="Clone settings", icon=":material/content_copy:", query_params=query)


def _rename(run: Run) -> None:
    with st.popover("Rename", icon=":material/edit:", key=f"rename-{run.id}"):
        name = st.text_input("New name", value=run.name, key=f"name-{run.id}", max_chars=120)
        if st.button("Rename run", key=f"rename-now-{run.id}") and name != run.name:
            runs.rename(run.id, name)
            st.rerun()


def _delete(run: Run) -> None:
    with st.popover("Delete", icon=":material/delete:", key=f"delete-{run.id}"):
        st.markdown(f"Delete **{plain(run.name)}** with its model, predictions and log? This cannot be undone.")
        if st.button("Delete this run", key=f"delete-now-{run.id}", icon=":material/delete_forever:"):
            runs.delete(run.id)
            if state.run_id() == run.id:
                state.choose(run=None)
            st.rerun()
