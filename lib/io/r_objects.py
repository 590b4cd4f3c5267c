"""Read what R's ``save`` and ``saveRDS`` write (serialization 2 and 3, "R Internals", section 1.8): data, never code.

Vectors, lists and attributes are read; functions and environments are stepped over, nothing is evaluated.
"""

import struct
from dataclasses import dataclass, field
from typing import Any

import numpy as np

MAGIC = (b"RDX2\n", b"RDX3\n", b"RDB2\n", b"RDB3\n", b"RDA2\n", b"RDA3\n")
MOST_OBJECTS, MOST_TEXTS, MOST_EXPANDED = 2_000_000, 10_000_000, 20_000_000
"""Objects and texts of a file, and elements of vectors that are stored in a short form, such as ``1:n``."""
SYMBOL, PAIRLIST, CLOSURE, ENVIRONMENT, PROMISE, LANGUAGE, TEXT = 1, 2, 3, 4, 5, 6, 9
LOGICAL, INTEGER, REAL, COMPLEX, STRINGS, DOTS, LIST, EXPRESSION, BYTECODE = 10, 13, 14, 15, 16, 17, 19, 20, 21
POINTER, WEAK, RAW, S4, ALTREP, NULL = 22, 23, 24, 25, 238, 254
_BUILTIN, _NAMES, _EMPTY = (7, 8), (248, 249, 250), (241, 242, 247, 251, 252, 253, NULL)
_ATTRLIST, _ATTRLANG, _REPEATED, _REPEATS, _REFERENCE = 239, 240, 243, 244, 255
_NUMBERS = {LOGICAL: "i4", INTEGER: "i4", REAL: "f8", COMPLEX: "c16"}
NA = -(2**31)


@dataclass
class RObject:
    """One object: its type, its value, and its attributes by name.

    ``value`` is an array of numbers, a list of texts (None where missing), a list of objects, a list of (name, object)
    for pairlists, or a text for symbols.
    """

    kind: int
    value: Any = None
    attributes: "dict[str, RObject]" = field(default_factory=dict)

    def texts(self, attribute: str) -> list[str]:
        """Give the texts of an attribute, such as its classes; none where it has no such attribute."""
        found = self.attributes.get(attribute)
        return ["" if one is None else one for one in found.value] if found and found.kind == STRINGS else []


class Damaged(ValueError):
    """A file that is cut, or holds something that is not known."""


def read_r(data: bytes) -> RObject:
    """Read the object of an .rds file, or the pairlist of the objects of an .rda file.

    Raises
    ------
    Damaged
        If the data are cut or of an unknown kind.
    """
    start = 5 if data.startswith(MAGIC) else 0
    marks = {b"X\n": ">", b"B\n": "<"}
    if data[start : start + 2] not in marks:
        raise Damaged("not in the binary form")
    reader = _Reader(data, start + 2, marks[data[start : start + 2]])
    try:
        version, _, _ = reader.integer(), reader.integer(), reader.integer()
        if version not in (2, 3):
            raise Damaged(f"serialization {version}")
        if version == 3:
            reader.bytes(reader.integer())
        return reader.item()
    except (struct.error, IndexError, ValueError, RecursionError, TypeError, AttributeError) as error:
        raise Damaged(str(error)) from error


