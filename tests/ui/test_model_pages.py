"""The pages Train, Runs and Results from app.py: empty, demo, live, and what goes wrong."""

import shutil
import time

import pytest

from lib.core.errors import UserError
from lib.core.progress import Report
from lib.datasets import simulate
from lib.datasets.pipeline import ImportChoices, build, understand
from lib.io.files import Source
from lib.jobs.start import specify
from lib.models import MODELS
from lib.store import datasets, runs
from lib.tasks.regression import sentence
from lib.tasks.scores import Scores
from lib.ui.results import data, diagnostics
from lib.ui.widgets.state import RESULTS, RUNS, TRAIN
from lib.views.run_view import RunView
from tests.finished import NASTY, Finished, freeze, healthy, make, open_page, trained, using, words
from tests.jobs.workshop import processes_of, until


@pytest.fixture(scope="module")
def made(tmp_path_factory) -> Finished:
    return make(tmp_path_factory.mktemp("models") / "home", settings={"k": 3})


@pytest.fixture
def finished(made, home):
    """A copy of the finished workspace for one test."""
    shutil.copytree(made.home, home)
    yield Finished(home, made.dataset, made.run)
    for process in processes_of(home):
        process.kill()
    until(lambda: not processes_of(home), "all processes of the test are gone")


@pytest.fixture
def looked_at(made, monkeypatch):
    """The finished workspace itself, for tests that change nothing."""
    monkeypatch.setenv("MOTIFLENS_HOME", str(made.home))
    return made


@pytest.mark.parametrize("page", [TRAIN, RUNS, RESULTS])
def test_without_data_every_page_says_what_to_do_and_offers_the_demo(home, page):
    app = open_page(page)
    healthy(app)
    assert "demo" in words(app), "an empty page offers the simulated demo"


def test_with_a_dataset_runs_and_results_lead_to_train(home, tmp_path):
    dataset = freeze(tmp_path / "files")
    for page in (RUNS, RESULTS):
        app = open_page(page, dataset=dataset)
        healthy(app)
        assert "Train a model" in [link.label for link in app.get("page_link")]


def test_train_offers_models_with_time_and_says_that_baselines_run(looked_at):
    app = open_page(TRAIN, dataset=looked_at.dataset)
    healthy(app)
    said = words(app)
    assert app.button(key="chosen-best"), "the first choice needs no knowledge of models"
    for name in ("bert", "cnn", "kmer-ridge"):
        model = MODELS.get(name)
        assert model.label in said and model.summary in said and model.typical_time in said
    assert "automatically" in said
    assert "n = 160" in said and "simulated" in said


def test_choosing_a_model_stands_in_the_url_and_shows_its_settings(looked_at):
    app = open_page(TRAIN, dataset=looked_at.dataset)
    app.button(key="choose-kmer-ridge").click().run()
    healthy(app)
    assert app.query_params["model"] == "kmer-ridge"
    assert app.number_input(key="train-new-kmer-ridge-k").value == 6


def test_a_setting_outside_its_limits_is_a_sentence_and_nothing_starts(looked_at):
    app = open_page(TRAIN, dataset=looked_at.dataset, model="cnn")
    app.text_input(key="train-new-cnn-dropout").set_value("2").run()
    assert "at most" in app.error[0].value
    assert not [button for button in app.button if button.key == "start-training"]


def test_start_training_really_trains_and_the_card_follows_it(finished):
    app = open_page(TRAIN, dataset=finished.dataset, model="kmer-ridge")
    app.number_input(key="train-new-kmer-ridge-k").set_value(2).run()
    app.number_input(key="train-seed-new").set_value(5).run()
    app.text_input(key="train-name-new").set_value(NASTY).run()
    app.button(key="start-training").click().run()
    healthy(app)
    started = runs.get(app.query_params["run"])
    assert (started.name, started.spec.seed, started.spec.model.settings) == (NASTY, 5, {"k": 2})
    assert started.spec.dataset == finished.dataset
    assert {"torch", "motiflens", "python"} <= set(started.spec.versions)
    assert "Training now" in words(app) and NASTY in words(app)
    deadline = time.monotonic() + 120
    while not runs.get(started.id).over and time.monotonic() < deadline:
        time.sleep(0.5)
    assert runs.get(started.id).state == runs.FINISHED, runs.get(started.id).message
    app.run()
    healthy(app)
    assert "Open results" in [link.label for link in app.get("page_link")]
    assert runs.get(started.id).results["n"] == runs.get(finished.run).results["n"]


