"""A finished measurement as the Variants page shows it: by which run it is ranked, and the variants in that order."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any

import pandas as pd
import streamlit as st

from lib.analysis.variants import context, of_classes
from lib.core.alphabet import in_alphabet
from lib.core.arrays import FloatArray
from lib.figures.theme import axis
from lib.io.variants import Variant
from lib.store import variants as store
from lib.store.files import home
from lib.store.run import Run
from lib.store.variants import MEAN

SHARE = 0.95
"""Share of the random variants beyond which an effect is called large."""


@dataclass(frozen=True)
class Answer:
    """What a measurement found.

    Parameters
    ----------
    run
        The measurement.
    variants, sequences
        What was asked about, in the order of the file.
    tables
        By id of the run that was asked, and ``mean``.
    by
        Which of them ranks.
    measured
        Measured effects of the variants, (N,) by the name of their column.
    """

    run: Run
    variants: tuple[Variant, ...]
    sequences: dict[str, str]
    tables: dict[str, pd.DataFrame]
    by: str
    measured: Mapping[str, FloatArray] = field(default_factory=dict)

    @cached_property
    def names(self) -> dict[str, str]:
        """What the runs that were asked are called, with the id where two are called the same."""
        about = store.about(self.run)
        called = {key: str(one["name"]) for key, one in about.items()}
        twice = {name for name in called.values() if list(called.values()).count(name) > 1}
        found = {key: f"{name} [{key}]" if name in twice else name for key, name in called.items()}
        if MEAN in self.tables:
            found = {MEAN: f"Mean of {int(self.tables[MEAN]['n'].iloc[0])} runs", **found}
        return found

    @property
    def facts(self) -> dict[str, Any]:
        """What is known of the run that ranks: ``name``, ``target``, ``unit``, ``task``, ``dataset``."""
        about = store.about(self.run)
        return dict(about.get(self.by) or next(iter(about.values())))

    @property
    def explained(self) -> str:
        """Id of the run that draws logos and maps: the one that ranks, the first of several that are averaged."""
        return str(self.run.payload["runs"][0]) if self.by == MEAN else self.by

    @property
    def target(self) -> int:
        """Number of its target."""
        asked = dict(zip(self.run.payload["runs"], self.run.payload["targets"], strict=True))
        return int(asked[self.explained])

    @property
    def is_class(self) -> bool:
        """Whether effects are in log-odds of a class."""
        return of_classes(str(self.facts["task"]))

    @property
    def unit(self) -> str:
        """Unit of the effects."""
        return "log-odds" if self.is_class else str(self.facts["unit"])

    @property
    def axis(self) -> str:
        """Name of the axis of effects."""
        return axis("Change of the prediction", self.unit)

    @property
    def frame(self) -> pd.DataFrame:
        """One row a variant, the largest |effect| first: ``row`` is its number, ``label`` its name, told apart."""
        return _frame(str(home()), self.run.id, str(self.run.ended), self.by)


def load(run: Run, by: str) -> Answer:
    """Give what a finished measurement found, ranked by one of its runs."""
    variants, sequences, tables = _loaded(str(home()), run.id, str(run.ended))
    measured = _measured(str(home()), run.id, str(run.ended))
    return Answer(run, variants, sequences, tables, by if by in tables else next(iter(choices(run))), measured)


def choices(run: Run) -> list[str]:
    """Give by what a measurement can be ranked: the mean where there is one, then each run."""
    tables = _loaded(str(home()), run.id, str(run.ended))[2]
    return sorted(tables, key=lambda name: name != MEAN)


@st.cache_resource(max_entries=8, show_spinner="Ranking the variants")
def _frame(home: str, run_id: str, ended: str, by: str) -> pd.DataFrame:
    variants, sequences, tables = _loaded(home, run_id, ended)
    table = tables[by].copy()
    table.insert(0, "row", range(len(variants)))
    table.insert(1, "label", _labels(variants))
    table.insert(2, "sequence", [one.sequence for one in variants])
    table.insert(3, "position", [one.trimmed().position for one in variants])
    table.insert(4, "kind", [one.kind for one in variants])
    around = [context(one, sequences[one.sequence]) for one in variants]
    table.insert(5, "context", [in_alphabet(f"{before} → {after}", rna=True) for before, after in _changed(around)])
    order = table["effect"].abs().sort_values(ascending=False, kind="stable", na_position="last").index
    return table.reindex(order).reset_index(drop=True)


@st.cache_resource(max_entries=8, show_spinner="Opening the effects")
def _loaded(home: str, run_id: str, ended: str) -> tuple[tuple[Variant, ...], dict[str, str], dict[str, pd.DataFrame]]:
    variants, sequences = store.of(run_id)
    return variants, sequences, store.effects(run_id)


@st.cache_resource(max_entries=8, show_spinner=False)
def _measured(home: str, run_id: str, ended: str) -> dict[str, FloatArray]:
    return store.read_measured(run_id)


def _changed(around: list[tuple[str, str]]) -> list[tuple[str, str]]:
    """Show the changed side by its allele alone, which is all that differs."""
    return [(before, after[after.index("[") + 1 : after.index("]")]) for before, after in around]


def _labels(variants: tuple[Variant, ...]) -> list[str]:
    """Name variants in the letters of RNA; of equal names the later ones get their number behind it."""
    labels: list[str] = []
    seen: set[str] = set()
    for number, one in enumerate(variants, start=1):
        made = f"{one.sequence}:{one.position + 1} {one.ref or '-'}>{one.alt or '-'}"
        change = f"{_rna(one.ref)}>{_rna(one.alt)}" if one.ref and one.alt else f"ins {_rna(one.alt)}"
        plain = f"{one.sequence}:{one.position + 1} {change if one.alt else f'del {_rna(one.ref)}'}"
        label = plain if one.name == made else one.name
        label = f"{label} ({number})" if label in seen else label
        seen.add(label)
        labels.append(label)
    return labels


def _rna(allele: str) -> str:
    text = in_alphabet(allele, rna=True)
    return text if len(text) <= 12 else f"{text[:5]}…{text[-5:]}"
