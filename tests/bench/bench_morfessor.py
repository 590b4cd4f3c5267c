"""How fast Morfessor cuts beside the package, and whether both give the same tokens, on all of utr-seq.

Run it as ``python -m tests.bench.bench_morfessor``. The package and our search cut the same sequences in the same run
with the same model, each on one processor core. Ratios are of processor time, which other work on the machine changes
less than the time of the clock; ours is the best of several passes, the package's one pass is long enough to be steady.
"""

import random
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import NamedTuple

import pandas as pd
from morfessor import BaselineModel

from lib.tokenizers import TOKENIZERS, Corpus, Encoded, FittedTokenizer, Tokenizer, fit

SHARED = Path(__file__).resolve().parents[3] / "shared" / "data"
COUNT, LENGTH = 100_000, 110
PASSES = 5
KMERS = {"scale": 50.0, "midpoint": 1.0, "steepness": 3.0}
"""Counts that differ; the enrichments of transite's 6-mers lie so far below the published midpoint that all count 1."""


class Case(NamedTuple):
    """A model to cut with."""

    what: str
    settings: dict[str, object]


CASES = (
    Case("6-mers", {}),
    Case("6-mers that count differently, corpus weight 0.3", {**KMERS, "corpus_weight": 0.3}),
    Case("6-mers, maximum 3", {"max_length": 3}),
    Case("6-mers, maximum 9", {**KMERS, "max_length": 9}),
    Case("2,000 sequences", {"source": "sequences"}),
    Case(
        "500 sequences, corpus weight 3, maximum 9",
        {
            "source": "sequences",
            "most": 500,
            "corpus_weight": 3.0,
            "max_length": 9,
        },
    ),
    Case("500 sequences, maximum 12", {"source": "sequences", "most": 500, "max_length": 12}),
    Case("6-mers, no smoothing", {"smoothing": 0.0}),
)


def main(*, cases: tuple[Case, ...] = CASES, count: int = COUNT) -> list[dict[str, str]]:
    """Train each model, cut all sequences with the package and with our search, and compare every token."""
    if not SHARED.is_dir():
        return [{"what": "Morfessor on utr-seq", "figure": "no data", "asked": "", "how": f"{SHARED.name} is missing"}]
    sequences = pd.read_csv(SHARED / "utr-seq" / "reporter_seq.txt", sep="\t", header=None)[1].tolist()
    kmers = pd.read_csv(SHARED / "transite" / "transite_kmers_enrichment.csv")
    table = pd.DataFrame({"motif": kmers["kmer"].str.replace("U", "T"), "mean_rbp": kmers["enrichment"]})
    corpus = Corpus(tuple(sequences[:9858]), table)
    rows, first = [], None
    for what, settings in cases:
        tokenizer = TOKENIZERS.create("morfessor", settings)
        began = time.thread_time()
        fitted = fit(tokenizer, corpus)
        trained = time.thread_time() - began
        first = first or fitted
        rows.append(compared(what, fitted, sequences, trained))
    if first is not None:
        rows += [
            many(first, count, LENGTH),
            many(first, count // 40, 4000),
            many(first, count // 10, LENGTH, other=True),
        ]
    return rows


def compared(what: str, fitted: FittedTokenizer, sequences: list[str], trained: float) -> dict[str, str]:
    """Cut with both."""
    settings = fitted.settings
    model = package(settings, dict(zip(fitted.vocabulary.pieces[5:], fitted.state()["counts"], strict=True)))
    model._corpus_coding.boundaries = fitted.state()["boundaries"]
    fitted.encode_batch(sequences[:10])
    seconds, encoded = best(lambda: fitted.encode_batch(sequences), time.thread_time)
    began = time.thread_time()
    expected = [model.viterbi_segment(text, settings.smoothing, settings.max_length)[0] for text in sequences]
    slow = time.thread_time() - began
    same = 0
    for number, (text, pieces) in enumerate(zip(sequences, expected, strict=True)):
        row = encoded.row(number)
        spans = zip(row.starts.tolist(), row.ends.tolist(), strict=True)
        same += [text[start:end] for start, end in spans] == pieces
    assert same == len(sequences), f"{what}: {len(sequences) - same} sequences are cut differently"
    total = len(sequences)
    return {
        "what": f"Morfessor, {what}: faster than the package",
        "figure": f"{slow / seconds:,.0f} times",
        "asked": ">= 500 times, identical",
        "how": f"{total / slow:,.0f} sequences a second by the package, {total / seconds:,.0f} by ours; {same:,} of "
        f"{total:,} identical; {len(fitted.vocabulary) - 5:,} morphs, {len(encoded.ids) / total:.1f} tokens each, "
        f"{(encoded.ids == 1).mean():.1%} unknown; trained in {trained:.1f} s",
    }


def package(settings: Tokenizer, counts: dict[str, int]) -> BaselineModel:
    """Put the constructions and their counts into a model of the package."""
    model = BaselineModel(corpusweight=settings.corpus_weight)
    model.load_data((count, word) for word, count in counts.items())
    assert dict(model.get_constructions()) == counts
    return model


def many(fitted: FittedTokenizer, count: int, length: int, *, other: bool = False) -> dict[str, str]:
    """Cut many generated sequences."""
    draw = random.Random(0)
    letters, weights = ("ACGTN", [30, 18, 20, 32, 1]) if other else ("ACGT", [30, 18, 20, 32])
    sequences = ["".join(draw.choices(letters, weights, k=length)) for _ in range(count)]
    seconds, encoded = best(lambda: fitted.encode_batch(sequences), time.perf_counter)
    with_n = ", 1% N" if other else ""
    return {
        "what": f"Morfessor, {count:,} x {length:,} nt{with_n}",
        "figure": f"{seconds:.2f} s",
        "asked": "<= 5 s for 100,000 x 110 nt" if count == COUNT else "",
        "how": f"{len(encoded.ids) / seconds:,.0f} tokens a second, {count / seconds:,.0f} sequences a second",
    }


def best(work: Callable[[], Encoded], clock: Callable[[], float]) -> tuple[float, Encoded]:
    """Do some work several times and give the shortest time."""
    times = []
    for _ in range(PASSES):
        began = clock()
        result = work()
        times.append(clock() - began)
    return min(times), result


if __name__ == "__main__":
    for row in main():
        sys.stdout.write(" | ".join(row.values()) + "\n")
