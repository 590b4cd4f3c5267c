"""What the tokens of a dataset do, computed once: ``token-reports/<key>/``, of the train part and nothing else.

``tokens.parquet`` lists the vocabulary with its use, ``association.parquet`` the tested tokens with each target,
``per_sequence.parquet`` how many tokens the sequences have, ``places.npy`` where each token stands and ``report.json``
the facts. The key covers the fitted tokenizer with its dataset, so that a report is never out of date; it may be
deleted at any time, and a damaged one counts as missing.
"""

import json
import shutil
import time
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pyarrow
from filelock import FileLock
from numpy.typing import NDArray

from lib.analysis import vocabulary as use
from lib.analysis.association import LEAST, associate, count_matrix
from lib.core.errors import UserError
from lib.core.files import replacing
from lib.core.progress import Progress, Report, Silent
from lib.core.registry import values_of
from lib.core.spec import content_id
from lib.datasets.dataset import Dataset
from lib.store import tokenizers
from lib.store.files import folder_of, home
from lib.tokenizers import Encoded, FittedTokenizer, Tokenizer

KIND = "token-reports"
KEPT = 60
"""Reports kept on disk at most; the oldest go first."""
SECONDS_PER_LETTER = 0.6e-6
"""Twice what ``python -m tests.bench.bench_tokens`` measures for k-mers of 6, one token per letter."""
_LAYOUT = 1
_BATCH = 4096
_FACTS = "report.json"


@dataclass(frozen=True)
class TokenReport:
    """What the tokens of a train part do. It is shared: nobody may change it.

    Parameters
    ----------
    folder
        Where it lies.
    facts
        ``summary`` as ``lib.analysis.vocabulary.summary`` gives it, ``least``, ``seconds``, tokenizer and settings.
    tokens
        (V,) the vocabulary, row number = id, as ``lib.analysis.vocabulary.entries`` gives it.
    association
        A row per tested token and target: ``target`` (number), ``id``, and the columns of
        ``lib.analysis.association.associate``.
    per_sequence
        ``tokens``, ``sequences``: how many sequences have how many tokens.
    """

    folder: Path
    facts: dict[str, Any]
    tokens: pd.DataFrame
    association: pd.DataFrame
    per_sequence: pd.DataFrame

    def of_target(self, target: int) -> pd.DataFrame:
        """Give the tested tokens of one target with their letters, in the order of the ids."""
        chosen = self.association[self.association["target"] == target].drop(columns="target")
        named = self.tokens.loc[chosen["id"], ["token", "text", "length", "occurrences"]]
        return pd.concat([chosen.reset_index(drop=True), named.reset_index(drop=True)], axis=1)

    def places(self, token: int) -> tuple[NDArray[np.int32], NDArray[np.int32]]:
        """Give where a token stands: row numbers of the dataset, ascending, and 0-based starts, (occurrences,) each.

        Raises
        ------
        UserError
            If the file is gone or damaged.
        """
        counts = self.tokens["occurrences"].to_numpy()
        first = int(counts[:token].sum())
        try:
            stored = np.load(self.folder / "places.npy", mmap_mode="r", allow_pickle=False)
            found = np.array(stored[:, first : first + int(counts[token])])
        except (OSError, ValueError, IndexError) as error:
            raise UserError(
                "The places of the tokens were removed or damaged. Reload the page to make them."
            ) from error
        return found[0], found[1]


def key_of(dataset: Dataset, tokenizer: Tokenizer) -> str:
    """Name the report of a tokenizer on a dataset by all that decides it."""
    return content_id({"layout": _LAYOUT, "least": LEAST, "fitted": tokenizers.key_of(dataset, tokenizer)}, length=24)


def has(dataset: Dataset, tokenizer: Tokenizer) -> bool:
    """Tell whether a report was made before."""
    return (folder_of(KIND, key_of(dataset, tokenizer)) / _FACTS).exists()


def estimate_seconds(dataset: Dataset) -> float:
    """Estimate how long a report takes beyond fitting, from the letters of the train part and the targets."""
    letters = sum(map(len, dataset.sequences[dataset.rows("train")].tolist()))
    return float(letters * SECONDS_PER_LETTER * (1 + 0.2 * (len(dataset.target_names) - 1)))


