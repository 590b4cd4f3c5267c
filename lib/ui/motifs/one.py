"""One pattern: its logos, what it resembles, where it lies, its target with and without, and its seqlets."""

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd
import streamlit as st

from lib.analysis import occurrences
from lib.core.alphabet import BASES, IUPAC, in_alphabet
from lib.core.arrays import FloatArray
from lib.figures.pattern_logos import consensus
from lib.figures.theme import axis
from lib.motifs.match import THRESHOLD, gather_motifs
from lib.motifs.pattern import Pattern
from lib.ui.motifs import data, whole
from lib.ui.motifs.data import write_signed
from lib.ui.widgets import charts, class_labels, columns, downloads, metric_row, state, theme
from lib.ui.widgets.metric_row import Fact
from lib.ui.widgets.text import plain
from lib.views import patterns as views
from lib.views.patterns import PatternView

if TYPE_CHECKING:
    from matplotlib.figure import Figure

SHOWN = 500
_MOSTLY = 0.2  # share of a base from which it belongs to the word of a pattern


def draw(view: PatternView, name: str, *, close: Callable[[], None]) -> None:
    """Draw a pattern of a discovery by its name, with a button that closes it."""
    pattern = view.find_pattern(name)
    if pattern is None:
        return
    with st.container(border=True):
        with st.container(horizontal=True, vertical_alignment="center"):
            word = consensus(pattern.ppm, rna=view.rna)
            st.subheader(f"Pattern {plain(name)}: {plain(word)}", anchor=False, width="content")
            state.link(
                state.EXPERIMENTS,
                "Insert it",
                icon=":material/science:",
                run=view.run.id,
                dataset=view.dataset.id,
                what="Insert motifs",
                motifs_from="Typed in",
                motif_words=iupac(pattern.ppm).replace("T", "U"),
            )
            st.button("Close", key="close-pattern", icon=":material/close:", on_click=close)
        effect: Any = view.effects.loc[name]
        st.markdown(_sentence(view, pattern, effect))
        _numbers(view, pattern, effect)
        left, right = columns.columns(2, key="pattern-first")
        with left:
            st.markdown("**What it contributes, and what stands there**")
            charts.picture(
                lambda: _logos(view, pattern),
                name=f"{view.run.name}-pattern-{name}",
                key=f"pattern-logo-{name}",
                alt=f"Contributions and base shares of pattern {name}, {word}",
                numbers=lambda: matrices(pattern).assign(badge=view.trust.write(pattern.seqlets["id"])),
                width="content",
            )
        with right:
            _match(view, pattern)
            _tokens(view, pattern)
        left, right = columns.columns(2, key="pattern-second")
        with left:
            _where(view, pattern)
        with right:
            _target(view, pattern)
        _seqlets(view, pattern)


def _logos(view: PatternView, pattern: Pattern) -> "Figure":
    from lib.figures.pattern_logos import logos

    return logos(pattern, unit=view.unit, rna=view.rna, dark=theme.is_dark())


def _sentence(view: PatternView, pattern: Pattern, effect: pd.Series) -> str:
    """Say in words what goes with a pattern."""
    total = float(pattern.contribution.sum())
    way = "raises" if pattern.sign > 0 else "lowers"
    said = (
        f"It {way} the prediction: the attributions of a copy sum to {write_signed(total)} {plain(view.unit)} on "
        f"average (n = {len(pattern.seqlets):,} seqlets)."
    )
    if not bool(effect["tested"]):
        return f"{said} Too few sequences have it, or lack it, to compare their target."
    higher = "higher" if effect["difference"] > 0 else "lower"
    if view.dataset.classes:
        return (
            f"{said} Of the {int(effect['n_with']):,} sequences that have it the share that is "
            f"{plain(view.target_name)} is {abs(float(effect['difference'])):.2f} {higher} than of the "
            f"{int(effect['n_without']):,} without it [95% interval {write_signed(float(effect['low']))} to "
            f"{write_signed(float(effect['high']))}]."
        )
    return (
        f"{said} The measured target of the {int(effect['n_with']):,} sequences that have it is "
        f"{abs(float(effect['difference'])):.2f} {higher} than that of the {int(effect['n_without']):,} without it "
        f"[95% interval {write_signed(float(effect['low']))} to {write_signed(float(effect['high']))}]."
    )


