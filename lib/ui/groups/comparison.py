"""The tokenizer comparison: what each model reached on the same split, beside the figures published on other data."""

from typing import Any

import pandas as pd
import streamlit as st

from lib.figures.dots import Dot, dots
from lib.jobs.comparison import PUBLISHED_R2, RECIPES, entry_of
from lib.report import html
from lib.store import runs
from lib.store.groups import Group
from lib.store.runs import Run
from lib.tasks.regression import CARD
from lib.ui.widgets import cached, charts, downloads, leakage, progress, state
from lib.ui.widgets.progress_text import LOOKS, number
from lib.ui.widgets.text import markup, plain

SHOWN = ("mse", "mae", "rmse", "r2")
LABELS = {metric.key: metric for metric in CARD}
READS = {
    "morph-d": "MORPH_D tokens",
    "morph-o": "MORPH_O tokens",
    "bert-bpe": "byte-pair tokens",
    "bert-6-mers": "6-mers",
    "cnn": "nucleotides",
    "kmer-ridge": "counts of words",
    "dnabert-2": "DNABERT-2's tokens",
}
ELSEWHERE = "Published, on other data"
_COMPARED = """<style>
.ml-compared td:nth-child(2){background:none}
.ml-compared tbody td:nth-child(5){background:rgba(128,128,128,.09)}
.ml-compared tbody td:nth-child(7){border-left:1px solid rgba(128,128,128,.35)}
.ml-compared thead th[scope=colgroup]{text-align:center}
</style>"""


def draw(group: Group, members: list[Run], dataset: str) -> None:
    """Draw the table and the chart with what is known so far."""
    by_entry = {entry_of(run): run for run in members}
    left_out: dict[str, str] = dict(group.facts.get("left_out", {}))
    rows = [_row(recipe.key, recipe.label, by_entry.get(recipe.key), left_out) for recipe in RECIPES]
    done = [row for row in rows if row["R²"] is not None]
    if done:
        _sentence(done)
        leakage.headline([cached.dataset(group.dataset)])
    else:
        st.info("No run has finished yet. Each appears in the table as soon as it has.")
    st.html(html.style("score_card.css") + _COMPARED + _table(rows))
    for row in rows:
        if row["why"]:
            st.caption(f":material/block: **{plain(row['Model'])}** did not run. {plain(row['why'])}")
    table = pd.DataFrame([{name: value for name, value in row.items() if name != "why"} for row in rows])
    downloads.csv_button(lambda: table, name=group.name, key=f"comparison-csv-{group.id}", label="Download CSV")
    if done:
        charts.draw(
            lambda: dots([_dot(row) for row in rows], title=f"Test R² on {dataset}", score="R²"),
            name=f"{group.name} R2",
            key=f"comparison-{group.id}",
            alt="Test R² with 95% interval: "
            + ", ".join(f"{row['Model']} {number(row['R²'])}" for row in done)
            + "; published on other data: "
            + ", ".join(f"{row['Model']} {number(row['published R²'])}" for row in rows if row["published R²"]),
        )
    _runs(by_entry)


def _row(key: str, label: str, run: Run | None, left_out: dict[str, str]) -> dict[str, Any]:
    finished = run is not None and run.state == runs.FINISHED
    found = cached.metrics(run.id) if run is not None and finished else {}
    test, intervals = found.get("test", {}), found.get("intervals", {}).get("test", {})
    row: dict[str, Any] = {"Model": label, "Reads": READS[key]}
    row["State"] = LOOKS[run.state].word if run is not None else "did not run"
    for name in SHOWN:
        low, high = intervals.get(name) or (None, None)
        title = LABELS[name].label
        row |= {title: test.get(name), f"{title} low 95%": low, f"{title} high 95%": high}
    row |= {"n": test.get("n"), "Seconds": run.seconds if run is not None and finished else None}
    row |= {f"published {LABELS[name].label}": PUBLISHED_R2.get(key) if name == "r2" else None for name in SHOWN}
    missing = left_out.get(key, "") if run is None else ""
    row["why"] = missing or ("Its run was deleted, or it was left out." if run is None else "")
    return row


