"""What a training will cost on this machine, measured before it starts.

The model really trains for some seconds, in a process of its own, on random sequences as long as the user's; the pace
of its steps gives the duration. So any model, present or future, is measured the same way, and the process that asks
imports neither torch nor transformers. ``python -m lib.training.preflight`` is that process: JSON in, JSON out.
"""

import json
import resource
import subprocess
import sys
import tempfile
import time
from collections.abc import Sequence
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np

from lib.core.errors import Cancelled
from lib.core.progress import Report, Silent
from lib.core.registry import values_of
from lib.models.base import MODELS, Context, Model, Part, Sized, TrainingData, uses_tokenizer
from lib.tokenizers import FittedTokenizer, from_json

TIMEOUT = 120.0
_ROWS = 1024
_MEASURED_SECONDS, _WARM_STEPS = 1.5, 2
_LOW, _HIGH = 0.7, 1.6  # a training may stop early; other work may slow it down


@dataclass(frozen=True)
class Preflight:
    """What a training will cost.

    Parameters
    ----------
    device
        Where it will run, in words.
    parameters
        How many numbers are learned; None where the model does not say.
    memory_mb
        Most memory that the measurement used, in megabytes (10^6 bytes), of the GPU where there is one.
    seconds_low, seconds_high
        Expected duration, with the automatic baselines; None where it could not be measured.
    note
        How the estimate came about, in one sentence.
    """

    device: str
    parameters: int | None
    memory_mb: float | None
    seconds_low: float | None
    seconds_high: float | None
    note: str


def estimate(
    rows: int,
    lengths: Sequence[int],
    model: Model,
    *,
    targets: int = 1,
    auxiliary: int = 0,
    tokenizer: str = "",
    timeout: float = TIMEOUT,
) -> Preflight:
    """Measure the model for some seconds in a process of its own; blocks until then, so call it beside the page.

    Parameters
    ----------
    rows
        Sequences of the train part.
    lengths
        Their lengths, or a sample of them.
    model
        The model with its settings.
    targets, auxiliary
        How many numbers each sequence has to predict, and how many auxiliary ones there are.
    tokenizer
        A fitted tokenizer as JSON, for a model that reads tokens.
    timeout
        Seconds after which there is no estimate.
    """
    quantiles = np.quantile(np.asarray(lengths), np.linspace(0, 1, 101)).astype(int).tolist()
    request = {
        "rows": rows,
        "lengths": quantiles,
        "model": model.name,
        "settings": values_of(model),
        "targets": targets,
        "auxiliary": auxiliary,
        "tokenizer": tokenizer,
    }
    command = [sys.executable, "-m", "lib.training.preflight"]
    try:
        done = subprocess.run(
            command,
            input=json.dumps(request),
            capture_output=True,
            text=True,
            timeout=timeout,
            check=True,
            cwd=Path(__file__).parents[2],
        )
        return Preflight(**json.loads(done.stdout))
    except subprocess.TimeoutExpired:
        return _unknown(f"No estimate: one step takes longer than {timeout:.0f} seconds here.")
    except subprocess.CalledProcessError as error:
        last = (error.stderr or "").strip().splitlines()[-1:] or ["no message"]
        return _unknown(f"No estimate: the measurement stopped ({last[0][:200]}).")


def measure(request: dict[str, Any]) -> Preflight:
    """Train the model and the automatic baselines for some seconds on made-up sequences."""
    model = MODELS.create(request["model"], request["settings"])
    rows = min(request["rows"], _ROWS)
    data = _made_up(request, rows)
    others = [cls() for name, cls in MODELS.all().items() if cls.baseline and name != model.name]
    seconds = (_seconds(model, data) + sum(_seconds(other, data) for other in others)) * request["rows"] / rows
    device, memory = _device(model)
    return Preflight(
        device=device,
        parameters=_parameters(model, request, data.tokenizer),
        memory_mb=memory,
        seconds_low=_LOW * seconds,
        seconds_high=_HIGH * seconds,
        note=f"Measured on this machine with {rows:,} made-up sequences of the same lengths, baseline models included.",
    )


