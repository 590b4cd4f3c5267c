"""BPNet: the profile of reads along a window and their number from one-hot nucleotides.

Avsec et al. 2021, doi:10.1038/s41588-021-00782-6.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, ClassVar

import numpy as np

from lib.core.arrays import FloatArray
from lib.core.progress import Progress
from lib.core.registry import setting, values_of
from lib.models import nucleotides, profiles, saving
from lib.models.base import MODELS, Fitted
from lib.models.checks import require_letters, require_rows
from lib.models.context import Context
from lib.models.schedule import Schedule, other
from lib.tasks.data import TrainingData
from lib.tasks.profile_labels import ProfileLabels, ProfileWeights

if TYPE_CHECKING:
    from lib.models.nets.profile_network import ProfileNetwork, ProfileScalars
    from lib.models.nets.residual import TargetNetwork

_WARMUP = 0.1


@dataclass(frozen=True)
class FittedBpnet:
    """A trained network with the settings that built it."""

    settings: "BpnetModel"
    module: "TargetNetwork[ProfileNetwork]"
    best_epoch: int

    def predict(self, sequences: Sequence[str], *, progress: Progress | None = None) -> FloatArray:
        """Predict log(1 + counts) of T tracks for N sequences of any lengths, (N, T).

        Raises
        ------
        UserError
            If a sequence is empty.
        """
        predicted = np.empty((len(sequences), self._tracks))
        for rows, found in nucleotides.outputs(self.module, sequences, progress):
            predicted[rows] = found
        return predicted

    def predict_profiles(self, sequences: Sequence[str], *, progress: Progress | None = None) -> FloatArray:
        """Predict the share of the reads at each position of N sequences of L letters, (N, T, L).

        Raises
        ------
        UserError
            If a sequence is empty, or they are not all of one length.
        """
        length = profiles.require_one_length(sequences)
        logits = np.empty((len(sequences), self._tracks, length))
        for rows, found in nucleotides.outputs(self.module.body, sequences, progress):
            logits[rows] = found[:, self._tracks :].reshape(len(rows), self._tracks, length)
        return profiles.probabilities(logits)

    def network(self) -> "TargetNetwork[ProfileNetwork]":
        """Give the module in eval mode: one-hot (N, 4, L) -> (N, T) log(1 + counts)."""
        return self.module.eval()

    def profile_network(self, sequence: str) -> "ProfileScalars":
        """Give what explains the profile of one sequence: one-hot (N, 4, L) -> (N, T), as ``ProfileDifferentiable``."""
        import torch

        from lib.models.nets.profile_network import ProfileLogits, ProfileScalars

        weights = torch.from_numpy(self.predict_profiles([sequence])[0]).float()
        return ProfileScalars(ProfileLogits(self.module.body), weights)

    def save(self, folder: Path) -> None:
        """Write the settings as JSON and the weights as safetensors."""
        facts = {"settings": values_of(self.settings), "targets": self._tracks, "best_epoch": self.best_epoch}
        weights = {name: tensor.cpu().numpy() for name, tensor in self.module.state_dict().items()}
        saving.write(folder, BpnetModel.name, facts, weights)

    @property
    def _tracks(self) -> int:
        return len(self.module.centre)


@MODELS.add
@dataclass(frozen=True)
class BpnetModel(Schedule, ProfileWeights):
    """A first convolution 25 wide, dilated residual layers, and a head each for the profile and the counts.

    Deviations from the paper:

    - the head of the profile is a convolution 75 wide, as in later versions of the authors' program, and not a
      transposed one 25 wide; there is no track of a control, as experiments on the start or the end of RNA have none;
    - all tracks are learned by one head of each kind over the same layers, and the counts of each track by themselves,
      not those of both strands together;
    - the loss weighs the mean over windows and tracks of the multinomial loss, divided by the mean reads of a window
      unless ``profile_per`` says otherwise, with 0.8 and the squared error of log(1 + counts) with 0.2;
    - 6 dilated layers, for windows of some hundred nucleotides, unless ``layers`` says otherwise (the paper: 9 for
      1,000 nucleotides);
    - dropout, AdamW with weight decay, and a learning rate that rises over a tenth of the steps and falls along a
      cosine (the paper: Adam at 0.004);
    - sequences are not read from the other strand too, for the profiles that this is made for belong to a strand;
      and windows are moved at random with their reads, where what comes in is unknown: the genome around is not there.

    The weights kept are those of the epoch with the lowest loss on the validation part.
    """

    name: ClassVar[str] = "bpnet"
    label: ClassVar[str] = "BPNet"
    summary: ClassVar[str] = "Predicts where along a sequence the reads lie, and how many there are; can be explained."
    typical_time: ClassVar[str] = "minutes on a CPU"
    tasks: ClassVar[tuple[str, ...]] = ("profile",)
    baseline: ClassVar[bool] = False
    presets: ClassVar[Mapping[str, Mapping[str, Any]]] = {
        "Layers and loss as published": {
            "layers": 9,
            "shift": 0,
            "dropout": 0.0,
            "weight_decay": 0.0,
            "learning_rate": 0.004,
            "profile_per": "windows",
        }
    }

    # There are no time points and no classes, and only encoders compute states again.
    auxiliary: ClassVar[bool] = False  # type: ignore[misc]
    class_weights: ClassVar[str] = "none"  # type: ignore[misc]
    gradient_checkpointing: ClassVar[bool] = False  # type: ignore[misc]

    epochs: int = other("epochs", 30)
    learning_rate: float = other("learning_rate", 2e-3)
    batch_size: int = other("batch_size", 32)
    dropout: float = other(
        "dropout", 0.2, help="Share of channels left out at random while training; more of it for small datasets."
    )
    patience: int = other(
        "patience", 10, help="Training stops after so many epochs without a lower loss on the validation part."
    )
    channels: int = setting(
        64,
        label="Channels",
        low=4,
        high=1024,
        advanced=True,
        help="Width of the network: how many patterns it can read.",
    )
    shift: int = setting(
        20,
        label="Random shift",
        unit="nt",
        low=0,
        high=1000,
        advanced=True,
        help="While it is trained, each window is moved by up to so many nucleotides to either side, with its reads: "
        "more to learn from few windows. What comes in at the end is unknown; a quarter of a window is the most.",
    )
    layers: int = setting(
        6,
        label="Dilated layers",
        low=1,
        high=12,
        help="Each one looks twice as far around as the one before. With both ends 6 of them, which suit windows of a "
        "few hundred nucleotides, see 175 nt to either side; 9, as published, see 1,071.",
    )

    def fit(self, data: TrainingData, context: Context) -> Fitted:
        """Train on the train part, keep the epoch with the lowest loss on the validation part.

        Raises
        ------
        Cancelled
            If the listener asked for it.
        UserError
            If there are fewer than 20 train or 4 validation sequences, one is empty, profiles do not fit them, a batch
            would not fit into memory, or the loss becomes NaN.
        """
        import torch

        from lib.models.nets.batches import Examples, JitteredWindows

        require_rows(data, train=20, validation=4, label=self.label)
        require_letters(data, label=self.label)
        labels = ProfileLabels.of(data, self, label=self.label)
        self._require_memory(labels.length, len(data.train.sequences), context)
        drawn = {"tracks": labels.targets, "shift": min(self.shift, labels.length // 4), "seed": context.seed}
        examples = JitteredWindows(data.train.sequences, labels.standard(data.train), **drawn)
        held = Examples(data.validation.sequences, labels.standard(data.validation))
        torch.manual_seed(context.seed)
        module = self._build(labels.targets)
        module.centre.copy_(torch.from_numpy(labels.centre))
        module.scale.copy_(torch.from_numpy(labels.scale))
        plan = self.plan(warmup=_WARMUP)
        outcome = context.train(module.body, examples, held, loss=labels.loss(), plan=plan)
        module.body.load_state_dict(dict(outcome.weights))
        return FittedBpnet(self, module.cpu().eval().requires_grad_(requires_grad=False), outcome.epoch)

    def parameters(self, targets: int, auxiliary: int) -> int:
        """Count the weights."""
        return sum(weights.numel() for weights in self._build(targets).parameters())

    @classmethod
    def load(cls, folder: Path) -> Fitted:
        """Read the network back."""
        facts, arrays = saving.read(folder, cls.name)
        settings = cls(**saving.fact(facts, "settings", folder))
        module = settings._build(saving.fact(facts, "targets", folder))
        saving.put(module, arrays, folder)
        return FittedBpnet(settings, module, saving.fact(facts, "best_epoch", folder))

    def _require_memory(self, length: int, rows: int, context: Context) -> None:
        """Refuse batches that this machine cannot hold; on a GPU the GPU itself says so."""
        from lib.core import memory
        from lib.models.nets import device

        if device.choose(context.device).type == "cpu":
            size = -(-min(self.batch_size, rows) // self.accumulation)
            # Numbers kept for each letter and channel: 4 in the first layer and in each dilated one; with gradients
            # twice that, 4 bytes each.
            needed = size * length * self.channels * 4 * (1 + self.layers) * 2 * 4
            remedy = "Lower the batch size or the channels, take more pieces of a batch, or choose shorter windows."
            memory.require(needed, f"A batch of {size} windows of {length:,} nt", remedy)

    def _build(self, tracks: int) -> "TargetNetwork[ProfileNetwork]":
        import torch

        from lib.models.nets.profile_network import ProfileNetwork
        from lib.models.nets.residual import TargetNetwork

        body = ProfileNetwork(tracks, channels=self.channels, layers=self.layers, dropout=self.dropout)
        return TargetNetwork(body, torch.zeros(tracks), torch.ones(tracks))
