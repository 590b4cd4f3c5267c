"""Figures of DExTER: where bricks lie, how places are counted, which elements are drawn, how a tree is laid out."""

import numpy as np
import pytest

from lib.figures import dexter
from lib.figures.dexter_tree import lines, tree
from lib.figures.paper import on_paper
from lib.models.dexter.bins import Bins
from lib.models.dexter.explore import PART, ROOT, Step
from lib.models.dexter.lasso import Variable

UNEVEN = Bins((-30, -10, 0, 5), "centre")


def variable(kmer: str, cell: tuple[int, int], coefficient: float) -> Variable:
    return Variable(kmer, cell, coefficient, 0.1, 0.2, 0.3)


def step(kmer: str, parent: int, *, accepted: bool = True, correlation: float = 0.4) -> Step:
    segments = ((0, 2),) if accepted else ()
    return Step(kmer, parent, (0, 3), (0, 2), correlation, 0.2, ROOT if parent < 0 else PART, segments)


STEPS = (
    step("AC", -1),
    step("GT", -1, correlation=-0.2),
    step("GG", -1),
    step("ACT", 0),
    step("ACG", 0, accepted=False),
    step("GAC", 0),
    step("ACTT", 3),
)


def test_places_are_counted_as_biologists_do():
    assert dexter.places(UNEVEN, (0, 3)) == (-30, 5)
    assert dexter.places(UNEVEN, (0, 2)) == (-30, -1)
    assert dexter.places(UNEVEN, (2, 3)) == (1, 5)
    assert dexter.places(Bins((0, 7, 12), "start"), (1, 2)) == (8, 12)
    assert dexter.region_text(UNEVEN, (1, 3)) == "−10 to 5 nt"


def test_a_lattice_is_a_wall_of_bricks_each_over_its_region():
    # Cells by first bin and length: 0-1, 0-2, 0-3, 1-2, 1-3, 2-3.
    values, texts = dexter.bricks(np.array([0.1, 0.2, 0.3, 0.4, 0.5, 0.6]), UNEVEN)
    nan = np.nan
    np.testing.assert_array_equal(
        values,
        [
            [0.1, 0.1, 0.4, 0.4, 0.6, 0.6],
            [nan, 0.2, 0.2, 0.5, 0.5, nan],
            [nan, nan, 0.3, 0.3, nan, nan],
        ],
    )
    assert texts[1, 3] == "−10 to 5 nt"
    figure = dexter.lattice("ACG", np.array([0.1, 0.2, 0.3, 0.4, 0.5, -0.6]), UNEVEN, chosen=[(1, 3)])
    wall, marks = figure.data[0], figure.data[-1]
    assert list(wall.x) == [-30, -20, -10, -5, 0, 2.5, 5]
    assert (wall.zmin, wall.zmax) == (-0.6, 0.6), "neutral is 0"
    # Bricks of two bins over the second and third lie between -5 (the middle of one) and 2.5 (that of the other).
    assert (list(marks.x), list(marks.y)) == ([-1.25], [2])


def test_elements_span_their_regions_and_the_largest_are_thickest():
    shown = [variable("AA", (0, 1), 0.5), variable("CCG", (1, 3), -1.0), variable("T", (0, 3), 0.0)]
    raises, lowers = dexter.elements(shown, UNEVEN).data[:2]
    assert (list(raises.base), list(raises.x), list(raises.y)) == ([-30], [20], [0])
    assert (list(lowers.base), list(lowers.x), list(lowers.y)) == ([-10], [15], [1])
    assert lowers.width[0] > raises.width[0]
    (axes,) = on_paper(dexter.elements(shown, UNEVEN)).axes
    drawn = {(bar.get_x(), bar.get_width()) for bar in axes.patches}
    assert drawn == {(-30, 20), (-10, 15)}, "the picture of a report is the same"
    assert [item.kmer for item in dexter.strongest(shown)] == ["AA", "CCG"], "what the LASSO left out is not drawn"
    assert [item.kmer for item in dexter.strongest(shown, 1)] == ["CCG"]


def test_a_tree_has_a_line_for_each_end_and_parents_in_the_middle():
    kept = [0, 1, 2, 3, 5, 6]
    assert lines(STEPS, kept) == {6: 0.0, 3: 0.0, 5: 1.0, 0: 0.5, 1: 2.0, 2: 3.0}
    assert lines(STEPS, range(7))[0] == pytest.approx(1.0), "the refused one takes a line too"


@pytest.mark.parametrize(("beside", "drawn"), [(None, 6), (0, 7), (1, 6)])
def test_a_tree_shows_the_refused_words_of_one_step(beside, drawn):
    figure = tree(STEPS, UNEVEN, beside=beside)
    words = [str(row[0]) for trace in figure.data if trace.customdata is not None for row in trace.customdata]
    assert sorted(words) == sorted(step.kmer for step in STEPS if step.accepted or step.parent == beside)
    assert len(words) == drawn
    assert sum(trace.name is not None for trace in figure.data) == 2 + (drawn == 7)
