"""Runs in a real database: states, queue, progress, files."""

import json
import math
import multiprocessing
import subprocess
import sys
from datetime import UTC, datetime, timedelta
from pathlib import Path

import numpy as np
import pytest
from sqlalchemy import update

from lib.core.errors import UserError
from lib.core.progress import Report
from lib.core.spec import Choice, RunSpec
from lib.store import db, files, runs, states
from lib.store.hosts import Worker

ROOT = Path(__file__).resolve().parents[2]
LEGAL = {
    ("queued", "running"),
    ("queued", "cancelled"),
    ("queued", "failed"),
    ("running", "finished"),
    ("running", "failed"),
    ("running", "cancelled"),
    ("running", "lost"),
    ("failed", "queued"),
    ("cancelled", "queued"),
    ("lost", "queued"),
}
WAYS = {
    "queued": (),
    "running": ("running",),
    "finished": ("running", "finished"),
    "failed": ("running", "failed"),
    "cancelled": ("cancelled",),
    "lost": ("running", "lost"),
}


@pytest.fixture
def spec(home) -> RunSpec:
    with db.session() as session:
        session.add(
            db.DatasetRecord(
                id="d1",
                name="Zebrafish",
                rows=120,
                rejected=3,
                task="regression",
                target_names=["log2 8h - 2h"],
                target_units=["log2 fold change"],
                split_kind="random",
                created=datetime.now(UTC),
                facts={},
            )
        )
    return RunSpec("d1", "s1", "regression", Choice("kmer-ridge", {"k": 3}), seed=7, versions={"numpy": "2"})


def bring(run_id: str, state: str) -> None:
    for step in WAYS[state]:
        runs.transition(run_id, step)


def test_a_new_run_is_queued_and_its_specification_lies_in_its_folder(spec):
    run = runs.create(spec=spec, owner="ada", priority=2, payload={"note": "é"})
    assert (run.state, run.owner, run.priority, run.kind) == ("queued", "ada", 2, "train")
    assert run.name == "kmer-ridge on Zebrafish", "an unnamed run is called by its model and dataset"
    assert run.spec == spec == runs.read_spec(run.id), "row and folder hold the same specification"
    assert run.payload == {"note": "é"}
    assert json.loads((runs.folder(run.id) / "spec.json").read_text())["payload"] == {"note": "é"}
    assert run.created.tzinfo is not None
    assert abs(run.created - datetime.now(UTC)) < timedelta(minutes=1)


def test_a_run_needs_its_dataset(spec):
    with pytest.raises(UserError, match="no dataset 'other'"):
        runs.create(spec=RunSpec("other", "s1", "regression", Choice("mean")))
    assert runs.all() == []


@pytest.mark.parametrize("before", states.STATES)
@pytest.mark.parametrize("after", states.STATES)
def test_only_legal_transitions_happen(spec, before, after):
    run_id = runs.create(spec=spec).id
    bring(run_id, before)
    if (before, after) in LEGAL:
        runs.transition(run_id, after, "why")
        found = runs.get(run_id)
        assert (found.state, found.message) == (after, "why")
        assert (found.ended is not None) == (after in states.FINAL), "a run has an end exactly when it is over"
    else:
        with pytest.raises(runs.WrongState, match=f"is {before}; only a run that is"):
            runs.transition(run_id, after)
        assert runs.get(run_id).state == before


def test_resuming_forgets_the_progress_of_the_attempt_before(spec):
    run_id = runs.create(spec=spec).id
    runs.transition(run_id, "running")
    runs.beat(run_id, Report(5, 9, "Training", 1.5, 0.25, {"r2": 0.5}), eta_seconds=4.0, memory_mb=10.0)
    runs.request_cancel(run_id)
    runs.transition(run_id, "lost", "gone")
    runs.transition(run_id, "queued")
    run = runs.get(run_id)
    assert (run.step, run.total, run.metrics, run.loss, run.started, run.pid) == (0, 0, {}, None, None, None)
    assert (run.cancel_requested, run.message) == (False, ""), "an old wish to cancel must not stop the new attempt"


