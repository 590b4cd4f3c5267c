"""What each import of a dataset said: how it read its files, and every row that it excluded.

The same content may come from other files, with other faults; each import keeps its own record.
"""

import json
import tempfile
from datetime import UTC, datetime
from pathlib import Path

import pandas as pd

from lib.core.errors import UserError
from lib.datasets.draft import Draft
from lib.io.export import to_csv
from lib.store.files import cannot_write

FOLDER, EXCLUDED, FACTS = "imports", "excluded.tsv", "import.json"
KEPT = ("files", "reading", "decisions", "accounts", "columns")


def record(folder: Path, draft: Draft) -> None:
    """Keep what one import of the dataset in a folder said.

    Raises
    ------
    UserError
        If the disk is full or the workspace cannot be written.
    """
    try:
        (folder / FOLDER).mkdir(exist_ok=True)
        stamp = datetime.now(UTC).strftime("%Y%m%d-%H%M%S-%f")
        made = Path(tempfile.mkdtemp(prefix=f"{stamp}-", dir=folder / FOLDER))
        facts = {key: draft.dataset.facts.get(key) for key in KEPT}
        (made / FACTS).write_text(json.dumps(facts, allow_nan=False, indent=1), encoding="utf-8")
        (made / EXCLUDED).write_bytes(to_csv(draft.rejected.astype({"line": "Int64"}), delimiter="\t"))
    except OSError as error:
        raise UserError(cannot_write(folder, error)) from error


def locate_excluded(folder: Path) -> Path:
    """Give the file that lists the rows which the last import of the dataset in a folder excluded."""
    made = sorted((folder / FOLDER).glob(f"*/{EXCLUDED}"))
    return made[-1] if made else folder / "rejected.parquet"


def read_excluded(path: Path) -> pd.DataFrame:
    """Read such a list: ``file``, ``line``, ``id``, ``reason``."""
    if path.suffix == ".parquet":  # a dataset of before each import kept its own
        return pd.read_parquet(path)
    return pd.read_csv(
        path,
        sep="\t",
        dtype={"file": "str", "line": "Int64", "id": "str", "reason": "str"},
        keep_default_na=False,
        na_values={"line": [""]},
    )
