"""What a training will cost on this machine, measured before it starts with sequences of the user's own train part.

``lib.training.benchmark_process`` does it, in a process of its own, by ``Model.fit`` alone: so any model, present or
future, is measured the same way, and the process that asks imports neither torch nor transformers. The sequences go
there as JSON through its standard input, and the answer comes back through its standard output.
"""

import json
import math
import os
import subprocess
import sys
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np

from lib import tasks
from lib.core.registry import values_of
from lib.datasets.dataset import Dataset
from lib.models.base import Model
from lib.tasks.data import Part

TIMEOUT = 150.0
MARGIN = 0.1
"""Share of the free memory that is left alone: what is free changes, and memory is given in blocks."""
NEUTRAL = frozenset({"learning_rate", "weight_decay", "dropout", "patience", "clip"})
"""Settings that change neither memory nor the time of a step, so that nothing is measured anew for them."""
_ROWS, _LONGEST, _LETTERS = 1024, 256, 4_000_000
_BUDGET = 0.6  # of the time until the measurement is given up


@dataclass(frozen=True)
class MemoryModel:
    """Memory of one device, in megabytes (10^6 bytes), as it depends on how many sequences are computed at once.

    Parameters
    ----------
    fixed
        What the longest sequences do not add to: program, weights, gradients and the state of the optimizer.
    each
        What each of the longest sequences adds.
    least
        Most that was in use at any time, evaluation and checkpoint included.
    free
        What was free when it was measured, the memory of the measurement itself counted as free.
    """

    fixed: float
    each: float
    least: float
    free: float

    def estimate(self, sequences: int) -> float:
        """Give what so many sequences need at once."""
        return max(self.least, self.fixed + self.each * sequences)

    def largest(self, free: float) -> float:
        """Give how many sequences fit at once into what is free, the margin left out; infinite where each adds none."""
        usable = (1 - MARGIN) * free
        if max(self.least, self.fixed) > usable:
            return 0
        return math.floor((usable - self.fixed) / self.each) if self.each > 0 else math.inf


@dataclass(frozen=True)
class Preflight:
    """What a training will cost.

    Parameters
    ----------
    device
        Where it will run, in words.
    note
        How the estimate came about, or why there is none, in one sentence.
    parameters, trainable
        How many numbers the model has, and how many of them are learned; None where the model does not say.
    memory_mb
        Most memory that the training is expected to need on each device, in megabytes (10^6 bytes).
    seconds_low, seconds_high
        Expected duration, with the automatic baselines; None where it could not be measured.
    batch, pieces
        Sequences of a step, and into how many parts they are cut, by the user or by several devices; None where the
        model knows no batches.
    room
        How memory grows with the batch; None where the model knows no batches.
    """

    device: str
    note: str
    parameters: int | None = None
    trainable: int | None = None
    memory_mb: float | None = None
    seconds_low: float | None = None
    seconds_high: float | None = None
    batch: int | None = None
    pieces: int = 1
    room: MemoryModel | None = None

    @classmethod
    def read(cls, text: str) -> "Preflight":
        """Read the last whole line that the measurement wrote."""
        facts = json.loads(text.rpartition("\n")[0].rpartition("\n")[2])
        return cls(**{**facts, "room": MemoryModel(**facts["room"]) if facts["room"] else None})

    def largest_batch(self, free: float, most: int) -> int | None:
        """Give the largest batch that fits into ``free`` megabytes in as many pieces as now, at most ``most``."""
        if self.room is None:
            return None
        return int(min(most, self.room.largest(free) * self.pieces))

    def needed_pieces(self, free: float) -> int | None:
        """Give into how many pieces the batch has to be cut to fit into ``free`` megabytes; None where none helps."""
        if self.room is None or self.batch is None:
            return None
        largest = self.room.largest(free)
        return math.ceil(self.batch / min(largest, self.batch)) if largest >= 1 else None


