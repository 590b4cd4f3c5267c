"""Classifiers on the pages: results, threshold, duplicates, comparison, predictions, explanations, the report."""

import dataclasses
import json
from types import SimpleNamespace

import numpy as np
import pandas as pd
import pytest

from lib.core.progress import Silent
from lib.jobs import predict
from lib.report import classes, html, report
from lib.report.context import gather
from lib.report.evaluation import evaluate
from lib.store import datasets, runs
from lib.tasks import class_metrics, thresholds
from lib.ui.results.classes import judge, page
from lib.ui.results.data import open_view, scores
from lib.ui.widgets.state import ATTRIBUTION, COMPARE_RUNS, MOTIFS, PREDICT, RESULTS, RUNS
from lib.views.class_view import ClassView, tabulate_calls
from tests import finished
from tests.finished import freeze_classes, healthy, open_page, trained, using, words


@pytest.fixture(scope="module")
def made(tmp_path_factory):
    """Two classifiers of two classes, one of three, and a regression."""
    folder = tmp_path_factory.mktemp("classifiers")
    with using(folder / "home"):
        two, three = freeze_classes(folder / "two"), freeze_classes(folder / "three", classes=3, name="Three")
        binary = trained(two, "kmer-logistic", {"k": 4}, name="Words")
        other = trained(two, "gc-length", {}, name="Composition")
        many = trained(three, "kmer-logistic", {"k": 4}, name="Three words")
        number = trained(finished.freeze(folder / "files"), "mean", {}, name="Number")
    return SimpleNamespace(home=folder / "home", binary=binary, other=other, many=many, number=number, two=two)


@pytest.fixture(autouse=True)
def looked_at(made, monkeypatch):
    monkeypatch.setenv("MOTIFLENS_HOME", str(made.home))


def view_of(run_id: str, part: str = "test", *, target: int = 0, apart: bool = False) -> ClassView:
    run = runs.get(run_id)
    view = open_view(ClassView, run, datasets.load(run.dataset), target, part)
    return dataclasses.replace(view, apart=apart)


def drawn(app) -> str:
    return " ".join(chart.proto.id for chart in app.get("plotly_chart"))


def test_two_classes_said_in_words_with_duplicates_and_pictures(made):
    app = open_page(RESULTS, run=made.binary)
    healthy(app)
    said, found = words(app), runs.metrics(made.binary)
    low, high = found["intervals"]["test"]["mcc"]
    assert f"tells TATAAA from none with an MCC of **{found['test']['mcc']:.2f}** [{low:.2f}, {high:.2f}]" in said
    assert "n = 30 test sequences" in said and "GC + length" in said
    assert "3 of 30 test sequences (10.0%) are duplicates of training sequences" in said
    without = found["test_without_copies"]
    assert without["n"] == 27 and f"without them MCC **{without['mcc']:.3f}**" in said
    for name in ("probabilities", "confusion", "roc", "recall", "class-calibration", "thresholds"):
        assert f"{name}-{made.binary}" in drawn(app), name
    assert "AUPRC" in said and "Calibration error" in said and "share of the variance" not in said
    assert "Residuals" not in said and "simulated" in said


def test_without_duplicates_all_below_is_of_the_others(made):
    app = open_page(RESULTS, run=made.binary, without_copies="true")
    healthy(app)
    assert "They are excluded below" in words(app) and "on n = 27 test sequences" in words(app)
    alone, whole = view_of(made.binary, apart=True), view_of(made.binary)
    assert len(alone.places) == 27 and not alone.duplicated[np.isin(whole.places, alone.places)].any()
    targets, values = alone.dataset.targets[alone.places], alone.values()[alone.places]
    assert scores(alone)[0].value("mcc") == pytest.approx(class_metrics.scores(targets, values)["mcc"])
    held = scores(view_of(made.binary, "validation"))[0]
    assert held.value("mcc") == pytest.approx(runs.metrics(made.binary)["validation"]["mcc"])
    assert page.predictions(whole)["duplicate of a training sequence"].sum() == 3


def test_the_threshold_moves_the_calls_and_the_best_comes_from_validation(made):
    app = open_page(RESULTS, run=made.binary)
    assert app.slider(key="threshold").value == 0.5
    app.button(key="threshold-best").click().run()
    healthy(app)
    view = view_of(made.binary)
    held = view_of(made.binary, "validation").class_points
    best = thresholds.best(held.positive, held.probability)
    assert app.slider(key="threshold").value == pytest.approx(best, abs=0.0006) == judge.best_by_validation(view)
    if best != 0.5:
        assert "best threshold on the validation part" in words(app)
    app = open_page(RESULTS, run=made.binary, threshold="0.9")
    healthy(app)
    assert "You chose this threshold" in words(app) and "threshold 0.9" in words(app)
    counts = thresholds.table(view.class_points.positive, view.class_points.probability, 0.9)
    shown = thresholds.metrics(counts)
    assert f"{shown['recall']:.3f}" in words(app) and f"{shown['mcc']:.3f}".replace("-", "−") in words(app)
    called = tabulate_calls(view, np.arange(30), 0.9)["predicted class"]
    assert (called == "TATAAA").sum() == counts.tp + counts.fp


