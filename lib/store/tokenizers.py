"""Fitted tokenizers, made once: ``tokenizers/<key>/fitted.json``, named by everything that decides what they are.

The key covers the tokenizer with its settings, the dataset and its split, the RBP table (which may be another one than
that of the dataset) and the content of the files that the settings name, so that a tokenizer is never out of date.
"""

import hashlib
import threading
from collections import OrderedDict
from collections.abc import Sequence
from pathlib import Path

import pandas as pd
from filelock import FileLock

import lib
from lib.core.errors import UserError
from lib.core.progress import Progress
from lib.core.registry import values_of
from lib.core.spec import content_id
from lib.datasets.dataset import Dataset
from lib.store.files import folder_of, home, replacing
from lib.tokenizers import Corpus, FittedTokenizer, Tokenizer, fit, load, save
from lib.tokenizers.fitting import FILE, FORMAT

KIND = "tokenizers"
FILES = "tokenizer-files"
KEPT = 24
"""Fitted tokenizers kept in memory at most."""
LARGEST_FILE = 64_000_000

_lock = threading.Lock()
_known: "OrderedDict[Path, FittedTokenizer]" = OrderedDict()
_impossible: "OrderedDict[Path, str]" = OrderedDict()  # why a fit failed, so that nobody waits for the same twice


def key_of(dataset: Dataset | None, tokenizer: Tokenizer) -> str:
    """Name the fit of a tokenizer on a dataset by all that decides it.

    Raises
    ------
    UserError
        If a file that the settings name cannot be read.
    """
    brought = tokenizer.files() if hasattr(tokenizer, "files") else ()
    return content_id(
        {
            "format": FORMAT,
            "version": lib.__version__,
            "tokenizer": tokenizer.name,
            "settings": values_of(tokenizer),
            "dataset": dataset.id if dataset is not None else "",
            "split": dataset.split_id if dataset is not None else "",
            "rbp": _table(dataset.rbp) if dataset is not None and dataset.rbp is not None else "",
            "files": [_digest(Path(path)) for path in brought],
        },
        length=24,
    )


def has(dataset: Dataset | None, tokenizer: Tokenizer) -> bool:
    """Tell whether a tokenizer was fitted before."""
    folder = folder_of(KIND, key_of(dataset, tokenizer))
    return folder in _known or (folder / FILE).exists()


def load_or_fit(dataset: Dataset | None, tokenizer: Tokenizer, *, progress: Progress | None = None) -> FittedTokenizer:
    """Give a tokenizer fitted on the train part of a dataset, from memory or disk where it was fitted before.

    It is shared: nobody may change it.

    Parameters
    ----------
    dataset
        None for tokenizers that learn nothing.

    Raises
    ------
    UserError
        If it cannot be fitted, or nothing can be written.
    Cancelled
        If the listener asked for it.
    """
    folder = folder_of(KIND, key_of(dataset, tokenizer))
    with _lock:
        if folder in _known:
            _known.move_to_end(folder)
            return _known[folder]
    folder.mkdir(parents=True, exist_ok=True)
    with FileLock(folder / ".lock"):
        try:
            found = load(folder)
        except UserError:  # missing or damaged: both are mended by fitting
            found = _fit(folder, dataset, tokenizer, progress)
            save(found, folder)
    with _lock:
        _known[folder] = found
        while len(_known) > KEPT:
            _known.popitem(last=False)
    return found


def _fit(folder: Path, dataset: Dataset | None, tokenizer: Tokenizer, progress: Progress | None) -> FittedTokenizer:
    """Fit, or say again why that is not possible: the key covers all that decides it."""
    if folder in _impossible:
        raise UserError(_impossible[folder])
    try:
        return fit(tokenizer, Corpus.of(dataset) if dataset is not None else None, progress=progress)
    except UserError as error:
        with _lock:
            _impossible[folder] = str(error)
            while len(_impossible) > KEPT:
                _impossible.popitem(last=False)
        raise


def keep_file(name: str, data: bytes) -> Path:
    """Keep a file that a user brought for a setting, named by its content, and give its path.

    Raises
    ------
    UserError
        If it is larger than 64 MB, or cannot be written.
    """
    if len(data) > LARGEST_FILE:
        raise UserError(
            f"{name} has {len(data) / 1e6:.0f} MB; a file that is brought has at most {LARGEST_FILE // 10**6} MB. Put "
            "a larger one where this machine can read it, and write its path."
        )
    path = home() / FILES / f"{hashlib.sha256(data).hexdigest()[:24]}{Path(name).suffix.lower()}"
    if not path.exists():
        with replacing(path) as temporary:
            temporary.write_bytes(data)
    return path


def keep_files(paths: Sequence[Path]) -> Path:
    """Keep the files of a tokenizer, named by their content: one as a file, several as a folder of them.

    Raises
    ------
    UserError
        As for ``keep_file``, or if one cannot be read.
    """
    kept = [(path.name, _digest(path), path) for path in paths]
    if len(kept) == 1:
        return keep_file(paths[0].name, paths[0].read_bytes())
    folder = home() / FILES / content_id([[name, digest] for name, digest, _ in kept], length=24)
    for name, _, path in kept:
        if not (folder / name).exists():
            with replacing(folder / name) as temporary:
                temporary.write_bytes(path.read_bytes())
    return folder


def _table(rbp: pd.DataFrame) -> str:
    rows = zip(rbp["motif"].tolist(), rbp["mean_rbp"].tolist(), strict=True)
    return hashlib.sha256("".join(f"{motif} {value!r}\n" for motif, value in rows).encode()).hexdigest()


def _digest(path: Path) -> str:
    try:
        with path.open("rb") as file:
            return hashlib.file_digest(file, "sha256").hexdigest()
    except OSError as error:
        raise UserError(f"{path.name or 'The file'} cannot be read ({error.strerror}); choose another file.") from error
