"""What language models say, and attention, as files: rows for spreadsheets, npz for programs. Positions are 0-based."""

import io
from collections.abc import Callable, Iterator, Mapping, Sequence

import numpy as np

from lib.attribution.attention import Attention, AttentionScores
from lib.attribution.dependency_map import DependencyMap
from lib.attribution.masked_reconstruction import Reconstruction
from lib.core.alphabet import BASES, in_alphabet

Row = tuple[object, ...]


def reconstruction_rows(name: str, found: Reconstruction, *, rna: bool = False) -> Iterator[Row]:
    """Give a row for each nucleotide: probabilities of A C G T, information in bits, share of guesses with a base."""
    letters = in_alphabet(found.sequence, rna=rna)
    for position, (base, shares) in enumerate(zip(letters, found.probabilities.tolist(), strict=True)):
        yield name, position, base, *shares, float(found.information[position]), float(found.covered[position])


def dependency_rows(name: str, found: DependencyMap, *, rna: bool = False) -> Iterator[Row]:
    """Give a row for each pair of nucleotides: which is mutated, which is the target, and e in log2 odds."""
    letters, values = in_alphabet(found.sequence, rna=rna), found.values.tolist()
    for mutated, row in enumerate(values):
        for target, value in enumerate(row):
            if mutated != target:
                yield name, mutated, letters[mutated], target, letters[target], value


def attention_rows(name: str, found: AttentionScores, *, rna: bool = False) -> Iterator[Row]:
    """Give a row for each nucleotide: attention to it."""
    for position, (base, score) in enumerate(
        zip(in_alphabet(found.sequence, rna=rna), found.scores.tolist(), strict=True)
    ):
        yield name, position, base, score


TABLES: Mapping[str, tuple[tuple[str, ...], Callable[..., Iterator[Row]]]] = {
    "reconstruction": (("id", "position", "base", *BASES, "information", "covered"), reconstruction_rows),
    "dependency": (("id", "mutated", "mutated_base", "target", "target_base", "dependency"), dependency_rows),
    "attention": (("id", "position", "base", "attention"), attention_rows),
}
"""Columns and rows of each table."""


def to_npz(ids: Sequence[str], found: Sequence[Reconstruction | DependencyMap | Attention]) -> bytes:
    """Write N answers as npz without pickled objects; ``numpy.load(file, allow_pickle=False)`` reads it.

    ``ids`` and ``sequences`` are (N,). The arrays of answer i end in ``_i``: ``probabilities`` (L, 4) and ``covered``
    (L,); or ``map`` (L, L, rows are mutated), ``log_odds`` (L, 4), ``changes`` (L, 4, L, 4) and ``shared`` (L, L); or
    ``weights`` (layers, heads, T, T), ``starts``, ``ends`` and ``texts`` of T tokens. See the classes for what they
    hold.
    """
    arrays = {
        "ids": np.array(ids, dtype=np.str_),
        "sequences": np.array([one.sequence for one in found], dtype=np.str_),
    }
    for number, one in enumerate(found):
        arrays |= {f"{name}_{number}": value for name, value in _arrays(one).items()}
    file = io.BytesIO()
    np.savez_compressed(file, allow_pickle=False, **arrays)
    return file.getvalue()


def _arrays(found: Reconstruction | DependencyMap | Attention) -> Mapping[str, np.ndarray]:
    if isinstance(found, Reconstruction):
        return {"probabilities": found.probabilities, "covered": found.covered}
    if isinstance(found, DependencyMap):
        values: dict[str, np.ndarray] = {"map": found.values, "log_odds": found.log_odds, "changes": found.changes}
        return {**values, "shared": found.shared}
    texts = np.array(found.row.texts, dtype=np.str_)
    return {"weights": found.weights, "starts": found.row.starts, "ends": found.row.ends, "texts": texts}
