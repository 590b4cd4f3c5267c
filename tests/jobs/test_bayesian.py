"""Bayesian search: better than chance, goes on after a kill, stops what is hopeless."""

import numpy as np
import pandas as pd
import pytest

from lib.core.errors import Pruned, UserError
from lib.core.progress import Report, Silent
from lib.core.registry import settings_of
from lib.jobs import bayesian, sweep_axes
from lib.jobs import groups as whole
from lib.jobs.bayesian import Pruner, advance, make_study, rate_settings, start_search, suggest
from lib.jobs.groups import Base
from lib.jobs.sweep_axes import MODEL, SEED, SEEDS, Axis
from lib.jobs.sweeps import value_of
from lib.models import MODELS
from lib.store import datasets, groups, runs
from tests.jobs.test_sweeps import frozen
from tests.jobs.workshop import until

CNN = MODELS.create("cnn", {"epochs": 10})


@pytest.fixture
def dataset(home, tmp_path):
    return datasets.load(frozen(tmp_path / "files"))


@pytest.fixture
def still(monkeypatch):
    """Let nothing start, so that the queue can be looked at."""
    monkeypatch.setattr("lib.jobs.local.start_scheduler", lambda *arguments: None)


def named(model, name):
    return next(item for item in settings_of(model) if item.name == name)


def axes():
    return [
        Axis(MODEL, named(CNN, "learning_rate"), low="1e-5", high="1e-1", log=True),
        Axis(MODEL, named(CNN, "channels"), low=8, high=64),
        Axis(MODEL, named(CNN, "filter_width"), values=(7, 9, 11)),
    ]


def score(run):
    """A validation score that is best at a rate of 0.003, hardly depends on channels, and not on the width."""
    rate, channels = value_of(run, "model.learning_rate"), value_of(run, "model.channels")
    return 0.8 - 0.1 * np.log10(rate / 3e-3) ** 2 - 1e-4 * abs(channels - 32)


def finish(run, value):
    runs.transition(run.id, runs.RUNNING)
    runs.set_results(run.id, {"r2": 0.0, "validation": {"r2": value, "n": 16}})
    runs.transition(run.id, runs.FINISHED)


def search(dataset, trials, seed=0):
    group = start_search(Base(dataset, CNN), axes(), trials, seed=seed)
    for _ in range(trials):
        [waiting] = [run for run in groups.runs_of(group.id) if not run.over]
        finish(waiting, score(waiting))
        advance(group.id)
    return group


def test_it_finds_better_settings_than_chance_and_says_what_mattered(dataset, still):
    group = search(dataset, 24)
    members = groups.runs_of(group.id)
    assert len(members) == 24
    assert all(run.over for run in members)
    rates = np.log10([value_of(run, "model.learning_rate") for run in members])
    late = np.abs(rates[16:] - np.log10(3e-3))
    early = np.abs(rates[:8] - np.log10(3e-3))
    assert np.median(late) < np.median(early)
    drawn = sweep_axes.sample_random(axes(), 24, 0)
    by_chance = max(0.8 - 0.1 * np.log10(point["model.learning_rate"] / 3e-3) ** 2 for point in drawn)
    assert groups.validation(groups.best(members)) >= by_chance - 0.01
    shares = rate_settings(group.facts["search"], members)
    assert sum(shares.values()) == pytest.approx(1)
    assert max(shares, key=shares.get) == "model.learning_rate"


def test_values_are_within_their_limits_and_of_their_kind(dataset, still):
    for run in groups.runs_of(search(dataset, 12).id):
        assert 1e-5 <= value_of(run, "model.learning_rate") <= 1e-1
        assert isinstance(value_of(run, "model.channels"), int) and 8 <= value_of(run, "model.channels") <= 64
        assert value_of(run, "model.filter_width") in (7, 9, 11)


def test_it_goes_on_from_the_runs_after_whatever_stopped_it(dataset, still):
    group = start_search(Base(dataset, CNN), axes(), 3)
    [first] = groups.runs_of(group.id)
    assert advance(group.id) == 0, "the first one is not over"
    runs.transition(first.id, runs.RUNNING)
    runs.transition(first.id, runs.LOST, "killed")
    assert advance(group.id) == 1
    assert whole.resume(group.id) == 1, "and the lost one can be resumed too"
    assert {run.state for run in groups.runs_of(group.id)} == {runs.QUEUED}


