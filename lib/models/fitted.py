"""A trained encoder of tokens with its head and tokenizer, as it predicts and is kept."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, ClassVar, Protocol, cast

import numpy as np
from numpy.typing import NDArray

from lib.core.arrays import FloatArray
from lib.core.progress import Progress
from lib.core.registry import values_of
from lib.models import profiles, saving, tokens
from lib.models.base import TokenRow
from lib.tokenizers import FittedTokenizer

if TYPE_CHECKING:
    from torch import Tensor, nn

    from lib.models.nets.batches import Frame
    from lib.models.nets.mlm_head import LanguageHead
    from lib.models.nets.profile_network import ProfileScalars
    from lib.models.nets.residual import TargetNetwork
    from lib.models.nets.token_network import EmbeddedNetwork, TokenRegressor
    from lib.models.nets.token_to_base_head import PlacedRegressor


HEAD = "language_head."
"""What stands before the weights of the head of a language model."""


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
    head
        What names hidden tokens from its states; None where nothing taught it to.
    """

    module: "nn.Module"
    frame: "Frame"
    facts: Mapping[str, Any]
    head: "LanguageHead | None" = None


class Settings(Protocol):
    """Settings of a model with an encoder."""

    name: ClassVar[str]


@dataclass(frozen=True)
class FittedEncoder:
    """A trained network with its tokenizer and the settings that built it.

    ``language_head`` is the one that the encoder had before it learned the targets; None where it had none.
    """

    settings: Settings
    tokenizer: FittedTokenizer
    frame: "Frame"
    module: "TargetNetwork[TokenRegressor]"
    best_epoch: int
    facts: Mapping[str, Any]
    language_head: "LanguageHead | None" = None

    @property
    def length(self) -> int | None:
        """Letters of the windows whose profiles it was trained on; None where it predicts none."""
        return None

    def predict(self, sequences: Sequence[str], *, progress: Progress | None = None) -> FloatArray:
        """Predict the targets of N sequences, (N, T).

        Raises
        ------
        UserError
            If a sequence is empty.
        """
        encoded = tokens.encode(self.tokenizer, sequences, some=False)
        return tokens.predict(self.module, self.frame, encoded, progress)

    def read(self, sequences: Sequence[str]) -> list[TokenRow]:
        """Give the tokens of N sequences as the network reads them; see ``TokenDifferentiable``."""
        return tokens.read(self.tokenizer, self.frame, sequences)

    def table(self) -> "Tensor":
        """Give the embeddings of all tokens (V, D)."""
        from lib.models.nets.token_network import embedding_of

        return embedding_of(self.module.body.encoder).weight.detach()

    def words(self) -> NDArray[np.int64]:
        """Give the ids of the tokens that stand for letters."""
        vocabulary = self.tokenizer.vocabulary
        return np.array([number for number, text in enumerate(vocabulary.texts) if text], dtype=np.int64)

    def mask_token(self) -> int | None:
        """Give the id of the token that hides another; None where there is none."""
        return self.tokenizer.vocabulary.special.get("mask")

    def embedded_network(self) -> "EmbeddedNetwork":
        """Give the module in eval mode: embeddings (N, T, D) and ids (N, T) -> (N, K) in the units of the targets."""
        from lib.models.nets.token_network import EmbeddedNetwork

        return EmbeddedNetwork(self.module.body, self.module.centre, self.module.scale, self.module.link)

    def save(self, folder: Path) -> None:
        """Write the settings as JSON, the weights as safetensors, and the tokenizer into ``tokenizer/``."""
        facts = {
            "settings": values_of(self.settings),
            "targets": len(self.module.centre),
            "outputs": self.module.body.head[-1].out_features,
            "best_epoch": self.best_epoch,
            "encoder": dict(self.facts),
            **({} if self.length is None else {"length": self.length}),
            **({} if self.module.link == "identity" else {"link": self.module.link}),
        }
        weights = {name: tensor.cpu().numpy() for name, tensor in self.module.state_dict().items()}
        if self.language_head is not None:
            facts["language_head"] = {"eps": self.language_head.norm.eps}
            weights |= {HEAD + name: value.numpy() for name, value in self.language_head.state_dict().items()}
        tokens.save(self.tokenizer, folder)
        saving.write(folder, self.settings.name, facts, weights)


@dataclass(frozen=True)
class FittedProfileEncoder(FittedEncoder):
    """A trained network that predicts profiles beside the counts."""

    @property
    def length(self) -> int:
        """Letters of the windows that it was trained on."""
        return self._body.length

    def predict_profiles(self, sequences: Sequence[str], *, progress: Progress | None = None) -> FloatArray:
        """Predict the share of the reads at each position of N sequences of L letters, (N, T, L).

        Raises
        ------
        UserError
            If a sequence is empty, or they are not all of one length.
        """
        length = profiles.require_one_length(sequences)
        if not length:
            return np.empty((0, len(self.module.centre), 0))
        encoded = tokens.encode(self.tokenizer, sequences, some=False)
        logits = tokens.logits(self._body, self.frame, encoded, length, progress)
        return profiles.probabilities(logits)

    def profile_network(self, sequence: str) -> "ProfileScalars":
        """Give what explains the profile of one sequence: embeddings (N, T, D) and ids (N, T) -> (N, K).

        See ``ProfileDifferentiable``.
        """
        import torch

        from lib.models.nets.profile_network import ProfileScalars
        from lib.models.nets.token_to_base_head import PlacedLogits

        row = self.read([sequence])[0]
        places = torch.from_numpy(np.stack([row.starts, row.ends], axis=1))
        weights = torch.from_numpy(self.predict_profiles([sequence])[0]).float()
        return ProfileScalars(PlacedLogits(self._body, places, len(sequence)), weights)

    @property
    def _body(self) -> "PlacedRegressor":
        return cast("PlacedRegressor", self.module.body)


def load_head(facts: Mapping[str, Any], arrays: saving.Arrays) -> "LanguageHead | None":
    """Read the head of a language model back from what ``FittedEncoder.save`` wrote; None where there was none."""
    import torch

    from lib.models.nets.mlm_head import restore

    found = {
        name.removeprefix(HEAD): torch.from_numpy(value) for name, value in arrays.items() if name.startswith(HEAD)
    }
    return restore(found, eps=facts["language_head"]["eps"]) if found else None
