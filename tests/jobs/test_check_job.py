"""Checks as jobs: through the real worker, on Results, and by an external test set."""

from dataclasses import replace

import numpy as np
import pytest

from lib.core.errors import UserError
from lib.datasets.splits import SplitChoice
from lib.jobs import check
from lib.jobs.worker import main as work
from lib.report import evaluation
from lib.report.evaluation import evaluate_elsewhere
from lib.store import datasets, runs
from lib.training.checks import FOLDS, LEARNING, PERMUTED
from tests import finished

RESULTS = "pages/models/results.py"


@pytest.fixture
def still(monkeypatch):
    monkeypatch.setattr("lib.jobs.local.start_scheduler", lambda *arguments: None)


@pytest.fixture(scope="module")
def made(tmp_path_factory):
    return finished.make(tmp_path_factory.mktemp("checks") / "home")


def test_a_check_is_trained_by_the_worker_kept_and_shown_on_results(made, still):
    with finished.using(made.home):
        job = check.start_check(made.run, FOLDS, count=3)
        assert work(job) == 0
        found = check.read_check(runs.get(job))
        assert [piece["name"] for piece in found["pieces"]] == ["Fold 1", "Fold 2", "Fold 3"]
        results = runs.get(job).results
        assert results["count"] == 3
        assert results["sd"] >= 0
        assert [one.id for one in check.list_checks(runs.get(made.run))] == [job]
        app = finished.open_page(RESULTS, dataset=made.dataset, run=made.run)
        finished.healthy(app)
        said = finished.words(app)
        assert "Test R² over 3 folds" in said
        assert "± " in said


def test_a_check_that_is_asked_for_on_the_page_is_queued(made, still):
    with finished.using(made.home):
        app = finished.open_page(RESULTS, dataset=made.dataset, run=made.run)
        app.segmented_control(key="check-what").set_value(LEARNING).run()
        app.button(key="check-start").click().run()
        finished.healthy(app)
        [job] = [one for one in check.list_checks(runs.get(made.run)) if one.payload["what"] == LEARNING]
        assert job.state == runs.QUEUED
        runs.transition(job.id, runs.CANCELLED)


def test_permutations_give_a_p_value_and_a_curve_its_gain(made, still):
    with finished.using(made.home):
        job = check.start_check(made.run, PERMUTED, count=4)
        assert work(job) == 0
        assert runs.get(job).results["p"] == 1 / 5
        job = check.start_check(made.run, LEARNING, count=2)
        assert work(job) == 0
        results = runs.get(job).results
        assert results["last"] == len(datasets.load(made.dataset).rows("train"))
        assert results["error"] > 0
        app = finished.open_page(RESULTS, dataset=made.dataset, run=made.run)
        for what, said in ((PERMUTED, "p = 0.2, one-sided"), (LEARNING, f"{results['gain']:+.3f}")):
            app.segmented_control(key="check-what").set_value(what).run()
            finished.healthy(app)
            assert said in finished.words(app)


def test_what_cannot_be_checked_is_refused_before_any_work(made, still):
    with finished.using(made.home):
        with pytest.raises(UserError, match="1 to 50"):
            check.start_check(made.run, FOLDS, count=0)
        with pytest.raises(UserError, match="Found 2 folds"):
            check.start_check(made.run, FOLDS, count=2)


def test_another_dataset_judges_a_run_without_what_it_learned_from(made, tmp_path):
    with finished.using(made.home):
        own = datasets.load(made.dataset)
        with pytest.raises(UserError, match="dataset of the run"):
            evaluate_elsewhere(made.run, made.dataset)
        other = finished.freeze(tmp_path, name="Other", split=SplitChoice(seed=9))
        found = evaluate_elsewhere(made.run, other)
        assert found["copies"] == len(own) - len(own.rows("test"))
        assert found["metrics"]["n"] == found["compared"] == len(own.rows("test"))
        assert found["metrics"]["r2"] == pytest.approx(runs.metrics(made.run)["test"]["r2"])
        assert found["intervals"]["r2"][0] < found["metrics"]["r2"] < found["intervals"]["r2"][1]
        app = finished.open_page(RESULTS, dataset=made.dataset, run=made.run)
        app.segmented_control(key="check-what").set_value("external").run()
        app.button(key="check-judge").click().run()
        finished.healthy(app)
        assert f"n = {found['metrics']['n']:,} sequences of Other" in finished.words(app)


def test_close_neighbours_of_what_was_learned_from_are_counted(made, monkeypatch):
    with finished.using(made.home):
        own = datasets.load(made.dataset)
        changed = np.array([text[:-1] + "CA"[text[-1] == "C"] for text in own.sequences.tolist()])
        other = replace(own, id="c", sequences=np.where(own.parts == "test", own.sequences, changed))
        monkeypatch.setattr(datasets, "load", lambda name: other if name == "c" else own)
        found = evaluate_elsewhere(made.run, "c")
        assert (found["copies"], found["compared"]) == (0, len(own))
        assert found["close_neighbours"] == len(own) - len(own.rows("test"))


def test_several_targets_in_another_order_are_refused(made, monkeypatch):
    with finished.using(made.home):
        own = datasets.load(made.dataset)
        both = replace(own, id="b", target_names=("2h", "8h"), target_units=("log2", "log2"))
        swapped = replace(both, id="c", name="Swapped", target_names=("8h", "2h"))
        context = evaluation.gather(made.run)
        monkeypatch.setattr(evaluation, "gather", lambda run: replace(context, dataset=both))
        monkeypatch.setattr(datasets, "load", lambda name: swapped)
        with pytest.raises(UserError, match="targets of the run .*2h.*8h.* and of Swapped .*8h.*2h"):
            evaluate_elsewhere(made.run, "c")


def test_a_dataset_with_another_target_is_refused_with_both(made, tmp_path):
    with finished.using(made.home):
        classes = finished.freeze_classes(tmp_path)
        with pytest.raises(UserError, match="task of the run .regression. and of Simulated classes .classification."):
            evaluate_elsewhere(made.run, classes)
