"""What stands below the ruler: numbers of each tokenizer, where they agree, and which motifs they cut through."""

import streamlit as st

from lib.figures.agreement import agreement_map, motif_bars
from lib.ui.segmentation.reading import TIMES
from lib.ui.segmentation.tracks import Hits
from lib.ui.segmentation.view import View
from lib.ui.widgets import charts, columns, downloads
from lib.ui.widgets.text import plain, short

_HELP = {
    "Tokens": "Tokens that stand for letters of the sequence",
    "Letters per token (nt)": "Mean length of these tokens",
    "Distinct tokens": "How many different ones there are among them; all unknown ones count as one",
    "Unknown (%)": "Share of these tokens that the vocabulary does not know",
    "Letters covered (%)": "Share of the letters that lie in at least one token",
    "Special tokens": "Tokens that stand for no letters, such as that of a species",
    "Vocabulary": "Tokens that the tokenizer knows, special ones included",
    "Time (ms)": f"Cutting this sequence alone: median of up to {TIMES} times on this server, after a first one that "
    "does not count",
}
_FORMATS = {
    "Letters per token (nt)": "%.2f",
    "Unknown (%)": "%.1f",
    "Letters covered (%)": "%.1f",
    "Time (ms)": "%.3f",
    "Vocabulary": "localized",
}


def draw(view: View) -> None:
    """Draw the numbers, the agreement and the motifs."""
    st.subheader("In numbers", anchor=False)
    frame = view.numbers()
    st.dataframe(
        frame,
        hide_index=True,
        key="compare-numbers",
        placeholder="–",
        alt=f"Numbers of {len(frame)} tokenizers on {view.chosen.name}: tokens, their length, unknown ones, time",
        column_config={
            "Tokenizer": st.column_config.TextColumn(pinned=True),
            **{
                name: st.column_config.NumberColumn(help=text, format=_FORMATS.get(name, "%d"))
                for name, text in _HELP.items()
            },
        },
    )
    downloads.csv_button(
        view.numbers, name=f"{view.chosen.name} tokenizers", key="compare-numbers-csv", label="Numbers (CSV)"
    )
    left, right = columns.columns(2, key="compare-charts")
    with left:
        _agreement(view)
    with right:
        for item in view.hits:
            _motifs(view, item)
        if not view.hits:
            _no_table(view)


def _agreement(view: View) -> None:
    if len(view.readings) < 2:
        st.info("Choose a second tokenizer to see how far two agree on where tokens meet.", icon=":material/grid_on:")
        return
    title = f"Agreement of token boundaries (F1), {short(view.chosen.name, 30)}, {view.length:,} nt"
    charts.draw(
        lambda: agreement_map(view.labels, view.agreement(), title=title),
        name=f"{view.chosen.name} agreement",
        key="compare-agreement",
        alt=f"F1 of the token boundaries of every two of {len(view.labels)} tokenizers; the numbers stand in the cells",
        kept=view.key,
        numbers=view.agreement_table,
    )
    st.caption(
        "F1 of the starts and ends of tokens strictly inside the sequence: 1 is the same boundaries, 0 none in common; "
        "two tokenizers that never cut agree (1). Overlapping words with step 1 begin at nearly every position, so "
        "all positions count as boundaries and their F1 with others only says how often the others cut."
    )


def _motifs(view: View, hits: Hits) -> None:
    if not len(hits):
        st.info(
            f"{hits.word(0).replace('0', 'No', 1)} with {plain(hits.about)} in this sequence. Lower the threshold "
            "under Tracks, or choose another sequence.",
            icon=":material/search_off:",
        )
        return
    kind = "motif" if hits.kind == "RBP motifs" else "PWM"
    title = f"RBP {kind} hits cut through, {short(view.chosen.name, 30)} (n = {len(hits):,})"
    charts.draw(
        lambda: motif_bars(view.labels, view.motifs(hits), title=title),
        name=f"{view.chosen.name} motifs cut",
        key=f"compare-motifs-{kind}",
        alt=f"Of {len(hits)} {hits.kind} hits, how many each tokenizer keeps whole, cuts through or leaves out",
        kept=view.key,
        numbers=lambda: view.motifs_table(hits),
    )
    st.caption(
        f"Hits with {plain(hits.about)}. Whole: one token holds all of the motif. Cut through: every letter lies in a "
        "token, but no token holds the motif. Left out: at least one letter lies in no token."
    )


def _no_table(view: View) -> None:
    said = (
        "There is no RBP table, so no motifs to cut through. Choose one above."
        if view.chosen.dataset is not None
        else "Motifs that tokenizers cut through are counted with the RBP table of a dataset."
    )
    st.info(said, icon=":material/search_off:")
