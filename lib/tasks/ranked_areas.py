"""Areas below curves of ranked positions, for many resamples at once; compiled."""

from typing import Any

import numpy as np
from numba import njit


@njit(cache=True, nogil=True)
def walk(yes: Any, window: Any, last: Any, counts: Any) -> Any:
    """Walk down the ranks once for each resample, ties as one step.

    Parameters
    ----------
    yes, window, last
        (M,) each, as ``lib.tasks.peaks.Ranked`` has them.
    counts
        (R, N) how often each window stands in each resample.

    Returns
    -------
    array
        (2, R) AUROC and AUPRC, NaN where not defined.
    """
    found = np.full((2, counts.shape[0]), np.nan)
    for resample in range(counts.shape[0]):
        weights = counts[resample]
        hits, false, new_hits, new_false, above, precision = 0.0, 0.0, 0.0, 0.0, 0.0, 0.0
        for place in range(len(yes)):
            if yes[place]:
                new_hits += weights[window[place]]
            else:
                new_false += weights[window[place]]
            if last[place]:
                above += new_false * (hits + new_hits / 2)
                hits += new_hits
                false += new_false
                if new_hits > 0:
                    precision += new_hits * hits / (hits + false)
                new_hits, new_false = 0.0, 0.0
        if hits > 0:
            found[1, resample] = precision / hits
            if false > 0:
                found[0, resample] = above / (hits * false)
    return found
