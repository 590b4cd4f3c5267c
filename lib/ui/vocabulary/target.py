"""Tokens and the target: the sentence, the volcano beside the table, and the token that was opened."""

from typing import Any

import pandas as pd
import streamlit as st

from lib.analysis.association import LEAST, MANN_WHITNEY, TESTS
from lib.datasets.dataset import Dataset
from lib.figures.volcano import volcano
from lib.store.token_reports import TokenReport
from lib.tokenizers import Tokenizer
from lib.ui import errors
from lib.ui.vocabulary import token
from lib.ui.vocabulary.text import CAVEAT, View, headline, write_letters
from lib.ui.widgets import charts, downloads, theme
from lib.ui.widgets import columns as side
from lib.ui.widgets.text import plain, short

SHOWN = 5000
"""Rows of the table; the CSV holds all."""
_COLUMNS = {
    "shown": "Token",
    "difference": "Difference",
    "q": "q",
    "n_with": "n with",
    "cohens_d": "Cohen's d",
    "rank_biserial": "Rank-biserial",
    "p": "p",
    "low": "95% from",
    "high": "95% to",
    "mean_with": "Mean with",
    "mean_without": "Mean without",
    "n_without": "n without",
    "correlation": "r of counts",
    "occurrences": "Copies",
}


@st.fragment
@errors.guard()
def tokens_and_target(dataset: Dataset, tokenizer: Tokenizer, report: TokenReport) -> None:
    """Draw the view; what is chosen in it renews only this part of the page."""
    said = st.container()
    view = _choose(dataset, report)
    table = view.table()
    n = report.facts["summary"]["sequences"]
    words = headline(table, threshold=view.threshold, n=n, unit=view.unit)
    with said:
        st.markdown(f"### {words}", help=CAVEAT)
    if not len(table):
        _explain_untested(report, 0)
        return
    left, right = side.columns([1.15, 1], key="volcano")
    with left:
        _volcano(view, table, n)
    with right:
        _table(view, table, tokenizer)
    _explain_untested(report, len(table))
    token.draw_token(view, table)


def _choose(dataset: Dataset, report: TokenReport) -> View:
    with st.container(horizontal=True, vertical_alignment="bottom", gap="medium"):
        target = 0
        if len(dataset.target_names) > 1:
            names = list(dataset.target_names)
            picked = st.selectbox(
                "Target", names, key="target", bind="query-params", width=300, format_func=lambda name: short(name, 60)
            )
            target = names.index(picked) if picked in names else 0
        test = st.segmented_control(
            "Test",
            list(TESTS),
            format_func=TESTS.__getitem__,
            default=MANN_WHITNEY,
            required=True,
            key="test",
            bind="query-params",
            help="Mann-Whitney U compares ranks and minds no outliers (normal approximation, corrected for ties and "
            "continuity); Welch's t compares means. Both are two-sided. q is the p value after the correction of "
            f"Benjamini and Hochberg over all tokens that were tested: those with at least {LEAST} sequences with "
            f"them and {LEAST} without.",
        )
        threshold = st.number_input(
            "Significant at q up to",
            min_value=0.0001,
            max_value=0.5,
            value=0.05,
            step=0.01,
            format="%.4g",
            key="q",
            bind="query-params",
            width=190,
            help="Of the tokens called significant, at most this share is expected to be so by chance.",
        )
        rna = st.toggle("Show U instead of T", key="rna", bind="query-params", help="RNA or DNA letters; U is T")
    return View(dataset, report, target, test or MANN_WHITNEY, float(threshold), rna)


def _volcano(view: View, table: pd.DataFrame, n: int) -> None:
    title = f"Tokens and {view.name}, n = {n:,} sequences"
    key = f"volcano-{view.key}"
    ids = set(table["id"].tolist())

    def clicked() -> None:
        points = st.session_state[key]["selection"]["points"]
        numbers = [int(point["customdata"][0]) for point in points if point.get("customdata")]
        if numbers and numbers[0] in ids:
            token.choose(view.report, numbers[0])

    charts.draw(
        lambda: volcano(table, title=title, unit=view.unit, threshold=view.threshold, dark=theme.is_dark()),
        name=f"{view.dataset.name} tokens and {view.name}",
        key=key,
        alt=f"Volcano plot of {len(table):,} tokens: difference of the mean {view.name} against minus log10 q",
        kept=view.key,
        on_select=clicked,
        selection_mode="points",
    )
    st.caption("Click a point to open that token. Triangles up raise the target, triangles down lower it.")