def _sentence(done: list[dict[str, Any]]) -> None:
    best = max(done, key=lambda row: row["R²"])
    low, high = best["R² low 95%"], best["R² high 95%"]
    wide = f" [{number(low)}, {number(high)}]" if low is not None and high is not None else ""
    others = len(done) - 1
    beside = f", the highest of {len(done)} models" if others else ""
    st.markdown(
        f"##### {plain(best['Model'])} reads {plain(best['Reads'])} and reaches a test R² of "
        f"**{number(best['R²'])}**{wide} on n = {best['n']:,} sequences{beside}.",
        help="In brackets the 95% bootstrap interval over the test sequences. Intervals that overlap widely do not "
        "tell two models apart.",
    )


def _table(rows: list[dict[str, Any]]) -> str:
    """Write the table as HTML: one row for each model, measured on the left, published on the right."""
    titles = [LABELS[name].label for name in SHOWN]
    head = "".join(f"<th scope='col'>{title}</th>" for title in titles)
    lines = []
    best = max((row["R²"] for row in rows if row["R²"] is not None), default=None)
    for row in rows:
        cells = "".join(_cell(row, title, bold=title == "R²" and row["R²"] == best) for title in titles)
        n = f"{row['n']:,}" if row["n"] is not None else "–"
        told = "".join(f"<td>{number(row[f'published {title}'])}</td>" for title in titles)
        lines.append(
            f"<tr><th scope='row'>{markup(row['Model'])}<small>{markup(row['Reads'])} · {markup(row['State'])}</small>"
            f"</th>{cells}<td>{n}</td>{told}</tr>"
        )
    return (
        "<div style='overflow-x:auto'><table class='ml-scores ml-compared'><thead>"
        f"<tr><td></td><th scope='colgroup' colspan='{len(titles) + 1}'>Here, test part</th>"
        f"<th scope='colgroup' colspan='{len(titles)}'>{ELSEWHERE}</th></tr>"
        f"<tr><td></td>{head}<th scope='col'>n</th>{head}</tr></thead><tbody>{''.join(lines)}</tbody></table></div>"
        "<p class='ml-foot'>In brackets the 95% bootstrap interval over the test sequences. MSE, MAE and RMSE: lower "
        "is better; R²: higher is better. Published figures are of about 90,000 reporters and another split, so they "
        "are for orientation only; of them R² alone is known here, the others are dashes.</p>"
    )


def _cell(row: dict[str, Any], title: str, *, bold: bool) -> str:
    value, low, high = row[title], row[f"{title} low 95%"], row[f"{title} high 95%"]
    if value is None:
        return "<td>–</td>"
    ends = f"<small>[{number(low)}, {number(high)}]</small>" if low is not None and high is not None else ""
    return f"<td>{f'<b>{number(value)}</b>' if bold else number(value)}{ends}</td>"


def _dot(row: dict[str, Any]) -> Dot:
    return Dot(row["Model"], row["R²"], row["R² low 95%"], row["R² high 95%"], row["published R²"])


def _runs(by_entry: dict[str, Run]) -> None:
    """Offer the results of what finished, and say why others stopped."""
    done = [run for run in by_entry.values() if run.state == runs.FINISHED]
    with st.container(horizontal=True):
        if len(done) > 1:
            chosen = ",".join(run.id for run in done)
            state.link(state.COMPARE_RUNS, "Compare these runs", icon=":material/compare_arrows:", runs=chosen)
        for run in by_entry.values():
            if run.state == runs.FINISHED:
                state.link(state.RESULTS, run.name, icon=":material/insights:", run=run.id, dataset=run.dataset)
    for run in by_entry.values():
        if run.state in runs.RESUMABLE:
            progress.heading(run)
            progress.say(run)
