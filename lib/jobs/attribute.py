"""What the worker does for runs of kind ``attribute`` and ``language``, and how they are started.

The first attribute the sequences of a dataset, the second ask the language model in a run about one sequence.
"""

from pathlib import Path
from typing import Any

from lib.core.errors import UserError
from lib.core.progress import Progress
from lib.jobs import runner
from lib.store import attribution_sets, language, runs
from lib.store.set_choice import SetChoice, choice_of

KIND, LANGUAGE = "attribute", "language"
QUESTIONS = {language.RECONSTRUCTION: "Masked reconstruction", language.DEPENDENCY: "Dependency map"}


def attribute(run_id: str, folder: Path, progress: Progress) -> dict[str, Any]:
    """Attribute the sequences of a dataset as the run's choice says; the set lies in the folder of the trained run.

    Raises
    ------
    UserError
        If the trained model is gone, or the method does not fit it.
    Cancelled
        If somebody asked for it; what was attributed before then stays, and a resumed run goes on from there.
    """
    made = attribution_sets.compute(choice_of(runs.get(run_id)), progress)
    facts = {"method": made.facts["method"], "target": made.facts["target"]}
    return {"n": len(made), **facts, "layout": attribution_sets.LAYOUT}


def start_attribution(choice: SetChoice, *, name: str = "", owner: str = "") -> str:
    """Queue the attribution of many sequences and give the id of the run; one that waits or works already is given.

    Raises
    ------
    UserError
        If the run to explain has not finished, or nothing can be written.
    """
    return queue_job(KIND, choice, {}, name=name or f"Attributions of {require_finished(choice).name}", owner=owner)


def queue_job(kind: str, choice: SetChoice, payload: dict[str, Any], *, name: str, owner: str) -> str:
    """Queue a run that begins with an attribution set, and give its id; the same one that waits or works is given.

    Raises
    ------
    UserError
        If the run to explain has not finished, or nothing can be written.
    """
    payload = {"set": choice.to_json(), **payload}
    run = require_finished(choice)
    same = next((job for job in list_jobs(choice.run, kind) if not job.over and job.payload == payload), None)
    if same is not None:
        return same.id
    made = runs.create(spec=run.spec, name=name, owner=owner, kind=kind, payload=payload)
    runner().submit(made.id)
    return made.id


def list_jobs(run_id: str, kind: str) -> list[runs.Run]:
    """Give the runs of this kind that explain a run, the newest first."""
    dataset = runs.get(run_id).dataset
    return [job for job in runs.all(dataset=dataset, kind=kind) if job.payload.get("set", {}).get("run") == run_id]


def require_finished(choice: SetChoice) -> runs.Run:
    """Give the run that a choice explains.

    Raises
    ------
    UserError
        If there is no such run, or it has not finished.
    """
    run = runs.get(choice.run)
    if run.state != runs.FINISHED or run.kind != "train":
        found = f"{run.name} is {run.state}" if run.kind == "train" else f"{run.name} is no trained model"
        raise UserError(f"{found}; only a model that has finished training can be explained. Choose another run.")
    return run


def answer(run_id: str, folder: Path, progress: Progress) -> dict[str, Any]:
    """Ask the language model; the answer lies in the folder of the run that was asked.

    Raises
    ------
    UserError
        If the trained model is gone or has no language model, or the sequence is too long.
    Cancelled
        If somebody asked for it.
    """
    payload = runs.get(run_id).payload
    language.ask(payload["run"], payload["question"], payload["sequence"], progress=progress)
    return {"n": len(payload["sequence"])}


def start_question(asked: str, question: str, sequence: str, *, name: str = "", owner: str = "") -> str:
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
    if (run := find_question(asked, question, sequence)) is not None:
        return run.id
    explained = runs.get(asked)
    if explained.state != runs.FINISHED:
        raise UserError(f"{explained.name} is {explained.state}; only a finished run can be asked. Choose another run.")
    language.language_model_of(asked)  # refuses before anything is queued
    payload = {"run": asked, "question": question, "sequence": sequence}
    label = f"{QUESTIONS[question]} of {name or f'a sequence of {len(sequence):,} nt'}"
    made = runs.create(spec=explained.spec, name=label, owner=owner, kind=LANGUAGE, payload=payload)
    runner().submit(made.id)
    return made.id


def find_question(asked: str, question: str, sequence: str) -> runs.Run | None:
    """Give the newest run that asks this and has not finished; None where there is none."""
    payload = {"run": asked, "question": question, "sequence": sequence}
    every = runs.all(dataset=runs.get(asked).dataset, kind=LANGUAGE)
    return next((run for run in every if run.payload == payload and run.state != runs.FINISHED), None)
