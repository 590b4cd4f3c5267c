"""Which RBP table the Tokens pages use: that of the dataset, another one of the workspace, or a file brought now.

The choice is the query ``rbp=<id>`` of the link; the session keeps the same id, and nothing but the id, for pages that
are opened without it.
"""

from collections.abc import Mapping

import streamlit as st

from lib.core.errors import Problem, UserError
from lib.datasets.dataset import Dataset
from lib.io.decisions import Decision, Reading
from lib.io.files import Source
from lib.io.rbp import read_rbp
from lib.io.sandbox import run_reader
from lib.store import rbp_identity, rbp_tables
from lib.store.files import home
from lib.ui import errors
from lib.ui.widgets import decisions, state
from lib.ui.widgets.text import plain, short

NAME = "rbp"
THRESHOLDS = ("rbp_min", "pwm_min")
"""Queries of thresholds, which belong to the table that is chosen."""
OWN = ""
"""The choice of the dataset's own table."""

_KEY, _WIDGET, _ROUND = "chosen-rbp", "rbp-choice", "rbp-round"


def with_rbp(dataset: Dataset | None) -> Dataset | None:
    """Draw the choice of an RBP table and give the dataset with the chosen one; None where there is no dataset.

    The dataset keeps its id: what is computed from its table is kept under ``table_id`` as well.
    """
    if dataset is None:
        return None
    rows = {row.id: row for row in rbp_tables.all()}
    asked = _read_link()
    with st.container(horizontal=True, vertical_alignment="bottom", gap="small", key="rbp-bar"):
        names = _names(dataset, rows)
        state.put(_WIDGET, asked if asked in names else OWN, like=tuple(names.values()))
        picked = st.selectbox(
            "RBP table",
            list(names),
            format_func=names.__getitem__,
            key=_WIDGET,
            on_change=lambda: choose(st.session_state[_WIDGET]),
            width=400,
            help="Motifs of RNA-binding proteins, for tokenizers that segment by motifs, for hits, and for RBP tables",
        )
        # Of another key it is another popover, and closed: what was brought is not hidden behind it.
        with st.popover("Upload another table", icon=":material/upload_file:", key=f"rbp-bring-{_round()}"):
            brought = _uploader()
            said = None if brought is None else _ask(brought)
    if brought is not None and said is not None:
        _keep(brought, said)
    if asked not in names:
        _tell(asked)
    if picked not in rows:
        return dataset
    try:
        return _apply(str(home()), dataset.id, dataset.name, picked, dataset)
    except UserError as error:
        errors.show(error)
        return dataset


def choose(table_id: str) -> None:
    """Choose a table of the workspace by its id, or ``OWN``; works in callbacks too. Thresholds start anew."""
    for threshold in THRESHOLDS:
        st.query_params.pop(threshold, None)
    if table_id:
        st.session_state[_KEY] = table_id
        st.query_params[NAME] = table_id
    else:
        st.session_state.pop(_KEY, None)
        st.query_params.pop(NAME, None)


def choose_table() -> str:
    """Give the id of the table of the workspace that is chosen and there, ``OWN`` for the dataset's own."""
    return str(st.session_state.get(_WIDGET, OWN))


def name_of(dataset: Dataset) -> str:
    """Give the name of the file of a dataset's table and the protein, after ``with_rbp`` has drawn the choice."""
    return rbp_identity.title_of(dataset) or "RBP table"


def score_of(dataset: Dataset) -> str:
    """Say what the scores of a dataset's table are, such as ``Mean_RBP``; a protein's name is text of the user."""
    return short(rbp_identity.score_of(dataset), 40)


def table_id(dataset: Dataset) -> str:
    """Name the table of a dataset by what is in it, for keys of caches; see ``lib.store.rbp_identity.id_of``."""
    return rbp_identity.id_of(dataset.rbp, dataset.pwms)


def _read_link() -> str:
    """Give the id that the link asks for, or the session where the link says nothing; the link gets it back."""
    given = st.query_params.get(NAME)
    if given:
        st.session_state[_KEY] = given
        return str(given)
    kept = str(st.session_state.get(_KEY, OWN))
    if kept:
        st.query_params[NAME] = kept
    return kept


