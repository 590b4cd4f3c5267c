"""What a training will cost, measured beside the page: device, memory, duration."""

import os
import threading
from collections import OrderedDict
from collections.abc import Callable, Hashable
from dataclasses import dataclass

import streamlit as st

from lib.core import memory as machine
from lib.core.errors import UserError
from lib.core.registry import settings_of, values_of
from lib.datasets.dataset import Dataset
from lib.jobs.devices import DeviceRequest
from lib.models.base import Model
from lib.store import runs, tokenizers
from lib.tokenizers import Corpus, Tokenizer, estimate_seconds, to_json
from lib.training.preflight import MARGIN, NEUTRAL, Preflight, estimate, no_estimate
from lib.ui import errors
from lib.ui.widgets import metric_row
from lib.ui.widgets.metric_row import Fact
from lib.ui.widgets.progress_text import duration, memory
from lib.ui.widgets.text import plain

EVERY_SECONDS = 1.0
KEPT = 64
ANYWHERE = DeviceRequest()
LONGEST_FIT = 30.0
"""Seconds that a tokenizer may take to be fitted for a measurement alone."""


class Measurements:
    """Measures one model at a time in a thread of its own; of what waits only the newest wish is kept."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._known: OrderedDict[Hashable, Preflight] = OrderedDict()
        self._wish: tuple[Hashable, Callable[[], Preflight]] | None = None
        self._busy = False

    def get(self, key: Hashable, measure: Callable[[], Preflight]) -> Preflight | None:
        """Give what was measured under this key; None while it is not known, and then it is measured."""
        with self._lock:
            if key in self._known:
                return self._known[key]
            self._wish = (key, measure)
            if not self._busy:
                self._busy = True
                threading.Thread(target=self._work, name="preflight", daemon=True).start()
        return None

    def peek(self, key: Hashable) -> Preflight | None:
        """Give what was measured under this key, None where nothing was."""
        with self._lock:
            return self._known.get(key)

    def _work(self) -> None:
        while True:
            with self._lock:
                if self._wish is None:
                    self._busy = False
                    return
                key, measure = self._wish
                self._wish = None
                if key in self._known:
                    continue
            try:
                found = measure()
            except (OSError, UserError) as error:
                found = no_estimate(str(error))
            with self._lock:
                self._known[key] = found
                while len(self._known) > KEPT:
                    self._known.popitem(last=False)


@st.cache_resource
def _measurements() -> Measurements:
    return Measurements()


def preflight(
    dataset: Dataset, model: Model, tokenizer: Tokenizer | None = None, wish: DeviceRequest = ANYWHERE
) -> None:
    """Draw what the training will cost; while it is being measured the place renews itself.

    Parameters
    ----------
    dataset, model, tokenizer
        What is to be trained; the dataset has the RBP table that the tokenizer learns from.
    wish
        Where it is to be trained.
    """
    question = _Question(dataset, model, tokenizer, wish)
    found = question.find()
    if found is not None:
        _draw(found, question)
    elif tokenizer is not None and _fitting(dataset, tokenizer) > LONGEST_FIT:
        st.caption(
            f":material/timer: Typical time: {model.typical_time}, and {duration(_fitting(dataset, tokenizer))} for "
            "the tokenizer. It is measured once the tokenizer is there; the Tokens pages can train it before."
        )
    elif not is_measured():
        st.caption(f":material/timer: Typical time: {model.typical_time}.")
    elif runs.running():
        st.caption(f":material/timer: Typical time: {model.typical_time}. It is measured while nothing else trains.")
    else:
        _wait(question)


def recall(
    dataset: Dataset, model: Model, tokenizer: Tokenizer | None = None, wish: DeviceRequest = ANYWHERE
) -> Preflight | None:
    """Give what was measured before, None where nothing was; never measures anything."""
    return _Question(dataset, model, tokenizer, wish).find()


def ask(
    dataset: Dataset, model: Model, tokenizer: Tokenizer | None = None, wish: DeviceRequest = ANYWHERE
) -> Preflight | None:
    """Give what was measured; None while it is not known, and then it is measured beside the page."""
    return _Question(dataset, model, tokenizer, wish).find(ask=True)


@dataclass(frozen=True)
class _Question:
    """What is to be measured."""

    dataset: Dataset
    model: Model
    tokenizer: Tokenizer | None
    wish: DeviceRequest

    def find(self, *, ask: bool = False) -> Preflight | None:
        """Give what was measured; with ``ask`` have it measured where it was not."""
        settings = {name: value for name, value in values_of(self.model).items() if name not in NEUTRAL}
        cut = "" if self.tokenizer is None else tokenizers.key_of(self.dataset, self.tokenizer)
        key = (self.dataset.id, self.model.name, tuple(sorted(settings.items())), cut, self.wish)
        if ask and is_measured():
            return _measurements().get(key, self._measure)
        return _measurements().peek(key)

    def _measure(self) -> Preflight:
        chosen = self.tokenizer
        return estimate(
            self.dataset,
            self.model,
            tokenizer="" if chosen is None else to_json(tokenizers.load_or_fit(self.dataset, chosen)),
            device=self.wish.torch_device,
            ranks=self.wish.ranks,
            visible=self.wish.which,
        )

    def free(self, found: Preflight) -> float:
        """Give the megabytes that are free for one of the processes that train: main memory as it is now."""
        on_cpu = found.device == "CPU" or found.room is None
        return machine.free() / 1e6 / self.wish.processes if on_cpu else found.room.free  # type: ignore[union-attr]


def is_measured() -> bool:
    """Say whether pages measure what a training costs, which takes a processor for some seconds."""
    return os.environ.get("MOTIFLENS_COSTS", "").strip().lower() != "off"


def _fitting(dataset: Dataset, tokenizer: Tokenizer) -> float:
    """Estimate the seconds that the fit of a tokenizer takes; 0 where it was fitted before."""
    return 0.0 if tokenizers.has(dataset, tokenizer) else estimate_seconds(tokenizer, Corpus.of(dataset))


@st.fragment(run_every=EVERY_SECONDS)
def _wait(question: _Question) -> None:
    with errors.guard():
        if question.find(ask=True) is not None:
            st.rerun(scope="app")
        st.caption(
            ":material/hourglass_top: Measuring memory and time on this machine with sequences of your train part. "
            f"Typical time: {question.model.typical_time}. You need not wait for it."
        )


def _draw(found: Preflight, question: _Question) -> None:
    shown = []
    if found.seconds_low is not None and found.seconds_high is not None:
        shown.append(
            Fact("Duration", span(found.seconds_low, found.seconds_high), "With the automatic baseline models")
        )
    free = question.free(found)
    kind = "memory" if found.device == "CPU" else "GPU memory"
    if found.memory_mb is not None:
        about = f"Expected highest use of {kind}; {memory(free)} are free"
        shown.append(Fact(f"{kind[0].upper()}{kind[1:]} ({memory(free)} free)", memory(found.memory_mb), about))
    largest = found.largest_batch(free, _most(question))
    if largest is not None:
        about = f"Sequences of one step that fit into what is free, {MARGIN:.0%} of it left as a margin"
        shown.append(Fact("Largest batch that fits", f"{largest:,}" if largest else "none", about))
    if found.parameters is not None:
        shown.append(_parameters(found.parameters, found.trainable))
    if shown:
        shown.append(Fact("Device", found.device, "Where the training will run"))
        metric_row.draw(shown)
    if found.memory_mb is not None and found.memory_mb / question.wish.processes > (1 - MARGIN) * free:
        st.warning(too_large(found, free, kind), icon=":material/memory_alt:")
    st.caption(plain(found.note))


def _parameters(total: int, trainable: int | None) -> Fact:
    if trainable is None or trainable == total:
        return Fact("Parameters", f"{total:,}", "Numbers that are learned")
    return Fact("Parameters learned", f"{trainable:,} of {total:,}", "The others stay as they were pretrained")


def _most(question: _Question) -> int:
    """Give the largest batch that can be set and filled."""
    high = next((item.high for item in settings_of(question.model) if item.name == "batch_size"), None)
    rows = len(question.dataset.rows("train"))
    return rows if high is None else min(rows, int(high))


def too_large(found: Preflight, free: float, kind: str) -> str:
    """Say that a training needs more than the ``free`` megabytes, and what helps."""
    needs = f"about {memory(found.memory_mb)} of {kind}, and {memory(free)} are free"
    if found.batch is None or found.room is None:
        return f"It needs {needs}. Close other programs, or choose a smaller dataset."
    pieces, largest = found.needed_pieces(free), found.largest_batch(free, found.batch)
    if pieces is None or not largest:
        return f"It needs {needs}, even with one sequence at a time. Choose a smaller model, or close other programs."
    head = f"A batch of {found.batch:,} sequences needs {needs}."
    return (
        f"{head} Choose batch size {largest:,}, or {pieces:,} pieces of a batch (More settings), which learn the same."
    )


def span(low: float, high: float) -> str:
    """Write a range of durations in the unit of its upper end.

    >>> span(0.2, 0.9), span(3, 7), span(70, 200), span(4000, 9000)
    ('under 1 s', '3 to 7 s', '1 to 3 min', '1.1 to 2.5 h')
    """
    if high < 1:
        return "under 1 s"
    for size, name, digits in ((3600, "h", 1), (100, "min", 0), (0, "s", 0)):
        if high >= size:
            unit = {"h": 3600, "min": 60, "s": 1}[name]
            first, last = f"{low / unit:.{digits}f}", f"{high / unit:.{digits}f}"
            return f"{last} {name}" if first == last else f"{first} to {last} {name}"
    raise ValueError((low, high))
