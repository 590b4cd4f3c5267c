"""The encoder of UTR-LM, which is ESM-2's (Lin et al. 2023, doi:10.1126/science.ade2574), and what it is pretrained by.

``transformers`` implements it. Two things of it are left out: its way to scale embeddings by the share of [MASK] that
it sees (token dropout), which belongs to a share of masks that is always 15%, and its head for protein contacts. The
published weights were made with token dropout, and are used with it.
Positions turn queries and keys (rotary, Su et al. 2024, doi:10.1016/j.neucom.2023.127063), so attention depends on how
far apart two nucleotides lie and not on where they stand.

Shapes: N sequences, T tokens, D numbers a token, V words.
"""

from typing import TYPE_CHECKING

import torch
import transformers
from torch import Tensor, nn

from lib.models.nets.mlm_head import EPS, Guesser
from lib.models.nets.token_network import embedding_of, states_of
from lib.models.utr_shape import Sizes
from lib.motifs.folding import CLASSES

if TYPE_CHECKING:
    from lib.models.nets.batches import Frame

_EPS = 1e-12
"""Of the norms in encoders that are pretrained here."""
HEADS = len(CLASSES) + 1
"""Numbers that a pretraining predicts for each token beside its letter: the classes of its base, and the energy."""


def build(
    sizes: Sizes, frame: "Frame", *, mask: int | None, dropout: float, published: bool = False
) -> "transformers.EsmModel":
    """Make an encoder of random weights.

    Parameters
    ----------
    frame, mask
        What reaches it, and the id of what hides a token.
    dropout
        Of states and attention.
    published
        Compute as the published weights were made: with token dropout, and norms with an epsilon of 1e-5.
    """
    config = transformers.EsmConfig(
        vocab_size=frame.size,
        mask_token_id=mask,
        pad_token_id=frame.pad,
        hidden_size=sizes.width,
        num_hidden_layers=sizes.layers,
        num_attention_heads=sizes.heads,
        intermediate_size=4 * sizes.width,
        hidden_dropout_prob=dropout,
        attention_probs_dropout_prob=dropout,
        max_position_embeddings=frame.longest,
        position_embedding_type="rotary",
        token_dropout=published,
        layer_norm_eps=EPS if published else _EPS,
    )
    model = transformers.EsmModel(config, add_pooling_layer=False)
    del model.contact_head
    return model


class FoldGuesser(Guesser):
    """An encoder with three heads: hidden letters, the class of each base in the structure, and the energy from [CLS].

    Parameters
    ----------
    encoder
        See ``Guesser``.
    """

    def __init__(self, encoder: nn.Module) -> None:
        super().__init__(encoder)
        width = embedding_of(encoder).weight.shape[1]
        self.structure, self.energy = nn.Linear(width, len(CLASSES)), nn.Linear(width, 1)

    def forward(self, sequences: Tensor, mask: Tensor | None = None) -> Tensor:
        """Turn ids (N, T) into (N, T, V + 4): logits of letters and of ``CLASSES``, and the energy, the same along T.

        The energy is standardised.
        """
        present = torch.ones_like(sequences) if mask is None else mask
        states = states_of(self.encoder, sequences, present)  # N, T, D
        letters = self.guess(states, embedding_of(self.encoder).weight)  # N, T, V
        energy = self.energy(states[:, :1]).expand(-1, states.shape[1], -1)  # N, T, 1
        return torch.cat([letters, self.structure(states), energy], dim=2)
