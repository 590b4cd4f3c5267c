"""Are attributions those of Captum, do they add up and find the planted motifs of the simulated demo, at what cost?

Run it as ``python -m tests.bench.bench_attribution``. The demo is made and imported as a user would, and a cnn, the
smallest bert and a k-mer ridge are trained on it. Motifs found: the area under the precision-recall curve (average
precision) over the positions of test sequences together, planted or not, ranked by |attribution|. The settings of the
methods were chosen on the validation part. Costs are seconds of the processor, of one thread.
"""

import csv
import sys
import tempfile
import time
from pathlib import Path

import numpy as np
import torch
from captum import attr
from sklearn.metrics import average_precision_score

from lib.attribution import METHODS, Attribution, explain_refusal
from lib.attribution.defaults import list_methods
from lib.attribution.references import DEFAULT, make_references
from lib.core.alphabet import one_hot
from lib.datasets import simulate
from lib.datasets.dataset import Dataset
from lib.datasets.pipeline import ImportChoices, build, understand
from lib.datasets.splits import SplitChoice
from lib.datasets.targets import TargetChoice
from lib.io.files import Source
from lib.models.base import MODELS, Fitted
from lib.tasks.data import TrainingData
from lib.tasks.metrics import scores
from lib.tokenizers import TOKENIZERS, Corpus
from lib.tokenizers import fit as fit_tokenizer
from lib.training import TrainingContext
from tests.attribution import directly

ASKED = 0.85
TESTED = {"cnn": 100, "bert": 40, "kmer-ridge": 100}
"""Test sequences that are attributed, the first ones."""
BERT = {"size": "tiny", "epochs": 6}
ALSO = {"integrated-gradients": ({"reference": "zeros"},), "deep-lift": ({"reference": "zeros"},)}
EXACT, SOUGHT, LOOPED = 1000, 200, 5
"""Sequences whose deltas are counted, of which Captum's fewest points are sought, and that the loop is timed on."""
POINTS = (64, 128, 256, 384, 512, 768, 1024, 1536, 2048)
"""Points that Captum is tried with, one after the other; beyond, its rule costs more than the gradients."""
WITHIN, SHARE = 0.01, 0.99
"""Convergence delta relative to the difference, and the share of sequences that are to meet it."""


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
    fitted = MODELS.create(name, settings).fit(data, TrainingContext(folder / name, seed=0))
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
            if explain_refusal(cls, fitted):
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
    """Count the sequences whose convergence delta is within 1% of f(x) - f(reference)."""
    deltas = np.array([item.relative_delta for item in found], dtype=float)
    return {
        "what": f"convergence delta within 1%, {name}, {method}",
        "figure": f"{(deltas <= WITHIN).mean():.1%} of sequences",
        "asked": "99%",
        "how": f"n {len(deltas)}, default settings, median {np.median(deltas):.2%}, largest {deltas.max():.2%}",
    }


def against_captum(folder: Path) -> list[dict]:
    """Compare all methods with Captum called directly, for each kind of network."""
    table = []
    for name, make in directly.MAKERS.items():
        (folder / name).mkdir(parents=True)
        model, calls = make(folder / name), [call for model, call in directly.pairs() if model == name]
        worst, call = max((directly.off(model, call), call) for call in calls)
        table.append(
            {
                "what": f"scores against Captum called directly, {name}",
                "figure": f"relative L2 {worst:.1e}",
                "asked": "<= 1e-4",
                "how": f"the worst of {len(calls)} calls ({call}), same points, references and draws, small network",
            }
        )
    return table


def integrated(fitted: Fitted, dataset: Dataset) -> list[dict]:
    """Count the deltas of integrated gradients, and compare the cost with Captum's of the same precision."""
    sequences = dataset.sequences[:EXACT].tolist()
    method = METHODS.create("integrated-gradients")
    started = time.process_time()
    found = method.attribute(fitted, sequences)
    ours = (time.process_time() - started) / len(sequences)
    reached = next((points for points in POINTS if _reaches(fitted, found[:SOUGHT], points)), None)
    points = reached or POINTS[-1]
    captum = attr.IntegratedGradients(fitted.network())  # type: ignore[attr-defined]
    started = time.process_time()
    for sequence in sequences[:LOOPED]:
        x, reference = _matrices(sequence)
        captum.attribute(x, reference, target=0, n_steps=points)
    theirs = (time.process_time() - started) / LOOPED
    return [
        adds_up(f"cnn, {DEFAULT}", "integrated-gradients", found),
        {
            "what": f"integrated gradients, cnn, {DEFAULT}, within 1% for 99% of {EXACT:,} x 110 nt",
            "figure": f"{'' if reached else 'more than '}{theirs / ours:.1f} times as fast as Captum",
            "asked": ">= 2 times",
            "how": f"{1000 * ours:.0f} ms a sequence; Captum one by one with {points:,} points, "
            f"{'the fewest that reach it' if reached else 'which do not reach it yet'}: {1000 * theirs:.0f} ms",
        },
    ]


def _reaches(fitted: Fitted, found: list[Attribution], points: int) -> bool:
    """Tell whether Captum is within 1% for 99% of the sequences with so many points; stop once it cannot be."""
    captum, missed = attr.IntegratedGradients(fitted.network()), 0  # type: ignore[attr-defined]
    for item in found:
        x, reference = _matrices(item.sequence)
        total = captum.attribute(x, reference, target=0, n_steps=points).double().sum().item()
        difference = item.prediction - (item.reference_prediction or 0.0)
        missed += abs(total - difference) > WITHIN * abs(difference)
        if missed > (1 - SHARE) * len(found):
            return False
    return True


def _matrices(sequence: str) -> tuple[torch.Tensor, torch.Tensor]:
    """Give a sequence and its default reference, (1, 4, L) each."""
    x, [reference] = one_hot(sequence), make_references(DEFAULT, sequence)
    one, other = (torch.tensor(matrix, dtype=torch.float32)[None] for matrix in (x, reference))
    return one, other


def repeated(fitted: Fitted, dataset: Dataset) -> dict:
    """Compare two seeds of the default method."""
    name = list_methods(fitted)[0]
    sequences = dataset.sequences[dataset.rows("test")[:100]].tolist()
    one, other = (
        np.concatenate([item.scores for item in METHODS.create(name).attribute(fitted, sequences, seed=seed)])
        for seed in (0, 1)
    )
    return {
        "what": f"two seeds of the default method, cnn, {name}",
        "figure": f"relative L2 {np.linalg.norm(one - other) / np.linalg.norm(one):.2%}",
        "asked": "<= 2%",
        "how": f"n {len(sequences)} test sequences",
    }


def main() -> list[dict]:
    """Measure and give one row per figure."""
    table = []
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        table += against_captum(folder / "captum")
        dataset, planted = demo(folder / "demo")
        for model in TESTED:
            fitted, about = train(model, dataset, folder)
            if model == "cnn":
                table += integrated(fitted, dataset)
                table.append(repeated(fitted, dataset))
            table += found_motifs(model, fitted, about, dataset, planted)
    return table


if __name__ == "__main__":
    for row in main():
        sys.stdout.write("\t".join(str(row[key]) for key in ("what", "figure", "asked", "how")) + "\n")
