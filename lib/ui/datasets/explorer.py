"""Time courses of chosen sequences, with the fitted decay."""

import re
from collections.abc import Mapping, Sequence

import numpy as np
import pandas as pd
import streamlit as st

from lib.datasets.dataset import Dataset
from lib.ui import errors
from lib.ui.widgets import charts, columns, state
from lib.ui.widgets.text import plain

MOST = 8


@st.fragment
@errors.guard()
def time_courses(dataset: Dataset) -> None:
    """Draw the time courses of the sequences that somebody asks for, three examples at first."""
    st.subheader("Time courses", anchor=False)
    if len(set(dataset.times)) < 2:
        st.caption("The columns of this dataset are no times, so there is nothing to draw over time.")
        return
    asked = st.text_input(
        "Sequences by id",
        key="courses",
        bind="query-params",
        placeholder="one or several ids, or a part of one; empty for three examples",
        icon=":material/search:",
        width=560,
    )
    rows, note = find_rows(dataset, asked or "")
    if note:
        st.caption(plain(note))
    if rows:
        _draw(dataset, rows)


def _draw(dataset: Dataset, rows: Sequence[int]) -> None:
    from lib.figures import timecourse

    shown = timecourse.courses(dataset, rows)
    left, right = columns.columns([1.7, 1], key="courses", align="center")
    with left:
        charts.draw(
            lambda: timecourse.timecourse_figure(shown),
            name=f"{dataset.name}-time-courses",
            key="time-courses",
            alt="Log2 expression over time of " + ", ".join(course.id for course in shown),
            numbers=lambda: timecourse.table(shown),
        )
    with right:
        table = pd.DataFrame(
            [
                {
                    "Sequence": course.id,
                    dataset.target_names[0]: dataset.targets[row, 0],
                    "Part": dataset.parts[row],
                    "Half-life": half_life(course.fit),
                    "Fit R²": course.fit["fit_r2"] if course.fitted and course.fit else None,
                }
                for row, course in zip(rows, shown, strict=True)
            ]
        )
        st.dataframe(
            table,
            hide_index=True,
            key="time-course-table",
            alt="Target, part and half-life of the sequences shown",
            column_config={
                dataset.target_names[0]: st.column_config.NumberColumn(format="%.2f"),
                "Fit R²": st.column_config.NumberColumn(format="%.2f"),
            },
        )
        st.caption(
            "Half-life in hours with its 95% interval; *over* where no decay is proven: the shortest that "
            "the data allow. The fit is constant until an onset, then exponential."
        )


def half_life(fit: Mapping[str, float] | None) -> str:
    """Write a half-life with its interval, short enough for a table."""
    if fit is None or not np.isfinite(fit["rate"]):
        return "no fit"
    if np.isfinite(fit["half_life"]):
        return f"{fit['half_life']:.1f} ({fit['half_life_low']:.1f} to {fit['half_life_high']:.1f})"
    if np.isfinite(fit["half_life_low"]):
        return f"over {fit['half_life_low']:.1f}"
    return "stable or rising"


def find_rows(dataset: Dataset, asked: str) -> tuple[list[int], str]:
    """Find rows by ids or parts of ids, at most ``MOST``; gives them with a sentence about what was found."""
    words = [word for word in re.split(r"[\s,;]+", asked) if word]
    if not words:
        return _examples(dataset), ""
    rows: list[int] = []
    missing: list[str] = []
    more = 0
    for word in words:
        exact = dataset.position(word)
        if exact is not None:
            rows.append(exact)
            continue
        hits = [row for row, identifier in enumerate(dataset.ids) if word.lower() in str(identifier).lower()]
        if not hits:
            missing.append(word)
        rows += hits[:MOST]
        more += max(len(hits) - MOST, 0)
    rows = list(dict.fromkeys(rows))
    more += max(len(rows) - MOST, 0)
    notes = [f"No id holds {', '.join(missing[:5])}."] if missing else []
    if more:
        notes.append(f"{more:,} more ids fit; the first {min(MOST, len(rows))} are shown.")
    return rows[:MOST], " ".join(notes)


def _examples(dataset: Dataset) -> list[int]:
    chosen = dataset.position(state.sequence_id() or "")
    order = np.argsort(dataset.targets[:, 0], kind="stable")
    spread = [int(order[int(share * (len(order) - 1))]) for share in (0.05, 0.5, 0.95)]
    return spread if chosen is None else list(dict.fromkeys([chosen, *spread]))
