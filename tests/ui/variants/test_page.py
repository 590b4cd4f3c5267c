"""The Variants page from app.py: empty, an example, faults, an answer with an interval, one variant, and classes."""

import json
from dataclasses import replace

import pytest

from lib.analysis import edits
from lib.core.progress import Silent
from lib.io.variants import Variant
from lib.jobs import variants as job
from lib.store import datasets, runs, variants
from lib.store.fitted import load_fitted
from lib.store.variants import Asked
from lib.tasks.class_metrics import probabilities
from lib.ui.variants import one
from lib.ui.widgets.state import VARIANTS
from tests.finished import NASTY, Finished, freeze_classes, healthy, make, open_page, trained, using, words
from tests.variant_examples import Nobody, some

CNN = {"epochs": 1, "channels": 8, "blocks": 1}


@pytest.fixture(scope="module")
def made(tmp_path_factory) -> Finished:
    workspace = make(tmp_path_factory.mktemp("variants-page") / "home", settings={"k": 4})
    with using(workspace.home), pytest.MonkeyPatch.context() as patch:
        patch.setattr("lib.jobs.variants.runner", Nobody)
        yield workspace


@pytest.fixture
def looked_at(made, monkeypatch):
    """The finished workspace itself; what a test queues is not worked on."""
    monkeypatch.setenv("MOTIFLENS_HOME", str(made.home))
    return made


def answered(made, *asked_runs):
    """Measure in this process and give the id of the finished run."""
    found, known = some(made)
    found[-1] = replace(found[-1], name=NASTY)
    run = job.start_variants(Asked(asked_runs, (0,) * len(asked_runs), found, known, random=30))
    runs.transition(run, runs.RUNNING)
    runs.set_results(run, job.variants(run, runs.folder(run), Silent()))
    runs.transition(run, runs.FINISHED)
    return run


@pytest.fixture(scope="module")
def measured(made):
    """A measurement by two small networks that predict the same."""
    seeds = [trained(made.dataset, "cnn", {**CNN, "channels": 8 * each}, name=f"CNN {each}") for each in (1, 2)]
    return seeds, answered(made, *seeds)


def button(app, key):
    return next(item for item in app.button if item.key == key)


def test_without_a_model_the_page_says_what_to_do(home):
    app = open_page(VARIANTS)
    healthy(app)
    assert "Train a model" in {link.label for link in app.get("page_link")}


def test_an_example_is_understood_and_queued(looked_at):
    app = open_page(VARIANTS, run=looked_at.run, dataset=looked_at.dataset)
    healthy(app)
    assert button(app, "variants-start").disabled
    next(item for item in app.button if item.label == "Use an example").click().run()
    healthy(app)
    assert "Read as sequence: **sequence** · position: **position** · reference: **ref**" in words(app)
    assert "14 variants of 4 sequences match: 12 SNVs, 1 insertion, 1 deletion" in words(app)
    before = {run.id for run in variants.past()}
    button(app, "variants-start").click().run()
    healthy(app)
    [new] = {run.id for run in variants.past()} - before
    assert runs.get(new).payload["runs"] == [looked_at.run]
    assert new in app.query_params["variants"]
    assert "queued" in words(app)
    runs.request_cancel(new)
    runs.delete(new)


def typed(made, text):
    app = open_page(VARIANTS, run=made.run, dataset=made.dataset)
    app.text_area(key="variants-text").set_value(text).run()
    healthy(app)
    return app


def control(app, option):
    """The control of an open decision: a radio, a list or a box to tick."""
    return next(one for one in (*app.radio, *app.selectbox, *app.checkbox) if one.key.endswith(f"-read-{option}"))


