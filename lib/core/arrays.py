"""The array type that every part uses, means that leave missing values out, and texts end to end in one buffer."""

from collections.abc import Sequence
from typing import Any

import numpy as np
import pyarrow as pa
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


def as_arrow(texts: Sequence[str] | NDArray[Any] | pa.LargeStringArray) -> pa.LargeStringArray:
    """Give texts (N,) end to end in one buffer."""
    return texts if isinstance(texts, pa.LargeStringArray) else pa.array(texts, type=pa.large_string())


def letters_of(texts: pa.LargeStringArray) -> tuple[NDArray[np.uint8], NDArray[np.int64]]:
    """Give the buffer of texts (N,) as bytes, and where in it each begins and the last ends, (N + 1,).

    >>> letters, bounds = letters_of(as_arrow(["AC", "", "G"]).slice(1))
    >>> letters.tobytes(), bounds.tolist()
    (b'ACG', [2, 2, 3])
    """
    _, offsets, data = texts.buffers()
    letters = np.frombuffer(data if data is not None else b"", dtype=np.uint8)
    bounds = np.frombuffer(offsets if offsets is not None else bytes(8), dtype=np.int64)
    return letters, bounds[texts.offset : texts.offset + len(texts) + 1]
