"""Class labels: read from a column of text or numbers, sorted, and turned into the targets of a classification.

Two classes are one target, 1 for the second of them, the positive one; more are one target each, one-hot.
"""

import re
from collections import Counter
from collections.abc import Sequence

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from lib.core.arrays import FloatArray
from lib.core.errors import UserError
from lib.datasets.dataset import PARTS
from lib.datasets.splits import says_parts
from lib.datasets.targets import TargetResult
from lib.io.columns import Columns
from lib.io.decisions import Alternative, Decision
from lib.io.table import Table

Labels = NDArray[np.object_]

MOST, FEW = 50, 5
"""More classes are probably no labels; a class with fewer members in a part is hardly judged there."""
FEW_WORDS = "Few members:"
_MISSING = {"", "na", "n/a", "#n/a", "nan", "null", "."}  # none and - may well be classes
_YES = {"1", "true", "yes", "y", "positive", "pos", "+"}
_WHOLE = re.compile(r"[+-]?\d+\.0+")
_SAMPLE = 1000


def read(cells: "pd.Series[str]") -> Labels:
    """Give the label of each of N rows, (N,), empty where there is none; 1.0 is the label 1.

    >>> read(pd.Series(["1.0", " yes", "NA"])).tolist()
    ['1', 'yes', '']
    """
    found = [cell.strip() for cell in cells.astype("str").tolist()]
    known = {text: _clean(text) for text in set(found)}
    return np.array([known[text] for text in found], dtype=object)


def _clean(text: str) -> str:
    if text.lower() in _MISSING:
        return ""
    return text.partition(".")[0] if _WHOLE.fullmatch(text) else text


