"""The vocabulary and its use: how large, how long its tokens are, how often each occurs."""

import pandas as pd
import streamlit as st

from lib.analysis import vocabulary
from lib.datasets.dataset import Dataset
from lib.figures import tokens as plots
from lib.store.token_reports import TokenReport
from lib.tokenizers import Tokenizer
from lib.ui import errors
from lib.ui.vocabulary.text import lettered
from lib.ui.widgets import charts, columns, downloads, metric_row
from lib.ui.widgets.metric_row import Fact

SHOWN = 5000
"""Rows of the table; the CSV holds all."""


@st.fragment
@errors.guard()
def use(dataset: Dataset, tokenizer: Tokenizer, report: TokenReport) -> None:
    """Draw the view."""
    summary, name = report.facts["summary"], f"{dataset.name}-{tokenizer.name}"
    st.markdown(f"### {sentence(report)}")
    _facts(report)
    if not summary["tokens"]:
        st.info("No training sequence has a token with these settings. Change the settings.")
        return
    rna = st.toggle("Show U instead of T", key="rna", bind="query-params", help="RNA or DNA letters; U is T")
    lengths = vocabulary.length_table(report.tokens)
    ranks = vocabulary.rank_frequency(report.tokens)
    ranks["shown"] = ranks["token"].str.replace("T", "U") if rna else ranks["token"]
    left, right = columns.columns(2, key="vocabulary-first")
    with left:
        charts.draw(
            lambda: plots.token_lengths(lengths),
            name=f"{name}-lengths",
            key="token-lengths",
            alt=f"Lengths of {summary['used']:,} entries in use and of {summary['tokens']:,} occurrences",
            numbers=lambda: lengths,
        )
    with right:
        charts.draw(
            lambda: plots.tokens_per_sequence(report.per_sequence),
            name=f"{name}-per-sequence",
            key="per-sequence",
            alt=f"Tokens per sequence of {summary['sequences']:,} sequences",
            numbers=lambda: report.per_sequence,
        )
    left, right = columns.columns(2, key="vocabulary-second")
    with left:
        charts.draw(
            lambda: plots.rank_frequency(ranks),
            name=f"{name}-rank-frequency",
            key="rank-frequency",
            alt=f"Occurrences of {len(ranks):,} tokens by rank, both axes logarithmic",
            numbers=lambda: _exported(report, ranks),
        )
    with right:
        _table(report, ranks, name=name, rna=rna)


def sentence(report: TokenReport) -> str:
    """Say in one sentence how much of the vocabulary the training sequences use."""
    summary = report.facts["summary"]
    used = summary["used"] / max(summary["entries"], 1)
    share = f" ({used:.{0 if used in (0, 1) else 1}%})" if summary["entries"] else ""
    return (
        f"{summary['used']:,} of {summary['entries']:,} tokens{share} occur in the n = {summary['sequences']:,} "
        f"training sequences, {summary['tokens']:,} times in all."
    )


def _facts(report: TokenReport) -> None:
    summary = report.facts["summary"]
    counts = report.per_sequence
    n = max(int(counts["sequences"].sum()), 1)
    mean = float((counts["tokens"] * counts["sequences"]).sum() / n)
    metric_row.draw(
        [
            Fact("Vocabulary", f"{summary['entries']:,}", "Entries; special tokens such as [PAD] are left out"),
            Fact("In use", f"{summary['used']:,}", "Entries that occur in the training sequences"),
            Fact("Tokens per sequence", f"{mean:.1f}", "Mean over the training sequences"),
            Fact("Letters per token", _number(summary["letters_per_token"]), "Mean over all occurrences, nt"),
            Fact("Unknown", _share(summary["unknown_share"]), "Tokens that no entry describes"),
            Fact("Letters covered", _share(summary["covered_share"]), "Letters that lie in at least one known token"),
            Fact("Without tokens", f"{summary['uncut']:,}", "Training sequences that could not be cut, or hold none"),
        ]
    )


def _table(report: TokenReport, ranks: pd.DataFrame, *, name: str, rna: bool) -> None:
    find = st.text_input(
        "Find a token",
        key="find-entry",
        bind="query-params",
        placeholder="letters, such as AUUUA",
        icon=":material/search:",
    )
    wanted = lettered((find or "").strip().upper().replace("U", "T"), rna=rna)
    table = _exported(report, ranks)
    found = table[table["token"].str.contains(wanted, regex=False)] if wanted else table
    shown = found.head(SHOWN).assign(share=lambda rows: rows["share"] * 100)
    st.dataframe(
        shown,
        key=f"entries-{report.folder.name}-{rna}-{wanted}",
        hide_index=True,
        height=250,
        alt=f"{len(found):,} tokens by how often they occur",
        column_config={
            "rank": st.column_config.NumberColumn("Rank", format="localized", width="small"),
            "token": "Token",
            "occurrences": st.column_config.NumberColumn("Occurrences", format="localized"),
            "share": st.column_config.NumberColumn("Share (%)", format="%.3f", help="Of all occurrences"),
            "sequences": st.column_config.NumberColumn("Sequences", format="localized", help="That hold it"),
            "length": st.column_config.NumberColumn("Length (nt)", format="%d"),
        },
    )
    with st.container(horizontal=True, vertical_alignment="center"):
        st.caption(f"{len(found):,} tokens, the most frequent first.", width="content")
        downloads.csv_button(lambda: table, name=f"{name}-tokens", key="entries-csv", label="All tokens (CSV)")


def _exported(report: TokenReport, ranks: pd.DataFrame) -> pd.DataFrame:
    known = report.tokens[~report.tokens["special"]].set_index("token")[["sequences", "length"]]
    found = ranks.join(known, on="token")
    return found.assign(token=found["shown"]).drop(columns="shown")


def _number(value: float | None) -> str:
    return "–" if value is None else f"{value:.2f}"


def _share(value: float | None) -> str:
    return "–" if value is None else f"{value:.1%}"
