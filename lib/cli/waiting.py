"""``--wait`` and ``cancel``: wait until a run has ended, or stop one.

A run goes on when the command that waits for it is interrupted; ``cancel`` stops it.
"""

import argparse
import sys
import time
from collections.abc import Callable
from typing import Any

from lib.jobs import runner, tend
from lib.report.commands import PROGRAM
from lib.store import runs
from lib.store.runs import Run

POLL = 0.5
PATIENCE = 30.0
"""Seconds that ``cancel`` waits for a run to stop; most stop within two, by force within ten."""
UNFINISHED = 3
"""Exit status of a command that waited for a run which failed, was cancelled or lost."""
_ENDED = {runs.FAILED: "failed", runs.CANCELLED: "was cancelled", runs.LOST: "was lost"}
_BEGINS = {runs.CANCELLED: "Cancelled", runs.LOST: "The run was lost"}
"""How the messages of such runs begin."""


class Unfinished(Exception):
    """A run that was waited for did not finish; ``str()`` says what became of it.

    Parameters
    ----------
    sentence
        What became of the run.
    result
        What the command gives nevertheless.
    """

    def __init__(self, sentence: str, result: dict[str, Any]) -> None:
        super().__init__(sentence)
        self.result = result


def add_option(command: argparse.ArgumentParser) -> None:
    """Add ``--wait``."""
    what = f"wait until the run has ended; exit status {UNFINISHED} if it failed, was cancelled or lost"
    command.add_argument("--wait", action="store_true", help=what)


def add_commands(commands: Any) -> None:
    """Add ``cancel``."""
    stop = commands.add_parser("cancel", help="stop a run; one that is over stays as it is")
    stop.add_argument("run_id", metavar="RUN", help="id of the run, as train and runs print it")
    stop.set_defaults(run=lambda options: _cancel(options.run_id))


def outcome(run_id: str, finished: Callable[[], dict[str, Any]], *, wait: bool) -> dict[str, Any]:
    """Say what a run has come to, once it has ended if it is waited for.

    Parameters
    ----------
    run_id
        The run.
    finished
        Gives what a finished run has to say beside its id and its state.
    wait
        Whether to wait until it has ended.

    Raises
    ------
    Unfinished
        If it was waited for and failed, was cancelled, lost or deleted.
    KeyboardInterrupt
        If the waiting was interrupted; it says that the run goes on and how to stop it.
    """
    if wait:
        _wait(run_id)
    run = runs.get(run_id)
    result: dict[str, Any] = {"run": run.id, "status": run.state}
    if run.message:
        result["message"] = run.message
    if run.state == runs.FINISHED:
        result |= finished()
    elif wait:
        raise Unfinished(_became(run), result)
    return result


def _wait(run_id: str) -> None:
    """Wait until a run has ended, saying on stderr what it does."""
    said = ""
    try:
        sys.stderr.write(f"Waiting for run {run_id}.\n")
        while (run := runs.find(run_id)) is not None and not run.over:
            tend()
            says = f"{run.state} {run.stage} {run.step:,} of {run.total:,}" if run.total else run.state
            if says != said:
                sys.stderr.write(f"{says}\n")
                said = says
            time.sleep(POLL)
    except KeyboardInterrupt:
        stop = f"{PROGRAM} cancel {run_id}"
        raise KeyboardInterrupt(f"Run {run_id} goes on without this command. Stop it by: {stop}") from None
    if run is None:
        sentence = f"Run {run_id} was deleted while it was waited for."
        raise Unfinished(sentence, {"run": run_id, "status": "deleted", "message": sentence})


def _cancel(run_id: str) -> dict[str, Any]:
    """Stop a run and say what became of it."""
    runs.mark_lost()
    before = runs.get(run_id)
    if before.over:
        ended = "has finished" if before.state == runs.FINISHED else _ENDED[before.state]
        return {"run": run_id, "status": before.state, "message": f"Run {run_id} {ended} already; nothing to stop."}
    runner().cancel(run_id)
    end = time.monotonic() + PATIENCE
    while not (run := runs.get(run_id)).over and time.monotonic() < end:
        tend()
        time.sleep(POLL / 5)
    if not run.over:
        message = f"Run {run_id} was told to stop and has not stopped yet; look again by: {PROGRAM} runs"
    elif run.state == runs.CANCELLED:
        message = _became(run)
    else:
        message = f"Run {run_id} {_ENDED.get(run.state, 'finished')} before it could be stopped."
    return {"run": run_id, "status": run.state, "message": message}


def _became(run: Run) -> str:
    """Say what became of a run that did not finish, without saying twice that it was lost or cancelled."""
    said = f"Run {run.id} {_ENDED[run.state]}"
    begins = _BEGINS.get(run.state, "")
    if begins and run.message.startswith(begins):
        return said + run.message.removeprefix(begins)
    return f"{said}: {run.message}" if run.message else f"{said}."
