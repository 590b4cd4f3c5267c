"""What stopped a run becomes a code and a sentence; a training whose loss became NaN is tried again in one call."""

import dataclasses
from pathlib import Path

import pytest

from lib.core import memory
from lib.core.errors import Diverged, UserError
from lib.core.progress import Report
from lib.core.spec import Choice
from lib.jobs import failures
from lib.jobs.reporter import Reporter
from lib.jobs.start import lower_rate, retry
from lib.store import runs


@pytest.fixture
def still(monkeypatch):
    """Let nothing start: what is queued is looked at."""
    monkeypatch.setattr("lib.jobs.local.start_scheduler", lambda *arguments: None)


def run_of(spec, settings, **more):
    chosen = dataclasses.replace(spec, model=Choice("cnn", settings))
    return runs.create(spec=chosen, **more)


def failed(run, error):
    runs.transition(run.id, runs.RUNNING)
    found = failures.explain(error, run, Path("unused"))
    runs.set_results(run.id, found.results())
    runs.transition(run.id, runs.FAILED, found.sentence)
    return runs.get(run.id)


@pytest.mark.parametrize(
    ("settings", "error", "expected"),
    [
        ({"batch_size": 64, "accumulation": 4}, MemoryError(), ("64 in 4 pieces", "Try batch size 32, or 8 pieces")),
        ({"batch_size": 6, "accumulation": 6}, MemoryError(), ("6 in 6 pieces", "size 3, or shorter sequences")),
        ({"batch_size": 2, "accumulation": 1}, MemoryError(), ("2 in one piece", "smaller model, or 2 pieces")),
        ({"k": 6}, RuntimeError("DefaultCPUAllocator: can't allocate memory"), ("this run", "Close other programs")),
    ],
)
def test_out_of_memory_names_batch_pieces_and_what_is_free(spec, settings, error, expected):
    found = failures.explain(error, run_of(spec, settings), Path("unused"))
    assert found.code == failures.MEMORY
    assert all(words in found.sentence for words in (*expected, f"{memory.free() / 1e9:.0f}"[:1])), found.sentence
    assert " GB are free" in found.sentence
    assert found.facts == (
        {"batch_size": settings["batch_size"], "pieces": settings["accumulation"]} if "batch_size" in settings else {}
    )


def test_a_training_that_tried_one_sequence_at_a_time_says_so(spec):
    error = MemoryError()
    error.pieces = 64
    found = failures.explain(error, run_of(spec, {"batch_size": 64, "accumulation": 2}), Path("unused"))
    assert "batch size 64 in 64 pieces" in found.sentence and "Even one sequence at a time" in found.sentence
    assert "Try batch size" not in found.sentence


def test_a_container_has_what_its_limit_leaves(tmp_path):
    for name, text in {
        "memory.max": "3000\n",
        "memory.current": "2500\n",
        "memory.stat": "anon 7\ninactive_file 400\n",
    }.items():
        (tmp_path / name).write_text(text)
    assert memory.free(tmp_path) == 3000 - 2500 + 400
    (tmp_path / "memory.max").write_text("max\n")
    assert memory.free(tmp_path) > 10_000
    assert memory.free(tmp_path / "none") > 10_000


def test_a_training_that_diverged_is_queued_again_at_a_tenth(spec, still):
    run = run_of(spec, {"batch_size": 64, "learning_rate": 0.003}, name="Third", owner="ada", payload={"rbp": "t1"})
    assert lower_rate(run) is None, "it has not failed"
    run = failed(run, Diverged("The loss became nan at step 7. Lower the learning rate."))
    assert run.results == {"failure": "diverged", "learning_rate": 0.003}
    assert lower_rate(run) == 0.0003

    again = runs.get(retry(run.id))
    assert (again.state, again.name, again.owner) == (runs.QUEUED, "Third, learning rate 0.0003", "ada")
    assert again.spec.model == Choice("cnn", {"batch_size": 64, "learning_rate": 0.0003})
    assert (again.spec.dataset, again.spec.split, again.spec.seed) == (run.spec.dataset, run.spec.split, run.spec.seed)
    assert again.payload == {"rbp": "t1"}

    third = runs.get(retry(failed(again, Diverged("nan")).id, owner="grace"))
    assert (third.name, third.owner) == ("Third, learning rate 3e-05", "grace")


def test_what_did_not_diverge_or_cannot_go_lower_is_not_tried_again(spec, still):
    for error, rate in ((UserError("The target is constant."), 0.003), (Diverged("nan"), 1e-7)):
        run = failed(run_of(spec, {"learning_rate": rate}), error)
        assert lower_rate(run) is None
        with pytest.raises(UserError, match="did not stop because"):
            retry(run.id)


def test_a_resumed_run_forgets_why_it_failed(spec):
    run = failed(run_of(spec, {}), MemoryError())
    assert run.results["failure"] == "memory"
    runs.transition(run.id, runs.QUEUED)
    assert runs.get(run.id).results == {}


def test_a_note_stays_with_the_run(spec, home):
    run = run_of(spec, {})
    runs.transition(run.id, runs.RUNNING)
    with Reporter(run.id, runs.folder(run.id)) as reporter:
        reporter.report(Report(1, 9, "Training", note="Memory ran out; it goes on in 2 pieces."))
        reporter.report(Report(2, 9, "Training"))
    assert runs.get(run.id).results == {"note": "Memory ran out; it goes on in 2 pieces."}
