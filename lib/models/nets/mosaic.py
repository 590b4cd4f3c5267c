"""The encoder of MosaicBERT (Portes et al. 2023, arXiv:2312.17482), which DNABERT-2 is (Zhou 2024, arXiv:2306.15006).

Shapes: N sequences, T tokens, D numbers a token, H heads, M tokens of a batch that are no padding. ``input_ids``
(N, T) or ``inputs_embeds`` (N, T, D), the rows of ``embeddings.word_embeddings``; ``attention_mask`` (N, T), 0 where a
row is padded; ``last_hidden_state`` (N, T, D), exactly zero there; ``pooler_output`` (N, D).

The modules are named as in the published checkpoint. There are no buffers, so nothing can be left behind on the meta
device: the biases of the attention are made anew for every batch, in the type that the attention computes in, so that
they raise no bf16 score to float32. No row of the word embeddings is held at zero, because padding gets no gradient
anyway: it is masked as a key and its output is set to zero.
"""

from collections.abc import Callable
from dataclasses import dataclass
from typing import NamedTuple

import torch
from torch import Tensor, nn
from torch.nn.functional import scaled_dot_product_attention
from torch.utils.checkpoint import checkpoint

from lib.models.nets.alibi import alibi
from lib.models.nets.packing import Packing

PAD = 3
"""What DNABERT-2 pads with; its config.json does not say, and 0 would be the unknown token."""


@dataclass(frozen=True)
class MosaicConfig:
    """The sizes of an encoder, named as in ``config.json``."""

    vocab_size: int
    hidden_size: int
    num_hidden_layers: int
    num_attention_heads: int
    intermediate_size: int
    type_vocab_size: int = 2
    layer_norm_eps: float = 1e-12
    hidden_dropout_prob: float = 0.1
    attention_probs_dropout_prob: float = 0.0
    pad_token_id: int = PAD


class Encoded(NamedTuple):
    """States of the tokens (N, T, D), zero at padding, and of the sequences (N, D); None without a pooler."""

    last_hidden_state: Tensor
    pooler_output: Tensor | None


Attend = Callable[[Tensor], Tensor]
"""Turns queries, keys and values (..., 3 D) into what each token has gathered, (..., D)."""


class Embeddings(nn.Module):
    """What a token is; where it stands is told by the attention."""

    def __init__(self, config: MosaicConfig) -> None:
        super().__init__()
        self.word_embeddings = nn.Embedding(config.vocab_size, config.hidden_size)
        self.token_type_embeddings = nn.Embedding(config.type_vocab_size, config.hidden_size)
        self.LayerNorm = nn.LayerNorm(config.hidden_size, eps=config.layer_norm_eps)
        self.dropout = nn.Dropout(config.hidden_dropout_prob)

    def forward(self, words: Tensor) -> Tensor:
        """Turn rows of ``word_embeddings`` (N, T, D) into (N, T, D)."""
        found: Tensor = self.dropout(self.LayerNorm(words + self.token_type_embeddings.weight[0]))
        return found


class SelfAttention(nn.Module):
    """Queries, keys and values by one matrix, (3, H, D / H) in this order."""

    def __init__(self, config: MosaicConfig) -> None:
        super().__init__()
        self.Wqkv = nn.Linear(config.hidden_size, 3 * config.hidden_size)

    def forward(self, hidden: Tensor, attend: Attend) -> Tensor:
        """Turn (..., D) into (..., D)."""
        return attend(self.Wqkv(hidden))


class AttentionOutput(nn.Module):
    """Mix the heads and add them to what was there."""

    def __init__(self, config: MosaicConfig) -> None:
        super().__init__()
        self.dense = nn.Linear(config.hidden_size, config.hidden_size)
        self.dropout = nn.Dropout(config.hidden_dropout_prob)
        self.LayerNorm = nn.LayerNorm(config.hidden_size, eps=config.layer_norm_eps)

    def forward(self, gathered: Tensor, hidden: Tensor) -> Tensor:
        """Turn (..., D) and (..., D) into (..., D)."""
        found: Tensor = self.LayerNorm(self.dropout(self.dense(gathered)) + hidden)
        return found


class Attention(nn.Module):
    """Each token gathers from the others."""

    def __init__(self, config: MosaicConfig) -> None:
        super().__init__()
        self.self = SelfAttention(config)
        self.output = AttentionOutput(config)

    def forward(self, hidden: Tensor, attend: Attend) -> Tensor:
        """Turn (..., D) into (..., D)."""
        found: Tensor = self.output(self.self(hidden, attend), hidden)
        return found


class GatedMLP(nn.Module):
    """Two layers within each token; the first half of the first one opens the gates of the second half."""

    def __init__(self, config: MosaicConfig) -> None:
        super().__init__()
        self.gated_layers = nn.Linear(config.hidden_size, 2 * config.intermediate_size, bias=False)
        self.activation = nn.GELU()
        self.dropout = nn.Dropout(config.hidden_dropout_prob)
        self.wo = nn.Linear(config.intermediate_size, config.hidden_size)
        self.layernorm = nn.LayerNorm(config.hidden_size, eps=config.layer_norm_eps)

    def forward(self, hidden: Tensor) -> Tensor:
        """Turn (..., D) into (..., D)."""
        gate, value = self.gated_layers(hidden).chunk(2, dim=-1)  # ..., I each
        found: Tensor = self.layernorm(self.wo(self.dropout(self.activation(gate) * value)) + hidden)
        return found


