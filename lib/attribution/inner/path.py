"""Sums of gradients on the lines from references to sequences, refined where they are not exact enough.

Shapes: N sequences, K references each, points (P, *S). The trapezoid rule with n intervals weights inner points by 1 /
n and ends by 1 / 2n, so halving the intervals halves what was summed and adds the middles: nothing is computed again. A
point on a line has the slope s = sum((x - r) G), whose exact mean over the line is f(x) - f(r).
"""

from collections.abc import Callable

import torch
from torch import Tensor

from lib.attribution.inner.network import Network
from lib.attribution.inner.readers import Batch

_BALANCED = 0.1  # deltas, relative as for the tolerance, up to which the weights are shifted to meet the sum
_SMALL = 1e-12


class Path:
    """The lines of one batch.

    Sums over points and references, each weighted; the weights of a sequence add up to 1: ``gradient`` of G, ``taken``
    of r G, both (N, *S), the same times the slope s in ``gradient_s`` and ``taken_s``, and (N,) ``slope`` of s and
    ``slope_s`` of its square, ``moved`` of its size.

    Parameters
    ----------
    network, batch
        What is differentiated, and where the lines begin, with the predictions there, and end.
    alive
        Called before each pass.
    """

    def __init__(self, network: Network, batch: Batch, alive: Callable[[], None]) -> None:
        self.network, self.batch, self.alive = network, batch, alive
        self.count, self.copies = batch.references.shape[:2]
        kind = {"dtype": torch.float64, "device": batch.x.device}
        self.gradient, self.taken, self.gradient_s, self.taken_s = (
            torch.zeros(batch.x.shape, **kind) for _ in range(4)
        )
        self.slope, self.slope_s, self.moved = (torch.zeros(self.count, **kind) for _ in range(3))
        places = batch.x.sum(dim=network.over).shape[1]
        self.draws = torch.zeros((self.count, self.copies, places), **kind)  # contributions by each reference
        self.asked = -batch.begins.double().mean(dim=1)  # N, with f(x) as soon as the ends are taken

    def begin(self, intervals: int) -> None:
        """Take the ends, and the points between so many intervals."""
        every = torch.arange(self.count, device=self.batch.x.device)
        self._ends(1 / (2 * intervals))
        self._between(every, torch.tensor([0.0]), 1 / (2 * intervals))
        self._between(every, torch.arange(1, intervals) / intervals, 1 / intervals)

    def unsettled(self, tolerance: float) -> Tensor:
        """Give the sequences whose sum is farther off than the tolerance."""
        return torch.nonzero(self.error.abs() > tolerance * self.scale)[:, 0]

    @property
    def scale(self) -> Tensor:
        """Give how far the prediction goes, up and down, on the way from a reference, on average (N,)."""
        return torch.maximum(self.moved, self.asked.abs())

    def halve(self, rows: Tensor, intervals: int) -> None:
        """Add the middles of the intervals of some sequences."""
        totals = (self.gradient, self.taken, self.gradient_s, self.taken_s, self.slope, self.slope_s, self.moved)
        for total in (*totals, self.draws):
            total[rows] *= 0.5
        self._between(rows, (torch.arange(intervals) + 0.5) / intervals, 1 / (2 * intervals))

    @property
    def error(self) -> Tensor:
        """Give by how much the sums over whole sequences are off, (N,)."""
        return self.slope - self.asked

    def balanced(self) -> tuple[Tensor, Tensor]:
        """Give the means of G and r G, (N, *S), with weights shifted to meet the sum where that is a small step."""
        variance = self.slope_s - self.slope.square()
        missing = -self.error
        small = (missing.abs() <= _BALANCED * self.scale) & (variance > _SMALL * self.slope_s)
        shift = torch.where(small, missing / variance.where(small, torch.ones_like(variance)), 0.0)
        shift, slope = (numbers.reshape(-1, *[1] * (self.gradient.dim() - 1)) for numbers in (shift, self.slope))
        return (
            self.gradient + shift * (self.gradient_s - slope * self.gradient),
            self.taken + shift * (self.taken_s - slope * self.taken),
        )

    def _ends(self, weight: float) -> None:
        """Add the points at the sequences themselves, which all lines of a sequence share."""
        for part in self.network.passes(self.batch.x, self.batch.ids, self.count):
            self.alive()
            rows = torch.arange(part.start, part.stop, device=self.batch.x.device)
            values, found = self.network.gradients(self.batch.x[part], self.batch.ids_of(rows))
            self.asked[part] += values.double()
            lines = self.batch.x[part][:, None] - self.batch.references[part]  # n, K, *S
            self.draws[part] += weight * (lines * found[:, None]).sum(dim=self.network.over + 1)
            slopes = (lines * found[:, None]).flatten(2).sum(dim=2).double()  # n, K
            share = weight / self.copies
            means = torch.einsum("nk...,nk->n...", self.batch.references[part].double(), slopes)
            wide = found.double()
            self.gradient[part] += weight * wide
            self.taken[part] += weight * wide * self.batch.references[part].mean(dim=1)
            self.gradient_s[part] += share * wide * slopes.sum(dim=1).reshape(-1, *[1] * (wide.dim() - 1))
            self.taken_s[part] += share * wide * means
            self.slope[part] += share * slopes.sum(dim=1)
            self.slope_s[part] += share * slopes.square().sum(dim=1)
            self.moved[part] += share * slopes.abs().sum(dim=1)

    def _between(self, rows: Tensor, places: Tensor, weight: float) -> None:
        """Add points at the same places, from 0 to 1, of all lines of some sequences."""
        where, places = self.batch.x.device, places.to(self.batch.x)
        total = len(rows) * self.copies * len(places)
        share = weight / self.copies
        for part in self.network.passes(self.batch.x, self.batch.ids, total):
            self.alive()
            number = torch.arange(part.start, part.stop, device=where)
            line, place = number // len(places), places[number % len(places)]
            row = rows[line // self.copies]
            begin = self.batch.references[row, line % self.copies]  # P, *S
            way = self.batch.x[row] - begin
            points = begin + way * place.reshape(-1, *[1] * (way.dim() - 1))
            _, found = self.network.gradients(points, self.batch.ids_of(row))
            slopes = (way * found).flatten(1).sum(dim=1).double()  # P
            wide, taken = found.double() * share, (begin * found).double() * share
            self.draws.index_put_(
                (row, line % self.copies), weight * (way * found).sum(dim=self.network.over).double(), accumulate=True
            )
            steep = slopes.reshape(-1, *[1] * (way.dim() - 1))
            self.gradient.index_add_(0, row, wide)
            self.taken.index_add_(0, row, taken)
            self.gradient_s.index_add_(0, row, wide * steep)
            self.taken_s.index_add_(0, row, taken * steep)
            self.slope.index_add_(0, row, slopes * share)
            self.slope_s.index_add_(0, row, slopes.square() * share)
            self.moved.index_add_(0, row, slopes.abs() * share)
