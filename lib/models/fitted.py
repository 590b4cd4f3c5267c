"""A trained encoder of tokens with its head and tokenizer, as it predicts and is kept."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from lib.core.progress import Progress
from lib.core.registry import values_of
from lib.data.dataset import FloatArray
from lib.models import saving, tokens
from lib.tokenizers import FittedTokenizer

if TYPE_CHECKING:
    from torch import nn

    from lib.models.encoders import TokenNetwork
    from lib.models.inner.residual import TargetNetwork
    from lib.training.tokens import Frame


@dataclass(frozen=True)
class Encoder:
    """An encoder and how sequences reach it.

    Parameters
    ----------
    module
        Called with ``input_ids`` and ``attention_mask``; its ``config`` names its sizes.
    frame
        What makes ids of tokens.
    facts
        All that builds it again beside the settings, as plain JSON values.
    """

    module: "nn.Module"
    frame: "Frame"
    facts: Mapping[str, Any]


@dataclass(frozen=True)
class FittedEncoder:
    """A trained network with its tokenizer and the settings that built it."""

    settings: "TokenNetwork"
    tokenizer: FittedTokenizer
    frame: "Frame"
    module: "TargetNetwork"
    best_epoch: int
    facts: Mapping[str, Any]

    def predict(self, sequences: Sequence[str], *, progress: Progress | None = None) -> FloatArray:
        """Predict the targets of N sequences, (N, T).

        Raises
        ------
        UserError
            If a sequence is empty.
        """
        encoded = tokens.encode(self.tokenizer, sequences, some=False)
        return tokens.predict(self.module, self.frame, encoded, progress)

    def save(self, folder: Path) -> None:
        """Write the settings as JSON, the weights as safetensors, and the tokenizer into ``tokenizer/``."""
        facts = {
            "settings": values_of(self.settings),
            "targets": len(self.module.centre),
            "outputs": self.module.body.head[-1].out_features,
            "best_epoch": self.best_epoch,
            "encoder": dict(self.facts),
        }
        weights = {name: tensor.cpu().numpy() for name, tensor in self.module.state_dict().items()}
        tokens.save(self.tokenizer, folder)
        saving.write(folder, self.settings.name, facts, weights)
