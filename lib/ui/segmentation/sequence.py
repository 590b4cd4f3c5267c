"""Which sequence is looked at: one of the dataset by its id, one at random, a telling one of a run, or a pasted one."""

from dataclasses import dataclass

import numpy as np
import streamlit as st

from lib.core.errors import UserError
from lib.datasets.dataset import Dataset
from lib.store import runs
from lib.store.runs import Run
from lib.ui import errors
from lib.ui.attribution.controls import LONGEST_LINK
from lib.ui.attribution.data import pick, to_stored
from lib.ui.predict.input import read_text
from lib.ui.widgets import sequence_choice, state
from lib.ui.widgets.text import plain

LONGEST = 20_000
EXAMPLE = (
    "example 3'UTR",
    "AATAAAGTTTCCTATTTATTTATTTGCACTTAATTGTAAATACCAGTTTTTTTGCATTAGGACCGTGTGACACTTGGACTCCAGTAAACTGGATCTTAGCACAA",
)
"""Made up, with an AU-rich element, a miR-430 seed, a Pumilio site, poly-U and UUAG."""

_PASTED = "compare-pasted"


@dataclass(frozen=True)
class Chosen:
    """The sequence that is looked at.

    Parameters
    ----------
    dataset, run
        What it is from, and the finished run that is chosen; None where there is none.
    name, sequence
        What the user calls it; stored DNA, at least one letter.
    row
        Row of the dataset; None for a pasted sequence.
    target
        Number of the target of the run.
    """

    dataset: Dataset | None
    run: Run | None
    name: str
    sequence: str
    row: int | None
    target: int = 0

    @property
    def part(self) -> str:
        """Part of the dataset that holds it, empty for a pasted sequence."""
        return "" if self.row is None or self.dataset is None else str(self.dataset.parts[self.row])


def find_finished_run(dataset: Dataset | None) -> Run | None:
    """Give the chosen run if it was trained on this dataset and has results."""
    run = runs.find(state.run_id() or "") if dataset is not None else None
    fits = run is not None and run.kind == "train" and run.state == runs.FINISHED
    return run if fits and run is not None and dataset is not None and run.dataset == dataset.id else None


def choose_sequence(dataset: Dataset | None, run: Run | None) -> Chosen | None:
    """Draw the choice of the sequence and give it; None where there is none yet, or after saying what is wrong."""
    pasted, target = _read_pasted(), 0
    if dataset is None:
        _paste_openly()
    else:
        with st.container(horizontal=True, vertical_alignment="bottom", gap="small"):
            target = _controls(dataset, run, pasted=pasted is not None)
    if pasted is not None:
        name, sequence = pasted
        return Chosen(dataset, run, name, sequence, None, target) if _usable(name, sequence) else None
    if dataset is None:
        return None
    name = state.sequence_id() or ""
    row = dataset.position(name)
    if row is None:
        st.error(f"There is no sequence {plain(name)} in {plain(dataset.name)}. Choose another one above, or paste it.")
        return None
    sequence = str(dataset.sequences[row])
    return Chosen(dataset, run, name, sequence, row, target) if _usable(name, sequence) else None


def _controls(dataset: Dataset, run: Run | None, *, pasted: bool) -> int:
    """Draw how a sequence of the dataset is found, and give the number of the target of the run."""
    target = _target(dataset) if run is not None else 0
    if not pasted:
        _first(dataset, run, target)
    sequence_choice.by_id(dataset, _choose, key=f"compare-id-{dataset.id}")
    st.button(
        "Random one",
        icon=":material/shuffle:",
        key="compare-random",
        on_click=lambda: _random(dataset, _draws() + 1),
        help="Another sequence of the dataset, drawn with a seed that the link keeps",
    )
    if run is not None:
        sequence_choice.telling(dataset, run, target, _choose, key="compare-suggest")
    with st.popover("Paste", icon=":material/content_paste:", key="compare-paste"):
        _paste()
    return target


def _usable(name: str, sequence: str) -> bool:
    if not sequence:
        st.error("The link holds no sequence. Paste one, or choose a sequence of the dataset.")
    elif len(sequence) > LONGEST:
        st.error(
            f"{plain(name)} has {len(sequence):,} nt; the tokens of up to {LONGEST:,} can be drawn. "
            "Paste the part that is of interest."
        )
    return 0 < len(sequence) <= LONGEST


def _target(dataset: Dataset) -> int:
    names = dataset.target_names
    if len(names) < 2:
        return 0
    picked = st.selectbox("Target", list(names), key="target", bind="query-params", width=180)
    return names.index(picked) if picked in names else 0


def _read_pasted() -> tuple[str, str] | None:
    """Give name and sequence of a pasted sequence: from the link, or from this session where it is too long for it."""
    text = st.query_params.get("seq")
    if text is not None:
        state.choose(sequence=None)
        return st.query_params.get("name") or "pasted sequence", to_stored(text)
    kept = st.session_state.get(_PASTED)
    return kept if kept and st.query_params.get("name") == kept[0] else None


def _let_go() -> None:
    for name in ("seq", "name", "random"):
        st.query_params.pop(name, None)
    st.session_state.pop(_PASTED, None)


def _choose(name: str) -> None:
    _let_go()
    state.choose(sequence=name)


def _first(dataset: Dataset, run: Run | None, target: int) -> None:
    """Choose a sequence where the link names none: the one drawn at random, a telling one, or one of the test part."""
    if state.sequence_id():
        return
    if "random" in st.query_params:
        _random(dataset, _draws())
    elif run is not None:
        state.choose(sequence=pick(dataset, run, target, "highest"))
    else:
        rows = dataset.rows("test")
        state.choose(sequence=str(dataset.ids[rows[0] if len(rows) else 0]))


def _draws() -> int:
    """Give the seed of the last sequence drawn at random, -1 where none was drawn."""
    text = st.query_params.get("random", "")
    return int(text) if text.isdecimal() and len(text) < 10 else -1


def _random(dataset: Dataset, seed: int) -> None:
    seed = max(0, seed)
    name = str(dataset.ids[np.random.default_rng(seed).integers(len(dataset))])
    _choose(name)
    st.query_params["random"] = str(seed)


def _paste_openly() -> None:
    with st.container(border=True):
        st.markdown("**Paste a sequence to see how it is read.**")
        _paste()
        st.button(
            "Use an example",
            icon=":material/lightbulb:",
            type="tertiary",
            on_click=lambda: _show(*EXAMPLE),
            key="compare-example",
            help="A made-up 3'UTR with an AU-rich element, a miR-430 seed, a Pumilio site, poly-U and UUAG",
        )


def _paste() -> None:
    text = st.text_area("Sequence", key="compare-text", height=140, placeholder="DNA or RNA, bare or as FASTA")
    if not st.button("Show this sequence", key="compare-paste-now") or not text.strip():
        return
    try:
        found = read_text(text)
    except UserError as error:
        errors.show(error)
        return
    if not len(found):
        st.error(plain(str(found.problems[0])) if found.problems else "There is no sequence in this text.")
        return
    if len(found) > 1:
        st.toast(f"The first of {len(found):,} sequences is shown.", icon=":material/looks_one:")
    for note in found.notes:
        st.toast(plain(note), icon=":material/info:")
    _show(found.ids[0], found.sequences[0])
    st.rerun()


def _show(name: str, sequence: str) -> None:
    _let_go()
    state.choose(sequence=None)
    st.query_params["name"] = name
    if len(sequence) <= LONGEST_LINK:
        st.query_params["seq"] = sequence
    else:
        st.session_state[_PASTED] = (name, sequence)