class _Pace:
    """Listens to a training, times its steps, and stops it after some seconds."""

    def __init__(self) -> None:
        self.first: tuple[float, int] | None = None
        self.last = (time.monotonic(), 0)
        self.total = 0

    def report(self, report: Report) -> None:
        now = time.monotonic()
        if report.step >= _WARM_STEPS and self.first is None:
            self.first = (now, report.step)
        self.last, self.total = (now, report.step), report.total
        if self.first is not None and now - self.first[0] > _MEASURED_SECONDS and report.step > self.first[1]:
            raise Cancelled("Measured for long enough.")

    def seconds(self) -> float:
        """Give the expected seconds of all steps."""
        if self.first is None or self.last[1] == self.first[1]:
            raise RuntimeError("the training was too short to be timed")
        return (self.last[0] - self.first[0]) / (self.last[1] - self.first[1]) * self.total


def _seconds(model: Model, data: TrainingData) -> float:
    """Time a training: all of it where it is short, else some steps, which stand for all."""
    pace = _Pace()
    with tempfile.TemporaryDirectory() as folder:
        _warm(model, data, Path(folder))
        started = time.monotonic()
        try:
            model.fit(data, Context(Path(folder), progress=pace))
        except Cancelled:
            return pace.seconds()
        return time.monotonic() - started


def _warm(model: Model, data: TrainingData, folder: Path) -> None:
    """Let a model import and compile what it needs, which is not to be counted as a pace."""
    few = replace(data, train=_first(data.train, 64), validation=_first(data.validation, 16))

    class Once(Silent):
        def report(self, report: Report) -> None:
            if report.step:
                raise Cancelled("Warm.")

    (folder / "warm").mkdir()
    try:
        model.fit(few, Context(folder / "warm", progress=Once()))
    except Cancelled:
        return


def _made_up(request: dict[str, Any], rows: int) -> TrainingData:
    rng = np.random.default_rng(0)

    def part(count: int) -> Part:
        lengths = rng.choice(request["lengths"], size=count)
        sequences = tuple("".join(rng.choice(list("ACGT"), size=max(1, int(length)))) for length in lengths)
        # Some of the target can be learned, so that models that stop early do not stop at once.
        signal = np.array([sequence.count("TTT") - sequence.count("GC") for sequence in sequences])[:, None]
        noise = rng.normal(size=(count, request["targets"] + request["auxiliary"]))
        labels = signal / max(1.0, float(signal.std())) + noise
        return Part(sequences, labels[:, : request["targets"]], labels[:, request["targets"] :])

    names = tuple(f"target {number}" for number in range(request["targets"]))
    task = "regression" if len(names) == 1 else "multi_regression"
    tokenizer = from_json(request["tokenizer"]) if request["tokenizer"] else None
    return TrainingData(part(rows), part(max(8, rows // 8)), names, task, tokenizer)


def _parameters(model: Model, request: dict[str, Any], tokenizer: FittedTokenizer | None) -> int | None:
    if not isinstance(model, Sized):
        return None
    known = {"vocabulary": len(tokenizer.vocabulary)} if tokenizer is not None and uses_tokenizer(model) else {}
    return model.parameters(request["targets"], request["auxiliary"], **known)


def _first(part: Part, count: int) -> Part:
    return Part(part.sequences[:count], part.targets[:count], part.auxiliary[:count])


def _device(model: Model) -> tuple[str, float]:
    """Name the device that the model used, and the most memory that this process took of it."""
    torch = sys.modules.get("torch")
    if torch is not None and not model.baseline and torch.cuda.is_available():
        return f"GPU {torch.cuda.get_device_name(0)}", torch.cuda.max_memory_allocated() / 1e6
    # Linux counts the resident set in units of 1024 bytes, macOS in bytes.
    unit = 1 if sys.platform == "darwin" else 1024
    return "CPU", resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * unit / 1e6


def _unknown(note: str) -> Preflight:
    return Preflight("unknown", None, None, None, None, note)


if __name__ == "__main__":
    sys.stdout.write(json.dumps(asdict(measure(json.loads(sys.stdin.read())))))