def test_every_fault_is_shown_and_the_rest_goes_on_with_consent(looked_at):
    dataset = datasets.load(looked_at.dataset)
    name, text = str(dataset.ids[0]), str(dataset.sequences[0])
    other = "ACGT"["CGTA".index(text[0])]
    table = f"id,pos,ref,alt\n{name},1,{text[0]},{other}\n{name},1,{other},{text[0]}\n{NASTY},1,A,C\n{name},999,A,C\n"
    app = typed(looked_at, table)
    said = " ".join(item.value for item in app.warning)
    assert "3 of 4 variants are excluded: 1 with reference allele that does not match the sequence, 1 with ID" in said
    faults = next(item.value for item in app.dataframe if "Needed" in item.value)
    assert faults["Line"].tolist() == [3, 4, 5]
    assert faults["Needed"][0] == f"{text[0]}, which stands at position 1 of {name}"
    assert {"variants-excluded", "variants-excluded-xlsx"} <= {item.key for item in app.get("download_button")}
    assert button(app, "variants-start").disabled, "more than a fifth is excluded"
    control(app, "excluded_ok").check().run()
    healthy(app)
    assert not button(app, "variants-start").disabled
    app.text_area(key="variants-text").set_value(f"id,pos,ref,alt\n{name},1,{other},{text[0]}\n").run()
    assert "holds no variant that can be used" in app.error[0].value
    assert button(app, "variants-start").disabled
    app.text_area(key="variants-text").set_value(">a_ref\nACGTACGT\n>a_alt\nACGTTCGT\n").run()
    healthy(app)
    assert "1 variant of 1 sequence match" in words(app)


def test_what_must_be_decided_comes_first_and_nothing_is_scored_before(looked_at):
    dataset = datasets.load(looked_at.dataset)
    name, text = str(dataset.ids[0]), str(dataset.sequences[0])
    places = [at for at in range(3, 60) if text[at] != text[at - 1]][:12]
    rows = "".join(f"{name},{at},{text[at]},{'ACGT'['CGTA'.index(text[at])]}\n" for at in places)
    app = typed(looked_at, f"id,start,ref,alt\n{rows}{name},{places[0]},-,TTAG\n")
    assert button(app, "variants-start").disabled
    asked = control(app, "coordinates")
    assert (asked.label, asked.value) == ("Coordinates", None)
    assert any("counted from 0, 12 of 12" in item.value for item in app.markdown)
    asked.set_value("0").run()
    healthy(app)
    assert button(app, "variants-start").disabled, "where the insertion lies is open"
    control(app, "insertions").set_value("after").run()
    healthy(app)
    assert not button(app, "variants-start").disabled
    assert "13 variants of 1 sequence match: 12 SNVs, 1 insertion" in words(app)
    told = next(item.value for item in app.dataframe if "Taken as" in item.value)
    assert dict(zip(told["What"], told["Taken as"], strict=True))["Coordinates"] == "counted from 0"
    control(app, "coordinates").set_value("1").run()
    assert "does not fit the sequences" in app.error[0].value
    next(item for item in app.button if item.label == "Undo my answers").click().run()
    assert control(app, "coordinates").value is None


def test_measured_effects_are_chosen_and_drawn_beside_predicted_ones(looked_at):
    found, _ = some(looked_at)
    rows = [
        f"{one.name},{one.sequence},{one.position + 1},{one.ref},{one.alt},{number / 2},5"
        for number, one in enumerate(found[:5])
    ]
    app = typed(looked_at, "\n".join(["variant,id,pos,ref,alt,K562,*flat*", *rows]) + "\n")
    choice = next(item for item in app.multiselect if item.label == "Columns of measured effects")
    assert choice.options == ["K562", "*flat*"]
    choice.set_value(["K562", "*flat*"]).run()
    healthy(app)
    assert "K562: n = 5" in words(app)
    before = {run.id for run in variants.past()}
    button(app, "variants-start").click().run()
    healthy(app)
    [new] = {run.id for run in variants.past()} - before
    assert runs.get(new).payload["measured"] == ["K562", "*flat*"]
    runs.transition(new, runs.RUNNING)
    runs.set_results(new, job.variants(new, runs.folder(new), Silent()))
    runs.transition(new, runs.FINISHED)
    app = open_page(VARIANTS, run=looked_at.run, dataset=looked_at.dataset, variants=new, variant="2")
    healthy(app)
    assert "Predicted against measured effects" in words(app)
    numbers = next(item.value for item in app.dataframe if "Pearson" in item.value)
    assert numbers["n"].tolist() == [5, 5]
    assert numbers["Note"].tolist() == ["", "All 5 measured effects are 5, so that there is no correlation."]
    assert "Measured K562" in next(item.value for item in app.dataframe if "effect" in item.value)
    assert len(app.get("plotly_chart")) == 2 + 2 + 1, (
        "the ranking, the positions, a scatter each, the map of the variant"
    )
    runs.delete(new)


