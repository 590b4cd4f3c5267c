"""The Upload page below its drop zones: understood, joined, target, split, freeze."""

import re
from collections.abc import Sequence

import streamlit as st

from lib.core.errors import DataError
from lib.datasets import pipeline
from lib.datasets.classes import candidates
from lib.datasets.draft import Draft, ImportChoices, Understood
from lib.datasets.splits import says_parts
from lib.io.columns import Columns
from lib.io.decisions import DEFAULT, Decision, Reading, Undecided
from lib.io.layout import guess_columns
from lib.io.rbp import RbpTable
from lib.ui import errors
from lib.ui.upload import choices, columns, files, outcome, previews, reading
from lib.ui.upload.files import Held, Kind
from lib.ui.widgets import columns as side
from lib.ui.widgets import decisions
from lib.ui.widgets.text import plain

SAMPLE = 1000
"""Rows in which a value must repeat for its column to be offered for the split."""

_LABELS: dict[Kind, str] = {"expression": "Expression", "sequences": "Sequences", "rbp": "RBP motifs"}


def below_the_zones() -> None:
    """Draw everything that follows from the files that have landed."""
    held = files.all_held()
    if not held:
        return
    st.button("Start over", key="start-over", type="tertiary", icon=":material/restart_alt:", on_click=files.clear)
    st.subheader("File check", anchor=False)
    complete = "expression" in held and ("sequences" in held or _brings_sequences(held["expression"]))
    if complete:
        _all(held)
    else:
        _waiting(held)


def _brings_sequences(held: Held) -> bool:
    try:
        return bool(guess_columns(reading.table(held)).sequence)
    except DataError:
        return False


def _waiting(held: dict[Kind, Held]) -> None:
    """Show each file on its own while another one is still missing."""
    misplaced = {
        kind: fault for kind, file in held.items() if (fault := reading.explain_misplaced(kind, file)) is not None
    }
    for kind in held:
        st.markdown(f"**{_LABELS[kind]}**")
        if kind in misplaced:
            errors.show(misplaced[kind])
        else:
            with errors.guard():
                _alone(kind, held[kind])
    if "expression" in misplaced or "sequences" in misplaced:
        other = _LABELS["sequences" if "expression" in misplaced else "expression"]
        st.button(f"Move it to {other}", icon=":material/swap_horiz:", on_click=files.swap)
    else:
        missing = "the expression table" if "expression" not in held else "the sequences"
        st.info(f"Next: drop {missing} above; then the files are joined by id.", icon=":material/arrow_upward:")


def _alone(kind: Kind, held: Held) -> None:
    if kind == "expression":
        table = reading.table(held)
        guessed = guess_columns(table)
        columns.chips(table, guessed, counts=reading.counts(held, guessed), digest=held.digest, hours=held.hours)
        previews.expression(table)
    elif kind == "sequences":
        previews.sequences(reading.sequences(held), digest=held.digest)
    else:
        key = _rbp_key(held)
        read = reading.rbp(held, None, decisions.answers(key))
        decisions.ask(read.decisions, key)
        decisions.decisions_table(read.decisions, key)
        _rbp(held, read)


def _rbp(held: Held, read: RbpTable) -> tuple[str, str] | None:
    """Show RBP motifs, and give the columns where they were changed."""
    return previews.rbp(read, reading.table(held) if read.columns else None, digest=held.digest)


def _rbp_key(held: Held) -> str:
    return f"rbp-{held.digest}"


def _protein(held: dict[Kind, Held]) -> Reading:
    """Give the protein that was chosen while the RBP table waited for the other files."""
    said = decisions.answers(_rbp_key(held["rbp"])) if "rbp" in held else DEFAULT
    return Reading(rbp_column=said.rbp_column)


