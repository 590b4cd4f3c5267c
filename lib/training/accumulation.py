"""Batches computed in pieces: by one process after another or by several, in smaller ones when memory runs out.

The loss of a piece is divided by what is known of the whole batch, so pieces add up to the loss and the gradient of the
batch. What is random in a piece depends on the seed, the step and the number of the piece alone.
"""

import logging
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np
import torch
from accelerate import Accelerator
from torch import Tensor, nn
from torch.utils.data import DataLoader, Sampler

from lib.models.nets import device
from lib.models.nets.batches import Examples
from lib.tasks.base import Loss
from lib.training.process_group import ProcessGroup

log = logging.getLogger(__name__)


_POOL = 50  # batches among which sequences are sorted by length


@dataclass
class GradientAccumulation:
    """How batches are computed.

    Parameters
    ----------
    loss, accelerator, processes
        What compares predictions with labels, computes in lower precision and scales, and shares the pieces.
    seed
        Seeds what the network draws, together with the step and the piece.
    count
        Pieces of a batch, those of all processes; grows when memory runs out.
    note
        Says so, in a sentence.
    """

    loss: Loss
    accelerator: Accelerator
    processes: ProcessGroup
    seed: int
    count: int
    note: str = ""

    def resume(self, count: int) -> None:
        """Take up the count of a training that perhaps had another number of processes."""
        self.count = -(-count // self.processes.world) * self.processes.world

    def compute_gradients(self, network: nn.Module, examples: Examples, numbers: Sequence[int], step: int) -> Tensor:
        """Compute the gradients of a batch and give its loss; when memory runs out, again in pieces of half the size.

        Raises
        ------
        RuntimeError, MemoryError
            If memory does not do for a single sequence.
        """
        buffers = [(buffer, buffer.clone()) for buffer in network.buffers()]
        while True:
            loss, error = self._gradients(network, examples, numbers, step)
            if not self.processes.max(int(error is not None)):
                break
            network.zero_grad()
            for buffer, before in buffers:  # statistics of the pieces that did fit
                buffer.copy_(before)
            device.release(self.processes.device)
            self._halve(numbers, step, error)
        self.processes.add_gradients(network)
        return self.processes.sum(loss)

    def predict(self, network: nn.Module, examples: Examples, numbers: list[int]) -> Tensor:
        """Predict (N, T + A) without gradients; in halves where memory runs out."""
        try:
            with torch.no_grad():
                return self._forward(network, examples, numbers)[0].cpu()
        except (RuntimeError, MemoryError) as error:
            if not device.is_out_of_memory(error) or len(numbers) == 1:
                raise
        device.release(self.processes.device)
        return torch.cat([self.predict(network, examples, half) for half in split_batch(numbers, 2)])

    def _gradients(
        self, network: nn.Module, examples: Examples, numbers: Sequence[int], step: int
    ) -> tuple[Tensor, Exception | None]:
        """Add up gradients and loss of this process's pieces; also give what stopped it, if memory ran out."""
        where, pieces = self.processes.device, split_batch(numbers, self.count)
        loss, known = torch.zeros((), device=where), self.loss.count_known(examples.labels[list(numbers)]).to(where)
        try:
            for piece in range(self.processes.rank, len(pieces), self.processes.world):
                device.seed(int(np.random.SeedSequence([self.seed, step, piece]).generate_state(1)[0]), where)
                predictions, labels = self._forward(network, examples, pieces[piece])
                part = self.loss(predictions, labels, known)
                self.accelerator.backward(part)
                loss += part.detach()
        except (RuntimeError, MemoryError) as error:
            if not device.is_out_of_memory(error):
                raise
            return loss, error.with_traceback(None)  # its frames would keep the memory
        return loss, None

    def _forward(self, network: nn.Module, examples: Examples, numbers: Sequence[int]) -> tuple[Tensor, Tensor]:
        where, batch = self.processes.device, examples.collate(numbers)
        mask = None if batch["mask"] is None else batch["mask"].to(where)
        with self.accelerator.autocast():
            predictions: Tensor = network(batch["sequences"].to(where), mask)
        return predictions.float(), batch["labels"].to(where)

    def _halve(self, numbers: Sequence[int], step: int, error: Exception | None) -> None:
        before = max(map(len, split_batch(numbers, self.count)))
        if before == 1:
            error = error or MemoryError(
                "Another process of this training ran out of memory: a sequence needs too much."
            )
            error.pieces = self.count  # type: ignore[attr-defined]  # how far it went is part of what people are told
            raise error
        self.count *= 2
        after = max(map(len, split_batch(numbers, self.count)))
        self.note = (
            f"Memory ran out at step {step + 1:,} with {before:,} sequences at a time; training goes on with "
            f"{after:,} at a time, which takes longer. The batch size stays."
        )
        if self.processes.is_chief:
            log.warning(self.note)


class EpochBatches(Sampler[list[int]]):
    """Batches of ``size`` numbers of examples, drawn anew in every epoch.

    Parameters
    ----------
    lengths
        (N,) lengths of the sequences.
    size, seed
        Sequences of a batch; what draws them, together with the epoch.
    """

    def __init__(self, lengths: np.ndarray, size: int, seed: int) -> None:
        self.lengths, self.size, self.seed, self.epoch = lengths, size, seed, 0

    def set_epoch(self, epoch: int) -> None:
        """Choose the epoch whose batches are given next."""
        self.epoch = epoch

    def __len__(self) -> int:
        """Count the batches of an epoch."""
        return -(-len(self.lengths) // self.size)

    def __iter__(self) -> Iterator[list[int]]:
        """Give the batches of this epoch, nearly equal in size."""
        rng = np.random.default_rng([self.seed, self.epoch])
        order = rng.permutation(len(self.lengths))
        if self.lengths.min() < self.lengths.max():
            pools = np.array_split(order, -(-len(order) // (self.size * _POOL)))
            order = np.concatenate([pool[np.argsort(self.lengths[pool], kind="stable")] for pool in pools])
        batches = np.array_split(order, len(self))
        for number in rng.permutation(len(batches)):
            yield batches[number].tolist()


class EpochLoader(DataLoader[int]):
    """A loader that tells its batches which epoch it is."""

    def set_epoch(self, epoch: int) -> None:
        """Choose the epoch whose batches are given next."""
        self.batch_sampler.set_epoch(epoch)  # type: ignore[union-attr]


def make_loader(examples: Examples, size: int, seed: int) -> EpochLoader:
    """Give the batches of the train part as numbers; ``collate`` makes the tensors of each piece of them."""
    return EpochLoader(examples, batch_sampler=EpochBatches(examples.lengths, size, seed), collate_fn=list)


def split_batch(numbers: Sequence[int], pieces: int) -> list[list[int]]:
    """Cut a batch into so many pieces, nearly equal in size and none empty; neighbours are of similar length.

    >>> split_batch([4, 7, 1, 8, 2], 3)
    [[4, 7], [1, 8], [2]]
    """
    return [piece.tolist() for piece in np.array_split(np.asarray(numbers), min(pieces, len(numbers)))]
