"""The DOME checklist is filled in from the run, and says what only its authors know."""

import pytest

from lib.jobs import check
from lib.jobs.worker import main as work
from lib.report.context import gather
from lib.report.dome import AUTHORS, checklist
from lib.training.checks import FOLDS
from tests import finished


@pytest.fixture(scope="module")
def made(tmp_path_factory):
    return finished.make(tmp_path_factory.mktemp("dome") / "home")


def answers(run):
    [_, table] = checklist(gather(run))
    return {question: answer for _, question, answer in table.rows}


def test_the_four_parts_are_filled_in(made, monkeypatch):
    monkeypatch.setattr("lib.jobs.local.start_scheduler", lambda *arguments: None)
    with finished.using(made.home):
        found = answers(made.run)
        assert found["Source"] == "simulated by MotifLens"
        assert found["Size and splits"].startswith("160 sequences: training 128, validation 16, test 16")
        assert found["Algorithm"] == "k-mer ridge"
        assert found["Parameters"].replace(",", "").isdigit()
        assert "R²" in found["Measures"]
        assert AUTHORS in found["Software"]
        assert "none were made" in found["Cross-validation and controls"]
        job = check.start_check(made.run, FOLDS, count=3)
        assert work(job) == 0
        assert answers(made.run)["Cross-validation and controls"].startswith("Cross-validation: R² ")
