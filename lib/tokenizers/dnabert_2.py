"""The published BPE of DNABERT-2 (Zhou et al. 2024, arXiv:2306.15006), read from its ``tokenizer.json``."""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, ClassVar

from lib.core.alphabet import BASES
from lib.core.errors import UserError
from lib.core.progress import Progress
from lib.core.registry import setting
from lib.tokenizers._published import find_files, is_hub, place_of
from lib.tokenizers.base import TOKENIZERS, Corpus, Vocabulary
from lib.tokenizers.bpe import MergingTokenizer

HUB = "zhihan1996/DNABERT-2-117M"
PINNED = {HUB: "7bce263b15377fc15361f52cfab88f8b586abda0"}
"""Which state of a published model is taken if none is asked for."""
FILE = "tokenizer.json"
LARGEST = 64_000_000
ROLES = {"[PAD]": "pad", "[UNK]": "unknown", "[CLS]": "cls", "[SEP]": "sep", "[MASK]": "mask"}
_HARMLESS = ("Whitespace", "WhitespaceSplit")
_OTHERS = ("WordPiece", "WordLevel", "Unigram")


@TOKENIZERS.add
@dataclass(frozen=True)
class Dnabert2Tokenizer:
    """Cut with published merges; nothing is learned from your data.

    The ids are those of the file: in the published one of 4,096 tokens ``[UNK]`` is 0 and ``[PAD]`` is 3. A letter
    other than A, C, G, T is a token of its own, the unknown one. A file that does more than byte-pair encoding of DNA
    is refused rather than read in another way than it was meant.
    """

    name: ClassVar[str] = "dnabert-2"
    label: ClassVar[str] = "DNABERT-2"
    summary: ClassVar[str] = "The published tokens of DNABERT-2, merged from pairs that are frequent in many genomes."
    partition: ClassVar[bool] = True
    path: str = setting(
        "",
        label="tokenizer.json",
        files=(".json",),
        help="The file tokenizer.json of the published model, the model's folder, or its name on the Hugging Face hub: "
        f"{HUB}.",
    )

    def fit(self, corpus: Corpus, progress: Progress) -> MergingTokenizer:
        """Read the file.

        Raises
        ------
        UserError
            If there is no such file, or it is not what DNABERT-2 publishes.
        """
        path = self._file()
        return MergingTokenizer(self, *read(_text(path), name=_short(path)))

    def restore(self, vocabulary: Vocabulary, state: Mapping[str, Any]) -> MergingTokenizer:
        """Take back vocabulary and merges; the file is needed no more."""
        return MergingTokenizer.restore(self, vocabulary, state)

    def files(self) -> tuple[Path, ...]:
        """Give the file that decides the tokens; that of a model on the hub once it was fetched.

        Raises
        ------
        UserError
            If there is none.
        """
        if is_hub(self.path):
            return find_files(self.path, (FILE,), PINNED)
        return (self._file(),)

    def _file(self) -> Path:
        given = self.path.strip()
        if not given:
            raise UserError(
                f"{self.label} needs the {FILE} of the published model, and none is chosen. Choose that file, or the "
                "folder of the model."
            )
        path = place_of(given, file=FILE, wanted=(FILE,), pinned=PINNED)
        try:
            if path.is_dir():
                path = path / FILE
                if not path.is_file():
                    raise UserError(f"The folder {_short(path.parent)} has no {FILE}; choose the folder of the model.")
            elif not path.is_file():
                raise UserError(f"There is no file {_short(path)}; choose the {FILE} of {self.label}.")
            elif path.suffix.lower() != ".json":
                raise UserError(f"{_short(path)} is no JSON file; choose the {FILE} of {self.label}.")
        except OSError as error:
            raise UserError(f"{_short(path)} cannot be opened; choose another {FILE}.") from error
        return path


