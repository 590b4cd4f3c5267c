"""One token: its effect in words, its time course, its sequences, and where it stands in them."""

from typing import Any

import numpy as np
import pandas as pd
import streamlit as st
from numpy.typing import NDArray

from lib.analysis import occurrences
from lib.analysis.association import TESTS
from lib.core.alphabet import to_dna
from lib.datasets.dataset import Dataset
from lib.figures import tokens as plots
from lib.figures.theme import axis
from lib.figures.timecourse import average_replicates
from lib.store.token_reports import TokenReport
from lib.tokenizers.token import CONTINUES
from lib.ui.vocabulary.text import CAVEAT, View, effect, small, write_signed
from lib.ui.widgets import charts, columns, downloads, metric_row, state
from lib.ui.widgets.metric_row import Fact
from lib.ui.widgets.text import plain

SHOWN = 1000
"""Rows of the table; the CSV holds all."""
STARTS = 20
"""Starts that are listed of one sequence."""


def sequences(view: View, token: str, rows: NDArray[np.int32], starts: NDArray[np.int32]) -> None:
    """Draw the table of the sequences that have a token; a row leads on to other pages.

    Parameters
    ----------
    rows, starts
        (T,) row of the dataset, ascending, and 0-based start of each occurrence.
    """
    table = sequences_table(view.dataset, view.target, rows, starts)
    st.markdown(f"**Sequences with {plain(token)}**, n = {len(table):,}")
    shown = table.head(SHOWN)
    ids = shown["Sequence"].tolist()
    event: Any = st.dataframe(
        shown,
        key=f"with-{view.report.folder.name}-{view.target}-{token}",
        hide_index=True,
        on_select="rerun",
        selection_mode="single-row",
        height=318,
        alt=f"{len(table):,} sequences with {token}: target, copies and starts",
        column_config={
            column_of(view.name): st.column_config.NumberColumn(format="%.2f", help=plain(view.unit) or None),
            "Starts": st.column_config.TextColumn(help="Positions count from 1, from the 5′ end"),
        },
    )
    picked = event.selection.rows
    with st.container(horizontal=True, vertical_alignment="center"):
        downloads.csv_button(
            lambda: table, name=f"{view.dataset.name}-{token}-sequences", key="with-csv", label="Sequences (CSV)"
        )
        if picked and picked[0] < len(ids):
            _links(str(ids[picked[0]]))
        else:
            more = f"The first {SHOWN:,} are shown. " if len(table) > SHOWN else ""
            st.caption(f"{more}Select one to look at it.", width="content")


def _links(name: str) -> None:
    state.choose(sequence=name)
    st.markdown(f"**{plain(name)}**", width="content")
    for page, label, icon in (
        (state.ATTRIBUTION, "Which nucleotides a run used", ":material/biotech:"),
        (state.COMPARE, "How tokenizers read it", ":material/view_timeline:"),
    ):
        if (state.ROOT / page).is_file():
            state.link(page, label, icon=icon, sequence=name)


def sequences_table(dataset: Dataset, target: int, rows: NDArray[np.int32], starts: NDArray[np.int32]) -> pd.DataFrame:
    """List the sequences that have a token, the highest target first: id, target, copies, starts from 1, length."""
    having, first, copies = np.unique(rows, return_index=True, return_counts=True)
    texts = [
        ", ".join(str(start + 1) for start in starts[place : place + min(count, STARTS)].tolist())
        + (" …" if count > STARTS else "")
        for place, count in zip(first.tolist(), copies.tolist(), strict=True)
    ]
    name = column_of(dataset.target_names[target])
    table = pd.DataFrame(
        {
            "Sequence": dataset.ids[having],
            name: dataset.targets[having, target],
            "Copies": copies,
            "Starts": texts,
            "Length (nt)": [len(text) for text in dataset.sequences[having].tolist()],
        }
    )
    return table.sort_values(name, ascending=False, kind="stable", ignore_index=True)


def column_of(target: str) -> str:
    """Name the column of a target so that it covers no other column.

    >>> column_of("8h - 2h"), column_of("Copies")
    ('8h - 2h', 'Copies (target)')
    """
    return f"{target} (target)" if target in ("Sequence", "Copies", "Starts", "Length (nt)") else target


PARAM = "token"


def choose(report: TokenReport, token: int | None) -> None:
    """Open a token, None to close it; works in callbacks."""
    if token is None:
        st.query_params.pop(PARAM, None)
    else:
        st.query_params[PARAM] = str(report.tokens["token"].iloc[token])


def draw_token(view: View, table: pd.DataFrame) -> None:
    """Draw the token that the link names; nothing where it names none.

    Parameters
    ----------
    table
        The tested tokens with ``shown``, ``p`` and ``q``.
    """
    asked = st.query_params.get(PARAM)
    if not asked:
        st.info("Open a token by a click on its point or its row: its sequences, positions and time course follow.")
        return
    known = view.report.tokens
    numbers = np.flatnonzero((known["token"] == to_dna(asked)) & ~known["special"])
    if not len(numbers):
        st.info(f"{plain(asked)} is no token of this tokenizer. Click a point or a row to open another one.")
        return
    number = int(numbers[0])
    tested = table[table["id"] == number]
    with st.container(border=True, key="one-token"):
        _one(view, number, None if tested.empty else {str(name): value for name, value in tested.iloc[0].items()})


