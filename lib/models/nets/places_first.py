"""The residual network of one-hot nucleotides with places as the first axis: the same numbers, quicker gradients.

Shapes: hidden (P, N, C). A stretch of places is one block of memory, so each tap of a dilated convolution is one matrix
product added in place, forwards and backwards; libraries for convolutions are slower backwards at these widths, and
reorder memory on the way. In eval mode a batch norm is an affine map: that of the stem is folded into its weights, and
what convolutions add to every place is folded into the map that follows.

Weights are constants here and nothing can be hooked: attribution by rules (DeepLIFT) needs the network itself.
"""

from typing import Any, NamedTuple

import torch
from torch import Tensor, nn

from lib.models.nets.mean_network import MeanNetwork
from lib.models.nets.residual import MaskedBatchNorm, ResidualNetwork, TargetNetwork


def places_first(module: nn.Module) -> nn.Module:
    """Give a module in eval mode that computes the same with quicker gradients where one is known, else this one."""
    if isinstance(module, MeanNetwork):
        networks = [places_first(network) for network in module.networks]
        return MeanNetwork(networks, module.weights, module.added)
    body = getattr(module, "body", None)
    odd = isinstance(body, ResidualNetwork) and all(block.dilated.kernel_size[0] % 2 for block in body.blocks)
    if isinstance(module, TargetNetwork) and isinstance(body, ResidualNetwork) and odd:
        return TargetNetwork(PlacesFirst(body), module.centre, module.scale, module.link)
    return module


class PlacesFirst(nn.Module):
    """Computes what a ``ResidualNetwork`` does in eval mode, of unpadded sequences."""

    def __init__(self, network: ResidualNetwork) -> None:
        super().__init__()
        self.pooling, self.head = network.pooling, network.head
        with torch.no_grad():
            self.weights = _Weights.of(network)

    def forward(self, sequences: Tensor, mask: Tensor | None = None) -> Tensor:
        """Turn (N, 4, L) into (N, outputs); there is no mask."""
        hidden: Tensor = _Body.apply(sequences, self.weights)  # type: ignore[no-untyped-call]  # P, N, C
        found: Tensor = self.head(self.pooling(hidden.permute(1, 2, 0), None))
        return found


class _Block(NamedTuple):
    """A residual block: an affine map, (C,) each, taps (K, C, C) and bias (C,) with their dilation, mix (C, C)."""

    factor: Tensor
    term: Tensor
    taps: Tensor
    bias: Tensor
    dilation: int
    mix: Tensor


class _Weights(NamedTuple):
    """A residual network: stem (K * 4, C) with term (C,), its width and pooling, blocks, and the last affine map."""

    stem: Tensor
    term: Tensor
    width: int
    pool: int
    blocks: tuple[_Block, ...]
    last: tuple[Tensor, Tensor]

    @classmethod
    def of(cls, network: ResidualNetwork) -> "_Weights":
        """Take the weights of a network."""
        factor, term = _affine(network.stem_norm, torch.zeros_like(_bias(network.stem)))
        stem = (network.stem.weight * factor[:, None, None]).permute(2, 1, 0).reshape(-1, len(factor))
        added, blocks = torch.zeros_like(term), []  # what convolutions add to every place
        for block in network.blocks:
            taps = block.dilated.weight.permute(2, 1, 0).contiguous()
            mix = block.mix.weight[:, :, 0].t().contiguous()
            affine = _affine(block.norm, added)
            blocks.append(_Block(*affine, taps, _bias(block.dilated), block.dilated.dilation[0], mix))
            added = added + _bias(block.mix)
        width, pool = network.stem.kernel_size[0], network.local.size
        last = _affine(network.norm, added)
        return cls(stem, _bias(network.stem) * factor + term, width, pool, tuple(blocks), last)


