"""How well models predict held-out data with their default settings, one table: data x model x seed, with seconds.

``python -m tests.bench.bench_accuracy [DATA:MODEL ...] [--seeds 0,1,2] [--minutes 15]``; DATA is a name of ``DATA``
and MODEL a registered one, such as ``utr-seq:legnet``; all that are asked for without any. Whatever was chosen was
chosen by the validation part alone. Seeds decide the training, and of ``utr-seq``, ``yeast-5utr`` and the demo the
split too; published splits stay as they are.
"""

import argparse
import statistics
import sys
import tempfile
import time
from collections.abc import Callable, Sequence
from pathlib import Path

import torch
from scipy import stats

from lib.core.progress import Callback, Report
from lib.datasets import demo, pipeline, presplit
from lib.datasets.dataset import Dataset
from lib.datasets.draft import ImportChoices
from lib.datasets.splits import SplitChoice
from lib.datasets.targets import TargetChoice
from lib.io.files import Source
from lib.models import MODELS
from lib.tasks import class_metrics, metrics
from lib.tasks.data import TrainingData
from lib.training import TrainingContext
from tests.bench import bench_models

SHARED = Path(__file__).resolve().parents[3] / "shared" / "data"


def published(folder: str, names: Sequence[str], *, classes: bool = False) -> Dataset:
    """Import the files of a published split as a user would: training, validation and test part."""
    paths = [SHARED / folder / f"{name}.csv" for name in names]
    source = presplit.combine_parts([Source(f"{part}.csv", path) for part, path in zip(_PARTS, paths, strict=True)])
    target = TargetChoice("class" if classes else "column", None, None, column="label")
    choices = ImportChoices(name=folder, target=target, split=SplitChoice("column", presplit.COLUMN))
    return pipeline.build(pipeline.understand(source, source), choices).dataset


_PARTS = ("train", "dev", "test")


def yeast(seed: int) -> Dataset:
    """Import the growth rates of native yeast 5'UTRs, split by homology."""
    source = Source("Native_UTRs.csv.gz", SHARED / "yeast-5utr" / "Native_UTRs.csv.gz")
    target = TargetChoice("column", None, None, column="growth_rate")
    choices = ImportChoices(name="yeast-5utr", target=target, split=SplitChoice("homology", seed=seed))
    return pipeline.build(pipeline.understand(source, source), choices).dataset


DATA: dict[str, Callable[[int], Dataset]] = {
    "utr-seq": bench_models.dataset,
    "utr3-stability": lambda seed: published(
        "lamar", [f"utr3_stability_{part}" for part in ("train", "validation", "test")]
    ),
    "utr5-te": lambda seed: published("lamar", [f"utr5_te_{part}" for part in ("train", "validation", "test")]),
    "yeast-5utr": yeast,
    "tata": lambda seed: published("gue/prom_300_tata", _PARTS, classes=True),
    "demo": lambda seed: demo.draft(split=SplitChoice(seed=seed)).dataset,
}
ASKED = {
    "utr-seq:legnet": "R² mean >= 0.690, each >= 0.66",
    "utr-seq:best": "R² mean >= 0.710",
    "utr3-stability:best": "r >= 0.67, ρ >= 0.69",
    "utr5-te:best": "r >= 0.69",
    "yeast-5utr:best": "R² >= 0.45",
    "tata:best": "MCC >= 0.72",
    "demo:best": "R² >= 0.93",
    "utr3-stability:kmer-ridge": "",
    "yeast-5utr:kmer-ridge": "",
    "demo:kmer-ridge": "",
}


def measure(data: str, model: str, seed: int, minutes: float) -> tuple[dict[str, float], str]:
    """Train one model with its defaults; give its scores of the test part, and the seconds with n."""
    dataset = DATA[data](seed)
    settings = {"minutes": minutes} if model == "best" else {}
    began = time.perf_counter()
    with tempfile.TemporaryDirectory() as folder:
        context = TrainingContext(Path(folder), seed=seed, device="cpu", progress=Callback(_show))
        fitted = MODELS.create(model, settings).fit(TrainingData.of(dataset), context)
        seconds = time.perf_counter() - began
        test = dataset.rows("test")
        predicted, observed = fitted.predict(dataset.sequences[test].tolist()), dataset.targets[test]
    if dataset.classes:
        found = class_metrics.scores(observed, predicted)
        scores = {key: float(found[key]) for key in ("mcc", "auroc", "auprc")}
    else:
        scores = {
            "R²": float(metrics.scores(observed, predicted)["r2"]),
            "r": float(stats.pearsonr(observed[:, 0], predicted[:, 0])[0]),
            "ρ": float(stats.spearmanr(observed[:, 0], predicted[:, 0])[0]),
        }
    return scores, f"{seconds:.0f} s, n = {len(test):,}"


def main(
    wanted: Sequence[str] = tuple(ASKED), *, seeds: Sequence[int] = (0, 1, 2), minutes: float = 15.0
) -> list[dict[str, str]]:
    """Train each of the wanted models on its data with each seed."""
    torch.set_num_threads(2)
    rows = []
    for one in wanted:
        data, _, model = one.partition(":")
        if data != "demo" and not SHARED.is_dir():
            rows.append({"what": one, "figure": "no data", "asked": ASKED.get(one, ""), "how": "no shared data"})
            continue
        each = []
        for seed in seeds:
            scores, how = measure(data, model, seed, minutes)
            each.append(scores)
            said = ", ".join(f"{name} {value:.3f}" for name, value in scores.items())
            rows.append({"what": f"{model} on {data}, seed {seed}", "figure": said, "asked": "", "how": how})
            sys.stderr.write(f"{rows[-1]}\n")
        means = ", ".join(f"{name} {statistics.mean(found[name] for found in each):.3f}" for name in each[0])
        rows.append({"what": f"{model} on {data}, mean", "figure": means, "asked": ASKED.get(one, ""), "how": ""})
    return rows


def _show(report: Report) -> None:
    """Show on stderr how far a training is, once in a while."""
    if report.step and report.step % 300 == 0:
        sys.stderr.write(f"  {report.stage} {report.step} of {report.total} {dict(report.metrics)}\n")


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("wanted", nargs="*", default=list(ASKED))
    parser.add_argument("--seeds", default="0,1,2")
    parser.add_argument("--minutes", type=float, default=15.0)
    options = parser.parse_args()
    numbers = tuple(map(int, options.seeds.split(",")))
    for row in main(options.wanted, seeds=numbers, minutes=options.minutes):
        sys.stdout.write(f"{row['what']}: {row['figure']} (asked: {row['asked']}; {row['how']})\n")