def test_three_classes_have_a_chooser_and_a_table_of_each(made):
    app = open_page(RESULTS, run=made.many, **{"class": "TATAAA"})
    healthy(app)
    assert "tells 3 classes apart" in words(app)
    assert not [item for item in app.slider if item.key == "threshold"], "more than two have no one threshold"
    table = next(item.value for item in app.dataframe if "auroc" in item.value)
    assert table["class"].tolist() == list(datasets.load(runs.get(made.many).dataset).classes)
    target = table["class"].tolist().index("TATAAA")
    view = view_of(made.many, target=target)
    assert view.chosen_name == "TATAAA" and np.allclose(view.probabilities().sum(axis=1), 1)
    assert view.areas("predicted")["auroc"] == pytest.approx(table["auroc"].iloc[target])
    assert np.array_equal(view.class_points.positive, view.dataset.targets[view.places, target] == 1)


def test_a_sequence_of_the_link_opens_with_the_way_to_its_explanation(made):
    view = view_of(made.many)
    name = view.rows["id"].iloc[4]
    app = open_page(RESULTS, run=made.many, sequence=name)
    healthy(app)
    assert f"**{name}**" in words(app) and f"true class **{view.classes[view.observed[4]]}**" in words(app)
    app = open_page(ATTRIBUTION, run=made.many, sequence=name, target="TATAAA")
    healthy(app)
    chance = view.probabilities()[4, view.classes.index("TATAAA")]
    assert "P(TATAAA)" in words(app) and f"{chance:.3f}" in words(app) and "True class" in words(app)
    assert next(item for item in app.selectbox if item.label == "Class").value == "TATAAA"
    assert "Predicted minus observed" not in words(app) and "class TATAAA (logit)" in words(app)


def test_worst_are_called_wrong_with_the_most_confidence(made):
    view = view_of(made.other)
    worst, best = page.tabulate_extremes(view, worst=True), page.tabulate_extremes(view, worst=False)
    assert (worst["true class"] != worst["predicted class"]).all() and worst["P(true class)"].is_monotonic_increasing
    assert (best["true class"] == best["predicted class"]).all() and best["P(true class)"].is_monotonic_decreasing
    assert worst["explain"].iloc[0].startswith(f"attribution?run={made.other}&dataset=")


def test_slices_are_scored_by_the_metrics_of_classes(made):
    app = open_page(RESULTS, run=made.binary, slices="gc", part="Training")
    healthy(app)
    table = next(item.value for item in app.dataframe if "Slice" in item.value)
    known = runs.metrics(made.binary)["parts"]["train"]
    assert table["n"].iloc[0] == known == table["n"].iloc[1:].sum() and "Judged by" in str(app.selectbox)


def test_files_hold_probabilities_and_every_picture(made):
    view = view_of(made.binary)
    frame = page.predictions(view)
    assert frame["probability of TATAAA"].between(0, 1).all() and set(frame["part"]) == {"train", "validation", "test"}
    right = (frame["true class"] == frame["predicted class"])[frame["part"] == "test"].mean()
    assert right == pytest.approx(runs.metrics(made.binary)["test"]["accuracy"])
    offered = {(offer.label, offer.form): offer for offer in page.offers(view)}
    assert {("Confusion", "svg"), ("Curves", "png"), ("Calibration", "svg"), ("Scores", "csv")} <= set(offered)
    assert offered["Confusion", "svg"].make().startswith(b"<?xml")
    assert b"mcc" in offered["Scores", "csv"].make()


def test_two_classifiers_are_compared_and_other_tasks_refused(made):
    app = open_page(COMPARE_RUNS, runs=f"{made.binary},{made.other}")
    healthy(app)
    said = words(app)
    assert "n = 27" in said, "duplicates of what the runs learned from are left out"
    assert "has the best MCC" in said and "McNemar's exact test" in said and "Wilcoxon" not in said
    assert {"compare-roc", "compare-recall"} <= set(drawn(app).replace(" ", "-").split("$")) or "compare-roc" in drawn(
        app
    )
    pairs = next(item.value for item in app.dataframe if "Verdict" in item.value)
    assert len(pairs) == 1 and "MCC: A - B" in pairs
    app = open_page(COMPARE_RUNS, runs=f"{made.binary},{made.number}")
    assert "do different tasks" in app.error[0].value.replace("\\", "")
    app = open_page(COMPARE_RUNS, runs=f"{made.binary},{made.many}")
    assert "the same classes" in app.error[0].value.replace("\\", "")


