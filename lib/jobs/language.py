"""The work of a run that asks the language model in another run about one sequence, and how one is started."""

from pathlib import Path
from typing import Any

from lib.core.errors import UserError
from lib.core.progress import Progress
from lib.jobs import runner
from lib.store import language, runs

KIND = "language"
NAMES = {language.RECONSTRUCTION: "Masked reconstruction", language.DEPENDENCY: "Dependency map"}


def answer(run_id: str, folder: Path, progress: Progress) -> dict[str, Any]:
    """Ask the language model; the answer lies in the folder of the run that was asked.

    Raises
    ------
    UserError
        If the trained model is gone or has no language model, or the sequence is too long.
    Cancelled
        If somebody asked for it.
    """
    said = runs.get(run_id).payload
    language.ask(said["run"], said["question"], said["sequence"], progress=progress)
    return {"n": len(said["sequence"])}


def start(asked: str, question: str, sequence: str, *, name: str = "", owner: str = "") -> str:
    """Queue a question about a stored sequence and give the id of the run; the same one that waits or works is given.

    Parameters
    ----------
    asked
        Id of the run whose language model is asked.
    question
        One of ``lib.store.language.QUESTIONS``.
    name
        What the sequence is called.

    Raises
    ------
    UserError
        If the run has no language model, or nothing can be written.
    """
    if (run := working(asked, question, sequence)) is not None:
        return run.id
    explained = runs.get(asked)
    if explained.state != runs.FINISHED:
        raise UserError(f"{explained.name} is {explained.state}; only a finished run can be asked. Choose another run.")
    language.language_model_of(asked)  # refuses before anything is queued
    payload = {"run": asked, "question": question, "sequence": sequence}
    label = f"{NAMES[question]} of {name or f'a sequence of {len(sequence):,} nt'}"
    made = runs.create(spec=explained.spec, name=label, owner=owner, kind=KIND, payload=payload)
    runner().submit(made.id)
    return made.id


def working(asked: str, question: str, sequence: str) -> runs.Run | None:
    """Give the newest run that asks this and has not finished; None where there is none."""
    payload = {"run": asked, "question": question, "sequence": sequence}
    every = runs.all(dataset=runs.get(asked).dataset, kind=KIND)
    return next((run for run in every if run.payload == payload and run.state != runs.FINISHED), None)
