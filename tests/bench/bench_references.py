"""Which reference sequence, and which method, finds what was planted? The defaults of attribution are chosen by this.

Run it as ``make bench ARGS=references``. Data are simulated from five seeds, each of which also seeds the training, and
models are trained on them: a cnn, a bert that reads tokens and a k-mer ridge on decay, a bpnet on profiles. Planted
positions found: the area under the precision-recall curve (average precision) over the positions of test sequences
together, planted or not, ranked by |attribution|. Nothing of the simulated data is used to tune a method.

On utr-seq nothing is planted; there deletion curves (``lib.attribution.faithfulness``) of a cnn with default settings
are compared, on the validation part, with those of the test part beside them.

``MOTIFLENS_BENCH_RUNS=FOLDER`` keeps the trained models and all figures there, so that a second run is quick.
"""

import csv
import os
import sys
import tempfile
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, NamedTuple
from unittest.mock import patch

import numpy as np
import torch
from scipy import stats
from sklearn.metrics import average_precision_score

from lib.attribution import METHODS, _token_references, explain_refusal, references
from lib.attribution.base import reads_tokens
from lib.attribution.faithfulness import compute_deletion_curve
from lib.attribution.profile_heads import COUNTS, PROFILE, attribute, list_heads
from lib.attribution.references import MASK, SHUFFLES, UNIFORM, ZEROS
from lib.core.alphabet import one_hot
from lib.core.registry import settings_of
from lib.datasets import demo, profile_tables, profiles, simulate
from lib.datasets.dataset import Dataset
from lib.datasets.pipeline import ImportChoices, build, understand
from lib.datasets.splits import SplitChoice
from lib.datasets.targets import TargetChoice
from lib.io.files import Source
from lib.models.base import MODELS, Fitted, TokenDifferentiable
from lib.tasks.data import TrainingData
from lib.tokenizers import TOKENIZERS, Corpus
from lib.tokenizers import fit as fit_tokenizer
from lib.training import TrainingContext
from tests.bench import bench_models

RUNS = "MOTIFLENS_BENCH_RUNS"
SEEDS = (0, 1, 2, 3, 4)
SETTINGS: dict[str, dict[str, Any]] = {
    "cnn": {},
    "bpnet": {},
    "bert": {"size": "tiny", "epochs": 6},
    "kmer-ridge": {},
}
"""Models that are trained, and settings other than their defaults."""
TESTED = {"cnn": 50, "bpnet": 20, "bert": 20, "kmer-ridge": 50}
"""Test sequences that are attributed, the first ones."""
WINDOWS, DELETED = 1000, 50
ASKED = "mean >= 0.93, worst >= 0.90"

OVERALL, BY_POSITION = "training frequencies", "training frequencies by position"
OWN, SHUFFLED = "composition of the sequence", "mean of 100 shuffles as one reference"
EACH_BASE = "A, C, G and T everywhere, one after the other"
NUCLEOTIDES = (ZEROS, UNIFORM, OVERALL, BY_POSITION, OWN, EACH_BASE, SHUFFLED, SHUFFLES)
TOKENS = (ZEROS, UNIFORM, OVERALL, OWN, MASK, SHUFFLES)
LETTERS = (ZEROS, UNIFORM, SHUFFLES)
SAMPLED = (ZEROS, UNIFORM, SHUFFLES)
"""Of GradientShap, which is integrated gradients but for the chance of its points, and slow."""


class Choice(NamedTuple):
    """A method and its reference; empty for a method without one."""

    method: str
    reference: str


DEFAULT = Choice("in-silico-mutagenesis", "")
TWICE = (DEFAULT, Choice("deep-lift", UNIFORM), Choice("deep-lift", SHUFFLES))


@dataclass(frozen=True)
class Trained:
    """A model, its data, and which positions (L,) of each sequence were planted."""

    fitted: Fitted
    dataset: Dataset
    planted: dict[str, np.ndarray]


def main() -> list[dict[str, str]]:
    """Measure and give one row per figure."""
    with kept() as folder:
        rows = []
        for name in SETTINGS:
            rows += planted(name, folder)
        return [*rows, *deleted(folder)]


