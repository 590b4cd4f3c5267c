"""Pictures of profiles: what lies where, known by hand; 2 tracks, 3 replicates, windows of 7 nt."""

import numpy as np
import pytest

from lib.analysis import motif_profile
from lib.figures.files import to_svg
from lib.figures.numbers import of_figure
from lib.figures.profile_windows import WindowProfile, window_picture
from lib.figures.profiles import Guide, around_motif, each_window, find_known

NASTY = "<b>$x$</b>"


@pytest.fixture(scope="module")
def window() -> WindowProfile:
    observed = np.arange(14.0).reshape(2, 7)
    return WindowProfile(
        NASTY,
        "ACGTNAC",
        ("TSS +", "TSS -"),
        observed / 2,
        observed,
        {f"R{n}": observed / n for n in (1, 2, 3)},
        coordinates=np.arange(507, 500, -1),
        chromosome="chrII (-)",
    )


def test_every_window_is_a_point_and_those_without_a_score_are_none() -> None:
    values = np.array([0.5, np.nan, 0.9, -0.2, 1.0])
    figure = each_window([NASTY, "b", "c", "d", "e"], values, [Guide("mean profile", 0.41)], title="T", score="r")
    assert find_known(values).tolist() == [0, 2, 3, 4]
    points, bars, line = figure.data
    assert list(points.x) == [0.5, 0.9, -0.2, 1.0]
    assert points.text[0] == "&lt;b&gt;&#36;x&#36;&lt;/b&gt;"
    assert int(np.sum(bars.y)) == 4
    assert (line.name, list(line.x)) == ("mean profile 0.41", [0.41, 0.41])


def test_no_window_is_no_error() -> None:
    assert len(each_window([], np.empty(0), [], title="T", score="r").data[0].x) == 0


def test_the_numbers_around_a_motif_are_those_of_the_lines() -> None:
    places = motif_profile.places_of_word(["CCTTAGCC", "ACTAAGGG"], "TTAG")
    values = motif_profile.shares(np.arange(16.0).reshape(2, 8))
    found = motif_profile.around(
        {"observed": (values, None), "predicted": (values, None)}, places, np.full(2, 8), flank=3
    )
    figure = around_motif(found, title="T", unit="Share of the counts (%)", width=4, motif=NASTY)
    names = [trace.name for trace in figure.data if trace.showlegend is not False]
    assert names == ["observed", "observed, random places", "predicted"]
    table = of_figure(figure)
    assert len(table) == 9 * 10, "three lines with their two ends at 10 places"


def test_a_window_is_drawn_and_listed(window) -> None:
    scores = np.array([0.5, -0.25, 0, 0, 0, 1, 0])
    svg = to_svg(window_picture(window, title=NASTY, scores=scores, label="Attribution (log counts)")).decode()
    assert "&lt;b&gt;$x$&lt;/b&gt;" in svg
    assert "Position in the window (nt)" in svg
    table = window.table(scores, unit="log counts", rna=True)
    assert table.shape == (14, 12)
    assert table["position"].tolist()[:7] == [1, 2, 3, 4, 5, 6, 7]
    assert "".join(table["base"][:7]) == "ACGUNAC"
    assert table["coordinate"].tolist()[6:8] == [501, 507]
    assert table["predicted (counts, predicted total)"][13] == 6.5
    assert table["attribution (log counts)"][12] == 1.0


def test_a_window_that_was_not_measured_has_its_prediction_alone() -> None:
    one = WindowProfile("new", "ACGTA", ("counts",), np.ones((1, 5)))
    assert "predicted" in to_svg(window_picture(one, title="new")).decode()
    assert list(one.table().columns) == [
        "window",
        "track",
        "position",
        "base",
        "predicted (counts, predicted total)",
    ]
