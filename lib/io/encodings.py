"""Text of any encoding, in one form: UTF-8 without BOM, every line ended by a line feed."""

from lib.io.decisions import Decision
from lib.io.source import fault

_MARKS = (
    (b"\xff\xfe\0\0", "utf-32-le"),
    (b"\0\0\xfe\xff", "utf-32-be"),
    (b"\xff\xfe", "utf-16-le"),
    (b"\xfe\xff", "utf-16-be"),
)  # those of four bytes first: UTF-32 starts like UTF-16
_NAMES = {"utf-32-le": "UTF-32", "utf-32-be": "UTF-32", "utf-16-le": "UTF-16", "utf-16-be": "UTF-16"}


def encoding_of(data: bytes) -> str | None:
    """Recognise UTF-16 and UTF-32 by their mark, or by where zero bytes stand; None for anything else.

    >>> encoding_of("id,2h".encode("utf-16-le")), encoding_of(b"id,2h")
    ('utf-16-le', None)
    """
    marked = next((encoding for mark, encoding in _MARKS if data.startswith(mark)), None)
    if marked is not None:
        return marked
    head = data[: 65536 - 65536 % 4]
    zeros = [head[start::4].count(0) * 4 / max(len(head), 1) for start in range(4)]
    full, none = [share > 0.9 for share in zeros], [share < 0.05 for share in zeros]
    if full[1] and full[2] and full[3] and none[0]:
        return "utf-32-le"
    if full[0] and full[1] and full[2] and none[3]:
        return "utf-32-be"
    if min(zeros[1], zeros[3]) > 0.5 and none[0] and none[2]:
        return "utf-16-le"
    if min(zeros[0], zeros[2]) > 0.5 and none[1] and none[3]:
        return "utf-16-be"
    return None


def text_of(name: str, data: bytes) -> bytes:
    """Bring text to one form: UTF-8 without BOM, every line ended by a line feed.

    Raises
    ------
    DataError
        If the text is in no encoding that is known.
    """
    return decode(name, data)[0]


def decode(name: str, data: bytes) -> tuple[bytes, tuple[Decision, ...]]:
    """Bring text to one form, and tell its encoding where it is not UTF-8.

    Text that is no UTF-8 is read as UTF-32 or UTF-16 where it looks like that, else as Windows-1252 (what Excel
    writes).

    Raises
    ------
    DataError
        If the text is in no encoding that is known.
    """
    decisions: tuple[Decision, ...] = ()
    if (encoding := encoding_of(data)) is not None:
        data = _decode(name, data, encoding).removeprefix("\ufeff").encode()
        decisions = (_encoding_decision(name, _NAMES[encoding], "Every character takes two or four bytes."),)
    data = data.removeprefix(b"\xef\xbb\xbf")
    if not data.isascii():
        try:
            data.decode("utf-8")
        except UnicodeDecodeError as error:
            data = _decode(name, data, "cp1252").encode()
            decisions = (_encoding_decision(name, "Windows-1252", f"Line {_line(data, error)} is not UTF-8."),)
    if b"\r" in data:
        data = data.replace(b"\r\n", b"\n").replace(b"\r", b"\n")
    return data, decisions


def _encoding_decision(name: str, encoding: str, evidence: str) -> Decision:
    return Decision(name, "Encoding", "", encoding, evidence)


def _line(data: bytes, error: UnicodeDecodeError) -> int:
    return data[: error.start].count(b"\n") + 1


def _decode(name: str, data: bytes, encoding: str) -> str:
    try:
        return data.decode(encoding)
    except UnicodeDecodeError as error:
        found = f"the byte 0x{data[error.start]:02x}"
        message = f"{name} is not text in UTF-8; save it as CSV UTF-8."
        if encoding in _NAMES:
            message = f"{name} is {_NAMES[encoding]} text that is damaged or cut; save it again, as CSV UTF-8."
        raise fault(name, message, found, "text in UTF-8", line=_line(data, error)) from error