def read(text: str, *, name: str) -> tuple[Vocabulary, list[tuple[str, str]]]:
    """Read the vocabulary and the merges of a ``tokenizer.json`` with a byte-pair encoding of DNA.

    Parameters
    ----------
    name
        Name of the file, for messages; nothing of its content is ever repeated in them.

    Raises
    ------
    UserError
        If it is anything else.
    """
    try:
        facts = json.loads(text)
    except (ValueError, RecursionError) as error:
        raise UserError(f"{name} is not JSON; choose the {FILE} of DNABERT-2.") from error
    model = facts.get("model") if isinstance(facts, dict) else None
    if not isinstance(model, dict):
        raise UserError(f"{name} is JSON, but not the file of a tokenizer; choose the {FILE} of DNABERT-2.")
    kind = model.get("type", "BPE" if "merges" in model else None)
    if kind != "BPE":
        found = f"a {kind} model" if kind in _OTHERS else "another model"
        raise UserError(f"{name} holds {found}, not a byte-pair encoding; choose the {FILE} of DNABERT-2.")
    _refuse_more(facts, model, name)
    try:
        return _vocabulary(model["vocab"], model.get("unk_token")), _merges(model["vocab"], model["merges"])
    except (KeyError, TypeError, ValueError, AttributeError) as error:
        raise UserError(
            f"{name} is damaged, or not made for DNA: its tokens must be numbered from 0 without gaps, be words of "
            f"A C G T or {', '.join(ROLES)}, and each merge must join two of them to a third. Choose the {FILE} of "
            "DNABERT-2."
        ) from error


def _short(path: Path) -> str:
    """Name a file for messages, which show one line."""
    return "".join(letter for letter in path.name if letter.isprintable())[:80]


def _text(path: Path) -> str:
    try:
        if path.stat().st_size > LARGEST:
            raise UserError(f"{_short(path)} has more than {LARGEST // 10**6} MB; choose the {FILE} of DNABERT-2.")
        return path.read_text(encoding="utf-8")
    except UnicodeDecodeError as error:
        raise UserError(f"{_short(path)} is not a text; choose the {FILE} of DNABERT-2.") from error
    except OSError as error:
        raise UserError(f"{_short(path)} cannot be opened; choose another {FILE}.") from error


def _refuse_more(facts: dict[str, Any], model: dict[str, Any], name: str) -> None:
    """Refuse whatever would change how DNA is cut, beyond the merges."""
    before = facts.get("pre_tokenizer")
    steps = before.get("pretokenizers") if isinstance(before, dict) and before.get("type") == "Sequence" else [before]
    known = isinstance(steps, list) and all(
        step is None or (isinstance(step, dict) and step.get("type") in _HARMLESS) for step in steps
    )
    also = [] if known else ["a pre-tokenizer other than white space"]
    also += ["a normalizer"] * (facts.get("normalizer") is not None)
    extras = (
        "dropout",
        "continuing_subword_prefix",
        "end_of_word_suffix",
        "fuse_unk",
        "byte_fallback",
        "ignore_merges",
    )
    also += [f"the option {extra}" for extra in extras if model.get(extra)]
    added = [one.get("content") for one in facts.get("added_tokens") or [] if isinstance(one, dict)]
    words = [word for word in added if isinstance(word, str) and word and not set(word.upper()) - set(BASES)]
    also += [f"the added word {word[:40]}, which is cut before all others" for word in words]
    if also:
        raise UserError(f"{name} asks for {', '.join(also)}, which DNABERT-2 has not; choose its own {FILE}.")


def _merges(ids: dict[str, int], lines: list[Any]) -> list[tuple[str, str]]:
    """Read merges, each a pair or, in older files, two pieces with a blank between them."""
    merges = []
    for line in lines:
        left, right = line.split(" ") if isinstance(line, str) else line
        if any(piece not in ids or piece in ROLES for piece in (left, right, left + right)):
            raise ValueError("a merge makes no piece")
        merges.append((left, right))
    return merges


def _vocabulary(ids: dict[str, int], unknown: str | None) -> Vocabulary:
    pieces = tuple(sorted(ids, key=lambda piece: ids[piece]))
    if [ids[piece] for piece in pieces] != list(range(len(pieces))) or unknown != "[UNK]":
        raise ValueError("gaps between ids")
    special = {role: ids[piece] for piece, role in ROLES.items()}
    if any(set(piece) - set(BASES) for piece in pieces if piece not in ROLES) or "" in ids:
        raise ValueError("a piece is no DNA")
    return Vocabulary(pieces, special)