class _Reader:
    """A place in serialized data, which items are read from."""

    def __init__(self, data: bytes, at: int, order: str) -> None:
        self._data, self._at, self._order = data, at, order
        self._integer = struct.Struct(order + "i")
        self._known: list[RObject] = []
        self._objects = self._texts = self._expanded = 0

    def integer(self) -> int:
        (value,) = self._integer.unpack_from(self._data, self._at)
        self._at += 4
        return int(value)

    def bytes(self, length: int) -> bytes:
        if not 0 <= length <= len(self._data) - self._at:
            raise Damaged("the data end too early")
        self._at += length
        return self._data[self._at - length : self._at]

    def item(self) -> RObject:
        """Read the next object."""
        self._objects += 1
        if self._objects > MOST_OBJECTS:
            raise Damaged(f"more than {MOST_OBJECTS:,} objects")
        flags = self.integer()
        kind, has_attributes, has_tag = flags & 255, bool(flags & 512), bool(flags & 1024)
        if kind in _EMPTY:
            return RObject(NULL)
        if kind == _REFERENCE:
            return self._known[((flags >> 8) or self.integer()) - 1]
        if kind in (PAIRLIST, LANGUAGE, CLOSURE, PROMISE, DOTS):
            return self._pairs(kind, has_attributes=has_attributes, has_tag=has_tag)
        if kind == TEXT:
            self._at -= 4
            return RObject(TEXT, self._text())
        if kind in (SYMBOL, ENVIRONMENT, POINTER, WEAK, *_NAMES):
            return self._reference(kind, has_attributes=has_attributes)
        if kind == ALTREP:
            info, state, attributes = self.item(), self.item(), self.item()
            made = _expand(info, state, _pair_names(attributes), MOST_EXPANDED - self._expanded)
            self._expanded += len(made.value)
            return made
        if kind == BYTECODE:
            self.integer()
            self._bytecode()
            made = RObject(BYTECODE)
        elif kind in _BUILTIN:
            made = RObject(kind, self.bytes(self.integer()))
        elif kind == S4:
            made = RObject(S4)
        else:
            made = RObject(kind, self._vector(kind))
        if has_attributes:
            made.attributes = _pair_names(self.item())
        return made

    def _length(self, least: int) -> int:
        """Read a length; every element takes at least ``least`` bytes."""
        length = self.integer()
        if length == -1:
            length = (self.integer() << 32) + (self.integer() & 0xFFFFFFFF)
        if not 0 <= length * least <= len(self._data) - self._at:
            raise Damaged("the data end too early")
        return length

    def _vector(self, kind: int) -> Any:
        if kind in _NUMBERS:
            dtype = np.dtype(_NUMBERS[kind])
            length = self._length(dtype.itemsize)
            raw = self.bytes(length * dtype.itemsize)
            return np.frombuffer(raw, dtype=dtype.newbyteorder(self._order)).astype(dtype)  # type: ignore[arg-type]
        if kind == STRINGS:
            length = self._length(8)
            self._texts += length
            if self._texts > MOST_TEXTS:
                raise Damaged(f"more than {MOST_TEXTS:,} texts")
            return [self._text() for _ in range(length)]
        if kind in (LIST, EXPRESSION):
            return [self.item() for _ in range(self._length(4))]
        if kind == RAW:
            return self.bytes(self._length(1))
        raise Damaged(f"the type {kind}")

    def _text(self) -> str | None:
        flags = self.integer()
        length = self.integer()
        if flags & 255 != TEXT:
            raise Damaged("no text where one is due")
        if length == -1:
            return None
        raw = self.bytes(length)
        if flags & 0x4000:  # marked as Latin-1
            return raw.decode("latin-1")
        try:
            return raw.decode("utf-8")
        except UnicodeDecodeError:
            return raw.decode("cp1252", "replace")

    def _pairs(self, kind: int, *, has_attributes: bool, has_tag: bool) -> RObject:
        """Read a pairlist, one pair after another rather than each within the one before."""
        made = RObject(kind, [])
        while True:
            attributes = _pair_names(self.item()) if has_attributes else {}
            made.attributes = made.attributes or attributes
            tag = self.item().value if has_tag else None
            made.value.append((tag if isinstance(tag, str) else "", self.item()))
            flags = self.integer()
            if flags & 255 not in (PAIRLIST, LANGUAGE):
                self._at -= 4
                rest = self.item()
                if rest.kind != NULL:
                    made.value.append(("", rest))
                return made
            has_attributes, has_tag = bool(flags & 512), bool(flags & 1024)

    def _reference(self, kind: int, *, has_attributes: bool) -> RObject:
        """Read an object that others may refer to."""
        made = RObject(kind)
        if kind == SYMBOL:
            made.value = self.item().value
            self._known.append(made)
            return made
        if kind in _NAMES:
            self.integer()
            made.value = [self._text() for _ in range(self._length(8))]
            self._known.append(made)
            return made
        self._known.append(made)
        if kind == ENVIRONMENT:
            self.integer()
            for _ in range(4):
                self.item()
            return made
        if kind == POINTER:
            self.item()
            self.item()
        if has_attributes:
            made.attributes = _pair_names(self.item())
        return made

    def _bytecode(self) -> None:
        """Step over compiled code."""
        self.item()
        for _ in range(self._length(4)):
            kind = self.integer()
            if kind == BYTECODE:
                self._bytecode()
            elif kind in (PAIRLIST, LANGUAGE, _REPEATED, _REPEATS, _ATTRLIST, _ATTRLANG):
                self._code_list(kind)
            else:
                self.item()

    def _code_list(self, kind: int) -> None:
        while True:
            if kind == _REPEATED:
                self.integer()
                return
            if kind == _REPEATS:
                self.integer()
                kind = self.integer()
            if kind in (_ATTRLIST, _ATTRLANG):
                self.item()
            if kind not in (PAIRLIST, LANGUAGE, _ATTRLIST, _ATTRLANG):
                self.item()
                return
            self.item()
            self._code_list(self.integer())
            kind = self.integer()


def _pair_names(pairs: RObject) -> dict[str, RObject]:
    return dict(pairs.value) if pairs.kind == PAIRLIST else {}


def _expand(info: RObject, state: RObject, attributes: dict[str, RObject], most: int) -> RObject:
    """Write out a vector that R stores in a short form, of as many elements as there is room for."""
    name = info.value[0][1].value if info.kind == PAIRLIST else ""
    parts = [one for _, one in state.value] if state.kind == PAIRLIST else state.value
    if name in ("compact_intseq", "compact_realseq"):
        length, first, step = (float(part) for part in parts)
        if not 0 <= length <= most:
            raise Damaged(f"a sequence of {length:,.0f} numbers")
        numbers = first + step * np.arange(int(length))
        kind = INTEGER if name == "compact_intseq" else REAL
        return RObject(kind, numbers.astype(_NUMBERS[kind]), attributes)
    if name == "deferred_string":
        known, numbers = parts[0], parts[0].value
        if len(numbers) > most:
            raise Damaged(f"a text of {len(numbers):,} numbers")
        if known.kind == INTEGER:
            return RObject(STRINGS, [None if one == NA else str(one) for one in numbers.tolist()], attributes)
        return RObject(STRINGS, [number_text(one) for one in numbers.tolist()], attributes)
    if isinstance(name, str) and name.startswith("wrap_"):
        return RObject(parts[0].kind, parts[0].value, {**parts[0].attributes, **attributes})
    raise Damaged(f"a vector stored as {name}")


def number_text(number: float) -> str:
    """Write a number as R does: with an exponent where that is shorter.

    >>> number_text(1e5), number_text(2.3), number_text(123456.0), number_text(float("nan"))
    ('1e+05', '2.3', '123456', 'NA')
    """
    if number != number:
        return "NA"
    short = f"{number:.15g}"
    if "e" in short or abs(number) == float("inf"):
        return short.replace("inf", "Inf")
    digits = len(short.lstrip("-").replace(".", "").strip("0")) or 1
    exponent = f"{number:.{digits - 1}e}"
    return exponent if len(short) > len(exponent) else short
