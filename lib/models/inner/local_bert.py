"""A BERT encoder that learns from few short sequences: it knows distances, not places, and sees neighbours first.

Three things differ from the published one. Attention has linear biases instead of a vector for each absolute place
(Press et al. 2022, arXiv:2108.12409), because what a motif does hardly depends on where it stands, and a place is seen
too seldom to be learned. A convolution lets each token see its neighbours, in their order, before the first layer
(compare Jiang et al. 2020, arXiv:2008.02496). Layers are normalised before they are added (Xiong et al. 2020,
arXiv:2002.04745), which bears higher learning rates.

Shapes: N sequences, T tokens, D numbers a token, H heads. ``input_ids`` and ``attention_mask`` (N, T), 0 where a row is
padded; ``last_hidden_state`` (N, T, D), zero there.
"""

from dataclasses import dataclass

import torch
from torch import Tensor, nn
from torch.nn.functional import scaled_dot_product_attention
from torch.utils.checkpoint import checkpoint

from lib.models.inner.alibi import alibi
from lib.models.inner.mosaic import Encoded

_SPREAD = 0.02  # of the weights at the start, as published
_NEVER = -1e4  # added to the score of padding; a number in every precision


@dataclass(frozen=True)
class LocalConfig:
    """The sizes of an encoder, named as in ``config.json``; ``window`` is how many tokens the convolution looks at."""

    vocab_size: int
    hidden_size: int
    num_hidden_layers: int
    num_attention_heads: int
    intermediate_size: int
    window: int = 5
    dropout: float = 0.1


class Embeddings(nn.Module):
    """What a token is, and what its neighbours are."""

    def __init__(self, config: LocalConfig) -> None:
        super().__init__()
        width = config.hidden_size
        self.words, self.norm = nn.Embedding(config.vocab_size, width), nn.LayerNorm(width)
        self.around = nn.Conv1d(width, width, config.window, padding="same")
        self.activation, self.around_norm = nn.GELU(), nn.LayerNorm(width)
        self.dropout, self.around_dropout = nn.Dropout(config.dropout), nn.Dropout(config.dropout)

    def forward(self, ids: Tensor, present: Tensor) -> Tensor:
        """Turn ids (N, T) into (N, T, D); padding is as zero as what lies beyond the end."""
        hidden = self.dropout(self.norm(self.words(ids))) * present[..., None]
        seen = self.activation(self.around(hidden.transpose(1, 2)).transpose(1, 2))
        return hidden + self.around_norm(self.around_dropout(seen))


class Attention(nn.Module):
    """Each token gathers from the others."""

    def __init__(self, config: LocalConfig) -> None:
        super().__init__()
        self.heads = config.num_attention_heads
        self.gather = nn.Linear(config.hidden_size, 3 * config.hidden_size)
        self.mix = nn.Linear(config.hidden_size, config.hidden_size)

    def forward(self, hidden: Tensor, bias: Tensor) -> Tensor:
        """Turn (N, T, D) and biases (1 or N, H, T, T) into (N, T, D)."""
        rows, length, width = hidden.shape
        split = self.gather(hidden).view(rows, length, 3, self.heads, -1)
        query, key, value = split.permute(2, 0, 3, 1, 4).unbind(0)  # N, H, T, D / H each
        gathered = scaled_dot_product_attention(query, key, value, attn_mask=bias.to(query.dtype))
        return self.mix(gathered.transpose(1, 2).reshape(rows, length, width))


class Layer(nn.Module):
    """Attention, then two layers within each token, each normalised before it is added."""

    def __init__(self, config: LocalConfig) -> None:
        super().__init__()
        self.attention_norm, self.attention = nn.LayerNorm(config.hidden_size), Attention(config)
        self.norm = nn.LayerNorm(config.hidden_size)
        self.widen, self.activation = nn.Linear(config.hidden_size, config.intermediate_size), nn.GELU()
        self.narrow = nn.Linear(config.intermediate_size, config.hidden_size)
        self.attention_dropout, self.dropout = nn.Dropout(config.dropout), nn.Dropout(config.dropout)

    def forward(self, hidden: Tensor, bias: Tensor) -> Tensor:
        """Turn (N, T, D) into (N, T, D)."""
        hidden = hidden + self.attention_dropout(self.attention(self.attention_norm(hidden), bias))
        return hidden + self.dropout(self.narrow(self.activation(self.widen(self.norm(hidden)))))


class LocalEncoder(nn.Module):
    """The encoder without a head.

    Attributes
    ----------
    gradient_checkpointing
        Trade time for memory while training.
    """

    def __init__(self, config: LocalConfig) -> None:
        super().__init__()
        self.config = config
        self.embeddings = Embeddings(config)
        self.layers = nn.ModuleList(Layer(config) for _ in range(config.num_hidden_layers))
        self.norm = nn.LayerNorm(config.hidden_size)
        self.gradient_checkpointing = False
        self.apply(_begin)

    def get_input_embeddings(self) -> nn.Embedding:
        """Give the table of words."""
        return self.embeddings.words

    def forward(self, input_ids: Tensor, attention_mask: Tensor | None = None) -> Encoded:
        """Encode ids (N, T); without a mask nothing is padding."""
        mask = torch.ones_like(input_ids) if attention_mask is None else attention_mask
        hidden = self.embeddings(input_ids, mask.to(self.norm.weight.dtype))
        bias = alibi(self.config.num_attention_heads, mask.shape[1], device=hidden.device, dtype=torch.float32)
        bias = bias.masked_fill(~mask.bool()[:, None, None, :], _NEVER)  # N, H, T, T
        redo = self.gradient_checkpointing and self.training and torch.is_grad_enabled()
        for layer in self.layers:
            hidden = checkpoint(layer, hidden, bias, use_reentrant=False) if redo else layer(hidden, bias)
        return Encoded(self.norm(hidden) * mask[..., None].to(hidden.dtype), None)


def _begin(module: nn.Module) -> None:
    """Draw the weights that a module begins with, small ones as in the published encoder."""
    if isinstance(module, nn.Linear | nn.Embedding):
        nn.init.normal_(module.weight, std=_SPREAD)
    if isinstance(module, nn.Linear):
        nn.init.zeros_(module.bias)
