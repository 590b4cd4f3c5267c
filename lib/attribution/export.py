"""Attributions as files: tab-separated text for spreadsheets, npz for programs. Positions are 0-based."""

import io
from collections.abc import Callable, Iterable, Sequence

import numpy as np

from lib.attribution.base import Attribution
from lib.core.alphabet import BASES, shown
from lib.core.arrays import FloatArray
from lib.io.export import write_rows


def to_tsv(attributions: Sequence[Attribution], ids: Sequence[str], *, rna: bool = False) -> str:
    """Write one row per nucleotide: id, position, base, attribution, and its standard error where one is known.

    Parameters
    ----------
    attributions, ids
        N each.
    rna
        Write T as U.
    """
    random = any(item.standard_errors is not None for item in attributions)
    rows = (
        (name, position, base, _number(item.scores[position]), *([_error(item, position)] if random else []))
        for name, item in zip(ids, attributions, strict=True)
        for position, base in enumerate(shown(item.sequence, rna=rna))
    )
    return _table(("id", "position", "base", "attribution", *(["standard_error"] if random else [])), rows)


def mutations_to_tsv(attributions: Sequence[Attribution], ids: Sequence[str], *, rna: bool = False) -> str:
    """Write one row per single mutation: id, position, base, mutation, effect; no rows where a method has none."""
    return _table(
        ("id", "position", "base", "mutation", "effect"),
        (
            (name, position, base, mutation, _number(item.effects[channel, position]))
            for name, item in zip(ids, attributions, strict=True)
            if item.effects is not None
            for position, base in enumerate(shown(item.sequence, rna=rna))
            for channel, mutation in enumerate(shown(BASES, rna=rna))
            if mutation != base
        ),
    )


def tokens_to_tsv(attributions: Sequence[Attribution], ids: Sequence[str], *, rna: bool = False) -> str:
    """Write one row per token: id, start, end, token, attribution; special tokens have start == end.

    No rows where a model reads no tokens.
    """
    return _table(
        ("id", "start", "end", "token", "attribution"),
        (
            (name, start, end, shown(text, rna=rna) if end > start else text, _number(score))
            for name, item in zip(ids, attributions, strict=True)
            for text, start, end, score in item.tokens
        ),
    )


def to_npz(attributions: Sequence[Attribution], ids: Sequence[str]) -> bytes:
    """Write N attributions as npz without pickled objects; ``numpy.load(file, allow_pickle=False)`` reads it.

    Sequence i has the positions ``starts[i]:starts[i + 1]`` of ``scores`` (S,) and, where all of them have it, of
    ``standard_errors`` (S,), ``hypothetical`` and ``effects`` (4, S), channels A C G T. The rest is (N,): ids,
    sequences, methods, references, rules, targets, predictions, reference_predictions, deltas, integration_errors (NaN
    where there is none), and specials, what special tokens hold. Where there are tokens, sequence i has
    ``token_bounds[i]:token_bounds[i + 1]`` of ``token_texts``, ``token_starts``, ``token_ends`` (half-open) and
    ``token_scores``.
    """
    if len(ids) != len(attributions):
        raise ValueError(f"there are {len(attributions)} attributions but {len(ids)} ids")
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
    for name in ("prediction", "reference_prediction", "delta", "integration_error", "special"):
        values = (getattr(item, name) for item in attributions)
        arrays[f"{name}s"] = np.array([np.nan if value is None else value for value in values], dtype=np.float64)
    if any(item.tokens for item in attributions):
        arrays.update(_tokens(attributions))
    file = io.BytesIO()
    np.savez_compressed(file, allow_pickle=False, **arrays)
    return file.getvalue()


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


def _error(item: Attribution, position: int) -> str:
    return "" if item.standard_errors is None else _number(item.standard_errors[position])


def _number(value: float) -> str:
    return f"{value:.9g}"
