"""A convolutional network over one-hot nucleotides, trained from nothing on the user's own sequences."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, ClassVar

import numpy as np

from lib import tasks
from lib.core.arrays import FloatArray
from lib.core.progress import Progress
from lib.core.registry import setting, values_of
from lib.models import nucleotides, saving
from lib.models.base import MODELS, Fitted
from lib.models.checks import require_letters, require_rows
from lib.models.context import Context
from lib.models.schedule import Schedule, other
from lib.tasks.data import TrainingData

if TYPE_CHECKING:
    from lib.models.nets.residual import ResidualNetwork, TargetNetwork

_WARMUP = 0.3


@dataclass(frozen=True)
class FittedCnn:
    """A trained network with the settings that built it."""

    settings: "CnnModel"
    module: "TargetNetwork[ResidualNetwork]"
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

    def effects(
        self, sequences: Sequence[str], *, target: int, alive: Callable[[], None]
    ) -> Iterator[tuple[int, float, FloatArray]]:
        """Give number, prediction and effects (4, L) of N sequences, computing only what each mutation reaches."""
        import copy

        from lib.models.nets import device
        from lib.models.nets.mutants import Mutants

        where = device.choose("auto")
        module = self.module if where.type == "cpu" else copy.deepcopy(self.module).to(where)
        for number, predicted, effects in Mutants(module, target).effects(sequences, alive):
            if module.link == "log":  # of a logarithm, so that a difference is a factor
                rate = float(np.exp(predicted))
                yield number, rate, rate * np.expm1(effects)
            else:
                yield number, predicted, effects

    def network(self) -> "TargetNetwork[ResidualNetwork]":
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
        saving.write(folder, CnnModel.name, facts, weights)


@MODELS.add
@dataclass(frozen=True)
class CnnModel(Schedule):
    """A residual network of dilated convolutions.

    A first convolution reads short motifs, neighbours are averaged in pairs, residual blocks with doubling dilation
    read their surroundings, and the mean over all places, or over those of each region, goes through one linear layer.
    Inputs are padded with zeros to the longest of a batch, which changes no prediction. With ``auxiliary``, all
    expression values of the train part are learned beside the targets, for half of the loss. The weights kept are
    those of the epoch with the best R2 on the validation part, or the best MCC where classes are learned.

    The preset for aligned sequences was chosen on the validation part of the TATA promoters of GUE
    (``tests/bench/bench_classes.py``).
    """

    name: ClassVar[str] = "cnn"
    label: ClassVar[str] = "Convolutional network"
    summary: ClassVar[str] = "Learns motifs and how they combine, from nothing but your sequences; can be explained."
    typical_time: ClassVar[str] = "minutes on a CPU"
    tasks: ClassVar[tuple[str, ...]] = ("regression", "multi_regression", "classification", "counts")
    baseline: ClassVar[bool] = False

    presets: ClassVar[Mapping[str, Mapping[str, Any]]] = {
        "Aligned sequences": {
            "epochs": 10,
            "channels": 32,
            "filter_width": 13,
            "regions": 30,
            "dropout": 0.15,
        },
    }

    # Only encoders compute states again; a batch norm would count its batches twice.
    gradient_checkpointing: ClassVar[bool] = False  # type: ignore[misc]

    epochs: int = other("epochs", 14)
    learning_rate: float = other("learning_rate", 3e-3)
    dropout: float = other(
        "dropout", 0.1, help="Share of channels left out at random while training; more of it for small datasets."
    )
    patience: int = other("patience", 10)
    accumulation: int = other(
        "accumulation",
        1,
        help="Each batch is computed in so many pieces, one after another: less memory, and nearly the same result. "
        "The batch norms of this network see one piece at a time, so keep pieces at 16 sequences or more.",
    )
    channels: int = setting(
        96,
        label="Channels",
        low=4,
        high=1024,
        advanced=True,
        help="Width of the network: how many patterns it can read.",
    )
    filter_width: int = setting(
        9,
        label="Width of the first filters",
        unit="nt",
        choices=(5, 7, 9, 11, 13, 15, 17, 19, 21, 25),
        advanced=True,
        help="Length of the motifs that the first layer can read at once.",
    )
    regions: int = setting(
        1,
        label="Regions",
        low=1,
        high=100,
        advanced=True,
        help="1: it counts what stands in a sequence, not where. More: so many regions from its start to its end are "
        "told apart, for sequences that are aligned, such as promoters on the start of transcription.",
    )
    blocks: int = setting(
        3,
        label="Residual blocks",
        low=1,
        high=10,
        advanced=True,
        help="Each one looks twice as far around as the one before; 3 see 65 nt, more suit long sequences.",
    )

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

        require_rows(data, train=20, validation=4, label=self.label)
        require_letters(data, label=self.label)
        self._require_memory(data, context)
        task = tasks.get(data.task)
        labels = task.labels(data, self)
        examples = Examples(data.train.sequences, labels.standard(data.train))
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
        return FittedCnn(self, module.cpu().eval().requires_grad_(requires_grad=False), outcome.epoch)

    def parameters(self, targets: int, auxiliary: int) -> int:
        """Count the weights."""
        outputs = targets + auxiliary * self.auxiliary
        return sum(weights.numel() for weights in self._build(outputs, targets).parameters())

    @classmethod
    def load(cls, folder: Path) -> Fitted:
        """Read the network back."""
        facts, arrays = saving.read(folder, cls.name)
        settings = cls(**saving.fact(facts, "settings", folder))
        module = settings._build(saving.fact(facts, "outputs", folder), saving.fact(facts, "targets", folder))
        module.link = facts.get("link", module.link)
        saving.put(module, arrays, folder)
        return FittedCnn(settings, module, saving.fact(facts, "best_epoch", folder))

    def _require_memory(self, data: TrainingData, context: Context) -> None:
        """Refuse batches that this machine cannot hold; on a GPU the GPU itself says so."""
        from lib.core import memory
        from lib.models.nets import device

        if device.choose(context.device).type == "cpu":
            longest = max(map(len, (*data.train.sequences, *data.validation.sequences)))
            size = -(-min(self.batch_size, len(data.train.sequences)) // self.accumulation)
            # Numbers kept for each letter and channel: 4 around the stem, 6 in each block at half the letters; with
            # gradients twice that, 4 bytes each.
            needed = size * longest * self.channels * (4 + 3 * self.blocks) * 2 * 4
            remedy = (
                "Lower the batch size or the channels, take more pieces of a batch, or remove the longest sequences."
            )
            what = "A batch" if self.accumulation == 1 else "A piece of a batch"
            memory.require(needed, f"{what} of {size} sequences of up to {longest:,} nt", remedy)

    def _build(self, outputs: int, targets: int) -> "TargetNetwork[ResidualNetwork]":
        import torch

        from lib.models.nets.residual import ResidualNetwork, TargetNetwork

        body = ResidualNetwork(
            outputs,
            channels=self.channels,
            stem=self.filter_width,
            pool=2,
            kernel=5,
            dilations=[2**block for block in range(self.blocks)],
            dropout=self.dropout,
            regions=self.regions,
        )
        return TargetNetwork(body, torch.zeros(targets), torch.ones(targets))