def _one(view: View, number: int, row: dict[str, Any] | None) -> None:
    entry = view.report.tokens.iloc[number]
    token = str(entry["token"]).replace("T", "U") if view.rna else str(entry["token"])
    with st.container(horizontal=True, vertical_alignment="center"):
        st.subheader(plain(token), anchor=False, width="content", help=CAVEAT)
        st.button("Close", key="close-token", icon=":material/close:", on_click=choose, args=(view.report, None))
    if row is None:
        n, least = int(entry["sequences"]), view.report.facts["least"]
        total = view.report.facts["summary"]["sequences"]
        st.markdown(
            f"**{plain(token)}** stands in {n:,} of {total:,} training sequences; a comparison needs at least {least} "
            f"with it and {least} without it, so it was not tested."
        )
    else:
        st.markdown(effect(row, target=view.name, unit=view.unit, test=TESTS[view.test]))
        _numbers(row)
    if not int(entry["sequences"]):
        return
    rows, starts = view.report.places(number)
    lengths = np.array([len(text) for text in view.dataset.sequences[rows].tolist()], dtype=np.int64)
    having = np.unique(rows).astype(np.intp)
    lacking = np.setdiff1d(view.dataset.rows("train"), having).astype(np.intp)
    since, relative = _ways(view, lengths)
    left, right = columns.columns(2, key="token-first")
    with left:
        _course(view, token, having, lacking, since=since)
    with right:
        _distribution(view, token, having, lacking)
    left, right = columns.columns(2, key="token-second")
    with left:
        _where(view, token, starts, lengths, relative=relative)
    with right:
        sequences(view, token, rows, starts)


def _ways(view: View, lengths: NDArray[np.int64]) -> tuple[bool, bool]:
    """Ask how the time course and the positions are drawn: relative to the first time, as shares of the length."""
    hours = np.unique(view.dataset.times)
    since = False
    with st.container(horizontal=True, gap="medium"):
        if len(hours) > 1:
            since = st.toggle(
                f"Expression relative to {hours[0]:g} h",
                key="since",
                bind="query-params",
                help="Take the first time of each sequence away from its later ones, so that only the change is left.",
            )
        relative = st.toggle(
            "Positions as a share of the length",
            value=bool(lengths.max() > 1.5 * lengths.min()),
            key="share",
            help="For sequences of different lengths: 0% is the first place where the token fits, 100% the last.",
        )
    return since, relative


def _numbers(row: dict[str, Any]) -> None:
    above = f"{row['superiority']:.0%}"
    metric_row.draw(
        [
            Fact("Difference", write_signed(row["difference"]), "Mean target with the token minus without it"),
            Fact("Cohen's d", write_signed(row["cohens_d"]), "Difference divided by the pooled standard deviation"),
            Fact("Lies higher in", above, "Pairs of a sequence with and one without it; ties count half; 50% is none"),
            Fact("q", small(row["q"]), "Benjamini-Hochberg over all tokens tested"),
            Fact("r of counts", write_signed(row["correlation"]), "Pearson, copies in a sequence against its target"),
            Fact("Copies", f"{int(row['occurrences']):,}", "Occurrences in all training sequences"),
        ]
    )


def _course(view: View, token: str, having: NDArray[np.intp], lacking: NDArray[np.intp], *, since: bool) -> None:
    if len(set(view.dataset.times)) < 2:
        st.caption("The columns of this dataset are no times, so there is no time course.")
        return
    tables = [time_course(view.dataset, rows, relative=since) for rows in (having, lacking)]
    charts.draw(
        lambda: plots.both_courses(*tables, token=token, relative=since),
        name=f"{view.dataset.name}-{token}-time-course",
        key="token-course",
        alt=f"Mean log2 expression over time of {len(having):,} sequences with {token} and {len(lacking):,} without it",
        numbers=lambda: pd.concat(
            [table.assign(token=has) for table, has in zip(tables, ("with", "without"), strict=True)]
        ),
    )


def time_course(dataset: Dataset, rows: NDArray[np.intp], *, relative: bool = False) -> pd.DataFrame:
    """Average the log2 expression of some rows at each hour, replicates first; as ``occurrences.course`` gives it."""
    hours = np.asarray(dataset.times, dtype=np.float64)
    values = average_replicates(hours, dataset.values[rows])
    if relative:
        values = values - values[:, :1]
    return occurrences.course(np.unique(hours), values)


def _distribution(view: View, token: str, having: NDArray[np.intp], lacking: NDArray[np.intp]) -> None:
    values = view.dataset.targets[:, view.target]
    charts.draw(
        lambda: plots.both_distributions(values[having], values[lacking], name=view.name, unit=view.unit, token=token),
        name=f"{view.dataset.name}-{token}-target",
        key="token-target",
        alt=f"Distribution of {axis(view.name, view.unit)} with {token} (n = {len(having):,}) and without it",
        numbers=lambda: pd.DataFrame(
            {
                "id": view.dataset.ids[np.concatenate([having, lacking])],
                "token": ["with"] * len(having) + ["without"] * len(lacking),
                "target": view.name,
                "value": values[np.concatenate([having, lacking])],
            }
        ),
    )


def _where(view: View, token: str, starts: NDArray[np.int32], lengths: NDArray[np.int64], *, relative: bool) -> None:
    table = occurrences.positions(starts, lengths, len(token.removeprefix(CONTINUES)), relative=relative)
    charts.draw(
        lambda: plots.where(table, relative=relative),
        name=f"{view.dataset.name}-{token}-positions",
        key="token-positions",
        alt=f"Starts of {len(starts):,} occurrences of {token} along the sequences, observed and expected",
        numbers=lambda: table,
    )
