"""How networks are trained: the loop, its checkpoints, what it costs, and a whole run.

Models do not know it: whoever fits one gives it a ``TrainingContext``, and the model calls ``train`` of that.
"""

from dataclasses import dataclass
from typing import TYPE_CHECKING

from lib.models.context import Context, Outcome, Validate

if TYPE_CHECKING:
    from torch import nn

    from lib.models.nets.batches import Examples
    from lib.models.schedule import Plan
    from lib.tasks.base import Loss

__all__ = ["TrainingContext"]


@dataclass(frozen=True)
class TrainingContext(Context):
    """Where and how a fit runs, with the loop that trains networks; torch is imported when it does."""

    def train(
        self,
        network: "nn.Module",
        train: "Examples",
        validation: "Examples",
        *,
        loss: "Loss",
        plan: "Plan",
        validate: Validate | None = None,
    ) -> Outcome:
        """Train a network as ``lib.training.loop.train`` does."""
        from lib.training import loop

        return loop.train(network, train, validation, loss=loss, plan=plan, context=self, validate=validate)