def test_settings_are_cloned_by_a_link(finished):
    app = open_page(TRAIN, dataset=finished.dataset, clone=finished.run)
    healthy(app)
    assert app.number_input(key=f"train-{finished.run}-kmer-ridge-k").value == 3
    assert "cloned from First run" in words(app)


def test_a_clone_of_a_deleted_run_shows_the_defaults(finished):
    app = open_page(TRAIN, dataset=finished.dataset, clone="gone", model="kmer-ridge")
    assert "not there any more" in words(app)
    assert app.number_input(key="train-new-kmer-ridge-k").value == 6


def test_runs_lists_what_is_over_with_metrics_and_interval(looked_at):
    app = open_page(RUNS)
    healthy(app)
    table = app.dataframe[0].value
    row = table.iloc[0]
    found = runs.metrics(looked_at.run)
    low, high = found["intervals"]["test"]["r2"]
    assert row["State"] == "✓ finished"
    assert row["Dataset"] == "Demo" and row["Model"] == "k-mer ridge"
    assert row["R²"] == pytest.approx(found["test"]["r2"])
    assert row["95% interval"] == f"[{low:.3f}, {high:.3f}]"
    assert row["n"] == found["test"]["n"]


def test_a_running_run_is_shown_live_with_step_loss_and_memory(finished):
    run = runs.create(spec=specify(finished.dataset, MODELS.create("cnn")), name="Live one")
    runs.transition(run.id, runs.RUNNING)
    report = Report(40, 100, "Training", epoch=2.5, loss=0.75, metrics={"r2": 0.31})
    runs.beat(run.id, report, eta_seconds=75, memory_mb=612.0)
    app = open_page(RUNS)
    healthy(app)
    said = words(app)
    assert "Live one" in said and "running" in said
    for fact in ("0.750", "0.310", "612 MB", "2.5"):
        assert fact in said, fact
    assert "step 40 of 100" in str(app.get("progress")[0].proto)
    assert "1 min 15 s" in str(app.get("progress")[0].proto)
    app.button(key=f"cancel-{run.id}").click().run()
    assert runs.get(run.id).cancel_requested
    runs.transition(run.id, runs.CANCELLED, "Cancelled.")


def test_the_queue_shows_its_order_and_a_priority_changes_it(finished, monkeypatch):
    monkeypatch.setattr("lib.jobs.local.start_scheduler", lambda *arguments: None)  # the queue must hold still
    first, second = (
        runs.create(spec=specify(finished.dataset, MODELS.create("mean")), name=name) for name in ("One", "Two")
    )
    app = open_page(RUNS)
    healthy(app)
    said = words(app)
    assert said.index("**1.** One") < said.index("**2.** Two")
    app.number_input(key=f"priority-{second.id}").set_value(3).run()
    assert runs.get(second.id).priority == 3
    said = words(app.run())
    assert said.index("**1.** Two") < said.index("**2.** One")
    app.button(key=f"cancel-{first.id}").click().run()
    assert runs.get(first.id).state == runs.CANCELLED


def pick(app, row=0):
    """Select a row of the table of past runs; AppTest cannot click on it."""
    app.session_state["runs-table"] = {"selection": {"rows": [row], "columns": [], "cells": []}}
    return app.run()


def test_a_failed_run_says_why_and_can_be_resumed(finished, monkeypatch):
    monkeypatch.setattr("lib.jobs.local.start_scheduler", lambda *arguments: None)
    run = runs.create(spec=specify(finished.dataset, MODELS.create("mean")), name="Broken")
    runs.transition(run.id, runs.RUNNING)
    runs.transition(run.id, runs.FAILED, "Out of GPU memory: try batch 32.")
    app = open_page(TRAIN, dataset=finished.dataset, run=run.id)
    healthy(app)
    app = open_page(RESULTS, run=run.id)
    assert "try batch 32" in words(app)
    app.button(key=f"resume-{run.id}").click().run()
    assert runs.get(run.id).state == runs.QUEUED


