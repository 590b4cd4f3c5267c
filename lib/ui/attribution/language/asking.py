"""Asking a language model on the page: from the files of the run, at once where that is quick, else as a job."""

from collections.abc import Callable
from typing import TYPE_CHECKING

import streamlit as st

from lib.attribution.dependency_map import DependencyMap
from lib.attribution.masked_reconstruction import Reconstruction
from lib.core.progress import Callback, Eta, Report
from lib.jobs import attribute as job
from lib.models import language_model
from lib.store import language
from lib.store.fitted import load_fitted
from lib.ui.attribution.data import Subject
from lib.ui.attribution.view import Options
from lib.ui.ruler import Track
from lib.ui.widgets import progress, run_tokens, state
from lib.ui.widgets.progress_text import duration

if TYPE_CHECKING:
    from lib.models.language_model import EncoderLanguageModel

QUICK_SECONDS = 12.0
"""What is expected to take longer waits for a click, and is done by a worker."""
RATE = 2.0e10
"""Multiplications and additions in a second that an encoder is expected to manage here."""
BUTTONS = {language.RECONSTRUCTION: "Compute reconstruction", language.DEPENDENCY: "Compute dependency map"}


def has_language_model(subject: Subject) -> bool:
    """Tell whether there is a language model in the run; where there is none, say why."""
    with st.spinner("Opening the model"):
        why = language_model.refusal(load_fitted(subject.run.id))
    if why:
        st.info(why, icon=":material/info:")
    return not why


def reconstruction(subject: Subject, *, only_known: bool = False) -> Reconstruction | None:
    """Give the masked reconstruction of the sequence; ``only_known`` asks nothing that was not asked before."""
    found = _answer(subject, language.RECONSTRUCTION, only_known=only_known)
    assert found is None or isinstance(found, Reconstruction)
    return found


def dependencies(subject: Subject) -> DependencyMap | None:
    """Give the dependency map of the sequence; None while it is not there yet."""
    found = _answer(subject, language.DEPENDENCY)
    assert found is None or isinstance(found, DependencyMap)
    return found


def make_tracks(subject: Subject, wanted: Options, first: list[Track]) -> list[Track]:
    """Give what stands on the ruler: some tracks, then tokens, structure, planted motifs and hits."""
    read = run_tokens.read(subject.run, subject.sequence)
    return [*first, *([] if read is None else [read]), *wanted.annotations]


def _answer(subject: Subject, question: str, *, only_known: bool = False) -> language.Answer | None:
    known = language.find_answer(subject.run.id, question, subject.sequence)
    if known is not None or only_known:
        return known
    working = job.find_question(subject.run.id, question, subject.sequence)
    if working is not None and not working.over:
        progress.run_progress(working.id)
        return None
    seconds = _estimate_seconds(language.language_model_of(subject.run.id), question, subject.sequence)
    if seconds > QUICK_SECONDS:
        if working is not None:
            progress.run_progress(working.id)
        _wait_for_click(subject, question, seconds)
        return None
    bar = st.empty()
    found = language.ask(subject.run.id, question, subject.sequence, progress=Callback(_show_progress(bar.progress)))
    bar.empty()
    return found


def _wait_for_click(subject: Subject, question: str, seconds: float) -> None:
    with st.container(horizontal=True, vertical_alignment="center", gap="medium"):
        pressed = st.button(BUTTONS[question], type="primary", icon=":material/neurology:", key=f"language-{question}")
        st.caption(
            f"{len(subject.sequence):,} nt take about {duration(seconds)} on a CPU. It runs in the background, can be "
            "cancelled, and is kept.",
            width="content",
        )
    if pressed:
        job.start_question(subject.run.id, question, subject.sequence, name=subject.name, owner=state.owner())
        st.rerun()


def _estimate_seconds(model: "EncoderLanguageModel", question: str, sequence: str) -> float:
    """Expect the seconds of a question on a CPU of two cores, from the size of the encoder and the tokens it reads."""
    [row] = model.read([sequence])
    table = model.encoder.get_input_embeddings().weight  # type: ignore[operator]
    size = sum(weights.numel() for weights in model.encoder.parameters()) - table.numel()
    passes = len(row.ids) if question == language.RECONSTRUCTION else 3 * len(sequence)
    return float(2 * size * len(row.ids) * passes / RATE)


def _show_progress(show: Callable[..., object]) -> Callable[[Report], None]:
    eta = Eta()

    def tell(report: Report) -> None:
        left = eta.remaining(report)
        ending = f", about {duration(left)} left" if left is not None else ""
        show(report.step / max(1, report.total), text=f"{report.stage}: {report.step:,} of {report.total:,}{ending}")

    return tell
