"""Pictures of language models: letters as tall as what is known, maps with rows from top to bottom."""

import numpy as np
import pytest

from lib.attribution.masked_reconstruction import Reconstruction
from lib.figures import language as plots
from lib.figures.files import to_svg

SEQUENCE = "ACGTACGTTAGC"


def made(length=12):
    rng = np.random.default_rng(0)
    shares = rng.dirichlet(np.ones(4), size=length)
    shares[3] = np.nan
    return Reconstruction((SEQUENCE * 20)[:length], shares, np.ones(length), "a table")


@pytest.mark.parametrize("bits", [True, False])
def test_letters_stand_on_each_other_and_reach_their_information(bits):
    found = made()
    figure = plots.reconstruction_figure(found, title="<utr> $7$", bits=bits)
    [axes] = figure.axes
    tops = np.zeros(12)
    for patch in axes.patches:
        box = patch.get_extents().transformed(axes.transData.inverted())
        place = round((box.x0 + box.x1) / 2)
        tops[place] = max(tops[place], box.y1)
    expected = np.nan_to_num(found.information if bits else np.where(np.isnan(found.information), np.nan, 1.0))
    np.testing.assert_allclose(tops, expected, atol=0.06)
    assert axes.get_ylim() == (0, 2.0 if bits else 1.0)
    assert [label.get_text()[0] for label in axes.get_xticklabels()] == list(SEQUENCE)


def test_long_sequences_are_wrapped_and_no_row_is_lost():
    figure = plots.reconstruction_figure(made(230))
    assert [round(axes.get_xlim()[1] - axes.get_xlim()[0]) for axes in figure.axes] == [100, 100, 30]
    assert to_svg(figure).startswith(b"<?xml")


def test_a_map_has_its_rows_from_top_to_bottom_and_says_what_they_are():
    values = np.zeros((12, 12))
    values[2, 9], values[5] = 3.0, np.nan
    figure = plots.map_figure(values, SEQUENCE, plots.DEPENDENCY, title="utr")
    axes = figure.axes[0]
    image = axes.images[0]
    assert axes.get_ylabel() == "Mutated position" and axes.get_xlabel() == "Target position"
    assert axes.yaxis_inverted() or image.origin == "upper"
    assert image.get_array()[2, 9] == 3.0 and np.ma.is_masked(image.get_array()[5, 0])
    assert [label.get_text() for label in axes.get_yticklabels()] == list(SEQUENCE)


def test_few_cells_are_clipped_and_the_diagonal_does_not_count():
    values = np.full((40, 40), 0.5)
    np.fill_diagonal(values, 100)
    values[3, 4] = 30
    assert plots.colour_limit(values) == 0.5
    assert plots.colour_limit(np.zeros((5, 5))) == 1.0 and plots.colour_limit(np.zeros((1, 1))) == 1.0
    band = np.abs(np.subtract.outer(np.arange(40), np.arange(40))) < 5
    assert plots.colour_limit(np.where(band, 9.0, 0.25), band) == 0.25, "nor do other cells that are left out"
    one = np.zeros((40, 40))
    one[3, 8] = 6
    assert plots.colour_limit(one) == 6, "a single cell is not bleached"