def test_results_say_in_one_sentence_how_good_and_against_what(looked_at):
    app = open_page(RESULTS, run=looked_at.run)
    healthy(app)
    said = words(app)
    found = runs.metrics(looked_at.run)
    baselines = [Scores(known["label"], known["test"]) for known in found["baselines"].values()]
    baselines.sort(key=lambda known: ("k-mer ridge", "GC + length", "Mean").index(known.label))
    baselines[0] = Scores("k-mer ridge (defaults)", baselines[0].values)
    model = Scores("k-mer ridge", found["test"], found["intervals"]["test"])
    n = found["test"]["n"]
    assert sentence(model, baselines, n=n, part="test", ceiling=found["ceiling"]["r2"]) in said
    assert f"n = {found['test']['n']} test sequences" in said
    assert "noise ceiling" in said and "GC + length" in said
    for label in ("R²", "Pearson", "Spearman", "RMSE", "MAE", "MSE"):
        assert label in said
    assert f"[{found['intervals']['test']['rmse'][0]:.3f}, " in said
    assert "simulated" in said
    assert app.query_params["dataset"] == looked_at.dataset, "a link that names the run alone finds its dataset"


def test_the_baseline_that_is_the_model_itself_is_not_compared_with_itself(finished):
    same = trained(finished.dataset, "kmer-ridge", {}, name="Defaults")
    assert "k-mer ridge (defaults)" in words(open_page(RESULTS, run=finished.run))
    assert "(defaults)" not in words(open_page(RESULTS, run=same))


@pytest.mark.parametrize(("part", "n"), [("Validation", 16), ("Training", 128)])
def test_other_parts_are_scored_too(looked_at, part, n):
    app = open_page(RESULTS, run=looked_at.run, part=part)
    healthy(app)
    assert f"n = {n} {part.lower()} sequences" in words(app)


def test_a_link_with_a_sequence_opens_that_sequence(looked_at):
    dataset = datasets.load(looked_at.dataset)
    name = str(dataset.ids[dataset.rows("test")[2]])
    app = open_page(RESULTS, run=looked_at.run, sequence=name)
    healthy(app)
    assert f"**{name}**" in words(app)
    links = [link for link in app.get("page_link") if link.label == "Explain this sequence"]
    assert f"sequence={name}" in str(links[0].proto)


def test_every_download_is_what_it_says(looked_at):
    run = runs.get(looked_at.run)
    view = data.open_view(RunView, run, datasets.load(run.dataset), 0, "test")
    files = {(offer.kind, offer.form): offer.make() for offer in diagnostics.offers(view)}
    n = runs.metrics(run.id)["test"]["n"]
    assert files["scatter", "png"].startswith(b"\x89PNG")
    assert b"<svg" in files["scatter", "svg"] and b"<svg" in files["residuals", "svg"]
    assert len(files["predictions", "csv"].splitlines()) == 1 + 160
    assert len(files["residuals", "csv"].splitlines()) == 1 + n
    head = files["scores", "csv"].splitlines()[0]
    assert head == b"model,part,n,metric,unit,value,low_95,high_95"


def test_of_very_many_sequences_the_middle_is_counted_and_all_are_scored(looked_at, monkeypatch):
    for module in ("lib.figures.scatter", "lib.ui.results.scatter"):
        monkeypatch.setattr(f"{module}.MOST_DRAWN", 100)
        monkeypatch.setattr(f"{module}.OUTLYING", 10)
    monkeypatch.setattr("lib.figures.scatter.GL_ABOVE", 100)
    app = open_page(RESULTS, run=looked_at.run, part="Training")
    healthy(app)
    assert "middle of the 128 sequences is a map of counts; the 10 outlying ones" in words(app)
    assert "n = 128 training sequences" in words(app)


