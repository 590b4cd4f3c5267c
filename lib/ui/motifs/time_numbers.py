"""What is computed for motifs by time: the association once for everybody, the effect on a model when asked for."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd
import streamlit as st

from lib.core.progress import Callback, Eta, Report
from lib.datasets.dataset import Dataset
from lib.store.files import home
from lib.store.runs import Run
from lib.ui.rbp import choice, numbers
from lib.ui.widgets.progress_text import duration
from lib.ui.widgets.text import plain

if TYPE_CHECKING:
    from lib.analysis.motifs import Motif

THRESHOLD = 0.85
"""Relative score that a hit of a PWM reaches at least, as in the experiments."""
SEQUENCES, DRAWS = 60, 3
"""Test sequences of a motif that are changed at most, and how often each."""
_SEED = 0


@dataclass(frozen=True)
class Asked:
    """What the effect on a model is asked for: a run, its dataset with the table, the motifs by name, the base."""

    run: Run
    dataset: Dataset
    motifs: tuple[str, ...]
    base: float

    @property
    def key(self) -> str:
        """What tells this question from any other, the run trained anew and another table too."""
        table = choice.table_id(self.dataset)
        return f"{self.run.id}|{self.run.ended}|{table}|{self.base:g}|{'|'.join(self.motifs)}"


def associate_times(dataset: Dataset, base: float) -> tuple[pd.DataFrame, int]:
    """Give the association of each motif of the table with each time point, and how many sequences were looked at."""
    known = numbers.count_hits(dataset)
    return _associate(str(home()), dataset.id, choice.table_id(dataset), base, dataset, known), len(known.rows)


@st.cache_resource(max_entries=8, show_spinner="Comparing sequences with and without each motif at each time point")
def _associate(
    home: str, dataset_id: str, table: str, base: float, _dataset: Dataset, _known: numbers.Counted
) -> pd.DataFrame:
    from scipy.sparse import csr_array

    from lib.analysis.motif_times import association, hourly

    hours, values = hourly(_dataset)
    level = -np.inf if _dataset.rbp is not None else THRESHOLD
    counts = csr_array(_known.hits.per_motif(level))
    return association(counts, _known.hits.motifs, hours, values[_known.rows], base=base)


def recall_effects(asked: Asked) -> pd.DataFrame | None:
    """Give the effects on the model where they were computed before in this server, else None."""
    return _answers().get(f"{home()}|{asked.key}")


def ask(asked: Asked) -> pd.DataFrame:
    """Compute the effects of motifs on the predictions of a run, with a bar that says how far it is."""
    from lib.analysis.ablation import remove_hits
    from lib.analysis.motif_times import hourly, model_effect
    from lib.store import fitted

    bar, eta = st.progress(0.0, text="Changing the sequences"), Eta()

    def show(report: Report) -> None:
        left = eta.remaining(report)
        ending = f", about {duration(left)} left" if left is not None else ""
        bar.progress(min(report.step / max(report.total, 1), 1.0), text=plain(f"{report.stage}{ending}"))

    rows = asked.dataset.rows("test")
    sequences = [str(text) for text in asked.dataset.sequences[rows]]
    order = np.random.default_rng(_SEED).permutation(len(sequences))
    try:
        changed = []
        for motif in _motifs(asked.dataset, asked.motifs):
            found = []
            for place in order:
                one = remove_hits(motif, sequences[place], draws=DRAWS, seed=_SEED)
                if one is not None:
                    found.append((sequences[place], one.without, one.control))
                if len(found) == SEQUENCES:
                    break
            changed.append((motif.name, found))
        hours, _ = hourly(asked.dataset)
        model = fitted.load_fitted(asked.run.id)
        table = model_effect(model.predict, changed, hours, base=asked.base, progress=Callback(show))
    finally:
        bar.empty()
    answers = _answers()
    answers[f"{home()}|{asked.key}"] = table
    while len(answers) > 16:
        answers.pop(next(iter(answers)))
    return table


@st.cache_resource(show_spinner=False)
def _answers() -> dict[str, pd.DataFrame]:
    """Keep the latest answers for everybody; nobody changes what lies in it."""
    return {}


def _motifs(dataset: Dataset, names: Sequence[str]) -> "list[Motif]":
    from lib.analysis.motifs import of_table

    known: dict[str, Motif] = {}
    for motif in of_table(dataset.rbp, {} if dataset.rbp is not None else dataset.pwms):
        known.setdefault(motif.name, motif)
    return [known[name] for name in names]
