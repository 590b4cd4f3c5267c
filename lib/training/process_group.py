"""The processes that train one network together: what they add up and what they agree on.

Each computes its pieces of a batch; gradients are summed here, in one place, after the last piece. The wrapper of torch
for this (DistributedDataParallel) sums them within the backward pass, so that a process that runs out of memory there
leaves the others waiting for ever; here all of them can do the step again.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

import torch
from torch import Tensor, distributed, nn

_BUCKET = 16_000_000  # numbers that travel together


@dataclass(frozen=True)
class ProcessGroup:
    """Which of the processes this one is, how many there are, and where they compute."""

    rank: int
    world: int
    device: torch.device

    @property
    def is_chief(self) -> bool:
        """True for the one that reports and writes."""
        return self.rank == 0

    def max(self, number: int) -> int:
        """Give the highest of the numbers that the processes bring."""
        if self.world == 1:
            return number
        shared = torch.tensor(number, device=self.device)
        distributed.all_reduce(shared, op=distributed.ReduceOp.MAX)
        return int(shared.item())

    def sum(self, tensor: Tensor) -> Tensor:
        """Give the sum of the tensors that the processes bring."""
        if self.world == 1:
            return tensor
        shared = tensor.to(self.device, copy=True)
        distributed.all_reduce(shared)
        return shared.to(tensor.device)

    def begin_alike(self, network: nn.Module) -> None:
        """Give every process the weights and buffers of the first."""
        if self.world > 1:
            for tensor in [*network.parameters(), *network.buffers()]:
                distributed.broadcast(tensor.data, src=0)

    def add_gradients(self, network: nn.Module) -> None:
        """Give every process the sum of the gradients; those that none of them has stay away."""
        if self.world == 1:
            return
        learned = [weights for weights in network.parameters() if weights.requires_grad]
        there = self.sum(torch.tensor([weights.grad is not None for weights in learned], dtype=torch.int32)).tolist()
        gradients = []
        for weights, count in zip(learned, there, strict=True):
            if count and weights.grad is None:
                weights.grad = torch.zeros_like(weights)
            if weights.grad is not None:
                gradients.append(weights.grad)
        for bucket in _buckets(gradients):
            self._combine(bucket, scale=1.0)

    def average_buffers(self, network: nn.Module) -> None:
        """Give every process the mean of the running statistics, which each has gathered from its own pieces."""
        if self.world > 1:
            for bucket in _buckets([buffer for buffer in network.buffers() if buffer.is_floating_point()]):
                self._combine(bucket, scale=1 / self.world)

    def _combine(self, tensors: Sequence[Tensor], *, scale: float) -> None:
        flat = torch.cat([tensor.reshape(-1) for tensor in tensors])
        distributed.all_reduce(flat)
        for tensor, part in zip(tensors, torch.split(flat, [tensor.numel() for tensor in tensors]), strict=True):
            tensor.copy_(part.view_as(tensor) * scale if scale != 1 else part.view_as(tensor))


def leave_group() -> None:
    """End this process's part in the group, where it is in one: its threads, left running, can crash the exit."""
    if distributed.is_available() and distributed.is_initialized():
        distributed.destroy_process_group()


def _buckets(tensors: Iterable[Tensor]) -> list[list[Tensor]]:
    """Group tensors of one type, one after another, into buckets of some size."""
    buckets: list[list[Tensor]] = []
    room, kind = 0, None
    for tensor in tensors:
        if tensor.dtype != kind or tensor.numel() > room:
            buckets.append([])
            room, kind = _BUCKET, tensor.dtype
        buckets[-1].append(tensor)
        room -= tensor.numel()
    return buckets
