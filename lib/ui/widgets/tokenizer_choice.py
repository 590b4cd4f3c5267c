"""Tokenizers with their settings as text, for links: ``k-mer(k=5)``, ``nucleotide``, several by commas.

Only settings that differ from their defaults are written. A file is written by the name under which the workspace
keeps it, so that no link leads to another file of the machine.
"""

import re
from collections.abc import Sequence
from pathlib import Path
from urllib.parse import quote, unquote

from lib.core.errors import UserError
from lib.core.registry import Setting, Value, settings_of, values_of
from lib.store.files import home
from lib.store.tokenizers import FILES
from lib.tokenizers import TOKENIZERS, Tokenizer

_ONE = re.compile(r"([a-z0-9-]+)(?:\(([^()]*)\))?")
_BETWEEN = re.compile(r",(?![^()]*\))")
_PLAIN = "_.-+"


def write(tokenizer: Tokenizer) -> str:
    """Write one tokenizer with the settings that differ from their defaults.

    >>> write(TOKENIZERS.create("k-mer", {"k": 5}))
    'k-mer(k=5)'
    """
    values = values_of(tokenizer)
    changed = [item for item in settings_of(tokenizer) if values[item.name] != item.default]
    inside = ",".join(f"{item.name}={_write(item, values[item.name])}" for item in changed)
    return f"{tokenizer.name}({inside})" if inside else tokenizer.name


def parse(text: str) -> Tokenizer:
    """Read one tokenizer with its settings, checked by their limits; also ``name(preset=...)``.

    Raises
    ------
    UserError
        If the text is no tokenizer, or a setting is unknown or breaks its limits.
    """
    match = _ONE.fullmatch(text.strip())
    if match is None:
        raise UserError(f"{text!r} is no tokenizer with settings; write it as in k-mer(k=5).")
    known = {item.name: item for item in settings_of(TOKENIZERS.get(match[1]))}
    given: dict[str, object] = {}
    for part in filter(None, (match[2] or "").split(",")):
        name, equals, value = part.partition("=")
        if not equals:
            raise UserError(f"{part!r} in {text!r} is no setting; write name=value, as in k-mer(k=5).")
        given[name.strip()] = _read(known.get(name.strip()), unquote(value.strip()))
    return TOKENIZERS.create(match[1], given)


def write_all(tokenizers: Sequence[Tokenizer]) -> str:
    """Write several tokenizers, separated by commas.

    >>> write_all([TOKENIZERS.create("nucleotide"), TOKENIZERS.create("k-mer", {"k": 5, "stride": 2})])
    'nucleotide,k-mer(k=5,stride=2)'
    """
    return ",".join(map(write, tokenizers))


def parse_all(text: str) -> list[Tokenizer]:
    """Read several tokenizers.

    Raises
    ------
    UserError
        If one of them cannot be read.
    """
    return [parse(part) for part in parts(text)]


def parts(text: str) -> list[str]:
    """Divide the text of several tokenizers into those of one, without reading them.

    >>> parts("nucleotide, k-mer(k=5,stride=2)")
    ['nucleotide', 'k-mer(k=5,stride=2)']
    """
    return [part.strip() for part in _BETWEEN.split(text) if part.strip()]


def _write(item: Setting, value: Value) -> str:
    if item.files:
        return quote(Path(str(value)).name, safe=_PLAIN)
    if isinstance(value, bool):
        return "yes" if value else "no"
    return quote(str(value), safe=_PLAIN)


def _read(item: Setting | None, value: str) -> str:
    if item is None or not item.files or not value:
        return value
    if Path(value).name != value:
        raise UserError(f"A link cannot name the file {value!r}; open the page without it and bring the file there.")
    return str(home() / FILES / value)
