"""What a model promises. Sequences are stored DNA (upper case); targets are (N, T) in the units of the dataset.

A registered model is a frozen dataclass of settings. ``fit`` sees the train and validation parts and nothing else, so
no model can touch the test part; it gives a ``Fitted`` that predicts in the units of the targets, saves itself without
pickle, and is loaded again by the class.
"""

from collections.abc import Callable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any, ClassVar, NamedTuple, Protocol, runtime_checkable

import numpy as np
from numpy.typing import NDArray

from lib.core.arrays import FloatArray
from lib.core.progress import Progress
from lib.core.registry import Registry
from lib.models.context import Context
from lib.tasks.data import TrainingData

if TYPE_CHECKING:
    from torch import Tensor, nn

    from lib.tokenizers import Tokenizer


class Fitted(Protocol):
    """A trained model."""

    def predict(self, sequences: Sequence[str], *, progress: Progress | None = None) -> FloatArray:
        """Predict the targets of N sequences, shape (N, T), in the units of the targets."""

    def save(self, folder: Path) -> None:
        """Write ``model.safetensors`` and/or ``model.json`` into a folder that exists."""


@runtime_checkable
class Differentiable(Protocol):
    """A trained model that gradients can go through."""

    def network(self) -> "nn.Module":
        """Give the module in eval mode: one-hot (N, 4, L), channels A C G T -> (N, T) in the units of the targets.

        It takes any float input, so that references and interpolations work; letters other than A C G T are columns
        of zeros.
        """


class TokenRow(NamedTuple):
    """How a network reads one sequence: T tokens in its own order, special ones included.

    Parameters
    ----------
    ids
        (T,) rows of the table of embeddings.
    texts
        What each token says: its letters, or the name of a special token.
    starts, ends
        (T,) where each lies in the sequence, half-open, 0-based; equal for special tokens.
    """

    ids: NDArray[np.int64]
    texts: tuple[str, ...]
    starts: NDArray[np.int64]
    ends: NDArray[np.int64]


@runtime_checkable
class TokenDifferentiable(Protocol):
    """A trained model that reads tokens, and that gradients can go through from their embeddings on."""

    def read(self, sequences: Sequence[str]) -> list[TokenRow]:
        """Give the tokens of N sequences as the network reads them; those beyond its longest input are left out.

        Raises
        ------
        UserError
            If a sequence is empty.
        """

    def table(self) -> "Tensor":
        """Give the embeddings of all tokens (V, D), without gradient."""

    def words(self) -> NDArray[np.int64]:
        """Give the ids of the tokens that stand for letters."""

    def mask_token(self) -> int | None:
        """Give the id of the token that hides another; None where there is none."""

    def embedded_network(self) -> "nn.Module":
        """Give the module in eval mode: embeddings (N, T, D) and ids (N, T) -> (N, K) in the units of the targets.

        The embeddings, which may lie between those of tokens, say what is read; the ids only where, so rows of one
        call are equally long.
        """


@runtime_checkable
class ProfileDifferentiable(Protocol):
    """A trained model of profiles whose profile head gradients can go through."""

    def profile_network(self, sequence: str) -> "nn.Module":
        """Give what explains the profile of one sequence, in eval mode: what ``network`` reads -> (N, T).

        That is the sum over positions of the logits, less their mean, times the probabilities that the model gives
        the positions of ``sequence``: constants, whatever is read. Tokens lie where those of ``sequence`` do.
        """


@runtime_checkable
class Composed(Protocol):
    """A trained model whose prediction is the weighted mean of what others predict, but for a constant."""

    @property
    def members(self) -> Mapping[str, Fitted]:
        """Each of them by its name."""

    @property
    def weights(self) -> FloatArray:
        """Give what each of them counts, (M,), from 0."""

    @property
    def added(self) -> FloatArray:
        """Give the constant, (T,), or a single number for all targets."""

    def combine(self, each: Iterator[FloatArray]) -> tuple[FloatArray, FloatArray]:
        """Give prediction and sample standard deviation, (N, T) each, from what each member predicts, (N, T) each."""


def constant_of(model: Composed, target: int) -> float:
    """Give what is added to the weighted sum of what the members predict for one target."""
    added = model.added
    return float(added[target if len(added) > 1 else 0])


@runtime_checkable
class Uncertain(Protocol):
    """A trained model with several members, whose spread is a sign of doubt; no confidence interval."""

    def each(self, sequences: Sequence[str], *, progress: Progress | None = None) -> Iterator[FloatArray]:
        """Predict N sequences by one member after the other, (N, T) each."""

    def both(self, sequences: Sequence[str], *, progress: Progress | None = None) -> tuple[FloatArray, FloatArray]:
        """Give the prediction and the sample standard deviation over the members, (N, T) each."""

    def combine(self, each: Iterator[FloatArray]) -> tuple[FloatArray, FloatArray]:
        """Give the same from what each member predicts, (N, T) each."""