def test_there_is_no_such_run(home):
    for call in (runs.get, runs.delete, lambda run_id: runs.transition(run_id, "running"), runs.request_cancel):
        if call is runs.request_cancel:
            assert call("nothing") is False
        else:
            with pytest.raises(UserError, match="no run 'nothing'"):
                call("nothing")
    with pytest.raises(UserError, match="is not an id"):
        runs.folder("../../etc/passwd")


def _compete(home: str, run_id: str, start, wins) -> None:
    import os

    os.environ["MOTIFLENS_HOME"] = home
    runs.get(run_id)
    start.wait()
    if runs.change(run_id, "running"):
        wins.put(os.getpid())


def test_of_processes_that_start_a_run_at_the_same_time_one_wins(spec, home):
    run_id = runs.create(spec=spec).id
    context = multiprocessing.get_context("spawn")
    start, wins = context.Barrier(4), context.Queue()
    workers = [context.Process(target=_compete, args=(str(home), run_id, start, wins)) for _ in range(4)]
    for worker in workers:
        worker.start()
    for worker in workers:
        worker.join(60)
        assert worker.exitcode == 0
    winner = wins.get(timeout=10)
    assert wins.empty(), "two processes think that they work on the run"
    assert runs.get(run_id).pid == winner


def test_the_queue_shows_the_order_in_which_runs_start(spec):
    first, second, urgent = (
        runs.create(spec=spec, name=name, priority=p).id for name, p in zip("abc", (0, 0, 5), strict=True)
    )
    assert [run.id for run in runs.queue()] == [urgent, first, second]
    runs.set_priority(second, 9)
    assert [run.id for run in runs.queue()] == [second, urgent, first]
    runs.request_cancel(urgent)
    runs.transition(urgent, "queued")
    runs.set_priority(urgent, 0)
    assert [run.id for run in runs.queue()] == [second, first, urgent], "a resumed run goes to the end of the line"


def test_a_queued_run_is_cancelled_at_once_and_a_running_one_is_told(spec):
    queued, busy = runs.create(spec=spec).id, runs.create(spec=spec).id
    runs.transition(busy, "running")
    assert runs.request_cancel(queued)
    assert runs.get(queued).state == "cancelled"
    assert runs.request_cancel(busy)
    assert runs.request_cancel(busy), "asking twice is the same as asking once"
    assert (runs.get(busy).state, runs.get(busy).cancel_requested) == ("running", True)
    assert not runs.request_cancel(queued), "nothing is left to cancel"


def test_progress_is_kept_only_while_the_run_is_running(spec):
    run_id = runs.create(spec=spec).id
    report = Report(3, 7, "Training", 0.5, math.nan, {"r2": 0.25, "loss": math.inf})
    assert not runs.beat(run_id, report), "a queued run has no progress"
    runs.transition(run_id, "running")
    assert runs.beat(run_id, report, eta_seconds=8.0, memory_mb=210.5)
    run = runs.get(run_id)
    assert (run.step, run.total, run.stage, run.epoch, run.eta_seconds, run.memory_mb) == (
        3,
        7,
        "Training",
        0.5,
        8.0,
        210.5,
    )
    assert (run.loss, run.metrics) == (None, {"r2": 0.25, "loss": None}), "NaN does not enter the database"
    runs.transition(run_id, "finished")
    assert not runs.beat(run_id, Report(4, 7))
    assert runs.get(run_id).step == 3


def test_results_are_plain_json(spec):
    run_id = runs.create(spec=spec).id
    runs.set_results(run_id, {"test": {"r2": np.float32(0.5), "n": np.int64(12), "pearson": math.nan}})
    assert runs.get(run_id).results == {"test": {"r2": 0.5, "n": 12, "pearson": None}}


