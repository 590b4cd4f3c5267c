"""Runs in real processes: started, watched, cancelled, killed, lost and resumed."""

import contextlib
import os
import re
import signal
import sqlite3
import subprocess
import sys
import time
from pathlib import Path

import psutil
import pytest

from lib.core.errors import UserError
from lib.jobs import runner, tend
from lib.jobs.local import NAME, LocalRunner, is_scheduler_running, jobs_folder
from lib.store import runs
from tests.jobs.workshop import ends, kill_all, processes_of, until

ROOT = Path(__file__).resolve().parents[2]


def schedulers(home: Path) -> list[psutil.Process]:
    return [process for process in processes_of(home) if "lib.jobs.scheduler" in process.cmdline()]


def begins(run_id: str, step: int = 1) -> runs.Run:
    until(lambda: runs.get(run_id).step >= step or runs.get(run_id).over, f"run reaches step {step}")
    run = runs.get(run_id)
    assert run.state == "running", f"{run.state}: {run.message}\n{runs.log_tail(run_id)}"
    return run


def test_a_run_is_done_in_a_process_group_of_its_own_and_shows_how_far_it_is(home, work):
    run_id = work("count")
    run = begins(run_id, step=5)
    assert run.pid not in (None, os.getpid())
    assert os.getpgid(run.pid) == run.pid == os.getsid(run.pid)
    assert (run.total, run.stage) == (400, "Training")
    assert run.epoch == pytest.approx(run.step / 100)
    assert run.loss == pytest.approx(1 / (run.step + 1))
    assert run.metrics == {"r2": pytest.approx(run.step / 400)}
    assert run.eta_seconds > 0, "a pace is known, so a remaining time is shown"
    assert 10 < run.memory_mb < 4000
    assert run.slot == "cpu-0" or run.slot.startswith("gpu-")
    runner().cancel(run_id)
    ends(run_id, "cancelled")


def test_a_run_finishes_with_results_environment_and_log(home, work):
    run_id = work("count", steps=3, pace=0)
    run = ends(run_id, "finished")
    assert run.results == {"first": 0, "steps": 3}
    assert (run.step, run.total, run.eta_seconds) == (3, 3, None)
    assert run.seconds < 60
    environment = runs.read_json(runs.folder(run_id) / "environment.json")
    assert environment["packages"]["torch"], "the versions that decide the numbers are kept"
    assert environment["processors"] == os.cpu_count()
    assert f"run {run_id} is finished" in runs.log_tail(run_id)
    assert not (runs.folder(run_id) / ".reserve").exists()


def test_one_scheduler_serves_a_workspace_however_many_runs_are_submitted(home, work):
    run_ids = [work("count", steps=2, pace=0) for _ in range(3)]
    for run_id in run_ids:
        ends(run_id, "finished")
    until(lambda: len(schedulers(home)) == 1, "one scheduler is left")
    assert is_scheduler_running()


def test_runs_start_in_the_order_that_the_queue_shows(home, work):
    first = work("count")
    begins(first)
    later, sooner, last = work("count", steps=1), work("count", steps=1, priority=3), work("count", steps=1)
    runs.set_priority(last, -1)
    shown = [run.id for run in runs.queue()]
    assert shown == [sooner, later, last]
    assert [run.id for run in runs.running()] == [first], "this machine has one slot"
    runner().cancel(first)
    for run_id in shown:
        ends(run_id, "finished")
    begun = sorted(shown, key=lambda run_id: runs.get(run_id).started)
    assert begun == shown


def test_more_slots_run_more_at_the_same_time(home, work, monkeypatch):
    monkeypatch.setenv("MOTIFLENS_SLOTS", "2")
    run_ids = [work("count") for _ in range(3)]
    until(lambda: len(runs.running()) == 2, "two run")
    time.sleep(1)
    assert len(runs.running()) == 2
    assert {run.slot for run in runs.running()} == {"cpu-0", "cpu-1"}
    for run_id in reversed(run_ids):
        runner().cancel(run_id)
    for run_id in run_ids:
        ends(run_id, "cancelled")


def test_light_work_is_done_beside_a_training_one_at_a_time(home, work):
    training, waiting = work("count"), work("count", steps=1)
    begins(training)
    light, next_light = work("count", light=True), work("count", light=True)
    assert begins(light).slot == "cpu-light"
    time.sleep(1)
    assert [runs.get(run_id).state for run_id in (waiting, next_light)] == ["queued", "queued"]
    runner().cancel(light)
    begins(next_light)
    for run_id in (next_light, waiting, training):
        runner().cancel(run_id)
        ends(run_id, "cancelled")


def test_light_work_uses_the_slots_that_are_free(home, work):
    first = work("count", light=True)
    assert begins(first).slot == "cpu-0"
    second = work("count", light=True)
    assert begins(second).slot == "cpu-light"
    for run_id in (first, second):
        runner().cancel(run_id)
        ends(run_id, "cancelled")


