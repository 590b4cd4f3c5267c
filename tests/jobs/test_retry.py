"""A training that really diverges, in a real worker, is tried again at a tenth of its learning rate and finishes."""

import sys
from pathlib import Path

import pytest

from lib.datasets import simulate
from lib.datasets.pipeline import ImportChoices, build, understand
from lib.io.files import Source
from lib.jobs.local import LocalRunner
from lib.jobs.start import lower_rate, retry, start_training
from lib.models import MODELS
from lib.store import datasets, runs
from lib.ui.widgets.state import RUNS, TRAIN
from tests.finished import healthy, open_page, words
from tests.jobs import descent
from tests.jobs.workshop import ends


@pytest.fixture
def local(home, monkeypatch):
    """Let workers and this process know the model of ``descent.py``."""
    command = (sys.executable, str(Path(descent.__file__)))
    monkeypatch.setattr("lib.jobs.start.runner", lambda: LocalRunner(command))
    monkeypatch.setattr("lib.jobs.runner", lambda: LocalRunner(command))
    MODELS.all()
    MODELS.add(descent.DescentModel)
    yield
    MODELS._known.pop("descent")


def test_a_training_that_diverged_finishes_with_one_click_at_a_lower_rate(local, tmp_path):
    files = simulate.write_demo(tmp_path / "demo", n=80)
    sources = [Source(path.name, path) for path in (files.expression, files.sequences)]
    dataset = datasets.freeze(build(understand(*sources), ImportChoices(name="demo", simulated=True)))
    run = ends(
        start_training(dataset, MODELS.create("descent", {"learning_rate": 0.1}), name="Descent", seed=3), "failed"
    )
    assert "The loss became" in run.message and "Lower the learning rate" in run.message, runs.log_tail(run.id)
    assert run.results == {"failure": "diverged", "learning_rate": 0.1}
    assert lower_rate(run) == 0.01

    app = open_page(RUNS)
    healthy(app)
    app.session_state["runs-table"] = {"selection": {"rows": [0], "columns": [], "cells": []}}
    app.run()
    assert app.button(key=f"retry-{run.id}").label == "Retry with learning rate 0.01"
    assert f"resume-{run.id}" not in {button.key for button in app.button}, "its checkpoint leads to the same end"

    app = open_page(TRAIN, dataset=dataset, run=run.id)
    healthy(app)
    app.button(key=f"retry-{run.id}").click().run()
    healthy(app)
    again = runs.all()[0]
    assert (again.name, again.spec.seed) == ("Descent, learning rate 0.01", 3)
    assert app.query_params["run"] == again.id and "Descent, learning rate 0.01" in words(app)
    finished = ends(again.id, "finished")
    assert finished.results["n"] > 0 and finished.spec.model.settings == {"learning_rate": 0.01}
    with pytest.raises(Exception, match="did not stop because"):
        retry(again.id)
