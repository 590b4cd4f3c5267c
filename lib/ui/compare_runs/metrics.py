"""The metrics of each run with their intervals on the common sequences, as a sentence, a table and dots."""

import math
from typing import Any

import streamlit as st

from lib.figures import colours
from lib.figures.dots import Row, rows_of_dots
from lib.tasks.scores import PART_NAMES, Metric, Scores, score_frame, unit_of, write_signed
from lib.ui.widgets import charts, url_widgets
from lib.ui.widgets.downloads import csv_button
from lib.ui.widgets.text import markup, plain, short
from lib.views.comparison import Comparison

SURE = 0.05
_LISTED = 4
_NAMES = (
    "<style>.ml-runs th[scope=row]{min-width:7.5rem;overflow-wrap:anywhere}.ml-runs thead small{white-space:normal}"
    "</style>"
)


def draw(view: Comparison) -> Metric:
    """Draw the sentence, the choice of the metric, the table and the dots; give the metric."""
    said = st.container()
    scores = view.scores()
    known = {metric.key: metric for metric in view.card}
    metric = known[url_widgets.segments("Judged by", "metric", {key: one.label for key, one in known.items()})]
    with said:
        st.markdown(f"### {sentence(view, scores, metric)}")
    st.html(_NAMES + table(view, scores))
    frame = score_frame(scores, unit=view.unit, n=view.n, part=view.part, metrics=view.card)
    csv_button(lambda: frame, name=f"{view.name} metrics", key="compare-metrics-csv", label="Metrics (CSV)")
    _dots(view, scores, metric)
    return metric


def sentence(view: Comparison, scores: list[Scores], metric: Metric) -> str:
    """Say which run is best by a metric, and which others it is better beyond chance than, in Markdown."""
    known = [place for place, one in enumerate(scores) if one.value(metric.key) is not None]
    on = f"n = {view.n:,} {PART_NAMES[view.part]} sequences"
    if not known:
        return f"{metric.label} is not defined on {on}."
    sign = 1 if metric.higher else -1
    best = max(known, key=lambda place: sign * (scores[place].value(metric.key) or 0.0))
    found = view.pairs(metric.key)
    beaten: list[str] = []
    unsure: list[str] = []
    row: Any
    for row in found.itertuples():
        if best in (row.first, row.second):
            other = row.second if row.first == best else row.first
            sure = math.isfinite(row.p_holm) and row.p_holm < SURE
            (beaten if sure else unsure).append(plain(view.labels[other]))
    value = scores[best].value(metric.key)
    said = f"**{plain(view.labels[best])}** has the best {metric.label}, {write_signed(value or 0.0)}, on {on}"
    if beaten:
        said += f"; it is better beyond chance than {_join_names(beaten)}"
    if unsure:
        said += f"{', and' if beaten else '; it is'} not told apart from {_join_names(unsure)}"
    return said + "."


def _join_names(names: list[str]) -> str:
    """Join names, of more than four the first three and how many more.

    >>> _join_names(["a"]), _join_names(["a", "b", "c"]), _join_names(list("abcdef"))
    ('a', 'a, b and c', 'a, b, c and 3 others')
    """
    if len(names) > _LISTED:
        names = [*names[: _LISTED - 1], f"{len(names) - _LISTED + 1} others"]
    return names[0] if len(names) == 1 else f"{', '.join(names[:-1])} and {names[-1]}"


def table(view: Comparison, scores: list[Scores]) -> str:
    """Write the metrics as an HTML table: runs in rows with their colours, metrics in columns, intervals below."""
    heads = "".join(
        f"<th scope='col' title='{markup(one.help)}'>{one.label} <span class='dim'>{'↑' if one.higher else '↓'}</span>"
        f"<small>{markup(unit_of(one, view.unit))}</small></th>"
        for one in view.card
    )
    best = {one.key: _best(scores, one) for one in view.card}
    rows = []
    for place, score in enumerate(scores):
        dot = f"<span style='color:{colours.of_run(place)}' aria-hidden='true'>&#9679;</span>"
        cells = "".join(_cell(score, one, bold=best[one.key] == place) for one in view.card)
        rows.append(f"<tr><th scope='row'>{dot} {markup(view.labels[place])}</th>{cells}</tr>")
    return (
        "<div style='overflow-x:auto' tabindex='0' role='region' aria-label='Metrics of each run'>"
        f"<table class='ml-scores ml-runs'><caption>{markup(view.caption)}, "
        f"{PART_NAMES[view.part]} part</caption><thead><tr><td></td>{heads}</tr></thead>"
        f"<tbody>{''.join(rows)}</tbody></table></div>"
        f"<p class='ml-foot'>n = {view.n:,} common sequences · [95% bootstrap interval] · ↑ higher, ↓ lower is "
        "better. Intervals may overlap although one run is better beyond chance, for all are judged on the same "
        "sequences: see the pairs below.</p>"
    )


def _best(scores: list[Scores], metric: Metric) -> int | None:
    known = [(value, place) for place, one in enumerate(scores) if (value := one.value(metric.key)) is not None]
    return (max if metric.higher else min)(known)[1] if known else None


def _cell(score: Scores, metric: Metric, *, bold: bool) -> str:
    value, ends = score.value(metric.key), score.interval(metric.key)
    if value is None:
        return "<td title='not defined: the predictions do not vary'>–</td>"
    text = f"<b>{write_signed(value)}</b>" if bold else write_signed(value)
    return f"<td>{text}{f'<small>[{write_signed(ends[0])}, {write_signed(ends[1])}]</small>' if ends else ''}</td>"


def _dots(view: Comparison, scores: list[Scores], metric: Metric) -> None:
    rows = []
    for place, score in enumerate(scores):
        value, ends = score.value(metric.key), score.interval(metric.key)
        values: list[tuple[float, float, float] | None] = [None] * len(scores)
        values[place] = None if value is None or ends is None else (value, *ends)
        rows.append(Row(short(view.labels[place], 32), view.n, values))
    unit = unit_of(metric, view.unit)
    name = f"{metric.label} ({unit})" if unit else metric.label
    charts.draw(
        lambda: rows_of_dots(rows, view.series, title=f"{metric.label} with 95% interval", score=name),
        name=f"{view.name} {metric.key}",
        key="compare-dots",
        alt=f"{metric.label} with 95% interval: "
        + ", ".join(f"{score.label} {write_signed(score.value(metric.key) or 0.0)}" for score in scores),
    )
