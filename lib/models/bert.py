"""BERT (Devlin et al. 2019, doi:10.18653/v1/N19-1423) on the tokens of any tokenizer, trained from nothing."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, ClassVar

from lib.core.registry import setting
from lib.models.base import MODELS
from lib.models.encoders import Encoder, TokenNetwork
from lib.tokenizers import Vocabulary

if TYPE_CHECKING:
    from torch import nn

    from lib.training.tokens import Frame

# Layers, width, heads, width of the inner layer.
SIZES = {"tiny": (2, 128, 2, 512), "small": (4, 256, 4, 1024), "base": (12, 768, 12, 3072)}


@dataclass(frozen=True)
class Size:
    """How large the encoder is."""

    size: str = setting(
        "small",
        label="Size",
        choices=tuple(SIZES),
        help="tiny: 2 layers of width 128; small: 4 of 256; base: 12 of 768, which is slow without a GPU.",
    )


@MODELS.add
@dataclass(frozen=True)
class BertModel(TokenNetwork, Size):
    """A BERT encoder whose weights begin random, with a head over the states of its tokens."""

    name: ClassVar[str] = "bert"
    label: ClassVar[str] = "BERT from scratch"
    summary: ClassVar[str] = "A language model without earlier knowledge, on the tokens of any tokenizer you choose."
    typical_time: ClassVar[str] = "tens of minutes on a CPU, minutes on a GPU"

    def begin(self, vocabulary: Vocabulary) -> Encoder:
        """Give an encoder of random weights."""
        from lib.training.tokens import Frame

        frame = Frame.of(vocabulary, self.longest)
        return Encoder(self._encoder(frame), frame, {})

    def again(self, vocabulary: Vocabulary, facts: Mapping[str, Any]) -> Encoder:
        """Give an encoder of the same sizes."""
        return self.begin(vocabulary)

    def outline(self, vocabulary: int) -> "nn.Module":
        """Give an encoder for a vocabulary of this size."""
        from lib.training.tokens import Frame

        return self._encoder(Frame(0, 1, 2, vocabulary, self.longest))

    def _encoder(self, frame: "Frame") -> "nn.Module":
        import transformers

        layers, width, heads, inner = SIZES[self.size]
        config = transformers.BertConfig(
            vocab_size=frame.size,
            hidden_size=width,
            num_hidden_layers=layers,
            num_attention_heads=heads,
            intermediate_size=inner,
            max_position_embeddings=self.longest,
            hidden_dropout_prob=self.dropout,
            attention_probs_dropout_prob=self.dropout,
            pad_token_id=frame.pad,
            type_vocab_size=1,
        )
        return transformers.BertModel(config, add_pooling_layer=False)
