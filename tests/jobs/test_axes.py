"""The points of a sweep: grids worked out by hand, random searches that stay in their limits and repeat."""

import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from lib.core.errors import UserError
from lib.core.registry import settings_of
from lib.jobs import sweep_axes
from lib.jobs.sweep_axes import MODEL, SEED, SEEDS, Axis
from lib.models import MODELS


def axis(model: str, name: str, **given) -> Axis:
    item = next(item for item in settings_of(MODELS.get(model)) if item.name == name)
    return Axis(MODEL, item, **given)


def test_a_grid_is_every_combination_with_the_last_axis_fastest():
    found = sweep_axes.make_grid([axis("kmer-ridge", "k", values=(3, "6")), Axis(SEED, SEEDS, values=(0, 1, 2))])
    assert [(point["model.k"], point["seed"]) for point in found] == [(3, 0), (3, 1), (3, 2), (6, 0), (6, 1), (6, 2)]


@pytest.mark.parametrize(
    ("given", "expected"),
    [
        ({"low": 0.0001, "high": 0.01, "count": 3, "log": True}, (0.0001, 0.001, 0.01)),
        ({"low": 0.001, "high": 0.005, "count": 5}, (0.001, 0.002, 0.003, 0.004, 0.005)),
        ({"values": ("1e-3", 0.001, 0.002)}, (0.001, 0.002)),
    ],
)
def test_the_values_of_a_range_of_fractions(given, expected):
    assert axis("cnn", "learning_rate", **given).grid() == pytest.approx(expected)


@pytest.mark.parametrize(
    ("given", "expected"),
    [
        ({"low": 2, "high": 6, "count": 3}, (2, 4, 6)),
        ({"low": 2, "high": 4, "count": 9}, (2, 3, 4)),
        ({"low": 2, "high": 64, "count": 6, "log": True}, (2, 4, 8, 16, 32, 64)),
    ],
)
def test_the_values_of_a_range_of_whole_numbers_each_once(given, expected):
    found = axis("cnn", "batch_size", **given).grid()
    assert found == expected and {type(value) for value in found} == {int}


def test_all_faults_are_told_together():
    with pytest.raises(UserError) as told:
        sweep_axes.make_grid(
            [
                axis("cnn", "dropout", values=(0.2, 3)),
                axis("cnn", "learning_rate", low=0.01, high=0.001, log=True),
                axis("cnn", "batch_size", values=()),
                axis("cnn", "dropout", values=("much",)),
            ]
        )
    said = str(told.value)
    for part in ("Dropout is 3", "from 0.01 to 0.001", "Batch size has no values", "'much'", "varied twice"):
        assert part in said, part


@pytest.mark.parametrize(
    ("wanted", "expected"),
    [
        (lambda: sweep_axes.make_grid([]), "varies nothing"),
        (
            lambda: sweep_axes.make_grid([Axis(SEED, SEEDS, values=tuple(range(201)))]),
            "201 runs; a sweep has at most 200",
        ),
        (lambda: sweep_axes.sample_random([Axis(SEED, SEEDS, low=0, high=9)], 0, 0), "at least 1"),
        (lambda: sweep_axes.sample_random([Axis(SEED, SEEDS, low=0, high=9999)], 201, 0), "at most 200"),
        (lambda: sweep_axes.make_grid([Axis(SEED, SEEDS, low=0, high=9, log=True)]), "numbers above 0"),
        (lambda: sweep_axes.make_grid([axis("cnn", "learning_rate", low=0.001)]), "must be a number"),
    ],
)
def test_what_is_no_sweep_is_a_sentence(wanted, expected):
    with pytest.raises(UserError, match=expected):
        wanted()


@given(
    low=st.floats(1e-7, 1e-3),
    factor=st.floats(1.5, 90),
    n=st.integers(1, 40),
    seed=st.integers(0, 2**31),
    log=st.booleans(),
)
@settings(max_examples=40, deadline=None)
def test_random_fractions_stay_in_their_limits_differ_and_repeat(low, factor, n, seed, log):
    one = axis("cnn", "learning_rate", low=low, high=low * factor, log=log)
    found = [point["model.learning_rate"] for point in sweep_axes.sample_random([one], n, seed)]
    assert all(low <= value <= low * factor for value in found)
    assert len(set(found)) == len(found) == n
    assert [point["model.learning_rate"] for point in sweep_axes.sample_random([one], n, seed)] == found


@given(
    low=st.integers(2, 30), more=st.integers(1, 60), n=st.integers(1, 100), seed=st.integers(0, 99), log=st.booleans()
)
@settings(max_examples=40, deadline=None)
def test_random_whole_numbers_are_never_the_same_twice(low, more, n, seed, log):
    found = sweep_axes.sample_random([axis("cnn", "batch_size", low=low, high=low + more, log=log)], n, seed)
    values = [point["model.batch_size"] for point in found]
    assert len(values) == len(set(values)) == min(n, more + 1), "as many as asked for, or as there are"
    assert all(low <= value <= low + more for value in values)


def test_a_logarithmic_search_has_as_many_values_in_each_decade():
    one = axis("cnn", "learning_rate", low=1e-6, high=1e-2, log=True)
    rng = np.random.default_rng(3)
    decades = [math.floor(math.log10(float(one.draw(rng)) * (1 + 1e-12))) for _ in range(2000)]
    counts = [decades.count(power) for power in (-6, -5, -4, -3)]
    assert sum(counts) >= 1999 and all(abs(count - 500) < 100 for count in counts), counts
    linear = axis("cnn", "learning_rate", low=1e-6, high=1e-2)
    assert np.mean([float(linear.draw(rng)) > 1e-3 for _ in range(500)]) > 0.85


def test_how_an_axis_is_drawn_later():
    assert axis("cnn", "learning_rate", values=(1e-4, 1e-2)).facts()["log"], "a list over two decades"
    assert not axis("cnn", "learning_rate", values=(1e-3, 2e-3)).facts()["log"]
    assert axis("bert", "size", values=("tiny", "small")).facts() == {
        "key": "model.size",
        "label": "Size",
        "log": False,
        "number": False,
    }
    assert axis("cnn", "batch_size", values=(8,)).label == "Batch size (sequences)"
