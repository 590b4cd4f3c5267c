"""A file that a user brought, and a row of it that is left out."""

import hashlib
from dataclasses import dataclass
from pathlib import Path
from typing import NamedTuple

from lib.core.errors import DataError, Problem
from lib.io.companions import files_of, pack


class Rejected(NamedTuple):
    """A row that is left out, and why; ``line`` is 1-based, None where the row has none."""

    file: str
    line: int | None
    id: str
    column: str
    found: str
    needed: str

    @property
    def reason(self) -> str:
        """Say why in one sentence, without the place."""
        where = f"column {self.column}: " if self.column else ""
        return f"{where}found {self.found}, needed {self.needed}"

    def problem(self) -> Problem:
        """Give the fault as a problem of its file."""
        return Problem(self.file, self.line, self.column, self.found, self.needed)


@dataclass(frozen=True)
class Source:
    """A file that a user brought.

    Parameters
    ----------
    name
        File name as the user knows it; shown, never used as a path.
    data
        The bytes of an upload, or the path on disk of a file, or of a folder of files that are read together.
    """

    name: str
    data: bytes | Path

    def content(self) -> bytes:
        """Give the bytes of the file; of files that are read together, a zip archive of them.

        Raises
        ------
        DataError
            If the file is not there or cannot be read.
        """
        if isinstance(self.data, bytes):
            return self.data
        try:
            files = files_of(self.data)
            return self.data.read_bytes() if files == [self.data] else pack(files)
        except OSError as error:
            why = error.strerror or "it cannot be opened"
            raise fault(self.name, f"{self.name} cannot be read ({why}); check the path.", why, "a file") from error

    def sha256(self) -> str:
        """Hash the bytes of the file, 64 hex digits."""
        if isinstance(self.data, Path) and self.data.is_file() and files_of(self.data) == [self.data]:
            with self.data.open("rb") as stream:
                return hashlib.file_digest(stream, "sha256").hexdigest()
        return hashlib.sha256(self.content()).hexdigest()

    def same_as(self, other: "Source") -> bool:
        """Say whether two sources are one file."""
        return self.data is other.data or self.data == other.data


def fault(name: str, message: str, found: str, needed: str, *, line: int | None = None) -> DataError:
    """Make the error for a file that cannot be used as a whole."""
    return DataError(message, [Problem(name, line, "", found, needed)])
