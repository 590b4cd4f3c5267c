"""Matrix Market with names, as 10x Genomics writes counts (MEX): a sparse matrix, its features and its barcodes."""

import io
import re
import zipfile
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import PurePosixPath
from typing import ClassVar

import numpy as np
import pandas as pd

from lib.core.arrays import FloatArray
from lib.io import sniff
from lib.io.containers import read_member, unpack_stream
from lib.io.decisions import Alternative, Decision, Reading
from lib.io.encodings import text_of
from lib.io.file_format import TABLE_FORMATS
from lib.io.source import fault
from lib.io.table import Table

MOST_COLUMNS = 2_000
MOST_CELLS = 30_000_000
NEEDED = "matrix.mtx needs barcodes.tsv and features.tsv (or genes.tsv)"
_MATRIX = re.compile(r"\.mtx(\.gz)?$", re.IGNORECASE)
_COLUMNS = re.compile(r"(barcodes|cells|samples|colnames|columns)\.(tsv|txt|csv)(\.gz)?$", re.IGNORECASE)
_ROWS = re.compile(r"(features|genes|rownames|rows)\.(tsv|txt|csv)(\.gz)?$", re.IGNORECASE)
_BANNER = b"%%MatrixMarket"


@TABLE_FORMATS.add
@dataclass(frozen=True)
class MexArchive:
    """A zip archive with a sparse matrix and the names of its rows and columns."""

    name: ClassVar[str] = "mex"
    label: ClassVar[str] = "MEX of 10x (matrix, features and barcodes in one zip)"
    is_text: ClassVar[bool] = False
    order: ClassVar[int] = 20

    def claims(self, name: str, data: bytes) -> bool:
        """Look for a zip archive with a matrix."""
        if not data.startswith(b"PK\x03\x04"):
            return False
        try:
            return any(map(_MATRIX.search, zipfile.ZipFile(io.BytesIO(data)).namelist()))
        except (zipfile.BadZipFile, ValueError, OSError):
            return False

    def read(self, name: str, data: bytes, reading: Reading) -> Table:
        """Read the matrix with its names."""
        return read_mex(name, data, reading)


@TABLE_FORMATS.add
@dataclass(frozen=True)
class MatrixAlone:
    """A sparse matrix whose rows and columns have no names."""

    name: ClassVar[str] = "matrix-market"
    label: ClassVar[str] = MexArchive.label
    is_text: ClassVar[bool] = True
    order: ClassVar[int] = 20

    def claims(self, name: str, data: bytes) -> bool:
        """Look for the banner."""
        return data.startswith(_BANNER)

    def read(self, name: str, data: bytes, reading: Reading) -> Table:
        """Refuse it: there are no ids."""
        remedy = "put the three files into one zip and upload that (on the command line give their folder)"
        message = f"{name} is a Matrix Market file, which has no ids: {NEEDED}; {remedy}."
        raise fault(name, message, "a matrix without names", "barcodes.tsv and features.tsv beside it")


def read_mex(name: str, data: bytes, reading: Reading) -> Table:
    """Read a matrix of features by barcodes; with several the first is read, and the decision is open.

    Raises
    ------
    DataError
        If names are missing or do not fit, or the matrix is damaged or larger than a table of samples.
    """
    archive = zipfile.ZipFile(io.BytesIO(data))
    infos = {one.filename: one for one in archive.infolist() if not one.filename.startswith("__MACOSX")}
    matrices = [one for one in infos if _MATRIX.search(one)]
    chosen, decisions = _choose(name, matrices, reading.sheet)
    parts = {"features": _find_companion(chosen, infos, _ROWS), "barcodes": _find_companion(chosen, infos, _COLUMNS)}
    missing = [f"{part}.tsv" for part, member in parts.items() if not member]
    if missing:
        message = f"{name} holds {chosen} without {' and '.join(missing)}; {NEEDED}, together in one zip."
        raise fault(name, message, ", ".join(infos) or "no files", " and ".join(missing))
    content = {
        member: unpack_stream(name, read_member(name, archive, infos[member])) for member in (chosen, *parts.values())
    }
    matrix = _read_matrix(name, content[chosen])
    rows = [line.split("\t") for line in text_of(name, content[parts["features"]]).decode().splitlines()]
    columns = [line.split("\t")[0] for line in text_of(name, content[parts["barcodes"]]).decode().splitlines()]
    matrix, turned = _fit(name, matrix, len(rows), len(columns))
    rows, columns = rows[len(rows) - len(matrix) :], columns[len(columns) - matrix.shape[1] :]
    evidence = f"{chosen} with the names of {parts['features']} and {parts['barcodes']}"
    evidence += "; its rows are the barcodes, so it is turned." if turned else "."
    decisions.append(Decision(name, "Files read together", "", "three", evidence))
    return _table(name, matrix, rows, columns, tuple(decisions))


