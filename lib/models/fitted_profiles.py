"""A trained encoder of tokens with a head for profiles."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from lib.core.arrays import FloatArray
from lib.core.progress import Progress
from lib.models import profiles, tokens
from lib.models.fitted import FittedEncoder

if TYPE_CHECKING:
    from lib.models.nets.profile_scalars import ProfileScalars


@dataclass(frozen=True)
class FittedProfileEncoder(FittedEncoder):
    """A trained network that predicts profiles beside the counts."""

    @property
    def length(self) -> int:
        """Letters of the windows that it was trained on."""
        return int(self.module.body.length)

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
        logits = tokens.logits(self.module.body, self.frame, encoded, length, progress)
        return profiles.probabilities(logits)

    def profile_network(self, sequence: str) -> "ProfileScalars":
        """Give what explains the profile of one sequence: embeddings (N, T, D) and ids (N, T) -> (N, K).

        See ``ProfileDifferentiable``.
        """
        import torch

        from lib.models.nets.profile_scalars import ProfileScalars
        from lib.models.nets.token_to_base_head import PlacedLogits

        row = self.read([sequence])[0]
        places = torch.from_numpy(np.stack([row.starts, row.ends], axis=1))
        weights = torch.from_numpy(self.predict_profiles([sequence])[0]).float()
        return ProfileScalars(PlacedLogits(self.module.body, places, len(sequence)), weights)
