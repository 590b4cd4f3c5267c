"""What models that read tokens share: their tokenizer, found, kept and read back, and sequences without tokens."""

import copy
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from lib import tokenizers
from lib.core.errors import UserError
from lib.core.progress import Progress, Report
from lib.data.dataset import FloatArray
from lib.models.base import TrainingData
from lib.tokenizers import Encoded, FittedTokenizer
from lib.tokenizers.fitting import FILE

if TYPE_CHECKING:
    from lib.models.inner.residual import TargetNetwork
    from lib.training.tokens import Frame

FOLDER = "tokenizer"


def tokenizer_of(data: TrainingData, *, label: str) -> FittedTokenizer:
    """Give the tokenizer that came with the data.

    Raises
    ------
    UserError
        If there is none.
    """
    if data.tokenizer is None:
        raise UserError(f"{label} reads tokens, and no tokenizer was chosen. Choose one, such as bpe.")
    return data.tokenizer


def encode(tokenizer: FittedTokenizer, sequences: Sequence[str]) -> Encoded:
    """Cut N sequences, each into one token at least.

    Raises
    ------
    UserError
        If a sequence has no tokens, because it is empty or too short.
    """
    encoded = tokenizer.encode_batch(sequences)
    bare = np.flatnonzero(np.diff(encoded.bounds) == 0)
    if len(bare):
        first = f"sequence {bare[0] + 1:,} of {len(sequences):,}, with {len(sequences[bare[0]]):,} nt"
        more = f", and {len(bare) - 1:,} more" if len(bare) > 1 else ""
        raise UserError(
            f"{tokenizer.settings.label} finds no token in {first}{more}; a model that reads tokens needs at least "
            "one. Remove such sequences, or train with a tokenizer of shorter words."
        )
    return encoded


def predict(module: "TargetNetwork", frame: "Frame", encoded: Encoded, progress: Progress | None) -> FloatArray:
    """Predict the targets of N encoded sequences, (N, T), on the GPU where there is one."""
    import torch

    from lib.training import device
    from lib.training.collate import by_length
    from lib.training.tokens import TokenExamples

    rows = frame.rows(encoded)
    where = device.choose("auto")
    network = module if where.type == "cpu" else copy.deepcopy(module).to(where)
    predicted = np.empty((len(rows), len(module.centre)))
    done = 0
    with torch.inference_mode():
        for group in by_length(np.array([len(row) for row in rows], dtype=np.int64), TokenExamples.evaluated):
            ids, mask = frame.batch([rows[number] for number in group])
            ids, mask = ids.to(where), None if mask is None else mask.to(where)
            predicted[group] = network(ids, mask).double().cpu().numpy()
            done += len(group)
            if progress:
                progress.report(Report(done, len(rows), "Predicting"))
    return predicted


def save(tokenizer: FittedTokenizer, folder: Path) -> None:
    """Keep the tokenizer of a model in the folder of its run."""
    tokenizers.save(tokenizer, folder / FOLDER)


def load(folder: Path) -> FittedTokenizer:
    """Read the tokenizer of a saved model.

    Raises
    ------
    UserError
        If its file is missing or damaged.
    """
    try:
        return tokenizers.load(folder / FOLDER)
    except UserError as error:
        raise UserError(
            f"{FOLDER}/{FILE} in {folder} is missing or damaged. The run is incomplete; train again."
        ) from error
