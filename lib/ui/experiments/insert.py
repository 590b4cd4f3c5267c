"""Insert motifs: the mean effect of each motif over many backgrounds, and by where it is put."""

from typing import Any

import pandas as pd
import streamlit as st

from lib.core.errors import UserError
from lib.store import experiments
from lib.store.experiments import INSERT, Asked
from lib.ui import errors
from lib.ui.experiments import answers, backgrounds, motifs
from lib.ui.experiments.subject import Subject
from lib.ui.experiments.words import COLUMNS, count, effects_sentence
from lib.ui.widgets import charts, downloads
from lib.ui.widgets.text import plain

MOST, FIRST = 500, 60


def draw(subject: Subject) -> None:
    """Draw the question and the newest answer."""
    with st.container(border=True):
        answers.start_button(*_ask(subject))
    run = answers.choose_experiment(subject, INSERT)
    if run is None:
        return
    table = experiments.effects(run.id)
    table["label"] = [motifs.label(name, word) for name, word in zip(table["motif"], table["word"], strict=True)]
    _answer(subject, run.id, run.payload, table, int(run.results.get("left_out", 0)))


def _ask(subject: Subject) -> tuple[Asked | None, ...]:
    found = motifs.choose(subject, most=MOST, first=FIRST)
    with st.container(horizontal=True, vertical_alignment="bottom", gap="medium"):
        options = backgrounds.choose(subject)
        grid = st.number_input(
            "Places",
            1,
            50,
            5,
            key="places",
            width=110,
            help="Each motif is put at so many places, evenly from the first possible to the last; 1 is the middle.",
        )
        text = st.text_input(
            "or at positions",
            key="positions",
            width=170,
            placeholder="10, 45, 80",
            help="First nucleotide of the motif, counted from 1; empty for evenly spread places.",
        )
    try:
        starts = _starts(text or "")
    except UserError as error:
        errors.show(error)
        return (None,)
    if not found or options is None:
        return (None,)
    options |= {"starts": starts} if starts else {"grid": int(grid)}
    return (Asked(INSERT, subject.run.id, subject.target, found, options),)


def _starts(text: str) -> list[int]:
    """Read positions counted from 1 as 0-based starts.

    >>> _starts("10, 45")
    [9, 44]
    """
    words = text.replace(",", " ").replace(";", " ").split()
    if not all(word.isdecimal() and int(word) >= 1 for word in words):
        raise UserError(f"{text!r} is no list of positions; write whole numbers from 1 on, such as 10, 45, 80.")
    return sorted({int(word) - 1 for word in words})


@st.fragment
def _answer(subject: Subject, run_id: str, said: dict[str, Any], table: pd.DataFrame, left_out: int) -> None:
    with errors.guard():
        from lib.figures import experiments as plots

        whole = table[table["place"].isna()].reset_index(drop=True)
        options = said["options"]
        where = "shuffled" if options["background"] == "shuffled" else "real"
        st.markdown(effects_sentence(whole, subject.unit))
        st.caption(
            f"Mean over n = {int(whole['n'].max()):,} {where} sequences of the {options['part']} part and "
            f"{count(table['place'].nunique(), 'place')} in each, with 95% interval (Student's t over sequences); "
            "q by Benjamini and Hochberg over the motifs. It is what the model expects, not what was measured."
            + (f" {count(left_out, 'motif')} did not fit." if left_out else "")
        )
        name = f"{subject.run.name} insertion"
        charts.draw(
            lambda: plots.effects(whole, title="What each motif does when it is put in", effect=subject.change),
            name=name,
            key="insert-dots",
            kept=f"{run_id}-all",
            alt=f"Mean change of the prediction by each of {len(whole)} motifs, with 95% intervals",
        )
        if len(whole) > plots.MOST:
            st.caption(f"The {plots.MOST} largest effects of {len(whole):,}; the table has all.")
        _table(whole, name)
        _by_place(subject, run_id, table, whole)


def _table(whole: pd.DataFrame, name: str) -> None:
    ordered = whole.sort_values("mean", key=lambda values: -values.abs(), kind="stable")
    shown = ordered[["label", "mean", "low", "high", "n", "p", "q", "strength"]].dropna(axis="columns", how="all")
    st.dataframe(
        shown,
        hide_index=True,
        placeholder="–",
        key="insert-table",
        column_config=COLUMNS,
        height=320 if len(shown) > 8 else "auto",
        alt=f"Mean effect of {len(shown)} motifs with interval, number of sequences, p and q",
    )
    downloads.csv_button(lambda: ordered, name=name, key="insert-csv", label=f"{count(len(shown), 'motif')} (CSV)")


def _by_place(subject: Subject, run_id: str, table: pd.DataFrame, whole: pd.DataFrame) -> None:
    from lib.figures import experiments as plots

    single = table[table["place"].notna()]
    if single["place"].nunique() < 2:
        return
    order = whole.sort_values("mean", key=lambda values: -values.abs(), kind="stable")
    labels = dict(zip(order["motif"], order["label"], strict=True))
    picked = st.selectbox(
        "Motif",
        list(labels),
        format_func=labels.__getitem__,
        key=f"motif-{run_id}",
        width=320,
        help="The effect of this motif by where it was put.",
    )
    part = single[single["motif"] == picked].sort_values("place")
    charts.draw(
        lambda: plots.by_place(part, title=f"{labels[picked]} by position", effect=subject.change),
        name=f"{subject.run.name} {picked} by position",
        key="insert-places",
        kept=f"{run_id}-{picked}",
        alt=f"Change of the prediction by {plain(labels[picked])} at {len(part)} places, with 95% intervals",
        numbers=lambda: part.assign(start=part["start"] + 1),
    )
