"""Text of any encoding, in one form: UTF-8 without BOM, every line ended by a line feed."""

from lib.io.source import fault


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
