"""Motifs by time: which go with early changes and which with late ones, in the data and in a model."""

from collections.abc import Mapping

import pandas as pd
import streamlit as st

from lib.analysis.motif_times import SURE, half_time, predicts_times, strongest, sure_at_largest
from lib.core.alphabet import in_alphabet
from lib.datasets.dataset import Dataset
from lib.figures.motif_times import heat_map
from lib.store.runs import Run
from lib.ui.motifs import time_numbers
from lib.ui.motifs.time_numbers import DRAWS, SEQUENCES, Asked
from lib.ui.rbp import choice
from lib.ui.widgets import charts, state, theme
from lib.ui.widgets.text import plain, short

MOST = 30
"""Motifs that are drawn; the CSV holds all."""
SAME = 0.25
"""Hours within which motifs are said to go with changes at the same time."""
EARLY, STRONG = "Early ones first", "Strongest first"


def draw(run: Run | None, dataset: Dataset) -> None:
    """Draw what each motif of an RBP table does at each time point; draws the choice of the table as well.

    Parameters
    ----------
    run
        A finished training on the dataset, whose predictions are asked too; None where none is chosen.
    dataset
        As it is stored, with its own table.
    """
    chosen = choice.with_rbp(dataset) or dataset
    hours = sorted(set(dataset.times))
    if len(hours) < 2:
        st.info(
            f"{plain(dataset.name)} has no time points, so nothing can be said by time. Freeze a dataset from a time "
            "course, with an hour for each column."
        )
        return
    if chosen.rbp is None and not chosen.pwms:
        st.info("The dataset has no RBP table. Upload one above, by *Upload another table*.")
        return
    base, order = _choices(dataset, hours)
    table, n = time_numbers.associate_times(chosen, base)
    motifs = _sort(table, base, order)
    names = _names(chosen, motifs)
    st.subheader("In the data", anchor=False)
    _words(table, motifs, names, base)
    _chart(table, motifs, names, kind="association", base=base, of=f"{chosen.name} {choice.name_of(chosen)}", n=n)
    st.caption(
        f"Colour: mean change of log2 expression since {base:g} h of the sequences with a hit, minus that of those "
        f"without one; purple is higher, orange lower. A star with its sign: q below {SURE} (Welch's t, Benjamini and "
        f"Hochberg over all {table['motif'].nunique():,} motifs and {len(hours) - 1} time points). n = {n:,} training "
        "sequences. An association is no cause: motifs that share letters or a composition go together."
    )
    st.subheader("In the model", anchor=False)
    _model(run, chosen, motifs, base)


def _choices(dataset: Dataset, hours: list[float]) -> tuple[float, str]:
    """Draw what the changes are relative to, and the order; the base of the target is taken at first."""
    target = dict(dataset.facts.get("target", {}))
    start = target.get("start") if target.get("kind") == "difference" else None
    first = float(start) if start in hours and start != hours[-1] else hours[0]
    with st.container(horizontal=True, vertical_alignment="bottom", gap="medium"):
        base = st.selectbox(
            "Change since",
            hours[:-1],
            index=hours.index(first),
            format_func=lambda hour: f"{hour:g} h",
            width=140,
            key="time-base",
            help="The time point that all others are compared with; at first that of the target.",
        )
        order = st.segmented_control(
            "Order",
            [EARLY, STRONG],
            default=EARLY,
            required=True,
            key="time-order",
            help="By the hour at which the effect first reaches half of its largest; motifs whose largest effect has "
            "no star come last, as their hour could be chance.",
        )
    return float(base if base is not None else first), str(order)


def _sort(table: pd.DataFrame, base: float, order: str) -> list[str]:
    best = strongest(table, MOST)
    if order == STRONG:
        return best
    sure = set(sure_at_largest(table, base=base).index)
    times = half_time(table[table["motif"].isin(sure.intersection(best))], base=base)
    return [str(name) for name in times.index] + [name for name in best if name not in sure]


def _names(dataset: Dataset, motifs: list[str]) -> dict[str, str]:
    """Name motifs as biologists read them: words in RNA letters, PWMs by their names."""
    return {motif: in_alphabet(motif, rna=True) if dataset.rbp is not None else short(motif, 30) for motif in motifs}


