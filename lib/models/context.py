"""Where and how a fit runs. A model trains its network through its context and so knows nothing of the loop."""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Protocol

from lib.core.progress import Progress, Silent

if TYPE_CHECKING:
    from torch import Tensor, nn

    from lib.models.nets.batches import Examples
    from lib.models.schedule import Plan
    from lib.tasks.base import Loss

CHECKPOINTS = "checkpoints"
"""Folder of a run from which a fit that was interrupted goes on; it goes when the run has finished."""


class Share(Protocol):
    """What a network predicts for the validation part after an epoch, as one of the processes of a training sees it."""

    @property
    def epoch(self) -> int:
        """Give the number of the epoch, counted from 1."""

    def batches(self) -> "Iterator[tuple[list[int], Tensor]]":
        """Give the numbers of the examples of a batch and what the network gives for them, for one share of all."""

    def total(self, tensor: "Tensor") -> "Tensor":
        """Add up the tensors of all processes."""


Validate = Callable[[Share], tuple[float, float]]
"""Gives loss and score of a validation part; the epoch with the highest score is kept, of equals the lowest loss."""


@dataclass(frozen=True)
class Context:
    """Where and how a fit runs.

    Parameters
    ----------
    folder
        Run folder; a model may write ``checkpoints/`` and ``history.parquet`` there.
    seed
        Seeds everything random.
    device
        ``cpu``, ``cuda`` or ``auto``.
    progress
        Told of every step; raises ``Cancelled`` when the fit should stop.
    """

    folder: Path
    seed: int = 0
    device: str = "auto"
    progress: Progress = field(default_factory=Silent)

    def train(
        self,
        network: "nn.Module",
        train: "Examples",
        validation: "Examples",
        *,
        loss: "Loss",
        plan: "Plan",
        validate: "Validate | None" = None,
    ) -> "Outcome":
        """Train a network, which then has the weights of the best epoch; ``lib.training.TrainingContext`` can do it.

        Models with a network are fitted in such a context, so that none of them needs to know how it is trained.
        ``validate`` judges what the network predicts for the validation part in another way than ``loss`` does.
        """
        raise NotImplementedError("only lib.training.TrainingContext trains networks")


@dataclass(frozen=True)
class Outcome:
    """The weights of the best epoch, which epoch it was, and its score on the validation part."""

    weights: "Mapping[str, Tensor]"
    epoch: int
    score: float
