"""A BERT encoder that learns from few short sequences: it knows distances, not places, and sees neighbours first.

It is the encoder of MosaicBERT (``lib.models.nets.mosaic``) with one thing before its layers: a convolution lets each
token see its neighbours, in their order (compare Jiang et al. 2020, arXiv:2008.02496), because attention with linear
biases does not know right from left. Attention without places suits a motif, whose effect hardly depends on where it
stands, while an absolute place is seen too seldom to be learned.

Shapes as there: N sequences, T tokens, D numbers a token.
"""

from dataclasses import dataclass

from torch import Tensor, nn

from lib.models.nets.mosaic import MosaicConfig, MosaicEncoder

_SPREAD = 0.02  # of the weights at the start, as published for BERT


@dataclass(frozen=True)
class LocalConfig(MosaicConfig):
    """The sizes of an encoder; ``window`` is how many tokens the convolution looks at."""

    window: int = 5


class Neighbours(nn.Module):
    """Add to each token what a convolution over its neighbours sees."""

    def __init__(self, config: LocalConfig) -> None:
        super().__init__()
        width = config.hidden_size
        self.around = nn.Conv1d(width, width, config.window, padding="same")
        self.activation, self.dropout = nn.GELU(), nn.Dropout(config.hidden_dropout_prob)
        self.norm = nn.LayerNorm(width, eps=config.layer_norm_eps)

    def forward(self, hidden: Tensor, mask: Tensor | None) -> Tensor:
        """Turn (N, T, D) into (N, T, D); padding is as zero as what lies beyond the end."""
        if mask is not None:
            hidden = hidden.masked_fill(~mask[..., None], 0)
        seen = self.activation(self.around(hidden.transpose(1, 2)).transpose(1, 2))
        found: Tensor = self.norm(hidden + self.dropout(seen))
        return found


class LocalEncoder(MosaicEncoder):
    """MosaicBERT whose tokens see their neighbours first; without pooler, with small random weights."""

    def __init__(self, config: LocalConfig) -> None:
        super().__init__(config, pooler=False)
        self.neighbours = Neighbours(config)
        self.apply(_begin)

    def _encode(self, hidden: Tensor, mask: Tensor | None) -> Tensor:
        return super()._encode(self.neighbours(hidden, mask), mask)


def _begin(module: nn.Module) -> None:
    """Draw the weights that a module begins with, small ones as in the published encoder."""
    if isinstance(module, nn.Linear | nn.Embedding):
        nn.init.normal_(module.weight, std=_SPREAD)
    if isinstance(module, nn.Linear) and module.bias is not None:
        nn.init.zeros_(module.bias)
