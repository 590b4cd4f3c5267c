"""The pages with a run of profiles: results, windows, motifs, comparison, prediction, and every other page whole."""

import re

import numpy as np
import pytest

from lib.core.spec import Choice
from lib.store import datasets, runs
from lib.store import profiles as stored
from lib.ui import state
from tests.finished import Finished, freeze_profiles, healthy, open_page, trained, using, words

TINY = {"epochs": 2, "channels": 8, "layers": 2}


@pytest.fixture(scope="module")
def made(tmp_path_factory):
    """Give a workspace with planted profiles of two tracks (96 windows of 60 nt) and two finished runs on them."""
    home = tmp_path_factory.mktemp("profiles") / "home"
    with using(home):
        dataset = freeze_profiles(home.parent / "files", n=96)
        run = trained(dataset, "bpnet", TINY, name="First")
        second = trained(dataset, "bpnet", {**TINY, "epochs": 3}, name="Second")
    return Finished(home, dataset, run), second


@pytest.fixture(autouse=True)
def workspace(made):
    with using(made[0].home):
        yield


@pytest.fixture(scope="module")
def results(made):
    with using(made[0].home):
        return open_page(state.RESULTS, run=made[0].run, dataset=made[0].dataset)


def test_the_results_say_how_windows_are_met_and_beside_what(results):
    healthy(results)
    said = words(results)
    assert re.search(r"BPNet predicts where the counts lie with a median profile Pearson of \*\*", said), said[:600]
    n = len(datasets.load(results.query_params["dataset"]).rows("test"))
    assert f"over n = {n} test windows" in said
    for label in ("mean profile", "shuffled", "replicate ceiling", "Replicate ceiling", "AUPRC of peaks", "Counts: R²"):
        assert label in said, label
    assert "Noise ceiling" not in said and "calibrat" not in said


def test_the_window_in_the_middle_is_open_at_first_and_stands_in_the_link(results):
    name = results.query_params["sequence"]
    assert name.startswith("SIMP_")
    assert "Bars: observed counts. Line: predicted share of each base times the predicted total" in words(results)
    assert "3 replicates" in words(results)
