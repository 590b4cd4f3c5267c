"""The head of a masked language model: from the states of an encoder to a logit of each word.

Shapes: N sequences, T tokens, D numbers a token, M hidden tokens, V words.
"""

from collections.abc import Mapping

import torch
from torch import Tensor, nn
from torch.nn.functional import linear

from lib.models.nets.token_network import embedding_of, states_of

NAMES: Mapping[str, tuple[str, ...]] = {
    "dense.weight": (
        "cls.predictions.transform.dense.weight",
        "lm_head.dense.weight",
        "head.dense.weight",
        "vocab_transform.weight",
    ),
    "dense.bias": (
        "cls.predictions.transform.dense.bias",
        "lm_head.dense.bias",
        "head.dense.bias",
        "vocab_transform.bias",
    ),
    "norm.weight": (
        "cls.predictions.transform.LayerNorm.weight",
        "cls.predictions.transform.LayerNorm.gamma",
        "lm_head.layer_norm.weight",
        "head.norm.weight",
        "vocab_layer_norm.weight",
    ),
    "norm.bias": (
        "cls.predictions.transform.LayerNorm.bias",
        "cls.predictions.transform.LayerNorm.beta",
        "lm_head.layer_norm.bias",
        "head.norm.bias",
        "vocab_layer_norm.bias",
    ),
    "bias": (
        "cls.predictions.bias",
        "cls.predictions.decoder.bias",
        "lm_head.bias",
        "lm_head.decoder.bias",
        "decoder.bias",
        "vocab_projector.bias",
    ),
    "decoder": ("cls.predictions.decoder.weight", "lm_head.decoder.weight", "decoder.weight", "vocab_projector.weight"),
}
"""What the weights of such a head are called in published checkpoints of BERT, RoBERTa, ESM, ModernBERT, DistilBERT."""
KINDS = frozenset({"bert", "roberta", "xlm-roberta", "camembert", "esm", "modernbert", "distilbert"})
"""Kinds of model whose head is computed as ``LanguageHead`` computes it."""


EPS = 1e-5
"""Of the norm in the heads of pretrainings made here."""


class LanguageHead(nn.Module):
    """One layer within each token, then a comparison with every word.

    Parameters
    ----------
    width, words
        D and V.
    eps
        Of the norm.
    own_decoder
        Words are compared with a table of the head's own; else with the table of the encoder (tied weights), as it is
        when the head is used.
    """

    def __init__(self, width: int, words: int, *, eps: float = EPS, own_decoder: bool = False) -> None:
        super().__init__()
        self.dense, self.activation = nn.Linear(width, width), nn.GELU()
        self.norm = nn.LayerNorm(width, eps=eps)
        self.bias = nn.Parameter(torch.zeros(words))
        self.decoder = nn.Parameter(torch.zeros(words, width)) if own_decoder else None

    def guess(self, states: Tensor, table: Tensor) -> Tensor:
        """Turn states (..., D) and the table of the encoder (V, D) into logits (..., V)."""
        words = table if self.decoder is None else self.decoder
        return linear(self.norm(self.activation(self.dense(states))), words, self.bias)


class Guesser(LanguageHead):
    """An encoder and a head that learns to name hidden tokens with it.

    Parameters
    ----------
    encoder
        Called with ``input_ids`` and ``attention_mask``, gives an object with ``last_hidden_state``.
    """

    def __init__(self, encoder: nn.Module) -> None:
        words, width = embedding_of(encoder).weight.shape
        super().__init__(width, words)
        self.encoder = encoder

    def forward(self, sequences: Tensor, mask: Tensor | None = None) -> Tensor:
        """Turn ids and where to guess, (N, 2, T), into a logit of each word at those places, row by row, (M, V)."""
        ids, chosen = sequences.unbind(dim=1)
        present = torch.ones_like(ids) if mask is None else mask
        states = states_of(self.encoder, ids, present)[chosen.bool()]  # M, D
        return self.guess(states, embedding_of(self.encoder).weight)

    def head(self) -> LanguageHead:
        """Give a copy of the head alone, in eval mode."""
        own = {key: value.detach().cpu().clone() for key, value in self.state_dict().items()}
        return restore(own, eps=self.norm.eps)


def restore(weights: Mapping[str, Tensor], *, eps: float) -> LanguageHead:
    """Make a head of weights by its own names, in eval mode; others are left out, and missing biases are zero."""
    words, width = len(weights["bias"]), len(weights["norm.weight"])
    with torch.device("meta"):  # draws no random numbers
        head = LanguageHead(width, words, eps=eps, own_decoder="decoder" in weights)
    given = {name: torch.zeros(width) for name in ("dense.bias", "norm.bias")} | dict(weights)
    head.load_state_dict({name: given[name].float().clone() for name in head.state_dict()}, assign=True)
    return head.eval().requires_grad_(requires_grad=False)


def find(numbers: Mapping[str, Tensor], table: Tensor, *, eps: float) -> LanguageHead | None:
    """Find the head of a masked language model among the weights of a published checkpoint.

    Parameters
    ----------
    numbers
        All weights by their keys.
    table
        (V, D) the table of words of the encoder. A decoder of other numbers is kept as the head's own.
    eps
        Of the norm.

    Returns
    -------
    LanguageHead or None
        None where the checkpoint has no such head, or not the whole of it.
    """
    every = {name: [numbers[key] for key in keys if key in numbers] for name, keys in NAMES.items()}
    found = {name: values[0] for name, values in every.items() if values}
    words, width = table.shape
    needed = {"dense.weight": (width, width), "norm.weight": (width,), "bias": (words,)}
    if any(name not in found or tuple(found[name].shape) != shape for name, shape in needed.items()):
        return None
    decoder = found.pop("decoder", None)
    if decoder is not None and decoder.shape == (words, width) and not torch.equal(decoder.float(), table.float()):
        found["decoder"] = decoder
    return restore(found, eps=eps)
