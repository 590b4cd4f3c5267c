"""Public data, by pinned address and SHA-256: a file is either whole and the one we know, or it is not there.

``MOTIFLENS_CATALOG_BASE`` names a mirror (``https://mirror.example.org/files``); the path below it stays the same.
"""

import os
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from lib.core.errors import UserError
from lib.core.progress import Progress, Report, Silent

BASE = "https://raw.githubusercontent.com"
_TIMEOUT = (10, 60)  # seconds to connect, and between two pieces
_CHUNK = 65536


@dataclass(frozen=True)
class CatalogFile:
    """One file of an entry.

    Parameters
    ----------
    kind
        What it is to an import.
    path
        Path below the base address, pinned to a commit.
    sha256
        Hash of its bytes, 64 hex digits.
    size
        Bytes.
    """

    kind: Literal["expression", "sequences", "rbp"]
    path: str
    sha256: str
    size: int

    @property
    def name(self) -> str:
        """Give the file name."""
        return self.path.rsplit("/", 1)[-1]


@dataclass(frozen=True)
class Entry:
    """A public data set.

    Parameters
    ----------
    name
        Slug, and the name of its folder.
    label, summary
        Title, and one sentence on what it is.
    reference, licence, source
        Who made it, under which licence it stands, and the page it comes from.
    files
        Its files.
    hours
        Hours of the value columns of the expression table, in their order; empty where the column names tell.
    counts
        Whether the values are raw counts.
    """

    name: str
    label: str
    summary: str
    reference: str
    licence: str
    source: str
    files: tuple[CatalogFile, ...]
    hours: tuple[float, ...] = ()
    counts: bool = False


_UTR_SEQ = "rabanilab/UTR-Seq/3fb6a1591879374d9a503d4dc39e02252ff1b3b2/example"

ENTRIES: dict[str, Entry] = {
    "utr-seq": Entry(
        name="utr-seq",
        label="UTR-Seq",
        summary="12,322 reporters with 110 nt of zebrafish 3'UTR, raw read counts from 0 to 12 h after injection, with "
        "5 spike-ins.",
        reference="Rabani et al., Mol Cell 2017, 68(6):1083-1094, doi:10.1016/j.molcel.2017.11.014",
        licence="MIT",
        source="https://github.com/rabanilab/UTR-Seq",
        files=(
            CatalogFile(
                "expression",
                f"{_UTR_SEQ}/reporter_counts.txt",
                "686a5e5b424c9e19edbcd24b1c27ac977b61f1810cefe6b9cac70297c89567de",
                604359,
            ),
            CatalogFile(
                "sequences",
                f"{_UTR_SEQ}/reporter_seq.txt",
                "a0210cea0ff94775b62f6b45a2b0fa3e10de90fa7e9dcbff6cef08b3ec11f0e9",
                1509319,
            ),
        ),
        hours=(0, 1, 2, 3, 4, 5, 6, 7, 8, 10, 12),
        counts=True,
    )
}


class _Bar:
    """What pooch draws progress on; hands the bytes of all files together to a listener."""

    def __init__(self, progress: Progress, file: CatalogFile, *, before: int, total: int) -> None:
        self._progress, self._file, self._before, self._all = progress, file, before, total
        self._done = 0
        self.total = 0  # pooch writes the size of the file here

    def update(self, count: int) -> None:
        self._done = min(self._done + count, self._file.size)
        stage = f"Downloading {self._file.name}"
        self._progress.report(Report(step=self._before + self._done, total=self._all, stage=stage))

    def reset(self) -> None:
        self._done = 0

    def close(self) -> None:
        """Nothing is open."""


def fetch(entry: Entry | str, folder: Path, progress: Progress | None = None) -> dict[str, Path]:
    """Download the files of an entry to ``folder/<name>``, verified; files that are there already are verified only.

    Parameters
    ----------
    entry
        An entry of ``ENTRIES``, or its name.
    folder
        Where downloads are kept.
    progress
        Hears of the bytes done and in all.

    Returns
    -------
    dict
        Path of each file by its kind.

    Raises
    ------
    UserError
        If the name is unknown, there is no connection, a file is missing or not the one we know, or the folder cannot
        be written. No partial file is left.
    """
    if isinstance(entry, str):
        if entry not in ENTRIES:
            raise UserError(f"There is no public data set called {entry!r}; choose one of {', '.join(ENTRIES)}.")
        entry = ENTRIES[entry]
    listener = progress if progress is not None else Silent()
    base = os.environ.get("MOTIFLENS_CATALOG_BASE") or BASE
    total = sum(file.size for file in entry.files)
    before = 0
    paths: dict[str, Path] = {}
    for file in entry.files:
        bar = _Bar(listener, file, before=before, total=total)
        paths[file.kind] = _get(entry, file, f"{base.rstrip('/')}/{file.path}", folder / entry.name, bar=bar)
        before += file.size
        listener.report(Report(step=before, total=total, stage=f"{file.name} is here"))
    return paths


def _get(entry: Entry, file: CatalogFile, url: str, folder: Path, *, bar: _Bar) -> Path:
    import pooch
    import requests

    pooch.get_logger().setLevel("WARNING")
    host = url.split("/")[2] if "//" in url else url
    what = f"{file.name} of the public {entry.label} data"
    instead = "upload your own files meanwhile"
    try:
        downloader = pooch.HTTPDownloader(progressbar=bar, chunk_size=_CHUNK, timeout=_TIMEOUT)
        known = f"sha256:{file.sha256}"
        return Path(pooch.retrieve(url, known, fname=file.name, path=folder, downloader=downloader))
    except requests.HTTPError as error:
        status = error.response.status_code if error.response is not None else "an error"
        raise UserError(
            f"{host} answered {status} for {what}; it should be at {url}. Try again later, or {instead}."
        ) from error
    except (requests.Timeout, requests.ConnectionError) as error:
        raise UserError(
            f"{what} could not be downloaded: no connection to {host}. Check the network and try again, or {instead}."
        ) from error
    except requests.RequestException as error:
        raise UserError(
            f"{what} could not be downloaded from {url} ({error}). Check MOTIFLENS_CATALOG_BASE, or {instead}."
        ) from error
    except ValueError as error:
        raise UserError(
            f"{what} came from {host}, but is not the file we know (its SHA-256 differs), so it was thrown away. "
            f"Try again, or {instead}."
        ) from error
    except OSError as error:
        raise UserError(
            f"{what} could not be written to {folder} ({error.strerror or error}); free some space there or make the "
            "folder writable, then try again."
        ) from error
