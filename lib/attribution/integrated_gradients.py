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

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, ClassVar

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
        10, label="Shuffles", low=1, high=100, help="How many shuffled references are averaged.", advanced=True
    )
    steps: int = setting(
        32,
        label="Steps",
        low=4,
        high=1000,
        help="Points on the way from reference to sequence. More steps make the convergence delta smaller.",
        advanced=True,
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
        if not isinstance(fitted, Differentiable):
            raise UserError(
                "This model has no gradients, and integrated gradients need them. "
                "Choose in-silico mutagenesis, which works with every model."
            )
        network = fitted.network()
        first = next(network.parameters(), None)
        size = _POSITIONS["cuda" if first is not None and first.is_cuda else "cpu"]
        done: dict[int, Attribution] = {}
        for rows in _groups(sequences, size // (self.steps * (self.shuffles if self.reference == SHUFFLES else 1))):
            chosen = [sequences[row] for row in rows]
            if not chosen[0]:
                raise UserError("A sequence is empty; attribution needs at least one nucleotide. Leave it out.")
            found = self._same_length(network, chosen, target, target_name, seed)
            done.update(zip(rows, found, strict=True))
            progress.report(Report(len(done), len(sequences), stage="Attribution"))
        return [done[row] for row in range(len(sequences))]

    def _same_length(
        self, network: "nn.Module", sequences: list[str], target: int, target_name: str, seed: int
    ) -> list[Attribution]:
        x = np.stack([one_hot(sequence) for sequence in sequences]).astype(np.float64)  # N, 4, L
        r = np.stack(
            [references(self.reference, sequence, shuffles=self.shuffles, seed=seed) for sequence in sequences]
        )  # N, K, 4, L
        pairs = (len(x) * r.shape[1], 4, x.shape[2])
        ends = np.broadcast_to(x[:, None], r.shape).reshape(pairs)
        gradients, f_x, f_r = _mean_gradients(network, x, ends, r.reshape(pairs), target, self.steps)
        gradients = gradients.reshape(r.shape)  # N, K, 4, L
        f_r = f_r.reshape(r.shape[:2]).mean(axis=1)  # N
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


def _mean_gradients(
    network: "nn.Module", x: FloatArray, ends: FloatArray, starts: FloatArray, target: int, steps: int
) -> tuple[FloatArray, FloatArray, FloatArray]:
    """Give the mean gradients (P, 4, L) on the lines from starts to ends, f(x) (N,) and f(starts) (P,)."""
    import torch
    from captum.attr import IntegratedGradients as Captum

    parameter = next(network.parameters(), torch.zeros(()))

    def tensor(values: FloatArray) -> "torch.Tensor":
        return torch.tensor(values, dtype=parameter.dtype, device=parameter.device)

    most = max(1, _POSITIONS["cuda" if parameter.is_cuda else "cpu"] // x.shape[2])
    with torch.no_grad():
        f_x = np.concatenate([_column(network, tensor(x[i : i + most]), target) for i in range(0, len(x), most)])
        f_starts = np.concatenate(
            [_column(network, tensor(starts[i : i + most]), target) for i in range(0, len(starts), most)]
        )
    captum = Captum(network, multiply_by_inputs=False)
    parts = []
    rows = max(1, most // steps)
    for i in range(0, len(ends), rows):
        found = captum.attribute(
            tensor(ends[i : i + rows]),
            baselines=tensor(starts[i : i + rows]),
            target=target,
            n_steps=steps,
            method="gausslegendre",
            internal_batch_size=most,
        )
        parts.append(found.detach().cpu().numpy().astype(np.float64))
    return np.concatenate(parts), f_x, f_starts


def _column(network: "nn.Module", x: "torch.Tensor", target: int) -> FloatArray:
    predicted = network(x)
    if not 0 <= target < predicted.shape[1]:
        raise UserError(f"The model has {predicted.shape[1]} targets; there is no target number {target + 1}.")
    values: FloatArray = predicted[:, target].cpu().numpy().astype(np.float64)
    return values
