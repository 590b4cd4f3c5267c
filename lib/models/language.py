"""What an encoder is pretrained on: the train part and, if the user brings one, a file of further sequences."""

import logging
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from lib.core.errors import UserError
from lib.io.decisions import require
from lib.io.files import Source
from lib.io.sandbox import run_reader
from lib.io.sequences import read_sequences
from lib.tasks.data import TrainingData
from lib.tokenizers import Encoded, FittedTokenizer

if TYPE_CHECKING:
    from lib.models.nets.batches import Frame, Ids
    from lib.models.nets.masked_language import PretrainingRows

ENDINGS = (".fa", ".fasta", ".fna", ".gz")

log = logging.getLogger(__name__)


def file_facts(path: str) -> dict[str, Any]:
    """Name a file of further sequences and hash its content; nothing for no file.

    Raises
    ------
    UserError
        If there is no such file.
    """
    source = _source(path)
    return {} if source is None else {"pretraining_file": {"name": source.name, "sha256": source.sha256()}}


def language(
    data: TrainingData, tokenizer: FittedTokenizer, frame: "Frame", *, share: float, path: str
) -> "PretrainingRows":
    """Give what is pretrained on: the train part and the sequences of a file; the validation part tells the best epoch.

    Sequences of more tokens than an encoder reads at once are cut into pieces, so that all of them are read.

    Raises
    ------
    UserError
        If there is no such file, it holds no sequences, or the tokenizer has nothing to hide tokens with.
    """
    from lib.models.nets.masked_language import Masking, PretrainingRows

    train, validation = (
        _rows(tokenizer, frame, part) for part in ((*data.train.sequences, *_further(path)), data.validation.sequences)
    )
    return PretrainingRows(train, validation, frame, Masking.of(tokenizer.vocabulary, share))


def _source(path: str) -> Source | None:
    given = path.strip()
    if not given:
        return None
    file = Path(given)
    try:
        there = file.is_file()
    except OSError:
        there = False
    if not there:
        raise UserError(f"There is no file {file.name[:80]} of sequences to pretrain on; choose a FASTA file, or none.")
    return Source(file.name, file)


def _further(path: str) -> tuple[str, ...]:
    """Read the sequences of a file, stored DNA."""
    source = _source(path)
    if source is None:
        return ()
    found = run_reader(read_sequences, source)
    require(found.decisions)
    log.info("Pretraining also reads %d sequences of %s.", len(found), source.name)
    for note in found.notes:
        log.info(note)
    if found.rejected:
        log.warning(
            "%d entries of %s are left out; the first: %s.", len(found.rejected), source.name, found.rejected[0]
        )
    return tuple(found.sequences.tolist())


def _rows(tokenizer: FittedTokenizer, frame: "Frame", sequences: Sequence[str]) -> "list[Ids]":
    """Give the ids of sequences in pieces of as many tokens as are read at once; those without tokens have none."""
    encoded: Encoded = tokenizer.encode_batch(sequences)
    begins = [
        np.arange(first, last, frame.room) for first, last in zip(encoded.bounds[:-1], encoded.bounds[1:], strict=True)
    ]
    return frame.rows(replace(encoded, bounds=np.concatenate([*begins, encoded.bounds[-1:]])))
