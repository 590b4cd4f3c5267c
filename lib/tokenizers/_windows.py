"""Windows of one width: which words of an RBP table are kept, and where the words of a list lie in a batch.

A word of W letters is a number of 2 W bits (A 0, C 1, G 2, T 3), so W is at most 31. The numbers of the known words are
sorted; a table over their first letters leaves next to nothing to search, so that a window costs the same for 64 words
and for a million.
"""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass

import numba
import numpy as np
import pandas as pd
from numpy.typing import NDArray

from lib.core.alphabet import UNKNOWN
from lib.core.errors import UserError
from lib.tokenizers._letters import join_letters, word
from lib.tokenizers._motifs import Kept, above, threshold_at
from lib.tokenizers.token import Encoded

WIDEST = 31
_FIRST = 10  # letters of the first table: 4 MB


def keep_words(
    rbp: pd.DataFrame, *, width: int, threshold: float | None = None, quantile: float = 0.0, label: str
) -> Kept:
    """Keep the words of one width whose ``mean_rbp`` exceeds a threshold, IUPAC motifs written out.

    Parameters
    ----------
    rbp
        Columns ``motif`` (DNA, IUPAC) and ``mean_rbp``; at least one row.
    width
        Letters in each word; 0 for the commonest width of the table, the longer one where two are equally common.
    threshold
        What ``mean_rbp`` must exceed; None for the ``quantile`` of the motifs of this width.
    label
        Name of the tokenizer, for messages.

    Raises
    ------
    UserError
        If the table has no motif of this width, or none above the threshold.
    """
    lengths = rbp["motif"].astype("str").str.len()
    width = width or common_width(rbp)
    table = rbp[lengths == width]
    if not len(table):
        listed = ", ".join(f"{size} nt ({count:,})" for size, count in sorted(Counter(lengths.tolist()).items()))
        raise UserError(
            f"{label}: the RBP table has no motif of {width} nt; it has motifs of {listed}. Choose one of these "
            "widths, or 0 for the commonest."
        )
    if threshold is None:
        threshold = threshold_at(table["mean_rbp"].to_numpy(dtype=np.float64), quantile)
    return above(table, threshold, what=f"motif of {width} nt", label=label)


def common_width(rbp: pd.DataFrame) -> int:
    """Give the commonest number of letters of the motifs, the longer one where two are equally common.

    >>> common_width(pd.DataFrame({"motif": ["TTAG", "GCACTT", "TATTTA", "CGCG"]}))
    6
    """
    lengths = Counter(map(len, rbp["motif"].astype("str")))
    return max(lengths, key=lambda size: (lengths[size], size))


@dataclass(frozen=True)
class Words:
    """Known words of one width, ready to be looked up.

    Parameters
    ----------
    width
        Letters in each.
    first
        (4 ** min(width, 10) + 1,) where the words that begin with each word of up to ten letters lie in ``keys``.
    keys, numbers
        (V,) the words as numbers, sorted, and the place of each in the list that they came from.
    """

    width: int
    first: NDArray[np.int64]
    keys: NDArray[np.int64]
    numbers: NDArray[np.int32]

    @classmethod
    def of(cls, words: Sequence[str], width: int) -> "Words":
        """Take V words, all of one width of at most 31, each once.

        Raises
        ------
        ValueError
            If a word has another width, or another letter than A C G T.
        """
        letters = join_letters(words)[0].reshape(len(words), width)
        if any(len(word) != width for word in words) or (letters == UNKNOWN).any():
            raise ValueError(f"not {len(words)} words of {width} letters A C G T")
        keys = np.zeros(len(words), dtype=np.int64)
        for place in range(width):
            keys = 4 * keys + letters[:, place]
        order = np.argsort(keys, kind="stable")
        keys = keys[order]
        short = min(width, _FIRST)
        first = np.searchsorted(keys >> 2 * (width - short), np.arange(4**short + 1))
        return cls(width, first.astype(np.int64), keys, order.astype(np.int32))


