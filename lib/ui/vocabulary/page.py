"""The Vocabulary page: which tokens there are, and whether they mean anything."""

import pandas as pd
import streamlit as st

from lib.analysis import vocabulary
from lib.core.errors import UserError
from lib.core.registry import settings_of, values_of
from lib.datasets.dataset import Dataset
from lib.figures import tokens as plots
from lib.store.token_reports import TokenReport
from lib.tokenizers import TOKENIZERS, Tokenizer
from lib.ui import errors
from lib.ui.rbp import choice
from lib.ui.rbp import view as rbp_view
from lib.ui.vocabulary import target
from lib.ui.vocabulary.text import write_letters
from lib.ui.widgets import cards, charts, columns, downloads, forms, metric_row, state, tokenizer_choice, tokenizer_jobs
from lib.ui.widgets.metric_row import Fact
from lib.ui.widgets.text import plain

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
            numbers=lambda: _export(report, ranks),
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
    wanted = write_letters((find or "").strip().upper().replace("U", "T"), rna=rna)
    table = _export(report, ranks)
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


def _export(report: TokenReport, ranks: pd.DataFrame) -> pd.DataFrame:
    known = report.tokens[~report.tokens["special"]].set_index("token")[["sequences", "length"]]
    found = ranks.join(known, on="token")
    return found.assign(token=found["shown"]).drop(columns="shown")


def _number(value: float | None) -> str:
    return "–" if value is None else f"{value:.2f}"


def _share(value: float | None) -> str:
    return "–" if value is None else f"{value:.1%}"


PARAM = "tokenizer"
FIRST = "k-mer"
_WIDGET, _BEGAN, _KEPT = "vocabulary-tokenizer", "vocabulary-began", "vocabulary-kept"


def pick_tokenizer() -> Tokenizer:
    """Draw the choice and give the tokenizer with its settings; the link names it afterwards.

    Raises
    ------
    UserError
        If a setting breaks its limits.
    """
    known = TOKENIZERS.all()
    # What the widgets show first is read once, while they are not there yet; after that they know better.
    if _WIDGET not in st.session_state:
        st.session_state[_BEGAN] = tokenizer_choice.write(_read_link())
    began = tokenizer_choice.parse(st.session_state[_BEGAN])
    left, right = columns.columns([1, 1.4], key="tokenizer")
    with left:
        name = st.selectbox(
            "Tokenizer",
            list(known),
            index=list(known).index(began.name),
            format_func=lambda slug: known[slug].label,
            key=_WIDGET,
            help="  \n".join(f"**{plain(cls.label)}**: {plain(cls.summary)}" for cls in known.values()),
        )
        st.caption(plain(known[name].summary))
    with right:
        if settings_of(known[name]):
            made = forms.configure(known[name], _WIDGET, values_of(began) if name == began.name else {})
        else:
            made = TOKENIZERS.create(name)
    written = tokenizer_choice.write(made)
    st.session_state[_KEPT] = written
    if st.query_params.get(PARAM) != written:
        st.query_params[PARAM] = written
    return made


def _read_link() -> Tokenizer:
    """Read the link, else what was chosen before on this page, else take k-mers."""
    try:
        return tokenizer_choice.parse(st.query_params.get(PARAM) or st.session_state.get(_KEPT) or FIRST)
    except UserError as error:
        errors.show(UserError(f"The link asks for a tokenizer that cannot be had. {error}"))
        return TOKENIZERS.create(FIRST)


TARGET, USE, TABLES = "target", "vocabulary", "rbp"
VIEWS = {TARGET: "Tokens and the target", USE: "Vocabulary", TABLES: "RBP tables"}


def page() -> None:
    """Draw the page."""
    dataset = state.pick_dataset()
    if dataset is None:
        return
    with st.container(horizontal=True, vertical_alignment="center", gap="small"):
        n = len(dataset.rows("train"))
        st.markdown(f"**{plain(dataset.name)}** · training part, n = {n:,} sequences", width="content")
        if dataset.simulated:
            cards.draw_simulated_badge()
    view = st.segmented_control(
        "View",
        list(VIEWS),
        format_func=VIEWS.__getitem__,
        default=TARGET,
        required=True,
        key="view",
        bind="query-params",
        label_visibility="collapsed",
    )
    if view == TABLES:
        rbp_view.view(choice.with_rbp(dataset) or dataset)
        return
    with errors.guard():
        _tokens(dataset, view or TARGET)


def _tokens(dataset: Dataset, view: str) -> None:
    tokenizer = pick_tokenizer()
    if "rbp" in getattr(tokenizer, "needs", ()):
        dataset = choice.with_rbp(dataset) or dataset
    report = tokenizer_jobs.report_ready(dataset, tokenizer)
    if report is None:
        return
    if view == TARGET:
        target.tokens_and_target(dataset, tokenizer, report)
    else:
        use(dataset, tokenizer, report)
