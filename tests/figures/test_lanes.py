"""Hits of one lane never overlap, and the largest are placed first."""

from hypothesis import given
from hypothesis import strategies as st

from lib.figures.lanes import lanes

HITS = st.lists(
    st.tuples(st.integers(0, 40), st.integers(1, 9), st.floats(allow_nan=True)).map(
        lambda hit: (hit[0], hit[0] + hit[1], "m", hit[2])
    ),
    max_size=30,
)


@given(HITS, st.integers(1, 6))
def test_no_two_hits_of_a_lane_overlap(hits, most):
    placed = lanes(hits, 5, 30, most=most)
    assert all(0 <= lane < most and hit.start < 30 and hit.end > 5 for lane, hit in placed)
    for i, (lane, hit) in enumerate(placed):
        for other_lane, other in placed[:i]:
            assert lane != other_lane or hit.end < other.start or other.end < hit.start


def test_the_largest_value_finds_its_place_and_the_window_decides():
    hits = [(0, 6, "small", 1.0), (2, 8, "large", -3.0), (20, 26, "outside", 9.0), (3, 5, "none", float("nan"))]
    assert [(lane, hit.name) for lane, hit in lanes(hits, 0, 10, most=2)] == [(0, "large"), (1, "small")]
