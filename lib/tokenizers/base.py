"""What a tokenizer promises. Sequences are stored DNA (upper case); positions are 0-based and half-open.

A registered tokenizer is a frozen dataclass of settings. ``fit`` learns what it must from a ``Corpus``, which holds the
train part and the RBP table and nothing else, so that no tokenizer can see the test part; it gives a
``FittedTokenizer`` that cuts, and that is saved as JSON. A tokenizer that has nothing to learn needs no more than
``tokens`` (``lib.tokenizers.nucleotide`` shows it with a faster batch path): ``lib.tokenizers.fit`` does the rest.
"""

from abc import ABC, abstractmethod
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, ClassVar, Protocol

from lib.core.errors import UserError
from lib.core.progress import Progress
from lib.core.registry import Registry
from lib.datasets.dataset import Dataset
from lib.tokenizers.token import CONTINUES, SPECIAL, Encoded, Token, Vocabulary

__all__ = [
    "CONTINUES",
    "SPECIAL",
    "TOKENIZERS",
    "Corpus",
    "Encoded",
    "FittedTokenizer",
    "Token",
    "Tokenizer",
    "Vocabulary",
]

if TYPE_CHECKING:
    import pandas as pd


@dataclass(frozen=True)
class Corpus:
    """All that a tokenizer may learn from.

    Parameters
    ----------
    sequences
        The train part, stored DNA; empty where no dataset is chosen.
    rbp
        RBP table with columns ``motif`` (DNA, IUPAC) and ``mean_rbp``; None where there is none.
    """

    sequences: Sequence[str] = ()
    rbp: "pd.DataFrame | None" = None

    @classmethod
    def of(cls, dataset: Dataset) -> "Corpus":
        """Take the train part of a dataset and its RBP table."""
        return cls(tuple(dataset.sequences[dataset.rows("train")].tolist()), dataset.rbp)

    @property
    def letters(self) -> int:
        """Count the letters of all sequences."""
        return sum(map(len, self.sequences))

    def motifs(self, label: str) -> "pd.DataFrame":
        """Give the RBP table for a tokenizer that needs it.

        Raises
        ------
        UserError
            If there is no table of motifs with numbers.
        """
        if self.rbp is None or not len(self.rbp):
            raise UserError(
                f"{label} needs an RBP table with a motif and a number in each row (Motif, Mean_RBP), and there is "
                "none. Choose a dataset that was frozen with such a table; PWMs do not do."
            )
        return self.rbp

    def learned(self, label: str) -> Sequence[str]:
        """Give the sequences for a tokenizer that learns from them.

        Raises
        ------
        UserError
            If there are none, or none has a letter.
        """
        if not any(self.sequences):
            raise UserError(f"{label} learns its tokens from sequences, and there are none. Choose a dataset first.")
        return self.sequences


class FittedTokenizer(ABC):
    """A tokenizer that is ready to cut. ``settings`` is the registered dataclass that it came from."""

    settings: Any
    vocabulary: Vocabulary

    @abstractmethod
    def encode_batch(self, sequences: Sequence[str]) -> Encoded:
        """Cut N sequences; lower case and U are read as upper-case DNA, memory grows with the letters.

        A sequence that cannot be cut, such as one that is shorter than a word, has no tokens.
        """

    @abstractmethod
    def state(self) -> dict[str, Any]:
        """Give what was learned as plain JSON values; ``restore`` of the registered class takes it back."""

    def tokens(self, sequence: str) -> list[Token]:
        """Cut one sequence into tokens, in the order of their starts."""
        return list(self.name_tokens(self.encode_batch([sequence]), sequence))

    def name_tokens(self, row: Encoded, sequence: str) -> Iterator[Token]:
        """Give the tokens of one encoded sequence with their letters."""
        texts, shown = self.vocabulary.texts, self.vocabulary.shown
        unknown = self.vocabulary.unknown
        for number, start, end in zip(row.ids.tolist(), row.starts.tolist(), row.ends.tolist(), strict=True):
            differs = number != unknown and shown[number] != texts[number]
            yield Token(sequence[start:end], start, end, shown[number] if differs else "")


class Tokenizer(Protocol):
    """Settings that know how to cut; a frozen dataclass whose fields are its settings.

    All but name, label, summary and either ``tokens`` or ``fit`` with ``restore`` may be left out.
    """

    name: ClassVar[str]
    label: ClassVar[str]
    summary: ClassVar[str]
    partition: ClassVar[bool]
    """True where tokens never overlap and leave no letter out; False where left out."""
    ordered: ClassVar[bool]
    """False where tokens do not come by their starts, for words overlap and each is cut; True where left out."""
    needs: tuple[str, ...]
    """What it learns from and cannot do without: ``rbp`` (an RBP table), ``sequences`` (a train part); nothing where
    left out. A class variable, or a property where it depends on the settings."""
    presets: ClassVar[Mapping[str, Mapping[str, Any]]]
    """Named groups of settings, such as published ones; see ``lib.core.registry``."""

    def fit(self, corpus: Corpus, progress: Progress) -> FittedTokenizer:
        """Learn what is to be learned.

        Raises
        ------
        UserError
            If these data cannot be learned from with these settings.
        Cancelled
            If the listener asked for it.
        """

    def restore(self, vocabulary: Vocabulary, state: Mapping[str, Any]) -> FittedTokenizer:
        """Take back what ``FittedTokenizer.state`` gave; the result cuts in the same way to the last token.

        Raises
        ------
        KeyError, TypeError, ValueError
            If the state is damaged; ``lib.tokenizers.load`` says so to the user.
        """

    def estimate_seconds(self, corpus: Corpus) -> float:
        """Estimate how long ``fit`` takes on one processor core; 0 where left out."""

    def files(self) -> "tuple[Any, ...]":
        """Give the paths of files that ``fit`` reads, whose content decides what it gives; none where left out."""

    def tokens(self, sequence: str) -> list[Token]:
        """Cut one sequence with nothing but the settings, in the order of the starts; for those that learn nothing.

        Raises
        ------
        UserError
            If the sequence cannot be cut with these settings.
        """


TOKENIZERS: Registry[Tokenizer] = Registry("lib.tokenizers", "tokenizer")
