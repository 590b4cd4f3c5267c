"""Noise: attributions of the sequence with small random numbers added to what the network reads, and their mean.

As Captum's ``NoiseTunnel``: with A_s the contributions of x plus the s-th noise, drawn from a normal distribution of
mean 0, ``smoothgrad`` is the mean of A_s (Smilkov et al. 2017, arXiv:1706.03825), ``smoothgrad-squared`` the mean of
their squares (Hooker et al. 2019, arXiv:1806.10758), ``vargrad`` their variance (Adebayo et al. 2018,
arXiv:1810.03292); each number of the matrix by itself, before it is summed over the channels or the embedding. Squares
and variances are never negative and add up to nothing. The noise depends on the sequence and the seed alone.

For nucleotides the deviation counts in units of the one-hot matrix, for tokens in units of the standard deviation of
the table of embeddings.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from lib.attribution.references import make_generator
from lib.core.registry import setting

if TYPE_CHECKING:
    from torch import Tensor

    from lib.attribution._inputs import Batch

NONE, SMOOTH, SQUARED, VARIANCE = WAYS = ("none", "smoothgrad", "smoothgrad-squared", "vargrad")
_NOISY = (SMOOTH, SQUARED, VARIANCE)


class Contributions(NamedTuple):
    """What a method gives for N sequences x of shape S with P positions or tokens.

    Parameters
    ----------
    numbers
        (N, *S) what each number of x contributes.
    multipliers, taken
        (N, *S) means over the references r of the multipliers G, and of r G.
    sources
        For each source of chance, such as random references, the contributions by its draws, (N, K, P), K > 1; their
        mean is the contribution of the position or token.
    """

    numbers: "Tensor"
    multipliers: "Tensor"
    taken: "Tensor"
    sources: "tuple[Tensor, ...]" = ()


@dataclass(frozen=True)
class Noise:
    """Whether attributions are averaged over noise."""

    noise: str = setting(
        NONE,
        label="Noise",
        choices=WAYS,
        advanced=True,
        help="smoothgrad averages attributions of the sequence with noise added, which steadies gradients; "
        "smoothgrad-squared and vargrad give how strongly they vary, without sign.",
    )
    samples: int = setting(
        10,
        label="Samples of noise",
        low=2,
        high=1000,
        advanced=True,
        when=("noise", _NOISY),
        help="How many noisy copies are attributed; the time grows with it.",
    )
    deviation: float = setting(
        0.1,
        label="Standard deviation of the noise",
        low=0.001,
        high=10.0,
        advanced=True,
        when=("noise", _NOISY),
        help="Relative to the 1 of a base, or to the spread of the embeddings of tokens.",
    )

    @property
    def squares(self) -> bool:
        """True where numbers are squares or variances."""
        return self.noise in (SQUARED, VARIANCE)

    @property
    def noise_rule(self) -> str:
        """Say in words what noise does to the numbers; nothing where there is none."""
        if self.noise == NONE:
            return ""
        return f"; {self.noise} over {self.samples} samples of noise with standard deviation {self.deviation:g}"

    def draw_noise(self, batch: "Batch") -> "Iterator[Tensor]":
        """Draw what is added to the sequences of a batch, (N, *S), once for each sample."""
        import torch

        generators = [make_generator(sequence, batch.seed) for sequence in batch.sequences]
        for _ in range(self.samples):
            drawn = np.stack([each.standard_normal(batch.x.shape[1:]) for each in generators])
            yield torch.from_numpy(drawn).to(batch.x) * (self.deviation * batch.unit)

    def combine(self, samples: list[Contributions], *, over: int) -> Contributions:
        """Give what the contributions with each sample of noise come to.

        The noise is a source of chance beside those of the method; of squares and variances it is the only one told.

        Parameters
        ----------
        over
            Axis of (N, *S) over which the numbers of one position or token are summed.
        """
        import torch

        values = torch.stack([sample.numbers for sample in samples], dim=1).double()  # N, samples, *S
        multipliers = torch.stack([sample.multipliers for sample in samples]).mean(dim=0)
        taken = torch.stack([sample.taken for sample in samples]).mean(dim=0)
        others = [torch.stack(each).mean(dim=0) for each in zip(*(sample.sources for sample in samples), strict=True)]
        if self.squares:
            centre = values.mean(dim=1, keepdim=True) if self.noise == VARIANCE else 0.0
            values, others = (values - centre).square(), []
        return Contributions(values.mean(dim=1), multipliers, taken, (values.sum(dim=over + 1), *others))
