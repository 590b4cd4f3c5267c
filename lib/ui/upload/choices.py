"""Which target and which split: the choices of an import that are about meaning and not about files."""

from collections.abc import Mapping
from typing import cast

import streamlit as st

from lib.datasets import classes, splits, targets
from lib.datasets.splits import SplitChoice, SplitKind
from lib.datasets.targets import TargetChoice
from lib.io.columns import Columns
from lib.io.table import Table
from lib.ui.widgets.text import plain, short

FROM, TO = 2.0, 8.0
"""Hours of the published rate of degradation, the default where the table has them."""
_LOOKED_AT = 1000  # cells of a column
SPLITS: dict[SplitKind, str] = {
    "random": "Random",
    "homology": "By similarity",
    "column": "By a column",
}


def target(columns: Columns, *, digest: str, table: Table, labels: list[str]) -> TargetChoice:
    """Draw the choice of a target among those that the columns allow.

    Parameters
    ----------
    columns, table
        The expression table, and how its columns are read.
    digest
        Hash of the files, for the keys of widgets.
    labels
        Columns that may hold class labels; where no other column holds values, classes are the first choice.
    """
    hours = sorted({column.hours for column in columns.values if column.hours is not None})
    names = [column.name for column in columns.values]
    numbers = [name for name in names if name not in labels]
    kinds: list[str] = ["column"] if names else []
    if len(hours) >= 2:
        kinds = ["difference", *(["decay"] if len(hours) >= 3 else []), "slope", "column"]
    if len(names) > 1:
        kinds.append("all")
    counted = {kind: _list_suitable(table, columns, kind) for kind in targets.column_targets()}
    kinds += [kind for kind, names in counted.items() if names]
    if labels:
        kinds.insert(len(kinds) if numbers or len(hours) >= 2 else 0, "class")
    kind = st.selectbox(
        "What to predict",
        kinds,
        format_func=targets.label_of,
        key=f"target-{digest}-{len(hours)}-{len(names)}",
        persist_state="session",
        help="Difference: how much expression changed between two times. Decay: constant until an onset, then "
        "exponential; gives a rate with its half-life and interval for every sequence. Counts: how often something "
        "was counted for each sequence, such as reads; the rate is predicted, and nothing is normalised. Classes: "
        "which label a sequence has, such as promoter or not.",
    )
    if kind == "difference":
        return _difference(hours, digest)
    if kind == "column":
        return TargetChoice("column", None, None, column=_column(columns, digest))
    if kind == "class":
        return _classes(table, labels, digest)
    if kind in counted:
        picked = st.selectbox(
            "Column",
            counted[kind],
            format_func=lambda name: short(name, 50),
            key=f"cells-{kind}-{digest}",
            persist_state="session",
        )
        return TargetChoice(kind, None, None, column=str(picked))
    return TargetChoice(kind, None, None)


def _list_suitable(table: Table, columns: Columns, kind: str) -> list[str]:
    """List the columns whose first cells look like targets of a kind."""
    suits = targets.column_targets()[kind].suits
    names = [str(name) for name in table.frame.columns if name not in (columns.id, columns.sequence)]
    return [name for name in names if suits(table.text(name).head(_LOOKED_AT).astype(str).tolist())]


def _classes(table: Table, labels: list[str], digest: str) -> TargetChoice:
    """Draw the choice of the column of labels, and of the positive class where there are two."""
    column = str(
        st.selectbox(
            "Column of the labels",
            labels,
            format_func=lambda name: short(name, 50),
            key=f"labels-{digest}",
            persist_state="session",
        )
    )
    found = classes.read(table.text(column))
    names = list(classes.sort_classes(found))
    if len(names) != 2:
        return TargetChoice("class", None, None, column=column)
    guess = classes.positive(found)
    picked = st.segmented_control(
        "Positive class",
        names,
        default=guess,
        required=True,
        key=f"positive-{digest}-{column}",
        persist_state="session",
        format_func=lambda name: plain(short(name, 40)),
        help="The class that is looked for: models give its log-odds, and precision, recall and F1 are of it.",
    )
    return TargetChoice("class", None, None, column=column, positive=str(picked))


def _difference(hours: list[float], digest: str) -> TargetChoice:
    known = (FROM, TO) if {FROM, TO} <= set(hours) else (hours[0], hours[-1])
    signature = f"{digest}-{'-'.join(f'{hour:g}' for hour in hours)}"
    left, right = st.columns(2)
    start = left.selectbox(
        "From", hours, index=hours.index(known[0]), format_func=_hours, key=f"from-{signature}", persist_state="session"
    )
    end = right.selectbox(
        "To", hours, index=hours.index(known[1]), format_func=_hours, key=f"to-{signature}", persist_state="session"
    )
    left, right = st.columns(2, vertical_alignment="bottom")
    divisor = left.number_input(
        "Divided by",
        min_value=0.01,
        value=1.0,
        step=1.0,
        format="%g",
        key=f"divisor-{digest}",
        persist_state="session",
        help="1 leaves the difference as it is; 2 gives (To - From) / 2.",
    )
    per_hour = right.toggle(
        "Per hour", key=f"per-hour-{digest}", persist_state="session", help="Divide by the hours between."
    )
    return TargetChoice("difference", float(start), float(end), bool(per_hour), float(divisor))


def _hours(hours: float) -> str:
    return f"{hours:g} h"


def _column(columns: Columns, digest: str) -> str:
    names = [column.name for column in columns.values] + [name for name in columns.ignored if name]
    picked = st.selectbox(
        "Column", names, format_func=lambda name: short(name, 50), key=f"column-{digest}", persist_state="session"
    )
    return str(picked)


def split(
    candidates: list[str], *, digest: str, named: str = "", labels: Mapping[SplitKind, str] = SPLITS
) -> SplitChoice:
    """Draw the choice of a split; ``candidates`` are columns that a user may split by.

    Where one is ``named`` that holds the names of the parts, it is the first choice. ``labels`` are what is read.
    """
    kinds: list[SplitKind] = ["random", "homology", *(("column",) if candidates else ())]
    kind = st.segmented_control(
        "How to split into train, validation and test",
        kinds,
        default="column" if named else "random",
        required=True,
        format_func=labels.__getitem__,
        key=f"split-{digest}",
        persist_state="session",
        help=f"{splits.LABELS['homology']}: the test then asks about sequences unlike those that were learned. "
        "Duplicates stay in one part unless you split by a column.",
    )
    column = ""
    if kind == "column":
        first = candidates.index(named) if named else 0
        column = str(st.selectbox("Split by", candidates, first, key=f"split-column-{digest}", persist_state="session"))
    with st.expander("More settings", icon=":material/tune:"):
        seed = st.number_input(
            "Seed",
            0,
            2**31 - 1,
            0,
            key=f"seed-{digest}",
            persist_state="session",
            help="The same seed gives the same split.",
        )
        validation = st.slider("Validation (%)", 5, 40, 10, key=f"validation-{digest}", persist_state="session")
        test = st.slider("Test (%)", 5, 40, 10, key=f"test-{digest}", persist_state="session")
    shares = ((100 - validation - test) / 100, validation / 100, test / 100)
    return SplitChoice(cast(SplitKind, kind), column, int(seed), shares)
