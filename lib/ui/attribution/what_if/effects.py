"""What the edits did: the prediction of every run before and after each of them, as a table and as files."""

from collections.abc import Sequence
from typing import TYPE_CHECKING

import streamlit as st

from lib.core.alphabet import in_alphabet
from lib.core.errors import UserError
from lib.store.files import home
from lib.store.fitted import load_fitted
from lib.ui.widgets import class_labels
from lib.ui.widgets.attribution_comparison import run_names

if TYPE_CHECKING:
    import pandas as pd

    from lib.ui.attribution.data import Subject
    from lib.ui.attribution.what_if.history import History


def predict(subject: "Subject", sequence: str) -> float:
    """Predict a sequence by the run of a subject.

    Raises
    ------
    UserError
        If the model cannot read it.
    """
    run = subject.run
    return _predict(str(home()), run.id, str(run.ended), sequence, subject.target)


@st.cache_data(max_entries=4000, show_spinner=False)
def _predict(home: str, run_id: str, ended: str, sequence: str, target: int) -> float:
    return float(load_fitted(run_id).predict([sequence])[0, target])


def list_effects(history: "History", subjects: Sequence["Subject"], *, rna: bool) -> "pd.DataFrame":
    """Give a row for the start and one for each edit: prediction after it, change by it, and change since the start.

    A run that cannot read a sequence leaves empty cells.
    """
    import pandas as pd

    steps = history.steps()
    said = ["start", *(edit.words(before, rna=rna) for before, edit in zip(steps, history.edits, strict=False))]
    columns: dict[str, list[object]] = {
        "step": list(range(len(steps))),
        "edit": list(said),
        "length (nt)": [len(text) for text in steps],
    }
    names = run_names([subject.run for subject in subjects])
    for subject in subjects:
        values = [_predict_if_possible(subject, text) for text in steps]
        label = names[subject.run.id]
        columns[label] = list(values)
        if subject.dataset.classes:
            chance = f"{label}, P({subject.target_name})"
            columns[chance] = [
                None if one is None else _chance(subject, text) for one, text in zip(values, steps, strict=True)
            ]
        columns[f"{label}, change by the edit"] = [None, *_subtract(values[1:], values[:-1])]
        columns[f"{label}, change since the start"] = [None, *_subtract(values[1:], [values[0]] * (len(steps) - 1))]
    columns["sequence"] = [in_alphabet(text, rna=rna) for text in steps]
    return pd.DataFrame(columns)


def _subtract(after: Sequence[float | None], before: Sequence[float | None]) -> list[float | None]:
    pairs = zip(after, before, strict=True)
    return [None if new is None or old is None else new - old for new, old in pairs]


def _chance(subject: "Subject", text: str) -> float:
    return class_labels.chances(subject.run, subject.dataset, text)[subject.target_name]


def _predict_if_possible(subject: "Subject", text: str) -> float | None:
    try:
        return predict(subject, text)
    except UserError:
        return None


def fasta(name: str, history: "History", *, rna: bool) -> str:
    """Write the edited sequence as FASTA, its edits in the header."""
    edits = "; ".join(edit.words(before, rna=rna) for before, edit in zip(history.steps(), history.edits, strict=False))
    text = in_alphabet(history.sequence, rna=rna)
    lines = [text[start : start + 60] for start in range(0, len(text), 60)]
    header = " ".join(f"{name} edited: {edits or 'nothing'}".split())
    return "\n".join([f">{header}", *lines, ""])
