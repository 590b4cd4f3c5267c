"""How fast words are cut: nucleotides, k-mers, species k-mers, sliding windows, motif covers, beside plain Python.

Run it as ``python -m tests.bench.bench_tokenizers_words``. The plain versions cut a part of the same sequences in the
same run and must give the same ids; ratios are of sequences a second.
"""

import sys
import time
from collections.abc import Callable
from itertools import product

import numpy as np
import pandas as pd

from lib.tokenizers import TOKENIZERS, Corpus, FittedTokenizer, fit

COUNT, LENGTH, PART = 100_000, 110, 2_000
Row = list[int]


def main(*, count: int = COUNT, part: int = PART) -> list[dict[str, str]]:
    """Measure every tokenizer once after a first small batch, which compiles it or reads what was compiled before."""
    sequences = generated(count)
    table = motifs()
    corpus = Corpus((), table)
    cases: list[tuple[str, dict[str, object], Callable[[FittedTokenizer], Callable[[str], Row]]]] = [
        ("nucleotide", {}, letters),
        ("k-mer", {"k": 6}, kmers),
        ("k-mer", {"k": 12}, kmers),
        ("species-k-mer", {"k": 6}, species),
        ("sliding-window", {"width": 7, "quantile": 0.9}, windows),
        ("motif", {"method": "viterbi"}, heaviest),
        ("motif", {"method": "viterbi", "quantile": 0.9}, heaviest),
        ("motif", {"method": "greedy"}, strongest),
    ]
    rows = []
    for name, settings, reference in cases:
        learned = Corpus(tuple(sequences[: part * 2]), table) if settings.get("k") == 12 else corpus
        fitted = fit(TOKENIZERS.create(name, settings), learned)
        fitted.encode_batch(sequences[:10])
        began = time.perf_counter()
        encoded = fitted.encode_batch(sequences)
        seconds = time.perf_counter() - began
        plain = reference(fitted)
        began = time.perf_counter()
        cut = [plain(sequence) for sequence in sequences[:part]]
        slow = (time.perf_counter() - began) / part
        same = all(encoded.row(number).ids.tolist() == ids for number, ids in enumerate(cut))
        what = ", ".join(f"{key} {value}" for key, value in settings.items())
        rows.append(
            {
                "what": f"{name}{f' ({what})' if what else ''}, {count:,} x {LENGTH} nt",
                "figure": f"{seconds:.2f} s",
                "asked": "<= 5 s",
                "how": f"{len(encoded.ids) / seconds:,.0f} tokens/s, {count / seconds:,.0f} sequences/s; plain Python "
                f"{1 / slow:,.0f} sequences/s, {slow * count / seconds:,.0f} times slower, ids of {part:,} "
                f"{'identical' if same else 'DIFFER'}",
            }
        )
    return rows


def generated(count: int) -> list[str]:
    """Draw random sequences of a 3'UTR's composition."""
    rng = np.random.default_rng(0)
    bases = np.frombuffer(b"ACGT", dtype=np.uint8)
    return [row.tobytes().decode() for row in rng.choice(bases, (count, LENGTH), p=[0.30, 0.18, 0.20, 0.32])]


def motifs() -> pd.DataFrame:
    """Give every word of seven letters, and some longer and shorter ones, a number, as a complete RBP table has."""
    rng = np.random.default_rng(1)
    words = ["".join(word) for word in product("ACGT", repeat=7)]
    words += [f"{word}{word[:3]}" for word in words[::97]] + ["".join(word) for word in product("ACGT", repeat=5)]
    return pd.DataFrame({"motif": words, "mean_rbp": np.round(rng.normal(0.0, 1.0, len(words)), 3)})


def letters(fitted: FittedTokenizer) -> Callable[[str], Row]:
    """Look letters up one by one."""
    ids = fitted.vocabulary.ids
    return lambda sequence: [ids.get(letter, 1) for letter in sequence]


def kmers(fitted: FittedTokenizer) -> Callable[[str], Row]:
    """Look windows up one by one."""
    ids, k = fitted.vocabulary.ids, fitted.settings.k
    return lambda sequence: [ids.get(sequence[start : start + k], 1) for start in range(len(sequence) - k + 1)]


def species(fitted: FittedTokenizer) -> Callable[[str], Row]:
    """Pad a sequence, look its windows up, and put the special tokens around them."""
    ids, k, kind = fitted.vocabulary.ids, fitted.settings.k, fitted.vocabulary.special["species"]

    def cut(sequence: str) -> Row:
        padded = "_" * (k - 1) + sequence + "_" * (k - 1)
        return [2, kind, *(ids.get(padded[start : start + k], 1) for start in range(len(padded) - k + 1)), 3]

    return cut


def windows(fitted: FittedTokenizer) -> Callable[[str], Row]:
    """Look windows up and leave out those that are not known."""
    ids, width = fitted.vocabulary.ids, fitted.settings.width
    return lambda sequence: [
        ids[window]
        for window in (sequence[start : start + width] for start in range(len(sequence) - width + 1))
        if window in ids
    ]


def heaviest(fitted: FittedTokenizer) -> Callable[[str], Row]:
    """Find the heaviest cover from the end."""
    ids = fitted.vocabulary.ids
    weights = {word: round(value * 1000) for word, value in zip(fitted.words, fitted.values, strict=True)}
    sizes = sorted({len(word) for word in weights})

    def cut(sequence: str) -> Row:
        count = len(sequence)
        best, size_at = [0] * (count + 1), [1] * count
        for start in range(count - 1, -1, -1):
            best[start] = best[start + 1]
            for size in sizes:
                weight = weights.get(sequence[start : start + size], 0) if start + size <= count else 0
                if weight and weight + best[start + size] >= best[start]:
                    best[start], size_at[start] = weight + best[start + size], size
        return along(sequence, size_at, ids)

    return cut


def strongest(fitted: FittedTokenizer) -> Callable[[str], Row]:
    """Place the strongest words first."""
    ids = fitted.vocabulary.ids
    weights = dict(zip(fitted.words, fitted.values.tolist(), strict=True))
    sizes = sorted({len(word) for word in weights})

    def cut(sequence: str) -> Row:
        found = [
            (-weights[sequence[start : start + size]], -size, start)
            for start in range(len(sequence))
            for size in sizes
            if sequence[start : start + size] in weights and start + size <= len(sequence)
        ]
        size_at, taken = [1] * len(sequence), [False] * len(sequence)
        for _, size, start in sorted(found):
            if not any(taken[start : start - size]):
                size_at[start], taken[start : start - size] = -size, [True] * -size
        return along(sequence, size_at, ids)

    return cut


def along(sequence: str, size_at: list[int], ids: dict[str, int]) -> Row:
    """Follow the tokens from the start."""
    found, position = [], 0
    while position < len(sequence):
        found.append(ids.get(sequence[position : position + size_at[position]], 1))
        position += size_at[position]
    return found


if __name__ == "__main__":
    for row in main():
        sys.stdout.write(" | ".join(row.values()) + "\n")
