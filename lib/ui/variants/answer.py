"""What came of a measurement: the sentence, the ranking, effects by position, the table, and the files."""

from typing import Any

import numpy as np
import pandas as pd
import streamlit as st

from lib.models import MODELS
from lib.store import datasets, runs
from lib.store.run import Run
from lib.store.variants import MEAN
from lib.ui import errors
from lib.ui.experiments.words import count
from lib.ui.variants import measured, one, seeds
from lib.ui.variants.data import choices, load
from lib.ui.widgets import cards, charts, columns, downloads, state
from lib.ui.widgets.text import file_name, plain
from lib.views import variants as views
from lib.views.variants import SHARE, Answer

PICKED, BY = "variant", "by"
"""Queries with the number of the variant that is looked at, counted from 1, and with what ranks."""
EVERY = ""
MOST_SEQUENCES = 500
FEW = 2
"""Models up to which more seeds are offered."""


def draw(run: Run) -> None:
    """Draw the answer."""
    offered = choices(run)
    by = offered[0]
    names = load(run, by).names
    if len(offered) > 1:
        key = f"variants-by-{run.id}"  # of its own for each measurement, which offers others
        given = str(st.query_params.get(BY, ""))
        state.put(key, given if given in offered else offered[0])

        def changed() -> None:
            st.query_params[BY] = st.session_state[key]

        by = str(st.selectbox("Rank by", offered, format_func=names.__getitem__, key=key, on_change=changed, width=320))
    _answer(run, by)


@st.fragment
def _answer(run: Run, by: str) -> None:
    with errors.guard():
        answer = load(run, by)
        with st.container(horizontal=True, vertical_alignment="center", gap="small"):
            st.markdown(f"### {_sentence(answer)}")
            if datasets.get(answer.facts["dataset"]).simulated:
                cards.draw_simulated_badge()
        _about(answer)
        frame = answer.frame
        _pictures(answer, frame)
        measured.draw(answer, frame, chosen=_pick(len(frame)))
        _table(answer, frame)
        _files(answer)
        row = _pick(len(frame))
        if row is not None:
            one.draw(answer, frame[frame["row"] == row].iloc[0])
        else:
            st.caption(
                "Select a row, or click a point, to see the letters around a variant and what else could be changed."
            )


def _sentence(answer: Answer) -> str:
    frame = answer.frame
    known = frame[frame["effect"].notna()]
    if not len(known):
        return "No effect could be measured."
    top = known.iloc[0]
    if top["effect"] == 0:
        return f"None of {count(len(known), 'variant')} changes the prediction."
    way = "raises" if top["effect"] > 0 else "lowers"
    digits = 2 if abs(top["effect"]) >= 0.095 else 3 if abs(top["effect"]) >= 0.0095 else 5
    interval = f" [{top['low']:+.{digits}f}, {top['high']:+.{digits}f}]" if np.isfinite(top["low"]) else ""
    unit = f" {plain(answer.unit)}" if answer.unit else ""
    said = f"{plain(top['label'])} {way} the prediction most, by {abs(top['effect']):.{digits}f}{unit}{interval}."
    judged = known[known["percentile"].notna()]
    if len(judged) > 1:
        large = int((judged["percentile"] > SHARE).sum())
        said += f" {large:,} of {len(judged):,} change it more than {SHARE:.0%} of random variants do."
    return said


def _about(answer: Answer) -> None:
    frame, facts = answer.frame, answer.facts
    count = int(frame["n"].iloc[0])
    target = f"{plain(str(facts['target']))}" + (f" ({plain(answer.unit)})" if answer.unit else "")
    what = f"log-odds of {target}" if answer.is_class else target
    said = f"Change of {what}: prediction of the changed sequence minus that of the sequence as it stands."
    if count > 1:
        who = "runs" if answer.by == MEAN else "members"
        said += f" Intervals are 95% (Student's t over n = {count} {who}): they tell how far what was learned differs "
        said += f"between the {who}, not how far all of them are from the truth."
    if frame["compared"].max() > 0:
        most = int(frame["compared"].max())
        said += f" Random variants: up to {most:,} of each kind and size, in the same sequences; "
        said += f"{1 - SHARE:.0%} of them are above {SHARE:.0%} by definition."
    st.caption(said + " Each variant is made alone.")
    for note in answer.run.results.get("notes", []):
        st.caption(f":material/info: {plain(note)}")
    if count <= FEW:
        _offer_seeds(answer)


def _offer_seeds(answer: Answer) -> None:
    asked = runs.find(answer.explained)
    if asked is None or answer.facts["members"]:
        return
    if getattr(MODELS.get(asked.model), "baseline", False):
        if int(answer.frame["n"].iloc[0]) > 1:
            return
        st.caption(
            "There is no interval: chance plays no part in the training of this model, so seeds would all agree."
        )
        return
    seeds.draw(answer, asked)


