"""Read any table that a biologist brings, by the first format that claims it."""

from lib.io.decisions import DEFAULT, Reading
from lib.io.file_format import sequence_format_of, table_formats
from lib.io.files import Source, fault, kind_of, text_of, unpacked
from lib.io.table import Table


def read_table(source: Source, reading: Reading = DEFAULT) -> Table:
    """Read a table of any supported format, with the line of each row.

    Raises
    ------
    DataError
        If the file is empty, is no table, or holds a header and no rows.
    """
    name, data = source.name, unpacked(source)
    is_text = kind_of(name, data) == "text"
    if is_text:
        data = text_of(name, data)
        if (sequences := sequence_format_of(name, data)) is not None:
            message = f"{name} is {sequences.label} and holds sequences; a table with an id and values is needed here."
            raise fault(name, message, sequences.label, "a table")
    chosen = next(one for one in table_formats() if one.is_text == is_text and one.claims(name, data))
    table = chosen.read(name, data, reading)
    if not len(table) and not table.rejected:
        message = f"{name} holds a header and no rows; add one row per sequence."
        raise fault(name, message, "no rows below the header", "one row per sequence", line=table.first_line)
    return table
