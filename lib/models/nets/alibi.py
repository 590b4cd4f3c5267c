"""Attention with linear biases (Press et al. 2022, arXiv:2108.12409), symmetric: what is far away counts less."""

import torch
from torch import Tensor


def alibi_slopes(heads: int) -> list[float]:
    """Give how fast each of H heads forgets with distance.

    A power of two gives a geometric row, 2^(-8/H) onwards; otherwise the slopes of the next smaller power are followed
    by every second one of the next larger, so they are not sorted.

    >>> alibi_slopes(4)
    [0.25, 0.0625, 0.015625, 0.00390625]
    >>> alibi_slopes(3)
    [0.0625, 0.00390625, 0.25]
    """
    power = 2 ** (heads.bit_length() - 1)
    slopes = [2 ** (-8 * (head + 1) / power) for head in range(power)]
    return slopes + alibi_slopes(2 * power)[::2][: heads - power] if power < heads else slopes


def alibi(heads: int, length: int, *, device: torch.device, dtype: torch.dtype) -> Tensor:
    """Give -slope * |i - j| for each head and pair of tokens, (1, H, T, T)."""
    place = torch.arange(length, device=device)
    distance = (place[:, None] - place).abs()  # T, T
    slopes = torch.tensor(alibi_slopes(heads), device=device)
    return (-slopes[:, None, None] * distance).to(dtype)[None]