def _names(dataset: Dataset, rows: Mapping[str, rbp_tables.RbpRow]) -> dict[str, str]:
    """Name each choice, no two alike: a select tells its options apart by what is read on them."""
    names = {OWN: _own(dataset)}
    for row in rows.values():
        name = f"{short(row.title, 44)} ({_size(row.motifs, row.pwms)})"
        names[row.id] = name if name not in names.values() else f"{name}, {row.id[:6]}"
    return names


def _own(dataset: Dataset) -> str:
    motifs = 0 if dataset.rbp is None else len(dataset.rbp)
    if not motifs and not dataset.pwms:
        return "None: the dataset has no table"
    name = rbp_identity.title_of(dataset)
    return f"{short(name, 36)} of the dataset ({_size(motifs, len(dataset.pwms))})"


def _size(motifs: int, pwms: int) -> str:
    many, kind = (motifs, "motif") if motifs else (pwms, "PWM")
    return f"{many:,} {kind}{'s' * (many != 1)}"


def _uploader() -> Source | None:
    st.markdown(
        "A table with a motif and a binding score in each row, or of many proteins, or PWMs as MEME, JASPAR, HOMER, "
        "TRANSFAC, CIS-BP or ENCODE write them."
    )
    st.code("Motif     Mean_RBP\nUGUAHAUA  -0.81\nUUAG       0.42", language=None)
    file = st.file_uploader(
        "RBP table file",
        key=f"rbp-file-{_round()}",
        label_visibility="collapsed",
        max_upload_size=rbp_tables.LARGEST // 10**6,
    )
    return None if file is None else Source(file.name, file.getvalue())


def _round() -> int:
    """Count the files that were brought, so that the next one finds an empty place."""
    return int(st.session_state.get(_ROUND, 0))


def _ask(source: Source) -> Reading | None:
    """Ask what a file leaves open, such as the protein; give the answers, None while one is missing."""
    key = f"rbp-own-{source.sha256()[:16]}"
    said = decisions.answers(key)
    try:
        found, faults = _decisions(key, said, source)
    except UserError:
        return said  # and keeping it says what is wrong
    decisions.ask(found, key)
    if not decisions.is_open(found):
        return said
    if faults:
        errors.problems_table(faults, key=f"{key}-faults")
    return None


@st.cache_data(max_entries=16, show_spinner="Reading the RBP table")
def _decisions(key: str, said: Reading, _source: Source) -> tuple[tuple[Decision, ...], tuple[Problem, ...]]:
    """Give what was decided about a file, and its excluded rows."""
    read = run_reader(read_rbp, _source, reading=said)
    return read.decisions, tuple(one.problem() for one in read.rejected)


def _keep(source: Source, said: Reading) -> None:
    """Keep a file and choose it; a faulty one is told below the choice for as long as it lies in its place."""
    try:
        table_id = rbp_tables.keep(source, said)
    except UserError as error:
        errors.show(error)
        return
    choose(table_id)
    st.session_state[_ROUND] = _round() + 1
    row = rbp_tables.get(table_id)
    message = f"{row.title} is kept in the workspace and chosen."
    if row.name != source.name:
        message = f"{source.name} holds the same motifs as {row.name}, which was here before and is chosen now."
    st.toast(plain(message), icon=":material/check_circle:")
    st.rerun()


def _tell(asked: str) -> None:
    st.warning(
        f"The link asks for the RBP table {plain(short(asked))}, which is not in this workspace. What the dataset was "
        "frozen with is used instead; choose another table, or bring the file.",
        icon=":material/link_off:",
    )
    st.button("Leave it out of the link", on_click=choose, args=(OWN,), key="rbp-let-go")


@st.cache_resource(max_entries=8, show_spinner="Opening the RBP table")
def _apply(home: str, dataset_id: str, name: str, table_id: str, _dataset: Dataset) -> Dataset:
    return rbp_tables.with_table(_dataset, table_id)