@runtime_checkable
class Blending(Protocol):
    """Settings of a model that trains others within a time budget."""

    @property
    def minutes(self) -> float:
        """Give the time budget."""

    def members(self, data: TrainingData) -> tuple[list[tuple[str, "Model"]], int]:
        """Give the networks that may become members, by name and with their settings, and how many folds each has."""


@runtime_checkable
class CrossFitted(Protocol):
    """A trained model whose members learned from folds of the train and the validation part."""

    @property
    def held_out(self) -> FloatArray | None:
        """Give what members that did not see it predict for the validation part, (V, T); None where none saw it."""


@runtime_checkable
class Mutagenic(Protocol):
    """A trained model that computes the effect of every single mutation quicker than by predicting each mutant."""

    def effects(
        self, sequences: Sequence[str], *, target: int, alive: Callable[[], None]
    ) -> Iterator[tuple[int, float, FloatArray]]:
        """Give number, prediction and effects (4, L) of N sequences as ``lib.models.mutants.effects`` promises."""


@runtime_checkable
class Sized(Protocol):
    """Settings that know how large their model will be."""

    def parameters(self, targets: int, auxiliary: int) -> int:
        """Count the numbers of the model for T targets with A auxiliary targets.

        Models that read tokens may also be told the size of the ``vocabulary``, and the ``length`` of profiles.
        """


class Model(Protocol):
    """Settings that know how to train."""

    name: ClassVar[str]
    label: ClassVar[str]
    summary: ClassVar[str]
    typical_time: ClassVar[str]
    tasks: ClassVar[tuple[str, ...]]
    baseline: ClassVar[bool]
    """True for the models that are trained automatically beside every other."""
    uses_tokenizer: ClassVar[bool]
    """True for models that read tokens: ``TrainingData.tokenizer`` is there then, the user chooses which one, and
    ``save`` keeps it in ``tokenizer/``. False where left out."""
    offered: ClassVar[bool]
    """False for models that are not trained on a dataset alone and so are not offered by Train. True where left out."""

    recommended: ClassVar[bool]
    """True for what is offered first. False where left out."""

    def own_tokenizer(self) -> "Tokenizer":
        """Give the tokenizer that belongs to the model, of those that read tokens; the user chooses where left out."""

    def trainable(self, targets: int, auxiliary: int) -> int:
        """Count the numbers that are learned; all of ``parameters`` where left out."""

    def fit(self, data: TrainingData, context: Context) -> Fitted:
        """Train on the train part, choose by the validation part. Goes on from ``context.folder/checkpoints`` if any.

        Raises
        ------
        Cancelled
            If the listener asked for it.
        UserError
            If these data cannot be learned with these settings.
        """

    @classmethod
    def load(cls, folder: Path) -> Fitted:
        """Read a trained model back; predictions are the same to the last bit.

        Raises
        ------
        UserError
            If files are missing or damaged; the sentence names them.
        """


MODELS: Registry[Model] = Registry("lib.models", "model")


def uses_tokenizer(model: object) -> bool:
    """Tell whether a model, or its class, reads tokens."""
    return bool(getattr(model, "uses_tokenizer", False))


def is_offered(model: object) -> bool:
    """Tell whether a model, or its class, can be chosen and trained on a dataset as it is."""
    return bool(getattr(model, "offered", True))


def is_recommended(model: object) -> bool:
    """Tell whether a model, or its class, is what is offered first."""
    return bool(getattr(model, "recommended", False))


def own_tokenizer(model: object) -> "Tokenizer | None":
    """Give the tokenizer that belongs to a model, such as that of a published checkpoint; None where one is chosen."""
    made = getattr(model, "own_tokenizer", None)
    return None if made is None else made()


def tokenizer_of_preset(model: object, preset: str) -> tuple[str, Mapping[str, Any]] | None:
    """Give the tokenizer, by name and settings, that goes with a preset of a model; None where there is none."""
    return getattr(model, "goes_with", {}).get(preset)


def spread(targets: FloatArray) -> tuple[FloatArray, FloatArray]:
    """Give the mean and the standard deviation of each target, (T,) each; a constant target has deviation 1."""
    deviation = targets.std(axis=0)
    return targets.mean(axis=0), np.where(deviation > 0, deviation, 1.0)
