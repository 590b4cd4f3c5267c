"""The patterns of a discovery: ``patterns.npz``, ``patterns.json`` and ``seqlets.parquet`` in the folder of its job."""

import json
import zipfile
from collections.abc import Sequence
from typing import Any

import numpy as np
import pandas as pd
import pyarrow

from lib.core.errors import UserError
from lib.core.files import replacing
from lib.motifs.pattern import Pattern
from lib.store import runs

FACTS, ARRAYS, SEQLETS = "patterns.json", "patterns.npz", "seqlets.parquet"
_DAMAGED = (OSError, ValueError, KeyError, TypeError, EOFError, zipfile.BadZipFile, pyarrow.ArrowException)


def keep(job_id: str, patterns: Sequence[Pattern]) -> None:
    """Write the patterns of a job.

    Raises
    ------
    UserError
        If they cannot be written.
    """
    folder = runs.folder(job_id)
    arrays: dict[str, Any] = {}
    for place, pattern in enumerate(patterns):
        arrays |= {f"ppm-{place}": pattern.ppm, f"contribution-{place}": pattern.contribution}
    with replacing(folder / ARRAYS) as temporary, temporary.open("wb") as file:
        np.savez_compressed(file, allow_pickle=False, **arrays)
    tables = [pattern.seqlets.assign(pattern=pattern.name) for pattern in patterns]
    table = pd.concat(tables, ignore_index=True) if tables else pd.DataFrame({"pattern": pd.Series(dtype="str")})
    with replacing(folder / SEQLETS) as temporary:
        table.to_parquet(temporary, index=False)
    facts = [{"name": pattern.name, "sign": pattern.sign, "seqlets": len(pattern.seqlets)} for pattern in patterns]
    runs.write_json(folder / FACTS, {"patterns": facts})


def load(job_id: str) -> list[Pattern]:
    """Read the patterns that a job of kind ``discover`` found: those that raise first, then by size.

    Raises
    ------
    UserError
        If the job has found none yet, or its files are damaged.
    """
    folder = runs.folder(job_id)
    if not (folder / FACTS).exists():
        raise UserError(
            f"The discovery {job_id} has no patterns yet; wait until it has finished, or start another one."
        )
    try:
        facts = json.loads((folder / FACTS).read_text(encoding="utf-8"))["patterns"]
        seqlets = pd.read_parquet(folder / SEQLETS)
        with np.load(folder / ARRAYS, allow_pickle=False) as arrays:
            return [
                Pattern(
                    str(fact["name"]),
                    int(fact["sign"]),
                    arrays[f"ppm-{place}"],
                    arrays[f"contribution-{place}"],
                    _select_seqlets(seqlets, str(fact["name"])),
                )
                for place, fact in enumerate(facts)
            ]
    except _DAMAGED as error:
        raise UserError(f"The patterns of discovery {job_id} are damaged. Start the discovery again.") from error


def is_whole(job_id: str) -> bool:
    """Tell whether the patterns of a job are there and can be read."""
    try:
        load(job_id)
    except UserError:
        return False
    return True


def _select_seqlets(seqlets: pd.DataFrame, name: str) -> pd.DataFrame:
    return seqlets[seqlets["pattern"] == name].drop(columns="pattern").reset_index(drop=True)
