"""Dinucleotide shuffles: every dinucleotide count, the first and the last letter stay.

They are drawn uniformly by shuffling Euler walks (Altschul & Erickson 1985,
doi:10.1093/oxfordjournals.molbev.a040370), the spanning tree of last edges by loop-erased random walks (Wilson 1996,
doi:10.1145/237814.237880).
"""

import numpy as np
from numpy.typing import NDArray


def dinucleotide_shuffle(letters: NDArray[np.uint8], rng: np.random.Generator) -> NDArray[np.uint8]:
    """Draw one sequence uniformly from all that have the same dinucleotide counts and the same first letter.

    Parameters
    ----------
    letters
        (L,) numbers from 0 to 4; the result is another such array.
    """
    if len(letters) < 4:
        return letters.copy()
    end = int(letters[-1])
    successors = {int(letter): letters[1:][letters[:-1] == letter] for letter in np.unique(letters[:-1])}
    last = _last_edges(successors, end, rng)
    queues = {}
    for letter, following in successors.items():
        order = rng.permutation(following).tolist()
        if letter in last:
            order.remove(last[letter])
            order.append(last[letter])
        queues[letter] = iter(order)
    walk = [int(letters[0])]
    for _ in range(len(letters) - 1):
        walk.append(next(queues[walk[-1]]))
    return np.array(walk, dtype=letters.dtype)


def _last_edges(successors: dict[int, NDArray[np.uint8]], end: int, rng: np.random.Generator) -> dict[int, int]:
    """Choose for each letter the one that follows its last occurrence, so that all of them lead to the end."""
    onward = {letter: following[following != letter].tolist() for letter, following in successors.items()}
    last: dict[int, int] = {}
    reached = {end}
    for start in successors:
        letter, path = start, {}
        while letter not in reached:
            path[letter] = onward[letter][int(rng.random() * len(onward[letter]))]
            letter = path[letter]
        letter = start
        while letter not in reached:  # the path without its loops: each letter's latest choice
            reached.add(letter)
            last[letter] = path[letter]
            letter = path[letter]
    return last
