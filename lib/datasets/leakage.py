"""Leakage: validation and test sequences that have a close neighbour, or a duplicate, in another part.

A random split may put one of two similar sequences into training and the other into the test; one that comes with the
data may hold identical ones: six test sequences of the promoters of GUE (doi:10.48550/arXiv.2306.15006) stand in its
train part. A score on such sequences says how well a model remembers. Close neighbours are what
``lib.datasets.homology`` calls similar, and identical sequences; a split by similarity has none across its parts.
"""

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from lib.datasets.dataset import PARTS, Dataset, PartName

if TYPE_CHECKING:
    from lib.datasets.neighbours import SequenceIndex  # compiled code

Rows = NDArray[np.intp]

CLOSE = (
    "A close neighbour shares at least 30% of the 10-mers and one 14-mer with the sequence (about 89% identity over "
    "the whole length, or an overlap of a third), or is identical; only the given strand counts."
)
HIGH = 0.05
"""Share of sequences with a close neighbour in another part from which on every result says so."""
REMEDY = "try the homology split"
PAIRS: tuple[tuple[PartName, PartName], ...] = (("test", "train"), ("test", "validation"), ("validation", "train"))
_NAMES = {"train": "training", "validation": "validation", "test": "test"}

_LARGE = 20_000_000  # letters of a dataset
_COMPARED = {False: 1_100_000, True: 250_000}  # letters of a part of a small or a large dataset that are compared
_FEWEST, _STEP = 1_000, 500


class Overlap(NamedTuple):
    """How many sequences of one part are close to another part.

    Parameters
    ----------
    part, other
        The parts.
    sequences
        How many sequences the part has.
    compared
        How many of them, drawn at random, were compared with the other part; ``sequences`` where all were.
    close
        How many of those compared have a close neighbour in the other part, identical ones included.
    duplicates
        How many of all are identical to a sequence of the other part.
    conflicting
        How many duplicates have a class that none of their identical sequences has; 0 where there are no classes.
    """

    part: PartName
    other: PartName
    sequences: int
    compared: int
    close: int
    duplicates: int
    conflicting: int

    @property
    def is_high(self) -> bool:
        """Say whether a score on the part may be too good: by many close neighbours, or by any duplicate."""
        return bool(self.duplicates) or self.close >= HIGH * max(self.compared, 1)


def measure(
    sequences: "NDArray[Any] | SequenceIndex", parts: NDArray[np.str_], labels: NDArray[np.intp] | None = None
) -> dict[str, Any]:
    """Count close neighbours and duplicates of validation in train, and of test in train and validation.

    Up to 10,000 sequences of 110 nt of each part are compared, of a dataset of over 20 million letters up to 2,000;
    of longer sequences fewer, and at least 1,000. They are drawn at random, always the same ones.

    Parameters
    ----------
    sequences, parts
        (N,) each; sequences may be indexed already.
    labels
        (N,) number of the class of each, where they have one.

    Returns
    -------
    dict
        JSON facts: ``definition``; for each of the two parts ``sequences`` and ``compared``, and by other part
        ``close_neighbours`` among those compared, ``duplicates`` among all, and ``conflicting``.
    """
    from lib.datasets.neighbours import SequenceIndex  # compiled code

    index = sequences if isinstance(sequences, SequenceIndex) else SequenceIndex(sequences)
    drawn = {part: _draw(np.flatnonzero(parts == part), index.lengths) for part in PARTS[1:]}
    facts: dict[str, Any] = {"definition": CLOSE}
    for part, rows in drawn.items():
        facts[part] = {"sequences": int((parts == part).sum()), "compared": len(rows)}
    bits = index.find_neighbours(_number(parts), np.concatenate(list(drawn.values())))
    close = dict(zip(drawn, np.split(bits, [len(drawn["validation"])]), strict=True))
    for part, other in PAIRS:
        found = int((close[part] >> PARTS.index(other) & 1).sum())
        twice = _count_duplicates(index.numbers, parts == part, parts == other, labels)
        facts[part][other] = {"close_neighbours": found, **twice}
    return facts


def _number(parts: NDArray[np.str_]) -> NDArray[np.uint8]:
    numbers = np.zeros(len(parts), dtype=np.uint8)
    for number, part in enumerate(PARTS):
        numbers[parts == part] = number
    return numbers


def _draw(rows: Rows, lengths: NDArray[np.int64]) -> Rows:
    """Draw the rows of a part that are compared, ascending; all where they are few."""
    if not len(rows):
        return rows
    most = int(_COMPARED[bool(lengths.sum() > _LARGE)] / max(lengths[rows].mean(), 1.0)) // _STEP * _STEP
    most = max(most, _FEWEST)
    return rows if len(rows) <= most else np.sort(np.random.default_rng(0).choice(rows, most, replace=False))


def _count_duplicates(
    numbers: NDArray[np.int64], mine: NDArray[np.bool_], theirs: NDArray[np.bool_], labels: NDArray[np.intp] | None
) -> dict[str, int]:
    """Count the sequences of a part whose number stands in another, and those whose number and label do not."""
    twice = mine & np.isin(numbers, numbers[theirs])
    if labels is None:
        return {"duplicates": int(twice.sum())}
    labelled = numbers * (labels.max() + 1) + labels
    same = np.isin(labelled[twice], labelled[theirs])
    return {"duplicates": int(twice.sum()), "conflicting": int((~same).sum())}


