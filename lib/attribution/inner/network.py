"""One target of a trained model as a function of what its network reads, in passes of bounded memory.

Shapes: P points, each of shape S: (4, L), nucleotides, channels A C G T; or (T, D), the embeddings of T tokens, which
come with the ids (P, T) that say where they stand. Points may lie anywhere, such as between two sequences.
"""

import copy
from collections.abc import Callable, Iterator
from typing import Any

import torch
from torch import Tensor, nn

from lib.core.errors import UserError
from lib.models.inner.places_first import places_first
from lib.training import device, memory

_BYTES = {"cpu": 2**26, "cuda": 2**32}
"""What one pass may keep for its gradients; a CPU is quickest where this is near its caches."""


class Network:
    """One output of a network, its values and gradients.

    Where there is a GPU, or weights would gather gradients, this holds a copy of the network, so that the network
    itself stays as it is. On a CPU gradients go through a quicker form of the network where there is one.

    Parameters
    ----------
    module
        In eval mode; one-hot (P, 4, L) -> (P, K), or embeddings (P, T, D) and ids (P, T) -> (P, K).
    target
        Which of the K outputs.
    over
        Axis of points (P, *S) over which the numbers of one place are summed: 1, the channels, or 2, the embedding.
    """

    def __init__(self, module: nn.Module, target: int, *, over: int) -> None:
        parameters = list(module.parameters())
        parameter = next(iter(parameters), torch.zeros(()))
        where = device.choose("auto")
        learns = any(weights.requires_grad for weights in parameters)
        if learns or parameter.device.type != where.type:
            module = copy.deepcopy(module).to(where).requires_grad_(requires_grad=False)
        self.module, self.target, self.over = module, target, over
        self._sloped = places_first(module) if where.type == "cpu" else module
        self.kind: dict[str, Any] = {"dtype": parameter.dtype, "device": where}
        self._needed: dict[tuple[int, ...], float] = {}

    def __call__(self, points: Tensor, ids: Tensor | None) -> Tensor:
        """Turn points (P, *S) into f (P,).

        Raises
        ------
        UserError
            If there is no such target.
        """
        return self._one(self.module, points, ids)

    def _one(self, module: nn.Module, points: Tensor, ids: Tensor | None) -> Tensor:
        predicted: Tensor = module(points) if ids is None else module(points, ids)
        if not 0 <= self.target < predicted.shape[1]:
            found = f"The model has {predicted.shape[1]} targets"
            raise UserError(f"{found}; there is no target number {self.target + 1}.")
        return predicted[:, self.target]

    def gradients(self, points: Tensor, ids: Tensor | None) -> tuple[Tensor, Tensor]:
        """Give f (P,) and its gradient (P, *S) at points, in one pass."""
        with torch.enable_grad():
            begin = points.detach().requires_grad_()
            values = self._one(self._sloped, begin, ids)
            (slopes,) = torch.autograd.grad(values.sum(), begin)
        return values.detach(), slopes

    def values(self, points: Tensor, ids: Tensor | None, alive: Callable[[], None]) -> Tensor:
        """Give f (P,) at points, in as many passes as memory asks for; ``alive`` is called before each."""
        found = []
        for part in self.passes(points, ids, len(points), each=0.5):
            alive()
            with torch.no_grad():
                found.append(self(points[part], None if ids is None else ids[part]))
        return torch.cat(found)

    def passes(self, points: Tensor, ids: Tensor | None, count: int, *, each: float = 1.0) -> Iterator[slice]:
        """Cut ``count`` points into even passes.

        Parameters
        ----------
        points, ids
            Examples, of which the first is tried; what it needs is remembered for its shape.
        each
            Memory that a point needs, in units of a pass with gradients.

        Raises
        ------
        UserError
            If there is no memory for one point.
        """
        if not count:
            return
        shape = tuple(points.shape[1:])
        if shape not in self._needed:
            self._needed[shape] = _kept(
                lambda: self(points[:1].detach().requires_grad_(), None if ids is None else ids[:1])
            )
        needed = each * self._needed[shape]
        if self.kind["device"].type == "cpu":
            memory.require(needed, "The gradients of this sequence", "Attribute a shorter part of it.")
        most = max(1, int(_BYTES[self.kind["device"].type] / max(1.0, needed)))
        size = -(-count // -(-count // most))
        for start in range(0, count, size):
            yield slice(start, min(start + size, count))


def _kept(forward: Callable[[], Tensor]) -> float:
    """Count the bytes that a forward pass keeps for its gradients, weights aside."""
    sizes: dict[int, int] = {}

    def note(tensor: Tensor) -> Tensor:
        if not isinstance(tensor, nn.Parameter):
            sizes[tensor.data_ptr()] = tensor.numel() * tensor.element_size()
        return tensor

    with torch.enable_grad(), torch.autograd.graph.saved_tensors_hooks(note, lambda tensor: tensor):
        forward()
    return float(sum(sizes.values()))
