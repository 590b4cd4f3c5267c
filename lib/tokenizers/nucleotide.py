"""One letter a token, as UTR-LM reads (Chu et al. 2024, doi:10.1038/s42256-024-00823-9)."""

from dataclasses import dataclass
from typing import ClassVar

from lib.tokenizers.base import TOKENIZERS, Token


@TOKENIZERS.add
@dataclass(frozen=True)
class NucleotideTokenizer:
    """Cut a sequence into its letters."""

    name: ClassVar[str] = "nucleotide"
    label: ClassVar[str] = "Nucleotides"
    summary: ClassVar[str] = "Each letter is a token."

    def tokens(self, sequence: str) -> list[Token]:
        """Split a sequence of L letters into L tokens.

        >>> NucleotideTokenizer().tokens("AC")
        [Token(text='A', start=0, end=1), Token(text='C', start=1, end=2)]
        """
        return [Token(letter, start, start + 1) for start, letter in enumerate(sequence)]
