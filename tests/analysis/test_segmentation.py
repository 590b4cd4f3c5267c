"""How a sequence was cut, in numbers that were worked out by hand."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from lib.analysis.segmentation import (
    CUT,
    LEFT_OUT,
    WHOLE,
    agreement,
    boundaries,
    boundary_f1,
    count_motifs,
    motif_states,
    summarise,
)
from lib.tokenizers.token import Encoded

LENGTH = 12


def tokens(*spans: tuple[int, int], ids: tuple[int, ...] = ()) -> Encoded:
    starts, ends = (np.array([span[side] for span in spans], dtype=np.int32) for side in (0, 1))
    numbers = np.array(ids or range(len(spans)), dtype=np.int32)
    return Encoded(numbers, starts, ends, np.array([0, len(spans)], dtype=np.int64))


WORDS = tokens((0, 5), (5, 6), (6, 9), (9, 12))
WINDOWS = tokens(*((start, start + 4) for start in range(9)))
ISLANDS = tokens((2, 5), (3, 6), (8, 10))
NOTHING = tokens()


def test_words_are_counted():
    found = summarise(tokens((0, 5), (5, 6), (6, 9), (9, 12), ids=(7, 1, 8, 7)), LENGTH, unknown=1)
    assert (found.tokens, found.special, found.distinct) == (4, 0, 3)
    assert found.letters_per_token == 3.0
    assert found.unknown == 0.25
    assert found.coverage == 1.0


def test_tokens_of_no_letters_are_counted_apart():
    found = summarise(tokens((0, 0), (0, 4), (4, 8), (12, 12), ids=(2, 9, 9, 3)), LENGTH, unknown=2)
    assert (found.tokens, found.special, found.distinct) == (2, 2, 1)
    assert found.letters_per_token == 4.0
    assert found.unknown == 0.0, "the special token is no unknown letter"
    assert found.coverage == pytest.approx(8 / 12)


def test_overlapping_tokens_cover_a_letter_once():
    assert summarise(WINDOWS, LENGTH).coverage == 1.0
    assert summarise(WINDOWS, LENGTH).letters_per_token == 4.0
    assert summarise(ISLANDS, LENGTH).coverage == pytest.approx(6 / 12)


def test_no_tokens_and_no_letters_have_no_mean():
    found = summarise(NOTHING, LENGTH, unknown=1)
    assert (found.tokens, found.distinct, found.coverage) == (0, 0, 0.0)
    assert np.isnan(found.letters_per_token) and np.isnan(found.unknown)
    assert np.isnan(summarise(NOTHING, 0).coverage)


def test_boundaries_lie_strictly_inside():
    assert boundaries(WORDS, LENGTH).tolist() == [5, 6, 9]
    assert boundaries(ISLANDS, LENGTH).tolist() == [2, 3, 5, 6, 8, 10]
    assert boundaries(tokens((0, 12)), LENGTH).tolist() == []
    assert boundaries(tokens((0, 6), (4, 4), (6, 12)), LENGTH).tolist() == [6], "no letters, no boundary"


def test_overlapping_windows_make_every_position_a_boundary():
    assert boundaries(WINDOWS, LENGTH).tolist() == list(range(1, 12))


def test_agreement_is_the_f1_of_the_boundaries():
    # [5, 6, 9] and [2, 3, 5, 6, 8, 10] share two: 2 * 2 / (3 + 6)
    assert boundary_f1(boundaries(WORDS, LENGTH), boundaries(ISLANDS, LENGTH)) == pytest.approx(4 / 9)
    # [5, 6, 9] all lie in 1..11: 2 * 3 / (3 + 11)
    assert boundary_f1(boundaries(WORDS, LENGTH), boundaries(WINDOWS, LENGTH)) == pytest.approx(6 / 14)


def test_two_sequences_without_a_cut_agree_and_one_alone_does_not():
    none = np.array([], dtype=np.int64)
    assert boundary_f1(none, none) == 1.0
    assert boundary_f1(none, np.array([3])) == 0.0


def test_every_two_tokenizers_are_compared():
    matrix = agreement([WORDS, WINDOWS, ISLANDS], LENGTH)
    assert matrix.shape == (3, 3)
    assert matrix[0].tolist() == pytest.approx([1.0, 6 / 14, 4 / 9])
    np.testing.assert_array_equal(matrix, matrix.T)
    assert agreement([], LENGTH).shape == (0, 0)


def states(row: Encoded, *hits: tuple[int, int]) -> list[int]:
    starts, ends = (np.array([hit[side] for hit in hits], dtype=np.int64) for side in (0, 1))
    return motif_states(row, LENGTH, starts, ends).tolist()


def test_a_motif_is_whole_in_one_token_and_cut_by_a_boundary():
    assert states(WORDS, (0, 5), (1, 4), (4, 7), (6, 9), (8, 10)) == [WHOLE, WHOLE, CUT, WHOLE, CUT]


def test_overlapping_tokens_keep_what_is_no_longer_than_they_are():
    assert states(WINDOWS, (3, 7), (3, 8), (0, 12), (11, 12)) == [WHOLE, CUT, CUT, WHOLE]


def test_a_motif_with_a_letter_in_no_token_is_left_out():
    # letters 2..5 and 8, 9 lie in tokens; [2, 6) is covered by two tokens that overlap
    assert states(ISLANDS, (2, 6), (2, 5), (4, 7), (5, 9), (8, 10), (0, 2)) == [
        CUT,
        WHOLE,
        LEFT_OUT,
        LEFT_OUT,
        WHOLE,
        LEFT_OUT,
    ]


def test_a_long_token_before_a_short_one_still_holds_the_motif():
    assert states(tokens((0, 9), (2, 4), (9, 12)), (3, 8)) == [WHOLE]


def test_tokens_in_any_order_give_the_same():
    assert states(tokens((6, 9), (0, 5), (9, 12), (5, 6)), (0, 5), (4, 7), (6, 9)) == [WHOLE, CUT, WHOLE]


def test_motifs_are_counted():
    hits = np.array([0, 1, 4, 6, 8]), np.array([5, 4, 7, 9, 10])
    counts = count_motifs(WORDS, LENGTH, *hits)
    assert counts == (3, 2, 0) and counts.n == 5
    assert count_motifs(NOTHING, LENGTH, *hits) == (0, 0, 5)
    assert count_motifs(WORDS, LENGTH, np.array([], dtype=int), np.array([], dtype=int)) == (0, 0, 0)


SPANS = st.lists(st.tuples(st.integers(0, LENGTH), st.integers(0, LENGTH)).map(sorted).map(tuple), max_size=9)


@given(SPANS, SPANS.map(lambda spans: [span for span in spans if span[0] < span[1]]))
def test_motif_states_are_as_they_are_told(spans, hits):
    row = tokens(*spans)
    seen = {place for start, end in spans for place in range(start, end)}
    for (start, end), state in zip(hits, states(row, *hits), strict=True):
        whole = any(first <= start and end <= last for first, last in spans)
        wanted = WHOLE if whole else CUT if set(range(start, end)) <= seen else LEFT_OUT
        assert state == wanted, (spans, start, end)
    assert summarise(row, LENGTH).coverage == len(seen) / LENGTH
