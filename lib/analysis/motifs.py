"""Motifs as experiments use them: a word to put in, and a way to find hits.

Only the strand that is given counts: RBPs bind the RNA itself.
"""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from lib.core.alphabet import BASES, IUPAC, codes, to_dna
from lib.core.arrays import FloatArray
from lib.core.errors import UserError
from lib.motifs.lexicon import matching
from lib.motifs.pwm import log_odds, window_scores

THRESHOLD = 0.85
"""Relative score that a hit of a PWM reaches at least, as on the other pages."""
_LETTER = {frozenset(bases): letter for letter, bases in IUPAC.items()}
_WORD = re.compile(rf"[{''.join(IUPAC)}]+")


@dataclass(frozen=True, eq=False)
class Motif:
    """A motif.

    Parameters
    ----------
    name
        What people call it; unique in an experiment.
    word
        IUPAC, DNA: what is put in. N leaves the letter that stands there.
    strength
        ``mean_rbp`` of its table; NaN where there is none.
    pwm
        (4, W) probabilities by which hits are found; None: hits are what the word stands for.
    """

    name: str
    word: str
    strength: float = float("nan")
    pwm: FloatArray | None = None

    @property
    def width(self) -> int:
        """Letters of a hit."""
        return len(self.word) if self.pwm is None else int(self.pwm.shape[1])

    def starts(self, letters: NDArray[np.uint8]) -> NDArray[np.int64]:
        """Give where hits start in numbered letters (L,), overlapping ones too; ascending.

        >>> Motif("Pumilio", "TGTAHATA").starts(codes("CTGTACATACTGTAGATA")).tolist()
        [1]
        """
        if self.pwm is None:
            masks = [sum(1 << BASES.index(base) for base in IUPAC[letter]) for letter in self.word]
            return matching(letters, np.array(masks, dtype=np.uint8))
        weights = log_odds(self.pwm)
        worst, best = weights.min(axis=0).sum(), weights.max(axis=0).sum()
        scores = window_scores(letters, weights)
        return (
            np.flatnonzero(scores >= worst + (THRESHOLD - 1e-9) * (best - worst)) if best > worst else np.empty(0, int)
        )

    def put(self, sequence: str, start: int, *, seed: int = 0) -> str:
        """Write the word over a sequence at a 0-based start.

        Where the word allows several bases the one that stands there stays if it is allowed; else one of the allowed
        ones is drawn, the same for the same sequence, start and seed.

        >>> Motif("Pumilio", "TGTAHATA").put("CCCCCCCCCC", 1)
        'CTGTACATAC'
        """
        stretch = sequence[start : start + len(self.word)]
        if start < 0 or len(stretch) < len(self.word):
            raise ValueError(f"{self.word} at {start} leaves the sequence of {len(sequence)} nt")
        rng = None
        made = []
        for letter, standing in zip(self.word, stretch, strict=True):
            allowed = IUPAC[letter]
            if len(allowed) == 1:
                made.append(allowed)
            elif standing in allowed or letter == "N":
                made.append(standing)
            else:
                rng = rng or np.random.default_rng([seed, start, *sequence.encode()])
                made.append(allowed[int(rng.integers(len(allowed)))])
        return sequence[:start] + "".join(made) + sequence[start + len(self.word) :]


def of_table(rbp: pd.DataFrame | None, pwms: Mapping[str, FloatArray]) -> list[Motif]:
    """Take the motifs of an RBP table (``motif``, ``mean_rbp``) and of PWMs, the largest |mean_rbp| first."""
    found = []
    if rbp is not None:
        order = rbp.reindex(rbp["mean_rbp"].abs().sort_values(ascending=False, kind="stable").index)
        rows = zip(order["motif"].tolist(), order["mean_rbp"].tolist(), strict=True)
        found = [Motif(str(word), str(word), float(value)) for word, value in rows]
    return found + [of_pwm(name, matrix) for name, matrix in pwms.items()]


def of_pwm(name: str, matrix: FloatArray) -> Motif:
    """Make a motif of probabilities (4, W): what is put in is its consensus without N at its ends."""
    return Motif(name, consensus(matrix).strip("N"), pwm=np.asarray(matrix, dtype=np.float64))


def of_text(text: str) -> list[Motif]:
    """Read motifs that somebody typed: IUPAC words, DNA or RNA, parted by blanks, commas or lines; each once.

    Raises
    ------
    UserError
        If one is no IUPAC word or N alone.
    """
    words = list(dict.fromkeys(to_dna(word) for word in re.split(r"[\s,;]+", text) if word))
    for word in words:
        if not _WORD.fullmatch(word) or set(word) == {"N"}:
            raise UserError(f"{word!r} is no motif; use letters such as UUAG or UGUAHAUA (IUPAC), one motif a line.")
    return [Motif(word, word) for word in words]


def consensus(matrix: FloatArray) -> str:
    """Write probabilities (4, W) as an IUPAC word by the rule of Cavener (1987, doi:10.1093/nar/15.4.1353).

    A base of more than half and more than twice the next stands alone; two of together more than three quarters stand
    as their code; else N. A matrix without any such place gets its most likely bases.

    >>> consensus(np.array([[0.9, 0.4, 0.25], [0.1, 0.0, 0.25], [0.0, 0.4, 0.25], [0.0, 0.2, 0.25]]))
    'ARN'
    """
    letters = []
    for column in matrix.T:
        order = np.argsort(-column, kind="stable")
        first, second = column[order[0]], column[order[1]]
        if first > 0.5 and first > 2 * second:
            letters.append(BASES[order[0]])
        elif first + second > 0.75:
            letters.append(_LETTER[frozenset(BASES[place] for place in order[:2])])
        else:
            letters.append("N")
    word = "".join(letters)
    return word if set(word) != {"N"} else "".join(BASES[place] for place in matrix.argmax(axis=0))


def changes(motifs: Sequence[Motif], before: str, after: str) -> pd.DataFrame:
    """Compare the hits of motifs in two sequences of one length: ``motif``, ``word``, ``start`` (0-based), ``change``.

    ``change`` is ``gained`` or ``lost``; the rows stand by start.

    >>> changes(of_text("TTAG ACG"), "CCACGCTTAC", "CCACCCTTAG")[["motif", "start", "change"]].to_numpy().tolist()
    [['ACG', 2, 'lost'], ['TTAG', 6, 'gained']]
    """
    old, new = codes(before), codes(after)
    rows = []
    for motif in motifs:
        was, now = set(motif.starts(old).tolist()), set(motif.starts(new).tolist())
        rows += [(motif.name, motif.word, motif.strength, start, "lost") for start in was - now]
        rows += [(motif.name, motif.word, motif.strength, start, "gained") for start in now - was]
    frame = pd.DataFrame(rows, columns=["motif", "word", "strength", "start", "change"])
    return frame.sort_values(["start", "motif", "change"], kind="stable", ignore_index=True)
