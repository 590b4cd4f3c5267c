"""What lies in a run's folder, read for pages: specification, metrics, predictions, learning curve, log."""

import json
import math
import numbers
import os
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

from lib.core.errors import UserError
from lib.core.spec import RunSpec
from lib.store.files import folder_of, replacing

if TYPE_CHECKING:
    import pandas as pd

HISTORY = ("step", "epoch", "seconds", "loss", "validation_loss", "validation_r2", "learning_rate")
_LOG_BLOCK = 256 * 1024


def folder(run_id: str) -> Path:
    """Give the folder of a run, without making it."""
    return folder_of("runs", run_id)


def finite(value: Any) -> Any:
    """Make a value fit for JSON: plain numbers, with null for NaN and infinite ones."""
    if isinstance(value, bool | numbers.Integral):
        return value if isinstance(value, bool) else int(value)
    if isinstance(value, numbers.Real):
        return float(value) if math.isfinite(value) else None
    if isinstance(value, Mapping):
        return {str(key): finite(item) for key, item in value.items()}
    if isinstance(value, list | tuple):
        return [finite(item) for item in value]
    return value


def write_json(path: Path, value: object) -> None:
    """Write a JSON file in one step.

    Raises
    ------
    UserError
        If the disk is full or the folder cannot be written.
    """
    with replacing(path) as temporary:
        temporary.write_text(json.dumps(value, indent=2, ensure_ascii=False, allow_nan=False) + "\n", encoding="utf-8")


def read_json(path: Path) -> dict[str, Any]:
    """Read a JSON file of a run's folder.

    Raises
    ------
    UserError
        If it is missing or damaged.
    """
    try:
        value: dict[str, Any] = json.loads(path.read_text(encoding="utf-8"))
    except FileNotFoundError as error:
        found = f"The run {path.parent.name} has no file {path.name}"
        raise UserError(f"{found}; it has not come so far, or the file was removed. Train it again.") from error
    except ValueError as error:
        raise UserError(f"The file {path.name} of the run {path.parent.name} is damaged. Train it again.") from error
    return value


def read_spec(run_id: str) -> RunSpec:
    """Read the specification that lies in the run's folder."""
    return RunSpec.from_json(read_json(folder(run_id) / "spec.json"))


def metrics(run_id: str) -> dict[str, Any]:
    """Read ``metrics.json``; empty while the run has none."""
    path = folder(run_id) / "metrics.json"
    return read_json(path) if path.exists() else {}


def predictions(run_id: str) -> "pd.DataFrame":
    """Read ``predictions.parquet``.

    Raises
    ------
    UserError
        If the run has none, or the file is damaged.
    """
    path = folder(run_id) / "predictions.parquet"
    if not path.exists():
        raise UserError(f"The run {run_id} has no predictions yet. Wait until it has finished, or resume it.")
    return _read_parquet(path)


def history(run_id: str) -> "pd.DataFrame":
    """Read ``history.parquet``; no rows while the run has none."""
    import pandas as pd

    path = folder(run_id) / "history.parquet"
    return _read_parquet(path) if path.exists() else pd.DataFrame(columns=list(HISTORY), dtype=float)


def log_path(run_id: str) -> Path:
    """Give the path of the run's log, for download; the file may not be there yet."""
    return folder(run_id) / "log.txt"


def log_tail(run_id: str, lines: int = 50) -> str:
    """Read the last lines of the run's log; empty while there is none."""
    try:
        with log_path(run_id).open("rb") as file:
            size = file.seek(0, os.SEEK_END)
            file.seek(max(0, size - _LOG_BLOCK))
            text = file.read().decode("utf-8", "replace")
    except FileNotFoundError:
        return ""
    return "\n".join(text.splitlines()[-lines:])


def _read_parquet(path: Path) -> "pd.DataFrame":
    import pandas as pd
    import pyarrow

    try:
        return pd.read_parquet(path)
    except pyarrow.ArrowInvalid as error:
        raise UserError(f"The file {path.name} of the run {path.parent.name} is damaged. Train it again.") from error
