"""Read Parquet files."""

from dataclasses import dataclass
from typing import ClassVar

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq

from lib.io import sniff
from lib.io.decisions import Reading
from lib.io.file_format import TABLE_FORMATS
from lib.io.source import fault
from lib.io.table import Table


@TABLE_FORMATS.add
@dataclass(frozen=True)
class Parquet:
    """A Parquet file."""

    name: ClassVar[str] = "parquet"
    label: ClassVar[str] = "Parquet"
    is_text: ClassVar[bool] = False
    order: ClassVar[int] = 10

    def claims(self, name: str, data: bytes) -> bool:
        """Look at the first four bytes."""
        return data.startswith(b"PAR1")

    def read(self, name: str, data: bytes, reading: Reading) -> Table:
        """Read all rows."""
        return read_parquet(name, data)


def read_parquet(name: str, data: bytes) -> Table:
    """Read a Parquet file as it was written, an index as columns.

    Raises
    ------
    DataError
        If the file is damaged.
    """
    try:
        frame = pq.read_table(pa.BufferReader(data)).to_pandas()
    except (pa.ArrowInvalid, OSError) as error:
        message = f"{name} cannot be opened as Parquet; write it again."
        raise fault(name, message, "a damaged Parquet file", "a Parquet file") from error
    frame = frame.reset_index(drop=isinstance(frame.index, pd.RangeIndex))
    frame.columns = pd.Index(sniff.distinct([str(column) for column in frame.columns]))
    return Table(name, frame, 1, "parquet", None, header=True, lines=np.arange(1, len(frame) + 1, dtype=np.int64))