def planted(name: str, folder: Path) -> list[dict[str, str]]:
    """Score every method with every reference by the planted positions of each seed."""
    areas: dict[Choice, list[float]] = {}
    moved: dict[Choice, list[float]] = {}
    for seed in SEEDS:
        made = trained(name, seed, folder)
        rows = made.dataset.rows("test")[: TESTED[name]]
        sequences = made.dataset.sequences[rows].tolist()
        truth = np.concatenate([made.planted[identifier] for identifier in made.dataset.ids[rows].tolist()])
        with candidates(made):
            for choice in choices(made.fitted):
                scores = attributed(choice, made, sequences)
                areas.setdefault(choice, []).append(float(average_precision_score(truth, np.abs(scores))))
                if choice in TWICE:
                    again = attributed(choice, made, sequences, seed=1)
                    moved.setdefault(choice, []).append(float(np.linalg.norm(again - scores) / np.linalg.norm(scores)))
                sys.stderr.write(f"{name} {seed} {choice}: {areas[choice][-1]:.3f}\n")
    how = f"test part, first {TESTED[name]} sequences of seeds {', '.join(map(str, SEEDS))}; AUPRC of |attribution|"
    best = max(areas, key=lambda choice: float(np.mean(areas[choice])))
    found = [
        {
            "what": f"planted positions, {name}, {choice.method}, {choice.reference or 'no reference'}",
            "figure": f"mean {np.mean(values):.3f}, worst {min(values):.3f} ({each(values)})",
            "asked": ASKED if (name, choice) == ("cnn", DEFAULT) else "",
            "how": f"{how}; {compared(values, areas[best])}",
        }
        for choice, values in sorted(areas.items(), key=lambda item: -float(np.mean(item[1])))
    ]
    return found + [
        {
            "what": f"two seeds of a method, {name}, {choice.method}, {choice.reference}",
            "figure": f"relative L2 {max(values):.1%} at most ({each(values)})",
            "asked": "<= 2%" if choice == DEFAULT else "",
            "how": "scores of all test sequences together, draws by seed 0 and by seed 1",
        }
        for choice, values in moved.items()
    ]


def deleted(folder: Path) -> list[dict[str, str]]:
    """Score methods and references by deletion curves on utr-seq, where the truth is not known."""
    if not bench_models.DATA.is_dir():
        return [{"what": "deletion curves", "figure": "no data", "asked": "", "how": "utr-seq is not there"}]
    dataset = bench_models.dataset(0)
    made = Trained(fitted("cnn", 0, dataset, folder / "utr-seq"), dataset, {})
    found: dict[Choice, dict[str, list[float]]] = {}
    with candidates(made):
        for part in ("validation", "test"):
            sequences = dataset.sequences[dataset.rows(part)[:DELETED]].tolist()
            for choice in choices(made.fitted):
                scores = np.split(attributed(choice, made, sequences), np.cumsum([len(s) for s in sequences])[:-1])
                areas = [
                    compute_deletion_curve(lambda texts: made.fitted.predict(texts)[:, 0], sequence, one, orders=2).area
                    for sequence, one in zip(sequences, scores, strict=True)
                ]
                found.setdefault(choice, {})[part] = areas
                sys.stderr.write(f"utr-seq {part} {choice}: {np.mean(areas):.3f}\n")
    best = max(found, key=lambda choice: float(np.mean(found[choice]["validation"])))
    return [
        {
            "what": f"deletion curves, utr-seq, cnn, {choice.method}, {choice.reference or 'no reference'}",
            "figure": f"validation {np.mean(areas['validation']):.3f}, test {np.mean(areas['test']):.3f}",
            "asked": "",
            "how": f"mean area over {DELETED} sequences; {compared(areas['validation'], found[best]['validation'])}",
        }
        for choice, areas in sorted(found.items(), key=lambda item: -float(np.mean(item[1]["validation"])))
    ]


def choices(fitted: Fitted) -> list[Choice]:
    """List the methods that can explain a model, each with every reference that it can take."""
    found = []
    tokens = reads_tokens(fitted)
    for name, cls in METHODS.all().items():
        if explain_refusal(cls, fitted):
            continue
        by_letters = name == "occlusion" or (name == "feature-ablation" and not tokens)
        kinds = LETTERS if by_letters else SAMPLED if name == "gradient-shap" else TOKENS if tokens else NUCLEOTIDES
        found += [Choice(name, kind) for kind in (kinds if "reference" in names_of(cls) else ("",))]
    return found


def names_of(cls: type) -> set[str]:
    """Name the settings of a method."""
    return {setting.name for setting in settings_of(cls)}


def attributed(choice: Choice, made: Trained, sequences: Sequence[str], *, seed: int = 0) -> np.ndarray:
    """Attribute sequences and give all their scores one after the other; of profiles, the profile of the first track.

    Candidates that are not offered as settings are not in the choices of the form, so methods are built directly.
    """
    method: Any = METHODS.get(choice.method)
    method = method(reference=choice.reference) if choice.reference else method()
    head = PROFILE if PROFILE in list_heads(made.fitted) else COUNTS
    found = attribute(method, made.fitted, sequences, head=head, seed=seed)
    return np.concatenate([item.scores for item in found])


