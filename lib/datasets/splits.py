"""Which sequences a model learns from, and which it is judged by: train, validation, test.

The unit of assignment is a group of sequences that must not be torn apart: copies of one sequence (random), similar
sequences (homology), or all rows with one value of a user's column, such as a chromosome.
"""

from collections.abc import Iterable, Sequence
from dataclasses import asdict, dataclass
from typing import Any, Literal

import numpy as np
import pandas as pd
import pyarrow as pa
from numpy.typing import NDArray

from lib.core.arrays import as_arrow
from lib.core.errors import UserError
from lib.datasets.dataset import PARTS

SplitKind = Literal["random", "homology", "column"]
LABELS: dict[SplitKind, str] = {
    "random": "Random",
    "homology": "Homology-aware (similar sequences stay together)",
    "column": "By a column (such as the chromosome)",
}
_NAMES = {
    "train": "train",
    "training": "train",
    "validation": "validation",
    "valid": "validation",
    "val": "validation",
    "dev": "validation",
    "test": "test",
    "testing": "test",
}


@dataclass(frozen=True)
class SplitChoice:
    """How to split.

    Parameters
    ----------
    kind
        ``random``, ``homology`` or ``column``.
    column
        Name of the column for ``column``.
    seed
        Seeds the assignment; the same data, choice and seed give the same split.
    fractions
        Shares of the rows wanted for train, validation and test; they sum to 1.
    validation, test
        For ``column``: the values, such as chromosomes, that make up these parts; all others are the train part. Where
        both are empty, values are dealt to the parts by their shares.
    """

    kind: SplitKind = "random"
    column: str = ""
    seed: int = 0
    fractions: tuple[float, float, float] = (0.8, 0.1, 0.1)
    validation: tuple[str, ...] = ()
    test: tuple[str, ...] = ()

    def facts(self) -> dict[str, Any]:
        """Give the choice as JSON facts, which belong to the identity of a dataset; what is not chosen is left out."""
        named = {"validation": list(self.validation), "test": list(self.test)}
        facts = {**asdict(self), "fractions": list(self.fractions), **named}
        return {key: value for key, value in facts.items() if value or key not in named}


def assign(
    choice: SplitChoice,
    ids: Sequence[str] | NDArray[Any],
    sequences: Sequence[str] | NDArray[Any] | pa.LargeStringArray,
    column_values: Sequence[str] | None = None,
    *,
    together: NDArray[np.intp] | None = None,
    labels: NDArray[np.intp] | None = None,
    numbers: NDArray[np.integer] | None = None,
) -> NDArray[np.str_]:
    """Give each of N rows its part, (N,) of ``train``, ``validation``, ``test``.

    A column whose values are the names of parts (train, validation or val or dev, test) is taken as it is. Copies of
    one sequence never straddle parts in ``random`` and ``homology``, nor do rows with one number in ``together`` (N,),
    such as windows that overlap; in ``column`` the user's column decides. In ``random`` the parts have equal shares of
    each class, where ``labels`` (N,) number the classes. ``numbers`` (N,) are those of the different sequences in the
    order of the first of each, where they are known.

    Raises
    ------
    UserError
        If the fractions are no shares, the column is missing or incomplete, a value that was named for a part does not
        stand in it, or there are fewer than three groups.
    """
    if len(ids) != len(sequences):
        raise ValueError(f"{len(ids)} ids, but {len(sequences)} sequences")
    fractions = np.array(choice.fractions)
    if (fractions <= 0).any() or not np.isclose(fractions.sum(), 1.0):
        found = ", ".join(f"{fraction:g}" for fraction in choice.fractions)
        raise UserError(f"The shares of train, validation and test are {found}; each must be above 0, and their sum 1.")
    if choice.kind == "column":
        values = _column(choice, column_values, len(ids))
        if choice.validation or choice.test:
            return _by_value(choice, values)
        if says_parts(values.tolist()):
            return np.array([_NAMES[value.lower()] for value in values], dtype=np.str_)
        groups, what = _numbers(values), f"different values in the column {choice.column!r}"
    elif choice.kind == "random":
        groups, what = _numbers(sequences) if numbers is None else numbers.astype(np.intp), "different sequences"
    elif choice.kind == "homology":
        from lib.datasets.homology import components  # compiled code, wanted for this kind only

        groups, what = components(sequences), "groups of similar sequences"
    else:
        raise UserError(f"There is no split called {choice.kind!r}; choose one of {', '.join(LABELS)}.")
    if together is not None and choice.kind != "column" and len(groups):
        groups, what = _merge_groups(groups, together), f"{what} that do not overlap"
    count = int(groups.max()) + 1 if len(groups) else 0
    if count < len(PARTS):
        raise UserError(
            f"There are {count} {what}; a split into train, validation and test needs at least {len(PARTS)}. "
            "Choose another split, or bring more data."
        )
    rng = np.random.default_rng(choice.seed)
    if labels is not None and choice.kind == "random":
        return _by_class(groups, labels, fractions, rng)
    return _deal(groups, fractions, rng)


