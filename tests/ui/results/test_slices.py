"""What the Results page adds to the score card: slices, worst and best, calibration, the share of the ceiling."""

import shutil

import numpy as np
import pandas as pd
import pytest

from lib.analysis.calibration import coverage
from lib.analysis.correlation import Correlation
from lib.core.progress import Silent
from lib.datasets.leakage import find_close
from lib.datasets.splits import SplitChoice
from lib.jobs.start import start_ensemble
from lib.jobs.train import train
from lib.motifs.scan import hits
from lib.report import html
from lib.store import datasets, runs
from lib.tasks.metrics import column
from lib.tasks.regression import CARD
from lib.tasks.scores import Scores, explain_share, score_frame
from lib.ui.results import data, extremes, slices
from lib.ui.results.diagnostics import describe_calibration as calibration_words
from lib.ui.widgets.state import RESULTS
from lib.views.run_view import RunView
from lib.views.score_card import ScoreCard
from tests.finished import freeze, healthy, open_page, trained, using, words


@pytest.fixture(scope="module")
def made(tmp_path_factory):
    """The demo with a test part of 80 sequences, two runs and their ensemble."""
    folder = tmp_path_factory.mktemp("slices")
    with pytest.MonkeyPatch.context() as patch, using(folder / "home"):
        patch.setattr("lib.jobs.local.start_scheduler", lambda *arguments: None)
        dataset = freeze(folder / "files", split=SplitChoice(fractions=(0.4, 0.1, 0.5)))
        pair = [trained(dataset, "kmer-ridge", {"k": k}, name=f"Ridge {k}") for k in (1, 3)]
        both = start_ensemble(pair, name="Both")
        runs.transition(both, runs.RUNNING)
        runs.set_results(both, train(both, runs.folder(both), Silent()))
        runs.transition(both, runs.FINISHED)
    return folder / "home", dataset, pair[1], both


@pytest.fixture
def looked_at(made, monkeypatch):
    monkeypatch.setenv("MOTIFLENS_HOME", str(made[0]))
    return made


def view_of(run_id: str, part: str = "test") -> RunView:
    run = runs.get(run_id)
    return data.open_view(RunView, run, datasets.load(run.dataset), 0, part)


def sliced(app) -> pd.DataFrame:
    return next(item.value for item in app.dataframe if "Slice" in item.value)


def test_by_homology_first_with_what_close_means(looked_at):
    _, _, run, _ = looked_at
    app = open_page(RESULTS, run=run)
    healthy(app)
    view = view_of(run)
    close = find_close(view.dataset.sequences, view.dataset.parts, view.dataset.rows("test"), "train")
    assert f"{close.sum()} of 80 test sequences have a close neighbour" in words(app)
    assert any("slices-dots" in chart.proto.id for chart in app.get("plotly_chart"))
    assert "30% of the 10-mers" in words(app)
    table = sliced(app)
    assert table["n"].tolist() == [80, close.sum(), (~close).sum()]
    whole = column(view.points.observed, view.points.predicted)["r2"]
    assert table["k-mer ridge"].iloc[0].startswith(f"{whole:.3f} [")
    assert {"k-mer ridge (defaults)", "GC + length", "Mean"} <= set(table.columns), "baselines stand beside the run"
    if close.sum() < 20:
        assert "counted and not scored" in words(app) and table["k-mer ridge"].iloc[1] == "–"


def test_by_gc_the_slices_are_quarters_and_by_another_metric(looked_at):
    _, _, run, _ = looked_at
    app = open_page(RESULTS, run=run, slices="gc", slices_by="mae")
    healthy(app)
    table = sliced(app)
    assert table["n"].iloc[0] == 80 == table["n"].iloc[1:].sum() and 2 <= len(table) - 1 <= 4
    assert table["n"].min() >= 20 and "%" in table["Slice"].iloc[1]


def test_one_length_and_too_few_sequences_are_said_so(looked_at):
    _, _, run, _ = looked_at
    app = open_page(RESULTS, run=run, slices="length")
    healthy(app)
    assert "All 80 sequences have the same length, 110 nt" in words(app)
    app = open_page(RESULTS, run=run, slices="gc", part="Validation")
    healthy(app)
    assert "The part has n = 16 sequences; to be cut it needs at least 40" in words(app)
    app = open_page(RESULTS, run=run, part="Training")
    healthy(app)
    assert "Every training sequence is its own neighbour" in words(app)


