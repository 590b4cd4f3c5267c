"""Which runs are compared: in the link as ``runs=A,B``, picked on the page or on the Runs page."""

from collections import Counter
from collections.abc import Sequence

import streamlit as st

from lib.store import datasets, runs
from lib.store.runs import Run
from lib.ui.widgets import state
from lib.ui.widgets.progress_text import ago
from lib.ui.widgets.text import plain, short

PARAM = "runs"
FEWEST, MOST = 2, 10
_WIDGET, _KEPT = "compare-runs", "compare-runs-kept"


def choose_runs() -> list[Run]:
    """Draw the choice and give the finished runs that are chosen, in their order; empty where there are too few.

    What to do next is then on the page.
    """
    finished = {run.id: run for run in runs.all(kind="train") if run.state == runs.FINISHED}
    asked = _read_link()
    gone = [run_id for run_id in asked if run_id not in finished]
    known = [run_id for run_id in asked if run_id in finished][:MOST]
    if len(finished) < FEWEST:
        _too_few(len(finished))
        return []
    names = _names(list(finished.values()))
    state.put(_WIDGET, known, like=tuple(names.values()))
    st.multiselect(
        "Runs",
        list(names),
        format_func=names.__getitem__,
        key=_WIDGET,
        max_selections=MOST,
        wrap=True,
        on_change=lambda: _keep(st.session_state[_WIDGET]),
        placeholder="Choose two to ten finished runs",
        help="The first has the first colour, and so on, in every picture below.",
    )
    if gone:
        many = len(gone) > 1
        st.warning(
            f"The link names {'runs' if many else 'a run'} that {'are' if many else 'is'} not here or not finished: "
            f"{plain(', '.join(short(one, 20) for one in gone))}. The others are compared.",
            icon=":material/link_off:",
        )
    if len(known) < FEWEST:
        st.info(
            f"Choose {'one more run' if known else 'at least two runs'} to compare. On the Runs page you can select "
            "several rows and press **Compare**.",
            icon=":material/compare_arrows:",
        )
        return []
    return [finished[run_id] for run_id in known]


def labels_of(found: Sequence[Run]) -> list[str]:
    """Name each run, no two alike."""
    often = Counter(run.name for run in found)
    return [run.name if often[run.name] == 1 else f"{run.name} · {run.id[:4]}" for run in found]


def _read_link() -> list[str]:
    """Read the ids of the link, else those that were compared before in this session, which the link gets back."""
    given = st.query_params.get(PARAM)
    if given is None and st.session_state.get(_KEPT):
        given = st.session_state[_KEPT]
        st.query_params[PARAM] = given
    if given is None and state.run_id():
        return [str(state.run_id())]
    st.session_state[_KEPT] = given or ""
    return list(dict.fromkeys(filter(None, (given or "").split(","))))


def _keep(ids: Sequence[str]) -> None:
    st.session_state[_KEPT] = ",".join(ids)
    if ids:
        st.query_params[PARAM] = ",".join(ids)
    else:
        st.query_params.pop(PARAM, None)


def _names(found: Sequence[Run]) -> dict[str, str]:
    """Name the runs for the list, those of the chosen dataset first."""
    data = {row.id: row.name for row in datasets.all()}
    here = state.dataset_id()
    ordered = sorted(found, key=lambda run: run.dataset != here)
    names: dict[str, str] = {}
    for run, label in zip(ordered, labels_of(ordered), strict=True):
        name = f"{short(label, 40)} · {short(data.get(run.dataset, run.dataset), 24)} · {ago(run.created)}"
        names[run.id] = name if name not in names.values() else f"{name} · {run.id[:6]}"
    return names


def _too_few(count: int) -> None:
    if any(not run.over for run in runs.all(kind="train")):
        state.empty("A comparison needs two finished runs. Watch those that are running.", state.RUNS, "Open runs")
    elif count or datasets.all():
        found = "there is one" if count else "there is none"
        state.empty(
            f"A comparison needs two finished runs; {found}. Train another model.", state.TRAIN, "Train a model"
        )
    else:
        state.empty(
            "There is nothing to compare yet. Bring your own files, or try the simulated demo.",
            state.UPLOAD,
            "Bring data",
        )
