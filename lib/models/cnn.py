"""A convolutional network over one-hot nucleotides, trained from nothing on the user's own sequences."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, ClassVar

import numpy as np

from lib.core.arrays import FloatArray
from lib.core.registry import setting
from lib.models.base import MODELS
from lib.models.nucleotide_network import FittedNetwork, NucleotideNetwork
from lib.models.schedule import other

if TYPE_CHECKING:
    from lib.models.nets.residual import ResidualNetwork


class FittedCnn(FittedNetwork):
    """A trained network that computes only what each mutation reaches."""

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


@MODELS.add
@dataclass(frozen=True)
class CnnModel(NucleotideNetwork):
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
    presets: ClassVar[Mapping[str, Mapping[str, Any]]] = {
        "Aligned sequences": {
            "epochs": 10,
            "channels": 32,
            "filter_width": 13,
            "regions": 30,
            "dropout": 0.15,
        },
    }

    fitted: ClassVar[type[FittedNetwork]] = FittedCnn

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

    def count_kept_per_letter(self) -> int:
        """Count the numbers that a pass keeps: 4 around the stem, 6 in each block at half the letters, per channel."""
        return self.channels * (4 + 3 * self.blocks)

    def body(self, outputs: int) -> "ResidualNetwork":
        """Build the network before it is trained."""
        from lib.models.nets.residual import ResidualNetwork

        return ResidualNetwork(
            outputs,
            channels=self.channels,
            stem=self.filter_width,
            pool=2,
            kernel=5,
            dilations=[2**block for block in range(self.blocks)],
            dropout=self.dropout,
            regions=self.regions,
        )
