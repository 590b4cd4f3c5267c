"""An uploaded file: its bytes, what it is, and its text in one normal form."""

from pathlib import PurePath
from typing import NamedTuple

from lib.io.containers import Opened, open_zip, packing_of, refuse_archive, unpack_stream
from lib.io.decisions import DEFAULT, Decision, Reading, require
from lib.io.encodings import decode, encoding_of, text_of
from lib.io.file_format import labels, table_formats
from lib.io.source import Rejected, Source, fault

__all__ = [
    "Content",
    "Opened",
    "Rejected",
    "Source",
    "fault",
    "kind_of",
    "open_content",
    "open_source",
    "read_unpacked",
    "text_of",
]

_ZIP = "a zip archive"


def open_source(source: Source, reading: Reading = DEFAULT) -> Opened:
    """Give the bytes of a file, unpacked where it is packed, and what was decided on the way.

    Of a zip archive with several files the largest is taken unless ``reading.sheet`` names one; the decision is then
    open.

    Raises
    ------
    DataError
        If the file is empty, damaged, packed twice, or unpacks to more than it may.
    """
    name, packed = source.name, source.content()
    data = unpack_stream(name, packed)
    inside = "" if data is packed else PurePath(name).stem
    opened = Opened(data, (), reading)
    if packing_of(data) == _ZIP and not inside and not _is_format(name, data):
        opened = open_zip(name, data, reading)
        inside = opened.decisions[0].chosen or opened.decisions[0].alternatives[0].value
    if packing_of(opened.data) and not _is_format(name, opened.data):
        refuse_archive(name, opened.data, inside)
    if _is_blank(opened.data):
        message = f"{name} is empty; choose the file that holds the table or the sequences."
        raise fault(name, message, "an empty file", "a table or FASTA")
    return opened


def read_unpacked(source: Source) -> bytes:
    """Give the bytes of a file, unpacked where it is packed.

    Raises
    ------
    DataError
        If the file is empty, damaged, or unpacks to more than it may.
    Undecided
        If it is an archive of several files with data.
    """
    opened = open_source(source)
    require(opened.decisions)
    return opened.data


class Content(NamedTuple):
    """What a reader gets: bytes, as text of one form where they are text, and what was decided so far."""

    data: bytes
    decisions: tuple[Decision, ...]
    reading: Reading
    is_text: bool


def open_content(source: Source, reading: Reading = DEFAULT) -> Content:
    """Open a file as ``open_source`` does, and bring it to UTF-8 with line feeds where it is text.

    Raises
    ------
    DataError
        If the file cannot be opened, or is neither text nor of a format that is known.
    """
    name, (data, decisions, reading) = source.name, open_source(source, reading)
    if kind_of(name, data) != "text":
        return Content(data, decisions, reading, is_text=False)
    text, encoding = decode(name, data)
    start = text[:2000].lstrip()[:14].lower()
    if start.startswith((b"<!doctype html", b"<html", b"{\\rtf")):
        message = (
            f"{name} is a web page or a formatted document, not data; download the file itself, or save it as CSV."
        )
        raise fault(name, message, f"a file that starts with {start.decode(errors='replace')!r}", f"one of {labels()}")
    return Content(text, decisions + encoding, reading, is_text=True)


def _is_format(name: str, data: bytes) -> bool:
    """Say whether a format that is no text claims the bytes, such as a workbook, which is a zip archive itself."""
    return any(one.claims(name, data) for one in table_formats() if not one.is_text)


def _is_blank(data: bytes) -> bool:
    """Say whether there is nothing but blanks and byte order marks."""
    blank = b" \t\r\n\xef\xbb\xbf\xff\xfe\0"
    return not data[:4096].strip(blank) and not data.strip(blank)


def kind_of(name: str, data: bytes) -> str:
    """Tell text from the formats that are none by the first bytes, whatever the file is called.

    Returns
    -------
    str
        ``text``, or the name of a registered format such as ``xlsx``.

    Raises
    ------
    DataError
        If the bytes are none of them.
    """
    known = next((one.name for one in table_formats() if not one.is_text and one.claims(name, data)), None)
    if known is not None:
        return known
    if encoding_of(data) is not None:
        return "text"
    head = data[:65536]
    needed = f"one of {labels()}"
    if data.startswith(b"\xd0\xcf\x11\xe0") and "EncryptedPackage".encode("utf-16-le") in data:
        message = f"{name} is a workbook locked by a password; save it without one, or as CSV."
        raise fault(name, message, "a locked workbook", needed)
    if data.startswith(b"\xd0\xcf\x11\xe0"):
        raise fault(name, f"{name} is an old .xls workbook; save it as .xlsx or CSV.", "an old .xls workbook", needed)
    strange = sum(head.count(code) for code in range(32) if code not in b"\t\n\r\x0c\x1a")
    if b"\0" in head or strange > len(head) / 50:
        raise fault(name, f"{name} is a binary file that is not recognised; use {labels()}.", "a binary file", needed)
    return "text"