def _numbers(view: PatternView, pattern: Pattern, effect: pd.Series) -> None:
    share = bool(view.dataset.classes)
    about = f"Share that is {view.target_name}" if share else f"Mean of the measured target, {view.unit}"
    metric_row.draw(
        [
            Fact("Seqlets", f"{len(pattern.seqlets):,}", "Stretches of sequence that make up the pattern"),
            Fact("Sequences", f"{int(effect['n_with']):,} of {len(view.rows):,}", "Sequences that have one or more"),
            Fact(
                "Contribution", write_signed(float(pattern.contribution.sum())), f"Mean sum over a seqlet, {view.unit}"
            ),
            Fact("Share with" if share else "Target with", f"{float(effect['mean_with']):.2f}", about),
            Fact("Without", f"{float(effect['mean_without']):.2f}", about),
            Fact("q", f"{float(effect['q_mann_whitney']):.2g}", "Mann-Whitney U, Benjamini-Hochberg over the patterns"),
        ]
    )


def _match(view: PatternView, pattern: Pattern) -> None:
    st.markdown("**What it resembles**")
    if view.matches is None:
        st.caption("The dataset has no RBP table. Upload a table or a file of PWMs above to compare with.")
        return
    found = view.matches[view.matches["query"] == pattern.name]
    known = gather_motifs(view.dataset.rbp, view.dataset.pwms)
    good = found[found["q"] <= THRESHOLD]
    if good.empty:
        st.markdown(
            f"No motif of the {len(known):,} resembles it (q ≤ {THRESHOLD:g}): it is not in this table, or too short "
            "to be told from chance. The closest one is shown."
        )
    names = found["match"].tolist()
    quality = {str(row["match"]): float(row["q"]) for _, row in found.iterrows()}
    picked = st.selectbox(
        "Motif",
        names,
        key=f"match-{pattern.name}",
        width=360,
        label_visibility="collapsed",
        format_func=lambda name: f"{views.write_motif(view, name)}, q = {quality[name]:.2g}",
    )
    row = found[found["match"] == picked].iloc[0]

    def make() -> "Figure":
        from lib.figures.pattern_logos import align_logos

        return align_logos(
            pattern,
            known[str(row["match"])],
            offset=int(row["offset"]),
            strand=str(row["strand"]),
            name=views.write_motif(view, str(row["match"])),
            rna=view.rna,
            dark=theme.is_dark(),
        )

    charts.picture(
        make,
        name=f"pattern-{pattern.name}-{row['match']}",
        key=f"aligned-{pattern.name}",
        alt=f"Pattern {pattern.name} above {row['match']}, aligned over {int(row['overlap'])} positions",
        numbers=lambda: found,
        width="content",
    )
    st.caption(
        f"TOMTOM, {'both strands' if view.both_strands else 'single strand'}: p = {float(row['p']):.2g}, "
        f"q = {float(row['q']):.2g} over {len(known):,} motifs, overlap {int(row['overlap'])} nt."
    )


def _tokens(view: PatternView, pattern: Pattern) -> None:
    """Say which tokens of the run's own tokenizer resemble a pattern; nothing for a run that reads nucleotides."""
    found = data.match_tokens(view, pattern.name)
    if found is None:
        return
    good = found[found["q"] <= THRESHOLD]
    if good.empty:
        st.caption("No token of this run's tokenizer resembles it (q ≤ 0.05).")
        return
    named = ", ".join(
        f"{plain(in_alphabet(token, rna=view.rna))} (q = {q:.2g})"
        for token, q in zip(good["match"], good["q"], strict=True)
    )
    st.caption(f"Tokens of this run's tokenizer that resemble it: {named}.")


