"""Byte-pair encoding as Hugging Face ``tokenizers`` does it, compiled (Sennrich et al. 2016, doi:10.18653/v1/P16-1162).

Each letter starts as a token; the pair of neighbours with the lowest rank, of equal ranks the leftmost, is merged, and
that again until no pair is known. A heap of pairs keeps this at L log L steps for L letters, so that a sequence of
100 kb costs per letter hardly more than one of 100 nt. A letter that is no piece is the unknown token, never merged.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numba
import numpy as np
from numpy.typing import NDArray

from lib.core.alphabet import BASES
from lib.tokenizers.token import Encoded

_SPREAD = 0x9E3779B97F4A7C15  # 2**64 / golden ratio: neighbouring pairs land far apart


@dataclass(frozen=True)
class Merges:
    """Ranked merges as a table with open addressing.

    Parameters
    ----------
    letters
        (5,) ids of A, C, G, T and of any other letter.
    size
        Number of ids.
    keys
        (slots,) ``left * size + right`` of each pair, -1 in an empty slot; the number of slots is a power of two.
    ranks, products
        (slots,) rank of the pair, and the id that it becomes.
    """

    letters: NDArray[np.int32]
    size: int
    keys: NDArray[np.int64]
    ranks: NDArray[np.int32]
    products: NDArray[np.int32]

    @classmethod
    def of(cls, pairs: Sequence[tuple[str, str]], ids: "dict[str, int]", *, unknown: int) -> "Merges":
        """Take merges in the order of their ranks; where a pair stands twice, the later rank counts.

        Raises
        ------
        KeyError
            If a merge names a piece that has no id.
        """
        letters = np.array([*(ids.get(base, unknown) for base in BASES), unknown], dtype=np.int32)
        left = np.array([ids[pair[0]] for pair in pairs], dtype=np.int64)
        right = np.array([ids[pair[1]] for pair in pairs], dtype=np.int64)
        products = np.array([ids[pair[0] + pair[1]] for pair in pairs], dtype=np.int32)
        slots = 1 << max(4, (4 * len(pairs)).bit_length())
        size = max(ids.values(), default=0) + 1
        return cls(letters, size, *_table(left * size + right, products, slots))


def merged(codes: NDArray[np.uint8], bounds: NDArray[np.int64], merges: Merges) -> Encoded:
    """Cut a batch; ``codes`` and ``bounds`` are what ``letters.joined`` gives."""
    found = _merged(codes, bounds, merges.letters, merges.size, merges.keys, merges.ranks, merges.products)
    ids, starts, ends, counts = found
    return Encoded(ids, starts, ends, np.concatenate([[0], np.cumsum(counts)]).astype(np.int64))


@numba.njit(cache=True, nogil=True)
def _slot(keys, key):  # type: ignore[no-untyped-def]
    """Give the slot of a pair, or the empty one where it would stand."""
    slot = np.int64((np.uint64(key) * np.uint64(_SPREAD)) >> np.uint64(32)) & (len(keys) - 1)
    while keys[slot] != key and keys[slot] >= 0:
        slot = (slot + 1) & (len(keys) - 1)
    return slot


@numba.njit(cache=True, nogil=True)
def _table(pairs, products, slots):  # type: ignore[no-untyped-def]
    keys = np.full(slots, -1, dtype=np.int64)
    ranks, made = np.zeros(slots, dtype=np.int32), np.zeros(slots, dtype=np.int32)
    for rank in range(len(pairs)):
        slot = _slot(keys, pairs[rank])
        keys[slot], ranks[slot], made[slot] = pairs[rank], rank, products[rank]
    return keys, ranks, made


@numba.njit(nogil=True)  # used with two kinds of arguments, which a shared cache could mix up
def _push(heap, count, entry):  # type: ignore[no-untyped-def]
    place = count
    while place > 0 and heap[(place - 1) >> 1] > entry:
        heap[place] = heap[(place - 1) >> 1]
        place = (place - 1) >> 1
    heap[place] = entry
    return count + 1


@numba.njit(nogil=True)  # used with two kinds of arguments, which a shared cache could mix up
def _pop(heap, count):  # type: ignore[no-untyped-def]
    """Take the least entry out of ``heap[:count]``; it is left at ``heap[count - 1]``."""
    least, entry, place = heap[0], heap[count - 1], 0
    while True:
        child = 2 * place + 1
        if child >= count - 1:
            break
        if child + 1 < count - 1 and heap[child + 1] < heap[child]:
            child += 1
        if heap[child] >= entry:
            break
        heap[place] = heap[child]
        place = child
    heap[place] = entry
    heap[count - 1] = least
    return least


@numba.njit(cache=True, nogil=True)
def _merged(codes, bounds, letters, size, keys, ranks, products):  # type: ignore[no-untyped-def]
    ids = np.empty(len(codes), dtype=np.int32)
    starts, ends = np.empty(len(codes), dtype=np.int32), np.empty(len(codes), dtype=np.int32)
    counts = np.zeros(len(bounds) - 1, dtype=np.int64)
    widest = 0
    for row in range(len(bounds) - 1):
        widest = max(widest, bounds[row + 1] - bounds[row])
    symbols = np.empty(widest, dtype=np.int64)
    previous, following = np.empty(widest, dtype=np.int64), np.empty(widest, dtype=np.int64)
    slots = np.empty(widest, dtype=np.int64)  # of the pair that begins here; -1 where it is not known, or merged away
    heap = np.empty(3 * widest + 1, dtype=np.int64)  # rank << 32 | place: least rank first, then leftmost
    used = 0
    for row in range(len(bounds) - 1):
        length, count = bounds[row + 1] - bounds[row], 0
        for place in range(length):
            symbols[place] = letters[codes[bounds[row] + place]]
            previous[place], following[place] = place - 1, place + 1
        for place in range(length):
            slots[place] = -1
            if place + 1 < length:
                slot = _slot(keys, symbols[place] * size + symbols[place + 1])
                if keys[slot] >= 0:
                    slots[place] = slot
                    count = _push(heap, count, np.int64(ranks[slot]) << 32 | place)
        while count > 0:
            entry = _pop(heap, count)
            count -= 1
            place = entry & 0xFFFFFFFF
            if slots[place] < 0 or ranks[slots[place]] != entry >> 32:
                continue  # one of the two was merged with another neighbour meanwhile
            right = following[place]
            symbols[place], slots[right] = products[slots[place]], -1
            following[place] = following[right]
            if following[place] < length:
                previous[following[place]] = place
            for left in (previous[place], place):
                if left < 0:
                    continue
                slots[left] = -1
                if following[left] < length:
                    slot = _slot(keys, symbols[left] * size + symbols[following[left]])
                    if keys[slot] >= 0:
                        slots[left] = slot
                        count = _push(heap, count, np.int64(ranks[slot]) << 32 | left)
        place = 0
        while place < length:
            ids[used], starts[used], ends[used] = symbols[place], place, following[place]
            used += 1
            counts[row] += 1
            place = following[place]
    return ids[:used].copy(), starts[:used].copy(), ends[:used].copy(), counts