def test_an_unknown_run_is_a_sentence_and_others_are_offered(looked_at):
    app = open_page(RESULTS, run="nothere")
    assert "There is no run" in app.error[0].value
    assert not app.exception
    assert app.selectbox


def test_a_run_of_several_targets_asks_for_one(tmp_path):
    from lib.datasets.targets import TargetChoice

    made = make(tmp_path / "home", settings={"k": 2}, target=TargetChoice(kind="all"))
    with using(made.home):
        app = open_page(RESULTS, run=made.run)
        healthy(app)
        targets = datasets.get(made.dataset).target_names
        assert len(app.selectbox(key="target").options) == len(targets) > 1
        app.selectbox(key="target").select_index(3).run()
        healthy(app)
        assert f"target {targets[3]}" in words(app)


def test_names_of_users_never_become_markup(finished):
    runs.rename(finished.run, NASTY)
    for page in (RUNS, RESULTS, TRAIN):
        app = open_page(page, run=finished.run, dataset=finished.dataset)
        healthy(app)
        for item in [*app.markdown, *app.caption]:
            assert NASTY not in str(item.value), "unescaped in markdown"
        for item in app.get("html"):
            assert NASTY not in item.proto.body, "unescaped in HTML"


def test_renaming_to_nothing_is_refused(finished):
    with pytest.raises(UserError, match="empty"):
        runs.rename(finished.run, " ")


def test_a_model_that_reads_tokens_is_started_with_a_tokenizer_and_both_are_cloned(finished, monkeypatch):
    monkeypatch.setattr("lib.jobs.local.start_scheduler", lambda *arguments: None)  # nothing needs to be trained here
    app = open_page(TRAIN, dataset=finished.dataset, model="bert")
    healthy(app)
    assert app.selectbox(key="train-tokenizer-new").value == "bpe"
    app.selectbox(key="train-new-bert-size").set_value("tiny").run()
    app.selectbox(key="train-tokenizer-new").set_value("k-mer").run()
    app.number_input(key="train-tokenizer-new-k-mer-k").set_value(4).run()
    healthy(app)
    app.button(key="start-training").click().run()
    healthy(app)
    started = runs.get(app.query_params["run"])
    assert started.name == "BERT from scratch (k-mers) on Demo"
    assert started.spec.model.settings["size"] == "tiny"
    assert (started.spec.tokenizer.name, started.spec.tokenizer.settings["k"]) == ("k-mer", 4)
    runs.request_cancel(started.id)
    app = open_page(TRAIN, dataset=finished.dataset, clone=started.id)
    healthy(app)
    assert app.selectbox(key=f"train-tokenizer-{started.id}").value == "k-mer"
    assert app.number_input(key=f"train-tokenizer-{started.id}-k-mer-k").value == 4


@pytest.mark.parametrize(("name", "sentence"), [("dnabert-2", "tokenizer.json"), ("motif", "needs an RBP table")])
def test_a_tokenizer_that_lacks_something_is_a_sentence_and_nothing_starts(home, tmp_path, name, sentence):
    files = simulate.write_demo(tmp_path / "files", n=60)
    sources = [Source(path.name, path) for path in (files.expression, files.sequences)]
    dataset = datasets.freeze(build(understand(*sources), ImportChoices(name="No table")))
    app = open_page(TRAIN, dataset=dataset, model="bert", tokenizer=name)
    assert not app.exception
    assert sentence in words(app)
    assert not [button for button in app.button if button.key == "start-training"]


def test_a_link_from_the_tokens_pages_names_the_tokenizer(looked_at):
    app = open_page(TRAIN, dataset=looked_at.dataset, model="bert", tokenizer="k-mer(k=5)")
    healthy(app)
    assert app.number_input(key="train-tokenizer-new-k-mer-k").value == 5
    app = open_page(TRAIN, dataset=looked_at.dataset, model="bert", tokenizer="k-mer(k=500)")
    assert "cannot be had" in app.error[0].value
    app = open_page(TRAIN, dataset=looked_at.dataset, model="kmer-ridge", tokenizer="k-mer(k=5)")
    assert "train-tokenizer-new" not in {box.key for box in app.selectbox}