class _Body(torch.autograd.Function):
    """Everything before the places are averaged: sequences (N, 4, L) to (P, N, C)."""

    @staticmethod
    def forward(context: Any, sequences: Tensor, weights: _Weights) -> Tensor:
        count, length, left = len(sequences), sequences.shape[2], (weights.width - 1) // 2
        padded = nn.functional.pad(sequences, (left, weights.width - 1 - left)).permute(2, 0, 1)  # L + K - 1, N, 4
        windows = torch.cat([padded[tap : tap + length] for tap in range(weights.width)], dim=2)  # L, N, K * 4
        stem = torch.addmm(weights.term, windows.flatten(0, 1), weights.stem).relu_().view(length, count, -1)
        hidden, kept = _pool(stem, weights.pool), []  # P, N, C
        for block in weights.blocks:
            seen = torch.addcmul(block.term, hidden, block.factor).relu_()
            inner = _sum_taps(seen, block.taps, block.dilation, block.bias).relu_()
            hidden.flatten(0, 1).addmm_(inner.flatten(0, 1), block.mix)
            kept += [seen, inner]
        last = torch.addcmul(weights.last[1], hidden, weights.last[0]).relu_()
        context.save_for_backward(stem, last, *kept)
        context.weights = weights
        return last

    @staticmethod
    def backward(context: Any, slopes: Tensor) -> tuple[Tensor | None, ...]:
        stem, last, *kept = context.saved_tensors
        weights, (length, count, channels) = context.weights, stem.shape
        slope = _through((slopes * weights.last[0]).contiguous(), last)
        for block, seen, inner in zip(weights.blocks[::-1], kept[-2::-2], kept[::-2], strict=True):
            within = _through(torch.mm(slope.flatten(0, 1), block.mix.t()).view(slope.shape), inner)
            within = _through(_sum_taps(within, block.taps.transpose(1, 2), -block.dilation), seen)
            slope.addcmul_(within, block.factor)
        wide = _through(_unpool(slope, length, weights.pool), stem)
        windows = torch.mm(wide.view(-1, channels), weights.stem.t()).view(length, count, weights.width, 4)
        padded = slopes.new_zeros(length + weights.width - 1, count, 4)
        for tap in range(weights.width):
            padded[tap : tap + length] += windows[:, :, tap]
        left = (weights.width - 1) // 2
        return padded[left : left + length].permute(1, 2, 0).contiguous(), None


def _through(slope: Tensor, rectified: Tensor) -> Tensor:
    """Take a slope back through a rectifier, in place."""
    found: Tensor = torch.ops.aten.threshold_backward.grad_input(slope, rectified, 0, grad_input=slope)
    return found


def _pool(hidden: Tensor, size: int) -> Tensor:
    """Average neighbouring places, at the end those that are left."""
    whole = len(hidden) // size * size
    parts = [hidden[:whole].view(-1, size, *hidden.shape[1:]).mean(dim=1)] if whole else []
    parts += [hidden[whole:].mean(dim=0, keepdim=True)] if whole < len(hidden) else []
    return parts[0] if len(parts) == 1 else torch.cat(parts)


def _unpool(slope: Tensor, length: int, size: int) -> Tensor:
    """Take a slope back through ``_pool``."""
    left = length % size
    shares = torch.full((len(slope), 1, 1), 1 / size, dtype=slope.dtype, device=slope.device)
    if left:
        shares[-1] = 1 / left
    return (slope * shares).repeat_interleave(size, dim=0)[:length]


def _sum_taps(source: Tensor, taps: Tensor, dilation: int, bias: Tensor | None = None) -> Tensor:
    """Sum for each place (P, N, C) the products of an odd number of taps with the places that they look at."""
    middle, flat = len(taps) // 2, source.flatten(0, 1)
    result = torch.mm(flat, taps[middle]) if bias is None else torch.addmm(bias, flat, taps[middle])
    result = result.view_as(source)
    for tap in (number for number in range(len(taps)) if number != middle):
        shift = (tap - middle) * dilation
        low, high = max(0, -shift), min(len(source), len(source) - shift)
        if low < high:
            result[low:high].flatten(0, 1).addmm_(source[low + shift : high + shift].flatten(0, 1), taps[tap])
    return result


def _affine(norm: MaskedBatchNorm, added: Tensor) -> tuple[Tensor, Tensor]:
    """Give factor and term (C,) of a batch norm of numbers to which ``added`` is still to be added."""
    factor = norm.weight * (norm.running_var + norm.eps).rsqrt()
    return factor, norm.bias + (added - norm.running_mean) * factor


def _bias(convolution: nn.Conv1d) -> Tensor:
    """Give the bias (C,) of a convolution, which all of a ``ResidualNetwork`` have."""
    assert convolution.bias is not None
    return convolution.bias
