"""Questions to language models as jobs: the answer lies with the run that was asked, and one question waits once."""

import pytest

from lib.core.errors import Cancelled, UserError
from lib.core.progress import Callback, Silent
from lib.jobs import attribute as job
from lib.store import language, runs
from tests import finished
from tests.attribution import headed

SEQUENCE = "ACGTTGCAACGTTAG"


@pytest.fixture(scope="module")
def workspace(tmp_path_factory):
    made = headed.make(tmp_path_factory.mktemp("language") / "home")
    with finished.using(made.home):
        yield made


@pytest.fixture(autouse=True)
def _idle(monkeypatch):
    """Let runs wait, so that a test does their work itself."""

    class Nobody:
        def submit(self, run_id):
            assert runs.get(run_id).state == runs.QUEUED

    monkeypatch.setattr(job, "runner", Nobody)


def test_a_question_waits_once_and_its_answer_lies_with_the_run_that_was_asked(workspace):
    first = job.start_question(workspace.run, language.DEPENDENCY, SEQUENCE, name="utr 7")
    assert job.start_question(workspace.run, language.DEPENDENCY, SEQUENCE) == first
    assert job.start_question(workspace.run, language.DEPENDENCY, SEQUENCE[1:]) != first
    run = runs.get(first)
    assert (run.kind, run.name, run.dataset) == ("language", "Dependency map of utr 7", workspace.dataset)
    assert language.find_answer(workspace.run, language.DEPENDENCY, SEQUENCE) is None
    assert job.answer(first, runs.folder(first), Silent()) == {"n": 15}
    assert language.find_answer(workspace.run, language.DEPENDENCY, SEQUENCE).values.shape == (15, 15)


def test_it_can_be_cancelled(workspace):
    run_id = job.start_question(workspace.run, language.DEPENDENCY, SEQUENCE * 2)

    def stop(report):
        raise Cancelled

    with pytest.raises(Cancelled):
        job.answer(run_id, runs.folder(run_id), Callback(stop))
    assert language.find_answer(workspace.run, language.DEPENDENCY, SEQUENCE * 2) is None


def test_a_run_without_a_language_model_is_refused_before_anything_is_queued(workspace):
    ridge = finished.trained(workspace.dataset, "kmer-ridge", {})
    with pytest.raises(UserError, match="no encoder of tokens"):
        job.start_question(ridge, language.DEPENDENCY, SEQUENCE)
    assert not [run for run in runs.all(kind="language") if run.payload["run"] == ridge]
