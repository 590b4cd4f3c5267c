"""The Compare runs page: empty, two runs, ensembles, other splits and targets, sweeps."""

import shutil
from types import SimpleNamespace

import numpy as np
import pandas as pd
import pytest
import streamlit as st

from lib.core.progress import Silent
from lib.core.spec import Choice, RunSpec
from lib.datasets.targets import TargetChoice
from lib.jobs.start import start_ensemble
from lib.jobs.train import train
from lib.store import datasets, groups, runs
from lib.tasks.regression import CARD
from lib.ui.compare_runs import differences
from lib.ui.compare_runs.pairs import verdict
from lib.ui.widgets.state import COMPARE_RUNS, RUNS
from lib.views.judging import list_targets
from tests.finished import NASTY, freeze, healthy, open_page, trained, using, words


@pytest.fixture(scope="module")
def made(tmp_path_factory):
    """Two runs, their ensemble, and a run on another target of the same sequences."""
    folder = tmp_path_factory.mktemp("compared")
    with pytest.MonkeyPatch.context() as patch, using(folder / "home"):
        patch.setattr("lib.jobs.local.start_scheduler", lambda *arguments: None)
        dataset = freeze(folder / "files")
        pair = [trained(dataset, "kmer-ridge", {"k": k}, name=name) for k, name in ((1, NASTY), (3, "Three"))]
        both = start_ensemble(pair, name="Both")
        runs.transition(both, runs.RUNNING)
        runs.set_results(both, train(both, runs.folder(both), Silent()))
        runs.transition(both, runs.FINISHED)
        slope = freeze(folder / "other", name="Slopes", target=TargetChoice(kind="column", column="8h"))
        other = trained(slope, "kmer-ridge", {"k": 1}, name="Other target")
    return SimpleNamespace(home=folder / "home", dataset=dataset, pair=pair, both=both, other=other)


@pytest.fixture
def looked_at(made, monkeypatch):
    monkeypatch.setenv("MOTIFLENS_HOME", str(made.home))
    return made


@pytest.fixture
def copied(made, home):
    shutil.copytree(made.home, home)
    return made


def compare(*ids: str, **query: str):
    return open_page(COMPARE_RUNS, runs=",".join(ids), **query)


def table(app, column: str) -> pd.DataFrame:
    return next(item.value for item in app.dataframe if column in item.value)


def test_without_runs_it_says_what_to_do(home, tmp_path):
    app = open_page(COMPARE_RUNS)
    healthy(app)
    assert "demo" in words(app)
    dataset = freeze(tmp_path / "files")
    assert "Train another model" in words(open_page(COMPARE_RUNS))
    trained(dataset, "mean", {}, name="Alone")
    app = open_page(COMPARE_RUNS)
    healthy(app)
    assert "there is one. Train another model" in words(app)


def test_with_fewer_than_two_chosen_it_asks_for_more(looked_at):
    app = open_page(COMPARE_RUNS)
    healthy(app)
    assert "Choose at least two runs" in words(app)
    app = compare(looked_at.pair[0], "nothere")
    healthy(app)
    assert "one more run" in words(app) and "nothere" in words(app)
    app.multiselect[0].set_value(looked_at.pair).run()
    healthy(app)
    assert app.query_params["runs"] == ",".join(looked_at.pair), "what is picked stands in the link"


def test_two_runs_side_by_side(looked_at):
    app = compare(*looked_at.pair)
    healthy(app)
    said = words(app)
    assert "Both runs have the same test part, n = 16" in said
    assert "has the best R²" in said and "&lt;img" in said and "simulated" in said
    for item in app.get("html"):
        assert NASTY not in item.proto.body
    for metric in ("R²", "Pearson r", "RMSE"):
        assert metric in said
    first = runs.metrics(looked_at.pair[0])["test"]["r2"]
    assert f"{first:.3f}".replace("-", "−") in said
    settings = table(app, "Setting").set_index("Setting")
    assert ["1", "3"] in settings.to_numpy().tolist(), "the longest words that are counted"
    assert "Seed" not in settings.index and "Model" not in settings.index, "what is the same is left out"
    row = table(app, "Verdict").iloc[0]
    assert row["A"] == NASTY and row["B"] == "Three"
    apart = table(app, "apart")
    assert apart["apart"].abs().is_monotonic_decreasing and len(apart) == 16
    assert apart["explain"].iloc[0].startswith(f"attribution?run={looked_at.pair[0]}&dataset={looked_at.dataset}&seq")


def test_an_ensemble_is_compared_with_its_members_by_the_metric_of_the_link(looked_at):
    app = compare(looked_at.both, *looked_at.pair, metric="mae", on="validation", layout="overlaid")
    healthy(app)
    said = words(app)
    assert "has the best MAE" in said and "n = 16 validation sequences" in said
    assert len(table(app, "Verdict")) == 3 and "MAE: A - B" in table(app, "Verdict")
    assert len(app.get("plotly_chart")) == 3
    settings = table(app, "Setting").set_index("Setting")
    assert settings.loc["Members", "Both"] == f"{NASTY}, Three"


