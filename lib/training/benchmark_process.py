"""The process that measures what a training will cost: ``python -m lib.training.benchmark_process``, JSON in, JSON out.

What is known is written as soon as it is, one line each time: if time runs out, the last line counts.

The model is really trained for some steps. Memory is read in the second step of batches of the longest sequences, when
the optimizer has its state, at two sizes, which gives what is fixed and what each sequence adds; the first size is
small, and the second one as large as memory and time allow, so that a measurement does not fill the machine. The pace
comes from typical sequences.
"""

import json
import logging
import sys
import tempfile
import time
from collections.abc import Callable, Mapping
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np
import psutil

from lib import tasks
from lib.core.errors import Cancelled, UserError
from lib.core.progress import Report, Silent
from lib.models.base import MODELS, Model, Sized, uses_tokenizer
from lib.tasks.data import Part, TrainingData
from lib.tokenizers import from_json
from lib.training import TrainingContext
from lib.training.preflight import MARGIN, MemoryModel, Preflight, no_estimate, read_part
from lib.training.probes import WARM_STEPS, MemoryProbe, PeakMemory, ThroughputProbe

_SLOW_SHARE = 0.25
_FIRST, _MOST, _FEWEST_ROWS = 8, 256, 20
_LOW, _HIGH = 0.7, 1.6  # a training may stop early; other work may slow it down
_FORWARD = 1 / 3  # a prediction against a step of training


@dataclass(frozen=True)
class _Pass:
    """What a training of a few steps showed: seconds until the first step and of the second one, peaks in megabytes."""

    startup: float
    step: float
    peak: float
    highest: float
    passes: float


@dataclass(frozen=True)
class _Task:
    """What was asked, what reads memory, when it began, and who is told what is known."""

    request: Mapping[str, Any]
    peak: PeakMemory
    started: float
    say: Callable[[Preflight], None]

    @property
    def left(self) -> float:
        """Give the seconds that are left."""
        return float(self.request["budget"]) - (time.monotonic() - self.started)


def measure(request: Mapping[str, Any], say: Callable[[Preflight], None] = lambda found: None) -> Preflight:
    """Train the model and the automatic baselines for some seconds on the sequences of the request.

    Parameters
    ----------
    request
        What ``lib.training.preflight.estimate`` asks for.
    say
        Told what is known so far.
    """
    started = time.monotonic()
    model: Any = MODELS.create(request["model"], request["settings"])
    data = _data(request)
    peak = PeakMemory("cpu" if model.baseline else request["device"])
    found = Preflight(peak.where, "The memory could not be measured.", *_sizes(model, data))
    say(found)
    measured = _measure_in_steps if hasattr(model, "batch_size") else _measure_at_once
    found, seconds = measured(found, model, data, _Task(request, peak, started, say))
    beside = (cls for name, cls in MODELS.all().items() if cls.baseline and name != model.name)
    others: list[Any] = [cls() for cls in beside if data.task in cls.tasks]
    seconds += (
        sum(_seconds(other, data, PeakMemory("cpu")) for other in others) * request["rows"] / len(data.train.sequences)
    )
    return replace(found, device=peak.where, seconds_low=_LOW * seconds, seconds_high=_HIGH * seconds)


def _measure_at_once(found: Preflight, model: Model, data: TrainingData, task: _Task) -> tuple[Preflight, float]:
    """Measure a model that is not trained in batches: time and memory grow with the sequences."""
    request, peak = task.request, task.peak
    _warm_up(model, data)
    peak.reset()
    before, share = peak.read(), request["rows"] / len(data.train.sequences)
    seconds = _seconds(model, data, peak) * share
    used = peak.read()
    note = f"Measured on this machine with {len(data.train.sequences):,} sequences of the train part, baseline models "
    return replace(found, memory_mb=used + (used - before) * (share - 1), note=f"{note}included."), seconds