def estimate(
    dataset: Dataset,
    model: Model,
    *,
    tokenizer: str = "",
    device: str = "auto",
    ranks: int = 1,
    visible: Sequence[str] = (),
    timeout: float = TIMEOUT,
) -> Preflight:
    """Measure the model for some seconds in a process of its own; blocks until then, so call it beside the page.

    Parameters
    ----------
    dataset
        What it is to learn; two batches of its train part are tried, the longest sequences and typical ones.
    model
        The model with its settings.
    tokenizer
        A fitted tokenizer as JSON, for a model that reads tokens.
    device, ranks, visible
        ``auto``, ``cpu``, ``cuda`` or ``mps``; how many of them share each batch; ids of GPUs, the first of which is
        measured.
    timeout
        Seconds after which there is no estimate.
    """
    request = {
        **sample_data(dataset),
        "model": model.name,
        "settings": values_of(model),
        "tokenizer": tokenizer,
        "device": device,
        "ranks": ranks,
        "budget": _BUDGET * timeout,
    }
    try:
        done = subprocess.run(
            [sys.executable, "-m", "lib.training.benchmark_process"],
            input=json.dumps(request),
            capture_output=True,
            text=True,
            timeout=timeout,
            check=True,
            cwd=Path(__file__).parents[2],
            env=_environment(visible),
        )
        return Preflight.read(done.stdout)
    except subprocess.TimeoutExpired as error:
        return _use_partial(error.stdout or b"", timeout)
    except subprocess.CalledProcessError as error:
        if error.returncode < 0:
            return no_estimate("the measurement was stopped by the system, which may mean that memory ran out.")
        last = (error.stderr or "").strip().splitlines()[-1:] or ["no message"]
        return no_estimate(f"the measurement stopped ({last[0][:200]}).")


def sample_data(dataset: Dataset) -> dict[str, Any]:
    """Take typical and the longest sequences of the train part, and some of the validation part, as plain values."""
    train, held = dataset.rows("train"), dataset.rows("validation")
    whole = Part.of(dataset, "train")
    lengths = np.array([len(sequence) for sequence in whole.sequences], dtype=np.int64)
    rows = min(len(train), _ROWS, max(64, int(_LETTERS / max(1.0, float(lengths.mean() if len(lengths) else 1)))))
    typical = np.sort(np.random.default_rng(0).choice(len(train), size=rows, replace=False))
    longest = np.argsort(-lengths, kind="stable")[:_LONGEST]
    longest = longest[: max(2, int((lengths[longest].cumsum() <= _LETTERS).sum()))]
    validation = Part.of(dataset, "validation")
    return {
        "rows": len(train),
        "held": len(held),
        "names": list(dataset.target_names),
        "task": dataset.task,
        "classes": list(dataset.classes),
        "typical": _plain(whole, typical),
        "longest": _plain(whole, longest),
        "validation": _plain(validation, np.arange(min(len(held), max(8, rows // 8)))),
    }


def no_estimate(why: str) -> Preflight:
    """Say that there is no estimate."""
    return Preflight("unknown", f"No estimate: {why}")


def _use_partial(written: bytes | str, timeout: float) -> Preflight:
    """Give what was known when the time was over."""
    text = written.decode() if isinstance(written, bytes) else written  # bytes even where text was asked for
    why = f"one step takes longer than {timeout:.0f} seconds here; the training itself may still work."
    if "\n" not in text:
        return no_estimate(why)
    found = Preflight.read(text)
    if found.seconds_low is not None:  # only its end took too long
        return found
    return replace(found, note=f"{found.note.rstrip('.')}. The time could not be measured: {why}")


def read_part(plain: Mapping[str, Any], task: str) -> Part:
    """Read a part that ``sample`` took; counts are 1 at each base, since neither time nor memory depends on them."""
    rows = len(plain["sequences"])
    targets, auxiliary = (np.array(plain[name], dtype=float).reshape(rows, -1) for name in ("targets", "auxiliary"))
    shape = (*targets.shape, len(plain["sequences"][0]) if rows else 0)
    counts = np.ones(shape, dtype=np.float32) if tasks.get(task).view == "profiles" else None
    return Part(tuple(plain["sequences"]), targets, auxiliary, counts)


def _plain(part: Part, rows: np.ndarray) -> dict[str, Any]:
    return {
        "sequences": [part.sequences[row] for row in rows],
        "targets": part.targets[rows].tolist(),
        "auxiliary": part.auxiliary[rows].tolist(),
    }


def _environment(visible: Sequence[str]) -> Mapping[str, str]:
    """Let the measurement see the GPU that is meant, and fetch nothing: weights come when the training starts."""
    chosen = {"CUDA_VISIBLE_DEVICES": visible[0], "CUDA_DEVICE_ORDER": "PCI_BUS_ID"} if visible else {}
    return {**os.environ, "HF_HUB_OFFLINE": "1", **chosen}
