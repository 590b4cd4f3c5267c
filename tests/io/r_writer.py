"""Writes the serialization of R (version 3, XDR) for tests, by hand from "R Internals", section 1.8."""

import struct
from collections.abc import Mapping, Sequence

HEADER = b"X\n" + struct.pack(">iii", 3, 0x040301, 0x030500) + struct.pack(">i", 5) + b"UTF-8"
NULL = struct.pack(">i", 254)


def integer(value: int) -> bytes:
    return struct.pack(">i", value)


def text(value: str | None) -> bytes:
    raw = b"" if value is None else value.encode()
    return integer(9 | 0x8000) + (integer(-1) if value is None else integer(len(raw)) + raw)


def pairs(items: Mapping[str, bytes]) -> bytes:
    """Write a pairlist, such as attributes or what ``save`` writes."""
    return b"".join(integer(2 | 1024) + integer(1) + text(key) + value for key, value in items.items()) + NULL


def vector(kind: int, length: int, body: bytes, attributes: Mapping[str, bytes] | None = None) -> bytes:
    flags = kind | (512 if attributes else 0) | (256 if attributes and "class" in attributes else 0)
    return integer(flags) + integer(length) + body + (pairs(attributes) if attributes else b"")


def strings(values: Sequence[str | None], **attributes: bytes) -> bytes:
    return vector(16, len(values), b"".join(map(text, values)), attributes)


def reals(values: Sequence[float], **attributes: bytes) -> bytes:
    return vector(14, len(values), struct.pack(f">{len(values)}d", *values), attributes)


def integers(values: Sequence[int], kind: int = 13, **attributes: bytes) -> bytes:
    return vector(kind, len(values), struct.pack(f">{len(values)}i", *values), attributes)


def generic(values: Sequence[bytes], **attributes: bytes) -> bytes:
    return vector(19, len(values), b"".join(values), attributes)


def data_frame(columns: Mapping[str, bytes], row_names: bytes) -> bytes:
    attributes = {"names": strings([*columns]), "row.names": row_names, "class": strings(["data.frame"])}
    return generic([*columns.values()], **attributes)


def factor(codes: Sequence[int], levels: Sequence[str]) -> bytes:
    return integers(codes, levels=strings(levels), **{"class": strings(["factor"])})


def short_sequence(length: float, first: float, step: float) -> bytes:
    """Write a sequence as R keeps ``1:n``."""
    info = integer(2) + integer(1) + text("compact_intseq") + integer(2) + integer(1) + text("base")
    return integer(238) + info + integer(2) + integers([13]) + NULL + reals([length, first, step]) + NULL


def rds(item: bytes) -> bytes:
    return HEADER + item


def rda(items: Mapping[str, bytes]) -> bytes:
    return b"RDX3\n" + HEADER + pairs(items)
