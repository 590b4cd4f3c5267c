"""Integrated gradients (Sundararajan et al. 2017, arXiv:1703.01365), by Captum.

For a sequence x and a reference r, both (4, L), G is the mean gradient on the straight line from r to x. Three numbers
follow from it, each averaged over the references:

- score of a position: the sum over the four channels of (x - r) G. What a reference base takes away there belongs to
  that position too, so that the scores add up to f(x) - mean f(r); what is missing is the convergence delta.
- hypothetical contribution of base j at a position: the sum over the channels of (e_j - r) G, with e_j the column of
  base j. At the base that stands there it is the score. It uses the gradients on the way to x, not to the sequence
  with that base, so it is a linear estimate, as the hypothetical contributions of DeepSHAP are.
- convergence delta: the sum of the scores minus (f(x) - mean f(r)).
"""

import copy
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING, Any, ClassVar

import numpy as np

from lib.attribution.base import METHODS, SILENT, Attribution
from lib.attribution.references import KINDS, SHUFFLES, describe, references
from lib.core.alphabet import one_hot
from lib.core.errors import UserError
from lib.core.progress import Progress, Report
from lib.core.registry import setting
from lib.data.dataset import FloatArray
from lib.models.base import Differentiable, Fitted

if TYPE_CHECKING:
    import torch
    from torch import nn

RULE = "sum over the four channels of (sequence - reference) times the mean gradient between them"
_POSITIONS = {"cpu": 2**15, "cuda": 2**18}  # positions that pass through the network at a time


