"""From settings to a tokenizer that cuts, and onto disk and back, the same way for every tokenizer."""

import json
from collections import Counter
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np

from lib.core.alphabet import to_dna
from lib.core.errors import UserError
from lib.core.files import replacing
from lib.core.progress import Progress, Silent
from lib.core.registry import values_of
from lib.core.spec import canonical
from lib.tokenizers.base import TOKENIZERS, Corpus, Encoded, FittedTokenizer, Tokenizer, Vocabulary

FILE = "fitted.json"
FORMAT = 1


def fit(tokenizer: Tokenizer, corpus: Corpus | None = None, *, progress: Progress | None = None) -> FittedTokenizer:
    """Make a tokenizer ready to cut.

    Parameters
    ----------
    tokenizer
        Settings, made by ``TOKENIZERS.create``.
    corpus
        What it may learn from; None for nothing.

    Raises
    ------
    UserError
        If it cannot learn from this.
    Cancelled
        If the listener asked for it.
    """
    corpus = corpus or Corpus()
    if hasattr(tokenizer, "fit"):
        return tokenizer.fit(corpus, progress or Silent())
    return Plain.learned(tokenizer, corpus)


def estimate_seconds(tokenizer: Tokenizer, corpus: Corpus) -> float:
    """Estimate how long ``fit`` takes on one processor core."""
    return tokenizer.estimate_seconds(corpus) if hasattr(tokenizer, "estimate_seconds") else 0.0


def to_json(fitted: FittedTokenizer) -> str:
    """Write a fitted tokenizer as JSON in its one canonical form."""
    vocabulary = {"pieces": list(fitted.vocabulary.pieces), "special": dict(fitted.vocabulary.special)}
    facts = {"format": FORMAT, "name": fitted.settings.name, "settings": values_of(fitted.settings)}
    return canonical({**facts, "vocabulary": vocabulary, "state": fitted.state()})


def from_json(text: str, *, what: str = "The tokenizer") -> FittedTokenizer:
    """Read a fitted tokenizer back; it cuts in the same way to the last token, and is written to the same bytes.

    Raises
    ------
    UserError
        If the text is damaged, or names a tokenizer that is not registered.
    """
    try:
        facts = json.loads(text)
        if facts["format"] != FORMAT:
            raise ValueError(f"format {facts['format']}")
        tokenizer = TOKENIZERS.create(facts["name"], facts["settings"])
        vocabulary = Vocabulary(tuple(facts["vocabulary"]["pieces"]), dict(facts["vocabulary"]["special"]))
        if hasattr(tokenizer, "restore"):
            return tokenizer.restore(vocabulary, facts["state"])
        return Plain(tokenizer, vocabulary)
    except (ValueError, KeyError, TypeError, AttributeError) as error:
        raise UserError(f"{what} cannot be read back: it is damaged. Delete it and fit the tokenizer again.") from error


def save(fitted: FittedTokenizer, folder: Path) -> None:
    """Write ``fitted.json`` into a folder."""
    with replacing(folder / FILE) as temporary:
        temporary.write_text(to_json(fitted), encoding="utf-8")


def load(folder: Path) -> FittedTokenizer:
    """Read a fitted tokenizer from a folder.

    Raises
    ------
    UserError
        If the file is missing or damaged.
    """
    path = folder / FILE
    try:
        text = path.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise UserError(f"There is no fitted tokenizer in {folder.name}; fit it again.") from error
    return from_json(text, what=f"The tokenizer in {folder.name}")


class Plain(FittedTokenizer):
    """A tokenizer that learns nothing but which of its tokens occur."""

    def __init__(self, settings: Tokenizer, vocabulary: Vocabulary) -> None:
        self.settings, self.vocabulary = settings, vocabulary

    @classmethod
    def learned(cls, settings: Tokenizer, corpus: Corpus) -> "Plain":
        """Take the tokens of the corpus as vocabulary, the most frequent first."""
        counts: Counter[str] = Counter()
        for sequence in corpus.sequences:
            counts.update(text for text, _, _ in _cut(settings, sequence))
        words = [word for word, _ in sorted(counts.items(), key=lambda item: (-item[1], item[0])) if word]
        return cls(settings, Vocabulary.of(words))

    def encode_batch(self, sequences: Sequence[str]) -> Encoded:
        """Cut one sequence after the other."""
        ids, unknown = self.vocabulary.ids, self.vocabulary.special["unknown"]
        batches = []
        for sequence in sequences:
            cut = _cut(self.settings, sequence)
            numbers = np.array([ids.get(text, unknown) for text, _, _ in cut], dtype=np.int32)
            starts = np.array([start for _, start, _ in cut], dtype=np.int32)
            ends = np.array([end for _, _, end in cut], dtype=np.int32)
            batches.append(Encoded(numbers, starts, ends, np.array([0, len(cut)], dtype=np.int64)))
        return Encoded.join(batches)

    def state(self) -> dict[str, Any]:
        """Nothing beyond the vocabulary."""
        return {}


def _cut(settings: Tokenizer, sequence: str) -> list[tuple[str, int, int]]:
    try:
        return [(token.text, token.start, token.end) for token in settings.tokens(to_dna(sequence))]
    except UserError:
        return []
