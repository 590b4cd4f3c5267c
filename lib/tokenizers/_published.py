"""The files that name the tokens of a published model: ``vocab.txt``, ``tokenizer.json`` and what stands beside them.

What is read is plain text and JSON; nothing in it is run.
"""

import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from lib.core.alphabet import BASES
from lib.core.errors import UserError
from lib.io import hub
from lib.tokenizers.token import CONTINUES

WORDS, MERGES, ADDED = "vocab.txt", "tokenizer.json", "added_tokens.json"
CONFIG, SPECIALS = "tokenizer_config.json", "special_tokens_map.json"
FILES = (WORDS, MERGES, ADDED, CONFIG, SPECIALS)
LARGEST = 64_000_000
USUAL = {
    "pad": ("[PAD]", "<pad>"),
    "unknown": ("[UNK]", "<unk>"),
    "cls": ("[CLS]", "<cls>", "<s>"),
    "sep": ("[SEP]", "</s>", "<eos>", "<sep>"),
    "mask": ("[MASK]", "<mask>"),
}
TOLD = {
    "pad": ("pad_token",),
    "unknown": ("unk_token",),
    "cls": ("cls_token",),
    "sep": ("sep_token", "eos_token"),
    "mask": ("mask_token",),
}
_ESM = "EsmTokenizer"  # has no sep token; what ends a sequence, if anything does, is its eos token


@dataclass(frozen=True)
class Published:
    """What the files of a tokenizer say.

    Parameters
    ----------
    pieces
        (V,) all tokens by their ids; words of RNA are written as DNA.
    special
        Ids of the special tokens that a sequence is framed, padded and masked by, by role.
    merges
        The text of ``tokenizer.json`` where that cuts by more than a list of words; empty otherwise.
    framed
        True where ``tokenizer.json`` itself may say what stands around a sequence.
    """

    pieces: tuple[str, ...]
    special: Mapping[str, int]
    merges: str = ""
    framed: bool = False

    @property
    def words(self) -> dict[str, int]:
        """Pieces of A C G T alone, and their ids."""
        return {piece: number for number, piece in enumerate(self.pieces) if piece and not set(piece) - set(BASES)}


def is_hub(given: str) -> bool:
    """Tell whether a text names a model on the hub and nothing on this machine."""
    path = Path(given.strip())
    return hub.is_name(given.strip()) and path.suffix.lower() not in {".json", ".txt"} and not path.exists()


def find_files(given: str, wanted: tuple[str, ...], pinned: Mapping[str, str]) -> tuple[Path, ...]:
    """List the ``wanted`` files of a model on the hub that are on this machine; nobody is asked for others."""
    places = ((name, hub.find_local(given.strip(), files=(name,), pinned=pinned)) for name in wanted)
    return tuple(place / name for name, place in places if place is not None)


def place_of(given: str, *, file: str, wanted: tuple[str, ...], pinned: Mapping[str, str]) -> Path:
    """Find a file or folder, or fetch the ``wanted`` files of a model on the hub, ``owner/name``, into a folder.

    Raises
    ------
    UserError
        If there is none, or the hub cannot be reached.
    """
    if is_hub(given):
        return hub.folder_of(given.strip(), files=wanted, pinned=pinned)
    path = Path(given.strip()).expanduser()
    try:
        path.exists()
        return path
    except OSError as error:
        raise UserError(f"{short(path)} cannot be opened; choose another {file}.") from error


def files_of(place: Path) -> dict[str, Path]:
    """Find the files of a tokenizer by their usual names.

    Parameters
    ----------
    place
        Their folder, or one of them: a text with a token in each line, or a ``tokenizer.json``. Tokens that were added
        to a ``vocab.txt`` stand beside it.

    Raises
    ------
    UserError
        If there is none that lists tokens.
    """
    if place.is_dir():
        found = {name: place / name for name in FILES if (place / name).is_file()}
        if WORDS not in found and MERGES not in found:
            raise UserError(
                f"The folder {short(place)} has neither {WORDS} nor {MERGES}, so its tokens are not known. Choose the "
                "folder of a whole model, or the file of its tokenizer."
            )
        return found
    if not place.is_file():
        raise UserError(f"There is no file or folder {short(place)}; choose the tokenizer of a published model.")
    added = place.with_name(ADDED)
    beside = {ADDED: added} if place.name == WORDS and added.is_file() else {}
    return {MERGES if place.suffix.lower() == ".json" else WORDS: place, **beside}


def read(place: Path) -> Published:
    """Read the tokens of a published model.

    Raises
    ------
    UserError
        If files are missing, damaged, or no list of tokens.
    """
    files = files_of(place)
    facts = {name: read_json(files[name]) for name in (CONFIG, SPECIALS, MERGES, ADDED) if name in files}
    told = {**facts.get(SPECIALS, {}), **facts.get(CONFIG, {})}
    try:
        model = facts.get(MERGES, {}).get("model", {})
        listed = _pieces(_list_tokens(files.get(WORDS)), facts, told, name=short(place))
        pieces = write_as_dna(listed) if reads_rna(listed) else listed
        cuts = MERGES in files and (model.get("type") in {None, "BPE", "Unigram"} or any(map(_continues, pieces)))
    except (KeyError, TypeError, ValueError, AttributeError) as error:
        raise UserError(
            f"{short(place)} is damaged: its tokens must be numbered from 0 without gaps, each of them once. Choose "
            "the files of a published tokenizer."
        ) from error
    whole = text_of(files[MERGES]) if cuts else ""
    framed = cuts and (facts[MERGES].get("post_processor") is not None or told.get("tokenizer_class") == _FAST)
    return Published(pieces, _special(pieces, told), whole, framed)


