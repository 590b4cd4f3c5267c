"""Does attribution find the planted motifs of the simulated demo, and what does it cost?

Run it as ``python -m tests.bench.bench_attribution``. The demo is made and imported as a user would, a cnn with default
settings is trained on it, and test sequences are attributed. The figure is the area under the precision-recall
curve (average precision) over the positions of those test sequences together: planted or not, ranked by |attribution|.
"""

import csv
import statistics
import sys
import tempfile
import time
from pathlib import Path

import numpy as np
from sklearn.metrics import average_precision_score

from lib.attribution import METHODS
from lib.data import simulate
from lib.data.dataset import Dataset
from lib.data.importing import ImportChoices, build, understand
from lib.data.splits import SplitChoice
from lib.data.tables import Source
from lib.data.targets import TargetChoice
from lib.evaluation.metrics import scores
from lib.models.base import MODELS, Context, Fitted, TrainingData

ASKED = 0.8
TESTED = 100
"""Test sequences that are attributed, the first ones; each costs seconds on two cores."""


def demo(folder: Path) -> tuple[Dataset, dict[str, np.ndarray]]:
    """Import the simulated demo; give it with the planted positions of each id, True or False."""
    files = simulate.write_demo(folder)
    sources = [Source(path.name, path) for path in (files.expression, files.sequences, files.rbp)]
    choices = ImportChoices(name="demo", target=TargetChoice(), split=SplitChoice(), simulated=True)
    dataset = build(understand(*sources), choices).dataset
    planted = {str(i): np.zeros(len(s), dtype=bool) for i, s in zip(dataset.ids, dataset.sequences, strict=True)}
    with files.truth.open(encoding="utf-8", newline="") as file:
        for row in csv.DictReader(file, delimiter="\t"):
            if row["id"] in planted:
                planted[row["id"]][int(row["start"]) : int(row["end"])] = True
    return dataset, planted


def precision(fitted: Fitted, dataset: Dataset, planted: dict[str, np.ndarray], method: str, most: int) -> dict:
    """Attribute test sequences and compare with the planted positions."""
    rows = dataset.rows("test")[:most]
    ids, sequences = dataset.ids[rows].tolist(), dataset.sequences[rows].tolist()
    started = time.perf_counter()
    found = METHODS.create(method).attribute(fitted, sequences, target=0)
    seconds = (time.perf_counter() - started) / len(rows)
    truth = np.concatenate([planted[name] for name in ids])
    ranked = np.concatenate([np.abs(item.scores) for item in found])
    deltas = [item.relative_delta for item in found if item.relative_delta is not None]
    return {
        "auprc": float(average_precision_score(truth, ranked)),
        "chance": float(truth.mean()),
        "seconds": seconds,
        "n": len(rows),
        "below": float(np.mean(np.array(deltas) < 0.01)) if deltas else None,
        "delta": statistics.median(deltas) if deltas else None,
    }


def main() -> list[dict]:
    """Measure and give one row per figure."""
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        dataset, planted = demo(folder / "demo")
        started = time.perf_counter()
        (folder / "run").mkdir()
        fitted = MODELS.create("cnn").fit(TrainingData.of(dataset), Context(folder / "run", seed=0))
        trained = time.perf_counter() - started
        test = dataset.rows("test")
        r2 = scores(dataset.targets[test], fitted.predict(dataset.sequences[test].tolist()))["r2"]
        gradients = precision(fitted, dataset, planted, "integrated-gradients", most=TESTED)
        mutants = precision(fitted, dataset, planted, "in-silico-mutagenesis", most=TESTED)
    about = f"pooled over the positions of {gradients['n']} test sequences, chance {gradients['chance']:.2f}"
    return [
        {"what": "simulated demo: cnn test R2", "figure": f"{r2:.3f}", "asked": "", "how": f"{trained:.0f} s training"},
        {
            "what": "simulated demo: planted positions, integrated gradients",
            "figure": f"AUPRC {gradients['auprc']:.3f}",
            "asked": f">= {ASKED}",
            "how": about,
        },
        {
            "what": "simulated demo: planted positions, in-silico mutagenesis",
            "figure": f"AUPRC {mutants['auprc']:.3f}",
            "asked": "",
            "how": about,
        },
        {
            "what": "integrated gradients, 110 nt, cnn defaults",
            "figure": f"{1000 * gradients['seconds']:.0f} ms a sequence",
            "asked": "",
            "how": "default settings, mean",
        },
        {
            "what": "in-silico mutagenesis, 110 nt, cnn defaults",
            "figure": f"{1000 * mutants['seconds']:.0f} ms a sequence",
            "asked": "",
            "how": "330 mutants",
        },
        {
            "what": "integrated gradients: convergence delta below 1%",
            "figure": f"{gradients['below']:.1%} of sequences",
            "asked": "nearly all",
            "how": f"median {gradients['delta']:.2%} of |f(x) - f(reference)|",
        },
    ]


if __name__ == "__main__":
    for row in main():
        sys.stdout.write("\t".join(str(row[key]) for key in ("what", "figure", "asked", "how")) + "\n")
