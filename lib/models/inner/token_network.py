"""A head over an encoder of tokens. Shapes: ids (N, T), mask (N, T) or None, states (N, T, D), predictions (N, K)."""

import torch
from torch import Tensor, nn


class TokenRegressor(nn.Module):
    """Encode tokens, pool their states, predict.

    Parameters
    ----------
    encoder
        Called with ``input_ids`` and ``attention_mask``, gives an object with ``last_hidden_state``.
    hidden, outputs
        Width D of the states; numbers to predict for each sequence, standardised.
    pooling
        ``mean`` of the states of all tokens, or ``cls``, the state of the first.
    head
        ``linear``, or ``mlp`` with one hidden layer.
    dropout
        Share of the pooled state dropped while training.
    """

    def __init__(
        self, encoder: nn.Module, *, hidden: int, outputs: int, pooling: str, head: str, dropout: float
    ) -> None:
        super().__init__()
        self.encoder, self.pooling = encoder, pooling
        self.dropout = nn.Dropout(dropout)
        layers = [nn.Linear(hidden, hidden), nn.GELU(), nn.Dropout(dropout)] if head == "mlp" else []
        self.head = nn.Sequential(*layers, nn.Linear(hidden, outputs))

    def forward(self, ids: Tensor, mask: Tensor | None = None) -> Tensor:
        """Turn ids (N, T) into (N, K)."""
        present = torch.ones_like(ids) if mask is None else mask
        states = self.encoder(input_ids=ids, attention_mask=present).last_hidden_state  # N, T, D
        return self.head(self.dropout(self._pooled(states, present)))

    def _pooled(self, states: Tensor, present: Tensor) -> Tensor:
        if self.pooling == "cls":
            return states[:, 0]
        weights = present.to(states.dtype)[:, :, None]  # N, T, 1
        return (states * weights).sum(dim=1) / weights.sum(dim=1)
