"""The head of MosaicBERT that guesses masked tokens; what it decodes with is the table of words itself.

The modules are named as in the published checkpoint, but the tied matrix is kept once, so that a head can never be left
with another one.
"""

import torch
from torch import Tensor, nn
from torch.nn.functional import linear

from lib.models.inner.mosaic import MosaicConfig, MosaicEncoder


class Transform(nn.Module):
    """One more layer within each token."""

    def __init__(self, config: MosaicConfig) -> None:
        super().__init__()
        self.dense = nn.Linear(config.hidden_size, config.hidden_size)
        self.activation = nn.GELU()
        self.LayerNorm = nn.LayerNorm(config.hidden_size, eps=config.layer_norm_eps)

    def forward(self, hidden: Tensor) -> Tensor:
        """Turn (N, T, D) into (N, T, D)."""
        return self.LayerNorm(self.activation(self.dense(hidden)))


class TiedDecoder(nn.Module):
    """Compare a state with every word."""

    def __init__(self, config: MosaicConfig) -> None:
        super().__init__()
        self.bias = nn.Parameter(torch.zeros(config.vocab_size))

    def forward(self, hidden: Tensor, words: Tensor) -> Tensor:
        """Turn (N, T, D) and words (V, D) into (N, T, V)."""
        return linear(hidden, words, self.bias)


class Predictions(nn.Module):
    """Transform, then decode."""

    def __init__(self, config: MosaicConfig) -> None:
        super().__init__()
        self.transform, self.decoder = Transform(config), TiedDecoder(config)

    def forward(self, hidden: Tensor, words: Tensor) -> Tensor:
        """Turn (N, T, D) and words (V, D) into (N, T, V)."""
        return self.decoder(self.transform(hidden), words)


class MaskedLanguageModel(nn.Module):
    """Encoder without pooler, and the head."""

    def __init__(self, config: MosaicConfig) -> None:
        super().__init__()
        self.bert = MosaicEncoder(config, pooler=False)
        self.cls = nn.ModuleDict({"predictions": Predictions(config)})

    def forward(self, input_ids: Tensor, attention_mask: Tensor | None = None) -> Tensor:
        """Turn ids (N, T) into a logit for each of V words, (N, T, V)."""
        hidden = self.bert(input_ids, attention_mask).last_hidden_state
        return self.cls["predictions"](hidden, self.bert.get_input_embeddings().weight)
