"""Unpack gz, bz2, xz and zip in pieces, and stop as soon as a file unpacks to more than any data does."""

import bz2
import gzip
import io
import lzma
import zipfile
import zlib
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import PurePosixPath
from typing import NamedTuple

from lib.io.decisions import Alternative, Decision, Reading
from lib.io.source import fault

LARGEST = 4 * 2**30
"""Bytes that a file may unpack to."""
FREE, RATIO = 100 * 10**6, 200
"""Beyond ``FREE`` bytes a file may unpack to ``RATIO`` times the bytes it was packed in; text packs 3 to 50 times."""
PIECE = 1 << 22
XZ_MEMORY = 256 * 2**20
SHOWN = 12
_DOCUMENTS = {
    "content.xml": "an OpenDocument file",
    "word/document.xml": "a Word document",
    "ppt/presentation.xml": "slides",
    "Index/Document.iwa": "a document of Apple",
    "META-INF/MANIFEST.MF": "a Java archive",
}
_NO_DATA = set(
    (
        ".pdf .doc .docx .rtf .html .htm .md .png .jpg .jpeg .svg .gif .tif .tiff .py .r .rmd .sh .ipynb "
        ".json .yaml .yml .md5 .sha256"
    ).split()
)
_REMARKS = ("readme", "read_me", "license", "licence", "changelog", "md5sum", "checksum", "thumbs.db", "desktop.ini")
DAMAGED = (OSError, EOFError, zlib.error, lzma.LZMAError, zipfile.BadZipFile, ValueError, NotImplementedError)
_OTHERS = {
    b"7z\xbc\xaf\x27\x1c": "a 7z archive",
    b"Rar!\x1a\x07": "a rar archive",
    b"\x28\xb5\x2f\xfd": "a zstd file",
    b"\x1f\x9d": "a .Z file",
    b"\x04\x22\x4d\x18": "an lz4 file",
}


class Opened(NamedTuple):
    """What lies in a file: its bytes, how they were found, and what is left of the user's choices."""

    data: bytes
    decisions: tuple[Decision, ...]
    reading: Reading


def packing_of(data: bytes) -> str:
    """Name the archive or the compression of a file; empty where it has none.

    >>> packing_of(gzip.compress(b"id,2h")), packing_of(b"id,2h")
    ('a gzip file', '')
    """
    if data.startswith(b"\x1f\x8b"):
        return "a gzip file"
    if data.startswith(b"BZh") and data[4:10] in (b"1AY&SY", b"\x17rE8P\x90"):
        return "a bzip2 file"
    if data.startswith(b"\xfd7zXZ\x00"):
        return "an xz file"
    if data.startswith((b"PK\x03\x04", b"PK\x05\x06")):
        return "a zip archive"
    if data[257:262] == b"ustar":
        return "a tar archive"
    return next((label for magic, label in _OTHERS.items() if data.startswith(magic)), "")


def unpack_stream(name: str, data: bytes) -> bytes:
    """Unpack gz (of several parts too, as bgzip writes), bz2 or xz; other files come back as they are.

    Raises
    ------
    DataError
        If the file is damaged, or unpacks to more than it may.
    """
    kind = packing_of(data)
    pieces: dict[str, Callable[[bytes], Iterator[tuple[bytes, int]]]] = {
        "a gzip file": _gzip_pieces,
        "a bzip2 file": lambda packed: _pieces(packed, bz2.BZ2Decompressor),
        "an xz file": lambda packed: _pieces(packed, lambda: lzma.LZMADecompressor(memlimit=XZ_MEMORY)),
    }
    return _gather(name, kind, pieces[kind](data)) if kind in pieces else data


def refuse_archive(name: str, data: bytes, inside: str = "") -> None:
    """Refuse a file that is packed in a way that is not unpacked, or packed twice (``inside`` is then its own name).

    Raises
    ------
    DataError
        If it is.
    """
    kind = packing_of(data)
    if kind and not inside:
        remedy = f"{name} is {kind}, which is not unpacked here; unpack it and upload the file inside."
        raise fault(name, remedy, kind, "the file itself, or packed as gz, bz2, xz or zip")
    if kind:
        remedy = f"{name} is packed twice: {inside} in it is {kind}; unpack {name} and upload what lies in it."
        raise fault(name, remedy, f"{kind} within an archive", "a file that is packed once")


