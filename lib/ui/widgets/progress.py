"""The live card of a run: what it does now, how far it is, its curve and log, and the buttons that steer it."""

from pathlib import Path
from typing import Any

import streamlit as st

from lib.figures.curves import has_curve, learning_curve, score_label
from lib.jobs import runner, tend
from lib.jobs.start import lower_rate, retry
from lib.jobs.tokens import make_tokenizer
from lib.models import MODELS
from lib.store import runs
from lib.store.runs import Run
from lib.tasks import headline
from lib.tokenizers import TOKENIZERS
from lib.ui import errors
from lib.ui.widgets import charts, metric_row, state, tokenizer_choice
from lib.ui.widgets.metric_row import Fact
from lib.ui.widgets.progress_text import LOOKS, duration, memory, number, position, share, where
from lib.ui.widgets.text import file_name, plain

EVERY_SECONDS = 1.5
LOG_LINES = 16
KINDS = {
    "predict": "Prediction",
    "tokens": "Tokens and the target",
    "attribute": "Attributions of many sequences",
    "discover": "Discovery of motifs",
    "experiment": "Experiment",
    "variants": "Effects of variants",
    "pretrain": "Pretraining of UTR-LM",
    "language": "Language model",
    "check": "Check of a result",
}
"""What runs other than trainings are, by kind."""
EXPLAIN = {
    "attribute": (state.MOTIFS, "Find motifs", ":material/stacked_bar_chart:"),
    "discover": (state.MOTIFS, "Open motifs", ":material/stacked_bar_chart:"),
    "experiment": (state.EXPERIMENTS, "Open experiment", ":material/science:"),
    "variants": (state.VARIANTS, "Open variants", ":material/genetics:"),
    "language": (state.ATTRIBUTION, "Open language model", ":material/neurology:"),
    "check": (state.RESULTS, "Open results", ":material/fact_check:"),
}
"""Where the results of runs are shown that explain another run: page, words and icon of the link."""
NAMED = (*EXPLAIN, "pretrain")
"""Kinds that tables name by what they are, not by a model."""


def run_progress(run_id: str) -> None:
    """Draw the card of a run; while the run is active the card renews itself, and at its end the whole page once.

    Raises
    ------
    UserError
        If there is no such run.
    """
    run = runs.get(run_id)
    if run.over:
        run_card(run)
    else:
        _live(run_id)


def look_after() -> None:
    """Notice lost runs and let queued ones start; where that fails, say why and go on with the page."""
    with errors.guard():
        tend()


@st.fragment(run_every=EVERY_SECONDS)
def _live(run_id: str) -> None:
    with errors.guard():
        look_after()
        run = runs.find(run_id)
        if run is None or run.over:
            st.rerun(scope="app")
        run_card(run)


def run_card(run: Run) -> None:
    """Draw the card of a run as it is."""
    with st.container(border=True):
        title, actions = st.columns([3, 2], vertical_alignment="center")
        with title:
            heading(run)
        with actions, st.container(horizontal=True, horizontal_alignment="right"):
            steer(run)
        say(run)
        if not run.over:
            st.progress(share(run), text=position(run))
        _numbers(run)
        _curve(run)
        log(run)


def heading(run: Run, *, dataset: str = "") -> None:
    """Write the name of a run with its state, and what is trained on what."""
    look = LOOKS[run.state]
    what = model_words(run) if run.kind == "train" else KINDS.get(run.kind, run.kind)
    place = f" · on {plain(dataset)}" if dataset else ""
    place += f" · {where(run)}" if where(run) else ""
    with st.container(gap=None):
        st.markdown(f"**{plain(run.name)}**  {look.badge}", help=look.meaning)
        st.caption(f"{what}{place} · run {run.id}")


def model_words(run: Run) -> str:
    """Name the model of a training with its seed, or an ensemble with the number of its members."""
    members = run.payload.get("members")
    return model_label(run.model) + (f" of {len(members)} runs" if members else f" · seed {run.spec.seed}")


def model_label(name: str) -> str:
    """Give the name of a model or a tokenizer for people; the slug of one that is not there any more."""
    known: dict[str, Any] = {**TOKENIZERS.all(), **MODELS.all()}
    return known[name].label if name in known else plain(name)


def say(run: Run) -> None:
    """Show the sentence of a run that ended otherwise than by finishing, and what goes otherwise than was asked for."""
    if run.state == runs.FAILED:
        st.error(plain(run.message or "The run failed; the log says why."), icon=":material/error:")
    elif run.state in (runs.LOST, runs.CANCELLED) and run.message not in ("", "Cancelled."):
        st.warning(plain(run.message), icon=f":material/{LOOKS[run.state].icon}:")
    if run.results.get("note"):
        st.caption(f":material/info: {plain(str(run.results['note']))}")


