"""An ensemble from the Runs page to its results, its predictions and its explanation."""

import shutil
from types import SimpleNamespace

import numpy as np
import pytest

from lib.cli import main
from lib.core.progress import Silent
from lib.jobs.start import start_ensemble
from lib.jobs.train import train
from lib.store import fitted, runs
from lib.ui.train import page
from lib.ui.widgets.state import ATTRIBUTION, PREDICT, RESULTS, RUNS
from tests.finished import NASTY, freeze, healthy, open_page, trained, using, words


@pytest.fixture(scope="module")
def made(tmp_path_factory):
    """Two runs, and the ensemble of both, made in this process."""
    folder = tmp_path_factory.mktemp("ensemble-pages")
    with pytest.MonkeyPatch.context() as patch, using(folder / "home"):
        patch.setattr("lib.jobs.local.start_scheduler", lambda *arguments: None)
        dataset = freeze(folder / "files")
        members = [trained(dataset, "kmer-ridge", {"k": k}, name=name) for k, name in ((2, "Two"), (3, NASTY))]
        run = start_ensemble(members, name="Both")
        runs.transition(run, runs.RUNNING)
        runs.set_results(run, train(run, runs.folder(run), Silent()))
        runs.transition(run, runs.FINISHED)
    return SimpleNamespace(home=folder / "home", dataset=dataset, members=members, run=run)


@pytest.fixture
def looked_at(made, monkeypatch):
    """The workspace itself, for tests that change nothing."""
    monkeypatch.setenv("MOTIFLENS_HOME", str(made.home))
    return made


def select(app, *rows: int):
    """Select rows of the table of past runs; AppTest cannot click on it."""
    app.session_state["runs-table"] = {"selection": {"rows": list(rows), "columns": [], "cells": []}}
    return app.run()


def test_several_chosen_runs_become_an_ensemble(made, home, monkeypatch):
    monkeypatch.setattr("lib.jobs.local.start_scheduler", lambda *arguments: None)
    shutil.copytree(made.home, home)
    app = select(open_page(RUNS), 0, 1)
    assert "Both is an ensemble itself" in words(app)
    assert not [button for button in app.button if button.key == "make-ensemble"]
    app = select(app, 1, 2)
    healthy(app)
    assert "Ensemble of these 2 runs" in words(app) and NASTY in words(app)
    app.text_input(key="ensemble-name").set_value("Mine").run()
    app.button(key="make-ensemble").click().run()
    healthy(app)
    queued = runs.queue()
    assert [(run.name, run.model, set(run.payload["members"])) for run in queued] == [
        ("Mine", "ensemble", set(made.members))
    ]
    assert "Ensemble of these" not in words(app), "the table begins anew"


def test_results_say_what_it_gains_and_list_its_members(looked_at):
    app = open_page(RESULTS, run=looked_at.run)
    healthy(app)
    said = words(app)
    found = runs.metrics(looked_at.run)["members"]
    assert "The mean of 2 runs explains" in said and f"n = {found['gain']['n']}" in said
    assert "Its members lie ±" in said and "learns nothing itself" in said
    assert "no confidence interval" in str([item.help for item in app.markdown])
    members = next(item.value for item in app.dataframe if "Validation R²" in item.value)
    assert members["Member"].tolist() == ["Two", NASTY]
    assert members["Run"].tolist() == looked_at.members


def test_predict_shows_the_spread_of_the_members(looked_at):
    app = open_page(PREDICT, run=looked_at.run)
    app.text_area(key="predict-text").set_value(">a\nACGTACGTTTAA\n>b\nTTTTGGACA\n").run()
    healthy(app)
    frame = app.dataframe[0].value
    mean, deviation = fitted.load_fitted(looked_at.run).both(["ACGTACGTTTAA", "TTTTGGACA"])
    assert frame["log2 8h - 2h"].tolist() == mean[:, 0].tolist()
    assert frame["log2 8h - 2h, ± SD of members"].tolist() == deviation[:, 0].tolist()
    assert "no confidence interval" in words(app)


def test_hidden_nucleotides_explain_it_and_train_offers_no_card(looked_at):
    app = open_page(ATTRIBUTION, run=looked_at.run)
    healthy(app)
    assert app.selectbox(key="method-False").value == "feature-ablation"
    assert "The 2 members" in words(app) and "mean Spearman" in words(app), "the badge tells how well the members agree"
    assert "cnn" in page.list_models("regression")
    assert "ensemble" not in page.list_models("regression")


def test_the_command_line_makes_one_and_adds_the_deviation_only_when_asked(made, home, monkeypatch, tmp_path, capsys):
    monkeypatch.setattr("lib.jobs.local.start_scheduler", lambda *arguments: None)
    shutil.copytree(made.home, home)
    assert main(["ensemble", "--runs", ",".join(made.members), "--name", "By hand", "--json"]) == 0
    assert '"status": "queued"' in capsys.readouterr().out
    assert runs.queue()[0].name == "By hand"
    assert main(["ensemble", "--runs", made.members[0]]) == 2
    assert "an ensemble needs 2 to 50" in capsys.readouterr().err
    file, out = tmp_path / "new.fasta", tmp_path / "out.tsv"
    file.write_text(">a\nACGTACGTTTAA\n")
    asked = ["predict", "--sequences", str(file), "--out", str(out), "--run"]
    assert main([*asked, made.run]) == 0
    assert out.read_text().splitlines()[0] == "id\tprediction\tremarks"
    assert main([*asked, made.run, "--deviation"]) == 0
    header, row = (line.split("\t") for line in out.read_text().splitlines())
    assert header == ["id", "prediction", "deviation", "remarks"]
    mean, deviation = fitted.load_fitted(made.run).both(["ACGTACGTTTAA"])
    np.testing.assert_allclose([float(row[1]), float(row[2])], [mean[0, 0], deviation[0, 0]])
    assert main([*asked, made.members[0], "--deviation"]) == 2
    assert "is no ensemble" in capsys.readouterr().err
