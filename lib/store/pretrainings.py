"""Pretrainings of the workspace: the sequences that they read, and what came of them, in the folders of their runs."""

import secrets
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from lib.core.errors import UserError
from lib.datasets.dataset import Dataset
from lib.models.utr_pretraining import LOSSES
from lib.store import datasets, runs
from lib.store.files import folder_of, replacing
from lib.store.runfiles import read_json, write_json
from lib.store.runs import Run

if TYPE_CHECKING:
    import pandas as pd

KIND = "pretrain"
SEQUENCES, SUMMARY, INPUTS = "sequences.parquet", "pretraining.json", "inputs"


@dataclass(frozen=True)
class Overlap:
    """How many sequences of the test part a pretraining has read, of how many."""

    read: int
    test: int

    def __str__(self) -> str:
        """Say it in a sentence; empty where there is none."""
        if not self.read:
            return ""
        return (
            f"{self.read:,} of the {self.test:,} test sequences stand among the sequences of the pretraining, letter "
            "for letter. It saw no measurement of them, but the test is less strict than on sequences never seen: "
            "pretrain on the training part to be sure."
        )


def keep_input(sequences: Sequence[str]) -> str:
    """Keep the sequences of a file until the pretraining begins; gives the name by which it finds them."""
    name = secrets.token_hex(8)
    _write(name, sequences)
    return name


def take(run: Run) -> list[str]:
    """Give the sequences that a pretraining reads; from the first time on they lie in its own folder.

    Raises
    ------
    UserError
        If they are not there any more.
    """
    import pandas as pd

    own = runs.folder(run.id) / SEQUENCES
    if not own.exists():
        given = str(run.payload.get("input", ""))
        if given:
            source = folder_of(INPUTS, given).with_suffix(".parquet")
            if not source.exists():
                raise UserError("The sequences of this pretraining are not there any more. Start it again.")
            sequences = pd.read_parquet(source)["sequence"].tolist()
        else:
            dataset = datasets.load(run.dataset)
            sequences = dataset.sequences[dataset.rows("train")].tolist()
        with replacing(own) as temporary:
            pd.DataFrame({"sequence": sequences}).to_parquet(temporary, index=False)
        if given:
            source.unlink(missing_ok=True)
    return pd.read_parquet(own)["sequence"].tolist()


def keep_summary(run_id: str, summary: dict[str, Any]) -> None:
    """Keep what came of a pretraining."""
    write_json(runs.folder(run_id) / SUMMARY, summary)


def summary(run_id: str) -> dict[str, Any]:
    """Read what came of a finished pretraining.

    Raises
    ------
    UserError
        If it is not there or damaged.
    """
    return read_json(runs.folder(run_id) / SUMMARY)


def losses(run_id: str) -> "pd.DataFrame":
    """Read the losses of a pretraining by epoch; empty before the first."""
    import pandas as pd

    path = runs.folder(run_id) / LOSSES
    return pd.read_parquet(path) if path.exists() else pd.DataFrame()


def overlap(run_id: str, dataset: Dataset) -> Overlap:
    """Count the sequences of the test part of a dataset that a pretraining has read, letter for letter."""
    import pandas as pd

    test = dataset.sequences[dataset.rows("test")].tolist()
    path = runs.folder(run_id) / SEQUENCES
    read = set(pd.read_parquet(path)["sequence"]) if path.exists() else set()
    return Overlap(sum(sequence in read for sequence in test), len(test))


def _write(name: str, sequences: Sequence[str]) -> None:
    import pandas as pd

    with replacing(folder_of(INPUTS, name).with_suffix(".parquet")) as temporary:
        pd.DataFrame({"sequence": list(sequences)}).to_parquet(temporary, index=False)