def candidates(table: Table, columns: Columns) -> list[str]:
    """List the columns that may hold labels: with 2 to 50 values that repeat, neither ids nor sequences nor parts."""
    head = table.frame.head(_SAMPLE)
    names = [str(name) for name in table.frame.columns if name not in (columns.id, columns.sequence)]
    found = []
    for name in names:
        labels = set(read(head[name]).tolist()) - {""}
        whole = not any("." in label for label in labels if label[:1].isdigit())
        if 2 <= len(labels) <= min(MOST, max(2, len(head) // 3)) and whole and not says_parts(table.text(name)):
            found.append(name)
    return found


def merge(labels: Labels, file: str, column: str, said: str | None) -> tuple[Labels, list[Decision]]:
    """Find labels that differ in upper and lower case or inner blanks alone, and make them one where that was decided.

    Parameters
    ----------
    labels
        (N,) as ``read`` gives them.
    file, column
        Where they stand.
    said
        ``merge`` or ``keep``; None where nobody was asked.

    Raises
    ------
    UserError
        If it is neither.

    >>> merge(np.array(["Stable", "stable", "stable"], dtype=object), "e.csv", "label", "merge")[0].tolist()
    ['stable', 'stable', 'stable']
    """
    counts = Counter(labels.tolist())
    alike: dict[str, list[str]] = {}
    for name, _ in counts.most_common():
        alike.setdefault(" ".join(re.split(r"[\s_-]+", name.casefold())), []).append(name)
    several = {key: names for key, names in alike.items() if len(names) > 1}
    if not several:
        return labels, []
    if said not in (None, "merge", "keep"):
        raise UserError(f"--labels is {said!r}; choose merge or keep.")
    spelled = "; ".join(", ".join(f"{name} (n = {counts[name]:,})" for name in names) for names in several.values())
    merged = ", ".join(names[0] for names in several.values())
    decision = Decision(
        file,
        "Class labels",
        "labels",
        said,
        f"Labels of the column {column} differ in spelling alone: {spelled}.",
        (Alternative("merge", f"merge them: {merged}"), Alternative("keep", "keep them as separate classes")),
    )
    if said != "merge":
        return labels, [decision]
    one = {name: names[0] for names in several.values() for name in names}
    return np.array([one.get(name, name) for name in labels.tolist()], dtype=object), [decision]


def sort_classes(labels: Labels) -> tuple[str, ...]:
    """Sort the classes that occur, whole numbers by their value and before all others.

    >>> sort_classes(np.array(["b", "10", "9", ""], dtype=object))
    ('9', '10', 'b')
    """
    return tuple(sorted(set(labels.tolist()) - {""}, key=_order))


def _order(name: str) -> tuple[int, int, str]:
    number = re.fullmatch(r"[+-]?\d{1,15}", name)
    return (0, int(name), name) if number else (1, 0, name)


def positive(labels: Labels) -> str:
    """Guess which of two classes is the positive one: one that says so, such as 1, yes or positive, else the rarer.

    >>> positive(np.array(["none", "TATA", "none"], dtype=object)), positive(np.array(["0", "1", "1"], dtype=object))
    ('TATA', '1')
    """
    classes, counts = sort_classes(labels), Counter(labels.tolist())
    said = [name for name in classes if name.lower() in _YES]
    if len(said) == 1:
        return said[0]
    return min(reversed(classes), key=lambda name: counts[name])


def compute(labels: Labels, column: str, wanted: str = "") -> TargetResult:
    """Turn labels (N,) into targets; rows without a label have NaN.

    Parameters
    ----------
    labels
        What ``read`` gave.
    column
        Name of their column.
    wanted
        The positive class of two; empty for a guess.

    Raises
    ------
    UserError
        If there are fewer than two classes or more than 50, or there is no such positive class.
    """
    classes, rows = sort_classes(labels), int((labels != "").sum())
    named = f"The column {column!r}"
    if not rows:
        raise UserError(f"{named} is empty in every row, so there are no classes; choose another column.")
    if len(classes) < 2:
        only = f"{named} says {classes[0]!r} in all {rows:,} rows"
        raise UserError(f"{only}, and one class alone cannot be told from another. Bring sequences of a second class.")
    if len(classes) > MOST:
        shown = ", ".join(map(repr, classes[:3]))
        raise UserError(
            f"{named} holds {len(classes):,} different values in {rows:,} rows ({shown}, ...), so these are probably "
            f"no labels; a class target takes 2 to {MOST}. Choose another column, or One column for a number."
        )
    if len(classes) > 2:
        if wanted:
            raise UserError(f"{named} has {len(classes)} classes; a positive class is chosen where there are two.")
        return _result(classes, classes, "logit", labels)
    yes = wanted or positive(labels)
    if yes not in classes:
        raise UserError(f"There is no class {yes!r} in the column {column!r}; choose {classes[0]!r} or {classes[1]!r}.")
    classes = (classes[1] if yes == classes[0] else classes[0], yes)
    return _result(classes, (yes,), "log-odds", labels)


def _result(classes: tuple[str, ...], names: tuple[str, ...], unit: str, labels: Labels) -> TargetResult:
    targets = np.stack([labels == name for name in names], axis=1).astype(np.float64)
    targets[labels == ""] = np.nan
    fits = pd.DataFrame(index=range(len(targets)))
    return TargetResult(names, (unit,) * len(names), targets, fits, "classification", classes)


def numbers(targets: FloatArray) -> NDArray[np.intp]:
    """Give the number of the class of each of N rows from targets (N, 1) of 0 and 1, or (N, K) one-hot."""
    found = targets[:, 0] if targets.shape[1] == 1 else targets.argmax(axis=1)
    return np.asarray(found, dtype=np.intp)


def members(targets: FloatArray, parts: NDArray[np.str_], classes: Sequence[str]) -> pd.DataFrame:
    """Count the members of each class (rows) in each part (columns)."""
    found = numbers(targets)
    counts = {part: np.bincount(found[parts == part], minlength=len(classes)) for part in PARTS}
    return pd.DataFrame(counts, index=list(classes))


def check(counts: pd.DataFrame) -> list[str]:
    """Say in sentences which classes have few members in a part.

    Parameters
    ----------
    counts
        What ``members`` gave.

    Raises
    ------
    UserError
        If a class cannot be learned, because it has no member in the train part, or a part that judges holds one class.
    """
    absent = [str(name) for name in counts.index[counts["train"] == 0]]
    if absent:
        listed = ", ".join(map(repr, absent[:5]))
        raise UserError(
            f"The class{'es' * (len(absent) > 1)} {listed} {'have' if len(absent) > 1 else 'has'} no sequence in the "
            "train part, so nothing can be learned of it. Choose another split, leave its rows out, or bring more."
        )
    for part in PARTS[1:]:
        there = counts.index[counts[part] > 0]
        if len(there) < 2:
            found = f"holds {there[0]!r} only" if len(there) else "is empty"
            raise UserError(
                f"The {part} part {found}; it needs at least two classes to judge a model by. Choose another split, "
                "or bring more sequences of the other class."
            )
    few = [f"{name!r} has {count} {part}" for part in PARTS for name, count in counts[part].items() if count < FEW]
    if not few:
        return []
    shown = ", ".join(few[:6]) + (", ..." if len(few) > 6 else "")
    return [f"{FEW_WORDS} {shown} sequences; what is said of such a class is uncertain."]
