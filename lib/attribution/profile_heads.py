"""Which head of a model of profiles is explained: how many reads there are, or how they lie along the window.

The head ``counts`` is the prediction that every model makes, log(1 + counts) of a track. What explains the ``profile``
of a sequence x is one number for each track, f(z): the sum over the positions of the logits of z, less their mean, each
times the probability that the model gives the position in x (Avsec et al. 2021, doi:10.1038/s41588-021-00782-6). The
probabilities are constants, those of x itself, whatever z is read, reference sequences and mutants among them. So f is
one function for each sequence that is explained, all methods explain the same f, and what they promise of sums holds:
attributions add up to f(x) - f(reference). A score is positive where a nucleotide draws reads to the positions at which
the model expects them.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from lib.attribution.base import SILENT, Attribution, Method
from lib.core.arrays import FloatArray
from lib.core.errors import UserError
from lib.core.progress import Progress, Stage
from lib.models.base import Differentiable, Fitted, ProfileDifferentiable, TokenDifferentiable, TokenRow
from lib.models.ensemble import FittedEnsemble, assemble
from lib.tasks.profile import Profiled

if TYPE_CHECKING:
    from pathlib import Path

    from torch import Tensor, nn

COUNTS, PROFILE = HEADS = ("counts", "profile")
UNIT = "logits"
"""Unit of attributions of the profile head."""


def list_heads(fitted: Fitted) -> tuple[str, ...]:
    """Name the heads that can be explained; a model without profiles has only the one that every model has."""
    return HEADS if isinstance(fitted, Profiled) else (COUNTS,)


def select_head(fitted: Fitted, head: str, sequence: str) -> Fitted:
    """Give what explains one head of a model for one sequence, as a model whose predictions are what is explained.

    It reads what the model reads, and shows a network where the model does.

    Raises
    ------
    UserError
        If there is no such head, or the model predicts no profiles.
    """
    if head == COUNTS:
        return fitted
    if head not in HEADS:
        raise UserError(f"There is no head {head!r}; choose one of {', '.join(HEADS)}.")
    if isinstance(fitted, FittedEnsemble):
        members = {name: select_head(member, head, sequence) for name, member in fitted.members.items()}
        return assemble(members, fitted.home, fitted.blend)
    if not isinstance(fitted, Profiled):
        raise UserError("This model predicts no profiles, so it has no profile head. Explain the counts.")
    weights = fitted.predict_profiles([sequence])[0]
    shown = isinstance(fitted, ProfileDifferentiable)
    if shown and isinstance(fitted, TokenDifferentiable):
        return _Tokens(fitted, sequence, weights)
    if shown and isinstance(fitted, Differentiable):
        return _Nucleotides(fitted, sequence, weights)
    return _Head(fitted, sequence, weights)


def name_target(head: str, target_name: str) -> str:
    """Name what is explained, from the name of a target.

    >>> name_target("profile", "log(1 + counts), plus")
    'profile, plus'
    """
    return target_name if head == COUNTS else f"profile{target_name.removeprefix('log(1 + counts)')}"


def attribute(
    method: Method,
    fitted: Fitted,
    sequences: Sequence[str],
    *,
    head: str = COUNTS,
    target: int = 0,
    seed: int = 0,
    progress: Progress = SILENT,
) -> list[Attribution]:
    """Attribute one target, by one head of the model, for N sequences of any lengths, in their order.

    Raises
    ------
    UserError
        If the model or a sequence does not allow this method, or the model has no such head.
    """
    options: dict[str, Any] = {"target": target, "seed": seed}
    if head == COUNTS:
        return method.attribute(fitted, sequences, progress=progress, **options)
    found = []
    for done, sequence in enumerate(sequences):
        stage = Stage(progress, before=done, after=len(sequences) - done - 1)
        found += method.attribute(select_head(fitted, head, sequence), [sequence], progress=stage, **options)
    return found


@dataclass(frozen=True)
class _Head:
    """The profile head of a model for one sequence x of L letters, whose probabilities (T, L) are the weights."""

    fitted: Profiled
    sequence: str
    weights: FloatArray

    def predict(self, sequences: Sequence[str], *, progress: Progress | None = None) -> FloatArray:
        """Give f of N sequences as long as x, (N, T)."""
        if any(len(other) != len(self.sequence) for other in sequences):
            raise UserError(
                f"The profile of a window of {len(self.sequence):,} nt is explained by sequences of that length alone. "
                "Choose a method that neither inserts nor deletes letters."
            )
        if not sequences:
            return np.empty((0, len(self.weights)))
        logits = np.log(self.fitted.predict_profiles(sequences, progress=progress))  # up to a constant for each track
        centred = logits - logits.mean(axis=2, keepdims=True)
        result: FloatArray = (centred * self.weights).sum(axis=2)
        return result

    def save(self, folder: "Path") -> None:
        """Refuse: it is a view of a model that is saved itself."""
        raise NotImplementedError("the head of a model is not saved by itself")


class _Nucleotides(_Head):
    fitted: "ProfileDifferentiable"  # type: ignore[assignment]

    def network(self) -> "nn.Module":
        """Give f in eval mode: one-hot (N, 4, L) -> (N, T)."""
        return self.fitted.profile_network(self.sequence)


class _Tokens(_Head):
    fitted: "TokenDifferentiable"  # type: ignore[assignment]

    def read(self, sequences: Sequence[str]) -> list[TokenRow]:
        """Give the tokens of N sequences as the network reads them."""
        return self.fitted.read(sequences)

    def table(self) -> "Tensor":
        """Give the embeddings of all tokens."""
        return self.fitted.table()

    def words(self) -> NDArray[np.int64]:
        """Give the ids of the tokens that stand for letters."""
        return self.fitted.words()

    def mask_token(self) -> int | None:
        """Give the id of the token that hides another."""
        return self.fitted.mask_token()

    def embedded_network(self) -> "nn.Module":
        """Give f in eval mode: embeddings (N, T, D) and ids (N, T) -> (N, K)."""
        return self.fitted.profile_network(self.sequence)  # type: ignore[attr-defined, no-any-return]
