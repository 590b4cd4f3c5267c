"""The pages with a run of profiles: results, windows, motifs, comparison, prediction, and every other page whole."""

import re

import numpy as np
import pandas as pd
import pytest

from lib.core.spec import Choice
from lib.motifs.pattern import Pattern
from lib.store import datasets, patterns, runs
from lib.store import profiles as stored
from lib.store.set_choice import SetChoice
from lib.ui.widgets import state
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


def test_a_window_that_the_link_names_is_explained_by_either_head(made):
    run, dataset = made[0].run, datasets.load(made[0].dataset)
    name = str(dataset.ids[dataset.rows("train")[2]])
    asked = {"run": run, "dataset": dataset.id, "sequence": name, "target": dataset.target_names[1]}
    app = open_page(state.RESULTS, **asked, head="counts", scaled="observed total", around="TGACTCA", hits_on="both")
    healthy(app)
    said = words(app)
    assert app.query_params["sequence"] == name and f"{name}" in said and "training part" in said
    assert "times the observed total" in said
    assert "raise the predicted number of counts" in said
    links = [item.proto.page + "?" + str(item.proto.query_string) for item in app.get("page_link")]
    assert any("attribution" in link and name in link and "head=counts" in link for link in links), links
    nothing = open_page(state.RESULTS, **asked, head="none")
    healthy(nothing)
    assert "raise the predicted" not in words(nothing)


def test_the_table_begins_with_the_worst_and_its_numbers_are_those_of_the_run(made, results):
    dataset = datasets.load(made[0].dataset)
    rows = dataset.rows("test")
    frame = next(item.value for item in results.dataframe if "profile Pearson" in item.value)
    assert len(frame) == len(rows)
    assert (frame["profile Pearson"].dropna().diff().dropna() >= 0).all(), "the worst come first"
    row = dataset.position(frame["window"].iloc[0])
    observed, shares = dataset.profiles[row, 0], stored.load(made[0].run)["predicted"][row, 0]
    assert frame["profile Pearson"].iloc[0] == pytest.approx(np.corrcoef(observed, shares)[0, 1], abs=1e-6)
    assert frame["counts, observed"].iloc[0] == observed.sum()


@pytest.mark.parametrize(
    ("query", "said"),
    [
        ({"part": "Validation"}, "validation windows"),
        ({"around": "TGACTCA"}, "Random places lie in the same windows"),
        ({"around": "TGACTCAGGGGGGGGGG"}, "does not lie in the"),
        ({"around": "TX!"}, "The motif has the letters !, X"),
        ({"motif_from": "table"}, "The dataset has no table of motifs"),
        ({"motif_from": "pattern"}, "No pattern has been discovered in this run yet"),
    ],
)
def test_parts_and_motifs_that_a_link_asks_for(made, query, said):
    app = open_page(state.RESULTS, run=made[0].run, dataset=made[0].dataset, head="none", **query)
    healthy(app)
    assert said in words(app), words(app)[-1500:]


def test_the_mean_profile_around_a_discovered_pattern(made):
    run, dataset = runs.get(made[0].run), datasets.load(made[0].dataset)
    payload = {"set": SetChoice(run.id, "saliency").to_json(), "discovery": {}}
    job = runs.create(spec=run.spec, kind="discover", name="Found", payload=payload)
    ppm = np.stack([np.where(np.array(list("TGACTCA")) == base, 0.97, 0.01) for base in "ACGT"])
    seqlets = {"id": [str(dataset.ids[0])], "start": [3], "end": [10], "contribution": [1.0], "reversed": [False]}
    patterns.keep(job.id, [Pattern("+1", 1, ppm, ppm, pd.DataFrame(seqlets))])
    runs.transition(job.id, runs.RUNNING)
    runs.transition(job.id, runs.FINISHED)
    app = open_page(state.RESULTS, run=run.id, dataset=dataset.id, head="none", motif_from="pattern")
    healthy(app)
    assert any("+1 TGACTCA (Found)" in box.options for box in app.selectbox), [box.options for box in app.selectbox]
    assert "Random places lie in the same windows" in words(app), "every window holds the planted motif"
    runs.delete(job.id)


def test_two_runs_are_compared_by_profiles_on_the_same_windows(made):
    (first, second) = made
    app = open_page(state.COMPARE_RUNS, runs=f"{first.run},{second}", dataset=first.dataset)
    healthy(app)
    said = words(app)
    assert "has the best Profile Pearson, median" in said, said[:800]
    assert "Profiles and counts, mean over 2 tracks" in said
    assert "profile errors of windows (1 - Pearson r)" in said
    assert "Each window: profile Pearson r" in said and "windows better than" in said
    table = next(item.value for item in app.dataframe if "Verdict" in item.value)
    assert len(table) == 1 and "Profile Pearson, median: A - B" in table


def test_predict_gives_counts_and_a_profile_of_windows_of_the_trained_length(made):
    dataset = datasets.load(made[0].dataset)
    app = open_page(state.PREDICT, run=made[0].run, dataset=made[0].dataset)
    app.text_area(key="predict-text").set_value(f">one\n{dataset.sequences[3]}\n").run()
    healthy(app)
    frame = app.dataframe[0].value
    log = frame["log(1 + counts), down"].iloc[0]
    assert frame["counts, down"].iloc[0] == pytest.approx(np.expm1(log))
    assert "Predicted profile of one" in words(app)
    app.text_area(key="predict-text").set_value(f">short\n{dataset.sequences[3][:41]}\n").run()
    healthy(app)
    assert "it has 41 nt, and the run was trained on windows of 60 nt" in words(app)


PAGES = [
    (state.DATASETS, {}),
    (state.COMPARE, {}),
    (state.VOCABULARY, {}),
    (state.TRAIN, {}),
    (state.RUNS, {}),
    (state.GROUPS, {}),
    (state.ATTRIBUTION, {}),
    (state.ATTRIBUTION, {"view": "What if"}),
    (state.MOTIFS, {}),
    (state.MOTIFS, {"view": "Scan"}),
    (state.MOTIFS, {"view": "By time"}),
    (state.EXPERIMENTS, {}),
]


@pytest.mark.parametrize(("page", "query"), PAGES, ids=lambda item: str(item))
def test_no_page_fails_with_a_run_of_profiles(made, page, query):
    healthy(open_page(page, run=made[0].run, dataset=made[0].dataset, **query))


def test_the_report_tells_of_profiles_and_the_bundle_is_judged_by_them(made, tmp_path):
    from lib.report import evaluation, report

    one = str(datasets.load(made[0].dataset).ids[0])
    content, names = report.render_report(made[0].run, ids=[one], method="saliency")
    assert names[:2] == ["Results", "Figures"]
    for said in (
        "predicts where the counts lie",
        "replicate ceiling",
        "The best, the median and the worst met window",
        "median and mean over",
        "10.1038/s41588-021-00782-6",
        "Each track, test part",
    ):
        assert said in content, said
    judged = evaluation.evaluate(made[0].run)
    assert judged["same"], judged
    assert judged["metrics"]["test"]["profile_pearson"] == judged["kept"]["test"]["profile_pearson"]


def test_a_run_that_lost_its_profiles_says_so(made):
    spec = runs.get(made[0].run).spec
    run = runs.create(spec=spec.__class__(**{**vars(spec), "model": Choice("bpnet", TINY)}), name="Lost")
    with pytest.raises(Exception, match="holds no predicted profiles"):
        stored.load(run.id)
    runs.delete(run.id)
