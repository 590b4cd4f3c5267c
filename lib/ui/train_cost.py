"""What a training will cost, measured beside the page: device, memory, duration."""

import threading
from collections import OrderedDict
from collections.abc import Callable, Hashable

import psutil
import streamlit as st

from lib.core.errors import UserError
from lib.core.registry import values_of
from lib.data.dataset import Dataset
from lib.models.base import Model
from lib.store import runs, tokenizers
from lib.tokenizers import Corpus, Tokenizer, expected_seconds, to_json
from lib.training.preflight import Preflight, estimate
from lib.ui import errors, facts
from lib.ui.facts import Fact
from lib.ui.progress_words import duration, memory

EVERY_SECONDS = 1.0
KEPT = 64
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
                found = Preflight(
                    "unknown", None, None, None, None, f"No estimate: it could not be measured ({error})."
                )
            with self._lock:
                self._known[key] = found
                while len(self._known) > KEPT:
                    self._known.popitem(last=False)


@st.cache_resource
def _measurements() -> Measurements:
    return Measurements()


def preflight(dataset: Dataset, model: Model, tokenizer: Tokenizer | None = None) -> None:
    """Draw what the training will cost; while it is being measured the place renews itself."""
    found = _found(dataset, model, tokenizer)
    if found is not None:
        _draw(found)
    elif tokenizer is not None and _fitting(dataset, tokenizer) > LONGEST_FIT:
        st.caption(
            f":material/timer: Typical time: {model.typical_time}, and {duration(_fitting(dataset, tokenizer))} for "
            "the tokenizer. It is measured once the tokenizer is there; the Tokens pages can train it before."
        )
    elif runs.running():
        st.caption(f":material/timer: Typical time: {model.typical_time}. It is measured while nothing else trains.")
    else:
        _wait(dataset, model, tokenizer)


def known(dataset: Dataset, model: Model, tokenizer: Tokenizer | None = None) -> Preflight | None:
    """Give what was measured before, None where nothing was; never measures anything."""
    return _found(dataset, model, tokenizer)


def asked(dataset: Dataset, model: Model, tokenizer: Tokenizer | None = None) -> Preflight | None:
    """Give what was measured; None while it is not known, and then it is measured beside the page."""
    return _found(dataset, model, tokenizer, ask=True)


def _found(dataset: Dataset, model: Model, tokenizer: Tokenizer | None, *, ask: bool = False) -> Preflight | None:
    cut = "" if tokenizer is None else tokenizers.key_of(dataset, tokenizer)  # covers the RBP table too
    key = (dataset.id, model.name, tuple(sorted(values_of(model).items())), cut)
    if ask:
        return _measurements().get(key, lambda: _measure(dataset, model, tokenizer))
    return _measurements().peek(key)


def _measure(dataset: Dataset, model: Model, tokenizer: Tokenizer | None) -> Preflight:
    lengths = [len(text) for text in dataset.sequences[:: max(1, len(dataset) // 2000)]]
    return estimate(
        len(dataset.rows("train")),
        lengths,
        model,
        targets=len(dataset.target_names),
        auxiliary=dataset.values.shape[1],
        tokenizer=to_json(tokenizers.fitted(dataset, tokenizer)) if tokenizer is not None else "",
    )


def _fitting(dataset: Dataset, tokenizer: Tokenizer) -> float:
    """Estimate the seconds that the fit of a tokenizer takes; 0 where it was fitted before."""
    return 0.0 if tokenizers.has(dataset, tokenizer) else expected_seconds(tokenizer, Corpus.of(dataset))


@st.fragment(run_every=EVERY_SECONDS)
def _wait(dataset: Dataset, model: Model, tokenizer: Tokenizer | None) -> None:
    with errors.guard():
        if _found(dataset, model, tokenizer, ask=True) is not None:
            st.rerun(scope="app")
        st.caption(
            f":material/hourglass_top: Measuring the cost on this machine. Typical time: {model.typical_time}. "
            "You need not wait for it."
        )


def _draw(found: Preflight) -> None:
    known = [Fact("Device", found.device, "Where the training will run")]
    if found.seconds_low is not None and found.seconds_high is not None:
        known.insert(
            0, Fact("Duration", span(found.seconds_low, found.seconds_high), "With the automatic baseline models")
        )
    if found.memory_mb is not None:
        free = psutil.virtual_memory().available / 1e6
        on_cpu = found.device == "CPU"
        about = f"{memory(free)} are free" if on_cpu else "GPU memory"
        known.append(Fact("Memory", memory(found.memory_mb), about))
        if on_cpu and found.memory_mb > free:
            st.warning(
                f"It needs {memory(found.memory_mb)} of memory and {memory(free)} are free. Close other programs."
            )
    if found.parameters is not None:
        known.append(Fact("Parameters", f"{found.parameters:,}", "Numbers that are learned"))
    facts.draw(known)
    st.caption(found.note)


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