@contextmanager
def candidates(made: Trained) -> Iterator[None]:
    """Let references be used that are candidates only: frequencies of the training part, and of the sequence itself."""
    rows = made.dataset.rows("train")
    train = np.stack([one_hot(sequence) for sequence in made.dataset.sequences[rows].tolist()])  # N, 4, L
    by_position, overall = train.mean(axis=0)[None], train.mean(axis=(0, 2))[None, :, None]
    nucleotides = {
        OVERALL: (OVERALL, lambda _: overall),
        BY_POSITION: (BY_POSITION, lambda _: by_position),
        OWN: (OWN, lambda sequence: one_hot(sequence).mean(axis=1)[None, :, None]),
        SHUFFLED: (SHUFFLED, _mean_shuffle),
        EACH_BASE: (EACH_BASE, lambda _: np.eye(4)[:, :, None]),
    }
    tokens: dict[str, Any] = {OWN: (OWN, lambda _, own: own.mean(dim=0))}
    if isinstance(made.fitted, TokenDifferentiable):
        read = made.fitted.read(made.dataset.sequences[rows].tolist())
        counts = np.bincount(np.concatenate([row.ids[row.ends > row.starts] for row in read]))
        mean = made.fitted.table()[: len(counts)].T @ torch.from_numpy(counts / counts.sum()).float()
        tokens[OVERALL] = (OVERALL, lambda _model, _own: mean)
    with patch.dict(references.FIXED, nucleotides), patch.dict(_token_references.FIXED, tokens):
        yield


def _mean_shuffle(sequence: str) -> np.ndarray:
    return references.make_references(SHUFFLES, sequence, shuffles=100).mean(axis=0, keepdims=True)


def compared(values: Sequence[float], best: Sequence[float]) -> str:
    """Say how far values lie below the best ones, with the 95% interval of the mean of the paired differences."""
    away = np.asarray(values) - np.asarray(best)
    if not away.any():
        return "the best"
    half = stats.t.ppf(0.975, len(away) - 1) * away.std(ddof=1) / np.sqrt(len(away))
    return f"{away.mean():+.3f} ± {half:.3f} against the best"


def each(values: Sequence[float]) -> str:
    """Write the figure of every seed."""
    return " ".join(f"{value:.3f}" for value in values)


@contextmanager
def kept() -> Iterator[Path]:
    """Give the folder in which trained models are kept; a temporary one where none is named."""
    if named := os.environ.get(RUNS):
        yield Path(named)
        return
    with tempfile.TemporaryDirectory() as folder:
        yield Path(folder)


def trained(name: str, seed: int, folder: Path) -> Trained:
    """Give a model trained on simulated data of a seed, from the folder where it is there already."""
    dataset, planted = (windows if name == "bpnet" else decay)(seed, folder / f"data-{seed}")
    return Trained(fitted(name, seed, dataset, folder / f"{name}-{seed}"), dataset, planted)


def fitted(name: str, seed: int, dataset: Dataset, folder: Path) -> Fitted:
    """Train a model and keep it in a folder, or load it from there."""
    done = folder / "done"
    if not done.exists():
        folder.mkdir(parents=True, exist_ok=True)
        tokenizer = None
        if name == "bert":
            tokenizer = fit_tokenizer(TOKENIZERS.create("bpe", {"size": 64}), Corpus.of(dataset))
        started = time.perf_counter()
        made = MODELS.create(name, SETTINGS[name]).fit(
            TrainingData.of(dataset, tokenizer), TrainingContext(folder, seed, "cpu")
        )
        made.save(folder)
        done.touch()
        sys.stderr.write(f"{folder.name}: {time.perf_counter() - started:.0f} s\n")
    return MODELS.get(name).load(folder)


def decay(seed: int, folder: Path) -> tuple[Dataset, dict[str, np.ndarray]]:
    """Import the simulated demo as a user would."""
    files = simulate.write_demo(folder, seed=seed)
    sources = [Source(path.name, path) for path in (files.expression, files.sequences, files.rbp)]
    choices = ImportChoices(name="demo", target=TargetChoice(), split=SplitChoice(), simulated=True)
    dataset = build(understand(*sources), choices).dataset
    return dataset, positions(dataset, files.truth)


def windows(seed: int, folder: Path) -> tuple[Dataset, dict[str, np.ndarray]]:
    """Import the simulated profiles as a user would."""
    files = demo.write_profiles(folder / "profiles", seed=seed, n=WINDOWS)
    read = profile_tables.read_windows(Source(files.profiles.name, files.profiles))
    dataset = profiles.build(read, profiles.ProfileChoices("windows", split=SplitChoice())).dataset
    return dataset, positions(dataset, files.truth)


def positions(dataset: Dataset, truth: Path) -> dict[str, np.ndarray]:
    """Mark the planted positions of each sequence, (L,) of them by its id."""
    planted = {str(i): np.zeros(len(s), dtype=bool) for i, s in zip(dataset.ids, dataset.sequences, strict=True)}
    with truth.open(encoding="utf-8", newline="") as file:
        for row in csv.DictReader(file, delimiter="\t"):
            if row["id"] in planted:
                planted[row["id"]][int(row["start"]) : int(row["end"])] = True
    return planted


if __name__ == "__main__":
    for row in main():
        sys.stdout.write("\t".join(str(row[key]) for key in ("what", "figure", "asked", "how")) + "\n")
