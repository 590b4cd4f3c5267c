"""Read any table that a biologist brings: CSV, TSV, semicolons, no header, XLSX, Parquet, gz, BOM, any line end."""

from lib.io.decisions import DEFAULT, Reading
from lib.io.delimited import read_delimited
from lib.io.files import Source, fault, kind_of, text_of, unpacked
from lib.io.parquet import read_parquet
from lib.io.table import Table
from lib.io.xlsx import read_xlsx


def read_table(source: Source, reading: Reading = DEFAULT) -> Table:
    """Read a table of any supported format, with the line of each row.

    Raises
    ------
    DataError
        If the file is empty, is no table, or holds a header and no rows.
    """
    name, data = source.name, unpacked(source)
    kind = kind_of(name, data)
    if kind == "parquet":
        table = read_parquet(name, data)
    elif kind == "xlsx":
        table = read_xlsx(name, data, reading)
    else:
        table = read_delimited(name, text_of(name, data), reading)
    if not len(table) and not table.rejected:
        message = f"{name} holds a header and no rows; add one row per sequence."
        raise fault(name, message, "no rows below the header", "one row per sequence", line=table.first_line)
    return table
