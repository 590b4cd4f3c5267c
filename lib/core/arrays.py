"""The array type that every part uses, and means that leave missing values out."""

import numpy as np
from numpy.typing import NDArray

FloatArray = NDArray[np.float64]


def mean_present(values: FloatArray, axis: int) -> FloatArray:
    """Average over one axis where values are not NaN; NaN where all are.

    >>> mean_present(np.array([[1.0, np.nan], [3.0, np.nan]]), axis=0).tolist()
    [2.0, nan]
    """
    present = ~np.isnan(values)
    count = present.sum(axis=axis)
    total = np.where(present, values, 0.0).sum(axis=axis)
    return np.where(count > 0, total / np.maximum(count, 1), np.nan)
