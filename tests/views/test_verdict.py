"""What a result comes to: the phrase, the numbers and the advice, worked out by hand."""

import numpy as np
import pandas as pd
import pytest

from lib.analysis.skill import Skill, Standing
from lib.tasks.scores import Metric, Scores
from lib.views.verdict import Circumstances, Verdict, find_verdict, judge_run, was_still_learning
from tests import finished

R2 = Metric("r2", "R²", "")
CNN = Circumstances("cnn")


def skill(value: float | None, ends: tuple[float, float] | None, n: int = 1232, **leads: tuple[float, float]) -> Skill:
    """A network beside k-mer ridge at 0.5, GC + length at 0.1 and the mean at -0.01."""
    others = {"kmer-ridge": ("k-mer ridge", 0.5), "gc-length": ("GC + length", 0.1), "mean": ("Mean", -0.01)}
    baselines = {name: Scores(label, {"r2": one}) for name, (label, one) in others.items()}
    model = Scores("CNN", {"r2": value}, {"r2": ends} if ends else {})
    paired = {name.replace("_", "-"): one for name, one in leads.items()}
    return Skill(R2, 0.0, model, baselines, "test", n, leads=paired)


@pytest.mark.parametrize(
    ("judged", "standing", "phrase"),
    [
        (skill(0.6, (0.55, 0.65), kmer_ridge=(0.06, 0.14)), Standing.BETTER, "Better than all baselines"),
        (skill(0.6, (0.45, 0.75), kmer_ridge=(0.02, 0.18)), Standing.BETTER, "Better than all baselines"),
        (skill(0.52, (0.51, 0.53), kmer_ridge=(-0.01, 0.05)), Standing.LEVEL, "No better than k-mer ridge"),
        (skill(0.4, (0.35, 0.45), kmer_ridge=(-0.15, -0.05)), Standing.WORSE, "Worse than k-mer ridge"),
        (skill(0.02, (-0.01, 0.05), kmer_ridge=(-0.5, -0.4)), Standing.NOTHING, "No better than the mean or chance"),
        (skill(0.6, (0.55, 0.65)), Standing.BETTER, "Better than all baselines"),
        (skill(0.6, (0.45, 0.75)), Standing.LEVEL, "No better than k-mer ridge"),
        (skill(None, None), Standing.UNKNOWN, "Not judged"),
        (skill(0.6, None), Standing.UNKNOWN, "Not judged"),
    ],
)
def test_the_paired_lead_decides_and_without_one_the_interval_of_the_model(judged, standing, phrase):
    found = judge_run(judged, CNN)
    assert (found.standing, found.phrase) == (standing, phrase)


def test_the_strongest_baseline_is_the_one_that_counts_whatever_the_lead_over_others():
    found = judge_run(skill(0.4, (0.35, 0.45), kmer_ridge=(-0.15, -0.05), gc_length=(0.2, 0.4)), CNN)
    assert found.sentence == (
        "Worse than k-mer ridge: test R² 0.40 [0.35, 0.45]; "
        "k-mer ridge 0.50, difference −0.10 [−0.15, −0.05]; n = 1,232."
    )
    assert found.colour == "red"


@pytest.mark.parametrize(
    ("judged", "about", "advice"),
    [
        (skill(0.6, (0.55, 0.65)), Circumstances("cnn", split="random"), "homology split"),
        (skill(0.6, (0.55, 0.65)), Circumstances("cnn", split="homology"), "See what the model uses under Explain."),
        (skill(0.94, (0.9, 0.96)), Circumstances("cnn", ceiling=0.96, split="random"), "noise ceiling"),
        (skill(0.4, (0.35, 0.45)), Circumstances("cnn", still_learning=True), "Train longer"),
        (skill(0.4, (0.35, 0.45), 40), CNN, "40 test sequences decide little"),
        (skill(0.4, (0.35, 0.45)), CNN, "Train Best for this data"),
        (skill(0.5, (0.45, 0.55)), Circumstances("best"), "More sequences"),
        (skill(0.0, (-0.1, 0.1)), Circumstances("best"), "there may be nothing to learn"),
    ],
)
def test_one_thing_is_advised(judged, about, advice):
    assert advice in judge_run(judged, about).advice


def test_what_nobody_knows_is_said_and_not_judged():
    found = judge_run("Run 3 has no test part, so nobody knows.", CNN)
    assert found == Verdict(Standing.UNKNOWN, "Not judged", "Run 3 has no test part, so nobody knows", "", "")


@pytest.mark.parametrize(
    ("losses", "learning"),
    [((3, 2, 1), True), ((3, 1, 2), False), ((2, 1), False), ((), False), ((3, 2, np.nan), False)],
)
def test_a_training_whose_last_epoch_was_its_best_was_still_learning(losses, learning):
    assert was_still_learning(pd.DataFrame({"validation_loss": np.array(losses, dtype=float)})) is learning


def test_a_run_stores_paired_leads_over_its_baselines_and_is_judged_by_them(tmp_path):
    made = finished.make(tmp_path / "home", model="kmer-ridge", settings={})
    with finished.using(made.home):
        from lib.store import runs

        metrics = runs.metrics(made.run)
        low, high = metrics["baselines"]["gc-length"]["lead"]["r2"]
        apart = metrics["test"]["r2"] - metrics["baselines"]["gc-length"]["test"]["r2"]
        assert low < apart < high
        assert metrics["baselines"]["kmer-ridge"]["lead"]["r2"] == [0.0, 0.0], "the same model leads by nothing"
        found = find_verdict(made.run)
        assert found.standing is (Standing.BETTER if low > 0 else Standing.LEVEL)
        assert "GC + length" in found.sentence, "a baseline model with its defaults is no baseline of itself"
