"""How well promoters with a TATA box are told from other sequences, beside k-mers in a logistic regression.

``../shared/data/gue/prom_300_tata``: 4,904 training, 613 validation and 613 test sequences of 300 nt, of which 6 test
sequences are copies of training sequences. The settings were chosen on the validation part alone.
"""

import sys
import tempfile
import time
from pathlib import Path
from typing import Any

import numpy as np

from lib.datasets import pipeline, presplit
from lib.datasets.dataset import Dataset
from lib.datasets.draft import ImportChoices
from lib.datasets.splits import SplitChoice
from lib.datasets.targets import TargetChoice
from lib.io.files import Source
from lib.models import MODELS
from lib.tasks import class_metrics
from lib.tasks.base import Prediction
from lib.tasks.classification import WITHOUT_DUPLICATES, Classification
from lib.tasks.data import TrainingData
from lib.training import TrainingContext

FOLDER = Path(__file__).resolve().parents[3] / "shared" / "data" / "gue" / "prom_300_tata"
PRESET = {"preset": "Aligned sequences"}
SEEDS = (0, 1, 2)
PUBLISHED = "0.71 of DNABERT-2, published (arXiv:2306.15006)"


def main(*, seeds: tuple[int, ...] = SEEDS) -> list[dict[str, str]]:
    """Train the CNN with each seed, and the k-mers; judge them on the test part with and without its copies."""
    dataset, rows = promoters(), []
    for name, settings, numbers in (("kmer-logistic", {}, (0,)), ("cnn", PRESET, seeds)):
        each = [trained(dataset, name, settings, seed) for seed in numbers]
        for seed, (found, seconds) in zip(numbers, each, strict=True):
            rows.append(_row(f"{name}, seed {seed}", found, seconds, asked="0.60 or more" if name == "cnn" else ""))
        if len(each) > 1:
            mean = np.mean([found["test"]["mcc"] for found, _ in each])
            rows.append(_said(f"{name}, mean of {len(each)} seeds", f"test MCC {mean:.3f}", PUBLISHED))
    return rows + speed()


def promoters() -> Dataset:
    """Read the three files as the command line does."""
    source = presplit.combine_parts(
        [Source(f"{name}.csv", FOLDER / f"{name}.csv") for name in ("train", "dev", "test")]
    )
    target, split = TargetChoice("class", None, None, column="label"), SplitChoice("column", presplit.COLUMN)
    choices = ImportChoices(name="TATA promoters", target=target, split=split)
    return pipeline.build(pipeline.understand(source, source), choices).dataset


def trained(dataset: Dataset, name: str, settings: dict[str, Any], seed: int) -> tuple[dict[str, Any], float]:
    """Train a model on the CPU; give what is judged of it, and the seconds of the training."""
    data, started = TrainingData.of(dataset), time.monotonic()
    with tempfile.TemporaryDirectory() as folder:
        fitted = MODELS.create(name, settings).fit(data, TrainingContext(Path(folder), seed, "cpu"))
    seconds = time.monotonic() - started
    return Classification().judge(dataset, Prediction(fitted.predict(dataset.sequences.tolist()))), seconds


def speed() -> list[dict[str, str]]:
    """Time 1,000 resamples of all metrics of 10,000 sequences, against scikit-learn's metrics of one resample."""
    from sklearn import metrics as sk

    rng = np.random.default_rng(0)
    y = (rng.random((10_000, 1)) < 0.5).astype(float)
    predicted = rng.normal(size=y.shape) + y
    started = time.monotonic()
    class_metrics.bootstrap(y, predicted)
    ours = time.monotonic() - started
    started = time.monotonic()
    chance, called = class_metrics.probabilities(predicted)[:, 1], class_metrics.decide(predicted)
    for judge in (sk.matthews_corrcoef, sk.accuracy_score, sk.balanced_accuracy_score, sk.f1_score):
        judge(y[:, 0], called)
    for judge in (sk.roc_auc_score, sk.average_precision_score, sk.log_loss, sk.brier_score_loss):
        judge(y[:, 0], chance)
    theirs = 1000 * (time.monotonic() - started)
    ratio = f"{ours:.1f} s, {theirs / ours:.0f} times as quick"
    return [_said("intervals of 9 metrics, 10,000 sequences, 1,000 resamples", ratio, "one by one by scikit-learn")]


def _row(what: str, found: dict[str, Any], seconds: float, *, asked: str) -> dict[str, str]:
    def told(key: str) -> str:
        low, high = found["intervals"][key]["mcc"]
        return f"{found[key]['mcc']:.3f} [{low:.3f}, {high:.3f}], n = {found[key]['n']}"

    auroc = f"AUROC {found['test']['auroc']:.3f}"
    figure = f"test MCC {told('test')}; without copies {told(WITHOUT_DUPLICATES)}; {auroc}; {seconds:.0f} s"
    return _said(what, figure, asked)


def _said(what: str, figure: str, asked: str) -> dict[str, str]:
    return {"what": f"TATA promoters: {what}", "figure": figure, "asked": asked, "how": "tests/bench/bench_classes.py"}


if __name__ == "__main__":
    for line in main(seeds=tuple(map(int, sys.argv[1:])) or SEEDS):
        sys.stdout.write(f"{line['what']}: {line['figure']} ({line['asked']})\n")