def says_parts(values: Iterable[str]) -> bool:
    """Say whether the values of a column are the names of the three parts.

    >>> says_parts(["train", "dev", "Test"]), says_parts(["train", "test"])
    (True, False)
    """
    named = {_NAMES.get(value.strip().lower()) for value in set(values)}
    return named == set(PARTS)


def _column(choice: SplitChoice, values: Sequence[str] | None, rows: int) -> NDArray[np.str_]:
    if values is None:
        raise UserError(f"The split asks for the column {choice.column!r}, but the files have no such column.")
    if len(values) != rows:
        raise ValueError(f"{len(values)} column values for {rows} rows")
    stripped = np.array([value.strip() for value in values], dtype=np.str_)
    empty = int((stripped == "").sum())
    if empty:
        raise UserError(
            f"The column {choice.column!r} is empty in {empty} of {rows} rows; every row needs a value to be split by. "
            "Fill them in, or choose another split."
        )
    return stripped


def _by_value(choice: SplitChoice, values: NDArray[np.str_]) -> NDArray[np.str_]:
    """Give each row the part for which its value was named, else the train part."""
    known = list(dict.fromkeys(values.tolist()))
    listed = ", ".join(known[:30]) + (", ..." if len(known) > 30 else "")
    parts = np.full(len(values), "train", dtype="<U10")
    both = set(choice.validation) & set(choice.test)
    if both:
        raise UserError(f"{', '.join(sorted(both))} is named for validation and for test; name it for one of them.")
    for part, named in (("validation", choice.validation), ("test", choice.test)):
        missing = [value for value in named if value not in known]
        if missing or not named:
            found = f"has no {', '.join(map(repr, missing))}" if missing else "gives nothing to it"
            raise UserError(
                f"The {part} part cannot be made: the column {choice.column!r} {found}. Its values are {listed}; "
                f"name one or several of them for the {part} part, or choose another split."
            )
        parts[np.isin(values, named)] = part
    if not (parts == "train").any():
        raise UserError(
            f"No row is left to learn from: all values of the column {choice.column!r} ({listed}) are named for "
            "validation or test. Name fewer of them."
        )
    return parts


def _merge_groups(first: NDArray[np.intp], second: NDArray[np.intp]) -> NDArray[np.intp]:
    """Number the groups of rows that are connected by either of two groupings, (N,) each.

    >>> _merge_groups(np.array([0, 0, 1, 2, 3]), np.array([0, 1, 1, 2, 3])).tolist()
    [0, 0, 0, 1, 2]
    """
    from scipy.sparse import coo_array  # few splits need them
    from scipy.sparse.csgraph import connected_components

    offset = int(first.max()) + 1
    size = offset + int(second.max()) + 1
    edges = coo_array((np.ones(len(first), dtype=np.int8), (first, second + offset)), shape=(size, size))
    labels = connected_components(edges, directed=False)[1]
    return np.asarray(pd.factorize(labels[first])[0], dtype=np.intp)


