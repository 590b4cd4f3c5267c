"""An uploaded file: its bytes, what it is, and its text in one normal form."""

import gzip
import hashlib
import io
import zlib
from dataclasses import dataclass
from pathlib import Path
from typing import Literal, NamedTuple

from lib.core.errors import DataError, Problem

Kind = Literal["text", "xlsx", "parquet"]
LARGEST = 4 * 2**30
"""Bytes that a gzip may unpack to."""


class Rejected(NamedTuple):
    """A row that is left out, and why; ``line`` is 1-based, None where the row has none."""

    file: str
    line: int | None
    id: str
    column: str
    found: str
    needed: str

    @property
    def reason(self) -> str:
        """Say why in one sentence, without the place."""
        where = f"column {self.column}: " if self.column else ""
        return f"{where}found {self.found}, needed {self.needed}"

    def problem(self) -> Problem:
        """Give the fault as a problem of its file."""
        return Problem(self.file, self.line, self.column, self.found, self.needed)


@dataclass(frozen=True)
class Source:
    """A file that a user brought.

    Parameters
    ----------
    name
        File name as the user knows it; shown, never used as a path.
    data
        The bytes of an upload, or the path of a file on disk.
    """

    name: str
    data: bytes | Path

    def content(self) -> bytes:
        """Give the bytes of the file.

        Raises
        ------
        DataError
            If the file is not there or cannot be read.
        """
        if isinstance(self.data, bytes):
            return self.data
        try:
            return self.data.read_bytes()
        except OSError as error:
            why = error.strerror or "it cannot be opened"
            raise fault(self.name, f"{self.name} cannot be read ({why}); check the path.", why, "a file") from error

    def sha256(self) -> str:
        """Hash the bytes of the file, 64 hex digits."""
        return hashlib.sha256(self.content()).hexdigest()

    def same_as(self, other: "Source") -> bool:
        """Say whether two sources are one file."""
        return self.data is other.data or self.data == other.data


def fault(name: str, message: str, found: str, needed: str, *, line: int | None = None) -> DataError:
    """Make the error for a file that cannot be used as a whole."""
    return DataError(message, [Problem(name, line, "", found, needed)])


def unpacked(source: Source) -> bytes:
    """Give the bytes of a file, gunzipped where they are a gzip.

    Raises
    ------
    DataError
        If the file is empty, or the gzip is damaged or unpacks to more than ``LARGEST`` bytes.
    """
    name, data = source.name, source.content()
    if data.startswith(b"\x1f\x8b"):
        try:
            with gzip.open(io.BytesIO(data)) as packed:
                data = packed.read(LARGEST + 1)
        except (OSError, EOFError, zlib.error) as error:
            message = f"{name} is a damaged gzip file; compress or upload it again."
            raise fault(name, message, "a damaged or cut gzip file", "a whole gzip file") from error
        if len(data) > LARGEST:
            limit = f"at most {LARGEST / 2**30:.0f} GiB"
            raise fault(name, f"{name} unpacks to more than {limit}; split it.", "a larger file", limit)
    if not data.strip(b" \t\r\n\xef\xbb\xbf"):
        message = f"{name} is empty; choose the file that holds the table or the sequences."
        raise fault(name, message, "an empty file", "a table or FASTA")
    return data


def kind_of(name: str, data: bytes) -> Kind:
    """Tell text, XLSX and Parquet apart by their first bytes, whatever the file is called.

    Raises
    ------
    DataError
        If the bytes are none of them.
    """
    if data.startswith(b"PAR1"):
        return "parquet"
    if data.startswith(b"PK\x03\x04") and b"xl/" in data:
        return "xlsx"
    if data.startswith((b"\xff\xfe", b"\xfe\xff")):
        return "text"
    head = data[:65536]
    needed = "CSV, TSV, XLSX, Parquet or FASTA"
    if data.startswith(b"\xd0\xcf\x11\xe0"):
        raise fault(name, f"{name} is an old .xls workbook; save it as .xlsx or CSV.", "an old .xls workbook", needed)
    strange = sum(head.count(code) for code in range(32) if code not in b"\t\n\r\x0c\x1a")
    if b"\0" in head or data.startswith(b"PK\x03\x04") or strange > len(head) / 50:
        raise fault(name, f"{name} is a binary file; needed is {needed}.", "a binary file", needed)
    return "text"


def text_of(name: str, data: bytes) -> bytes:
    """Bring text to one form: UTF-8 without BOM, every line ended by a line feed.

    Text that is no UTF-8 is read as UTF-16 where it has that BOM, else as Windows-1252 (what Excel writes).

    Raises
    ------
    DataError
        If the text is none of them.
    """
    if data.startswith((b"\xff\xfe", b"\xfe\xff")):
        data = _decoded(name, data, "utf-16").encode()
    data = data.removeprefix(b"\xef\xbb\xbf")
    if not data.isascii():
        try:
            data.decode("utf-8")
        except UnicodeDecodeError:
            data = _decoded(name, data, "cp1252").encode()
    if b"\r" in data:
        data = data.replace(b"\r\n", b"\n").replace(b"\r", b"\n")
    return data


def _decoded(name: str, data: bytes, encoding: str) -> str:
    try:
        return data.decode(encoding)
    except UnicodeDecodeError as error:
        line = data[: error.start].count(b"\n") + 1
        found = f"the byte 0x{data[error.start]:02x}"
        message = f"{name} is not text in UTF-8; save it as CSV UTF-8."
        raise fault(name, message, found, "text in UTF-8", line=line) from error
