"""A head over an encoder of tokens. Shapes: ids (N, T), mask (N, T) or None, states (N, T, D), predictions (N, K)."""

from collections.abc import Callable

import torch
from torch import Tensor, nn

from lib.models.nets.residual import invert_link

HEADS = ("linear", "mlp", "convolution")
_WINDOW = 5  # tokens that the convolution of a head looks at


def states_of(encoder: nn.Module, ids: Tensor, present: Tensor) -> Tensor:
    """Give the states (N, T, D) of ids (N, T) by an encoder, one of transformers or of ours."""
    states: Tensor = encoder(input_ids=ids, attention_mask=present).last_hidden_state
    return states


def embedding_of(encoder: nn.Module) -> nn.Embedding:
    """Give the table of words of an encoder, one of transformers or of ours; they share no class that has it."""
    find: Callable[[], nn.Embedding] = encoder.get_input_embeddings  # type: ignore[assignment]
    return find()


class TokenRegressor(nn.Module):
    """Encode tokens, pool their states, predict.

    An encoder of which nothing is learned stays in eval mode while the head is trained, so that its states are the
    same each time, and keeps nothing for gradients.

    Parameters
    ----------
    encoder
        Called with ``input_ids`` and ``attention_mask``, gives an object with ``last_hidden_state``; names its table
        of words by ``get_input_embeddings``.
    hidden, outputs
        Width D of the states; numbers to predict for each sequence, standardised.
    pooling
        ``mean`` of the states of all tokens, or ``cls``, the state of the first.
    head
        ``linear``, ``mlp`` with one hidden layer, or ``convolution`` over neighbouring tokens, which are then pooled.
    dropout
        Share of the pooled state dropped while training.
    """

    def __init__(
        self, encoder: nn.Module, *, hidden: int, outputs: int, pooling: str, head: str, dropout: float
    ) -> None:
        super().__init__()
        self.encoder, self.pooling = encoder, pooling
        self.around = nn.Conv1d(hidden, hidden, _WINDOW, padding="same") if head == "convolution" else None
        self.activation, self.dropout = nn.GELU(), nn.Dropout(dropout)
        layers = [nn.Linear(hidden, hidden), nn.GELU(), nn.Dropout(dropout)] if head == "mlp" else []
        self.head = nn.Sequential(*layers, nn.Linear(hidden, outputs))

    def forward(self, ids: Tensor, mask: Tensor | None = None, inputs_embeds: Tensor | None = None) -> Tensor:
        """Turn ids (N, T) into (N, K).

        ``inputs_embeds`` (N, T, D) stand for the rows of the table of words that the ids name, so that gradients and
        interpolations can begin there; positions are still counted from the ids.
        """
        return self.pool(self.states(ids, mask, inputs_embeds), ids, mask)

    def states(self, ids: Tensor, mask: Tensor | None = None, inputs_embeds: Tensor | None = None) -> Tensor:
        """Turn ids (N, T) into the states of their tokens, (N, T, D); see ``forward``."""
        present = torch.ones_like(ids) if mask is None else mask
        if self.training and not self.learns:
            with torch.no_grad():
                return self._states(ids, present, inputs_embeds)
        return self._states(ids, present, inputs_embeds)

    def pool(self, states: Tensor, ids: Tensor, mask: Tensor | None = None) -> Tensor:
        """Turn the states (N, T, D) of ids (N, T) into (N, K)."""
        present = torch.ones_like(ids) if mask is None else mask
        found: Tensor = self.head(self.dropout(self._pooled(states, present)))
        return found

    @property
    def learns(self) -> bool:
        """True where the encoder, or an adapter in it, is learned."""
        return any(weights.requires_grad for weights in self.encoder.parameters())

    def train(self, mode: bool = True) -> "TokenRegressor":  # noqa: FBT001, FBT002  (the signature is torch's)
        """Set the mode; an encoder that learns nothing stays in eval mode."""
        super().train(mode)
        if mode and not self.learns:
            self.encoder.eval()
        return self

    def _states(self, ids: Tensor, present: Tensor, words: Tensor | None) -> Tensor:
        if words is None:
            return states_of(self.encoder, ids, present)
        # Encoders differ in what they leave out when they are given embeddings; a table that is answered for does not.
        answer = embedding_of(self.encoder).register_forward_hook(lambda *_: words)
        try:
            return states_of(self.encoder, ids, present)
        finally:
            answer.remove()

    def _pooled(self, states: Tensor, present: Tensor) -> Tensor:
        weights = present.to(states.dtype)[:, :, None]  # N, T, 1
        if self.around is not None:
            seen = self.around((states * weights).transpose(1, 2))  # N, D, T; what is padded is zero, as beyond the end
            states = self.activation(seen).transpose(1, 2)
        elif self.pooling == "cls":
            return states[:, 0]
        return (states * weights).sum(dim=1) / weights.sum(dim=1)


class EmbeddedNetwork(nn.Module):
    """A trained network as a function of embeddings, in the units of the targets.

    Parameters
    ----------
    body
        Turns ids (N, T) and the embeddings that stand for them into (N, K + A) standardised numbers.
    centre, scale, link
        As ``TargetNetwork`` has them, (K,) each.
    """

    centre: Tensor
    scale: Tensor

    def __init__(self, body: TokenRegressor, centre: Tensor, scale: Tensor, link: str = "identity") -> None:
        super().__init__()
        self.body = body
        self.link = link
        self.register_buffer("centre", centre)
        self.register_buffer("scale", scale)
        self.eval()

    def forward(self, words: Tensor, ids: Tensor) -> Tensor:
        """Turn embeddings (N, T, D) and ids (N, T) into (N, K)."""
        standard: Tensor = self.body(ids, inputs_embeds=words)[:, : len(self.centre)]
        return invert_link(standard * self.scale + self.centre, self.link)
