"""DExTER on utr-seq beside k-mer ridge and a LASSO on 100,000 terms, and on 20,000 sequences of 4,000 nt.

Run it as ``python -m tests.bench.bench_dexter [utr] [lasso] [long]``. The split of utr-seq is that of the reference
run of the authors' program: 8,214 train and 4,108 test sequences at random; k-mer ridge, which needs a validation part,
gets a tenth of the train part for it. Times are of one core where ``OMP_NUM_THREADS=1``.

The terms of the large LASSO are the words of 1 to 6 letters in all 28 runs of 7 even bins, those 100,000 that occur in
the most train sequences, standardised; its penalty is the one of a path of 10 that predicts a fifth of the train part
best from the rest, and it is then fitted on the whole train part.
"""

import dataclasses
import os
import statistics
import sys
import tempfile
import time
import warnings
from collections.abc import Callable, Mapping
from itertools import product
from pathlib import Path
from typing import Any

import numpy as np

from lib.datasets.dataset import Dataset
from lib.models.base import MODELS
from lib.models.dexter.bins import make
from lib.models.dexter.counts import Letters
from lib.models.dexter.words import Words
from lib.tasks.data import Part, TrainingData
from lib.tasks.metrics import scores
from lib.training import TrainingContext
from lib.training.probes import PeakMemory
from tests.bench.bench_models import DATA, dataset

TRAIN, SPLITS = 8214, 4
PEARSON, SECONDS, PROGRAM = 0.519, 9, 448
TERMS, LONGEST, BINS, PENALTIES, STEPS = 100_000, 6, 7, 10, 40
LONG, LENGTH, MINUTES, GIGABYTES = 20_000, 4000, 15, 8
Row = dict[str, str]


def split(data: Dataset, seed: int, *, held: float = 0.0) -> Dataset:
    """Split at random as the reference run did; a share of the train part may be held back for validation."""
    order = np.random.default_rng(seed).permutation(len(data))
    parts = np.full(len(data), "test", dtype="<U10")
    parts[order[:TRAIN]] = "train"
    parts[order[: round(TRAIN * held)]] = "validation"
    return dataclasses.replace(data, parts=parts)


def trained(data: Dataset, name: str, settings: Mapping[str, Any]) -> tuple[Any, dict[str, float], float]:
    """Train a model; give it, its test scores and the seconds of its fit."""
    with tempfile.TemporaryDirectory() as folder:
        began = time.perf_counter()
        fitted = MODELS.create(name, settings).fit(TrainingData.of(data), TrainingContext(Path(folder), device="cpu"))
        seconds = time.perf_counter() - began
    test = data.rows("test")
    return fitted, scores(data.targets[test], fitted.predict(data.sequences[test].tolist())), seconds


def described(results: list[tuple[Any, dict[str, float], float]]) -> str:
    """Write the mean and each Pearson's r and R2, and the times."""
    r, r2, seconds = (
        [item[1]["pearson"] for item in results],
        [item[1]["r2"] for item in results],
        [item[2] for item in results],
    )
    each = ", ".join(f"{value:.3f}" for value in r)
    return (
        f"Pearson {statistics.mean(r):.3f} ({each}), R2 {statistics.mean(r2):.3f}; {min(seconds):.2f} to "
        f"{max(seconds):.2f} s"
    )


def utr() -> list[Row]:
    """Measure DExTER, with published and with finer steps, beside k-mer ridge."""
    data = dataset(0)
    how = f"8,214 train / 4,108 test at random, splits 0 to {SPLITS - 1}, {threads()}"
    splits = [split(data, seed) for seed in range(SPLITS)]
    trained(splits[0], "dexter", {})  # compiled on a machine's first use
    kinds: tuple[tuple[str, dict[str, Any], str], ...] = (
        ("7 even bins", {}, f"Pearson >= {PEARSON} in < {SECONDS} s (authors' program: {PROGRAM} s)"),
        ("finer: any gain", {"preset": "Finer: longer and more words"}, ""),
        ("13 bins", {"bins": 13}, ""),
    )
    rows = []
    for kind, settings, asked in kinds:
        results = [trained(one, "dexter", settings) for one in splits]
        kept = [[item for item in fitted.linear[0].variables if item.coefficient] for fitted, *_ in results]
        longest = max(len(item.kmer) for items in kept for item in items)
        counts = ", ".join(str(len(items)) for items in kept)
        rows.append(
            {
                "what": f"dexter on utr-seq, {kind}, test part",
                "figure": f"{described(results)}; {counts} variables, words of up to {longest} nt",
                "asked": asked,
                "how": how,
            }
        )
    ridge = [trained(split(data, seed, held=0.1), "kmer-ridge", {}) for seed in range(SPLITS)]
    rows.append(
        {"what": "k-mer ridge beside it", "figure": described(ridge), "asked": "", "how": f"words to 6 nt, {how}"}
    )
    return rows


