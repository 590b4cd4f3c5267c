"""Read any table that a biologist brings, by the first format that claims it."""

from dataclasses import replace

from lib.io.decisions import DEFAULT, Reading
from lib.io.file_format import sequence_format_of, table_formats
from lib.io.files import Content, Source, fault, open_content
from lib.io.long import widen
from lib.io.table import Table


def read_table(source: Source, reading: Reading = DEFAULT) -> Table:
    """Read a table of any supported format, with the line of each row.

    Raises
    ------
    DataError
        If the file is empty, is no table, or holds a header and no rows.
    """
    return table_of(source.name, open_content(source, reading))


def table_of(name: str, content: Content) -> Table:
    """Read the table in a file that is open.

    Raises
    ------
    DataError
        If it is no table, or holds a header and no rows.
    """
    if content.is_text and (sequences := sequence_format_of(name, content.data)) is not None:
        message = f"{name} is {sequences.label} and holds sequences; a table with an id and values is needed here."
        raise fault(name, message, sequences.label, "a table")
    known = (one for one in table_formats() if one.is_text == content.is_text)
    chosen = next(one for one in known if one.claims(name, content.data))
    table = chosen.read(name, content.data, content.reading)
    if not len(table) and not table.rejected:
        message = f"{name} holds a header and no rows; add one row per sequence."
        raise fault(name, message, "no rows below the header", "one row per sequence", line=table.first_line)
    return widen(replace(table, decisions=content.decisions + table.decisions))
