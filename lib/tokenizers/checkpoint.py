"""The tokens that a published language model was trained on, read from the files beside its weights."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any, ClassVar

import numpy as np

from lib.core.alphabet import in_alphabet, to_dna
from lib.core.errors import UserError
from lib.core.progress import Progress
from lib.core.registry import setting
from lib.tokenizers._published import FILES, Published, files_of, find_files, is_hub, place_of, read, reads_rna
from lib.tokenizers.base import TOKENIZERS, Corpus, Encoded, FittedTokenizer, Vocabulary

if TYPE_CHECKING:
    import tokenizers

WINDOWS, LONGEST, FILE = "every window", "longest word", "file"
_SPECIES = re.compile(r"[a-z][a-z0-9]*_[a-z0-9_.-]+")
_SHOWN = 4


@TOKENIZERS.add
@dataclass(frozen=True)
class CheckpointTokenizer:
    """Cut as a published model was taught to read; ids are those of its files, nothing is learned from your data.

    How is told by the vocabulary. All words of one length: every window of it, as DNABERT and SpeciesLM read. Words of
    one length and single letters: the longest from left to right, so that neighbours do not overlap and a rest is read
    letter by letter, as the Nucleotide Transformer reads (Dalla-Torre et al. 2025, doi:10.1038/s41592-024-02523-z).
    Anything else: as its ``tokenizer.json`` says. A vocabulary with names of species puts one of them first. A letter
    other than A C G T is N where words include N, else the unknown token. Words of RNA, as 3UTRBERT has, read T as U.
    """

    name: ClassVar[str] = "checkpoint"
    label: ClassVar[str] = "Tokens of a published model"
    summary: ClassVar[str] = "The tokens that a published language model was trained on, read from its files."
    path: str = setting(
        "",
        label="Published model",
        files=(".txt", ".json"),
        checkpoint=True,
        help="The model's folder, its vocab.txt or tokenizer.json, or its name on the Hugging Face hub as owner/name.",
    )
    species: str = setting(
        "", label="Species", help="Only for models that read the name of a species first, such as candida_glabrata."
    )

    def fit(self, corpus: Corpus, progress: Progress) -> "FittedCheckpoint":
        """Read the files.

        Raises
        ------
        UserError
            If they are missing, damaged, or do not tell how to cut DNA.
        """
        found = read(self._place())
        words = found.words
        lengths = sorted({len(word) for word in words})
        special = dict(found.special)
        if found.merges:
            kind = FILE
            ends = _frame(found.merges)
            if found.framed:
                special = {role: number for role, number in special.items() if role not in {"cls", "sep"}} | ends
        elif len(lengths) == 1 and lengths[0] > 1:
            kind = WINDOWS
        elif lengths and lengths[0] == 1 and len(lengths) <= 2 and set("ACGT") <= set(words):
            kind = LONGEST
        else:
            raise UserError(
                "The vocabulary of this model is neither words of one length nor such words and single letters, and "
                "there is no tokenizer.json that says how to cut. Choose another model."
            )
        special |= self._species(found)
        return FittedCheckpoint(self, Vocabulary(found.pieces, special), kind, found.merges)

    def restore(self, vocabulary: Vocabulary, state: Mapping[str, Any]) -> "FittedCheckpoint":
        """Take the vocabulary and the way to cut back; the files are needed no more."""
        if state["kind"] not in {WINDOWS, LONGEST, FILE}:
            raise ValueError(state["kind"])
        return FittedCheckpoint(self, vocabulary, state["kind"], state["text"])

    def files(self) -> tuple[Path, ...]:
        """Give the files that decide the tokens; those of a model on the hub once they were fetched.

        Raises
        ------
        UserError
            If there are none.
        """
        if is_hub(self.path):
            return find_files(self.path, FILES, {})
        return tuple(files_of(self._place()).values())

    def _place(self) -> Path:
        if not self.path.strip():
            raise UserError(
                f"{self.label}: no model is chosen. Choose its folder, its vocab.txt or tokenizer.json, or name it as "
                "owner/name on the hub."
            )
        return place_of(self.path, file="vocab.txt", wanted=FILES, pinned={})

    def _species(self, found: Published) -> dict[str, int]:
        known = {piece: i for i, piece in enumerate(found.pieces) if _SPECIES.fullmatch(piece)}
        asked = self.species.strip()
        if asked in known:
            return {"species": known[asked]}
        some = ", ".join(sorted(known)[:_SHOWN])
        if known:
            what = f"does not know {asked[:60]!r}" if asked else "reads the name of a species first, and none is chosen"
            raise UserError(f"This model {what}. Choose one of its {len(known):,} species, such as {some}.")
        if asked:
            raise UserError(f"This model reads no species; leave {asked[:60]!r} out.")
        return {}


class FittedCheckpoint(FittedTokenizer):
    """The tokens of a published model.

    Parameters
    ----------
    kind
        ``WINDOWS``, ``LONGEST`` or ``FILE``.
    text
        The ``tokenizer.json`` by which ``FILE`` cuts.
    """

    def __init__(self, settings: CheckpointTokenizer, vocabulary: Vocabulary, kind: str, text: str) -> None:
        self.settings, self.vocabulary, self.kind, self.text = settings, vocabulary, kind, text
        if kind == FILE:
            self._cutter  # noqa: B018  (damage is to be seen now)

    def encode_batch(self, sequences: Sequence[str]) -> Encoded:
        """Cut N sequences; one that is shorter than a window has no tokens."""
        found = {WINDOWS: self._windows, LONGEST: self._longest, FILE: self._filed}[self.kind](sequences)
        species = self.vocabulary.special.get("species")
        return found if species is None else _prepend_species(found, species)

    def state(self) -> dict[str, Any]:
        """Give the way to cut."""
        return {"kind": self.kind, "text": self.text}

    @cached_property
    def _words(self) -> dict[str, int]:
        return Published(self.vocabulary.pieces, {}).words

    @cached_property
    def _cutter(self) -> "tokenizers.Tokenizer":
        return cutter(self.text)

    @cached_property
    def _rna(self) -> bool:
        return reads_rna(self._cutter.get_vocab())

    def _unknown(self) -> int:
        """Give the id of a letter that is none of A C G T."""
        return self.vocabulary.ids.get("N", self.vocabulary.special.get("unknown", -1))

    def _windows(self, sequences: Sequence[str]) -> Encoded:
        from lib.tokenizers._letters import join_letters
        from lib.tokenizers._windows import Words, windows

        words = list(self._words)
        known = Words.of(words, len(words[0]))
        unknown = self.vocabulary.special.get("unknown", -1)
        found = windows(*join_letters(sequences), known, unknown=len(words) if unknown >= 0 else -1)
        ids = np.array([*self._words.values(), unknown], dtype=np.int32)
        return Encoded(ids[found.ids], found.starts, found.ends, found.bounds)

    def _longest(self, sequences: Sequence[str]) -> Encoded:
        from lib.tokenizers._letters import join_letters
        from lib.tokenizers._trie import Trie, longest

        trie = Trie.of(list(self._words), list(self._words.values()))
        return longest(*join_letters(sequences), (trie, trie), self._unknown())

    def _filed(self, sequences: Sequence[str]) -> Encoded:
        texts = [to_dna(sequence) if sequence.isascii() else "N" * len(sequence) for sequence in sequences]
        if self._rna:
            texts = [in_alphabet(text, rna=True) for text in texts]
        rows = self._cutter.encode_batch(texts, add_special_tokens=False)
        places = np.array([place for row in rows for place in row.offsets], dtype=np.int32).reshape(-1, 2)
        bounds = np.cumsum([0, *map(len, rows)], dtype=np.int64)
        ids = np.array([number for row in rows for number in row.ids], dtype=np.int32)
        return Encoded(ids, places[:, 0].copy(), places[:, 1].copy(), bounds)


def cutter(text: str) -> "tokenizers.Tokenizer":
    """Make what cuts by a ``tokenizer.json``, without padding and without cutting off.

    Raises
    ------
    ValueError
        If it is damaged.
    """
    import tokenizers

    try:
        made = tokenizers.Tokenizer.from_str(text)
    except Exception as error:
        raise ValueError("tokenizer.json cannot be used") from error
    made.no_padding()
    made.no_truncation()
    return made


def _frame(text: str) -> dict[str, int]:
    """Find what stands before and behind a sequence by looking at one.

    Raises
    ------
    UserError
        If it is more than one token, or the file is damaged.
    """
    try:
        made = cutter(text)
    except ValueError as error:
        raise UserError("tokenizer.json of this model is damaged; copy or download it again.") from error
    bare, framed = (made.encode("ACGT", add_special_tokens=added).ids for added in (False, True))
    extra = len(framed) - len(bare)
    for before in range(extra + 1):
        if framed[before : before + len(bare)] == bare:
            ends = {"cls": framed[:before], "sep": framed[before + len(bare) :]}
            if all(len(ids) <= 1 for ids in ends.values()):
                return {role: ids[0] for role, ids in ends.items() if ids}
    raise UserError("tokenizer.json of this model puts several tokens around a sequence; choose another model.")


def _prepend_species(found: Encoded, species: int) -> Encoded:
    """Put a species before the tokens of each sequence that has any."""
    counts = np.diff(found.bounds)
    where = found.bounds[:-1][counts > 0]
    parts = [np.insert(values, where, value) for values, value in ((found.ids, species), (found.starts, 0))]
    bounds = np.concatenate([[0], np.cumsum(counts + (counts > 0))]).astype(np.int64)
    return Encoded(parts[0], parts[1], np.insert(found.ends, where, 0), bounds)