def _where(view: PatternView, pattern: Pattern) -> None:
    from lib.figures import tokens as plots

    length = {str(name): len(text) for name, text in zip(view.dataset.ids, view.dataset.sequences, strict=True)}
    lengths = np.array([length[name] for name in pattern.seqlets["id"]], dtype=np.int64)
    relative = bool(lengths.max(initial=0) > 1.5 * lengths.min(initial=10**9))
    starts = pattern.seqlets["start"].to_numpy().astype(np.int32)
    table = occurrences.positions(starts, lengths, pattern.width, relative=relative)
    charts.draw(
        lambda: plots.where(table, relative=relative),
        name=f"{view.run.name}-pattern-{pattern.name}-positions",
        key=f"pattern-where-{pattern.name}",
        numbers=lambda: table,
        alt=f"Starts of {len(starts):,} seqlets of pattern {pattern.name} along the sequences, observed and expected",
    )


def _target(view: PatternView, pattern: Pattern) -> None:
    from lib.figures import tokens as plots

    has = np.isin(view.dataset.ids[view.rows].astype(str), pattern.seqlets["id"].to_numpy().astype(str))
    values = view.dataset.targets[view.rows, view.choice.target]
    unit = class_labels.find_unit(view.dataset, view.choice.target)
    charts.draw(
        lambda: plots.both_distributions(
            values[has], values[~has], name=view.target_name, unit=unit, token=f"pattern {pattern.name}"
        ),
        name=f"{view.run.name}-pattern-{pattern.name}-target",
        key=f"pattern-target-{pattern.name}",
        alt=f"Distribution of {axis(view.target_name, unit)} with pattern {pattern.name} (n = {int(has.sum()):,}) "
        "and without it",
        numbers=lambda: pd.DataFrame({"id": view.dataset.ids[view.rows], "has pattern": has, view.target_name: values}),
    )


def _seqlets(view: PatternView, pattern: Pattern) -> None:
    table, unit = views.tabulate_seqlets(view, pattern), class_labels.find_unit(view.dataset, view.choice.target)
    st.markdown(f"**Seqlets**, n = {len(table):,}, the strongest first")
    first = table.head(SHOWN)
    event: Any = st.dataframe(
        first,
        key=f"seqlets-{view.job.id}-{pattern.name}",
        hide_index=True,
        on_select="rerun",
        selection_mode=["single-row", "single-cell"],
        height=250,
        alt=f"{len(table):,} seqlets of pattern {pattern.name} with place, letters, contribution and target",
        column_config={
            "Contribution": st.column_config.NumberColumn(format="%.2f", help=plain(view.unit) or None),
            "Target": st.column_config.NumberColumn(format="%.2f", help=plain(f"Measured: {view.target_name}, {unit}")),
        },
    )
    picked = whole.pick_row(event, len(first))
    with st.container(horizontal=True, vertical_alignment="center"):
        downloads.csv_button(
            lambda: table,
            name=f"{view.run.name}-pattern-{pattern.name}-seqlets",
            key=f"one-csv-{pattern.name}",
            label="Seqlets (CSV)",
        )
        if picked is not None:
            name = str(first["Sequence"].iloc[picked])
            state.link(state.ATTRIBUTION, "Attribution of this sequence", icon=":material/biotech:", sequence=name)
        else:
            st.caption("Click a row to see its sequence with the seqlet framed.", width="content")
    if picked is not None:
        row = first.iloc[picked]
        whole.draw(
            view,
            str(row["Sequence"]),
            int(row["From (nt)"]) - 1,
            int(row["To (nt)"]),
            f"seqlet of {plain(pattern.name)}",
            key="seqlet-ruler",
        )


def matrices(pattern: Pattern) -> pd.DataFrame:
    """Give a pattern as one table: position from 1, share and mean contribution of each base."""
    table = pd.DataFrame({"position (nt)": np.arange(1, pattern.width + 1)})
    for row, base in enumerate(BASES):
        table[f"share of {base}"] = pattern.ppm[row]
    for row, base in enumerate(BASES):
        table[f"contribution of {base}"] = pattern.contribution[row]
    return table


def iupac(ppm: FloatArray) -> str:
    """Write a pattern (4, W) as an IUPAC word of the bases that make up a fifth or more at each position.

    >>> iupac(np.array([[0.9, 0.4], [0.0, 0.3], [0.1, 0.0], [0.0, 0.3]]))
    'AH'
    """
    letters = {bases: letter for letter, bases in IUPAC.items()}
    return "".join(
        letters.get("".join(base for base, share in zip(BASES, column, strict=True) if share >= _MOSTLY), "N")
        for column in ppm.T
    )
