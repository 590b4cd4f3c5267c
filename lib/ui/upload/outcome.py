"""What the choices lead to: the join, the target with two examples, the split, and the button that freezes it all."""

import numpy as np
import streamlit as st

from lib.datasets.classes import FEW_WORDS as FEW
from lib.datasets.dataset import PARTS
from lib.datasets.draft import Draft
from lib.datasets.splits import SplitChoice
from lib.ui import errors
from lib.ui.datasets import classes
from lib.ui.upload import files, joining, reading
from lib.ui.widgets import charts, downloads, leakage, state
from lib.ui.widgets.text import plain


def join(made: Draft, expression: str, sequences: str) -> None:
    """Draw how the files came together, with every row that is left out as a download."""
    st.subheader("How the files join", anchor=False)
    st.html(joining.diagram(made.join, len(made.dataset), expression=expression, sequences=sequences))
    if len(made.rejected):
        downloads.csv_button(
            lambda: made.rejected,
            name="rows-left-out",
            key="rejected",
            label=f"Download the {len(made.rejected):,} rows left out, with reasons (CSV)",
        )


def target(made: Draft) -> None:
    """Draw how the target is distributed; of classes, how many members each has."""
    from lib.figures import data as plots

    dataset = made.dataset
    if dataset.classes:
        classes.target(dataset)
        return
    name, unit = dataset.target_names[0], dataset.target_units[0]
    if len(dataset.target_names) > 1:
        name = str(st.selectbox("Show the target", dataset.target_names, key="shown-target"))
        unit = dataset.target_units[dataset.target_names.index(name)]
    values = dataset.targets[:, dataset.target_names.index(name)]
    low, high = np.percentile(values, [5, 95])
    charts.draw(
        lambda: plots.target_histogram(values, None, name=name, unit=unit, height=260),
        name=f"target-{name}",
        key="target-histogram",
        kept=f"{dataset.id} {name}",
        alt=f"Histogram of {name} in {unit}: {len(values):,} sequences, 90% of them from {low:.2f} to {high:.2f}",
    )


def examples(made: Draft) -> None:
    """Draw two sequences over time: one low and one high in the target."""
    dataset = made.dataset
    if len(set(dataset.times)) < 2:
        return
    from lib.figures import timecourse

    order = np.argsort(dataset.targets[:, 0], kind="stable")
    rows = [int(order[len(order) // 20]), int(order[-1 - len(order) // 20])]
    shown = timecourse.courses(dataset, rows)
    fitted = " and the fitted decay" if any(course.fitted for course in shown) else ""
    title = f"Two examples, low and high in the target{fitted}"
    ids = " and ".join(course.id for course in shown)
    charts.draw(
        lambda: timecourse.timecourse_figure(shown, title=title, height=260),
        name="example-time-courses",
        key="examples",
        kept=dataset.id,
        alt=f"Log2 expression over time of {ids}{fitted}",
    )


def parts(made: Draft, choice: SplitChoice) -> None:
    """Say how many sequences each part got."""
    dataset = made.dataset
    counts = {part: int((dataset.parts == part).sum()) for part in PARTS}
    words = ", ".join(f"{part} {count:,}" for part, count in counts.items()) + " sequences"
    words = classes.parts(classes.count_classes(dataset)) if dataset.classes else words
    st.caption(words + (f", seed {choice.seed}." if choice.kind != "column" else "."))
    leakage.summary(dataset.facts["leakage"], classified=bool(dataset.classes))
    for note in made.notes:
        if note.startswith(FEW):
            st.caption(f":material/info: {plain(note)}")


def freeze(made: Draft, *, suggestion: str, digest: str) -> None:
    """Draw the name and the primary button; pressed, it freezes the dataset and goes to it."""
    with st.container(border=True, horizontal=True, vertical_alignment="bottom"):
        name = st.text_input(
            "Name of the dataset", value=suggestion, key=f"name-{digest}", persist_state="session", max_chars=120
        )
        pressed = st.button(f"Freeze dataset (n = {len(made.dataset):,})", type="primary", icon=":material/ac_unit:")
    if not pressed:
        return
    with errors.guard():
        from lib.store import datasets

        with st.spinner("Freezing the dataset"):
            frozen = datasets.freeze(reading.name_draft(made, name or ""), owner=state.owner())
        files.clear()
        state.go(state.DATASETS, dataset=frozen)
