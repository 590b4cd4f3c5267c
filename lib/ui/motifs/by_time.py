"""Motifs by time: which motifs act early and which late, in the data and in a model that predicts the time points."""

from collections.abc import Mapping

import numpy as np
import pandas as pd
import streamlit as st

from lib.core.alphabet import shown
from lib.data.dataset import Dataset
from lib.evaluation.motif_times import SURE, half_time, predicts_times, strongest
from lib.plots.motif_times import heat_map
from lib.store.runs import Run
from lib.ui import charts, state, theme
from lib.ui.motifs import time_numbers
from lib.ui.motifs.time_numbers import DRAWS, SEQUENCES, Asked
from lib.ui.text import plain, short
from lib.ui.tokens import rbp_choice

MOST = 30
"""Motifs that are drawn; the CSV holds all."""
SAME = 0.25
"""Hours within which motifs are said to act at the same time."""
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
    chosen = rbp_choice.with_rbp(dataset) or dataset
    hours = sorted(set(dataset.times))
    if len(hours) < 2:
        st.info(
            f"{plain(dataset.name)} has no time points, so nothing can be said by time. Freeze a dataset from a time "
            "course, with an hour for each column."
        )
        return
    if chosen.rbp is None and not chosen.pwms:
        st.info("The dataset has no RBP table. Bring one above, by *Bring another table*.")
        return
    base, order = _choices(dataset, hours)
    table, n = time_numbers.associated(chosen, base)
    motifs = _ordered(table, base, order)
    names = _names(chosen, motifs)
    st.subheader("In the data", anchor=False)
    _words(table, motifs, names, base)
    _chart(table, motifs, names, kind="association", base=base, of=f"{chosen.name} {rbp_choice.name_of(chosen)}", n=n)
    st.caption(
        f"Colour: mean change of log2 expression since {base:g} h of the sequences with a hit, minus that of those "
        f"without one; purple raises, orange lowers. A star with its sign: q below {SURE} (Welch's t, Benjamini and "
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
            "Change since", hours[:-1], index=hours.index(first), format_func=lambda hour: f"{hour:g} h", width=140,
            key="time-base", help="The time point that all others are compared with; at first that of the target.",
        )  # fmt: skip
        order = st.segmented_control(
            "Order", [EARLY, STRONG], default=EARLY, required=True, key="time-order",
            help="When a motif acts: the hour at which its effect first reaches half of its largest.",
        )  # fmt: skip
    return float(base if base is not None else first), str(order)


def _ordered(table: pd.DataFrame, base: float, order: str) -> list[str]:
    best = strongest(table, MOST)
    if order == STRONG:
        return best
    times = half_time(table[table["motif"].isin(best)], base=base)
    sure = set(_after(table, base)["motif"])
    known = [str(name) for name in times.index]
    return [name for name in known if name in sure] + [name for name in known if name not in sure]


def _after(table: pd.DataFrame, base: float) -> pd.DataFrame:
    """Give the sure effects after the base, in which motifs act; those at times before it are only drawn."""
    return table[(table["q"] < SURE) & (table["hours"] > base)]


def _names(dataset: Dataset, motifs: list[str]) -> dict[str, str]:
    """Name motifs as biologists read them: words in RNA letters, PWMs by their names."""
    return {motif: shown(motif, rna=True) if dataset.rbp is not None else short(motif, 30) for motif in motifs}


def _words(table: pd.DataFrame, motifs: list[str], names: Mapping[str, str], base: float) -> None:
    """Say which motifs act, and which of them first and last."""
    sure = _after(table, base)
    acting = [motif for motif in motifs if motif in set(sure["motif"])]
    if not acting:
        st.markdown(f"No motif goes with the change after {base:g} h (q below {SURE} nowhere).")
        return
    times = half_time(table[table["motif"].isin(acting)], base=base).dropna()
    late = table[table["hours"] > base].sort_values("hours").groupby("motif")["effect"].last()
    raising = sum(float(late.get(motif, np.nan)) > 0 for motif in acting)
    told = f"**{len(acting):,} motifs act**: {raising:,} raise expression, {len(acting) - raising:,} lower it."
    if sure["motif"].nunique() > len(acting):
        told = f"Of **{sure['motif'].nunique():,} motifs that act** the {len(acting):,} surest are shown."
    if len(times) > 1 and times.iloc[-1] - times.iloc[0] < SAME:
        told += f" All act at about the same time: half of the effect is reached by {times.median():.1f} h."
    elif len(times) > 1:
        early, last = str(times.index[0]), str(times.index[-1])
        told += (
            f" The earliest is **{plain(names[early])}** (half of its effect by {times.iloc[0]:.1f} h), the latest "
            f"**{plain(names[last])}** ({times.iloc[-1]:.1f} h)."
        )
    st.markdown(told)


def _chart(
    table: pd.DataFrame, motifs: list[str], names: Mapping[str, str], *, kind: str, base: float, of: str, n: int
) -> None:
    what = "Change in the data" if kind == "association" else "Effect on the prediction"
    counted = f"n = {n:,} sequences" if kind == "association" else f"n = up to {n:,} sequences a motif"
    surest = table[table["motif"].isin(motifs) & (table["q"] < SURE)]
    charts.draw(
        lambda: heat_map(
            table, motifs, names=names, title=f"{what} since {base:g} h by motif, {counted}", effect="log2",
            dark=theme.is_dark(),
        ),
        name=f"{of} motifs by time {kind}",
        key=f"motif-times-{kind}",
        alt=f"Heat map of {len(motifs)} motifs by {table['hours'].nunique()} time points: {what.lower()} since "
        f"{base:g} h in log2; {len(surest)} cells have a q below {SURE}",
        numbers=lambda: numbers(table, base),
    )  # fmt: skip


def numbers(table: pd.DataFrame, base: float) -> pd.DataFrame:
    """Give a table of effects under names with units, all motifs, with the hour at which each acts."""
    times = half_time(table, base=base)
    named = table.assign(acts=table["motif"].map(times)).rename(
        columns={
            "hours": "time (h)", "effect": f"effect since {base:g} h (log2)", "low": "95% low (log2)",
            "high": "95% high (log2)", "n_with": "n with a hit", "acts": "half of its effect by (h)",
        }
    )  # fmt: skip
    return named


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
    table = time_numbers.asked_before(asked)
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
