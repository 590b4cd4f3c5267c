"""Strands: which tracks of a profile are the two strands of one, and what the cells of a table say."""

import re
from collections.abc import Sequence
from typing import NamedTuple

_SIGNS = {
    "+": 1,
    "plus": 1,
    "forward": 1,
    "fwd": 1,
    "pos": 1,
    "positive": 1,
    "sense": 1,
    "-": -1,
    "−": -1,
    "minus": -1,
    "reverse": -1,
    "rev": -1,
    "neg": -1,
    "negative": -1,
    "antisense": -1,
}
_CELLS = {
    **{word: "+" if sign > 0 else "-" for word, sign in _SIGNS.items()},
    "1": "+",
    "+1": "+",
    "-1": "-",
    "top": "+",
    "bottom": "-",
    "watson": "+",
    "crick": "-",
    "": ".",
    ".": ".",
    "*": ".",
    "?": ".",
    "0": ".",
    "+/-": ".",
    "both": ".",
    "none": ".",
    "unknown": ".",
    "na": ".",
}
_LETTERS = {"f": "+", "r": "-", "w": "+", "c": "-", "p": "+", "m": "-"}
_NAMED = {"strand", "orientation", "direction", "dir"}
MOST = 0.95
"""Share of the cells of a column that name a strand, for it to be one of strands."""
_NAME = re.compile(r"^(.*?)[\s_.:()|-]*(?<![a-z])(" + "|".join(map(re.escape, _SIGNS)) + r")\)?$", re.IGNORECASE)


class TrackGroup(NamedTuple):
    """Tracks that are drawn together: one, or the plus and the minus strand of one.

    Parameters
    ----------
    label
        What both are called.
    tracks
        Their numbers, plus first.
    """

    label: str
    tracks: tuple[int, ...]


def groups(names: Sequence[str]) -> list[TrackGroup]:
    """Pair the strands of tracks by their names, in the order of the first of each pair.

    >>> groups(["TSS +", "CAGE", "TSS -"])
    [TrackGroup(label='TSS', tracks=(0, 2)), TrackGroup(label='CAGE', tracks=(1,))]
    >>> groups(["minus", "plus"])
    [TrackGroup(label='', tracks=(1, 0))]
    """
    read = [_NAME.match(name.strip()) for name in names]
    stems = [(found[1].lower(), _SIGNS[found[2].lower()]) if found else None for found in read]
    made: list[TrackGroup] = []
    taken: set[int] = set()
    for place, (name, stem) in enumerate(zip(names, stems, strict=True)):
        if place in taken:
            continue
        others = [] if stem is None else [i for i, one in enumerate(stems) if one == (stem[0], -stem[1])]
        alone = stem is None or len(others) != 1 or stems.count(stem) != 1
        pair = (place,) if alone else (place, others[0])
        if stem is not None and not alone and stem[1] < 0:
            pair = pair[::-1]
        taken.update(pair)
        found = read[place]
        made.append(TrackGroup(name if alone or found is None else found[1].strip(), pair))
    return made


def sign(word: str) -> int:
    """Say which strand a word names: 1 plus, -1 minus, 0 none.

    >>> sign("fwd"), sign("Minus"), sign("rep1")
    (1, -1, 0)
    """
    return _SIGNS.get(word.lower(), 0)


def strand_of(cell: str) -> str:
    """Read a cell that names a strand: ``+``, ``-``, ``.`` where it says that there is none, empty where it says none.

    >>> [strand_of(cell) for cell in ("plus", "-1", "Reverse", ".", "r", "geneA")]
    ['+', '-', '-', '.', '-', '']
    """
    word = cell.strip().lower()
    return _CELLS.get(word, _LETTERS.get(word, ""))


def is_named_strand(name: str) -> bool:
    """Tell whether a column is called that of strands.

    >>> is_named_strand("Strand"), is_named_strand("gene_strand"), is_named_strand("score")
    (True, True, False)
    """
    return bool(_NAMED & set(re.split(r"[\W_]+", name.lower())))


def holds_strands(cells: Sequence[str], *, named: bool = False) -> bool:
    """Tell whether the cells of a column are strands: nearly all of them, and some of them not unknown.

    A column of 1 or of -1 alone, or of one letter, may be anything; it is one of strands only where it is ``named`` so.

    >>> holds_strands(["+", "-", "."]), holds_strands(["1", "-1"]), holds_strands(["-1", "-1"]), holds_strands(["."])
    (True, True, False, False)
    >>> holds_strands(["1", "1"], named=True), holds_strands(["F", "R"]), holds_strands(["c", "c"])
    (True, True, False)
    """
    read = [strand_of(cell) for cell in cells]
    if not {"+", "-"} & set(read) or sum(map(bool, read)) < MOST * len(read):
        return False
    words = {cell.strip().lower() for cell, strand in zip(cells, read, strict=True) if strand in ("+", "-")}
    unsure = words <= {"1", "-1"} or words <= _LETTERS.keys()
    return named or not unsure or len({strand_of(word) for word in words}) == 2


def partner(names: Sequence[str], track: int) -> int | None:
    """Give the number of the track that holds the other strand; None where strands are not told apart.

    >>> partner(["TSS +", "CAGE", "TSS -"], 2)
    0
    """
    for group in groups(names):
        if track in group.tracks and len(group.tracks) > 1:
            return group.tracks[0] if group.tracks[1] == track else group.tracks[1]
    return None