def test_a_search_that_somebody_cancelled_chooses_no_more(dataset, still):
    group = start_search(Base(dataset, CNN), axes(), 5)
    whole.cancel(group.id)
    assert advance(group.id) == 0


def test_other_groups_and_groups_that_are_gone_are_left_alone(dataset, still):
    group = groups.create(groups.SWEEP, name="grid", dataset=dataset.id, facts={"method": "grid"})
    assert advance(group.id) == advance("nothing") == advance(None) == 0


def test_numbers_of_runs_and_axes_are_checked(dataset):
    with pytest.raises(UserError, match="at least 1"):
        start_search(Base(dataset, CNN), axes(), 0)
    with pytest.raises(UserError, match="at most 200"):
        start_search(Base(dataset, CNN), axes(), 500)
    with pytest.raises(UserError, match="varies nothing"):
        start_search(Base(dataset, CNN), [], 5)


def test_the_same_seed_chooses_the_same(dataset, still):
    space = {"seed": 3, "space": [bayesian.describe_axis(axis) for axis in axes()]}
    one, other = (suggest(make_study(space, []), axes()) for _ in range(2))
    assert one == other
    assert one != suggest(make_study({**space, "seed": 4}, []), axes())


def test_the_seed_can_be_searched_too(dataset, still):
    group = start_search(Base(dataset, CNN), [Axis(SEED, SEEDS, low=0, high=9)], 2)
    [run] = groups.runs_of(group.id)
    assert 0 <= run.spec.seed <= 9
    assert bayesian.read_axes(group.facts, run)[0].setting is SEEDS


def history(run, values):
    table = pd.DataFrame({"step": range(len(values)), "epoch": range(1, len(values) + 1), "validation_r2": values})
    table.to_parquet(runs.folder(run.id) / "history.parquet")


def test_a_training_worse_than_most_is_stopped_after_some_epochs_and_counts_as_such(dataset, still):
    group = start_search(Base(dataset, CNN), axes(), 8)
    for number in range(5):
        [waiting] = [run for run in groups.runs_of(group.id) if not run.over]
        history(waiting, [0.1 * epoch + 0.01 * number for epoch in range(1, 11)])
        finish(waiting, 0.9)
        advance(group.id)
    [last] = [run for run in groups.runs_of(group.id) if not run.over]
    listener = Pruner.around(last, Silent())
    assert isinstance(listener, Pruner)
    history(last, [0.01, 0.02])
    listener.report(Report(1, 10, "Training", epoch=1, metrics={"r2": 0.01}))  # too early to tell
    with pytest.raises(Pruned, match="Stopped early"):
        listener.report(Report(5, 10, "Training", epoch=5, metrics={"r2": 0.02}))
    good = Pruner.around(last, Silent())
    history(last, [0.5, 0.6])
    good.report(Report(5, 10, "Training", epoch=5, metrics={"r2": 0.9}))
    runs.transition(last.id, runs.RUNNING)
    runs.transition(last.id, runs.CANCELLED, groups.PRUNED)
    assert advance(group.id) == 1, "a training that was stopped early is no wish to end the search"
    study = make_study(group.facts["search"], groups.runs_of(group.id))
    assert [trial.state.name for trial in study.trials] == ["COMPLETE"] * 5 + ["PRUNED", "RUNNING"]


def test_a_single_run_is_left_alone(dataset, still):
    group = start_search(Base(dataset, CNN), axes(), 1)
    [run] = groups.runs_of(group.id)
    import dataclasses

    silent = Silent()
    assert Pruner.around(dataclasses.replace(run, group_id=None), silent) is silent


def test_a_search_through_the_real_scheduler(dataset, home):
    ridge = MODELS.create("kmer-ridge")
    varied = [Axis(MODEL, named(ridge, "k"), low=1, high=4)]
    group = start_search(Base(dataset, ridge), varied, 4)
    until(lambda: len(groups.runs_of(group.id)) == 4 and groups.over(groups.runs_of(group.id)), "all four", 240)
    assert all(run.state == runs.FINISHED for run in groups.runs_of(group.id))
    assert groups.best(groups.runs_of(group.id)) is not None