def steer(run: Run) -> None:
    """Draw the buttons that fit the state of a run: cancel (asks first), resume or retry, open the results."""
    if run.state == runs.FINISHED and run.kind == "train":
        state.link(state.RESULTS, "Open results", icon=":material/insights:", run=run.id, dataset=run.dataset)
    if run.state == runs.FINISHED and run.kind == "tokens":
        _open_vocabulary(run)
    if run.state == runs.FINISHED and run.kind in EXPLAIN:
        _open_explained(run)
    if run.state == runs.FINISHED and run.kind == "pretrain":
        state.link(
            state.PRETRAIN,
            "Open pretraining",
            icon=":material/auto_stories:",
            pretraining=run.id,
            run=None,
            sequence=None,
        )
    rate = lower_rate(run)
    if rate is not None:
        _retry(run, rate)
    elif run.state in runs.RESUMABLE and st.button("Resume", key=f"resume-{run.id}", icon=":material/replay:"):
        runner().resume(run.id)
        st.rerun(scope="app")
    if not run.over:
        _cancel(run)


def _retry(run: Run, rate: float) -> None:
    """Draw the one button of a run whose loss became NaN; its last checkpoint would lead to the same end."""
    about = "A new run with the same data, settings and seed, at a tenth of the learning rate."
    if st.button(
        f"Retry with learning rate {rate:g}", key=f"retry-{run.id}", icon=":material/restart_alt:", help=about
    ):
        with errors.guard():
            state.go(state.TRAIN, run=retry(run.id, owner=state.owner()), dataset=run.dataset, sequence=None)


def _open_vocabulary(run: Run) -> None:
    with errors.guard():
        written = tokenizer_choice.write(make_tokenizer(run))
        icon = ":material/scatter_plot:"
        state.link(state.VOCABULARY, "Open vocabulary", icon=icon, dataset=run.dataset, tokenizer=written)


def _open_explained(run: Run) -> None:
    """Draw the link to what a run found out about another one."""
    page, label, icon = EXPLAIN[run.kind]
    explained = run.payload.get("set", {}).get("run") or run.payload.get("run") or run.payload.get("runs", [None])[0]
    more = {"discovery": run.id} if run.kind == "discover" else {}
    more |= {run.kind: run.id} if run.kind in ("experiment", "variants") else {}
    if run.kind == "language":
        more |= {"view": "Language model", "look": run.payload["question"], "seq": run.payload["sequence"]}
    state.link(page, label, icon=icon, run=explained, dataset=run.dataset, sequence=None, **more)


def _cancel(run: Run) -> None:
    if run.cancel_requested:
        st.markdown(":orange-badge[:material/hourglass_top: stopping]")
        return
    with st.popover("Cancel run", icon=":material/stop_circle:", key=f"ask-cancel-{run.id}"):
        going_on = run.started and run.kind in ("train", "pretrain")
        kept = "What it has learned so far is kept, and Resume goes on from there." if going_on else ""
        if run.started and run.kind in EXPLAIN and run.kind not in ("variants", "language"):
            kept = "What it has worked out so far is kept, and Resume goes on from there."
        st.markdown(f"Stop **{plain(run.name)}**? {kept}")
        if st.button("Cancel this run", key=f"cancel-{run.id}"):
            runner().cancel(run.id)
            st.rerun(scope="app")


def _numbers(run: Run) -> None:
    score = headline(run.spec.task)
    validation = run.metrics.get(score.key)
    where = "GPU memory" if run.gpu_memory_mb else "Main memory"
    known = [
        Fact("Took" if run.over else "Running for", duration(run.seconds), "Time since the work began"),
        Fact("Epoch", number(run.epoch, 1), "Passes over the training part"),
        Fact("Training loss", number(run.loss), "Loss of the latest training step; lower is better"),
        Fact(f"Validation {score.label}", number(validation), f"Of the validation part: {score.help}"),
        Fact("Memory", memory(run.gpu_memory_mb or run.memory_mb), where),
    ]
    metric_row.draw([fact for fact in known if fact.value != "–"])


def _curve(run: Run) -> None:
    found = runs.history(run.id)
    if has_curve(found):
        charts.draw(
            lambda: learning_curve(found, height=260),
            name=f"{run.name} learning curve",
            key=f"curve-{run.id}",
            alt=f"Learning curve of {run.name}: losses and {score_label(found)} over {len(found)} evaluations",
            numbers=lambda: found,
        )


def log(run: Run) -> None:
    """Draw the tail of the log with a download of all of it; open where the run failed."""
    path = runs.log_path(run.id)
    tail = runs.log_tail(run.id, LOG_LINES)
    with st.expander("Log", icon=":material/terminal:", expanded=run.state == runs.FAILED, key=f"log-{run.id}"):
        if not tail:
            st.caption("Nothing has been logged yet.")
            return
        st.code(tail, language=None, wrap_lines=True)
        st.download_button(
            "Download the whole log",
            data=lambda: _read(path),
            file_name=file_name(f"{run.name} {run.id}", ".log.txt"),
            mime="text/plain",
            key=f"log-file-{run.id}",
            icon=":material/download:",
            on_click="ignore",
        )


def _read(path: Path) -> bytes:
    return path.read_bytes()
