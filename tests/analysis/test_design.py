"""Designs: the edits that known models need, the constraints that are kept, and what is said where it fails."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from lib.analysis.constraints import Constraints
from lib.analysis.design import design
from lib.analysis.motifs import Motif, changes, of_text
from lib.core.alphabet import codes
from lib.core.errors import Cancelled, UserError
from tests.analysis.toys import Counting
from tests.models.test_mutants import ridge


class Weights(Counting):
    """Adds a weight for each letter at its position."""

    def __init__(self, weights):
        super().__init__({})
        self.table = np.asarray(weights, dtype=float)

    def value(self, sequence, target):
        return float(sum(self.table[code, place] for place, code in enumerate(codes(sequence)) if code < 4))


LADDER = Weights([[0, 0, 0, 0, 0], [1.0, 2.0, 3.0, 4.0, 5.0], [0, 0, 0, 0, 0], [-1, -2, -3, -4, -5]])


def test_the_largest_steps_are_made_first_and_the_last_ends_nearest():
    found = design(LADDER, "AAAAA", 11.0)
    assert [(edit.position, edit.before, edit.after) for edit in found.edits] == [
        (4, "A", "C"),
        (3, "A", "C"),
        (1, "A", "C"),
    ]
    assert [edit.prediction for edit in found.edits] == [5, 9, 11]
    assert (found.sequence, found.reached, found.predicted, found.prediction) == ("ACACC", True, 0, 11)
    assert found.said == "3 edits bring the prediction from 0 to 11; 11 was wanted."


def test_lowering_works_alike():
    found = design(LADDER, "AAAAA", -4.5)
    assert [(edit.position, edit.after, edit.prediction) for edit in found.edits] == [(4, "T", -5)]
    assert found.said == "1 edit brings the prediction from 0 to -5; -4.5 was wanted."


def test_edits_that_are_not_needed_are_taken_back():
    """ACG gives 1 at once and TT only 0.9, but TTT gives 6 more; without ACG it is enough."""
    model = Counting({"ACG": 1.0, "TT": 0.9, "TTT": 6.0})
    found = design(model, "CTCCACC", 7.0, width=1)
    assert found.reached
    assert {edit.after for edit in found.edits} == {"T"}
    assert [edit.prediction for edit in found.edits] == pytest.approx([0.9, 7.8])
    assert found.removed == 1


def test_several_ways_are_followed_at_a_time():
    """The best first change makes CACG for 2.0 and leads nowhere; TT and then TTT are two edits."""
    model = Counting({"ACG": 1.0, "CA": 1.0, "TT": 0.9, "TTT": 3.0})
    greedy, beam = (design(model, "CTCGGG", 4.5, width=width) for width in (1, 6))
    assert (greedy.reached, greedy.sequence) == (False, "CACGGG")
    assert (beam.reached, beam.sequence, len(beam.edits)) == (True, "TTTGGG", 2)


def test_nothing_to_do_is_said():
    found = design(LADDER, "CCCCC", 15.0)
    assert (found.edits, found.reached, found.said) == (
        (),
        True,
        "No edit is needed: the prediction is 15 already, and 15 was wanted.",
    )


def test_what_cannot_be_reached_is_said():
    stuck = design(LADDER, "AAAAA", 99.0)
    assert (stuck.reached, stuck.prediction, stuck.sequence) == (False, 15, "CCCCC")
    assert "no single change that the constraints allow leads further" in stuck.said
    few = design(LADDER, "AAAAA", 14.0, constraints=Constraints(edits=2))
    assert (few.reached, few.prediction) == (False, 9)
    assert few.said.endswith("no more are allowed. Allow more edits, or want less.")


def test_regions_are_kept():
    found = design(LADDER, "AAAAA", 5.0, constraints=Constraints(keep=((3, 5),)))
    assert found.sequence[3:] == "AA"
    assert [edit.position for edit in found.edits] == [2, 1]


def test_gc_stays_in_its_range():
    found = design(LADDER, "AAAAA", 12.0, constraints=Constraints(gc_high=0.4))
    assert (found.sequence, found.reached) == ("AAACC", False), "two of five letters may be G or C"
    outside = design(LADDER, "CCAAA", 12.0, constraints=Constraints(gc_high=0.2))
    assert (codes(outside.sequence) == 1).sum() <= 2, "a start beyond the range is led no further out"


def test_forbidden_sites_are_not_made():
    site = Motif("site", "MCC")
    found = design(LADDER, "AAAAA", 12.0, constraints=Constraints(forbidden=(site,)))
    assert not len(site.starts(codes(found.sequence)))
    assert (found.sequence, found.prediction, found.reached) == ("CACAC", 9, False)


@settings(max_examples=25, deadline=None)
@given(st.text("ACGT", min_size=6, max_size=30), st.floats(-4, 4), st.integers(1, 6), st.integers(0, 3))
def test_constraints_hold_whatever_is_wanted(start, shift, edits, seed):
    fitted = ridge(seed)
    goal = float(fitted.predict([start])[0, 1]) + shift
    site = Motif("site", "RCY")
    rules = Constraints(keep=((1, 4),), gc_low=0.3, gc_high=0.6, forbidden=(site,), edits=edits)
    found = design(fitted, start, goal, target=1, constraints=rules)
    before, after = codes(start), codes(found.sequence)
    assert found.sequence[1:4] == start[1:4]
    assert rules.beyond_gc(after) <= rules.beyond_gc(before) + 1e-12
    assert set(site.starts(after).tolist()) <= set(site.starts(before).tolist())
    assert len(found.edits) == (before != after).sum() <= edits
    assert found.prediction == pytest.approx(fitted.predict([found.sequence])[0, 1], abs=1e-9)
    assert found.reached == ((found.prediction - goal) * (1 if shift >= 0 else -1) >= 0)


def test_hits_gained_and_lost():
    found = changes(of_text("TTAG ACG"), "CCACGCTTAC", "CCACCCTTAG")
    assert found[["motif", "start", "change"]].to_numpy().tolist() == [["ACG", 2, "lost"], ["TTAG", 6, "gained"]]
    assert changes(of_text("TTAG"), "CCC", "CCC").empty


def test_what_no_sequence_can_meet_is_refused():
    for rules, words in (
        (Constraints(keep=((2, 9),)), "3 to 9, does not lie within the sequence of 5 nt"),
        (Constraints(gc_low=0.7, gc_high=0.2), "70% to 20%"),
        (Constraints(edits=0), "No edit is allowed"),
    ):
        with pytest.raises(UserError, match=words):
            design(LADDER, "AAAAA", 1.0, constraints=rules)
    with pytest.raises(UserError, match="needs at least 1"):
        design(LADDER, "AAAAA", 1.0, width=0)
    with pytest.raises(UserError, match="at least one nucleotide"):
        design(LADDER, "", 1.0)


def test_it_can_be_stopped():
    def alive(edits):
        if edits == 1:
            raise Cancelled

    with pytest.raises(Cancelled):
        design(LADDER, "AAAAA", 11.0, alive=alive)
