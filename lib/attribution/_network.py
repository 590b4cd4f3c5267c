"""One target of a trained model as a function of what its network reads, in passes of bounded memory.

Shapes: P points, each of shape S: (4, L), nucleotides, channels A C G T; or (T, D), the embeddings of T tokens, which
come with the ids (P, T) that say where they stand. Points may lie anywhere, such as between two sequences.
"""

import copy
from collections.abc import Callable, Iterator
from typing import Any

import torch
from captum import attr
from torch import Tensor, nn

from lib.attribution.base import require_target
from lib.core import memory
from lib.models.nets import device
from lib.models.nets.places_first import places_first

_BYTES = {"cpu": 2**26, "cuda": 2**32}
"""What one pass may keep for its gradients; a CPU is quickest where this is near its caches."""


class Network:
    """One output of a network: the function that Captum's methods are given.

    Where there is a GPU, or weights would gather gradients, this holds a copy of the network, so that the network
    itself stays as it is. On a CPU gradients go through a quicker form of the network where there is one.

    Parameters
    ----------
    module
        In eval mode; one-hot (P, 4, L) -> (P, K), or embeddings (P, T, D) and ids (P, T) -> (P, K).
    target
        Which of the K outputs.
    over
        Axis of points (P, *S) over which the numbers of one position are summed: 1, the channels, or 2, the embedding.
    alive
        Called before each pass.
    """

    def __init__(self, module: nn.Module, target: int, *, over: int, alive: Callable[[], None] = lambda: None) -> None:
        parameters = list(module.parameters())
        parameter = next(iter(parameters), torch.zeros(()))
        where = device.choose("auto")
        learns = any(weights.requires_grad for weights in parameters)
        if learns or parameter.device.type != where.type:
            module = copy.deepcopy(module).to(where).requires_grad_(requires_grad=False)
        self.module, self.target, self.over, self.alive = module, target, over, alive
        self._quick = places_first(module) if where.type == "cpu" else module
        self.kind: dict[str, Any] = {"dtype": parameter.dtype, "device": where}
        self._bytes: dict[tuple[int, ...], float] = {}

    def __call__(self, points: Tensor, ids: Tensor | None = None) -> Tensor:
        """Turn points (P, *S) into f (P,), quickly for gradients.

        Raises
        ------
        UserError
            If there is no such target.
        """
        return self.target_of(self._quick, points, ids)

    def target_of(self, module: nn.Module, points: Tensor, ids: Tensor | None = None) -> Tensor:
        """Turn points (P, *S) into the target (P,) of a module that computes the same."""
        outputs: Tensor = module(points) if ids is None else module(points, ids)
        require_target(self.target, outputs.shape[1])
        return outputs[:, self.target]

    def gradients(self, points: Tensor, ids: Tensor | None) -> Tensor:
        """Give the gradient (P, *S) of f at points."""
        found: Tensor = attr.Saliency(self).attribute(
            points.detach().requires_grad_(), abs=False, additional_forward_args=ids
        )
        return found

    def values(self, points: Tensor, ids: Tensor | None) -> Tensor:
        """Give f (P,) at points, in as many passes as memory asks for."""
        values = []
        for part in self.passes(points, ids, len(points), each=0.5):
            with torch.no_grad():
                values.append(self.target_of(self.module, points[part], None if ids is None else ids[part]))
        return torch.cat(values) if values else points.new_empty(0)

    def passes(self, points: Tensor, ids: Tensor | None, count: int, *, each: float = 1.0) -> Iterator[slice]:
        """Cut ``count`` points into even passes, of ``each`` times the memory of a pass with gradients."""
        if not count:
            return
        size = -(-count // -(-count // self.capacity(points, ids, each=each)))
        for start in range(0, count, size):
            self.alive()
            yield slice(start, min(start + size, count))

    def capacity(self, points: Tensor, ids: Tensor | None, *, each: float = 1.0) -> int:
        """Count the points that one pass may hold, at least one.

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
        shape = tuple(points.shape[1:])
        if shape not in self._bytes:
            example = points[:1].detach().requires_grad_()
            self._bytes[shape] = _count_saved_bytes(
                lambda: self.target_of(self.module, example, None if ids is None else ids[:1])
            )
        needed = each * self._bytes[shape]
        if self.kind["device"].type == "cpu":
            memory.require(needed, "The gradients of this sequence", "Attribute a shorter part of it.")
        return max(1, int(_BYTES[self.kind["device"].type] / max(1.0, needed)))


def _count_saved_bytes(forward: Callable[[], Tensor]) -> float:
    """Count the bytes that a forward pass keeps for its gradients, weights aside."""
    sizes: dict[int, int] = {}

    def note(tensor: Tensor) -> Tensor:
        if not isinstance(tensor, nn.Parameter):
            sizes[tensor.data_ptr()] = tensor.numel() * tensor.element_size()
        return tensor

    with torch.enable_grad(), torch.autograd.graph.saved_tensors_hooks(note, lambda tensor: tensor):
        forward()
    return float(sum(sizes.values()))