def _numbers(values: Sequence[str] | NDArray[Any] | pa.LargeStringArray) -> NDArray[np.intp]:
    """Number equal texts alike, in the order of their first appearance."""
    numbers = as_arrow(values).dictionary_encode().indices
    return np.asarray(numbers.to_numpy(zero_copy_only=False), dtype=np.intp)


def _deal(groups: NDArray[np.intp], fractions: NDArray[np.float64], rng: np.random.Generator) -> NDArray[np.str_]:
    """Deal whole groups to parts: first those of several rows, largest first, then the single rows fill up."""
    sizes = np.bincount(groups)
    room = _rows_per_part(len(groups), fractions)
    part = np.full(len(sizes), -1)
    order = rng.permutation(len(sizes))
    several = order[sizes[order] > 1]
    several = several[np.argsort(-sizes[several], kind="stable")]
    draws = rng.random(len(several))
    shares = fractions.tolist()
    free = room.tolist()
    for group, draw in zip(several.tolist(), draws.tolist(), strict=True):
        place = _choose(int(sizes[group]), free, shares, draw)
        part[group] = place
        free[place] -= int(sizes[group])
    single = order[sizes[order] == 1]
    fill = np.repeat(np.arange(len(PARTS)), _spread(len(single), np.maximum(free, 0)))
    part[single] = fill
    _leave_none_empty(part, sizes)
    names: NDArray[np.str_] = np.array(PARTS, dtype=np.str_)[part[groups]]
    return names


def _by_class(
    groups: NDArray[np.intp], labels: NDArray[np.intp], fractions: NDArray[np.float64], rng: np.random.Generator
) -> NDArray[np.str_]:
    """Deal the groups of each class by themselves; a group counts to the class of its first row.

    A class of fewer groups than there are parts is learned from.
    """
    _, first = np.unique(groups, return_index=True)
    classes = labels[first][groups]
    parts = np.full(len(groups), PARTS[0], dtype="<U10")
    for number in np.unique(classes):
        rows = np.flatnonzero(classes == number)
        members = np.unique(groups[rows], return_inverse=True)[1]
        if members.max() + 1 >= len(PARTS):
            parts[rows] = _deal(members, fractions, rng)
    return parts


def _rows_per_part(rows: int, fractions: NDArray[np.float64]) -> NDArray[np.intp]:
    small = np.maximum(np.rint(rows * fractions[1:]), 1).astype(np.intp)
    return np.array([rows - small.sum(), *small])


def _choose(size: int, free: list[int], shares: list[float], draw: float) -> int:
    """Draw a part among those with room, in proportion to their shares; where none has room, the one with most."""
    fitting = [place for place, room in enumerate(free) if room >= size]
    if not fitting:
        return int(np.argmax(free))
    target = draw * sum(shares[place] for place in fitting)
    for place in fitting:
        target -= shares[place]
        if target < 0:
            return place
    return fitting[-1]


def _spread(count: int, room: NDArray[np.intp]) -> NDArray[np.intp]:
    """Spread ``count`` single rows over parts by the room they have left, to the last row."""
    total = int(room.sum())
    if total == 0:
        return np.array([count, 0, 0])
    exact: NDArray[np.intp] = np.floor(room * (count / total)).astype(np.intp)
    exact[0] += count - exact.sum()
    return exact


def _leave_none_empty(part: NDArray[np.intp], sizes: NDArray[np.intp]) -> None:
    """Give an empty part the smallest group of the part that has most groups, in place."""
    for place in range(len(PARTS)):
        if not (part == place).any():
            donor = int(np.argmax(np.bincount(part, minlength=len(PARTS))))
            candidates = np.flatnonzero(part == donor)
            part[candidates[np.argmin(sizes[candidates])]] = place
