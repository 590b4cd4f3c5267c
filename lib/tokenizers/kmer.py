"""Overlapping k-mers, the tokens of DNABERT (Ji et al. 2021, doi:10.1093/bioinformatics/btab083)."""

from dataclasses import dataclass
from typing import ClassVar

from lib.core.errors import UserError
from lib.core.registry import setting
from lib.tokenizers.base import TOKENIZERS, Token


@TOKENIZERS.add
@dataclass(frozen=True)
class KmerTokenizer:
    """Cut a sequence into every window of ``k`` letters, ``stride`` letters apart."""

    name: ClassVar[str] = "k-mer"
    label: ClassVar[str] = "k-mers"
    summary: ClassVar[str] = "Every window of k letters; neighbours overlap."
    k: int = setting(6, label="Word length", unit="nt", low=1, high=12, help="Letters in each token.")
    stride: int = setting(1, label="Step", unit="nt", low=1, high=12, help="Letters from one token to the next.")

    def tokens(self, sequence: str) -> list[Token]:
        """Split a sequence of L letters into (L - k) // stride + 1 tokens, half-open offsets.

        >>> KmerTokenizer(k=3, stride=2).tokens("ACGTA")
        [Token(text='ACG', start=0, end=3), Token(text='GTA', start=2, end=5)]

        Raises
        ------
        UserError
            If the sequence is shorter than ``k``.
        """
        if len(sequence) < self.k:
            raise UserError(f"The sequence has {len(sequence)} nt; k-mers of {self.k} need at least {self.k}. Lower k.")
        starts = range(0, len(sequence) - self.k + 1, self.stride)
        return [Token(sequence[start : start + self.k], start, start + self.k) for start in starts]
