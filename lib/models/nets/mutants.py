"""Every single mutant of a sequence by a residual network, computing only what the mutation reaches.

A mutation changes the first convolution within the width of a filter, and each residual block carries the change a
little further; all other places stay as they were, and the means over places turn into sums of what changed. What
is computed are the differences to the sequence as it stands: of a convolution, which is linear, they are the same
convolution of the differences; of a rectifier they are max(d + min(a, 0), -max(a, 0)) with a the value before and d the
difference. Batch norms are affine maps here and are folded in.

All mutants at the nucleotides of one pooled place share one window of places. Their differences are kept as
(places w, sequences S, pooled places B, mutants V, channels C): a stretch of places is one block of memory, so each tap
of a convolution is one matrix product, added in place, and what stands in the sequence is read through a strided view.
"""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor, nn

from lib.core.alphabet import codes
from lib.models.nets.residual import MaskedBatchNorm, RegionPooling, ResidualNetwork, TargetNetwork

MUTANTS = {"cpu": 192, "cuda": 6144}
"""Mutants computed at a time: few enough for the cache of a processor, enough for quick matrix products."""
_LETTERS = 2**14  # letters of sequences whose values are held at a time
_OTHERS = np.array([[base for base in range(4) if base != letter] + [letter] * (letter < 4) for letter in range(5)])
"""(5, 4) the bases that a letter can turn into; a known one turns into itself last, which changes nothing."""


class Rectified(NamedTuple):
    """What stands before a rectifier in S sequences: below = min(a, 0) and lost = -max(a, 0), (S, P, C) each."""

    below: Tensor
    lost: Tensor

    @classmethod
    def of(cls, before: Tensor) -> "Rectified":
        """Take the values before the rectifier, (S, C, P)."""
        values = before.transpose(1, 2).contiguous()
        return cls(values.clamp(max=0), -values.clamp(min=0))


class Standing(NamedTuple):
    """The values of S sequences as they stand.

    Parameters
    ----------
    stem
        Before the first rectifier, at P * pool nucleotides.
    layers
        Before every later one, at P places: two for each block, then the last.
    share
        (S, P, 1) part of the mean of a place that each of its nucleotides has.
    predicted
        (S,) in the units of the target.
    heads
        (1, P, C) what a channel of a place adds to the target: its part of the means, times the weights of the head.
    """

    stem: Rectified
    layers: tuple[Rectified, ...]
    share: Tensor
    predicted: NDArray[np.float64]
    heads: Tensor


@dataclass(frozen=True)
class Block:
    """The weights of a residual block: factor (C,), taps (C, C) from left to right, dilation, mix (C, C)."""

    factor: Tensor
    taps: tuple[Tensor, ...]
    dilation: int
    mix: Tensor

    @property
    def reach(self) -> int:
        """Places to each side that a change is carried."""
        return (len(self.taps) - 1) // 2 * self.dilation

    def forward(self, change: Tensor, window: range, outer: Rectified, inner: Rectified) -> tuple[Tensor, range]:
        """Carry a change (w, S, B, V, C) through the block; give it with its wider window."""
        places, bases, channels = outer.below.shape[1], change.shape[2], change.shape[4]
        carried = rectify(scale(change, self.factor, window, outer), window, outer)
        source = carried.view(len(window), -1, channels)
        wider = range(max(0, window.start - self.reach), min(places, window.stop + self.reach))
        shape = (len(wider), *change.shape[1:])
        looked = view(inner.below, wider, bases).expand(shape).contiguous()
        flat = looked.view(len(wider), -1, channels)
        for number, tap in enumerate(self.taps):
            shift = self.reach - number * self.dilation  # from the place that changed to the one that sees it
            low, high = max(window.start + shift, wider.start), min(window.stop + shift, wider.stop)
            if low < high:
                there = source[low - shift - window.start : high - shift - window.start]
                here = flat[low - wider.start : high - wider.start]
                here.view(-1, channels).addmm_(there.view(-1, channels), tap)
        mixed = torch.mm(rectify(looked, wider, inner).view(-1, channels), self.mix).view(shape)
        mixed[window.start - wider.start : window.stop - wider.start] += change
        return mixed, wider


