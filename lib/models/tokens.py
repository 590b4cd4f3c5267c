"""What models that read tokens share: their tokenizer, found, kept and read back, and sequences without tokens."""

import copy
import logging
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from lib import tokenizers
from lib.core.arrays import FloatArray
from lib.core.errors import UserError
from lib.core.progress import Progress, Report
from lib.models.base import TokenRow
from lib.tasks.data import TrainingData
from lib.tokenizers import Encoded, FittedTokenizer
from lib.tokenizers.fitting import FILE

if TYPE_CHECKING:
    from torch import nn

    from lib.models.nets.batches import Frame, TokenExamples
    from lib.models.nets.residual import TargetNetwork
    from lib.models.nets.token_network import TokenRegressor
    from lib.models.nets.token_to_base_head import PlacedRegressor

FOLDER = "tokenizer"

log = logging.getLogger(__name__)


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


def encode(tokenizer: FittedTokenizer, sequences: Sequence[str], *, some: bool = True) -> Encoded:
    """Cut N sequences. Those without tokens, such as without a word that MORPH keeps, are counted in the log.

    Parameters
    ----------
    some
        Refuse sequences of which none has a token, for there is nothing to learn from.

    Raises
    ------
    UserError
        If a sequence is empty, or none has tokens though ``some`` must.
    """
    empty = [number for number, sequence in enumerate(sequences, start=1) if not sequence]
    if empty:
        more = f", and {len(empty) - 1:,} more" if len(empty) > 1 else ""
        raise UserError(
            f"Sequence {empty[0]:,} of {len(sequences):,} is empty{more}; a model that reads tokens needs at least one "
            "nucleotide. Remove such sequences."
        )
    encoded = tokenizer.encode_batch(sequences)
    bare = int((np.diff(encoded.bounds) == 0).sum())
    if bare and some:
        found = f"{bare:,} of {len(sequences):,} sequences"
        if bare == len(sequences):
            raise UserError(
                f"{tokenizer.settings.label} finds no token in {found}, so there is nothing to learn from. Choose "
                "another tokenizer, or settings with which it finds shorter or more words."
            )
        log.warning("%s finds no token in %s; they are read as empty.", tokenizer.settings.label, found)
    return encoded


def read(tokenizer: FittedTokenizer, frame: "Frame", sequences: Sequence[str]) -> list[TokenRow]:
    """Give the tokens of N sequences as an encoder reads them; see ``TokenDifferentiable``.

    Raises
    ------
    UserError
        If a sequence is empty.
    """
    encoded = encode(tokenizer, sequences, some=False)
    places = frame.places(encoded, [len(sequence) for sequence in sequences])
    pieces, roles = tokenizer.vocabulary.pieces, {frame.pad: "[PAD]", frame.cls: "[CLS]", frame.sep: "[SEP]"}
    return [
        TokenRow(ids, tuple(_texts(sequence, ids, starts, ends, pieces, roles)), starts, ends)
        for sequence, ids, (starts, ends) in zip(sequences, frame.rows(encoded), places, strict=True)
    ]


def _texts(
    sequence: str,
    ids: NDArray[np.int64],
    starts: NDArray[np.int64],
    ends: NDArray[np.int64],
    pieces: Sequence[str],
    roles: Mapping[int | None, str],
) -> Iterator[str]:
    """Give the letters of tokens; special ones by their pieces, or by their roles where the vocabulary has none."""
    for number, start, end in zip(ids.tolist(), starts.tolist(), ends.tolist(), strict=True):
        yield sequence[start:end] or (pieces[number] if number < len(pieces) else roles[number])


def examples(frame: "Frame", encoded: Encoded, labels: FloatArray, length: int | None) -> "TokenExamples":
    """Bring N encoded sequences and labels (N, K) together; with the places of tokens in windows of ``length`` nt."""
    from lib.models.nets.batches import PlacedExamples, TokenExamples

    rows = frame.rows(encoded)
    if length is None:
        return TokenExamples(rows, frame, labels)
    return PlacedExamples(rows, frame, labels, frame.places(encoded, [length] * len(rows)))


def predict(
    module: "TargetNetwork[TokenRegressor]", frame: "Frame", encoded: Encoded, progress: Progress | None
) -> FloatArray:
    """Predict the targets of N encoded sequences, (N, T), on the GPU where there is one."""
    given = examples(frame, encoded, np.empty((len(encoded), 0)), None)
    return _outputs(module, given, (len(module.centre),), progress)


def logits(
    body: "PlacedRegressor", frame: "Frame", encoded: Encoded, length: int, progress: Progress | None
) -> FloatArray:
    """Predict the logits of the profiles of N encoded sequences of ``length`` letters, (N, T, L); see ``predict``."""
    from lib.models.nets.token_to_base_head import LogitsOfRows

    given = examples(frame, encoded, np.empty((len(encoded), 0)), length)
    return _outputs(LogitsOfRows(body, length), given, (body.tracks, length), progress)


def _outputs(
    module: "nn.Module", given: "TokenExamples", shape: tuple[int, ...], progress: Progress | None
) -> FloatArray:
    """Give what a network says of N given, (N, *shape); none depends on its neighbours."""
    import torch

    from lib.models.nets import device
    from lib.models.nets.batches import by_length

    where = device.choose("auto")
    network = module if where.type == "cpu" else copy.deepcopy(module).to(where)
    found = np.empty((len(given), *shape))
    done = 0
    with torch.inference_mode():
        for group in by_length(given.lengths, given.evaluated):
            ids, mask = given.batch(group.tolist())
            ids, mask = ids.to(where), None if mask is None else mask.to(where)
            found[group] = network(ids, mask).double().cpu().numpy()
            done += len(group)
            if progress:
                progress.report(Report(done, len(given), "Predicting"))
    return found


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
