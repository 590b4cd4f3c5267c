"""What a tokenizer makes of a set of sequences: which entries it uses, how long they are, how much it leaves out."""

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from lib.analysis.association import count_matrix

if TYPE_CHECKING:
    from lib.tokenizers import Encoded, Vocabulary


def entries(encoded: "Encoded", vocabulary: "Vocabulary") -> pd.DataFrame:
    """List the entries of a vocabulary with their use.

    Parameters
    ----------
    encoded
        The tokens of N sequences.
    vocabulary
        The V entries that their ids mean.

    Returns
    -------
    pd.DataFrame
        (V,) in the order of the ids: ``token`` as people read it, ``text`` (its letters), ``length`` (nt, 0 for special
        tokens), ``special``, ``occurrences``, ``sequences`` that hold it.
    """
    size = len(vocabulary)
    counts = count_matrix(encoded, size)
    special = np.zeros(size, dtype=bool)
    special[list(vocabulary.special.values())] = True
    return pd.DataFrame(
        {
            "token": pd.Series(vocabulary.shown, dtype="str"),
            "text": pd.Series(vocabulary.texts, dtype="str"),
            "length": np.array([len(text) for text in vocabulary.texts], dtype=np.int64),
            "special": special,
            "occurrences": np.bincount(encoded.ids, minlength=size),
            "sequences": np.bincount(counts.indices, minlength=size),
        }
    )


def summary(encoded: "Encoded", vocabulary: "Vocabulary", sequences: Sequence[str]) -> dict[str, Any]:
    """Sum up the use of a vocabulary as plain JSON values; shares are from 0 to 1, None where nothing is there.

    Parameters
    ----------
    encoded, vocabulary
        As for ``entries``.
    sequences
        (N,) what was cut.

    Returns
    -------
    dict
        ``sequences``, ``letters``, ``tokens`` (those that stand for letters), ``entries`` and ``used`` (special tokens
        left out), ``unknown`` and ``unknown_share`` (of the tokens), ``covered_share`` (letters that lie in a known
        token), ``uncut`` (sequences without a token), ``letters_per_token``.
    """
    lengths = np.array([len(sequence) for sequence in sequences], dtype=np.int64)
    widths = encoded.ends - encoded.starts
    lettered = int(np.count_nonzero(widths))
    table = entries(encoded, vocabulary)
    words = table[~table["special"]]
    unknown = int(np.count_nonzero(encoded.ids == vocabulary.unknown)) if vocabulary.unknown is not None else 0
    letters = int(lengths.sum())
    covered = int(np.count_nonzero(find_covered_letters(encoded, lengths, without=vocabulary.unknown)))
    return {
        "sequences": len(lengths),
        "letters": letters,
        "tokens": lettered,
        "entries": len(words),
        "used": int(np.count_nonzero(words["occurrences"])),
        "unknown": unknown,
        "unknown_share": unknown / lettered if lettered else None,
        "covered_share": covered / letters if letters else None,
        "uncut": int(np.count_nonzero(np.diff(encoded.bounds) == 0)),
        "letters_per_token": float(widths.sum() / lettered) if lettered else None,
    }


def find_covered_letters(
    encoded: "Encoded", lengths: NDArray[np.int64], *, without: int | None = None
) -> NDArray[np.bool_]:
    """Say of each letter whether it lies in a token; all sequences one after the other, (sum of ``lengths``,).

    Parameters
    ----------
    lengths
        (N,) letters of each sequence.
    without
        Id of a token that does not count, such as the unknown one.
    """
    offsets = np.concatenate([[0], np.cumsum(lengths)])
    counted = np.ones(len(encoded.ids), dtype=bool) if without is None else encoded.ids != without
    places = offsets[encoded.owners[counted]]
    size = int(offsets[-1]) + 1
    opened = np.bincount(places + encoded.starts[counted], minlength=size)
    closed = np.bincount(places + encoded.ends[counted], minlength=size)
    covered: NDArray[np.bool_] = np.cumsum(opened - closed)[:-1] > 0
    return covered


def length_table(table: pd.DataFrame) -> pd.DataFrame:
    """Count ``entries``, ``used`` entries and ``occurrences`` by ``length`` (nt); special tokens are left out."""
    words = table[~table["special"]]
    grouped = words.assign(used=words["occurrences"] > 0).groupby("length")
    found = grouped.agg(entries=("token", "size"), used=("used", "sum"), occurrences=("occurrences", "sum"))
    return found.reset_index()


def per_sequence(encoded: "Encoded") -> pd.DataFrame:
    """Count the sequences by their number of tokens that stand for letters: ``tokens``, ``sequences``, ascending."""
    lettered = encoded.owners[encoded.starts != encoded.ends]
    numbers, counts = np.unique(np.bincount(lettered, minlength=len(encoded)), return_counts=True)
    return pd.DataFrame({"tokens": numbers, "sequences": counts})


def rank_frequency(table: pd.DataFrame) -> pd.DataFrame:
    """Rank the entries that occur by their number of occurrences, the most frequent first: ``rank``, ``occurrences``.

    Also ``token`` and ``share`` of all occurrences; special tokens are left out.
    """
    words = table[~table["special"] & (table["occurrences"] > 0)]
    ranked = words.sort_values(["occurrences", "token"], ascending=[False, True], kind="stable")
    counts = ranked["occurrences"].to_numpy()
    return pd.DataFrame(
        {
            "rank": np.arange(1, len(ranked) + 1),
            "token": ranked["token"].to_numpy(),
            "occurrences": counts,
            "share": counts / max(counts.sum(), 1),
        }
    )
