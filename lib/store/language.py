"""What the language model in a run says of a sequence, computed once: npz files in ``language/`` of the run folder.

A run is a training of an encoder, or a pretraining of UTR-LM, which is a language model itself. The name of a file
covers the content of the model, the question and the sequence, so that a file is never out of date, wherever the
workspace is moved; it may be deleted at any time, and a damaged one counts as missing.
"""

import json
import zipfile
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from lib.attribution.dependency_map import DependencyMap, dependency_map
from lib.attribution.masked_reconstruction import Reconstruction, reconstruct
from lib.core.errors import UserError
from lib.core.files import replacing
from lib.core.progress import Progress, Silent
from lib.core.spec import content_id
from lib.store import fitted, pretrainings, runs

if TYPE_CHECKING:
    from lib.models.language_model import EncoderLanguageModel

FOLDER = "language"
RECONSTRUCTION, DEPENDENCY = QUESTIONS = ("reconstruction", "dependency")
_LAYOUT = 2
_MADE: Mapping[str, Callable[..., "Answer"]] = {RECONSTRUCTION: reconstruct, DEPENDENCY: dependency_map}
_KINDS: Mapping[str, Callable[..., "Answer"]] = {RECONSTRUCTION: Reconstruction, DEPENDENCY: DependencyMap}

Answer = Reconstruction | DependencyMap


def language_model_of(run_id: str) -> "EncoderLanguageModel":
    """Give the language model in a run.

    Raises
    ------
    UserError
        If there is none, or the run has not finished.
    """
    from lib.models import language_model

    run = runs.get(run_id)
    if run.kind == pretrainings.KIND:
        if run.state != runs.FINISHED:
            raise UserError(f"The pretraining {run.name} is {run.state}. Wait until it has finished, or resume it.")
        return language_model.load_pretrained(runs.folder(run_id))
    return language_model.language_model(fitted.load_fitted(run_id))


def ask(run_id: str, question: str, sequence: str, *, progress: Progress | None = None) -> Answer:
    """Ask the language model in a run about a stored sequence, or read what it said before.

    Parameters
    ----------
    question
        One of ``QUESTIONS``.

    Raises
    ------
    UserError
        If there is no language model in the run, or the sequence is empty or too long.
    Cancelled
        If the listener asked for it.
    """
    known = find_answer(run_id, question, sequence)
    if known is not None:
        return known
    made = _MADE[question](language_model_of(run_id), sequence, progress=progress or Silent())
    arrays = {name: value for name, value in vars(made).items() if isinstance(value, np.ndarray)}
    _write(_paths(run_id, question, sequence)[0], {"sequence": sequence, "origin": made.origin}, arrays)
    return made


def find_answer(run_id: str, question: str, sequence: str) -> Answer | None:
    """Give what the language model in a run said before, else None; no model is opened.

    Raises
    ------
    UserError
        If there is no such run, or it has no trained model.
    """
    paths = _paths(run_id, question, sequence)
    try:
        path = next((path for path in paths if path.exists()), paths[0])
        with path.open("rb") as opened, np.load(opened, allow_pickle=False) as file:
            facts = json.loads(file["facts"].tobytes())
            arrays: dict[str, Any] = {name: file[name] for name in file.files if name != "facts"}
        return _KINDS[question](**facts, **arrays)
    except (OSError, ValueError, KeyError, TypeError, EOFError, zipfile.BadZipFile):
        return None


def _paths(run_id: str, question: str, sequence: str) -> list[Path]:
    """Give where an answer is kept, and where older versions kept it."""
    asked = {"layout": _LAYOUT, "question": question, "sequence": sequence}
    models = fitted.list_fingerprints(run_id)
    names = [content_id({**asked, "model": model}, length=32) for model in models]
    return [runs.folder(run_id) / FOLDER / f"{name}.npz" for name in names]


def _write(path: Path, facts: Mapping[str, str], arrays: Mapping[str, np.ndarray]) -> None:
    text = np.frombuffer(json.dumps(facts).encode(), dtype=np.uint8)
    with replacing(path) as temporary, temporary.open("wb") as file:
        np.savez_compressed(file, allow_pickle=False, facts=text, **arrays)
