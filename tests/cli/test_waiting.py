"""A run that is waited for says by the exit status how it ended; ``cancel`` stops one, Ctrl-C only the waiting."""

import json
import signal
import subprocess
import sys
from collections.abc import Iterator
from functools import partial
from pathlib import Path

import numpy as np
import pytest

from lib.cli import main, waiting
from lib.store import runs
from tests.cli.test_cli import ROOT
from tests.jobs.conftest import WORKS
from tests.jobs.workshop import ends, kill_all, spec_of_a_row, until
from tests.models import published

SIZES = ["layers=1", "width=16", "heads=2"]


@pytest.fixture
def workspace(home: Path) -> Iterator[Path]:
    yield home
    kill_all(home)


@pytest.fixture
def fasta(tmp_path: Path) -> Path:
    rng = np.random.default_rng(0)
    letters = ("".join(rng.choice(list("ACGT"), 30)) for _ in range(400))
    file = tmp_path / "utrs.fasta"
    file.write_text("".join(f">s{number}\n{text}\n" for number, text in enumerate(letters)))
    return file


def waits(*arguments: str) -> subprocess.Popen[str]:
    """Start a command that waits, in a process of its own that Ctrl-C reaches, also where the tests run behind a &."""
    command = [sys.executable, "-m", "lib", *arguments, "--wait", "--json"]
    pipe = subprocess.PIPE
    heard = partial(signal.signal, signal.SIGINT, signal.SIG_DFL)
    return subprocess.Popen(command, cwd=ROOT, stdout=pipe, stderr=pipe, text=True, preexec_fn=heard)


def the_run(state: str, but: str = "") -> str:
    """Wait until there is one run in a state, and give its id."""
    found = lambda: [run.id for run in runs.all() if run.state == state and run.id != but]  # noqa: E731
    until(found, f"a run is {state}")
    return found()[0]


def cancel(run_id: str, capsys: pytest.CaptureFixture[str]) -> dict[str, str]:
    assert main(["cancel", run_id, "--json"]) == 0
    return json.loads(capsys.readouterr().out)


def test_ctrl_c_leaves_the_run_and_cancel_stops_it(workspace, fasta, capsys):
    """The first of two pretrainings, of many minutes, works; the second waits for it; clients wait for both."""
    first = waits("pretrain", "--sequences", str(fasta), "--set", *SIZES, "epochs=500")
    working = the_run(runs.RUNNING)
    second = waits("pretrain", "--sequences", str(fasta), "--set", *SIZES, "epochs=500", "--seed", "1")
    queued = the_run(runs.QUEUED, but=working)

    stopped = cancel(queued, capsys)
    assert stopped == {
        "run": queued,
        "status": "cancelled",
        "message": f"Run {queued} was cancelled before it started.",
    }
    out, err = second.communicate(timeout=60)
    assert second.returncode == 3, err
    assert json.loads(out) == {"run": queued, "status": "cancelled", "message": "Cancelled before it started."}
    assert err.splitlines()[-1] == f"Run {queued} was cancelled before it started."

    first.send_signal(signal.SIGINT)
    out, err = first.communicate(timeout=60)
    assert first.returncode == 130 and out == "" and "Traceback" not in err, err
    assert err.splitlines()[-1] == (
        f"Run {working} goes on without this command. Stop it by: motiflens cancel {working}"
    )
    assert runs.get(working).state == runs.RUNNING and not runs.get(working).cancel_requested

    assert cancel(working, capsys)["message"] == f"Run {working} was cancelled."
    again = cancel(working, capsys)
    assert again["status"] == "cancelled"
    assert again["message"] == f"Run {working} was cancelled already; nothing to stop."


def test_a_failed_training_exits_with_3_and_its_sentence(workspace, tmp_path, capsys):
    folder = published.dnabert(tmp_path / "no-weights", k=3)
    (folder / "model.safetensors").unlink()
    table = tmp_path / "table.csv"
    rng = np.random.default_rng(1)
    rows = [f"s{row},{''.join(rng.choice(list('ACGT'), 20))},{rng.normal():.3f}\n" for row in range(60)]
    table.write_text("id,sequence,value\n" + "".join(rows))
    assert main(["import", "--name", "t", "--expression", str(table), "--target", "column=value", "--json"]) == 0
    dataset = json.loads(capsys.readouterr().out)["dataset"]
    weights = ["--model", "hf-encoder", "--set", f"weights={folder}"]
    assert main(["train", "--dataset", dataset, *weights, "--wait", "--json"]) == 3
    shown = capsys.readouterr()
    result = json.loads(shown.out)
    assert result["status"] == "failed" and "there are no weights" in result["message"]
    assert shown.err.splitlines()[-1] == f"Run {result['run']} failed: {result['message']}"


@pytest.mark.parametrize(
    ("how", "said"),
    [
        ("user", "failed: The target is constant; choose another one."),
        ("kill", "was lost: its process "),
    ],
)
def test_what_became_of_a_run_is_said(workspace, monkeypatch, capsys, how, said):
    monkeypatch.setattr("lib.jobs.local.LocalRunner.__init__.__defaults__", ((sys.executable, str(WORKS)),))
    run = runs.create(spec=spec_of_a_row(), kind="wrong", payload={"how": how})
    waiting.runner().submit(run.id)
    with pytest.raises(waiting.Unfinished) as unfinished:
        waiting.outcome(run.id, dict, wait=True)
    assert str(unfinished.value).startswith(f"Run {run.id} {said}")
    assert unfinished.value.result["status"] == runs.get(run.id).state
    assert waiting.outcome(run.id, dict, wait=False)["status"] == runs.get(run.id).state, "nobody waited"


def test_a_run_that_is_over_stays_as_it_is(workspace, monkeypatch, capsys):
    monkeypatch.setattr("lib.jobs.local.LocalRunner.__init__.__defaults__", ((sys.executable, str(WORKS)),))
    run = runs.create(spec=spec_of_a_row(), kind="count", payload={"steps": 2})
    waiting.runner().submit(run.id)
    assert waiting.outcome(run.id, lambda: {"more": 1}, wait=True)["more"] == 1
    ends(run.id, runs.FINISHED)
    assert cancel(run.id, capsys) == {
        "run": run.id,
        "status": "finished",
        "message": f"Run {run.id} has finished already; nothing to stop.",
    }
    assert main(["cancel", "nobody"]) == 2
    assert "There is no run 'nobody'" in capsys.readouterr().err


def test_a_run_that_is_deleted_meanwhile_did_not_finish(workspace, monkeypatch):
    run = runs.create(spec=spec_of_a_row(), kind="count")
    monkeypatch.setattr(waiting, "tend", lambda: runs.delete(run.id))
    with pytest.raises(waiting.Unfinished, match="was deleted while it was waited for"):
        waiting.outcome(run.id, dict, wait=True)


def test_the_help_says_what_exit_statuses_mean(capsys):
    with pytest.raises(SystemExit):
        main(["--help"])
    shown = capsys.readouterr().out
    assert [line.split()[0] for line in shown[shown.index("exit status:") :].splitlines()[1:]] == [
        "0",
        "1",
        "2",
        "3",
        "130",
    ]
