"""Does attribution find the planted motifs of the simulated demo, does it add up, and what does it cost?

Run it as ``python -m tests.bench.bench_attribution``. The demo is made and imported as a user would, and a cnn, the
smallest bert and a k-mer ridge are trained on it. Motifs found: the area under the precision-recall curve (average
precision) over the positions of test sequences together, planted or not, ranked by |attribution|. The settings of the
methods were chosen on the validation part.
"""

import csv
import sys
import tempfile
import time
from pathlib import Path

import numpy as np
import torch
from captum.attr import IntegratedGradients as Captum
from sklearn.metrics import average_precision_score

from lib.attribution import METHODS, Attribution, refusal
from lib.attribution.references import references
from lib.core.alphabet import one_hot
from lib.data import simulate
from lib.data.dataset import Dataset
from lib.data.importing import ImportChoices, build, understand
from lib.data.splits import SplitChoice
from lib.data.targets import TargetChoice
from lib.evaluation.metrics import scores
from lib.io.files import Source
from lib.models.base import MODELS, Context, Fitted, TrainingData
from lib.tokenizers import TOKENIZERS, Corpus
from lib.tokenizers import fit as fit_tokenizer

ASKED = 0.85
TESTED = {"cnn": 100, "bert": 40, "kmer-ridge": 100}
"""Test sequences that are attributed, the first ones."""
BERT = {"size": "tiny", "epochs": 6}
ALSO = {"integrated-gradients": ({"reference": "zeros"},), "deep-lift": ({"reference": "zeros"},)}
SPEED, LOOPED = 1000, 40
"""Sequences for the ratio of speeds, and how many of them the loop does."""
EXACT = {"tolerance": 0.0001, "steps": 256}


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


def train(name: str, dataset: Dataset, folder: Path) -> tuple[Fitted, str]:
    """Train a model on the demo and describe it."""
    settings = BERT if name == "bert" else {}
    data = TrainingData.of(dataset)
    if name == "bert":
        tokenizer = fit_tokenizer(TOKENIZERS.create("bpe", {"size": 64}), Corpus(sequences=data.train.sequences))
        data = TrainingData.of(dataset, tokenizer)
    (folder / name).mkdir()
    started = time.perf_counter()
    fitted = MODELS.create(name, settings).fit(data, Context(folder / name, seed=0))
    seconds = time.perf_counter() - started
    test = dataset.rows("test")
    r2 = scores(dataset.targets[test], fitted.predict(dataset.sequences[test].tolist()))["r2"]
    return fitted, f"{name}, test R2 {r2:.2f}, {seconds:.0f} s training"


def found_motifs(name: str, fitted: Fitted, about: str, dataset: Dataset, planted: dict[str, np.ndarray]) -> list[dict]:
    """Give one row for each method that explains the model, and whether its numbers add up."""
    rows = dataset.rows("test")[: TESTED[name]]
    ids, sequences = dataset.ids[rows].tolist(), dataset.sequences[rows].tolist()
    truth = np.concatenate([planted[identifier] for identifier in ids])
    table = []
    for method, cls in METHODS.all().items():
        for settings in ({}, *ALSO.get(method, ())):
            if refusal(cls, fitted):
                continue
            started = time.perf_counter()
            found = METHODS.create(method, settings).attribute(fitted, sequences)
            seconds = (time.perf_counter() - started) / len(rows)
            area = average_precision_score(truth, np.concatenate([np.abs(item.scores) for item in found]))
            words = ", ".join(f"{key} {value}" for key, value in settings.items()) or "default settings"
            asked = f">= {ASKED}" if (name, method) == ("cnn", "integrated-gradients") and not settings else ""
            how = (
                f"{about}; {words}, {len(rows)} test sequences, chance {truth.mean():.2f}, {1000 * seconds:.0f} ms each"
            )
            table.append(
                {
                    "what": f"simulated demo: planted positions, {name}, {method}{' ' + words if settings else ''}",
                    "figure": f"AUPRC {area:.3f}",
                    "asked": asked,
                    "how": how,
                }
            )
            if method in ("integrated-gradients", "deep-lift") and not settings:
                table.append(adds_up(name, method, found))
    return table


