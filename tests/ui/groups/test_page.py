"""Sweeps and the tokenizer comparison from app.py: set up on Train, read under Sweeps, kept back elsewhere."""

import shutil

import pytest

from lib.core.progress import Silent
from lib.io.files import Source
from lib.jobs import sweep_axes, sweeps
from lib.jobs.groups import Base
from lib.jobs.sweep_axes import SEED, SEEDS, Axis
from lib.jobs.train import train
from lib.models import MODELS
from lib.store import datasets, groups, rbp_tables, runs
from lib.ui.widgets.state import GROUPS, RESULTS, RUNS, TRAIN
from tests.finished import NASTY, Finished, freeze, healthy, make, open_page, using, words

KEY = "sweep-kmer-ridge-"


def finish(run_id: str) -> None:
    """Do in this process what a worker does."""
    runs.transition(run_id, runs.RUNNING)
    runs.set_results(run_id, train(run_id, runs.folder(run_id), Silent()))
    runs.transition(run_id, runs.FINISHED)


@pytest.fixture(scope="module")
def swept(tmp_path_factory) -> tuple[Finished, str]:
    """A workspace with a sweep of three widths of k-mer ridge, all over."""
    patch = pytest.MonkeyPatch()
    patch.setattr("lib.jobs.local.start_scheduler", lambda *arguments: None)
    made = make(tmp_path_factory.mktemp("groups") / "home", settings={"k": 2})
    with using(made.home):
        base = Base(datasets.load(made.dataset), MODELS.create("kmer-ridge"))
        k = next(axis for axis in sweeps.list_axes(MODELS.get("kmer-ridge"), None) if axis.key == "model.k")
        varied = [Axis(k.of, k.setting, values=(1, 4, 2))]
        group = sweeps.start_sweep(base, varied, sweep_axes.make_grid(varied), name=NASTY)
        for run in groups.runs_of(group.id):
            finish(run.id)
    patch.undo()
    return made, group.id


@pytest.fixture
def sweep(swept, monkeypatch) -> str:
    """The workspace itself, for tests that change nothing."""
    monkeypatch.setenv("MOTIFLENS_HOME", str(swept[0].home))
    return swept[1]


@pytest.fixture
def own(swept, home, monkeypatch) -> Finished:
    """A copy of it for one test, in which nothing starts."""
    monkeypatch.setattr("lib.jobs.local.start_scheduler", lambda *arguments: None)
    shutil.copytree(swept[0].home, home)
    return Finished(home, swept[0].dataset, swept[1])


def scores(group: str) -> dict[str, tuple[float, float]]:
    """Validation and test R2 of each member."""
    found = {run.id: runs.metrics(run.id) for run in groups.runs_of(group)}
    return {name: (item["validation"]["r2"], item["test"]["r2"]) for name, item in found.items()}


def test_without_a_sweep_the_page_says_what_to_do_next(home, tmp_path):
    assert "simulated demo" in words(open_page(GROUPS))
    dataset = freeze(tmp_path / "files")
    app = open_page(GROUPS, dataset=dataset)
    healthy(app)
    links = {link.label: str(link.proto) for link in app.get("page_link")}
    assert "start=Sweep" in links["Set up a sweep"]
    assert "comparison=1" in links["Run the tokenizer comparison"]


def test_a_sweep_names_its_best_by_validation_and_shows_the_test_result_of_no_other(sweep):
    app = open_page(GROUPS, group=sweep)
    healthy(app)
    said, found = words(app), scores(sweep)
    best = max(found, key=lambda run: found[run][0])
    number = runs.get(best).spec.model.settings["k"]
    assert (
        f"Best by validation: **Longest word (nt) {number}**, with a validation R² of **{found[best][0]:.3f}**" in said
    )
    assert f"test R² is **{found[best][1]:.3f}** [" in said.replace("−", "-")
    table = app.dataframe[0].value
    assert table["Validation R²"].tolist() == sorted((pair[0] for pair in found.values()), reverse=True)
    assert table["Run"].iloc[0] == best and not [name for name in table if "est R²" in name]
    for run, (_, test) in found.items():
        assert run == best or f"{test:.3f}" not in said, "a test result that should be kept back"
    chart = app.get("plotly_chart")[0]
    assert "parcoords" in str(chart.proto)
    for item in [*app.markdown, *app.caption, *app.subheader]:
        assert NASTY not in str(item.value), "unescaped in markdown"


def test_while_a_sweep_goes_on_no_test_result_is_shown(own):
    member = groups.runs_of(own.run)[0]
    runs.create(spec=member.spec, group=own.run)
    app = open_page(GROUPS, group=own.run)
    healthy(app)
    said = words(app)
    assert "Best so far by validation" in said and "test R²" not in said
    assert "3 of 4 runs over · 1 queued, 3 finished" in str(app.get("progress")[0].proto)
    app.button(key="group-cancel").click().run()
    assert {run.state for run in groups.runs_of(own.run)} == {runs.CANCELLED, runs.FINISHED}
    app.button(key="group-resume").click().run()
    assert len(runs.queue()) == 1