def test_by_hits_of_one_motif_the_hits_are_those_of_the_scan(looked_at):
    _, _, run, _ = looked_at
    view = view_of(run)
    motif = str(view.dataset.rbp["motif"].iloc[0])
    expected = [int((hits(text, view.dataset.rbp)["motif"] == motif).sum()) for text in view.sequences]
    counted, rows = slices._count("here", view.dataset.id, "test", "own", view, view.dataset)
    assert slices.hits_of(counted, counted.motifs.index(motif), -np.inf).tolist() == expected
    assert len(rows) == 80
    for asked in (motif, "all"):
        app = open_page(RESULTS, run=run, slices="hits", motif=asked)
        healthy(app)
        assert "hit" in words(app)
        assert sliced(app)["n"].iloc[1:].sum() == 80 if "overlapping ones count" in words(app) else True
    app = open_page(RESULTS, run=run, slices="hits", motif="all", rbp_min="-99")
    assert "hits" in "".join(sliced(app)["Slice"]), "cut by the hits of all motifs"


def test_worst_and_best_lead_to_their_explanations(looked_at):
    _, dataset, run, _ = looked_at
    view = view_of(run)
    error = np.abs(view.points.predicted - view.points.observed)
    worst, best = extremes.tabulate_errors(view, worst=True), extremes.tabulate_errors(view, worst=False)
    assert worst["off by"].abs().tolist() == sorted(error.tolist(), reverse=True)[:20]
    assert best["off by"].abs().tolist() == sorted(error.tolist())[:20]
    assert worst["explain"].iloc[0] == f"attribution?run={run}&dataset={dataset}&sequence={worst['id'].iloc[0]}"
    app = open_page(RESULTS, run=run, extremes="best")
    healthy(app)
    shown = next(item.value for item in app.dataframe if "explain" in item.value)
    assert shown["id"].tolist() == best["id"].tolist()


def test_an_ensemble_says_whether_its_spread_is_as_large_as_its_errors(looked_at):
    _, _, run, both = looked_at
    app = open_page(RESULTS, run=both)
    healthy(app)
    said = words(app)
    assert "Mean ± 1.96 SD of the members holds" in said and "no confidence interval" in said
    assert "Does its spread say" not in words(open_page(RESULTS, run=run)), "other models have no spread"


def test_without_variance_in_the_target_and_with_a_small_part_nothing_breaks(looked_at, tmp_path, monkeypatch):
    home, _, run, _ = looked_at
    shutil.copytree(home, tmp_path / "home")
    monkeypatch.setenv("MOTIFLENS_HOME", str(tmp_path / "home"))
    path = runs.folder(run) / "predictions.parquet"
    frame = pd.read_parquet(path)
    frame[[name for name in frame if name.startswith("observed:")]] = 1.5
    frame.to_parquet(path, index=False)
    app = open_page(RESULTS, run=run)
    healthy(app)
    assert sliced(app)["k-mer ridge"].iloc[0] == "–"
    drawn = [chart.proto.id for chart in app.get("plotly_chart")]
    assert drawn and not any("slices-dots" in one for one in drawn), "no empty axes where nothing is scored"


def test_the_share_of_the_ceiling_has_its_interval_and_stands_in_the_card():
    model = Scores("Net", {"r2": 0.45}, {"r2": (0.36, 0.54)})
    assert explain_share(model, 0.9) == (0.5, 0.4, 0.6)
    assert explain_share(model, None) is None and explain_share(model, 0.0) is None
    assert explain_share(Scores("Flat", {"r2": None}), 0.9) is None
    assert explain_share(Scores("No interval", {"r2": 0.45}), 0.9) == (0.5, None, None)
    text = html.show(ScoreCard([model, Scores("Mean", {"r2": -0.1})], "log2", 12, "Scores", ceiling=0.9))
    assert "Share of explainable variance" in text and "50%<small>[40%, 60%]</small>" in text and "<td>0%</td>" in text
    assert "explainable" not in html.show(ScoreCard([model], "log2", 12, "Scores"))
    frame = score_frame([model], unit="log2", n=12, part="test", ceiling=0.9, metrics=CARD).set_index("metric")
    assert frame.loc["r2_of_ceiling", ["value", "low_95", "high_95"]].tolist() == [0.5, 0.4, 0.6]


def test_words_on_a_spread_that_is_too_small():
    held = coverage(np.full(100, 1.0), np.tile([0.5, 4.0], 50))
    said = calibration_words(Correlation(0.3, 0.1, 0.5, 0.01, 100), held, 2.9, part="test")
    assert said.startswith("Mean ± 1.96 SD of the members holds **50%** [40, 60] of the test part, where 95% would be")
    assert (
        "on the whole about **2.9 times** as large" in said
        and "errs more: rank correlation ρ 0.30 [0.10, 0.50]" in said
    )
    unsure = calibration_words(Correlation(0.1, -0.1, 0.3, 0.3, 100), held, float("nan"), part="test")
    assert "no sure warning" in unsure and "times" not in unsure
