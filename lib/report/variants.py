"""Effects of variants as files: one wide table, and VCF with what each run says under INFO."""

from collections.abc import Mapping, Sequence

import numpy as np
import pandas as pd

from lib.analysis.measured import compare_all
from lib.analysis.variants import context
from lib.core.arrays import FloatArray
from lib.io.variants import Variant
from lib.io.vcf import to_vcf
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


def wide(
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
    labels = _labels(tables, names)
    for run_id, table in tables.items():
        for column in table:
            frame[f"{column}{labels[run_id]}"] = table[column].to_numpy()
    return frame


def agreement(
    tables: Mapping[str, pd.DataFrame], names: Mapping[str, str], measured: Mapping[str, FloatArray]
) -> pd.DataFrame:
    """Give how the effects of each run go with each column of measured ones, as ``lib.analysis.measured``.

    Runs are called by their names, those that are averaged ``mean``.
    """
    frame = compare_all(tables, measured)
    labels = _called(tables, names)
    return frame.assign(run=[labels[run] for run in frame["run"]])


def vcf(
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


def _labels(tables: Mapping[str, pd.DataFrame], names: Mapping[str, str]) -> dict[str, str]:
    if len(tables) == 1:
        return dict.fromkeys(tables, "")
    return {run_id: f", {name}" for run_id, name in _called(tables, names).items()}


def _called(tables: Mapping[str, pd.DataFrame], names: Mapping[str, str]) -> dict[str, str]:
    """Name runs, with the id where two are called the same."""
    called = ["mean" if run_id == MEAN else names.get(run_id, run_id) for run_id in tables]
    twice = {name for name in called if called.count(name) > 1}
    return {
        run_id: f"{name} [{run_id}]" if name in twice else name for run_id, name in zip(tables, called, strict=True)
    }