def test_a_dead_process_on_this_machine_means_lost_at_once(spec):
    run_id = runs.create(spec=spec).id
    script = f"from lib.store import runs; runs.transition({run_id!r}, 'running')"
    subprocess.run([sys.executable, "-c", script], cwd=ROOT, check=True)
    alive = runs.create(spec=spec).id
    runs.transition(alive, "running")
    assert runs.mark_lost() == [run_id]
    assert runs.mark_lost() == []
    assert runs.get(alive).state == "running", "this process lives"
    assert "Resume goes on from its last checkpoint" in runs.get(run_id).message


@pytest.mark.parametrize(("silent", "expected"), [(timedelta(seconds=5), "running"), (timedelta(minutes=5), "lost")])
def test_a_silent_machine_means_lost_after_a_while(spec, silent, expected):
    run_id = runs.create(spec=spec).id
    runs.transition(run_id, "running")
    with db.session() as session:
        heard = datetime.now(UTC) - silent
        session.execute(update(db.RunRecord).values(host="node7/before-the-restart", heartbeat=heard))
    runs.mark_lost()
    assert runs.get(run_id).state == expected


def test_a_process_id_that_was_given_to_somebody_else_is_not_the_worker():
    this = Worker.this()
    assert this.is_alive()
    assert not Worker(this.host, this.pid, this.started - 100).is_alive()


def test_deleting_takes_the_folder_along_but_never_from_under_a_worker(spec):
    run_id = runs.create(spec=spec).id
    runs.transition(run_id, "running")
    with pytest.raises(UserError, match="is running. Cancel it first"):
        runs.delete(run_id)
    assert runs.folder(run_id).is_dir()
    runs.transition(run_id, "finished")
    runs.delete(run_id)
    assert not runs.folder(run_id).exists()
    assert runs.find(run_id) is None


def test_runs_are_listed_newest_first_and_by_dataset_and_kind(spec):
    train, predict = runs.create(spec=spec).id, runs.create(spec=spec, kind="predict").id
    assert [run.id for run in runs.all()] == [predict, train]
    assert [run.id for run in runs.all(kind="train")] == [train]
    assert [run.id for run in runs.all(dataset="d1", kind="predict")] == [predict]
    assert runs.all(dataset="d2") == []
    runs.rename(train, " <img src=x onerror=alert(1)> ")
    assert runs.get(train).name == "<img src=x onerror=alert(1)>"
    with pytest.raises(UserError, match="empty"):
        runs.rename(train, " ")


def test_files_of_a_run_that_is_not_there_yet(spec):
    run_id = runs.create(spec=spec).id
    assert runs.metrics(run_id) == {}
    assert runs.history(run_id).columns.tolist()[:3] == ["step", "epoch", "seconds"]
    assert runs.log_tail(run_id) == ""
    with pytest.raises(UserError, match="no predictions yet"):
        runs.predictions(run_id)
    (runs.folder(run_id) / "predictions.parquet").write_bytes(b"PAR1 no")
    with pytest.raises(UserError, match="damaged"):
        runs.predictions(run_id)
    (runs.folder(run_id) / "metrics.json").write_text("{")
    with pytest.raises(UserError, match="damaged"):
        runs.metrics(run_id)


def test_the_end_of_the_log(spec):
    run_id = runs.create(spec=spec).id
    runs.log_path(run_id).write_text("".join(f"line {i} é\n" for i in range(40_000)), encoding="utf-8")
    assert runs.log_tail(run_id, 2) == "line 39998 é\nline 39999 é"


def test_a_full_disk_leaves_no_row_behind(spec, home):
    (home / "runs").write_text("a file where a folder should be")
    with pytest.raises(UserError, match="cannot be made|could not be written"):
        runs.create(spec=spec)
    assert runs.all() == []


def test_the_workspace_may_change_within_a_process(spec, monkeypatch, tmp_path):
    run_id = runs.create(spec=spec).id
    monkeypatch.setenv("MOTIFLENS_HOME", str(tmp_path / "another"))
    assert runs.all() == []
    monkeypatch.setenv("MOTIFLENS_HOME", str(files.home().parent / "home"))
    assert [run.id for run in runs.all()] == [run_id]
