"""What models of profiles share: their labels and settings, and what they need of the data.

A network of T tracks and windows of L positions gives T + T L numbers for each window: the standardised
log(1 + counts), then the logits of the positions of each track.
"""

from collections.abc import Sequence

import numpy as np

from lib.core.arrays import FloatArray
from lib.core.errors import UserError

_LOWEST = -700.0  # its exponential is still a number above 0


def require_one_length(sequences: Sequence[str]) -> int:
    """Give the length of N sequences, 0 of none.

    Raises
    ------
    UserError
        If one is empty, or they have several lengths.
    """
    lengths = {len(sequence) for sequence in sequences}
    if len(lengths) > 1 or 0 in lengths:
        shortest, longest = min(lengths), max(lengths)
        found = f"The sequences have {shortest:,} to {longest:,} nt" if longest else "The sequences are empty"
        raise UserError(f"{found}; profiles are predicted for windows of one length. Cut them to the same length.")
    return lengths.pop() if lengths else 0


def probabilities(logits: FloatArray) -> FloatArray:
    """Turn logits (N, T, L) into the share of the reads at each position, above 0; each row adds up to 1."""
    raised = np.exp(np.maximum(logits - logits.max(axis=2, keepdims=True, initial=-np.inf), _LOWEST))
    shares: FloatArray = raised / raised.sum(axis=2, keepdims=True)
    return shares
