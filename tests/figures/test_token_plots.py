"""The figures of tokens: what is where, what is labelled, and that names of users stay text."""

import numpy as np
import pandas as pd
import plotly.graph_objects as go
import pytest

from lib.analysis import occurrences
from lib.figures import tokens as plots
from lib.figures.volcano import groups, heights, strongest, volcano

NASTY = "<img src=x onerror=alert(1)>"


def table(size: int, seed: int = 0) -> pd.DataFrame:
    rng = np.random.default_rng(seed)
    return pd.DataFrame(
        {
            "id": np.arange(5, size + 5),
            "shown": [f"T{number}" for number in range(size)],
            "difference": rng.normal(0, 0.4, size),
            "q": rng.uniform(0, 1, size) ** 4,
            "n_with": rng.integers(10, 90, size),
            "cohens_d": rng.normal(0, 0.3, size),
        }
    )


def test_groups_and_heights_by_hand():
    three = pd.DataFrame({"difference": [0.5, -0.5, 0.5], "q": [0.05, 0.0, 0.051]})
    assert groups(three, 0.05).tolist() == ["raises", "lowers", "not significant"]
    assert heights(three).tolist() == pytest.approx([-np.log10(0.05), 300, -np.log10(0.051)])


@pytest.mark.parametrize(("size", "kind"), [(300, go.Scatter), (2001, go.Scattergl)])
def test_every_token_is_one_point_that_knows_its_id(size, kind):
    found = table(size)
    figure = volcano(found, title="Tokens", unit="log2", threshold=0.05)
    drawn = [trace for trace in figure.data if trace.mode == "markers"]
    assert all(isinstance(trace, kind) for trace in drawn)
    ids = np.concatenate([np.asarray(trace.customdata)[:, 0] for trace in drawn])
    assert sorted(ids.astype(int).tolist()) == found["id"].tolist()
    assert [trace.name.split(" (")[0] for trace in drawn] == ["not significant", "lowers", "raises"]
    assert sum(int(trace.name.split("(")[1][:-1].replace(",", "")) for trace in drawn) == size


def test_the_strongest_are_labelled_and_no_label_covers_another():
    found = table(900)
    places = strongest(found, 0.05)
    assert places[0] == found["q"].argmin() and len(places) == 10
    x, y = found["difference"].to_numpy()[places], heights(found)[places]
    wide, high = np.ptp(found["difference"]), heights(found).max()
    for one in range(len(places)):
        for other in range(one):
            assert abs(x[one] - x[other]) / wide > 0.16 or abs(y[one] - y[other]) / high > 0.05
    assert (found["q"].iloc[places] <= 0.05).all()
    assert strongest(found, 0.0) == [], "what is not significant has no label"
    assert strongest(found.iloc[:0], 0.05) == []


def test_names_of_users_stay_text():
    found = table(3).assign(shown=NASTY, q=1e-9)
    rows = pd.DataFrame({"hours": [0.0, 2.0], "n": [9, 9], "mean": [1.0, 2], "low": [0.5, 1], "high": [2.0, 3]})
    figures = [
        volcano(found, title=NASTY, unit=NASTY, threshold=0.05, dark=True),
        plots.both_distributions(np.arange(9.0), np.arange(4.0), name=NASTY, unit=NASTY, token=NASTY),
        plots.both_courses(rows, rows, token=NASTY),
        plots.rank_frequency(pd.DataFrame({"rank": [1], "occurrences": [3], "shown": [NASTY]})),
    ]
    for figure in figures:
        assert "<img" not in figure.to_json().replace("\\u003c", "<")


def test_the_distribution_is_in_shares_with_both_n():
    figure = plots.both_distributions(np.arange(8.0), np.repeat(np.arange(10.0), 5), name="y", unit="", token="TTAG")
    without, having = figure.data
    assert (having.name, without.name) == ("with TTAG, n = 8", "without TTAG, n = 50")
    assert sum(having.y) == pytest.approx(100) and sum(without.y) == pytest.approx(100)


def test_the_course_has_a_band_where_it_has_an_interval():
    one = occurrences.course(np.array([0.0, 1, 4]), np.array([[1.0, 2, 3], [2, 3, np.nan], [3, 4, np.nan]]))
    figure = plots.both_courses(one, one, token="AC", relative=True)
    bands = [trace for trace in figure.data if trace.fill == "toself"]
    assert [len(band.x) for band in bands] == [4, 4], "the last hour has n = 1 and no interval"
    assert "since the first time" in figure.layout.yaxis.title.text


def test_positions_count_from_one_on_the_screen():
    found = occurrences.positions(np.array([0, 0, 4]), np.array([9, 9, 9]), 5)
    bars, line = plots.where(found, relative=False).data
    assert bars.customdata[0] == "1" and list(bars.y) == [2, 0, 0, 0, 1]
    assert sum(line.y) == pytest.approx(3)


def test_vocabulary_figures_hold_every_number():
    lengths = pd.DataFrame({"length": [1, 3], "entries": [4, 9], "used": [4, 6], "occurrences": [30, 10]})
    used, seen = plots.token_lengths(lengths).data
    assert list(used.y) == [40, 60] and list(seen.y) == [75, 25]
    counts = pd.DataFrame({"tokens": [0, 5, 400], "sequences": [1, 7, 2]})
    assert sum(plots.tokens_per_sequence(counts).data[0].y) == 10
    ranks = pd.DataFrame({"rank": np.arange(1, 90_001), "occurrences": 9, "shown": "A"})
    assert 500 < len(plots.rank_frequency(ranks).data[0].x) <= 1500, "thinned evenly on a logarithmic axis"
