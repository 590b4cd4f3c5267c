"""Rows of alignments, which stand in blocks below each other in most formats."""

from collections.abc import Iterable, Mapping

from lib.io.file_format import Records
from lib.io.source import fault


def join_blocks(
    name: str, pieces: Iterable[tuple[int, str, str]], *, about: Mapping[str, str] | None = None
) -> Records:
    """Put the pieces of each row end to end.

    Parameters
    ----------
    name
        File name as the user knows it.
    pieces
        Line, id and letters (gaps too) of each piece, in the order of the file.
    about
        Descriptions by id.

    Raises
    ------
    DataError
        If there are no rows, or they differ in length, so that the file was cut or edited.
    """
    rows: dict[str, tuple[int, list[str]]] = {}
    for line, key, letters in pieces:
        rows.setdefault(key, (line, []))[1].append(letters)
    entries = [(key, (about or {}).get(key, ""), "".join(parts), line) for key, (line, parts) in rows.items()]
    if not entries:
        raise fault(name, f"{name} holds an alignment without rows.", "no rows", "one row a sequence")
    first = entries[0]
    for key, _, letters, line in entries:
        if len(letters) != len(first[2]):
            found = f"{len(letters)} letters of {key}, {len(first[2])} of {first[0]}"
            message = f"{name}: the rows of the alignment differ in length ({found}); the file may be cut."
            raise fault(name, message, found, "rows of equal length", line=line)
    return Records.of(entries)