def open_zip(name: str, data: bytes, reading: Reading) -> Opened:
    """Take the one file with data of a zip archive, or the one that ``reading.sheet`` names.

    With several and no name the largest is taken, and the decision is open.

    Raises
    ------
    DataError
        If the archive is damaged, locked or holds no such file, or the file unpacks to more than it may.
    """
    try:
        archive = zipfile.ZipFile(io.BytesIO(data))
        inside = {info.filename: info for info in archive.infolist() if not is_hidden(info)}
    except DAMAGED as error:
        raise _damage_error(name, "a zip archive") from error
    document = next((label for part, label in _DOCUMENTS.items() if part in inside), None)
    if document is not None:
        message = f"{name} is {document}; save the table in it as .xlsx or CSV."
        raise fault(name, message, document, "a table as .xlsx or CSV")
    members = [member for member in inside if not _is_remark(member)]
    if not members:
        listed = ", ".join([*inside][:SHOWN]) or "no files"
        message = f"{name} holds no file with data ({listed}); add one table or one file of sequences."
        raise fault(name, message, listed, "a table or sequences in the archive")
    member, rest = _choose(name, members, reading.sheet)
    chosen = member or max(members, key=lambda one: inside[one].file_size)
    unpacked = read_member(name, archive, inside[chosen])
    decision = _member_decision(name, members, [one for one in inside if one not in members], member, inside)
    return Opened(unpacked, (decision,), replace(reading, sheet=rest))


def read_member(name: str, archive: zipfile.ZipFile, info: zipfile.ZipInfo) -> bytes:
    """Unpack one file of a zip archive.

    Raises
    ------
    DataError
        If it is damaged, locked, or unpacks to more than it may.
    """
    if info.flag_bits & 1:
        message = f"{name} is locked by a password; unpack it and upload {info.filename}."
        raise fault(name, message, "a locked archive", "an archive without a password")
    return _gather(name, "a zip archive", zip_pieces(archive, info))


def zip_pieces(archive: zipfile.ZipFile, info: zipfile.ZipInfo) -> Iterator[tuple[bytes, int]]:
    """Unpack a file of an archive in pieces, with the packed bytes used so far; zipfile itself knows no bounds.

    Raises
    ------
    zipfile.BadZipFile
        If it is damaged.
    NotImplementedError
        If it is packed in another way than deflate or bzip2.
    """
    stream = archive.fp
    if stream is None:
        raise zipfile.BadZipFile("the archive is closed")
    stream.seek(info.header_offset)
    header = stream.read(30)
    if header[:4] != b"PK\x03\x04" or len(header) < 30:
        raise zipfile.BadZipFile("no header")
    stream.seek(int.from_bytes(header[26:28], "little") + int.from_bytes(header[28:30], "little"), io.SEEK_CUR)
    packed = stream.read(info.compress_size)
    if info.compress_type == zipfile.ZIP_STORED:
        pieces: Iterator[tuple[bytes, int]] = iter([(packed, len(packed))])
    elif info.compress_type == zipfile.ZIP_DEFLATED:
        pieces = _iterate_deflated(packed)
    elif info.compress_type == zipfile.ZIP_BZIP2:
        pieces = _pieces(packed, bz2.BZ2Decompressor)
    else:
        raise NotImplementedError(f"compression {info.compress_type}")
    check = 0
    for piece, used in pieces:
        check = zlib.crc32(piece, check)
        yield piece, used
    if check != info.CRC:
        raise zipfile.BadZipFile("the checksum differs")


def _choose(name: str, members: list[str], wanted: str | None) -> tuple[str, str | None]:
    """Find the file that is wanted, empty where nobody has said which, and what of the wish is left for a workbook."""
    for key in ({one: one for one in members}, {PurePosixPath(one).name: one for one in members}):
        for label, member in key.items():
            if wanted == label:
                return member, None
            if wanted is not None and wanted.startswith(f"{label}/"):
                return member, wanted.removeprefix(f"{label}/")
    if len(members) == 1:
        return members[0], wanted
    if wanted is not None:
        listed = ", ".join(members[:SHOWN])
        message = f"{name} holds no file called {wanted}; choose one of {listed}."
        raise fault(name, message, f"the files {listed}", "the name of one of them")
    return "", None