def find_close(sequences: NDArray[Any], parts: NDArray[np.str_], rows: Rows, other: PartName) -> NDArray[np.bool_]:
    """Say which of some rows (Q,) of validation or test have a close neighbour in an earlier part, (Q,)."""
    from lib.datasets.neighbours import SequenceIndex  # compiled code

    bits = SequenceIndex(sequences).find_neighbours(_number(parts), rows)
    return (bits >> PARTS.index(other) & 1).astype(np.bool_)


def find_duplicates(dataset: Dataset, part: PartName) -> Rows:
    """Give the rows of a part, ascending, whose sequence stands in the train part too; none of the train part."""
    rows = dataset.rows(part)
    if part == "train":
        return rows[:0]
    known = pd.Index(dataset.sequences[dataset.rows("train")].astype(object))
    return rows[pd.Series(dataset.sequences[rows].astype(object)).isin(known).to_numpy()]


def read_overlaps(facts: Mapping[str, Any]) -> dict[tuple[PartName, PartName], Overlap]:
    """Read what ``measure`` gave, by part and other part; empty where there is nothing."""
    found = {}
    for part, other in PAIRS:
        if other in facts.get(part, {}):
            of, pair = facts[part], facts[part][other]
            counts = pair["close_neighbours"], pair["duplicates"], pair.get("conflicting", 0)
            found[part, other] = Overlap(part, other, of["sequences"], of["compared"], *counts)
    return found


def summarise(facts: Mapping[str, Any]) -> str:
    """Say what ``measure`` counted, in sentences; empty where there is nothing.

    >>> part = {"sequences": 90, "compared": 90, "train": {"close_neighbours": 1, "duplicates": 1, "conflicting": 1}}
    >>> summarise({"validation": part, "test": part | {"validation": {"close_neighbours": 2, "duplicates": 0}}})
    '1 of 90 test sequences has a close neighbour in training (1 duplicate, 1 with another label); try the homology \
split. 2 have one in validation. 1 of 90 validation sequences has a close neighbour in training (1 duplicate, 1 with \
another label).'
    """
    overlaps = [overlap for overlap in read_overlaps(facts).values() if overlap.sequences]
    found = [overlap for overlap in overlaps if overlap.close or overlap.duplicates]
    if not found:
        return _say_none(overlaps)
    said: list[str] = []
    remedy = any(overlap.is_high for overlap in found)
    for part in dict.fromkeys(overlap.part for overlap in found):
        said.append(_say([overlap for overlap in found if overlap.part == part], remedy=remedy and not said))
    return " ".join(said)


def _say_none(overlaps: Sequence[Overlap]) -> str:
    compared = {overlap.part: overlap.compared for overlap in overlaps}
    if not compared:
        return ""
    if all(overlap.compared == overlap.sequences for overlap in overlaps):
        return "No test or validation sequence has a close neighbour in another part."
    drawn = " and ".join(f"{count:,} {part}" for part, count in compared.items())
    return f"None of {drawn} sequences, drawn at random, has a close neighbour in another part."


def describe(facts: Mapping[str, Any]) -> dict[str, Any]:
    """Give what ``measure`` counted with its sentence."""
    return {**facts, "sentence": summarise(facts)}


def write_headline(facts: Mapping[str, Any], part: str = "test") -> str:
    """Say beside a score on a part how many of its sequences are close to what was learned; empty where few are.

    >>> part = {"sequences": 3025, "compared": 3025, "train": {"close_neighbours": 2900, "duplicates": 0}}
    >>> write_headline({"test": part | {"validation": {"close_neighbours": 9, "duplicates": 0}}})
    '2,900 of 3,025 test sequences have a close neighbour in training; try the homology split.'
    """
    high = [overlap for overlap in read_overlaps(facts).values() if overlap.part == part and overlap.is_high]
    return _say(high, remedy=True) if high else ""


def _say(overlaps: Sequence[Overlap], *, remedy: bool) -> str:
    """Say how many sequences of one part have close neighbours in one or two others."""
    first, *more = overlaps
    of = f"{first.compared:,} {_NAMES[first.part]} sequences"
    if first.compared < first.sequences:
        of += f", drawn from {first.sequences:,},"
    said = f"{first.close:,} of {of} {_have(first)} a close neighbour in {_say_where(first)}"
    more_said = "".join(f" {other.close:,} {_have(other)} one in {_say_where(other)}." for other in more)
    return f"{said}{f'; {REMEDY}' if remedy else ''}.{more_said}"


def _have(overlap: Overlap) -> str:
    return "has" if overlap.close == 1 else "have"


def _say_where(overlap: Overlap) -> str:
    """Name the other part, and the duplicates in it."""
    if not overlap.duplicates:
        return _NAMES[overlap.other]
    said = f"{overlap.duplicates:,} duplicate{'s' * (overlap.duplicates != 1)}"
    said += f" among all {overlap.sequences:,}" if overlap.compared < overlap.sequences else ""
    said += f", {overlap.conflicting:,} with another label" if overlap.conflicting else ""
    return f"{_NAMES[overlap.other]} ({said})"
