"""How well the models predict utr-seq with their default settings, and how long that takes.

Run it as ``python -m tests.bench.bench_models [SEED ...]``. The files are imported as a user would import them; a seed
decides the random 80/10/10 split as well as the training, so the spread between seeds holds both.
"""

import statistics
import sys
import tempfile
import time
from pathlib import Path

import torch

from lib.core.progress import Callback, Report
from lib.datasets.dataset import Dataset
from lib.datasets.draft import Draft
from lib.datasets.pipeline import ImportChoices, build, understand
from lib.datasets.splits import SplitChoice
from lib.datasets.targets import TargetChoice
from lib.io.columns import assign_times
from lib.io.files import Source
from lib.models.base import MODELS
from lib.tasks.data import TrainingData
from lib.tasks.metrics import scores
from lib.training import TrainingContext

DATA = Path(__file__).resolve().parents[3] / "shared" / "data" / "utr-seq"
HOURS = (0, 1, 2, 3, 4, 5, 6, 7, 8, 10, 12)
RIDGE, CNN, SECONDS = 0.45, 0.58, 300


def imported(seed: int) -> Draft:
    """Import utr-seq: counts, spike-ins, 8h - 2h, a random split."""
    sources = [Source(name, DATA / name) for name in ("reporter_counts.txt", "reporter_seq.txt")]
    understood = understand(*sources)
    columns = assign_times(understood.columns, HOURS)
    choices = ImportChoices(
        name="utr-seq", columns=columns, counts=True, target=TargetChoice(), split=SplitChoice(seed=seed)
    )
    return build(understood, choices)


def dataset(seed: int) -> Dataset:
    """Give utr-seq as it is imported."""
    return imported(seed).dataset


def trained(data: Dataset, name: str, seed: int) -> tuple[float, float, float]:
    """Train a model with its default settings; give test R2, seconds of the clock, seconds of CPU."""
    began, cpu = time.perf_counter(), time.process_time()
    with tempfile.TemporaryDirectory() as folder:
        context = TrainingContext(Path(folder), seed=seed, device="cpu", progress=Callback(_show))
        fitted = MODELS.create(name).fit(TrainingData.of(data), context)
    seconds, spent = time.perf_counter() - began, time.process_time() - cpu
    test = data.rows("test")
    return scores(data.targets[test], fitted.predict(data.sequences[test].tolist()))["r2"], seconds, spent


def main(seeds: tuple[int, ...] = (0, 1, 2)) -> list[dict[str, str]]:
    """Train k-mer ridge and cnn for each seed, on at most two cores."""
    if not DATA.is_dir():
        return [{"what": "models on utr-seq", "figure": "no data", "asked": "", "how": f"{DATA.name} is not there"}]
    torch.set_num_threads(2)
    rows = []
    for name, asked in (("kmer-ridge", f">= {RIDGE}"), ("cnn", f"mean >= {CNN}; each <= {SECONDS} s on 2 cores")):
        results = [trained(dataset(seed), name, seed) for seed in seeds]
        r2 = [result[0] for result in results]
        each = ", ".join(f"{value:.3f}" for value in r2)
        times = ", ".join(f"{seconds:.0f} s ({cpu:.0f} s CPU)" for _, seconds, cpu in results)
        rows.append(
            {
                "what": f"{name} on utr-seq, random split, test R2",
                "figure": f"mean {statistics.mean(r2):.3f} ({each}); {times}",
                "asked": asked,
                "how": f"defaults, seeds {', '.join(map(str, seeds))} for split and training, 2 threads",
            }
        )
    return rows


def _show(report: Report) -> None:
    """Show on stderr how far a training is, once in a while."""
    if report.step and report.step % 200 == 0:
        sys.stderr.write(f"  step {report.step} of {report.total} {dict(report.metrics)}\n")


if __name__ == "__main__":
    for row in main(tuple(map(int, sys.argv[1:])) or (0, 1, 2)):
        sys.stdout.write(f"{row['what']}: {row['figure']} (asked: {row['asked']}; {row['how']})\n")
