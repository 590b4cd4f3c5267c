"""Predicted against measured effects of variants: correlations with bootstrap intervals, and why where there are none.

Measured effects may be in another unit than predictions, so that only correlations are compared, and no errors.
"""

from collections.abc import Mapping
from typing import NamedTuple

import numpy as np
import pandas as pd

from lib.core.arrays import FloatArray
from lib.tasks.bootstrap import intervals, together
from lib.tasks.metrics import column, varies

LEAST = 3
"""Pairs below which no correlation is computed."""


class Agreement(NamedTuple):
    """How predicted effects go with measured ones: n pairs, correlations with 95% intervals, NaN where not defined.

    ``why`` says in a sentence why there is no correlation; it is empty where there is one.
    """

    n: int
    pearson: float
    pearson_low: float
    pearson_high: float
    spearman: float
    spearman_low: float
    spearman_high: float
    why: str = ""


def compare(predicted: FloatArray, measured: FloatArray) -> Agreement:
    """Compare (N,) predicted with (N,) measured effects; variants that lack either are left out.

    >>> compare(np.array([1.0, 2.0, 3.0, np.nan]), np.array([2.0, 4.0, 7.0, 1.0])).n
    3
    """
    known = np.isfinite(predicted) & np.isfinite(measured)
    x, y = measured[known].astype(np.float64), predicted[known].astype(np.float64)
    why = ""
    if len(x) < LEAST:
        many = f"{len(x)} variant{'s have' if len(x) != 1 else ' has'}"
        why = f"{many} both a measured and a predicted effect; a correlation needs at least {LEAST}."
    elif not varies(x):
        why = f"All {len(x):,} measured effects are {x[0]:g}, so that there is no correlation."
    elif not varies(y):
        why = f"All {len(y):,} predicted effects are {y[0]:g}, so that there is no correlation."
    if why:
        return Agreement(len(x), *(float("nan"),) * 6, why)
    values = column(x, y)
    ranges = intervals(together(x[:, None], [y[:, None]], metrics=("pearson", "spearman"))[0])
    return Agreement(len(x), values["pearson"], *ranges["pearson"], values["spearman"], *ranges["spearman"])


def compare_all(tables: Mapping[str, pd.DataFrame], measured: Mapping[str, FloatArray]) -> pd.DataFrame:
    """Compare the effects that each run predicts with each column of measured ones.

    Parameters
    ----------
    tables
        By id of the run, as ``lib.analysis.variants.table``, with N rows.
    measured
        (N,) by the name of the column.

    Returns
    -------
    DataFrame
        One row for each column and run: ``measured``, ``run`` and the fields of ``Agreement``.
    """
    rows = [
        {"measured": name, "run": run, **compare(table["effect"].to_numpy(), values)._asdict()}
        for name, values in measured.items()
        for run, table in tables.items()
    ]
    return pd.DataFrame(rows, columns=["measured", "run", *Agreement._fields])