def test_the_queue_file_of_earlier_versions_is_left_alone(home, work):
    """Versions with Huey kept messages in jobs/queue.db; the runs table alone says what waits."""
    old = jobs_folder() / "queue.db"
    with contextlib.closing(sqlite3.connect(old)) as connection, connection:
        connection.execute("CREATE TABLE task (id INTEGER PRIMARY KEY, queue TEXT, data BLOB, priority REAL)")
        connection.execute("INSERT INTO task (queue, data, priority) VALUES ('motiflens', ?, 0)", (b"cos\nsystem\n",))
    before = old.read_bytes()
    ends(work("count", steps=1), "finished")
    assert old.read_bytes() == before


def test_cancelling_ends_a_listening_run_and_is_idempotent(home, work):
    run_id = work("count")
    pid = begins(run_id).pid
    for _ in range(3):
        runner().cancel(run_id)
    run = ends(run_id, "cancelled")
    assert run.message == "Cancelled."
    until(lambda: not psutil.pid_exists(pid), "the worker is gone")
    runner().cancel(run_id)
    assert runs.get(run_id).state == "cancelled"


def test_cancelling_leaves_no_process_behind_not_even_stubborn_grandchildren(home, work):
    run_id = work("stubborn")
    until((runs.folder(run_id) / "ready").exists, "the worker has its children")
    pid = runs.get(run_id).pid
    until(lambda: len(psutil.Process(pid).children(recursive=True)) == 2, "there is a grandchild")
    family = [psutil.Process(pid), *psutil.Process(pid).children(recursive=True)]
    runner().cancel(run_id)
    ends(run_id, "cancelled")
    until(lambda: not any(process.is_running() for process in family), "no process is left, not even as a zombie", 5)


def test_a_queued_run_is_cancelled_at_once(home, work):
    first, waiting = work("count"), work("count")
    begins(first)
    runner().cancel(waiting)
    assert runs.get(waiting).state == "cancelled"
    runner().cancel(first)
    ends(first, "cancelled")
    assert not runs.log_path(waiting).exists(), "it never started"


def test_a_killed_worker_makes_the_run_lost_at_once_and_it_resumes_where_it_was(home, work, local):
    run_id = work("count", steps=60)
    pid = begins(run_id, step=20).pid
    os.kill(pid, signal.SIGKILL)
    run = ends(run_id, "lost")
    assert "signal 9" in run.message and "Resume goes on from its last checkpoint" in run.message
    local.resume(run_id)
    run = ends(run_id, "finished")
    assert run.results["first"] >= 19, "it began again at the last checkpoint, not at the start"
    assert run.message == ""


def test_children_of_a_killed_worker_are_ended_too(home, work):
    run_id = work("stubborn")
    until((runs.folder(run_id) / "ready").exists, "the worker has its children")
    pid = runs.get(run_id).pid
    until(lambda: len(psutil.Process(pid).children(recursive=True)) == 2, "there is a grandchild")
    children = psutil.Process(pid).children(recursive=True)
    os.kill(pid, signal.SIGKILL)
    ends(run_id, "lost")
    until(lambda: not any(process.is_running() for process in children), "no process is left, not even as a zombie", 5)


def test_a_run_outlives_its_scheduler_and_a_new_one_looks_after_it(home, work):
    run_id = work("count")
    begins(run_id)
    (scheduler,) = schedulers(home)
    scheduler.kill()
    until(lambda: not is_scheduler_running(), "the lock is free")
    before = runs.get(run_id).step
    begins(run_id, before + 5)
    waiting = work("count", steps=1)
    until(lambda: len(schedulers(home)) == 1, "a new scheduler")
    time.sleep(1.5)
    assert runs.get(waiting).state == "queued", "the slot is still taken by the run of the scheduler before"
    runner().cancel(run_id)
    ends(run_id, "cancelled")
    ends(waiting, "finished")


def test_scheduler_and_worker_killed_are_found_by_the_next_look(home, work):
    run_id = work("stubborn")
    until((runs.folder(run_id) / "ready").exists, "the worker works")
    kill_all(home)
    assert runs.get(run_id).state == "running"
    tend()
    assert runs.get(run_id).state == "lost"


def test_cancelling_without_a_scheduler_works_too(home, work):
    run_id = work("stubborn")
    until((runs.folder(run_id) / "ready").exists, "the worker works")
    (scheduler,) = schedulers(home)
    scheduler.kill()
    until(lambda: not is_scheduler_running(), "the lock is free")
    runner().cancel(run_id)
    ends(run_id, "cancelled")
    until(lambda: processes_of(home) == schedulers(home), "nothing but the new scheduler is left")


