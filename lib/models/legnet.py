"""LegNet (Penzar et al. 2023, doi:10.1093/bioinformatics/btad457): an efficient convolutional network."""

from dataclasses import dataclass
from typing import TYPE_CHECKING, ClassVar

from lib.core.registry import setting
from lib.models.base import MODELS
from lib.models.nucleotide_network import NucleotideNetwork
from lib.models.schedule import other

if TYPE_CHECKING:
    from lib.models.nets.legnet import LegNet


@MODELS.add
@dataclass(frozen=True)
class LegNetModel(NucleotideNetwork):
    """LegNet, which won the DREAM challenge on random promoters, with fewer channels and blocks for short sequences.

    Blocks widen the channels, look around in each by itself, weigh channels by squeeze and excitation, and go on beside
    what was there; all expression values of the train part are learned beside the targets with ``auxiliary``. It is
    trained by AdamW with one cycle of the learning rate, on sequences moved by a few nucleotides, and the running mean
    of its weights is kept. Unlike the published network it predicts numbers, not bins of them, reads one strand, and
    has no channels that say how the data were made.
    """

    name: ClassVar[str] = "legnet"
    label: ClassVar[str] = "LegNet"
    summary: ClassVar[str] = "An efficient convolutional network that won a challenge on promoters; can be explained."
    typical_time: ClassVar[str] = "minutes on a CPU"

    epochs: int = other("epochs", 12)
    learning_rate: float = other("learning_rate", 5e-3)
    weight_decay: float = other("weight_decay", 0.1)
    dropout: float = other("dropout", 0.25)
    patience: int = other("patience", 12)
    averaging: float = other("averaging", 0.995)
    shift: int = other("shift", 3, NucleotideNetwork)
    channels: int = setting(
        64,
        label="Channels",
        low=4,
        high=1024,
        advanced=True,
        help="Width of the network: how many patterns it can read.",
    )
    filter_width: int = setting(
        11,
        label="Width of the first filters",
        unit="nt",
        choices=(5, 7, 9, 11, 13, 15, 17, 19, 21, 25),
        advanced=True,
        help="Length of the motifs that the first layer can read at once.",
    )
    blocks: int = setting(
        3,
        label="Blocks",
        low=1,
        high=8,
        advanced=True,
        help="After each but the last, neighbours are averaged in pairs; more blocks suit long sequences.",
    )

    def count_kept_per_letter(self) -> int:
        """Count the numbers that a pass keeps: 3 around the stem, 22 in each block at half the letters of the last."""
        return self.channels * (3 + round(22 * (2 - 0.5 ** (self.blocks - 1))) + 3)

    def body(self, outputs: int) -> "LegNet":
        """Build the network before it is trained."""
        from lib.models.nets.legnet import LegNet

        return LegNet(
            outputs,
            channels=self.channels,
            stem=self.filter_width,
            blocks=self.blocks,
            dropout=self.dropout,
        )
