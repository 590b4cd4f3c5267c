"""An uploaded file: its bytes, what it is, and its text in one normal form."""

import gzip
import io
import zlib

from lib.io.encodings import text_of
from lib.io.file_format import labels, table_formats
from lib.io.source import Rejected, Source, fault

__all__ = ["LARGEST", "Rejected", "Source", "fault", "kind_of", "text_of", "unpacked"]

LARGEST = 4 * 2**30
"""Bytes that a gzip may unpack to."""


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
    if data.startswith((b"\xff\xfe", b"\xfe\xff")):
        return "text"
    head = data[:65536]
    needed = f"one of {labels()}"
    if data.startswith(b"\xd0\xcf\x11\xe0"):
        raise fault(name, f"{name} is an old .xls workbook; save it as .xlsx or CSV.", "an old .xls workbook", needed)
    strange = sum(head.count(code) for code in range(32) if code not in b"\t\n\r\x0c\x1a")
    if b"\0" in head or data.startswith(b"PK\x03\x04") or strange > len(head) / 50:
        raise fault(name, f"{name} is a binary file that is not recognised; use {labels()}.", "a binary file", needed)
    return "text"