def _member_decision(
    name: str, members: list[str], others: list[str], chosen: str, inside: dict[str, zipfile.ZipInfo]
) -> Decision:
    """Say which file of an archive is read."""
    shown = sorted(members, key=lambda one: -inside[one].file_size)[:SHOWN]
    alternatives = tuple(Alternative(one, f"{one}: {inside[one].file_size:,} bytes") for one in shown)
    aside = f" Not read: {', '.join(others[:SHOWN])}." if others else ""
    if len(members) == 1:
        return Decision(name, "File in the archive", "", chosen, f"The archive holds {chosen}.{aside}", alternatives)
    evidence = f"the archive holds {len(members)} files with data."
    return Decision(name, "File in the archive", "sheet", chosen or None, evidence, alternatives)


def is_hidden(info: zipfile.ZipInfo) -> bool:
    """Say whether an entry of an archive is a folder, or a file that a system keeps for itself."""
    parts = PurePosixPath(info.filename).parts
    return info.is_dir() or not parts or any(part.startswith((".", "__MACOSX")) for part in parts)


def _is_remark(member: str) -> bool:
    path = PurePosixPath(member)
    return path.suffix.lower() in _NO_DATA or path.name.lower().startswith(_REMARKS)


def _gzip_pieces(data: bytes) -> Iterator[tuple[bytes, int]]:
    raw = io.BytesIO(data)
    with gzip.open(raw) as stream:
        while piece := stream.read(PIECE):
            yield piece, raw.tell()


def _iterate_deflated(data: bytes) -> Iterator[tuple[bytes, int]]:
    worker, view = zlib.decompressobj(-zlib.MAX_WBITS), memoryview(data)
    for at in range(0, len(data), 65536):
        yield worker.decompress(view[at : at + 65536], PIECE), at + 65536
        while worker.unconsumed_tail:
            yield worker.decompress(worker.unconsumed_tail, PIECE), at + 65536
    if not worker.eof:
        raise EOFError


def _pieces(
    data: bytes, start: "Callable[[], bz2.BZ2Decompressor | lzma.LZMADecompressor]"
) -> Iterator[tuple[bytes, int]]:
    """Unpack one stream after another, with the bytes used so far; zero bytes between streams are padding."""
    view, at = memoryview(data), 0
    while at < len(data):
        worker = start()
        while not worker.eof:
            given = view[at : at + 65536] if worker.needs_input else b""
            if worker.needs_input and not given:
                raise EOFError
            at += len(given)
            yield worker.decompress(given, PIECE), at
        at -= len(worker.unused_data)
        while at < len(data) and view[at] == 0:
            at += 1


def _gather(name: str, kind: str, pieces: Iterator[tuple[bytes, int]]) -> bytes:
    """Put pieces together, watching their size against the packed bytes that they took."""
    whole, size = io.BytesIO(), 0
    try:
        for piece, packed in pieces:
            size += whole.write(piece)
            if size > LARGEST:
                limit = f"at most {LARGEST / 2**30:.0f} GiB"
                raise fault(name, f"{name} unpacks to more than {limit}; split it.", "a larger file", limit)
            if size > FREE and size > RATIO * packed:
                found = f"{size / 1e6:,.0f} MB out of {packed / 1e6:.2g} MB"
                message = (
                    f"{name} unpacks to over {RATIO} times its size ({found}), as files made to fill the memory do; "
                    "if it is yours, unpack it and upload the file inside."
                )
                raise fault(name, message, found, f"at most {RATIO} times the packed size")
    except DAMAGED as error:
        raise _damage_error(name, kind) from error
    return whole.getvalue()


def _damage_error(name: str, kind: str) -> Exception:
    short = kind.split(None, 1)[1]
    message = f"{name} is a damaged {short}; compress or upload it again."
    return fault(name, message, f"a damaged or cut {short}", f"a whole {short}")
