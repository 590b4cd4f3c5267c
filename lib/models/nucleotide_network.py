"""What networks of one-hot nucleotides share: how they are trained, kept, read back and asked."""

from abc import ABC, abstractmethod
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, ClassVar

import numpy as np

from lib import tasks
from lib.core.arrays import FloatArray
from lib.core.progress import Progress
from lib.core.registry import setting, values_of
from lib.models import nucleotides, saving
from lib.models.base import Fitted
from lib.models.checks import require_letters, require_rows
from lib.models.context import Context
from lib.models.schedule import Schedule
from lib.tasks.data import TrainingData

if TYPE_CHECKING:
    from torch import nn

    from lib.models.nets.residual import TargetNetwork

_WARMUP = 0.3


@dataclass(frozen=True)
class FittedNetwork:
    """A trained network with the settings that built it."""

    settings: "NucleotideNetwork"
    module: "TargetNetwork[Any]"
    best_epoch: int

    def predict(self, sequences: Sequence[str], *, progress: Progress | None = None) -> FloatArray:
        """Predict the targets of N sequences, (N, T).

        Raises
        ------
        UserError
            If a sequence is empty.
        """
        predicted = np.empty((len(sequences), len(self.module.centre)))
        for rows, found in nucleotides.outputs(self.module, sequences, progress):
            predicted[rows] = found
        return predicted

    def network(self) -> "TargetNetwork[Any]":
        """Give the module in eval mode: one-hot (N, 4, L) -> (N, T) in the units of the targets."""
        return self.module.eval()

    def save(self, folder: Path) -> None:
        """Write the settings as JSON and the weights as safetensors."""
        facts = {
            "settings": values_of(self.settings),
            "targets": len(self.module.centre),
            "outputs": self.module.body.head.out_features,
            "best_epoch": self.best_epoch,
            **({} if self.module.link == "identity" else {"link": self.module.link}),
        }
        weights = {name: tensor.cpu().numpy() for name, tensor in self.module.state_dict().items()}
        saving.write(folder, self.settings.name, facts, weights)


@dataclass(frozen=True)
class NucleotideNetwork(Schedule, ABC):
    """Settings of a network of nucleotides, to be registered by a class that builds its body.

    The body turns one-hot (N, 4, L) and a mask into standardised numbers and ends in a linear layer called ``head``.
    """

    name: ClassVar[str]
    label: ClassVar[str]
    tasks: ClassVar[tuple[str, ...]] = ("regression", "multi_regression", "classification", "counts")
    baseline: ClassVar[bool] = False

    fitted: ClassVar[type[FittedNetwork]] = FittedNetwork
    former: ClassVar[Mapping[str, Any]] = {"averaging": 0.0, "shift": 0}
    """What earlier runs were made with before it could be set."""
    # Only encoders compute states again; a batch norm would count its batches twice.
    gradient_checkpointing: ClassVar[bool] = False  # type: ignore[misc]

    shift: int = setting(
        0,
        label="Random shift",
        unit="nt",
        low=0,
        high=100,
        advanced=True,
        help="Each time a sequence is learned from it is moved by up to so many nucleotides to either side, as if it "
        "had been cut differently, so that what is learned does not hang on exact places. 0: never.",
    )

    @abstractmethod
    def body(self, outputs: int) -> "nn.Module":
        """Build the network before it is trained."""

    @abstractmethod
    def count_kept_per_letter(self) -> int:
        """Count the numbers that a pass forward keeps for the gradients, for each letter of a sequence."""

    def require_memory(self, data: TrainingData, context: Context) -> None:
        """Refuse batches that this machine cannot hold; on a GPU the GPU itself says so."""
        from lib.core import memory
        from lib.models.nets import device

        if device.choose(context.device).type != "cpu":
            return
        longest = max(map(len, (*data.train.sequences, *data.validation.sequences)))
        size = -(-min(self.batch_size, len(data.train.sequences)) // self.accumulation)
        needed = size * longest * self.count_kept_per_letter() * 2 * 4  # with gradients twice that, 4 bytes each
        remedy = "Lower the batch size or the channels, take more pieces of a batch, or remove the longest sequences."
        what = "A batch" if self.accumulation == 1 else "A piece of a batch"
        memory.require(needed, f"{what} of {size} sequences of up to {longest:,} nt", remedy)

    def fit(self, data: TrainingData, context: Context) -> Fitted:
        """Train on the train part, keep the epoch that predicts the validation part best.

        Raises
        ------
        Cancelled
            If the listener asked for it.
        UserError
            If there are fewer than 20 train or 4 validation sequences, one is empty, a batch of the longest would not
            fit into memory, or the loss becomes NaN.
        """
        import torch

        from lib.models.nets.batches import Examples
        from lib.models.nets.shifted import ShiftedExamples

        require_rows(data, train=20, validation=4, label=self.label)
        require_letters(data, label=self.label)
        self.require_memory(data, context)
        task = tasks.get(data.task)
        labels = task.labels(data, self)
        examples = ShiftedExamples(
            data.train.sequences, labels.standard(data.train), most=self.shift, seed=context.seed
        )
        held = Examples(data.validation.sequences, labels.standard(data.validation))
        count = labels.targets
        torch.manual_seed(context.seed)
        module = self._build(len(labels), count)
        module.link = task.link
        module.centre.copy_(torch.from_numpy(labels.centre[:count]))
        module.scale.copy_(torch.from_numpy(labels.scale[:count]))
        plan = self.plan(warmup=_WARMUP)
        outcome = context.train(module.body, examples, held, loss=labels.loss(), plan=plan)
        module.body.load_state_dict(dict(outcome.weights))
        return self.fitted(self, module.cpu().eval().requires_grad_(requires_grad=False), outcome.epoch)

    def parameters(self, targets: int, auxiliary: int) -> int:
        """Count the weights."""
        outputs = targets + auxiliary * self.auxiliary
        return sum(weights.numel() for weights in self._build(outputs, targets).parameters())

    @classmethod
    def load(cls, folder: Path) -> Fitted:
        """Read the network back."""
        facts, arrays = saving.read(folder, cls.name)
        settings = cls(**{**cls.former, **saving.fact(facts, "settings", folder)})
        module = settings._build(saving.fact(facts, "outputs", folder), saving.fact(facts, "targets", folder))
        module.link = facts.get("link", module.link)
        saving.put(module, arrays, folder)
        return cls.fitted(settings, module, saving.fact(facts, "best_epoch", folder))

    def _build(self, outputs: int, targets: int) -> "TargetNetwork[Any]":
        import torch

        from lib.models.nets.residual import TargetNetwork

        return TargetNetwork(self.body(outputs), torch.zeros(targets), torch.ones(targets))