def _choose(name: str, matrices: Sequence[str], wanted: str | None) -> tuple[str, list[Decision]]:
    if len(matrices) == 1:
        return matrices[0], []
    options = tuple(Alternative(one, "") for one in matrices)
    evidence = f"the archive holds {len(matrices)} matrices."
    if wanted is None:
        return matrices[0], [Decision(name, "Matrix", "sheet", None, evidence, options)]
    if wanted not in matrices:
        listed = ", ".join(matrices)
        message = f"{name} holds no matrix called {wanted}; choose one of {listed}."
        raise fault(name, message, f"the matrices {listed}", "the name of one of them")
    return wanted, [Decision(name, "Matrix", "sheet", wanted, evidence, options)]


def _find_companion(matrix: str, members: Mapping[str, object], pattern: re.Pattern[str]) -> str:
    """Find the file of names that belongs to a matrix: in its folder, with its prefix where there are several."""
    path = PurePosixPath(matrix)
    prefix = _MATRIX.sub("", path.name).removesuffix("matrix")
    same = [one for one in members if pattern.search(one) and PurePosixPath(one).parent == path.parent]
    own = [one for one in same if PurePosixPath(one).name.startswith(prefix)]
    return next(iter(own or same), "")


def _read_matrix(name: str, data: bytes) -> FloatArray:
    """Read a matrix as a dense one, (rows, columns).

    Raises
    ------
    DataError
        If it is damaged, or larger than a table of samples.
    """
    from scipy.io import mmread  # only matrices need it

    size = re.search(rb"^\s*(\d+)\s+(\d+)(?:\s+(\d+))?[ \t]*\r?$", data, re.MULTILINE)
    banner = data[:200].split(b"\n")[0].lower().split()
    if size is None or banner[:1] != [_BANNER.lower()] or b"complex" in banner:
        raise _damage_error(name, "no size of the matrix")
    rows, columns, filled = (int(group or 0) for group in size.groups())
    if min(rows, columns) > MOST_COLUMNS:
        raise _single_cells(name, min(rows, columns))
    if rows * columns > MOST_CELLS or filled * 4 > len(data):
        raise _damage_error(name, f"{rows:,} by {columns:,} values, {filled:,} of them filled")
    try:
        read = mmread(io.BytesIO(data))
    except (ValueError, OverflowError, MemoryError, TypeError) as error:
        raise _damage_error(name, str(error)) from error
    dense: FloatArray = np.asarray(read if isinstance(read, np.ndarray) else read.toarray(), dtype=np.float64)
    return dense


def _fit(name: str, matrix: FloatArray, rows: int, columns: int) -> tuple[FloatArray, bool]:
    """Turn a matrix of barcodes by features; a line more of names than of values is a header.

    Raises
    ------
    DataError
        If there are more or fewer names than rows or columns.
    """
    for turned, one in ((False, matrix), (True, matrix.T)):
        if rows - len(one) in (0, 1) and columns - one.shape[1] in (0, 1):
            if one.shape[1] > MOST_COLUMNS:
                raise _single_cells(name, one.shape[1])
            return one, turned
    found = f"{len(matrix):,} rows and {matrix.shape[1]:,} columns for {rows:,} features and {columns:,} barcodes"
    message = f"{name} has {found}; put the files of one sample into the archive."
    raise fault(name, message, found, "one name a row and a column")


def _table(
    name: str,
    matrix: FloatArray,
    rows: Sequence[Sequence[str]],
    columns: Sequence[str],
    decisions: tuple[Decision, ...],
) -> Table:
    ids = [row[0].strip() for row in rows]
    about = {}
    for label, place in (("name", 1), ("type", 2)):
        cells = [row[place].strip() if len(row) > place else "" for row in rows]
        if cells != ids and len(set(cells)) > 1:
            about[label] = pd.Series(cells, dtype="str")
    names = sniff.distinct(["id", *about, *(column.strip() or "column" for column in columns)])
    values = dict(zip(names[1 + len(about) :], np.asfortranarray(matrix).T, strict=True))
    frame = pd.DataFrame({"id": pd.Series(ids, dtype="str"), **about, **values})
    lines = np.arange(1, len(frame) + 1, dtype=np.int64)
    table = Table(name, frame, 1, "mex", None, header=True, lines=lines, decisions=decisions)
    return replace(table, value_columns=tuple(values))


def _single_cells(name: str, columns: int) -> Exception:
    message = (
        f"{name} holds {columns:,} barcodes, as of single cells; sum the cells of each sample and time (pseudobulk) "
        "and upload that table."
    )
    return fault(name, message, f"{columns:,} barcodes", f"at most {MOST_COLUMNS:,} samples")


def _damage_error(name: str, found: str) -> Exception:
    message = f"{name} holds a matrix that cannot be read ({found}); write it again."
    return fault(name, message, found, "a Matrix Market file of values")