def test_columns_can_be_chosen_otherwise(looked_at):
    dataset = datasets.load(looked_at.dataset)
    name, text = str(dataset.ids[0]), str(dataset.sequences[0])
    one, two = [base for base in "ACGT" if base != text[4]][:2]
    app = typed(looked_at, f"id,pos,ref,alt,minor\n{name},5,{text[4]},{one},{two}\n")
    assert "alternative: **alt**" in words(app)
    next(item for item in app.selectbox if item.key.endswith("-column-alt")).set_value("minor").run()
    healthy(app)
    assert "alternative: **minor**" in words(app)


def test_several_runs_give_a_mean_with_an_interval(looked_at, measured):
    _, run = measured
    app = open_page(VARIANTS, run=looked_at.run, dataset=looked_at.dataset, variants=run)
    healthy(app)
    said = words(app)
    assert "the prediction most, by" in said
    assert "Student's t over n = 2 runs" in said
    assert "Two trainings give wide intervals" in said
    assert "simulated" in said
    assert len(app.get("plotly_chart")) == 2
    assert "<img" not in json.dumps([chart.proto.spec for chart in app.get("plotly_chart")])
    table = next(item.value for item in app.dataframe if "effect" in item.value)
    assert len(table) == 7
    assert table["effect"].abs().is_monotonic_decreasing
    assert {"low", "high", "percentile", "CNN 1", "CNN 2", "context"} <= set(table)
    assert NASTY in table["label"].tolist()


def test_a_variant_is_looked_at(looked_at, measured):
    seeds, run = measured
    app = open_page(VARIANTS, run=looked_at.run, dataset=looked_at.dataset, variants=run, variant="1", by=seeds[1])
    healthy(app)
    said = words(app)
    assert "Blue frame: the variant" in said
    assert "There is no interval: one training cannot tell" in said
    assert len(app.get("plotly_chart")) == 3
    assert {item.key for item in app.get("download_button")} >= {
        f"variants-logo-{name}-svg" for name in ("As it stands", "Changed")
    }
    link = next(item for item in app.get("page_link") if item.label == "Open in What if")
    assert "edits=s20." in link.proto.query_string


def test_one_run_alone_offers_its_seeds(looked_at, measured):
    seeds, _ = measured
    run = answered(looked_at, seeds[0])
    app = open_page(VARIANTS, run=looked_at.run, dataset=looked_at.dataset, variants=run)
    healthy(app)
    before = {item.id for item in runs.all(kind="train")}
    button(app, "variants-train-seeds").click().run()
    new = {item.id for item in runs.all(kind="train")} - before
    assert sorted(runs.get(item).spec.seed for item in new) == [1, 2, 3, 4]
    ridge = answered(looked_at, looked_at.run)
    app = open_page(VARIANTS, run=looked_at.run, dataset=looked_at.dataset, variants=ridge)
    healthy(app)
    assert "chance plays no part in the training of this model" in words(app)
    for item in new:
        runs.request_cancel(item)


def test_variants_become_edits_of_the_bench():
    texts = [
        edits.write(one.as_edits(Variant("v", "s", 3, ref, alt)))
        for ref, alt in (("A", "C"), ("AC", "GT"), ("", "GG"), ("AT", ""), ("ACT", "GA"))
    ]
    assert texts == ["s3.C", "s3.GT", "i3.GG", "d3-5", "d3-6_i3.GA"]


def test_of_classes_the_probability_is_told(looked_at):
    dataset = freeze_classes(looked_at.home.parent / "classes", classes=3)
    run = trained(dataset, "cnn", CNN, name="Classifier")
    frozen = datasets.load(dataset)
    name, text = str(frozen.ids[0]), str(frozen.sequences[0])
    variant = Variant("one", name, 2, text[2], "ACGT"["CGTA".index(text[2])])
    measured = job.start_variants(Asked((run,), (1,), [variant], {name: text}, random=10))
    runs.transition(measured, runs.RUNNING)
    runs.set_results(measured, job.variants(measured, runs.folder(measured), Silent()))
    runs.transition(measured, runs.FINISHED)
    app = open_page(VARIANTS, run=run, dataset=dataset, variants=measured, variant="1")
    healthy(app)
    table = next(item.value for item in app.dataframe if "effect" in item.value)
    predicted = load_fitted(run).predict([text, variant.apply(text)])
    shares = probabilities(predicted)[:, 1]
    assert table["probability_before"][0] == pytest.approx(shares[0], abs=1e-6)
    assert table["probability_change"][0] == pytest.approx(shares[1] - shares[0], abs=1e-6)
    assert "Change of log-odds of" in words(app)
    assert len(app.get("plotly_chart")) == 3
