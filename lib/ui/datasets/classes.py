"""How many sequences each class has in each part."""

import pandas as pd
import streamlit as st

from lib.datasets import classes
from lib.datasets.dataset import PARTS, Dataset
from lib.ui.widgets import charts, columns
from lib.ui.widgets.text import plain, short


def tile(dataset: Dataset) -> tuple[str, str, str]:
    """Give the number of classes, and how frequent the most frequent one is."""
    counts = count_classes(dataset).sum(axis=1)
    top = counts.idxmax()
    about = (
        f"{plain(str(top))} is the most frequent, with {counts.max() / counts.sum():.0%} of the sequences: so many are "
        "right by chance if a model always says so."
    )
    return "Classes", f"{len(counts)}", about


def count_classes(dataset: Dataset) -> pd.DataFrame:
    """Count the members of each class in each part."""
    return classes.members(dataset.targets, dataset.parts, dataset.classes)


def target(dataset: Dataset, *, key: str = "classes") -> None:
    """Draw the members of each class by part, with their number and share beside it."""
    from lib.figures.class_counts import class_bars

    counts = count_classes(dataset)
    left, right = columns.columns([1.7, 1], key=f"{key}-columns", align="center")
    with left:
        charts.draw(
            lambda: class_bars(counts, title="Members of the classes"),
            kept=f"{dataset.id} classes",
            name=f"{dataset.name}-classes",
            key=key,
            alt=f"Bars of the {len(counts)} classes: "
            + ", ".join(f"{name} {int(n):,}" for name, n in counts.sum(axis=1).head(10).items()),
            numbers=lambda: counts.rename_axis("class").reset_index(),
        )
    with right:
        if len(dataset.classes) == 2:
            positive, other = (plain(short(name, 40)) for name in reversed(dataset.classes))
            st.markdown(f"**{positive}** is the positive class; models give its log-odds against {other}.")
        st.dataframe(
            table(counts), hide_index=True, key=f"{key}-table", alt=f"Members of {len(counts)} classes by part"
        )


def table(counts: pd.DataFrame) -> pd.DataFrame:
    """Give one row for each class: its members in each part, and its share of all."""
    found = counts.rename_axis("Class").reset_index()
    return found.assign(Share=(counts.sum(axis=1) / counts.to_numpy().sum()).map("{:.1%}".format).to_numpy())


def parts(counts: pd.DataFrame) -> str:
    """Say in Markdown how many sequences each part has, and of which classes where these are few."""
    words = []
    for part in PARTS:
        inner = ", ".join(f"{plain(short(str(name), 20))}: {int(n):,}" for name, n in counts[part].items())
        words.append(f"{part} {int(counts[part].sum()):,}" + (f" ({inner})" if len(counts) <= 4 else ""))
    return "; ".join(words) + " sequences"
