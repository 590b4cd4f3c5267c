"""Attributions as files: tab-separated text for spreadsheets, npz for programs. Positions are 0-based.

Every file carries the trust badge of each attribution, so that no number leaves without it.
"""

import io
from collections.abc import Callable, Iterable, Iterator, Sequence
from typing import Any

import numpy as np

from lib.attribution.base import Attribution
from lib.attribution.checks import CHECKS
from lib.attribution.trust import Trust
from lib.core.alphabet import BASES, in_alphabet
from lib.core.arrays import FloatArray
from lib.io.export import write_rows


def to_tsv(
    attributions: Sequence[Attribution], ids: Sequence[str], judged: Sequence[Trust], *, rna: bool = False
) -> str:
    """Write one row per nucleotide: id, position, base, attribution, its standard error where one is known, and badge.

    Parameters
    ----------
    attributions, ids, judged
        N each.
    rna
        Write T as U.
    """
    header, rows = list_score_rows(attributions, ids, judged, rna=rna)
    return _table(header, ([*row[:3], *map(_number, row[3:-1]), row[-1]] for row in rows))


def list_score_rows(
    attributions: Sequence[Attribution], ids: Sequence[str], judged: Sequence[Trust], *, rna: bool = False
) -> tuple[list[str], Iterator[list[Any]]]:
    """Give the header and the rows of ``to_tsv`` as they are, a standard error that is not known as NaN."""
    random = any(item.standard_errors is not None for item in attributions)
    header = ["id", "position", "base", "attribution", *(["standard_error"] if random else []), "badge"]

    def rows() -> Iterator[list[Any]]:
        for name, item, trust in zip(ids, attributions, judged, strict=True):
            errors = np.full(len(item.scores), np.nan) if item.standard_errors is None else item.standard_errors
            for position, base in enumerate(in_alphabet(item.sequence, rna=rna)):
                numbers = [float(item.scores[position]), *([float(errors[position])] if random else [])]
                yield [name, position, base, *numbers, trust.word]

    return header, rows()


def mutations_to_tsv(
    attributions: Sequence[Attribution], ids: Sequence[str], judged: Sequence[Trust], *, rna: bool = False
) -> str:
    """Write one row per single mutation: id, position, base, mutation, effect, badge; no rows without effects."""
    return _table(
        ("id", "position", "base", "mutation", "effect", "badge"),
        (
            (name, position, base, mutation, _number(item.effects[channel, position]), trust.word)
            for name, item, trust in zip(ids, attributions, judged, strict=True)
            if item.effects is not None
            for position, base in enumerate(in_alphabet(item.sequence, rna=rna))
            for channel, mutation in enumerate(in_alphabet(BASES, rna=rna))
            if mutation != base
        ),
    )


def to_npz(attributions: Sequence[Attribution], ids: Sequence[str], judged: Sequence[Trust]) -> bytes:
    """Write N attributions as npz without pickled objects; ``numpy.load(file, allow_pickle=False)`` reads it.

    Sequence i has the positions ``starts[i]:starts[i + 1]`` of ``scores`` (S,) and, where all of them have it, of
    ``standard_errors`` (S,), ``hypothetical`` and ``effects`` (4, S), channels A C G T. The rest is (N,): ids,
    sequences, methods, references, rules, targets, predictions, reference_predictions, deltas (NaN where there is
    none), and specials, what special tokens hold; ``badges`` (N,), ``check_verdicts`` and ``check_findings`` (N, 4) of
    the checks that ``check_names`` (4,) names. Where there are tokens, sequence i has
    ``token_bounds[i]:token_bounds[i + 1]`` of ``token_texts``, ``token_starts``, ``token_ends`` (half-open) and
    ``token_scores``.
    """
    if not len(ids) == len(attributions) == len(judged):
        counts = f"{len(attributions)} attributions, {len(ids)} ids and {len(judged)} badges"
        raise ValueError(f"there are {counts}; each attribution needs one of both")
    starts = np.cumsum([0, *(len(item.sequence) for item in attributions)])
    arrays: dict[str, np.ndarray] = {"ids": np.array(ids, dtype=np.str_), "starts": starts}
    arrays["scores"] = np.concatenate([np.empty(0), *(item.scores for item in attributions)])
    matrices: dict[str, Callable[[Attribution], FloatArray | None]] = {
        "hypothetical": lambda item: item.hypothetical,
        "effects": lambda item: item.effects,
        "standard_errors": lambda item: item.standard_errors,
    }
    for name, matrix in matrices.items():
        found = [part for item in attributions if (part := matrix(item)) is not None]
        if found and len(found) == len(attributions):
            arrays[name] = np.concatenate(found, axis=-1)
    for name in ("sequence", "method", "reference", "rule", "target"):
        arrays[f"{name}s"] = np.array([getattr(item, name) for item in attributions], dtype=np.str_)
    for name in ("prediction", "reference_prediction", "delta", "special"):
        values = (getattr(item, name) for item in attributions)
        arrays[f"{name}s"] = np.array([np.nan if value is None else value for value in values], dtype=np.float64)
    arrays |= pack_checks(judged)
    if any(item.tokens for item in attributions):
        arrays.update(_tokens(attributions))
    file = io.BytesIO()
    np.savez_compressed(file, allow_pickle=False, **arrays)
    return file.getvalue()


def pack_checks(judged: Sequence[Trust]) -> dict[str, np.ndarray]:
    """Give the badges of N attributions, and what their checks found, as arrays of text."""
    verdicts = [[check.verdict.value for check in trust.checks] for trust in judged]
    findings = [[f"{check.finding} {check.remedy}".strip() for check in trust.checks] for trust in judged]
    return {
        "badges": np.array([trust.word for trust in judged], dtype=np.str_),
        "check_names": np.array(CHECKS, dtype=np.str_),
        "check_verdicts": np.array(verdicts, dtype=np.str_).reshape(len(judged), len(CHECKS)),
        "check_findings": np.array(findings, dtype=np.str_).reshape(len(judged), len(CHECKS)),
    }


def _tokens(attributions: Sequence[Attribution]) -> dict[str, np.ndarray]:
    tokens = [token for item in attributions for token in item.tokens]
    texts, starts, ends, values = zip(*tokens, strict=True)
    return {
        "token_bounds": np.cumsum([0, *(len(item.tokens) for item in attributions)]),
        "token_texts": np.array(texts, dtype=np.str_),
        "token_starts": np.array(starts, dtype=np.int64),
        "token_ends": np.array(ends, dtype=np.int64),
        "token_scores": np.array(values, dtype=np.float64),
    }


def _table(header: Sequence[str], rows: Iterable[Sequence[object]]) -> str:
    file = io.StringIO()
    write_rows(header, rows, file)
    return file.getvalue()


def _number(value: float) -> str:
    return "" if np.isnan(value) else f"{value:.9g}"