def lasso() -> list[Row]:
    """Measure the LASSO on 100,000 terms of one split."""
    from scipy import sparse
    from sklearn.exceptions import ConvergenceWarning
    from sklearn.linear_model import Lasso, lasso_path

    data = split(dataset(0), 0)
    train, test = data.rows("train"), data.rows("test")
    began = time.perf_counter()
    terms, chosen = _terms(data, train)
    features = terms(train)
    squares, means = (np.asarray(item.mean(axis=0)).ravel() for item in (features.multiply(features), features))
    deviations = np.sqrt(squares - means**2)
    scale = sparse.diags_array(1 / np.maximum(deviations, 1e-9))
    features = sparse.csc_matrix(features @ scale)
    target = data.targets[train, 0]
    fold = np.random.default_rng(0).permutation(len(train)) < len(train) // 5
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", ConvergenceWarning)
        centre = target[~fold].mean()
        penalties, paths, _ = lasso_path(
            features[~fold],
            target[~fold] - centre,
            alphas=PENALTIES,
            eps=0.05,
            max_iter=STEPS,
            tol=1e-3,
            precompute=False,
        )
        errors = ((features[fold] @ paths + centre - target[fold][:, None]) ** 2).mean(axis=0)
        best = float(penalties[int(np.argmin(errors))])
        model = Lasso(alpha=best, max_iter=STEPS, tol=1e-3).fit(features, target)
    seconds = time.perf_counter() - began
    found = scores(data.targets[test], model.predict(terms(test) @ scale)[:, None])
    return [
        {
            "what": f"LASSO on {chosen:,} terms beside it (words to {LONGEST} nt in all runs of {BINS} bins)",
            "figure": f"Pearson {found['pearson']:.3f}, R2 {found['r2']:.3f}; {seconds:.0f} s; "
            f"{np.count_nonzero(model.coef_):,} terms kept",
            "asked": "",
            "how": f"split 0, scikit-learn's Lasso, {PENALTIES} penalties, {STEPS} steps each at most, {threads()}",
        }
    ]


def _terms(data: Dataset, train: np.ndarray) -> tuple[Callable[[np.ndarray], Any], int]:
    """Give a function that counts the chosen terms in rows of the dataset, and how many terms there are."""
    from scipy import sparse

    kmers = ["".join(letters) for size in range(1, LONGEST + 1) for letters in product("ACGT", repeat=size)]
    words = Words.of(kmers)
    lengths = np.array([len(text) for text in data.sequences[train]])
    bins = make(lengths, count=BINS, growing=False)
    runs = np.zeros((BINS, len(bins.cells)))
    for place, (first, stop) in enumerate(bins.cells):
        runs[first:stop, place] = 1
    combine = sparse.kron(sparse.eye_array(len(kmers)), sparse.csr_array(runs), format="csr")

    def counted(rows: np.ndarray) -> Any:
        found = []
        for start in range(0, len(rows), 500):
            texts = data.sequences[rows[start : start + 500]].tolist()
            counts = words.counts(Letters.of(texts, bins))
            found.append(sparse.csr_array(counts.reshape(len(texts), -1).astype(np.float32)) @ combine)
        return sparse.vstack(found, format="csc")

    whole = counted(train)
    occurs = np.diff(whole.indptr)
    keep = np.sort(np.argsort(-occurs, kind="stable")[:TERMS])
    return (lambda rows: counted(rows)[:, keep].astype(np.float64)), len(keep)


def long() -> list[Row]:
    """Measure 20,000 random sequences of 4,000 nt with planted elements around an anchor in the middle."""
    rng = np.random.default_rng(0)
    planted = (("GATTAC", 1950, 2000, 1.0), ("CACGTG", 1500, 2600, -0.7), ("TTTT", 3000, 3900, 0.5))
    letters = np.frombuffer(b"ACGT", dtype=np.uint8)[rng.integers(0, 4, size=(LONG, LENGTH))]
    target = rng.normal(size=LONG)
    for word, low, high, effect in planted:
        has = np.flatnonzero(rng.random(LONG) < 0.4)
        starts = rng.integers(low, high - len(word), size=len(has))
        for row, start in zip(has, starts, strict=True):
            letters[row, start : start + len(word)] = np.frombuffer(word.encode(), dtype=np.uint8)
        target[has] += effect
    sequences = tuple(bytes(row).decode() for row in letters)
    part = Part(sequences, target[:, None], np.empty((LONG, 0)))
    data = TrainingData(part, Part((), target[:0, None], np.empty((0, 0))), ("made",), "regression")
    model = MODELS.create("dexter", {"bins": 13, "widths": "growing from the anchor", "anchor": "centre"})
    peak = PeakMemory("cpu")
    peak.reset()
    began = time.perf_counter()
    with tempfile.TemporaryDirectory() as folder:
        fitted: Any = model.fit(data, TrainingContext(Path(folder), device="cpu"))
    seconds = time.perf_counter() - began
    best = sorted(fitted.linear[0].variables, key=lambda item: -abs(item.coefficient))[: len(planted)]
    found = ", ".join(f"{item.kmer} at {fitted.bins.region(item.cell)}" for item in best)
    return [
        {
            "what": f"dexter on {LONG:,} generated sequences of {LENGTH:,} nt, 13 bins growing from the centre",
            "figure": f"{seconds:.0f} s, peak memory {peak.read() / 1000:.1f} GB; {len(fitted.explored[0].steps)} "
            f"words tried; the largest coefficients: {found}",
            "asked": f"<= {MINUTES} minutes on 2 cores, <= {GIGABYTES} GB",
            "how": f"random letters, 6-mers planted in regions, {threads()}",
        }
    ]


def threads() -> str:
    """Say how many threads are used."""
    return f"{os.environ.get('OMP_NUM_THREADS', os.cpu_count())} thread(s)"


def main(names: tuple[str, ...] = ("utr", "lasso", "long")) -> list[Row]:
    """Run what was named."""
    known: dict[str, Callable[[], list[Row]]] = {"utr": utr, "lasso": lasso, "long": long}
    rows: list[Row] = []
    for name in names:
        if name != "long" and not DATA.is_dir():
            rows.append(
                {"what": f"dexter, {name}", "figure": "no data", "asked": "", "how": f"{DATA.name} is not there"}
            )
        else:
            rows += known[name]()
    return rows


if __name__ == "__main__":
    for row in main(tuple(sys.argv[1:]) or ("utr", "lasso", "long")):
        sys.stdout.write(f"{row['what']}: {row['figure']} (asked: {row['asked']}; {row['how']})\n")