def test_a_run_goes_on_when_the_server_that_started_it_is_killed_with_its_group(home, spec):
    run = runs.create(spec=spec, kind="count", payload={})
    works = Path(__file__).with_name("works.py")
    server = (
        "import sys, time; from lib.jobs.local import LocalRunner; "
        f"LocalRunner((sys.executable, {str(works)!r})).submit({run.id!r}); print('submitted', flush=True); "
        "time.sleep(600)"
    )
    with subprocess.Popen(
        [sys.executable, "-c", server], cwd=ROOT, stdout=subprocess.PIPE, start_new_session=True, text=True
    ) as process:
        assert process.stdout.readline() == "submitted\n"
        begins(run.id)
        os.killpg(process.pid, signal.SIGKILL)
    before = runs.get(run.id).step
    begins(run.id, before + 20)
    runner().cancel(run.id)
    ends(run.id, "cancelled")


def serve(home: Path, *options: str) -> "subprocess.Popen[bytes]":
    command = [sys.executable, "-m", "lib.jobs.scheduler", "--home", str(home), *options, "--", "true"]
    return subprocess.Popen(command, cwd=ROOT, stderr=subprocess.DEVNULL)


def test_a_scheduler_with_nothing_to_do_ends(home, spec):
    with serve(home, "--idle", "0.5") as scheduler:
        until(is_scheduler_running, "it serves")
        assert scheduler.wait(30) == 0
    assert not is_scheduler_running()
    assert schedulers(home) == [], "nothing waits, so no other one is started"


def test_of_schedulers_that_start_together_one_serves(home, spec):
    started = [serve(home) for _ in range(3)]
    until(lambda: sum(scheduler.poll() is None for scheduler in started) == 1, "two leave")
    assert is_scheduler_running()
    for scheduler in started:
        scheduler.kill()
        scheduler.wait()


def test_a_run_that_was_never_submitted_does_not_start(home, spec, work):
    quiet = runs.create(spec=spec, kind="count", priority=9)
    ends(work("count", steps=1), "finished")
    assert runs.get(quiet.id).state == "queued"


def test_a_cancelled_run_whose_worker_had_to_be_killed_is_never_called_lost(home, work):
    run_id = work("stubborn")
    until((runs.folder(run_id) / "ready").exists, "the worker works")
    runs.request_cancel(run_id)
    kill_all(home)
    assert runs.mark_lost() == []
    assert runs.get(run_id).state == "cancelled"


def test_a_worker_that_cannot_start_fails_the_run(home, spec):
    run = runs.create(spec=spec)
    LocalRunner((sys.executable, "-c", "import sys; sys.exit('no such library')")).submit(run.id)
    found = ends(run.id, "failed")
    assert found.message == "The worker could not start; the log has the details."
    assert "no such library" in runs.log_tail(run.id)


def test_a_workspace_that_vanishes_takes_its_processes_along(home, work):
    run_id = work("stubborn")
    until((runs.folder(run_id) / "ready").exists, "the worker works")
    home.rename(home.with_name("moved"))
    home.mkdir()  # as somebody may who looks for it while it vanishes
    until(lambda: not processes_of(home), "scheduler and worker are gone")


def test_a_wrong_number_of_slots_is_said_at_once(home, work, monkeypatch):
    monkeypatch.setenv("MOTIFLENS_SLOTS", "two")
    with pytest.raises(UserError, match="MOTIFLENS_SLOTS is 'two'"):
        work("count")


@pytest.mark.parametrize(
    ("how", "expected"),
    [
        ("user", "The target is constant; choose another one."),
        (
            "memory",
            r"Out of memory: batch size 64 in one piece needed more than this machine has \([\d.]+ GB of",
        ),
        ("gpu", "Out of GPU memory: batch size 64 in one piece needed more than the GPU has. Try batch size 32"),
        (
            "file in the way",
            r"weights could not be written to .*checkpoints \(Not a directory, .* free\); make the folder writable",
        ),
        ("bug", r"Stopped by an internal error \(id [0-9a-f]{8}\); the log has the details"),
    ],
)
def test_a_failure_is_one_sentence_and_the_log_has_the_rest(home, work, how, expected):
    run_id = work("wrong", how=how)
    run = ends(run_id, "failed")
    assert re.search(expected, run.message), run.message
    assert "Traceback" in runs.log_tail(run_id)
    assert "\n" not in run.message


def test_looking_again_and_again_while_a_scheduler_loads_starts_no_other_one(home, spec):
    run = runs.create(spec=spec, kind="count", payload={})
    runs.assign(run.id, runner=NAME)
    local = LocalRunner((sys.executable, str(Path(__file__).with_name("works.py"))))
    for _ in range(20):
        local.wake()
        assert len(schedulers(home)) <= 1
    runner().cancel(run.id)


def test_a_scheduler_loads_neither_tables_nor_models():
    code = "import sys, lib.jobs.scheduler; print(*{'pandas', 'lib.models', 'optuna', 'torch'} & set(sys.modules))"
    done = subprocess.run([sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, check=True)
    assert done.stdout.strip() == ""
