"""Vocabularies learned by the trainers of Hugging Face ``tokenizers``, the same to the last byte every time.

Two things make them so. WordPiece numbers the letters that go on with a word in the order of a random hash, unless they
are there before the words are read, and of pairs that are equally frequent the one with the lower numbers is merged
first; they are given beforehand. And all four letters are given, seen or not, so that every sequence can be cut.
"""

import re
from collections.abc import Iterable, Sequence

from lib.core.alphabet import BASES, to_dna
from lib.core.errors import UserError
from lib.core.progress import Progress, Report
from lib.tokenizers.token import CONTINUES, SPECIAL

SMALLEST = 16
"""Vocabulary that can be asked for at least."""
LONGEST_WORD = 4096
"""Letters that are learned from as one word; the trainers need time by the square of that."""
_RUN = re.compile(f"[{BASES}]{{1,{LONGEST_WORD}}}")


def runs(sequences: Iterable[str], *, label: str) -> list[str]:
    """Give what trainers read as words: the stretches of A C G T between other letters, each 4,096 nt a word.

    >>> runs(["acgNNu", "-"], label="BPE")
    ['ACG', 'T']

    Raises
    ------
    UserError
        If there are none.
    """
    found = [run for sequence in sequences for run in _RUN.findall(to_dna(sequence))]
    if not found:
        raise UserError(f"{label} learns from A, C, G and T, and no sequence has one. Choose another dataset.")
    return found


def merges_of(
    words: Sequence[str], *, size: int, least: int, longest: int | None, letters: str, progress: Progress
) -> tuple[list[str], list[tuple[str, str]]]:
    """Learn the merges of byte-pair encoding.

    Parameters
    ----------
    size
        Tokens of the vocabulary at most, the special ones included.
    least
        How often a pair must occur to be merged.
    longest
        Letters of a token at most; None for no limit.
    letters
        The four letters as the words write them.

    Returns
    -------
    The pieces without the special ones, letters first, then in the order of the merges; and the merges.
    """
    import json

    from tokenizers import Tokenizer, models, trainers

    progress.report(Report(0, 1, "Learning merges"))
    learner = Tokenizer(models.BPE(unk_token=SPECIAL[1]))
    trainer = trainers.BpeTrainer(
        vocab_size=size,
        min_frequency=least,
        special_tokens=list(SPECIAL),
        initial_alphabet=list(letters),
        show_progress=False,
        max_token_length=None if longest is None else longest + 1,  # it joins only what stays below its limit
    )
    learner.train_from_iterator(words, trainer)
    model = json.loads(learner.to_str())["model"]
    progress.report(Report(1, 1, "Learning merges"))
    return _sort(model["vocab"]), [(left, right) for left, right in model["merges"]]


def pieces_of(words: Sequence[str], *, size: int, least: int, letters: str, progress: Progress) -> list[str]:
    """Learn the pieces of WordPiece, without the special ones; those that go on with a word begin with ``##``.

    The parameters are those of ``merges_of``.
    """
    from tokenizers import Tokenizer, models, trainers

    progress.report(Report(0, 1, "Learning pieces"))
    learner = Tokenizer(models.WordPiece(unk_token=SPECIAL[1]))
    trainer = trainers.WordPieceTrainer(
        vocab_size=size,
        min_frequency=least,
        special_tokens=[*SPECIAL, *(CONTINUES + letter for letter in letters)],
        initial_alphabet=list(letters),
        show_progress=False,
    )
    learner.train_from_iterator(words, trainer)
    progress.report(Report(1, 1, "Learning pieces"))
    return _sort(learner.get_vocab(with_added_tokens=True))


def _sort(vocabulary: dict[str, int]) -> list[str]:
    return [piece for piece in sorted(vocabulary, key=lambda piece: vocabulary[piece]) if piece not in SPECIAL]


def enough(pieces: Sequence[str], size: int, *, label: str, mend: str = "") -> None:
    """Refuse a vocabulary that is smaller than the user asked for.

    Raises
    ------
    UserError
        If the data do not allow that many tokens.
    """
    reached = len(pieces) + len(SPECIAL)
    if reached < size:
        fewer = f"at most {reached:,}{mend}, or " if reached >= SMALLEST else ""
        raise UserError(
            f"{label}: {size:,} tokens were asked for, and the train part allows {reached:,}, special ones included. "
            f"Choose {fewer}a dataset with more sequences."
        )
