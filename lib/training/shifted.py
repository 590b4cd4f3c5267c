"""Windows that are moved at random while a model learns their profiles, each with its reads."""

from collections.abc import Sequence

import numpy as np
import torch
from torch import Tensor

from lib.core.arrays import FloatArray
from lib.training.collate import Examples


class ShiftedWindows(Examples):
    """N windows of one length; how far each is moved depends on the seed, the step and the window alone.

    At step 0, before a training and in a validation part, nothing is moved. What comes into a window is unknown, no
    base and no reads; how many reads the whole window has stays what is learned.

    Parameters
    ----------
    sequences
        Windows of L letters each.
    labels
        (N, T + T L): log(1 + counts) of T tracks, then the counts at each position of each track.
    tracks, shift, seed
        T; nucleotides that a window is moved at most, to either side; what draws them.
    """

    def __init__(self, sequences: Sequence[str], labels: FloatArray, *, tracks: int, shift: int, seed: int) -> None:
        super().__init__(sequences, labels)
        self.tracks, self.shift, self.seed = tracks, shift, seed

    def collate(self, numbers: Sequence[int]) -> dict[str, Tensor | None]:
        """Make ``sequences``, ``mask`` and ``labels`` of a batch."""
        batch = super().collate(numbers)
        sequences, labels = batch["sequences"], batch["labels"]
        if not self.step or not self.shift or sequences is None or labels is None:
            return batch
        by = torch.tensor([self._drawn(number) for number in numbers])
        counts = labels[:, self.tracks :].unflatten(1, (self.tracks, -1))
        labels = torch.cat([labels[:, : self.tracks], moved(counts, by).flatten(1)], dim=1)
        return {**batch, "sequences": moved(sequences, by), "labels": labels}

    def _drawn(self, number: int) -> int:
        rng = np.random.default_rng([self.seed, self.step, number])
        return int(rng.integers(-self.shift, self.shift + 1))


def moved(values: Tensor, by: Tensor) -> Tensor:
    """Move rows (N, C, L) to the right by so many places each, (N,), to the left by negative ones; zeros come in.

    >>> moved(torch.tensor([[[1, 2, 3]], [[1, 2, 3]]]), torch.tensor([1, -2])).tolist()
    [[[0, 1, 2]], [[3, 0, 0]]]
    """
    length = values.shape[2]
    source = torch.arange(length)[None] - by[:, None]  # N, L
    there = (source >= 0) & (source < length)
    found = values.gather(2, source.clamp(0, length - 1)[:, None].expand_as(values))
    return found * there[:, None]