def report(dataset: Dataset, tokenizer: Tokenizer, *, progress: Progress | None = None) -> TokenReport:
    """Give the report of a tokenizer on a dataset, from disk where it was made before.

    Raises
    ------
    UserError
        If the tokenizer cannot be fitted, or nothing can be written.
    Cancelled
        If the listener asked for it.
    """
    listener = progress or Silent()
    folder = folder_of(KIND, key_of(dataset, tokenizer))
    folder.mkdir(parents=True, exist_ok=True)
    with FileLock(folder / ".lock"):
        found = _read(folder)
        if found is None:
            fitted = tokenizers.load_or_fit(dataset, tokenizer, progress=listener)
            _write(folder, dataset, fitted, listener)
            found = _read(folder)
            _forget_oldest()
    if found is None:
        raise UserError("The token report cannot be read back. Look whether the disk is full, then reload the page.")
    return found


def _write(folder: Path, dataset: Dataset, fitted: FittedTokenizer, progress: Progress) -> None:
    began = time.monotonic()
    rows = dataset.rows("train")
    sequences = dataset.sequences[rows].tolist()
    encoded = encode(fitted, sequences, progress)
    table = use.entries(encoded, fitted.vocabulary)
    found = _associations(dataset.targets[rows], encoded, table, progress)
    progress.report(Report(0, 0, "Writing the report"))
    _write_places(folder / "places.npy", encoded, rows)
    for name, frame in (("tokens", table), ("association", found), ("per_sequence", use.per_sequence(encoded))):
        with replacing(folder / f"{name}.parquet") as temporary:
            frame.to_parquet(temporary, index=False)
    facts = {
        "layout": _LAYOUT,
        "dataset": dataset.id,
        "tokenizer": fitted.settings.name,
        "settings": values_of(fitted.settings),
        "least": LEAST,
        "summary": use.summary(encoded, fitted.vocabulary, sequences),
        "seconds": time.monotonic() - began,
    }
    with replacing(folder / _FACTS) as temporary:
        temporary.write_text(json.dumps(facts, allow_nan=False), encoding="utf-8")


def encode(fitted: FittedTokenizer, sequences: Sequence[str], progress: Progress) -> Encoded:
    """Cut N sequences, some thousand at a time so that the listener can stop it."""
    batches = []
    for first in range(0, len(sequences), _BATCH):
        progress.report(Report(first, len(sequences), "Cutting sequences"))
        batches.append(fitted.encode_batch(sequences[first : first + _BATCH]))
    return Encoded.join(batches)


def _associations(
    targets: NDArray[np.float64], encoded: Encoded, table: pd.DataFrame, progress: Progress
) -> pd.DataFrame:
    counts = count_matrix(encoded, len(table))
    frames = []
    for target in range(targets.shape[1]):
        progress.report(Report(target, targets.shape[1], "Comparing tokens with the target"))
        # Tokens without letters, such as a species, stand for no piece of a sequence; they are no tests.
        lettered = np.flatnonzero(~table["special"].to_numpy())
        found = associate(counts[:, lettered], targets[:, target])
        found.insert(0, "id", lettered)
        found.insert(0, "target", target)
        frames.append(found[found["tested"]].drop(columns="tested"))
    return pd.concat(frames, ignore_index=True)


def _write_places(path: Path, encoded: Encoded, rows: NDArray[np.intp]) -> None:
    order = np.argsort(encoded.ids, kind="stable")
    places = np.stack([rows[encoded.owners[order]].astype(np.int32), encoded.starts[order]])
    with replacing(path) as temporary, temporary.open("wb") as file:
        np.save(file, places, allow_pickle=False)


def _read(folder: Path) -> TokenReport | None:
    try:
        facts = json.loads((folder / _FACTS).read_text(encoding="utf-8"))
        names = ("tokens", "association", "per_sequence")
        frames = [pd.read_parquet(folder / f"{name}.parquet") for name in names]
        if facts["layout"] != _LAYOUT or not (folder / "places.npy").exists():
            return None
        return TokenReport(folder, facts, *frames)
    except (OSError, ValueError, KeyError, TypeError, pyarrow.ArrowInvalid):
        return None


def _forget_oldest() -> None:
    made = sorted(home().glob(f"{KIND}/*/{_FACTS}"), key=lambda path: path.stat().st_mtime, reverse=True)
    for path in made[KEPT:]:
        shutil.rmtree(path.parent, ignore_errors=True)