def _all(held: dict[Kind, Held]) -> None:
    """Show the files together, then what they lead to: what must be decided comes first."""
    digest = "".join(file.digest[:8] for _, file in sorted(held.items()))
    key = f"upload-{digest}"
    said = decisions.answers(key, _protein(held))
    try:
        read = reading.understood(held, said)
    except DataError as error:
        errors.show(error)
        if {"expression", "sequences"} <= set(held):
            st.button("Swap expression and sequences", icon=":material/swap_horiz:", on_click=files.swap)
        return
    asked, told = st.container(), st.container()
    chosen, ambiguity, rbp_columns = _tabs(held, read, said)
    _problems(read)
    joined = st.container()
    st.subheader("Target and split", anchor=False)
    left, right = side.columns([1, 1.6], key="target-and-split")
    with left:
        labels = candidates(read.expression, chosen.columns)
        target = choices.target(chosen.columns, digest=digest, table=read.expression, labels=labels)
        by = [name for name in _split_columns(read, chosen.columns) if name != target.column]
        frame = read.expression.frame
        named = next((name for name in by if name in frame and says_parts(read.expression.text(name))), "")
        split = choices.split(by, digest=digest, named=named)
    wanted = ImportChoices(
        name="",
        columns=chosen.columns,
        counts=chosen.counts,
        spike_prefix=chosen.spike_prefix,
        ambiguity=ambiguity,
        target=target,
        split=split,
        rbp_columns=rbp_columns,
        reading=said,
    )
    made, needed = _make_draft(held, read, wanted)
    with asked:
        decisions.ask(needed, key)
    with told:
        decisions.decisions_table(needed, key)
        decisions.further_options(key)
    if made is None:
        with joined:
            st.info("Next: choose above how the files are read.", icon=":material/arrow_upward:")
        return
    with left:
        outcome.parts(made, split)
    with right:
        outcome.target(made)
    outcome.examples(made)
    with joined:
        sequences = held.get("sequences", held["expression"]).source.name
        outcome.join(made, held["expression"].source.name, sequences)
    outcome.freeze(made, suggestion=_suggestion(held["expression"]), digest=digest)


def _make_draft(
    held: dict[Kind, Held], read: Understood, wanted: ImportChoices
) -> tuple[Draft | None, Sequence[Decision]]:
    """Make the draft of a dataset, None while something must be decided; and all decisions that matter to it."""
    try:
        made = reading.draft(held, read, wanted)
    except Undecided as error:
        return None, tuple(dict.fromkeys([*pipeline.select_relevant(read, wanted), *error.decisions]))
    return made, made.decisions


def _tabs(
    held: dict[Kind, Held], read: Understood, said: Reading
) -> tuple[columns.Reading, previews.Ambiguity, tuple[str, str] | None]:
    labels = [_LABELS[kind] for kind in _LABELS if kind in held or kind == "sequences"]
    tabs = iter(st.tabs(labels))
    expression = held["expression"]
    with next(tabs):
        chosen = columns.chips(
            read.expression,
            read.columns,
            counts=read.counts,
            digest=expression.digest,
            hours=expression.hours,
            said=said,
        )
        previews.expression(read.expression)
    with next(tabs):
        if "sequences" not in held:
            st.caption(f"Taken from the column {plain(read.columns.sequence)} of the expression table.")
        ambiguity = previews.sequences(read.sequences, digest=held.get("sequences", expression).digest)
    rbp_columns = None
    if "rbp" in held and read.rbp is not None:
        with next(tabs):
            rbp_columns = _rbp(held["rbp"], read.rbp)
    return chosen, ambiguity, rbp_columns


def _problems(read: Understood) -> None:
    with st.container(gap="xxsmall"):
        for note in read.notes:
            st.caption(f":material/info: {plain(note)}")
    if read.problem_count:
        one = read.problem_count == 1
        label = f"{read.problem_count:,} row{'' if one else 's'} with faults {'is' if one else 'are'} left out"
        with st.expander(label, icon=":material/rule:", expanded=read.problem_count <= 10):
            errors.problems_table(read.problems)


def _split_columns(read: Understood, chosen: Columns) -> list[str]:
    """List columns that may name chromosomes, genes or parts: neither ids nor expression nor sequences."""
    names = [name for name in chosen.ignored if name != chosen.sequence]
    if read.sequences.table is not None and read.sequences.table is not read.expression:
        other = read.sequences.table.frame.head(SAMPLE)
        names += [str(name) for name in other.columns if other[name].nunique() < len(other) and name not in names]
    return names


def _suggestion(held: Held) -> str:
    stem = re.sub(r"(\.(csv|tsv|txt|tab|xlsx|parquet|gz))+$", "", held.source.name, flags=re.IGNORECASE)
    return held.title or re.sub(r"[_\s]+", " ", stem).strip()[:120] or "My dataset"