def _measure_in_steps(found: Preflight, model: Any, data: TrainingData, task: _Task) -> tuple[Preflight, float]:
    """Measure a model that is trained in batches, which may be cut into pieces and shared by several processes."""
    request, peak = task.request, task.peak
    batch, ranks = min(model.batch_size, request["rows"]), request["ranks"]
    pieces = min(batch, getattr(model, "accumulation", 1) * ranks)
    piece, longest = -(-batch // pieces), read_part(request["longest"], data.task)

    few = min(_FIRST, max(2, piece // 2))
    small = _pass(model, data, longest, few, peak, evaluate=False)
    each = max(1.0, small.peak / few)  # megabytes of a sequence at most: what is fixed is in there too
    safe = (1 - MARGIN) * peak.free() / 2 / each
    quick = _SLOW_SHARE * task.left / 3 / max(1e-6, small.step / few)
    # At least twice as many, for two sizes that lie close give the noise of what is fixed; unless memory is short.
    many = int(max(few + 1, min(max(2 * few, min(piece, quick)), _MOST, safe)))
    held = _take(data.validation, np.arange(min(len(data.validation.sequences), max(_FIRST, int(quick)))))
    large = _pass(model, replace(data, validation=held), longest, many, peak, evaluate=True)
    slope = max(0.0, (large.peak - small.peak) / (many - few))
    room = MemoryModel(large.peak - slope * many, slope, large.highest, peak.free())

    per_rank = ranks if peak.where == "CPU" else 1  # processes on the CPU share its memory
    found = replace(found, memory_mb=room.estimate(piece) * per_rank, batch=batch, pieces=pieces, room=room)
    found = replace(found, device=peak.where, note=_note(few, many, 0, model))
    task.say(found)
    seconds, timed = _measure_throughput(model, data, large.step / many, room, task)
    if not timed:  # too slow to be tried again
        seconds = large.step / many * large.passes * request["rows"]
    seconds *= (1 + _FORWARD * request["held"] / max(1, request["rows"])) / (1 if per_rank > 1 else ranks)
    return replace(found, note=_note(few, many, timed or 1, model)), seconds + small.startup


def _measure_throughput(
    model: Any, data: TrainingData, each: float, room: MemoryModel, task: _Task
) -> tuple[float, int]:
    """Time typical batches of the size that is wanted, or of a smaller one that memory and time allow; 0 of none."""
    size = int(min(model.batch_size, room.largest(room.free), task.left / (WARM_STEPS + 2) / max(each, 1e-9)))
    if size < 2:
        return 0.0, 0
    pieces = 1 if size < model.batch_size else getattr(model, "accumulation", 1)
    seconds = _seconds(_change_batch(model, size, pieces), data, task.peak)
    return seconds * task.request["rows"] / len(data.train.sequences), size


def _note(few: int, many: int, timed: int, model: Any) -> str:
    parts = [
        f"Measured on this machine with real sequences of the train part: memory with its longest ones at {few} and "
        f"{many} at once, from which that of a batch follows"
    ]
    if timed:
        which = (
            f"typical ones, {timed} in a step" if timed > 1 else "the longest ones too and roughly, for steps are slow"
        )
        parts.append(f"time with {which}, baseline models included")
    if getattr(model, "compile", False):
        parts.append("without compiling the network")
    if psutil.getloadavg()[0] > 2 * (psutil.cpu_count() or 1):
        parts[-1] += ". Other work keeps the processors busy now; without it the time is shorter"
    return "; ".join(parts) + "."


def _pass(model: Any, data: TrainingData, longest: Part, size: int, peak: PeakMemory, *, evaluate: bool) -> _Pass:
    """Train two steps on the longest sequences, ``size`` at once; with ``evaluate`` until the epoch is over."""
    batches = max(2, -(-_FEWEST_ROWS // size))
    rows = batches * size
    train = _take(longest, np.arange(rows) % max(1, min(size, len(longest.sequences))))
    listener = MemoryProbe(peak, last=batches + 1 if evaluate else 2)
    started = time.monotonic()
    _fit(_change_batch(model, size, 1), replace(data, train=train), listener, peak)
    if 2 not in listener.times:
        raise UserError("the training was too short to be measured.")
    first, second = listener.times[1], listener.times[2]
    highest = max(listener.second, peak.read())
    return _Pass(first - started, second - first, listener.second, highest, listener.total / batches)


def _seconds(model: Model, data: TrainingData, peak: PeakMemory) -> float:
    """Time a training: all of it where it is short, else some steps, which stand for all."""
    if not hasattr(model, "batch_size"):
        _warm_up(model, data)
    pace, started = ThroughputProbe(peak), time.monotonic()
    return time.monotonic() - started if _fit(model, data, pace, peak) else pace.seconds()


def _warm_up(model: Model, data: TrainingData) -> None:
    """Let a model import and compile what it needs, which is not to be counted as a pace."""

    class Once(Silent):
        def report(self, report: Report) -> None:
            if report.step:
                raise Cancelled("Warm.")

    few = replace(data, train=_take(data.train, np.arange(min(64, len(data.train.sequences)))))
    _fit(model, few, Once(), PeakMemory("cpu"))


def _fit(model: Model, data: TrainingData, listener: Any, peak: PeakMemory) -> bool:
    """Train in a folder that is thrown away; False where the listener stopped it."""
    with tempfile.TemporaryDirectory() as folder:
        try:
            model.fit(data, TrainingContext(Path(folder), device=peak.device, progress=listener))
        except Cancelled:
            return False
    return True


def _change_batch(model: Any, size: int, pieces: int) -> Any:
    """Give the model with another batch, uncompiled: that takes minutes, and is no part of the pace."""
    changed: dict[str, Any] = {"batch_size": size, "accumulation": pieces, "compile": False}
    return replace(model, **{name: value for name, value in changed.items() if hasattr(model, name)})


def _data(request: Mapping[str, Any]) -> TrainingData:
    tokenizer = from_json(request["tokenizer"]) if request["tokenizer"] else None
    task = request["task"]
    train, held = (read_part(request[name], task) for name in ("typical", "validation"))
    return TrainingData(train, held, tuple(request["names"]), task, tokenizer, tuple(request["classes"]))


def _take(part: Part, rows: np.ndarray) -> Part:
    counts = None if part.profiles is None else part.profiles[rows]
    return Part(tuple(part.sequences[row] for row in rows), part.targets[rows], part.auxiliary[rows], counts)


def _sizes(model: Any, data: TrainingData) -> tuple[int | None, int | None]:
    """Count all numbers of a model, and those that are learned."""
    if not isinstance(model, Sized):
        return None, None
    tokenizer = data.tokenizer
    known = {"vocabulary": len(tokenizer.vocabulary)} if tokenizer is not None and uses_tokenizer(model) else {}
    if known and tasks.get(data.task).view == "profiles":
        known["length"] = len(data.train.sequences[0])
    counts = data.train.targets.shape[1], data.train.auxiliary.shape[1]
    total = model.parameters(*counts, **known)
    return total, model.trainable(*counts, **known) if hasattr(model, "trainable") else total


def main() -> None:
    """Answer one request; what the user can mend is an answer too."""
    logging.disable(logging.WARNING)
    request = json.loads(sys.stdin.read())

    def say(found: Preflight) -> None:
        sys.stdout.write(json.dumps(asdict(found)) + "\n")
        sys.stdout.flush()

    try:
        say(measure(request, say))
    except UserError as error:
        say(no_estimate(str(error)))


if __name__ == "__main__":
    main()