def _table(view: View, table: pd.DataFrame, tokenizer: Tokenizer) -> None:
    find = st.text_input(
        "Find a token",
        key="find",
        bind="query-params",
        placeholder="letters, such as AUUUA",
        icon=":material/search:",
    )
    wanted = write_letters((find or "").strip().upper().replace("U", "T"), rna=view.rna)
    found = table[table["shown"].str.contains(wanted, regex=False)] if wanted else table
    shown = found.head(SHOWN)
    ids = shown["id"].tolist()
    key = f"token-table-{view.key}-{wanted}"

    def clicked() -> None:
        rows = st.session_state[key]["selection"]["rows"]
        token.choose(view.report, ids[rows[0]] if rows and rows[0] < len(ids) else None)

    st.dataframe(
        shown[list(_COLUMNS)].rename(columns=_COLUMNS),
        key=key,
        hide_index=True,
        on_select=clicked,
        selection_mode="single-row",
        height=392,
        alt=f"Table of {len(found):,} tokens with difference, effect sizes, p and q",
        column_config=_formats(view),
    )
    more = f" The first {SHOWN:,} are shown." if len(found) > SHOWN else ""
    with st.container(horizontal=True, vertical_alignment="center"):
        st.caption(f"{len(found):,} tokens, the smallest p first. Click a row to open it.{more}", width="content")
        downloads.csv_button(
            lambda: _export(view, table),
            name=f"{view.dataset.name}-{tokenizer.name}-tokens-{view.name}",
            key="tokens-csv",
            label="All statistics (CSV)",
        )


def _formats(view: View) -> dict[str, Any]:
    number = st.column_config.NumberColumn
    unit = view.unit or "unit of the target"
    formats: dict[str, Any] = {
        "Difference": number(format="%+.3f", help=f"Mean target with the token minus without it ({plain(unit)})"),
        "q": number(format="%.1e", help="Benjamini-Hochberg over all tokens tested"),
        "p": number(format="%.1e", help=TESTS[view.test]),
        "n with": number(format="localized", help="Training sequences with the token"),
        "n without": number(format="localized", help="Training sequences without the token"),
        "Copies": number(format="localized", help="Occurrences in all training sequences"),
        "Cohen's d": number(format="%+.2f", help="Difference divided by the pooled standard deviation"),
        "Rank-biserial": number(
            format="%+.2f",
            help="From -1 to 1: the share of pairs (one sequence with the token, one without) in which the one with "
            "it lies higher, minus the share in which it lies lower",
        ),
        "r of counts": number(
            format="%+.3f", help="Pearson correlation of the number of copies with the target, over all sequences"
        ),
        "Token": st.column_config.TextColumn(pinned=True),
    }
    for name in ("95% from", "95% to", "Mean with", "Mean without"):
        formats[name] = number(format="%+.3f", help=plain(unit))
    return formats


def _export(view: View, table: pd.DataFrame) -> pd.DataFrame:
    columns = ["shown", "occurrences", *(name for name in table.columns if name in view.report.association.columns)]
    kept = table[[name for name in columns if name != "id"]].rename(columns={"shown": "token"})
    kept.insert(1, "target", view.name)
    kept.insert(2, "unit", view.unit)
    return kept


def _explain_untested(report: TokenReport, tested: int) -> None:
    summary = report.facts["summary"]
    left = summary["used"] - tested
    if left > 0:
        st.caption(
            f"{left:,} of the {summary['used']:,} tokens that occur were not tested and do not count in q: fewer than "
            f"{report.facts['least']} sequences have them, or fewer than {report.facts['least']} lack them."
        )
