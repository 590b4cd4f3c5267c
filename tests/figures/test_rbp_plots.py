"""Figures of RBP tables show the numbers they are given, and user text letter by letter."""

import re

import numpy as np
import pandas as pd
import pytest

from lib.analysis.correlation import group_means
from lib.figures import pwm_logos, rbp
from lib.figures.files import to_svg

NASTY = "<img src=x>$a$"


def test_every_motif_is_counted_once_on_its_side_of_the_threshold():
    values = np.array([0.0, 1.0, 1.0, 2.0, 5.0, 9.0, 10.0])
    table = rbp.strengths(values, 2.0)
    assert table["left_out"].sum() == 3 and table["kept"].sum() == 4
    figure = rbp.strength_histogram(values, 2.0)
    assert [trace.name for trace in figure.data] == ["left out (3)", "kept, at least 2 (4)"]
    assert "n = 7" in figure.layout.title.text and figure.layout.shapes[0].x0 == 2.0
    assert list(figure.layout.xaxis.tickvals) == [0, 2, 4, 6, 8, 10]


@pytest.mark.parametrize("values", [np.array([3.0]), np.array([3.0, 3.0]), np.empty(0)])
def test_few_motifs_are_drawn_too(values):
    assert rbp.strengths(values, 3.0)["kept"].sum() == len(values)
    assert len(rbp.strength_histogram(values, 3.0).layout.xaxis.tickvals) > 2


@pytest.mark.parametrize(("hits", "bars"), [([0, 0, 3], 4), ([5], 1), ([0, 599], 60), ([], 1)])
def test_every_sequence_is_counted_once(hits, bars):
    table = rbp.spread(np.array(hits, dtype=np.int64))
    assert table["sequences"].sum() == len(hits) and len(table) == bars
    assert len(rbp.hits_histogram(np.array(hits, dtype=np.int64)).data[0].y) == bars


def test_groups_are_drawn_with_their_intervals_and_n():
    x, y = np.repeat([0.0, 1, 2], [20, 30, 15]), np.linspace(-1, 1, 65)
    table = group_means(x, y)
    figure = rbp.target_by_group(table, what="Hits per sequence", target=NASTY, unit="log2", overall=0.0)
    trace = figure.data[0]
    np.testing.assert_allclose(trace.y, table["mean"])
    np.testing.assert_allclose(trace.y + trace.error_y.array, table["mean_high"])
    assert "n = 65" in figure.layout.title.text and "<img" not in figure.to_json().replace("\\u003c", "<")
    assert list(trace.customdata[0]) == ["0", "20", f"{table['mean_high'][0] - table['mean'][0]:.3f}"]


def test_a_group_of_one_has_no_interval_and_is_drawn():
    table = group_means(np.array([1.0]), np.array([2.0]))
    figure = rbp.target_by_group(table, what="Hits", target="t", unit="", overall=2.0)
    assert list(figure.data[0].error_y.array) == [0.0]


def test_motifs_are_told_apart_by_colour_and_by_shape():
    table = pd.DataFrame(
        {
            "motif": ["UUAG", NASTY, "x"],
            "mean_rbp": [1.0, 2.0, 3.0],
            "r": [0.2, -0.1, np.nan],
            "q": [0.001, 0.4, np.nan],
            "sequences": [12, 30, 0],
        }
    )
    figure = rbp.effect_against_strength(table, target=NASTY)
    assert [trace.name for trace in figure.data] == ["other motifs (1)", "q at most 0.05 (1)"]
    assert [trace.text for trace in figure.data] == [None, ("UUAG",)], "those that go with the target are named"
    assert figure.data[0].marker.symbol != figure.data[1].marker.symbol
    assert "<img" not in str(figure.to_dict())


def test_thousands_of_motifs_are_drawn_without_names():
    rng = np.random.default_rng(0)
    table = pd.DataFrame({name: rng.random(2001) for name in ("mean_rbp", "r", "q")} | {"sequences": 12, "motif": "A"})
    figure = rbp.effect_against_strength(table, target="t")
    assert {trace.type for trace in figure.data} == {"scattergl"} and not any(trace.text for trace in figure.data)
    assert sum(len(trace.x) for trace in figure.data) == 2001


def test_information_is_that_of_shannon():
    pwm = np.array([[1.0, 0.5, 0.25, 0.7], [0, 0.5, 0.25, 0.1], [0, 0, 0.25, 0.1], [0, 0, 0.25, 0.1]])
    entropy = -(0.7 * np.log2(0.7) + 3 * 0.1 * np.log2(0.1))
    np.testing.assert_allclose(pwm_logos.information(pwm), [2.0, 1.0, 0.0, 2 - entropy])
    assert pwm_logos.consensus(pwm) == "AAAA"


def test_letters_of_a_logo_stack_up_to_the_information():
    pwm = np.array([[0.7, 0.0, 0.25], [0.1, 0.0, 0.25], [0.1, 0.0, 0.25], [0.1, 1.0, 0.25]])
    figure = pwm_logos.logo(pwm, rna=True)
    (axes,) = figure.axes
    tops = [0.0] * 3
    for patch in axes.patches:
        box = patch.get_path().get_extents()
        place = round((box.x0 + box.x1) / 2)
        tops[place] = max(tops[place], box.y1)
    np.testing.assert_allclose(tops, pwm_logos.information(pwm), atol=1e-6)
    assert len(axes.patches) == 5, "four letters, one letter, none for a flat position"
    assert axes.get_ylim() == (0.0, 2.0)


def test_a_page_of_logos_names_each_and_is_the_same_twice():
    rng = np.random.default_rng(0)
    pwms = {f"{NASTY} {place}": rng.dirichlet(np.ones(4) / 3, place + 3).T for place in range(5)}
    first, second = (to_svg(pwm_logos.logo_page(pwms, rna=True, notes=["12 hits"])) for _ in range(2))
    assert first == second
    text = first.decode()
    assert len(re.findall("&lt;img src=x&gt;", text)) >= 5 and "12 hits" in text and "<img" not in text
    assert len(pwm_logos.logo_page(pwms, columns=2).axes) == 5


def test_no_pyplot_figure_is_left(monkeypatch):
    import matplotlib.pyplot as plt

    before = plt.get_fignums()
    to_svg(pwm_logos.logo(np.eye(4)))
    assert plt.get_fignums() == before


def test_real_pwms_are_drawn(shared):
    from lib.io.files import Source
    from lib.io.rbp import read_rbp

    path = shared / "rbp-motifs" / "Ray2013_rbp_Homo_sapiens.dna_encoded.meme"
    pwms = dict(list(read_rbp(Source(path.name, path)).pwms.items())[:12])
    assert b"A1CF_RNCMPT00001" in to_svg(pwm_logos.logo_page(pwms))
