"""Effects of variants: ranked by a run, and as files, one wide table, or VCF with what each run says under INFO."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any

import numpy as np
import pandas as pd

from lib.analysis.measured import compare_all
from lib.analysis.variants import context, of_classes
from lib.core.alphabet import in_alphabet
from lib.core.arrays import FloatArray
from lib.figures.theme import axis
from lib.io.variants import Variant
from lib.io.vcf import to_vcf
from lib.store import variants as store
from lib.store.run import Run
from lib.store.variants import MEAN

WORDS = {
    "before": "prediction of the sequence as it stands (log-odds of the class for classification)",
    "after": "prediction of the changed sequence",
    "effect": "prediction of the changed sequence minus that of the sequence as it stands",
    "low": "lower end of the 95% interval of the mean effect over models",
    "high": "upper end of that interval",
    "n": "models behind the interval; 1 has none",
    "deviation": "standard deviation of the effect over those models",
    "percentile": "share of random variants of the same kind and size in the same sequences with a smaller |effect|",
    "compared": "how many random variants those are",
    "probability_before": "probability of the class as the sequence stands",
    "probability_after": "probability of the class of the changed sequence",
    "probability_change": "probability of the class of the changed sequence minus that as the sequence stands",
}
"""What the columns of a run are."""
_IN_VCF = ("effect", "low", "high", "percentile", "before", "after", "probability_change")


SHARE = 0.95
"""Share of the random variants beyond which an effect is called large."""


@dataclass(frozen=True)
class Answer:
    """What a measurement found, ranked by one of the runs that were asked.

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
        called = label_runs({key: str(one["name"]) for key, one in store.about(self.run).items()})
        if MEAN in self.tables:
            called = {MEAN: f"Mean of {int(self.tables[MEAN]['n'].iloc[0])} runs", **called}
        return called

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

    @cached_property
    def frame(self) -> pd.DataFrame:
        """One row a variant, the largest |effect| first; see ``rank_variants``."""
        return rank_variants(self.variants, self.sequences, self.tables[self.by])


def rank_variants(variants: Sequence[Variant], sequences: Mapping[str, str], effects: pd.DataFrame) -> pd.DataFrame:
    """Sort N variants by the size of their effects by one run, the largest first.

    Returns
    -------
    pd.DataFrame
        The columns of ``effects`` after ``row``, the number of the variant, ``label``, its name, told apart,
        ``sequence``, ``position``, ``kind`` and ``context``.
    """
    table = effects.copy()
    table.insert(0, "row", range(len(variants)))
    table.insert(1, "label", _label_variants(variants))
    table.insert(2, "sequence", [one.sequence for one in variants])
    table.insert(3, "position", [one.trim().position for one in variants])
    table.insert(4, "kind", [one.kind for one in variants])
    around = [context(one, sequences[one.sequence]) for one in variants]
    table.insert(
        5, "context", [in_alphabet(f"{before} → {after}", rna=True) for before, after in _show_changed(around)]
    )
    order = table["effect"].abs().sort_values(ascending=False, kind="stable", na_position="last").index
    return table.reindex(order).reset_index(drop=True)


def tabulate_effects(
    variants: Sequence[Variant],
    sequences: Mapping[str, str],
    tables: Mapping[str, pd.DataFrame],
    names: Mapping[str, str],
    measured: Mapping[str, FloatArray] | None = None,
) -> pd.DataFrame:
    """Give one row for each of N variants: what it is, positions counted from 1, then the columns of each run.

    An insertion without reference letters stands before its position.

    Parameters
    ----------
    tables
        By id of the run, as ``lib.analysis.variants.table``.
    names
        What runs are called, by id; named in the columns where there are several.
    measured
        Measured effects, (N,) by the name of their column.
    """
    around = [context(one, sequences[one.sequence]) for one in variants]
    frame = pd.DataFrame(
        {
            "variant": [one.name for one in variants],
            "sequence": [one.sequence for one in variants],
            "position": [one.position + 1 for one in variants],
            "ref": [one.ref or "-" for one in variants],
            "alt": [one.alt or "-" for one in variants],
            "kind": [one.kind for one in variants],
            "context_ref": [before for before, _ in around],
            "context_alt": [after for _, after in around],
        }
    )
    for name, values in (measured or {}).items():
        frame[f"measured {name}"] = values
    labels = _label_columns(tables, names)
    for run_id, table in tables.items():
        for column in table:
            frame[f"{column}{labels[run_id]}"] = table[column].to_numpy()
    return frame


def tabulate_agreement(
    tables: Mapping[str, pd.DataFrame], names: Mapping[str, str], measured: Mapping[str, FloatArray]
) -> pd.DataFrame:
    """Give how the effects of each run go with each column of measured ones, as ``lib.analysis.measured``.

    Runs are called by their names, those that are averaged ``mean``.
    """
    frame = compare_all(tables, measured)
    labels = _name_tables(tables, names)
    return frame.assign(run=[labels[run] for run in frame["run"]])


def write_vcf(
    variants: Sequence[Variant],
    sequences: Mapping[str, str],
    tables: Mapping[str, pd.DataFrame],
    names: Mapping[str, str],
) -> str:
    """Write N variants as VCF; what each run says stands under ``EFFECT``, ``LOW``, ... with the number of the run."""
    info: list[dict[str, str | float]] = [{} for _ in variants]
    about = {}
    for number, (run_id, table) in enumerate(tables.items(), start=1):
        ending = "" if len(tables) == 1 else f"_{number}"
        for column in (name for name in _IN_VCF if name in table and table[name].notna().any()):
            key = f"{column.upper()}{ending}"
            who = (
                "mean over runs that predict the same" if run_id == MEAN else f"{names.get(run_id, run_id)} [{run_id}]"
            )
            about[key] = f"{WORDS[column]}; {who}"
            for row, value in enumerate(table[column].tolist()):
                if np.isfinite(value):
                    info[row][key] = float(value)
    return to_vcf(variants, sequences, info, about)


def _label_columns(tables: Mapping[str, pd.DataFrame], names: Mapping[str, str]) -> dict[str, str]:
    if len(tables) == 1:
        return dict.fromkeys(tables, "")
    return {run_id: f", {name}" for run_id, name in _name_tables(tables, names).items()}


def _name_tables(tables: Mapping[str, pd.DataFrame], names: Mapping[str, str]) -> dict[str, str]:
    return label_runs({run_id: "mean" if run_id == MEAN else names.get(run_id, run_id) for run_id in tables})


def label_runs(names: Mapping[str, str]) -> dict[str, str]:
    """Name runs, given by their ids, with the id where two are called the same.

    >>> label_runs({"a1": "CNN", "b2": "Ridge", "c3": "CNN"})
    {'a1': 'CNN [a1]', 'b2': 'Ridge', 'c3': 'CNN [c3]'}
    """
    called = list(names.values())
    return {run_id: f"{name} [{run_id}]" if called.count(name) > 1 else name for run_id, name in names.items()}


def _show_changed(around: list[tuple[str, str]]) -> list[tuple[str, str]]:
    """Show the changed side by its allele alone, which is all that differs."""
    return [(before, after[after.index("[") + 1 : after.index("]")]) for before, after in around]


def _label_variants(variants: Sequence[Variant]) -> list[str]:
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