def _words(table: pd.DataFrame, motifs: list[str], names: Mapping[str, str], base: float) -> None:
    """Say how many motifs go with a change of expression, and which of them with the first and the last."""
    sure = sure_at_largest(table, base=base)
    acting = sure[sure.index.isin(motifs)]
    if acting.empty:
        st.markdown(f"No motif goes with a change of expression after {base:g} h (largest effect with q below {SURE}).")
        return
    rising = int((sure > 0).sum())
    one = len(sure) == 1
    told = (
        f"**{len(sure):,} motif{' goes' if one else 's go'} with a change of expression**: {rising:,} with a higher, "
        f"{len(sure) - rising:,} with a lower one."
    )
    if len(sure) > len(acting):
        told += f" The {len(acting):,} surest are shown."
    times = half_time(table[table["motif"].isin(acting.index)], base=base)
    if len(times) > 1 and times.iloc[-1] - times.iloc[0] < SAME:
        told += f" All reach half of their largest effect at about the same time, {times.median():.1f} h."
    elif len(times) > 1:
        early, last = str(times.index[0]), str(times.index[-1])
        told += (
            f" Half of the largest effect is reached first by **{plain(names[early])}** ({times.iloc[0]:.1f} h), last "
            f"by **{plain(names[last])}** ({times.iloc[-1]:.1f} h)."
        )
    st.markdown(
        told,
        help=f"Counted are motifs whose largest effect after {base:g} h has a star. A star at a time of a "
        "smaller effect alone says nothing about when.",
    )


def _chart(
    table: pd.DataFrame, motifs: list[str], names: Mapping[str, str], *, kind: str, base: float, of: str, n: int
) -> None:
    what = "Change in the data" if kind == "association" else "Effect on the prediction"
    counted = f"n = {n:,} sequences" if kind == "association" else f"n = up to {n:,} sequences a motif"
    surest = table[table["motif"].isin(motifs) & (table["q"] < SURE)]
    charts.draw(
        lambda: heat_map(
            table,
            motifs,
            names=names,
            title=f"{what} since {base:g} h by motif, {counted}",
            effect="log2",
            dark=theme.is_dark(),
        ),
        name=f"{of} motifs by time {kind}",
        key=f"motif-times-{kind}",
        alt=f"Heat map of {len(motifs)} motifs by {table['hours'].nunique()} time points: {what.lower()} since "
        f"{base:g} h in log2; {len(surest)} cells have a q below {SURE}",
        numbers=lambda: numbers(table, base),
    )


def numbers(table: pd.DataFrame, base: float) -> pd.DataFrame:
    """Give a table of effects under names with units, all motifs; the hour of half the effect where that is sure."""
    sure = sure_at_largest(table, base=base)
    times = half_time(table[table["motif"].isin(sure.index)], base=base)
    return table.assign(half=table["motif"].map(times)).rename(
        columns={
            "hours": "time (h)",
            "effect": f"effect since {base:g} h (log2)",
            "low": "95% low (log2)",
            "high": "95% high (log2)",
            "n_with": "n with a hit",
            "half": "half of its effect by (h)",
        }
    )


def _model(run: Run | None, dataset: Dataset, motifs: list[str], base: float) -> None:
    """Draw the effects on the predictions of a run, in the order of the data, or say why it cannot be asked."""
    if run is None:
        state.empty("Choose a finished run to see what the motifs do to its predictions.", state.RUNS, "Open runs")
        return
    if not predicts_times(dataset):
        named = plain(", ".join(dataset.target_names[:3]))
        st.info(
            f"{plain(run.name)} predicts {named}, not the time points, so it cannot say when a motif acts. Freeze the "
            "data again on the Upload page with the target *All time points*, and train a model on that dataset."
        )
        state.link(state.UPLOAD, "Freeze with all time points", icon=":material/arrow_forward:")
        return
    asked = Asked(run, dataset, tuple(motifs), base)
    table = time_numbers.recall_effects(asked)
    if table is None:
        st.markdown(
            "What the motifs above contribute to the prediction of each time point: their hits in up to "
            f"{SEQUENCES} test sequences each are taken out, against as much changed elsewhere."
        )
        if not st.button("Ask the model", type="primary", icon=":material/play_arrow:", key="time-ask"):
            return
        time_numbers.ask(asked)
        st.rerun()
    known = [motif for motif in motifs if motif in set(table.loc[table["n"] > 0, "motif"])]
    if not known:
        st.info("None of these motifs has a hit in the test part that could be taken out.")
        return
    table = table[table["motif"].isin(known)]
    _chart(table, known, _names(dataset, known), kind="model", base=base, of=run.name, n=int(table["n"].max()))
    without = len(motifs) - len(known)
    left = f" {without} of the motifs above have no hit in the test part that can be taken out." if without else ""
    st.caption(
        f"Colour: predicted change since {base:g} h with the hits of a motif, minus that with its hits shuffled away, "
        f"less the same for equally long stretches without a hit ({DRAWS} draws each). Stars: q below {SURE} "
        "(Student's t over sequences, Benjamini and Hochberg over all cells). Test sequences that hold the motif, at "
        f"most {SEQUENCES}.{left}"
    )