def test_a_sequence_of_the_link_is_opened_with_a_way_to_either_explanation(looked_at):
    dataset = datasets.load(looked_at.dataset)
    name = str(dataset.ids[dataset.rows("test")[3]])
    app = compare(*looked_at.pair, sequence=name)
    healthy(app)
    assert f"**{name}**" in words(app)
    links = [str(link.proto) for link in app.get("page_link") if link.label.startswith("Explain by")]
    assert len(links) == 2 and all(name in link for link in links)
    assert looked_at.pair[0] in links[0] and looked_at.pair[1] in links[1]


def test_different_targets_are_refused_in_a_sentence(looked_at):
    app = compare(looked_at.pair[0], looked_at.other)
    assert not app.exception
    assert "learned different targets" in app.error[0].value
    assert "Setting" in app.dataframe[0].value, "what tells them apart is shown all the same"


def resplit(run_id: str, parts: np.ndarray) -> None:
    """Give a run's predictions the parts of another split, as if it had been trained with it."""
    path = runs.folder(run_id) / "predictions.parquet"
    frame = pd.read_parquet(path)
    frame["part"] = parts
    frame.to_parquet(path, index=False)


def test_another_split_leaves_the_common_test_sequences_and_none_is_refused(copied):
    dataset = datasets.load(copied.dataset)
    parts, test = dataset.parts.astype(object), dataset.rows("test")
    parts[test[:4]] = "train"
    resplit(copied.pair[1], parts)
    app = compare(*copied.pair)
    healthy(app)
    assert "Compared on **n = 12** common test sequences" in words(app)
    assert "4 lie in another part of some run" in words(app)
    parts[test] = "validation"
    resplit(copied.pair[1], parts)
    runs.rename(copied.pair[1], "Three")
    st.cache_resource.clear()
    app = compare(*copied.pair)
    assert not app.exception and "no test sequences in common" in app.error[0].value


def test_kept_back_test_results_of_a_sweep_are_compared_by_validation_alone(copied):
    group = groups.create(groups.SWEEP, name="Many", dataset=copied.dataset)
    waiting = runs.create(spec=runs.get(copied.pair[0]).spec, name="Waiting", group=group.id)
    with groups.db.session() as session:
        record = session.get(groups.RunRecord, copied.pair[0])
        record.group_id = group.id
    app = compare(*copied.pair)
    healthy(app)
    said = words(app)
    assert "kept back" in said and "n = 16 validation sequences" in said
    hidden = f"{runs.metrics(copied.pair[0])['test']['r2']:.3f}".replace("-", "−")
    assert hidden not in said
    app = compare(*copied.pair, on="test")
    assert "n = 16 validation sequences" in words(app), "a link does not open it either"
    runs.request_cancel(waiting.id)


def test_several_rows_of_the_runs_table_lead_here(looked_at):
    app = open_page(RUNS)
    app.session_state["runs-table"] = {"selection": {"rows": [0, 2], "columns": [], "cells": []}}
    app.run()
    healthy(app)
    link = next(link for link in app.get("page_link") if link.label == "Compare these 2 runs")
    assert f"runs={looked_at.other}%2C" in str(link.proto)


def test_settings_that_differ_by_hand():
    def run(model: str, settings: dict, seed: int, **more) -> SimpleNamespace:
        spec = RunSpec("d1", "s" * 16, "regression", Choice(model, settings), seed=seed, versions={"torch": "2.13"})
        given = {"payload": {}, "slot": "cpu-0", "seconds": 75.0, "dataset": "d1"} | more
        return SimpleNamespace(spec=spec, **given)

    found = [run("kmer-ridge", {"k": 4}, 0), run("kmer-ridge", {}, 1, seconds=9.0), run("gone", {"x": True}, 0)]
    frame = differences.differing(differences.table(found, ["a", "b", "c"], {"d1": "Demo"})).set_index("Setting")
    assert frame.loc["Seed"].tolist() == ["0", "1", "0"]
    assert frame.loc["Model"].tolist() == ["k-mer ridge", "k-mer ridge", "gone"]
    assert frame.loc["Duration"].tolist() == ["1 min 15 s", "9 s", "1 min 15 s"]
    assert frame.loc["x"].tolist() == ["–", "–", "yes"], "settings of a model that is gone are shown as they are"
    counted = [row for name, row in frame.iterrows() if row.tolist() == ["4", "6", "–"]]
    assert len(counted) == 1, "a default that was not written down is told too"
    assert not {"Dataset", "Split", "Tokenizer", "Device", "Version of torch"} & set(frame.index)


def test_a_verdict_needs_a_corrected_p_and_knows_which_way_is_better():
    by_key = {metric.key: metric for metric in CARD}
    r2, mae = by_key["r2"], by_key["mae"]
    assert verdict(0.1, 0.01, r2) == "A is better" and verdict(0.1, 0.01, mae) == "B is better"
    assert verdict(0.1, 0.06, r2) == verdict(0.1, float("nan"), r2) == "not told apart"


def test_targets_need_the_same_name_and_unit():
    one = SimpleNamespace(name="a", task="regression", classes=(), target_names=("x", "y"), target_units=("log2", "h"))
    other = SimpleNamespace(
        name="b", task="regression", classes=(), target_names=("y", "x"), target_units=("min", "log2")
    )
    assert list_targets([one, other]) == {"x": "log2"}