class Mutants:
    """Computes the mutants of sequences by one target of a network.

    Parameters
    ----------
    network
        In eval mode, around a ``ResidualNetwork``.
    target
        Which of its outputs.

    Raises
    ------
    ValueError
        If a filter has an even width, from which a change does not spread evenly to both sides.
    """

    def __init__(self, network: TargetNetwork[ResidualNetwork], target: int) -> None:
        body = network.body
        widths = [body.stem.kernel_size[0], *(block.dilated.kernel_size[0] for block in body.blocks)]
        if any(width % 2 == 0 for width in widths):
            raise ValueError(f"the filters are {widths} wide; all of them must have a middle")
        self.body, self.network, self.target = body, network, target
        self.pool, self.half = body.local.size, body.stem.kernel_size[0] // 2
        self.before, self.after = -(-self.half // self.pool), (self.pool - 1 + self.half) // self.pool
        with torch.inference_mode():
            self.table = self._table(body.stem.weight * _factor(body.stem_norm)[:, None, None])
            self.blocks = [
                Block(
                    _factor(block.norm),
                    tuple(tap.T.contiguous() for tap in block.dilated.weight.unbind(dim=2)),
                    int(block.dilated.dilation[0]),
                    block.mix.weight[:, :, 0].T.contiguous(),
                )
                for block in body.blocks
            ]
            self.most = MUTANTS.get(self.table.device.type, MUTANTS["cpu"])
            self.last = _factor(body.norm)
            self.head = body.head.weight[target] * network.scale[target]

    @torch.inference_mode()
    def effects(
        self, sequences: Sequence[str], alive: Callable[[], None]
    ) -> Iterator[tuple[int, float, NDArray[np.float64]]]:
        """Give number, prediction and effects (4, L) of each sequence, those of equal length together.

        ``alive`` is called before each batch of mutants.
        """
        by_length: dict[int, list[int]] = {}
        for row, sequence in enumerate(sequences):
            by_length.setdefault(len(sequence), []).append(row)
        for length, rows in by_length.items():
            size = max(1, min(self.most // (3 * self.pool), _LETTERS // length))
            for start in range(0, len(rows), size):
                chosen = rows[start : start + size]
                letters = np.stack([codes(sequences[row]) for row in chosen])
                standing = self._standing(letters)
                found = self._together(letters, standing, alive)
                yield from zip(chosen, standing.predicted.tolist(), found, strict=True)

    def _together(
        self, letters: NDArray[np.uint8], standing: Standing, alive: Callable[[], None]
    ) -> NDArray[np.float64]:
        """Give the effects (S, 4, L) of S sequences of one length, as letters (S, L)."""
        rows, length = letters.shape
        effects = np.zeros((rows, 4, length))
        for first, bases in self._units(length, rows):
            alive()
            positions = np.arange(first * self.pool, min((first + bases) * self.pool, length))
            here = letters[:, positions]  # S, positions
            kinds = 4 if (here > 3).any() else 3
            others = _OTHERS[here][:, :, :kinds]  # S, positions, kinds
            found = self._unit(here, first, bases, kinds, standing).reshape(others.shape)
            effects[np.arange(rows)[:, None, None], others, positions[None, :, None]] = found
        return effects

    def _unit(
        self, here: NDArray[np.uint8], first: int, bases: int, kinds: int, standing: Standing
    ) -> NDArray[np.float64]:
        """Give the effects of the mutants at ``bases`` pooled places from ``first`` on, flat."""
        pool, places, each = self.pool, standing.share.shape[1], here.shape[1] // bases
        start = first - self.before
        window = range(max(0, start), min(places, first + self.after + 1))
        reached = slice((window.start - start) * pool, (window.stop - start) * pool)
        index = (here + 5 * (np.arange(here.shape[1]) % each)).astype(np.int64).ravel()
        change = self.table[reached, :, :kinds].index_select(1, torch.from_numpy(index).to(self.table.device))
        change = change.view(len(window) * pool, len(here), bases, each * kinds, -1)
        nucleotides = range(window.start * pool, window.stop * pool)
        change += view(standing.stem.below, nucleotides, bases, pool)
        change = rectify(change, nucleotides, standing.stem, pool)
        change = change.view(len(window), pool, *change.shape[1:]).sum(dim=1)
        change *= view(standing.share, window, bases)
        for block, outer, inner in zip(self.blocks, standing.layers[:-1:2], standing.layers[1::2], strict=True):
            change, window = block.forward(change, window, outer, inner)
        last = standing.layers[-1]
        change = rectify(scale(change, self.last, window, last), window, last)
        if not isinstance(self.body.pooling, RegionPooling):
            return (change.sum(dim=0) @ standing.heads[0, 0]).double().cpu().numpy()
        change *= view(standing.heads, window, bases)
        return change.sum(dim=(0, 4)).double().cpu().numpy()

    def _standing(self, letters: NDArray[np.uint8]) -> Standing:
        body, length = self.body, letters.shape[1]
        hot = torch.from_numpy((letters[:, None] == np.arange(4)[:, None]).astype(np.float32)).to(self.table)
        before = body.stem_norm(body.stem(hot))
        places = -(-length // self.pool)
        # Nucleotides beyond the end, which fill the last place, never come above the rectifier.
        stem = Rectified.of(nn.functional.pad(before, (0, places * self.pool - length), value=float("-inf")))
        hidden, _ = body.local(before.relu(), None)
        counts = hidden.new_full((places,), self.pool)
        counts[-1] = length - (places - 1) * self.pool
        share = (1 / counts)[None, :, None].expand(len(letters), -1, -1).contiguous()
        layers = []
        for block in body.blocks:
            outer = block.norm(hidden)
            inner = block.dilated(outer.relu())
            layers += [Rectified.of(outer), Rectified.of(inner)]
            hidden = hidden + block.mix(inner.relu())
        last = body.norm(hidden)
        standard = body.head(body.pooling(last.relu(), None))[:, self.target]
        predicted = standard * self.network.scale[self.target] + self.network.centre[self.target]
        return Standing(
            stem, (*layers, Rectified.of(last)), share, predicted.double().cpu().numpy(), self._heads(places)
        )

    def _heads(self, places: int) -> Tensor:
        """Give what a channel of a place adds to the target, (1, P, C)."""
        pooling = self.body.pooling
        if not isinstance(pooling, RegionPooling):
            return (self.head / places).expand(1, places, -1)
        weights = pooling.weights(self.head.new_full((1, 1), places), places)[0]  # R, P
        return (weights.T @ self.head.view(pooling.regions, -1))[None].contiguous()

    def _units(self, length: int, rows: int) -> Iterator[tuple[int, int]]:
        """Cut the pooled places into batches: those whose windows stay inside together, those at the ends alone."""
        places, reach = -(-length // self.pool), sum(block.reach for block in self.blocks)
        low, high = self.before + reach, min(places - self.after - reach, length // self.pool)
        size = max(1, self.most // (3 * self.pool * rows))
        first = 0
        while first < places:
            bases = min(size, high - first) if low <= first < high else 1
            yield first, bases
            first += bases

    def _table(self, weight: Tensor) -> Tensor:
        """Tabulate how a mutation changes the first convolution: (nucleotides, pool * 5 letters, 4 others, C).

        The nucleotides are those of all pooled places that a mutation within one pooled place can reach.
        """
        channels, _, width = weight.shape
        letters = torch.cat([weight.permute(2, 1, 0), weight.new_zeros(width, 1, channels)], dim=1)  # K, 5, C
        change = letters[:, torch.from_numpy(_OTHERS)] - letters[:, :, None]  # K, 5, 4, C
        nucleotides = (self.before + 1 + self.after) * self.pool
        table = weight.new_zeros(nucleotides, self.pool, 5, 4, channels)
        for offset in range(self.pool):
            start = self.before * self.pool + offset - self.half
            table[start : start + width, offset] = change.flip(0)
        return table.flatten(1, 2)


def view(values: Tensor, window: range, bases: int, step: int = 1) -> Tensor:
    """View values (S, P, C) as (w, S, B, 1, C) without a copy: the window of the first of B places, then of the next.

    Parameters
    ----------
    values, window, bases
        Contiguous; places for the first one; B.
    step
        Places from one window to the next.
    """
    rows, places, channels = values.shape
    strides = (channels, places * channels, step * channels, channels, 1)
    return values.as_strided((len(window), rows, bases, 1, channels), strides, window.start * channels)


def scale(change: Tensor, factor: Tensor, window: range, before: Rectified) -> Tensor:
    """Multiply each channel of differences (w, S, B, V, C) and add ``below``, as memory without gaps."""
    return torch.addcmul(view(before.below, window, change.shape[2]), change, factor, out=torch.empty_like(change))


def rectify(change: Tensor, window: range, before: Rectified, step: int = 1) -> Tensor:
    """Turn differences with ``below`` added, (w, S, B, V, C), into differences after the rectifier, in place."""
    return torch.maximum(change, view(before.lost, window, change.shape[2], step), out=change)


def _factor(norm: MaskedBatchNorm) -> Tensor:
    """Give the factor (C,) that a batch norm multiplies with in eval mode."""
    return norm.weight * (norm.running_var + norm.eps).rsqrt()
