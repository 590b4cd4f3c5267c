"""Folds of the workspace, each computed once: ``folds.db``, which may be deleted at any time.

The key of a fold covers the sequence, the temperature and the version of ViennaRNA, so that a newer version folds anew.
"""

import hashlib
import logging
import sqlite3
import time
from collections.abc import Sequence
from contextlib import closing, suppress
from pathlib import Path

from lib.core.alphabet import to_dna
from lib.core.progress import Progress, Report, Silent
from lib.motifs import folding
from lib.motifs.folding import Fold
from lib.store.files import home

FILE, STAGE = "folds.db", "Folding (ViennaRNA)"
_WAIT_SECONDS, _KEEP_SECONDS = 20, 1.0
_ASKED = 500  # keys in one question

log = logging.getLogger(__name__)


def fold(sequence: str) -> Fold:
    """Give the fold of one sequence, from the workspace where it was folded before.

    Raises
    ------
    UserError
        If it is empty.
    """
    return folds([sequence])[0]


def folds(sequences: Sequence[str], *, progress: Progress | None = None, processes: int | None = None) -> list[Fold]:
    """Give the folds of N sequences, in their order; those that are not known yet are computed and kept.

    Parameters
    ----------
    sequences
        N sequences of at least one letter each; lower case and U are read as upper-case DNA.
    progress
        Told how many are folded; what was folded before it cancels is kept.
    processes
        How many fold at a time; all cores where left out.

    Raises
    ------
    UserError
        If a sequence is empty.
    Cancelled
        If the listener asked for it.
    """
    progress = progress or Silent()
    keys = [_key(to_dna(sequence)) for sequence in sequences]
    first = {key: number for number, key in reversed(list(enumerate(keys)))}  # one number for each distinct sequence
    known = _read_known(list(first))
    missing = [number for key, number in first.items() if key not in known]
    if missing:
        known |= _fold(sequences, keys, missing, progress, processes)
    progress.report(Report(len(first), len(first), STAGE))
    return [known[key] for key in keys]


def _fold(
    sequences: Sequence[str], keys: Sequence[bytes], missing: Sequence[int], progress: Progress, processes: int | None
) -> dict[bytes, Fold]:
    found: dict[bytes, Fold] = {}
    waiting: list[tuple[bytes, str, float]] = []
    kept = time.monotonic()

    def alive() -> None:
        progress.report(Report(len(found), len(missing), STAGE))

    try:
        asked = [sequences[number] for number in missing]
        for number, fold in folding.fold_many(asked, processes=processes, alive=alive):
            key = keys[missing[number]]
            found[key] = fold
            waiting.append((key, *fold))
            if time.monotonic() - kept >= _KEEP_SECONDS:
                _keep(waiting)
                waiting, kept = [], time.monotonic()
    finally:
        _keep(waiting)
    return found


def _key(sequence: str) -> bytes:
    text = f"{folding.version()} {folding.TEMPERATURE} {sequence}"
    return hashlib.blake2b(text.encode(), digest_size=16).digest()


def _open() -> sqlite3.Connection:
    path = home() / FILE
    try:
        return _connect(path)
    except sqlite3.OperationalError:
        raise
    except sqlite3.DatabaseError:
        log.warning("%s was damaged and is made anew; sequences are folded again.", path)
        path.unlink(missing_ok=True)
        return _connect(path)


def _connect(path: Path) -> sqlite3.Connection:
    connection = sqlite3.connect(path, timeout=_WAIT_SECONDS)
    connection.execute(
        "CREATE TABLE IF NOT EXISTS folds (key BLOB PRIMARY KEY, structure TEXT NOT NULL, energy REAL NOT NULL) "
        "WITHOUT ROWID"
    )
    return connection


def _read_known(keys: list[bytes]) -> dict[bytes, Fold]:
    """Read what was folded before; nothing where that cannot be read."""
    found: dict[bytes, Fold] = {}
    with suppress(sqlite3.OperationalError), closing(_open()) as connection:
        for start in range(0, len(keys), _ASKED):
            some = keys[start : start + _ASKED]
            marks = ",".join("?" * len(some))
            rows = connection.execute(f"SELECT key, structure, energy FROM folds WHERE key IN ({marks})", some)
            found |= {key: Fold(structure, energy) for key, structure, energy in rows}
    return found


def _keep(rows: Sequence[tuple[bytes, str, float]]) -> None:
    """Write folds down; a workspace that cannot be written only means that they are computed again."""
    if not rows:
        return
    try:
        with closing(_open()) as connection, connection:
            connection.executemany("INSERT OR REPLACE INTO folds VALUES (?, ?, ?)", rows)
    except sqlite3.OperationalError as error:
        log.warning("%d folds could not be kept (%s).", len(rows), error)