@METHODS.add
@dataclass(frozen=True)
class IntegratedGradients:
    """Attribute by the gradients on the straight line from reference sequences to the sequence."""

    name: ClassVar[str] = "integrated-gradients"
    label: ClassVar[str] = "Integrated gradients"
    summary: ClassVar[str] = (
        "Gradients of the prediction, summed on the way from a reference sequence. "
        "The scores add up to the difference of the two predictions."
    )

    reference: str = setting(
        SHUFFLES,
        label="Reference sequence",
        choices=KINDS,
        help="What the sequence is compared with. Shuffles keep its dinucleotides, so only their order counts.",
    )
    shuffles: int = setting(
        20, label="Shuffles", low=1, high=100, help="How many shuffled references are averaged.", advanced=True
    )
    steps: int = setting(
        50,
        label="Steps",
        low=4,
        high=1000,
        help="Points on the way from reference to sequence. More steps make the convergence delta smaller.",
        advanced=True,
    )

    @classmethod
    def refuses(cls, fitted: Fitted) -> str:
        """Say why a trained model cannot be explained by this method; nothing where it can."""
        if isinstance(fitted, Differentiable):
            return ""
        return (
            "This model has no gradients, so methods that need them cannot explain it. "
            "Choose in-silico mutagenesis, which works with every model."
        )

    def attribute(
        self,
        fitted: Fitted,
        sequences: Sequence[str],
        *,
        target: int = 0,
        target_name: str = "",
        seed: int = 0,
        progress: Progress = SILENT,
    ) -> list[Attribution]:
        """Attribute one target for N sequences of any lengths, in their order.

        Raises
        ------
        UserError
            If the model has no gradients, or a sequence is empty.
        """
        if why := self.refuses(fitted):
            raise UserError(why)
        network = _Gradients(fitted.network(), target, self.steps)
        passes = self.steps * (self.shuffles if self.reference == SHUFFLES else 1)
        done: dict[int, Attribution] = {}
        for rows in _groups(sequences, network.positions // passes):
            chosen = [sequences[row] for row in rows]
            if not chosen[0]:
                raise UserError("A sequence is empty; attribution needs at least one nucleotide. Leave it out.")
            alive = partial(progress.report, Report(len(done), len(sequences), stage="Attribution"))
            found = self._same_length(network, chosen, target_name, seed, alive)
            done.update(zip(rows, found, strict=True))
        progress.report(Report(len(done), len(sequences), stage="Attribution"))
        return [done[row] for row in range(len(sequences))]

    def _same_length(
        self, network: "_Gradients", sequences: list[str], target_name: str, seed: int, alive: Callable[[], None]
    ) -> list[Attribution]:
        x = np.stack([one_hot(sequence) for sequence in sequences]).astype(np.float64)  # N, 4, L
        r = np.stack(
            [references(self.reference, sequence, shuffles=self.shuffles, seed=seed) for sequence in sequences]
        )  # N, K, 4, L
        pairs = (len(x) * r.shape[1], 4, x.shape[2])
        ends = np.broadcast_to(x[:, None], r.shape).reshape(pairs)
        f_x = network.predict(x)  # N
        gradients = network.between(r.reshape(pairs), ends, alive).reshape(r.shape)  # N, K, 4, L
        f_r = network.predict(r.reshape(pairs)).reshape(r.shape[:2]).mean(axis=1)  # N
        scores = ((x[:, None] - r) * gradients).sum(axis=2).mean(axis=1)  # N, L
        hypothetical = (gradients - (r * gradients).sum(axis=2, keepdims=True)).mean(axis=1)  # N, 4, L
        delta = scores.sum(axis=1) - (f_x - f_r)
        return [
            Attribution(
                sequence=sequence,
                scores=scores[row],
                hypothetical=hypothetical[row],
                effects=None,
                method=self.label,
                reference=describe(self.reference, self.shuffles),
                rule=RULE,
                target=target_name,
                prediction=float(f_x[row]),
                reference_prediction=float(f_r[row]),
                delta=float(delta[row]),
            )
            for row, sequence in enumerate(sequences)
        ]


def _groups(sequences: Sequence[str], positions: int) -> Iterator[list[int]]:
    """Give the rows of sequences of one length, as many at a time as hold this many positions, at least one."""
    by_length: dict[int, list[int]] = {}
    for row, sequence in enumerate(sequences):
        by_length.setdefault(len(sequence), []).append(row)
    for length, rows in by_length.items():
        size = max(1, positions // max(1, length))
        for start in range(0, len(rows), size):
            yield rows[start : start + size]


class _Gradients:
    """One output of a network and its mean gradients, in batches of bounded size.

    Where there is a GPU a copy of the network goes there, so that the network itself stays as it is.

    Parameters
    ----------
    network, target, steps
        The module, which of its outputs, and how many points stand on the way.
    """

    def __init__(self, network: "nn.Module", target: int, steps: int) -> None:
        import torch

        from lib.training import device

        parameter = next(network.parameters(), torch.zeros(()))
        where = device.choose("auto")
        self.network = network if parameter.device.type == where.type else copy.deepcopy(network).to(where)
        self.target, self.steps = target, steps
        self.kind: dict[str, Any] = {"dtype": parameter.dtype, "device": where}
        self.positions = _POSITIONS[where.type]

    def predict(self, x: FloatArray) -> FloatArray:
        """Turn (N, 4, L) into f(x) (N,)."""
        import torch

        parts = []
        for batch in self._batches(x, each=1):
            with torch.no_grad():
                predicted = self.network(self._tensor(x[batch]))
            if not 0 <= self.target < predicted.shape[1]:
                found = f"The model has {predicted.shape[1]} targets"
                raise UserError(f"{found}; there is no target number {self.target + 1}.")
            parts.append(predicted[:, self.target].cpu().numpy().astype(np.float64))
        return np.concatenate(parts)

    def between(self, starts: FloatArray, ends: FloatArray, alive: Callable[[], None]) -> FloatArray:
        """Give the mean gradients (P, 4, L) on the lines from starts to ends; ``alive`` is called before each batch."""
        from captum.attr import IntegratedGradients as Captum

        captum = Captum(self.network, multiply_by_inputs=False)
        parts = []
        for batch in self._batches(ends, each=self.steps):
            alive()
            found = captum.attribute(
                self._tensor(ends[batch]),
                baselines=self._tensor(starts[batch]),
                target=self.target,
                n_steps=self.steps,
                method="gausslegendre",
                internal_batch_size=max(1, self.positions // ends.shape[2]),
            )
            parts.append(found.detach().cpu().numpy().astype(np.float64))
        return np.concatenate(parts)

    def _batches(self, x: FloatArray, *, each: int) -> list[slice]:
        """Cut (N, 4, L) into even batches, where every row passes ``each`` times."""
        most = max(1, self.positions // (x.shape[2] * each))
        size = -(-len(x) // -(-len(x) // most))
        return [slice(start, start + size) for start in range(0, len(x), size)]

    def _tensor(self, values: FloatArray) -> "torch.Tensor":
        import torch

        return torch.tensor(values, **self.kind)
