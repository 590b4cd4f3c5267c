"""Logos of patterns: letters where they contribute, two matrices aligned position by position."""

import numpy as np
import pandas as pd
import pytest

from lib.figures.files import to_svg
from lib.figures.pattern_logos import align_logos, consensus, logos
from lib.motifs.match import word
from lib.motifs.pattern import Pattern

SEQLETS = pd.DataFrame({"id": ["a", "b", "c"], "start": 0, "end": 4})
LOWERS = Pattern("-1", -1, word("TTAG"), -0.5 * word("TTAG"), SEQLETS)


@pytest.mark.parametrize("paper", [True, False])
def test_contributions_stand_above_shares(paper):
    figure = logos(LOWERS, unit="log2", rna=True, paper=paper)
    above, below = figure.axes
    assert above.get_ylim()[0] < -0.5 and above.get_ylim()[1] == pytest.approx(0.025)
    assert below.get_ylim() == (0, 2) and len(above.patches) == len(below.patches) == 4
    assert [tick.get_text() for tick in below.get_xticklabels()] == ["1", "2", "3", "4"]
    assert to_svg(figure).startswith(b"<?xml")


@pytest.mark.parametrize(("offset", "places"), [(2, 6), (-1, 5), (0, 4)])
def test_positions_that_match_stand_above_each_other(offset, places):
    figure = align_logos(LOWERS, word("TAGC"), offset=offset, name="known")
    above, below = figure.axes
    assert above.get_xlim() == below.get_xlim() == (-0.5, places - 0.5)
    first = [axes.get_xticks()[0] for axes in (above, below)]
    assert first[1] - first[0] == offset


def test_the_other_strand_is_turned_first():
    turned = align_logos(LOWERS, word("CTAA"), offset=0, strand="-", name="known")
    given = align_logos(LOWERS, word("TTAG"), offset=0, name="known")
    assert to_svg(turned) == to_svg(given), "CUAA is the reverse complement of UUAG"


def test_a_consensus_says_where_it_is_sure():
    ppm = np.array([[0.1, 0.4], [0.0, 0.3], [0.1, 0.3], [0.8, 0.0]])
    assert consensus(ppm) == "Ta" and consensus(ppm, rna=True) == "Ua"
