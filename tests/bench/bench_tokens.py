"""How fast tokens are compared with the target. Run it as ``python -m tests.bench.bench_tokens``."""

import os
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

import numpy as np
from scipy import sparse, stats

from lib.analysis.association import associate, count_matrix
from lib.core.arrays import FloatArray
from lib.datasets.dataset import Dataset
from lib.datasets.draft import ImportChoices
from lib.datasets.pipeline import build, understand
from lib.io.columns import assign_times
from lib.io.files import Source
from lib.store import datasets, token_reports, tokenizers
from lib.tokenizers import TOKENIZERS, Corpus, fit

SHARED = Path(__file__).resolve().parents[3] / "shared" / "data"
HOURS = (0, 1, 2, 3, 4, 5, 6, 7, 8, 10, 12)
LOOPED = 40
"""Tokens that scipy tests one by one."""


def main() -> list[dict[str, str]]:
    """Measure each three times and keep the best; the first time compiles and warms."""
    if not SHARED.is_dir():
        return [{"what": "tokens of utr-seq", "figure": "no data", "asked": "", "how": f"{SHARED.name} is not there"}]
    with tempfile.TemporaryDirectory() as folder:
        before = os.environ.get("MOTIFLENS_HOME")
        os.environ["MOTIFLENS_HOME"] = folder
        try:
            return _measured(_frozen())
        finally:
            os.environ.pop("MOTIFLENS_HOME")
            if before is not None:
                os.environ["MOTIFLENS_HOME"] = before


def _measured(dataset: Dataset) -> list[dict[str, str]]:
    tokenizer = TOKENIZERS.create("k-mer", {"k": 6})
    fitted = fit(tokenizer, Corpus.of(dataset))
    encoded = fitted.encode_batch(dataset.sequences.tolist())
    counts, target = count_matrix(encoded, len(fitted.vocabulary)), dataset.targets[:, 0]
    size = f"{counts.shape[0]:,} x {counts.shape[1]:,}"
    counting = _best(lambda: count_matrix(encoded, len(fitted.vocabulary)))
    whole = _best(lambda: associate(counts, target))
    looped = _looped(counts, target)
    sample = f"scipy on {LOOPED} tokens: {looped:.2f} s"
    ratio = looped * counts.shape[1] / LOOPED / whole
    cutting = _best(lambda: fitted.encode_batch(dataset.sequences.tolist()))
    letters = sum(map(len, dataset.sequences[dataset.rows("train")].tolist()))
    first = _report(dataset, tokenizer)
    a_letter = f"{1e6 * first / letters:.2f} µs a letter"
    again = _best(lambda: token_reports.report(dataset, tokenizer))
    return [
        _row(f"tokens and the target, {size}", f"{whole:.2f} s", "seconds", "both tests, intervals, q, correlation"),
        _row("the same beside scipy, token by token", f"{ratio:,.0f} times", "", sample),
        _row("counts of 6-mers", f"{counting:.2f} s", "", f"{len(encoded.ids):,} tokens"),
        _row("cutting into 6-mers", f"{cutting:.2f} s", "", "encode_batch of all sequences"),
        _row("token report of utr-seq, 6-mers", f"{first:.2f} s", "seconds", a_letter),
        _row("the same, read back", f"{again:.3f} s", "", "from disk"),
    ]


def _frozen() -> Dataset:
    paths = [SHARED / "utr-seq" / name for name in ("reporter_counts.txt", "reporter_seq.txt")]
    read = understand(*(Source(path.name, path) for path in paths))
    choices = ImportChoices("utr-seq", columns=assign_times(read.columns, HOURS), counts=True)
    return datasets.load(datasets.freeze(build(read, choices)))


def _looped(counts: sparse.csr_array, target: FloatArray) -> float:
    """Do for some tokens what ``associate`` does for all, with scipy's own functions."""
    chosen = np.random.default_rng(0).choice(np.flatnonzero(counts.sum(axis=0)), LOOPED, replace=False)
    columns = counts[:, chosen].toarray()
    began = time.perf_counter()
    for column in columns.T:
        one, other = target[column > 0], target[column == 0]
        stats.mannwhitneyu(one, other, method="asymptotic")
        stats.ttest_ind(one, other, equal_var=False).confidence_interval(0.95)
        stats.pearsonr(column, target)
    return time.perf_counter() - began


def _report(dataset: Dataset, tokenizer: object) -> float:
    """Make a report on an empty disk, with the tokenizer fitted before."""
    tokenizers.load_or_fit(dataset, tokenizer)
    found = []
    for _ in range(3):
        folder = token_reports.folder_of(token_reports.KIND, token_reports.key_of(dataset, tokenizer))
        (folder / "report.json").unlink(missing_ok=True)
        began = time.perf_counter()
        token_reports.report(dataset, tokenizer)
        found.append(time.perf_counter() - began)
    return min(found)


def _best(work: Callable[[], object]) -> float:
    found = []
    for _ in range(3):
        began = time.perf_counter()
        work()
        found.append(time.perf_counter() - began)
    return min(found)


def _row(what: str, figure: str, asked: str, how: str) -> dict[str, str]:
    return {"what": what, "figure": figure, "asked": asked, "how": how}


if __name__ == "__main__":
    for row in main():
        sys.stdout.write(" | ".join(row.values()) + "\n")