def test_the_list_opens_groups_and_a_deleted_one_is_a_sentence(own):
    app = open_page(GROUPS)
    healthy(app)
    row = app.dataframe[0].value.iloc[0]
    assert (row["Kind"], row["Name"], row["Runs"], row["State"]) == ("Sweep", NASTY, 3, "3 finished")
    app = open_page(GROUPS, group=own.run)
    app.radio(key="group-what").set_value("The group and its runs").run()
    app.button(key="group-delete").click().run()
    assert groups.all() == [] and len(runs.all()) == 1
    assert "no sweep or comparison" in open_page(GROUPS, group=own.run).error[0].value


def test_runs_and_results_keep_test_results_of_the_others_back(sweep):
    found = scores(sweep)
    best = max(found, key=lambda run: found[run][0])
    app = open_page(RUNS)
    healthy(app)
    table = app.dataframe[0].value.set_index("Run")
    shown = {run for run in found if table.loc[run, "R²"] == table.loc[run, "R²"]}
    assert shown == {best}
    assert "best by validation alone" in words(app)
    other = min(found, key=lambda run: found[run][0])
    app = open_page(RESULTS, run=other)
    healthy(app)
    assert "kept back" in words(app) and "of n = 16 validation sequences" in words(app)
    assert f"{found[other][1]:.3f}" not in words(app).replace("−", "-")
    assert "of n = 16 test sequences" in words(open_page(RESULTS, run=best))


def test_a_sweep_is_set_up_on_the_train_page_and_queued(own):
    app = open_page(TRAIN, dataset=own.dataset, model="kmer-ridge", start="Sweep")
    healthy(app)
    assert "Choose one setting or more" in words(app)
    app.multiselect(key=f"{KEY}-settings").set_value(["model.k", "seed"]).run()
    app.text_input(key=f"{KEY}-model.k-list").set_value("2, 99").run()
    assert "at most 8" in app.error[0].value
    assert not [button for button in app.button if button.key == "start-sweep"]
    app.text_input(key=f"{KEY}-model.k-list").set_value("2, 3").run()
    healthy(app)
    assert "6 combinations: Longest word (2) × Seed (3)" in words(app)
    start = app.button(key="start-sweep")
    assert start.label == "Start sweep of 6 runs"
    start.click().run()
    made = groups.all()[0]
    assert {(run.spec.model.settings["k"], run.spec.seed) for run in groups.runs_of(made.id)} == {
        (k, seed) for k in (2, 3) for seed in (0, 1, 2)
    }
    assert made.name == "k-mer ridge: Longest word, Seed"


def test_the_comparison_says_what_cannot_run_and_is_drawn_beside_published_figures(own, monkeypatch, tmp_path):
    monkeypatch.setattr("huggingface_hub.constants.HF_HUB_CACHE", str(tmp_path / "cache"))
    app = open_page(TRAIN, dataset=own.dataset, comparison="1")
    healthy(app)
    said = words(app)
    assert said.count("Cannot run") == 2 and "no motif of 7 nt" in said and "published weights" in said
    assert "start-training" not in {button.key for button in app.button}, "one primary button"
    for key in ("morph-o", "bert-bpe", "bert-6-mers", "cnn"):
        app.checkbox(key=f"comparison-{key}-can").uncheck()
    app.run()
    app.button(key="start-comparison").click().run()
    group = groups.all()[0]
    (run,) = groups.runs_of(group.id)
    finish(run.id)
    app = open_page(GROUPS, group=group.id)
    healthy(app)
    said, test = words(app), runs.metrics(run.id)["test"]
    for name in ("mse", "mae", "rmse", "r2"):
        assert f"{test[name]:.3f}" in said, name
    for published in ("0.457", "0.178", "0.174", "Published, on other data"):
        assert published in said
    assert "did not run" in said and "k-mer ridge" in said
    assert run.id in str([str(link.proto) for link in app.get("page_link")])


def test_the_rbp_table_that_is_chosen_goes_with_the_run_and_is_cloned(own, tmp_path):
    file = tmp_path / "own.csv"
    file.write_text("Motif,Mean_RBP\nTTAG,2.5\nTGTA,1.5\n")
    table = rbp_tables.keep(Source(file.name, file))
    app = open_page(TRAIN, dataset=own.dataset, model="bert", tokenizer="motif", rbp=table)
    healthy(app)
    app.button(key="start-training").click().run()
    started = runs.get(app.query_params["run"])
    assert started.payload["rbp"] == table
    runs.request_cancel(started.id)
    app = open_page(TRAIN, dataset=own.dataset, clone=started.id)
    healthy(app)
    assert app.query_params["rbp"] == table


def test_a_preset_of_a_model_brings_its_tokenizer(own):
    app = open_page(TRAIN, dataset=own.dataset, model="bert")
    app.selectbox(key="train-new-bert-preset").set_value("MORPH_O").run()
    healthy(app)
    assert app.selectbox(key="train-tokenizer-MORPH_O").value == "morph"
    assert app.text_input(key="train-tokenizer-MORPH_O-morph-threshold").value == "0.954"


def test_seeds_are_suggested_from_the_chosen_one(own):
    app = open_page(TRAIN, dataset=own.dataset, model="kmer-ridge", start="Sweep")
    app.number_input(key="train-seed-new").set_value(5)
    app.multiselect(key=f"{KEY}-settings").set_value(["seed"]).run()
    assert app.text_input(key=f"{KEY}-seed-list").value == "5, 6, 7"
    assert Axis(SEED, SEEDS, values=("5", "6", "7")).grid() == (5, 6, 7)
