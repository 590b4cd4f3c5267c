"""What came of a design: the sentence, the edits, both sequences aligned, motifs gained and lost, downloads."""

from typing import Any

import pandas as pd
import streamlit as st

from lib.core.alphabet import in_alphabet
from lib.store import experiments
from lib.store.runs import Run
from lib.ui.experiments import motifs
from lib.ui.experiments.subject import Subject
from lib.ui.experiments.words import count
from lib.ui.widgets import charts, downloads, metric_row, state
from lib.ui.widgets.metric_row import Fact
from lib.ui.widgets.text import file_name, markup, plain

WIDTH = 50
LONGEST_LINK = 1000
_CSS = """<style>
.ml-aligned {font-family: "Source Code Pro", monospace; font-size: .86rem; line-height: 1.3; overflow-x: auto}
.ml-aligned pre {margin: 0 0 .7rem 0; padding: 0; background: none; border: 0; color: inherit; font: inherit}
.ml-aligned b {color: #FFFFFF; background: #7B3294; border-radius: 2px}
.ml-aligned i {font-style: normal; opacity: .75}
</style>"""


def draw(subject: Subject, run: Run) -> None:
    """Draw the answer."""
    found, options = experiments.design(run.id), run.payload["options"]
    if found["reached"]:
        st.success(plain(found["said"]), icon=":material/check_circle:")
    else:
        st.warning(plain(found["said"]), icon=":material/flag:")
    _numbers(found, options)
    edits = pd.DataFrame(found["edits"], columns=["position", "before", "after", "prediction"])
    edits["position"] += 1
    for column in ("before", "after"):
        edits[column] = [in_alphabet(letter, rna=True) for letter in edits[column]]
    if len(edits):
        _align(found)
        _steps(subject, run, found, edits)
    _motifs(run, found)
    _downloads(run, found, edits, str(options["name"]))


def _numbers(found: dict[str, Any], options: dict[str, Any]) -> None:
    def gc(sequence: str) -> str:
        return f"{sum(letter in 'GC' for letter in sequence) / len(sequence):.0%}"

    metric_row.draw(
        [
            Fact("Before", f"{found['predicted']:.3f}", "Prediction of the start sequence"),
            Fact("After", f"{found['prediction']:.3f}", "Prediction of the designed sequence"),
            Fact("Wanted", f"{found['goal']:.3f}", "The value that was asked for"),
            Fact("Edits", str(len(found["edits"])), "Nucleotides that were changed"),
            Fact("Taken back", str(found["removed"]), "Edits that were made on the way and were not needed in the end"),
            Fact("GC", f"{gc(found['start'])} → {gc(found['sequence'])}", "Share of G and C before and after"),
        ],
        title=str(options["name"]),
        below=f"{len(found['start']):,} nt",
    )


def _align(found: dict[str, Any]) -> None:
    start, end = in_alphabet(found["start"], rna=True), in_alphabet(found["sequence"], rna=True)
    many = len(found["edits"])
    st.html(
        f"{_CSS}<div class='ml-aligned' role='img' aria-label='The start and the designed sequence aligned; "
        f"{count(many, 'edit')} marked'>{''.join(_blocks(start, end))}</div>"
    )


def _blocks(start: str, end: str) -> list[str]:
    """Write both sequences as HTML, one above the other, with edits marked by a bar and on a ground of their own."""
    blocks = []
    for first in range(0, len(start), WIDTH):
        old, new = start[first : first + WIDTH], end[first : first + WIDTH]
        marks = "".join("|" if one == other else "*" for one, other in zip(old, new, strict=True))
        changed = "".join(
            letter if letter == before else f"<b>{markup(letter)}</b>" for letter, before in zip(new, old, strict=True)
        )
        number = f"{first + 1:>6} "
        blocks.append(
            f"<pre><i>start </i>{number}{markup(old)}\n{' ' * 13}<i>{marks}</i>\n<i>design</i>{number}{changed}</pre>"
        )
    return blocks


def _steps(subject: Subject, run: Run, found: dict[str, Any], edits: pd.DataFrame) -> None:
    from lib.figures import experiments as plots

    written = [f"{row.before}{row.position}{row.after}" for row in edits.itertuples()]
    values = [found["predicted"], *edits["prediction"]]
    charts.draw(
        lambda: plots.path(values, ["start", *written], found["goal"], target=subject.target_words),
        name=f"{run.name} path",
        key="design-path",
        kept=run.id,
        alt=f"Prediction after each of {len(edits)} edits, from {values[0]:.3f} to {values[-1]:.3f}",
    )
    changes = edits.assign(change=edits["prediction"].diff().fillna(edits["prediction"].iloc[0] - found["predicted"]))
    st.dataframe(
        changes,
        hide_index=True,
        key="design-edits-table",
        height="auto" if len(changes) < 10 else 340,
        column_config={
            "position": st.column_config.NumberColumn("Position", format="%d", help="Counted from 1"),
            "before": "Before",
            "after": "After",
            "prediction": st.column_config.NumberColumn("Prediction after it", format="%.3f"),
            "change": st.column_config.NumberColumn("Change", format="%+.3f"),
        },
        alt=f"{len(changes)} edits in order with the prediction after each",
    )


def _motifs(run: Run, found: dict[str, Any]) -> None:
    st.markdown("**Motifs gained and lost**")
    table = pd.DataFrame(found["motifs"], columns=["motif", "word", "strength", "start", "change"])
    if not len(table):
        known = run.payload["n"]
        none = (
            "No hit of the RBP table's motifs was gained or lost."
            if known
            else "No RBP table was chosen; upload one above to see which motifs come and go."
        )
        st.caption(none)
        return
    table["start"] += 1
    table["motif"] = [motifs.label(name, word) for name, word in zip(table["motif"], table["word"], strict=True)]
    gained = int((table["change"] == "gained").sum())
    st.caption(f"{count(gained, 'hit')} gained, {len(table) - gained:,} lost, on the strand that is given.")
    st.dataframe(
        table.drop(columns="word"),
        hide_index=True,
        placeholder="–",
        key="design-motifs",
        height="auto" if len(table) < 10 else 340,
        column_config={
            "motif": st.column_config.TextColumn("Motif", pinned=True),
            "strength": st.column_config.NumberColumn("Binding score", format="%.3g"),
            "start": st.column_config.NumberColumn("Position", format="%d", help="First nucleotide, counted from 1"),
            "change": "Change",
        },
        alt=f"{len(table)} hits of motifs that the edits made or removed",
    )


def _downloads(run: Run, found: dict[str, Any], edits: pd.DataFrame, name: str) -> None:
    letters = found["sequence"]
    label = " ".join(name.split())
    fasta = f">{label} start\n{found['start']}\n>{label} designed, {len(edits)} edits\n{letters}\n"
    with st.container(horizontal=True, gap="small", vertical_alignment="center"):
        st.download_button(
            "Both sequences (FASTA)",
            fasta,
            file_name=file_name(f"{name} design", ".fasta"),
            mime="text/plain",
            key="design-fasta",
            on_click="ignore",
            type="tertiary",
            icon=":material/download:",
        )
        downloads.csv_button(lambda: edits, name=f"{name} edits", key="design-csv", label="Edits (CSV)")
        if len(letters) <= LONGEST_LINK:
            query = {**state.query(sequence=None), "seq": letters, "name": f"{name}, designed"}
            st.page_link(
                state.ATTRIBUTION, label="Explain the designed sequence", icon=":material/biotech:", query_params=query
            )
