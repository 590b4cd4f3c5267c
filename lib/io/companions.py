"""Files on disk that are read together: those of a folder, and a Matrix Market file with the names beside it."""

import io
import re
import zipfile
from collections.abc import Sequence
from pathlib import Path

MOST_FILES = 200
_MATRIX = re.compile(r"(?P<prefix>.*?)(matrix)?\.mtx(\.gz)?", re.IGNORECASE)
_NAMES = r"(barcodes|cells|samples|colnames|columns|features|genes|rownames|rows)\.(tsv|txt|csv)(\.gz)?"
_DATE = (1980, 1, 1, 0, 0, 0)


def files_of(path: Path) -> list[Path]:
    """List the files that a path stands for: itself, the files of a folder, or a matrix and the names beside it.

    Raises
    ------
    OSError
        If the path cannot be read, or is a folder of more than ``MOST_FILES`` files.
    """
    if path.is_dir():
        files = sorted(one for one in path.iterdir() if one.is_file() and not one.name.startswith("."))
        if len(files) > MOST_FILES:
            raise OSError(0, f"it is a folder of {len(files):,} files")
        return files
    matrix = _MATRIX.fullmatch(path.name)
    if matrix is None or not path.is_file():
        return [path]
    siblings = sorted(one for one in path.parent.iterdir() if one.is_file())
    for prefix in (matrix["prefix"], ""):
        names = re.compile(re.escape(prefix) + r"[._-]?" + _NAMES, re.IGNORECASE)
        if beside := [one for one in siblings if names.fullmatch(one.name)]:
            return [path, *beside]
    return [path]


def pack(files: Sequence[Path]) -> bytes:
    """Put files into one zip archive, not compressed, the same bytes for the same files."""
    stream = io.BytesIO()
    with zipfile.ZipFile(stream, "w") as archive:
        for path in files:
            archive.writestr(zipfile.ZipInfo(path.name, _DATE), path.read_bytes())
    return stream.getvalue()