def _pictures(answer: Answer, frame: pd.DataFrame) -> None:
    from lib.figures import variants as plots

    run, by = answer.run, answer.by
    left, right = columns.columns(2, key="variants-pictures")
    with left:
        charts.draw(
            lambda: plots.plot_largest_effects(frame, effect=answer.axis),
            name=f"{run.name} ranked",
            key="variants-ranked",
            kept=f"{run.id}-{by}",
            alt=f"The largest effects of {len(frame)} variants as bars",
            numbers=lambda: plots.strongest(frame),
        )
    with right:
        held = frame["sequence"].value_counts()
        offered = [EVERY, *held.index[:MOST_SEQUENCES]] if len(held) > 1 else list(held.index)
        where = st.selectbox(
            "Sequence",
            offered,
            key=f"variants-where-{run.id}",
            format_func=lambda name: name if name else f"All {len(held):,} sequences",
        )
        part = frame if where == EVERY else frame[frame["sequence"] == where]
        length = max(len(answer.sequences[name]) for name in part["sequence"].unique())
        chosen = _pick(len(frame))
        title = f"all {len(held):,} sequences" if where == EVERY else str(where)
        charts.draw(
            lambda: plots.lollipop(part, effect=answer.axis, where=title, length=length, chosen=chosen),
            name=f"{run.name} by position",
            key="variants-lollipop",
            kept=f"{run.id}-{by}-{where}-{chosen}",
            alt=f"Effects of {len(part)} variants by position",
            on_select=_read_click,
            selection_mode="points",
            numbers=lambda: part.assign(position=part["position"] + 1),
        )


def _read_click() -> None:
    """Look at the variant whose point was clicked."""
    points = st.session_state["variants-lollipop"].selection.points
    told = [point["customdata"] for point in points if point.get("customdata")]
    if told:
        st.query_params[PICKED] = str(int(told[0][0]) + 1)


def _table(answer: Answer, frame: pd.DataFrame) -> None:
    wanted = ["label", "effect", "size", "low", "high", "percentile", "before", "after"]
    wanted += ["probability_before", "probability_after", "probability_change"] if answer.is_class else []
    largest = float(frame["effect"].abs().max())
    shown = frame.assign(
        size=frame["effect"].abs(), percentile=100 * frame["percentile"], position=frame["position"] + 1
    )
    shown = shown[[*wanted, "sequence", "position", "kind", "context"]]
    for name, values in answer.measured.items():
        shown.insert(2, f"Measured {name}", values[frame["row"].to_numpy()])
    shown = shown.drop(columns=[name for name in ("low", "high", "percentile") if shown[name].isna().all()])
    for name, table in answer.tables.items():
        if name != answer.by and len(answer.tables) <= 4:
            shown.insert(2, answer.names[name], table["effect"].to_numpy()[frame["row"]])

    def selected() -> None:
        rows = st.session_state["variants-table"].selection.rows
        if rows:
            st.query_params[PICKED] = str(int(frame["row"].iloc[rows[0]]) + 1)
        else:
            st.query_params.pop(PICKED, None)

    st.dataframe(
        shown,
        hide_index=True,
        placeholder="–",
        key="variants-table",
        on_select=selected,
        selection_mode="single-row",
        height=320 if len(shown) > 8 else "auto",
        column_config=_columns(answer, shown, largest),
        alt=f"{len(shown)} variants ranked by the size of their effect",
    )


def _columns(answer: Answer, shown: pd.DataFrame, largest: float) -> dict[str, Any]:
    def number(label: str, form: str, about: str) -> Any:
        return st.column_config.NumberColumn(label, format=form, help=about)

    found = {
        "label": st.column_config.TextColumn("Variant", pinned=True),
        "effect": number("Effect", "%+.3f", f"Prediction changed minus as it stands, in {answer.unit or 'its unit'}"),
        "size": st.column_config.ProgressColumn(
            "Size", format="%.3f", min_value=0.0, max_value=largest if largest > 0 else 1.0, help="Effect without sign"
        ),
        "low": number("Low", "%+.3f", "Lower end of the 95% interval of the mean over models"),
        "high": number("High", "%+.3f", "Upper end of the 95% interval of the mean over models"),
        "percentile": number("Larger than (%)", "%.1f", "Share of random variants with a smaller effect, without sign"),
        "before": number("As it stands", "%.3f", "Prediction of the sequence as it stands"),
        "after": number("Changed", "%.3f", "Prediction of the changed sequence"),
        "probability_before": number("Probability", "%.3f", "Of the class, as the sequence stands"),
        "probability_after": number("Probability, changed", "%.3f", "Of the class, of the changed sequence"),
        "probability_change": number("Change of probability", "%+.3f", "Their difference"),
        "sequence": "Sequence",
        "position": number("Position", "%d", "First changed nucleotide, counted from 1"),
        "kind": "Kind",
        "context": st.column_config.TextColumn(
            "Around it", help="The letters that stand there in brackets → the new ones"
        ),
    }
    others = {
        name: number(name, "%+.3f", "Measured effect" if name.startswith("Measured ") else "Effect by this run")
        for name in map(str, shown)
        if name not in found
    }
    return found | others


def _files(answer: Answer) -> None:
    asked = (answer.variants, answer.sequences, answer.tables, answer.names)
    name = answer.run.name
    with st.container(horizontal=True, gap="small"):
        downloads.csv_button(
            lambda: views.tabulate_effects(*asked, answer.measured),
            name=name,
            key="variants-csv",
            label=f"{count(len(answer.variants), 'variant')} (CSV)",
        )
        st.download_button(
            "VCF",
            data=lambda: views.write_vcf(*asked),
            file_name=file_name(name, ".vcf"),
            mime="text/plain",
            key="variants-vcf",
            on_click="ignore",
            type="tertiary",
            icon=":material/download:",
            help="The variants with effect, interval and percentile of each run under INFO",
        )


def _pick(count: int) -> int | None:
    """Give the number of the variant that is looked at, from 0; None where there is none."""
    given = str(st.query_params.get(PICKED, ""))
    return int(given) - 1 if given.isdecimal() and 1 <= int(given) <= count else None