class Layer(nn.Module):
    """Attention, then the gated MLP, each normalised after it was added."""

    def __init__(self, config: MosaicConfig) -> None:
        super().__init__()
        self.attention = Attention(config)
        self.mlp = GatedMLP(config)

    def forward(self, hidden: Tensor, attend: Attend) -> Tensor:
        """Turn (..., D) into (..., D)."""
        found: Tensor = self.mlp(self.attention(hidden, attend))
        return found


class Layers(nn.Module):
    """All layers."""

    def __init__(self, config: MosaicConfig) -> None:
        super().__init__()
        self.layer = nn.ModuleList(Layer(config) for _ in range(config.num_hidden_layers))

    def forward(self, hidden: Tensor, attend: Attend, *, redo: bool = False) -> Tensor:
        """Turn (..., D) into (..., D); ``redo`` keeps only what stands between layers, and makes the rest again."""
        for layer in self.layer:
            hidden = checkpoint(layer, hidden, attend, use_reentrant=False) if redo else layer(hidden, attend)
        return hidden


class Pooler(nn.Module):
    """The state of a sequence, read from its first token."""

    def __init__(self, config: MosaicConfig) -> None:
        super().__init__()
        self.dense = nn.Linear(config.hidden_size, config.hidden_size)
        self.activation = nn.Tanh()

    def forward(self, hidden: Tensor) -> Tensor:
        """Turn (N, T, D) into (N, D)."""
        found: Tensor = self.activation(self.dense(hidden[:, 0]))
        return found


class MosaicEncoder(nn.Module):
    """MosaicBERT without its head.

    Attributes
    ----------
    pooler
        None where the checkpoint has none; ``pooler_output`` is None then.
    gradient_checkpointing
        Trade time for memory while training.
    unpad
        Leave padding out of the computation, with equal results. By default (None) on a CPU, where it saves time in
        proportion; on other devices the counting of tokens would make them wait.
    """

    def __init__(self, config: MosaicConfig, *, pooler: bool = True) -> None:
        super().__init__()
        self.config = config
        self.embeddings = Embeddings(config)
        self.encoder = Layers(config)
        self.pooler = Pooler(config) if pooler else None
        self.gradient_checkpointing = False
        self.unpad: bool | None = None

    def get_input_embeddings(self) -> nn.Embedding:
        """Give the table of words, whose rows ``inputs_embeds`` takes."""
        return self.embeddings.word_embeddings

    def forward(
        self,
        input_ids: Tensor | None = None,
        attention_mask: Tensor | None = None,
        inputs_embeds: Tensor | None = None,
    ) -> Encoded:
        """Encode ids (N, T) or rows of word embeddings (N, T, D); without a mask nothing is padding.

        Raises
        ------
        ValueError
            If both or none are given, or the mask has another shape.
        """
        if (input_ids is None) == (inputs_embeds is None):
            raise ValueError("give either input_ids or inputs_embeds")
        words = self.embeddings.word_embeddings(input_ids) if inputs_embeds is None else inputs_embeds  # N, T, D
        mask = None if attention_mask is None else attention_mask.bool()
        if mask is not None and mask.shape != words.shape[:2]:
            raise ValueError(f"attention_mask is {tuple(mask.shape)}, needed {tuple(words.shape[:2])}")
        hidden = self._encode(self.embeddings(words), mask)
        return Encoded(hidden, None if self.pooler is None else self.pooler(hidden))

    def _encode(self, hidden: Tensor, mask: Tensor | None) -> Tensor:
        """Run the layers over (N, T, D), in whichever way is cheapest."""
        redo = self.gradient_checkpointing and self.training and torch.is_grad_enabled()
        on_cpu = hidden.device.type == "cpu" and not torch.compiler.is_compiling()
        unpad = on_cpu if self.unpad is None else self.unpad
        if mask is not None and (on_cpu or unpad) and mask.all():
            mask = None
        heads, length = self.config.num_attention_heads, hidden.shape[1]
        bias = alibi(heads, length, device=hidden.device, dtype=_choose_type(hidden))
        packing = Packing.of(mask) if unpad and mask is not None else None
        if packing is not None:
            packed = packing.pack(hidden)
            return packing.unpack(self.encoder(packed, lambda qkv: packing.each(qkv, self._attend, bias), redo=redo))
        if mask is not None:
            bias = bias.masked_fill(~mask[:, None, None, :], torch.finfo(bias.dtype).min)  # N, H, T, T
        hidden = self.encoder(hidden, lambda qkv: self._attend(qkv, bias), redo=redo)
        return hidden if mask is None else hidden.masked_fill(~mask[..., None], 0)

    def _attend(self, qkv: Tensor, bias: Tensor) -> Tensor:
        """Turn (N, T, 3 D) and biases (1 or N, H, T, T) into (N, T, D)."""
        rows, length, width = qkv.shape
        query, key, value = by_head(qkv, self.config.num_attention_heads)
        dropout = self.config.attention_probs_dropout_prob if self.training else 0.0
        gathered = scaled_dot_product_attention(query, key, value, attn_mask=bias, dropout_p=dropout)
        return gathered.transpose(1, 2).reshape(rows, length, width // 3)


def by_head(qkv: Tensor, heads: int) -> tuple[Tensor, ...]:
    """Take queries, keys and values, (N, H, T, D / H) each, apart from (N, T, 3 D)."""
    return qkv.view(*qkv.shape[:2], 3, heads, -1).permute(2, 0, 3, 1, 4).unbind(0)


def _choose_type(hidden: Tensor) -> torch.dtype:
    """Tell the type that queries and keys will have."""
    device = hidden.device.type
    return torch.get_autocast_dtype(device) if torch.is_autocast_enabled(device) else hidden.dtype