def windows(
    codes: NDArray[np.uint8],
    bounds: NDArray[np.int64],
    words: Words,
    *,
    stride: int = 1,
    offset: int = 0,
    unknown: int = -1,
) -> Encoded:
    """Find known words in every window of a batch.

    Parameters
    ----------
    codes, bounds
        What ``join_letters`` gives.
    stride
        Letters from one window to the next.
    offset
        Added to the place of a word in its list to make its id.
    unknown
        Id of a window that is no known word; -1 leaves such windows out.

    Returns
    -------
    One token for each window that is kept, by its start; a sequence shorter than a window has none.
    """
    found = _find(codes, bounds, words.width, stride, words.first, words.keys, words.numbers)
    ids, starts, counts = _gather(found, bounds, words.width, stride, offset, unknown)
    return Encoded(ids, starts, starts + np.int32(words.width), np.concatenate([[0], np.cumsum(counts)]))


def frequent_words(
    codes: NDArray[np.uint8], bounds: NDArray[np.int64], width: int, *, stride: int = 1, most: int
) -> list[str]:
    """List the words of the windows of a batch, the most frequent first, equally frequent ones by their letters."""
    keys = _keys(codes, bounds, width, stride)
    known, counts = np.unique(keys[keys >= 0], return_counts=True)
    known = known[np.argsort(-counts, kind="stable")[:most]]
    letters = np.stack([known >> 2 * place & 3 for place in range(width - 1, -1, -1)], axis=1)
    text = word(letters.ravel())
    return [text[start : start + width] for start in range(0, len(text), width)]


@numba.njit(cache=True, nogil=True)
def _keys(codes, bounds, width, stride):  # type: ignore[no-untyped-def]
    """Give the number of the word of each window; -1 where it has another letter than A C G T."""
    count = 0
    for row in range(len(bounds) - 1):
        count += max(bounds[row + 1] - bounds[row] - width + stride, 0) // stride
    keys, place = np.full(count, -1, dtype=np.int64), 0
    for row in range(len(bounds) - 1):
        for start in range(bounds[row], bounds[row + 1] - width + 1, stride):
            key = np.int64(0)
            for position in range(start, start + width):
                if codes[position] == UNKNOWN:
                    key = np.int64(-1)
                    break
                key = key << 2 | codes[position]
            keys[place] = key
            place += 1
    return keys


@numba.njit(cache=True, nogil=True)
def _find(codes, bounds, width, stride, first, keys, numbers):  # type: ignore[no-untyped-def]
    """Give the place of the word in each window, by the letter it starts at; -1 where it is not known."""
    found = np.full(len(codes), -1, dtype=np.int32)
    mask = (np.int64(1) << 2 * width) - 1
    shift = 2 * max(width - _FIRST, 0)
    for row in range(len(bounds) - 1):
        key, run = np.int64(0), 0
        for end in range(bounds[row], bounds[row + 1]):
            if codes[end] == UNKNOWN:
                key, run = np.int64(0), 0
                continue
            key = (key << 2 | codes[end]) & mask
            run += 1
            start = end - width + 1
            if run < width or (start - bounds[row]) % stride:
                continue
            low, high = first[key >> shift], first[(key >> shift) + 1]
            while low < high:
                middle = (low + high) // 2
                if keys[middle] < key:
                    low = middle + 1
                else:
                    high = middle
            if low < first[(key >> shift) + 1] and keys[low] == key:
                found[start] = numbers[low]
    return found


@numba.njit(cache=True, nogil=True)
def _gather(found, bounds, width, stride, offset, unknown):  # type: ignore[no-untyped-def]
    """Collect the windows of each sequence that are kept: ids, starts, and how many each sequence has."""
    counts = np.zeros(len(bounds) - 1, dtype=np.int64)
    for row in range(len(bounds) - 1):
        for start in range(bounds[row], bounds[row + 1] - width + 1, stride):
            counts[row] += found[start] >= 0 or unknown >= 0
    ids, starts = np.empty(counts.sum(), dtype=np.int32), np.empty(counts.sum(), dtype=np.int32)
    place = 0
    for row in range(len(bounds) - 1):
        for start in range(bounds[row], bounds[row + 1] - width + 1, stride):
            if found[start] >= 0 or unknown >= 0:
                ids[place] = found[start] + offset if found[start] >= 0 else unknown
                starts[place] = start - bounds[row]
                place += 1
    return ids, starts, counts
