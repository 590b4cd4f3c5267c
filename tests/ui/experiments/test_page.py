"""The Experiments page from app.py: empty, each view asked and answered, typed motifs, and what goes wrong."""

import json

import numpy as np
import pandas as pd
import pytest

from lib.analysis.motifs import Motif
from lib.core.progress import Silent
from lib.datasets import pipeline, simulate
from lib.datasets.draft import ImportChoices
from lib.datasets.simulate import MOTIFS
from lib.datasets.targets import TargetChoice
from lib.io.files import Source
from lib.jobs import experiment as job
from lib.motifs.pattern import Pattern
from lib.store import datasets, experiments, patterns, runs
from lib.store.experiments import Asked
from lib.ui.experiments import design, insert
from lib.ui.experiments.words import effects_sentence
from lib.ui.widgets.state import EXPERIMENTS
from tests.finished import NASTY, Finished, healthy, make, open_page, trained, using, words


@pytest.fixture(scope="module")
def made(tmp_path_factory) -> Finished:
    workspace = make(tmp_path_factory.mktemp("experiments-page") / "home", settings={"k": 4})
    with using(workspace.home):
        for asked in questions(workspace):
            answered(asked)
    return workspace


@pytest.fixture
def looked_at(made, monkeypatch):
    """The finished workspace itself; what a test queues is not worked on."""
    monkeypatch.setenv("MOTIFLENS_HOME", str(made.home))
    monkeypatch.setattr("lib.jobs.experiment.runner", Nobody)
    return made


class Nobody:
    """A runner that leaves runs queued."""

    def submit(self, run_id): ...


def questions(made):
    """One experiment of each sort."""
    motifs = (*(Motif(one.motif, one.motif, one.effect) for one in MOTIFS), Motif(NASTY, "ACGA"))
    some = {"background": "shuffled", "part": "train", "count": 12}
    dataset = datasets.load(made.dataset)
    start = str(dataset.sequences[dataset.rows("test")[0]])
    wish = {
        "name": NASTY,
        "sequence": start,
        "goal": 0.0,
        "keep": [[0, 10]],
        "gc_low": 0.0,
        "gc_high": 1.0,
        "forbidden": [],
        "edits": 25,
    }
    yield Asked("insert", made.run, 0, motifs, {**some, "grid": 3})
    yield Asked("pairs", made.run, 0, motifs[3:], {**some, "gaps": [0, 5, 12]})
    yield Asked("ablate", made.run, 0, motifs, {"part": "train", "count": 60, "draws": 2})
    yield Asked("design", made.run, 0, motifs, wish)


def answered(asked):
    """Do an experiment in this process and give the id of the finished run."""
    run = runs.create(
        spec=runs.get(asked.run).spec, kind=experiments.KIND, payload=experiments.payload(asked), name=asked.sort
    )
    runs.transition(run.id, runs.RUNNING)
    runs.set_results(run.id, job.experiment(run.id, runs.folder(run.id), Silent()))
    runs.transition(run.id, runs.FINISHED)
    return run.id


def start_button(app):
    return next(button for button in app.button if button.key == "experiment-start")


def test_without_data_the_page_says_what_to_do(home):
    app = open_page(EXPERIMENTS)
    healthy(app)
    assert "Bring data" in {link.label for link in app.get("page_link")}


@pytest.mark.parametrize(
    ("view", "question", "said", "charts"),
    [
        ("Insert motifs", "put into other sequences", "change the prediction", 2),
        ("Pairs and spacing", "more together than apart", "Synergy: effect of both minus the sum", 2),
        ("Take motifs out", "where they stand", "contribute where they stand", 1),
        ("Design", "few edits", "Motifs gained and lost", 1),
    ],
)
def test_each_view_asks_and_answers(looked_at, view, question, said, charts):
    app = open_page(EXPERIMENTS, run=looked_at.run, dataset=looked_at.dataset, what=view)
    healthy(app)
    told = words(app)
    assert question in told
    assert said in told
    assert "simulated" in told
    assert len(app.get("plotly_chart")) == charts
    assert "<img" not in json.dumps([chart.proto.spec for chart in app.get("plotly_chart")])
    assert not start_button(app).disabled
    assert app.query_params["experiment"]


def test_the_planted_motifs_are_named_with_their_direction(looked_at):
    app = open_page(EXPERIMENTS, run=looked_at.run, dataset=looked_at.dataset, what="Insert motifs")
    told = words(app)
    up, down = told.index("Strongest upwards"), told.index("Strongest downwards")
    for planted in MOTIFS:
        word = planted.motif.replace("T", "U")
        if word in told[up:]:
            where = told.index(word, up)
            assert (where < down) == (planted.effect > 0), word


def test_starting_queues_an_experiment_and_shows_it(looked_at):
    app = open_page(EXPERIMENTS, run=looked_at.run, dataset=looked_at.dataset, what="Take motifs out")
    before = {run.id for run in runs.all(kind="experiment")}
    start_button(app).click().run()
    healthy(app)
    [new] = {run.id for run in runs.all(kind="experiment")} - before
    asked = experiments.read_request(runs.get(new))
    assert new in app.query_params["experiment"]
    assert (asked.sort, asked.options["draws"], len(asked.motifs)) == ("ablate", 5, 13)
    assert "queued" in words(app)
    runs.request_cancel(new)
    runs.delete(new)