_FAST = "PreTrainedTokenizerFast"  # frames a sequence only as its tokenizer.json says


def read_json(path: Path) -> dict[str, Any]:
    """Read a JSON object.

    Raises
    ------
    UserError
        If it is none.
    """
    try:
        facts = json.loads(text_of(path))
    except (ValueError, RecursionError) as error:
        raise UserError(f"{short(path)} is not JSON; copy or download it again.") from error
    if not isinstance(facts, dict):
        raise UserError(f"{short(path)} is JSON, but not the file of a tokenizer; copy or download it again.")
    return facts


def text_of(path: Path) -> str:
    """Read a text of at most 64 MB.

    Raises
    ------
    UserError
        If it cannot be read.
    """
    try:
        if path.stat().st_size > LARGEST:
            raise UserError(f"{short(path)} has more than {LARGEST // 10**6} MB; that is no file of a tokenizer.")
        return path.read_text(encoding="utf-8")
    except UnicodeDecodeError as error:
        raise UserError(f"{short(path)} is not a text; choose the file of a tokenizer.") from error
    except OSError as error:
        raise UserError(f"{short(path)} cannot be opened; choose another file.") from error


def short(path: Path) -> str:
    """Name a file for messages, which show one line."""
    return "".join(letter for letter in path.name if letter.isprintable())[:80]


def reads_rna(pieces: Iterable[str]) -> bool:
    """Tell whether the words of a vocabulary are RNA, such as those of 3UTRBERT: some have a U and none a T."""
    letters = set().union(*(piece.removeprefix(CONTINUES) for piece in pieces if _is_word(piece)))
    return "U" in letters and "T" not in letters


def write_as_dna(pieces: Iterable[str]) -> tuple[str, ...]:
    """Write the words of a vocabulary of RNA as the DNA that sequences are stored as."""
    return tuple(piece.replace("U", "T") if _is_word(piece) else piece for piece in pieces)


def _is_word(piece: str) -> bool:
    letters = piece.removeprefix(CONTINUES)
    return bool(letters) and not set(letters) - set(f"{BASES}U")


def _continues(piece: str) -> bool:
    return piece.startswith("##") and len(piece) > 2 and not set(piece[2:]) - set(BASES)


def _list_tokens(path: Path | None) -> list[str]:
    """List the tokens of a ``vocab.txt``, whose lines are numbered from 0; a blank one within would be a number."""
    lines = [] if path is None else [line.strip() for line in text_of(path).rstrip().split("\n")]
    if "" in lines:
        raise ValueError("a blank line")
    return lines


def _pieces(
    listed: list[str], facts: Mapping[str, dict[str, Any]], told: Mapping[str, Any], *, name: str
) -> tuple[str, ...]:
    """List the tokens by their ids, those that were added to the vocabulary among them, as ``transformers`` does.

    Parameters
    ----------
    listed
        Tokens of ``vocab.txt``; empty where there is none.
    facts, told
        The other files, and what they say of special tokens.
    name
        Of the folder, for messages.
    """
    vocabulary = facts.get(MERGES, {}).get("model", {}).get("vocab", {})
    first = vocabulary.items() if isinstance(vocabulary, dict) else ((item[0], i) for i, item in enumerate(vocabulary))
    sources = {
        MERGES: [*first, *((one["content"], one["id"]) for one in facts.get(MERGES, {}).get("added_tokens") or [])],
        WORDS: [(piece, number) for number, piece in enumerate(listed)],
        ADDED: list(facts.get(ADDED, {}).items()),
        CONFIG: [(one["content"], int(i)) for i, one in (told.get("added_tokens_decoder") or {}).items()],
    }
    ids: dict[str, int] = {}
    if len(set(listed)) < len(listed):
        raise ValueError("one twice")
    for file, numbered in sources.items():
        for piece, number in numbered:
            if not isinstance(piece, str) or type(number) is not int:
                raise TypeError("a token without a name or a number")
            if ids.setdefault(piece, number) != number:
                raise UserError(
                    f"{name} numbers its tokens in two ways: {piece[:40]!r} is {ids[piece]}, and {number} in {file}. "
                    "Choose a folder whose files belong together."
                )
    pieces = sorted(ids, key=lambda piece: ids[piece])
    if [ids[piece] for piece in pieces] != list(range(len(pieces))):
        raise ValueError("gaps between ids")
    more = [told.get(key) for key in ("additional_special_tokens", "extra_special_tokens")]
    unnumbered = (_content(one) for some in more if isinstance(some, list) for one in some)
    return tuple(dict.fromkeys([*pieces, *(piece for piece in unnumbered if isinstance(piece, str))]))


def _content(token: Any) -> Any:
    """Give the text of a special token, which stands there alone or with how it is to be cut."""
    return token.get("content") if isinstance(token, dict) else token


def _special(pieces: tuple[str, ...], told: Mapping[str, Any]) -> dict[str, int]:
    """Find the special tokens: those that are told, else those of the usual names; one told to be none is none."""
    ids = {piece: number for number, piece in enumerate(pieces)}
    found = {}
    for role, keys in TOLD.items():
        if role == "sep" and (told.get("tokenizer_class") == _ESM or "sep_token" not in told):
            keys = ("eos_token",)
        named = next((told[key] for key in keys if key in told), "usual")
        content = _content(named)
        choices = USUAL[role] if content == "usual" else (content,)
        number = next((ids[choice] for choice in choices if choice in ids), None)
        if number is not None:
            found[role] = number
    return found
