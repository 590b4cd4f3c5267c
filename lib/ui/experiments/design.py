"""Design: a start sequence, the value that is wanted, what may not be done, and the edits that came of it."""

import re

import numpy as np
import streamlit as st

from lib.analysis.constraints import Constraints
from lib.analysis.design import WIDTH
from lib.analysis.motifs import of_table, of_text
from lib.core.errors import UserError
from lib.core.spec import content_id
from lib.store import experiments
from lib.store.experiments import DESIGN, Asked
from lib.store.fitted import load_fitted
from lib.ui import errors
from lib.ui.experiments import answers, design_answer
from lib.ui.experiments.subject import Subject
from lib.ui.predict.input import read_text
from lib.ui.rbp import choice
from lib.ui.widgets import sequence_choice, state
from lib.ui.widgets.text import plain

OWN, PASTED = "of the dataset", "pasted"
MOST_MOTIFS = 2000
_REGION = re.compile(r"(\d+)\s*(?:-|–|to)\s*(\d+)")


def draw(subject: Subject) -> None:
    """Draw the question and the newest answer."""
    with st.container(border=True):
        start = _start(subject)
        asked = None if start is None else _ask(subject, *start)
        answers.start_button(asked, label="Start design")
    run = answers.choose_experiment(subject, DESIGN)
    if run is not None:
        design_answer.draw(subject, run)


def _start(subject: Subject) -> tuple[str, str] | None:
    """Draw the choice of the start sequence and give its name and letters."""
    source = st.segmented_control(
        "Start sequence", [OWN, PASTED], default=OWN, required=True, key="start_from", bind="query-params"
    )
    if source == PASTED:
        text = st.text_area("Sequence", key="start_sequence", height=110, placeholder="DNA or RNA, bare or as FASTA")
        if not text.strip():
            st.caption("Paste one sequence to begin with.")
            return None
        found = read_text(text)
        if found.problems or not len(found):
            errors.problems_table(found.problems)
            return None
        if len(found) > 1:
            st.caption(f"The first of {len(found)} sequences is taken.")
        return found.ids[0], found.sequences[0]
    dataset = subject.dataset

    def choose(name: str) -> None:
        state.choose(sequence=name)

    if dataset.position(state.sequence_id() or "") is None:
        rows = dataset.rows("test")
        state.choose(sequence=str(dataset.ids[rows[0] if len(rows) else 0]))
    with st.container(horizontal=True, vertical_alignment="bottom", gap="small"):
        sequence_choice.by_id(dataset, choose, key=f"design-id-{subject.run.id}")
        sequence_choice.telling(dataset, subject.run, subject.target, choose, key="design-suggest")
    name = state.sequence_id() or ""
    row = dataset.position(name)
    if row is None:
        st.error(f"There is no sequence {plain(name)} in {plain(dataset.name)}. Choose another one, or paste it.")
        return None
    return name, str(dataset.sequences[row])


def _ask(subject: Subject, name: str, sequence: str) -> Asked | None:
    with st.spinner("Asking the model"):
        now = float(load_fitted(subject.run.id).predict([sequence])[0, subject.target])
    values = subject.dataset.targets[:, subject.target]
    low, high = np.quantile(values, [0.05, 0.95])
    st.caption(
        f"{plain(name)}, {len(sequence):,} nt: the prediction is **{now:.3f}** "
        f"{plain(subject.unit)}. 90% of the dataset lie between {low:.2f} and {high:.2f}."
    )
    with st.container(horizontal=True, vertical_alignment="bottom", gap="medium"):
        spread = float(values.std()) or 1.0
        goal = st.number_input(
            "Wanted value",
            value=round(now + spread * (1 if now < float(np.median(values)) else -1), 2),
            step=0.1,
            format="%.3f",
            key=f"goal-{subject.run.id}-{subject.target}-{content_id(sequence)}",
            width=150,
            help="Edits are made until the prediction is at least this from below, or at most this from above.",
        )
        edits = st.number_input("Edits at most", 1, 200, 20, key="design-edits", width=130)
        width = st.number_input(
            "Ways followed",
            1,
            50,
            WIDTH,
            key="design-width",
            width=130,
            help="Sequences that the search follows at a time; more may find fewer edits and take longer.",
        )
        gc = st.slider("GC content (%)", 0, 100, (0, 100), key="design-gc", width=260)
    with st.container(horizontal=True, vertical_alignment="bottom", gap="medium"):
        keep = st.text_input(
            "Keep regions",
            key="keep",
            bind="query-params",
            placeholder="1-20, 95-110",
            width=200,
            help="First to last nucleotide, counted from 1; their letters stay.",
        )
        sites = st.text_input(
            "Forbidden sites",
            key="forbidden",
            bind="query-params",
            placeholder="AAUAAA, GGUCUC",
            width=240,
            help="Motifs (IUPAC) of which no edit may make a new one, on this strand.",
        )
    dataset = choice.with_rbp(subject.dataset) or subject.dataset
    motifs = experiments.unique(of_table(dataset.rbp, dataset.pwms)[:MOST_MOTIFS])
    try:
        forbidden = tuple(of_text(sites or ""))
        rules = Constraints(
            keep=regions(keep or ""), gc_low=gc[0] / 100, gc_high=gc[1] / 100, forbidden=forbidden, edits=int(edits)
        )
        rules.check(len(sequence))
    except UserError as error:
        errors.show(error)
        return None
    options = {
        "name": name,
        "sequence": sequence,
        "goal": float(goal),
        "keep": [list(region) for region in rules.keep],
        "gc_low": rules.gc_low,
        "gc_high": rules.gc_high,
        "forbidden": [site.word for site in forbidden],
        "edits": rules.edits,
        "width": int(width),
    }
    return Asked(DESIGN, subject.run.id, subject.target, motifs, options)


def regions(text: str) -> tuple[tuple[int, int], ...]:
    """Read regions counted from 1, both ends included, as half-open 0-based ones.

    Raises
    ------
    UserError
        If it is no list of regions.

    >>> regions("1-20, 95 to 110")
    ((0, 20), (94, 110))
    """
    found = tuple((int(first) - 1, int(last)) for first, last in _REGION.findall(text))
    if _REGION.sub("", text).strip(" ,;") or any(start < 0 or start >= end for start, end in found):
        raise UserError(f"{text!r} is no list of regions; write first and last nucleotide, such as 1-20, 95-110.")
    return found