def adds_up(name: str, method: str, found: list[Attribution]) -> dict:
    """Count the sequences whose numbers add up to f(x) - f(reference) within 1% of it."""
    sums = sum_errors(found)
    before = np.array([item.relative_delta for item in found], dtype=float)
    return {
        "what": f"attributions sum to f(x) - f(reference) within 1%, {name}, {method}",
        "figure": f"{(sums < 0.01).mean():.1%} of sequences",
        "asked": "99%",
        "how": f"n {len(sums)}, default settings, largest {sums.max():.2g}; {unshifted(before)}",
    }


def sum_errors(found: list[Attribution]) -> np.ndarray:
    """Give how far the numbers are from adding up, relative to f(x) - f(reference), (N,)."""
    asked = np.array([item.prediction - (item.reference_prediction or 0.0) for item in found])
    return np.abs([item.scores.sum() + item.special for item in found] - asked) / np.abs(asked)


def unshifted(before: np.ndarray) -> str:
    """Say how exact the sums were before any weights were shifted to meet them."""
    return (
        f"before weights were shifted: median {np.median(before):.2%}, {(before < 0.01).mean():.0%} within 1%, "
        f"{(before < 0.05).mean():.0%} within 5%"
    )


def speed(fitted: Fitted, dataset: Dataset) -> list[dict]:
    """Compare with Captum's integrated gradients of 50 steps, one sequence after the other, of the same references."""
    table = []
    sequences = dataset.sequences[:SPEED].tolist()
    for kind, shuffles, count in (("zeros", 1, SPEED), ("dinucleotide-shuffles", 20, 100)):
        looped = LOOPED if shuffles == 1 else LOOPED // 8
        options = {"reference": kind, "shuffles": shuffles}
        started = time.perf_counter()
        found = METHODS.create("integrated-gradients", options).attribute(fitted, sequences[:count])
        ours = (time.perf_counter() - started) / count
        started = time.perf_counter()
        loop = [_looped(fitted, sequence, kind, shuffles) for sequence in sequences[:looped]]
        theirs = (time.perf_counter() - started) / looped
        few = 10 if shuffles == 1 else 3
        exact = METHODS.create("integrated-gradients", {**options, **EXACT}).attribute(fitted, sequences[:few])
        off = [
            np.median([_off(one, item.scores) for one, item in zip(each, exact, strict=True)])
            for each in ([item.scores for item in found[:few]], loop[:few])
        ]
        deltas = sum_errors(found)
        before = unshifted(np.array([item.relative_delta for item in found], dtype=float))
        sums = np.array([item.prediction - (item.reference_prediction or 0.0) for item in found[:looped]])
        adding = np.abs(np.array([one.sum() for one in loop]) - sums) < 0.01 * np.abs(sums)
        table.append(
            {
                "what": f"integrated gradients, cnn, {count:,} x 110 nt, reference {kind} ({shuffles})",
                "figure": f"{theirs / ours:.1f} times as fast; {(deltas < 0.01).mean():.1%} within 1%",
                "asked": ">= 3 times, 99% within 1%",
                "how": f"{1000 * ours:.0f} ms a sequence; Captum one by one, 50 steps: {1000 * theirs:.0f} ms, "
                f"{adding.mean():.0%} within 1% (n {looped}); scores off by {off[0]:.1%} and {off[1]:.1%} of those "
                f"with up to 256 steps (median of the sum of absolute differences); {before}",
            }
        )
    return table


def _looped(fitted: Fitted, sequence: str, kind: str, shuffles: int) -> np.ndarray:
    captum, x = Captum(fitted.network()), torch.tensor(one_hot(sequence))[None]  # type: ignore[attr-defined]
    away = torch.tensor(references(kind, sequence, shuffles=shuffles), dtype=torch.float32)
    each = [captum.attribute(x, one[None], target=0, n_steps=50)[0].sum(dim=0) for one in away]
    return torch.stack(each).mean(dim=0).double().numpy()


def _off(found: np.ndarray, exact: np.ndarray) -> float:
    return float(np.abs(found - exact).sum() / np.abs(exact).sum())


def main() -> list[dict]:
    """Measure and give one row per figure."""
    table = []
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        dataset, planted = demo(folder / "demo")
        for model in TESTED:
            fitted, about = train(model, dataset, folder)
            if model == "cnn":
                table += speed(fitted, dataset)
            table += found_motifs(model, fitted, about, dataset, planted)
    return table


if __name__ == "__main__":
    for row in main():
        sys.stdout.write("\t".join(str(row[key]) for key in ("what", "figure", "asked", "how")) + "\n")