def test_motifs_can_be_typed_in(looked_at):
    app = open_page(
        EXPERIMENTS, run=looked_at.run, dataset=looked_at.dataset, what="Insert motifs", motifs_from="Typed in"
    )
    assert start_button(app).disabled
    app.text_area(key="motif_words").set_value("UUAG\nugua").run()
    healthy(app)
    assert not start_button(app).disabled
    app.text_area(key="motif_words").set_value("UU-G").run()
    assert "is no motif" in " ".join(error.value for error in app.error).replace("\\", "")
    assert start_button(app).disabled
    app.text_area(key="motif_words").set_value("UUAG").run()
    app.text_input(key="positions").set_value("zero").run()
    assert "is no list of positions" in " ".join(error.value for error in app.error).replace("\\", "")


def test_without_an_rbp_table_motifs_are_typed_in(home, tmp_path):
    files = simulate.write_demo(tmp_path / "files", n=160)
    read = pipeline.understand(*(Source(path.name, path) for path in (files.expression, files.sequences)))
    dataset = datasets.freeze(pipeline.build(read, ImportChoices(name="Bare", target=TargetChoice(), simulated=True)))
    run = trained(dataset, "mean", {})
    app = open_page(EXPERIMENTS, run=run, dataset=dataset, what="Take motifs out")
    healthy(app)
    assert app.text_area(key="motif_words").placeholder.startswith("UGUAHAUA")
    assert start_button(app).disabled
    app = open_page(EXPERIMENTS, run=run, dataset=dataset, what="Take motifs out", motifs_from="RBP table")
    healthy(app)
    assert "has no RBP table. Upload one with" in " ".join(item.value for item in app.info)
    app = open_page(EXPERIMENTS, run=run, dataset=dataset, what="Design")
    healthy(app)
    assert not start_button(app).disabled


def test_what_a_design_may_not_do_is_checked_at_once(looked_at):
    app = open_page(EXPERIMENTS, run=looked_at.run, dataset=looked_at.dataset, what="Design")
    app.text_input(key="keep").set_value("100-400").run()
    assert "does not lie within the sequence of 110 nt" in " ".join(error.value for error in app.error).replace(
        "\\", ""
    )
    assert start_button(app).disabled
    app.text_input(key="keep").set_value("1-20").run()
    app.text_input(key="forbidden").set_value("GGUCUC").run()
    healthy(app)
    before = {run.id for run in runs.all(kind="experiment")}
    start_button(app).click().run()
    [new] = {run.id for run in runs.all(kind="experiment")} - before
    options = experiments.read_request(runs.get(new)).options
    assert (options["keep"], options["forbidden"], options["edits"]) == ([[0, 20]], ["GGTCTC"], 20)
    runs.request_cancel(new)
    runs.delete(new)


def test_a_pasted_start_is_read(looked_at):
    app = open_page(EXPERIMENTS, run=looked_at.run, dataset=looked_at.dataset, what="Design", start_from="pasted")
    healthy(app)
    assert start_button(app).disabled
    app.text_area(key="start_sequence").set_value(f">{NASTY}\nacguacguuuagcc\n").run()
    healthy(app)
    assert "14 nt: the prediction is" in words(app)
    assert not start_button(app).disabled


def test_positions_and_regions_are_read_from_1():
    assert insert._starts("10, 45;2") == [1, 9, 44]
    assert design.regions("") == ()
    assert design.regions("3–5") == ((2, 5),)
    for wrong in ("5-3", "0-4", "1-20 x"):
        with pytest.raises(Exception, match="is no list of regions"):
            design.regions(wrong)


def test_the_sentence_names_the_strongest_either_way():
    table = pd.DataFrame({"label": list("abcd"), "mean": [0.5, -0.2, 0.7, 9.0], "q": [0.01, 0.04, 0.02, 0.3]})
    assert effects_sentence(table, "log2") == (
        "**3 of 4** motifs change the prediction (q at most 0.05). Strongest upwards: **c** (+0.70), **a** (+0.50). "
        "Strongest downwards: **b** (-0.20). Effects are in log2."
    )


def test_a_link_to_an_experiment_opens_its_view(looked_at):
    run = next(run for run in runs.all(kind="experiment") if run.payload["experiment"] == "ablate")
    app = open_page(EXPERIMENTS, run=looked_at.run, dataset=looked_at.dataset, experiment=run.id)
    healthy(app)
    assert "where they stand" in words(app)
    assert run.id in app.query_params["experiment"]


def test_discovered_patterns_can_be_put_in(looked_at):
    ppm = np.full((4, 5), 0.02)
    ppm[[3, 3, 0, 2, 1], range(5)] = 0.94
    seqlets = pd.DataFrame({"id": ["a"], "start": [3], "end": [8], "contribution": [0.5]})
    payload = {"set": {"run": looked_at.run}}
    job = runs.create(spec=runs.get(looked_at.run).spec, kind="discover", name="TF-MoDISco", payload=payload)
    patterns.keep(job.id, [Pattern("+1", 1, ppm, ppm, seqlets)])
    runs.transition(job.id, runs.RUNNING)
    runs.transition(job.id, runs.FINISHED)
    link = {"run": looked_at.run, "dataset": looked_at.dataset, "what": "Insert motifs"}
    app = open_page(EXPERIMENTS, **link, motifs_from="Discovered patterns")
    healthy(app)
    before = {run.id for run in runs.all(kind="experiment")}
    start_button(app).click().run()
    [new] = {run.id for run in runs.all(kind="experiment")} - before
    [motif] = experiments.read_request(runs.get(new)).motifs
    assert (motif.name, motif.word) == ("pattern +1", "TTAGC")
    np.testing.assert_array_equal(motif.pwm, ppm)
    for run in (new, job.id):
        runs.request_cancel(run)
        runs.delete(run)