def test_predictions_say_class_probability_and_what_cannot_be_ruled_out(made):
    app = open_page(PREDICT, run=made.binary)
    app.text_area[0].set_value("GGATATAAAGGCTAGCATCGATCGACTAGCTAGCTAGGCTATATAAACCGGATCGATCGA").run()
    healthy(app)
    frame = next(item.value for item in app.dataframe if "class" in item.value)
    assert {"class", "P(TATAAA)", "90% set", "TATAAA (log-odds)"} <= set(frame) and "TATAAA, low" not in frame
    odds = frame["TATAAA (log-odds)"].iloc[0]
    assert frame["P(TATAAA)"].iloc[0] == pytest.approx(1 / (1 + np.exp(-odds)))
    assert frame["class"].iloc[0] == ("TATAAA" if odds >= 0 else "none")
    assert "split conformal set" in words(app) and "test MCC" in str(app.multiselect)
    app.multiselect(key="predict-runs").set_value([made.binary, made.many]).run()
    healthy(app)
    frame = next(item.value for item in app.dataframe if "Words: class" in item.value)
    assert "Three words: P(GGGCGG)" in frame


def test_runs_of_two_tasks_stand_in_one_table(made):
    app = open_page(RUNS)
    healthy(app)
    table = next(item.value for item in app.dataframe if "Metric" in item.value).set_index("Name")
    assert table.loc["Words", "Metric"] == "MCC"
    assert table.loc["Words", "score"] == pytest.approx(runs.metrics(made.binary)["test"]["mcc"])


@pytest.mark.parametrize("view", ["Side by side", "What if"])
def test_other_views_of_an_attribution_show_the_probability(made, view):
    app = open_page(ATTRIBUTION, run=made.binary, view=view)
    healthy(app)
    columns = [name for item in app.dataframe for name in item.value.columns]
    assert "P(TATAAA)" in words(app) or "probability" in columns


def test_the_report_says_what_the_page_says(made, tmp_path):
    report.write(made.binary, tmp_path / "report.html")
    text = (tmp_path / "report.html").read_text(encoding="utf-8")
    assert f"{runs.metrics(made.binary)['test']['mcc']:.3f}" in text and "Confusion matrix" in text
    assert "Calibration of the probability of TATAAA" in text and "are duplicates of training sequences" in text
    assert "Matthews correlation" in text and "share of the variance" not in text and "k-mer ridge" not in text
    assert "true class" in text and "confusion.csv" in text and "most surely called right" in text
    three = gather(made.many)
    told = html.show(*classes.lead(three), *classes.results(three), *classes.figures(three))
    assert "tells 3 classes apart" in told and told.count("ROC curve (left") == 3 and "are duplicates" in told


def test_the_saved_model_is_judged_again_to_the_last_digit(made):
    again = evaluate(made.binary)
    assert again["same"] and again["largest_prediction_difference"] == 0.0
    assert again["metrics"]["test"]["mcc"] == runs.metrics(made.binary)["test"]["mcc"]


def test_many_predictions_have_class_and_probabilities(made, tmp_path):
    spec = runs.get(made.many).spec
    texts = ["ACGT" * 15, "GGGCGGTATAAA" * 5]
    path = predict.input_path("asked")
    path.parent.mkdir(parents=True, exist_ok=True)
    pd.DataFrame({"id": ["a", "b"], "sequence": texts}).to_parquet(path)
    job = runs.create(spec=spec, kind="predict", payload={"runs": [made.many], "input": "asked"})
    predict.predict(job.id, runs.folder(job.id), Silent())
    frame, label = runs.predictions(job.id), f"Three words [{made.many}]"
    classes_ = datasets.load(spec.dataset).classes
    chance = frame[[f"{label}: probability of {name}" for name in classes_]].to_numpy()
    assert np.allclose(chance.sum(axis=1), 1)
    assert frame[f"{label}: class"].tolist() == [classes_[number] for number in chance.argmax(axis=1)]


@pytest.mark.parametrize("view", ["Scan", "By time"])
def test_views_of_motifs_that_need_other_data_say_so(made, view):
    app = open_page(MOTIFS, run=made.many, view=view)
    healthy(app)
    assert len(words(app)) > 100


def test_one_class_in_the_part_and_no_curve_break_nothing(made, tmp_path, monkeypatch):
    import shutil

    shutil.copytree(made.home, tmp_path / "home")
    monkeypatch.setenv("MOTIFLENS_HOME", str(tmp_path / "home"))
    folder = runs.folder(made.binary)
    table = datasets.load(made.two)
    path = tmp_path / "home" / "datasets" / made.two / "table.parquet"
    frame = pd.read_parquet(path)
    frame.loc[frame["part"] == "test", "target:0"] = 1.0
    frame.to_parquet(path, index=False)
    metrics = json.loads((folder / "metrics.json").read_text())
    for name in ("mcc", "auroc"):
        metrics["test"][name], metrics["intervals"]["test"][name] = None, [None, None]
    (folder / "metrics.json").write_text(json.dumps(metrics))
    assert len(table) == 160
    app = open_page(RESULTS, run=made.binary)
    healthy(app)
    assert "has no MCC" in words(app) and "so there are no curves" in words(app)
