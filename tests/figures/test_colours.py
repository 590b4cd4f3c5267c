"""Colours are the same everywhere, told apart, and strong enough to be seen."""

from collections import Counter
from itertools import product

from lib.figures import colours


def luminance(colour: str) -> float:
    parts = [int(colour[i : i + 2], 16) / 255 for i in (1, 3, 5)]
    linear = [c / 12.92 if c <= 0.04045 else ((c + 0.055) / 1.055) ** 2.4 for c in parts]
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]


def test_t_and_u_are_one_colour_and_the_bases_four():
    assert colours.NUCLEOTIDES["T"] == colours.NUCLEOTIDES["U"]
    assert len({colours.NUCLEOTIDES[base] for base in "ACGT"}) == 4


def test_signed_scale_runs_from_lower_to_raise_through_the_background():
    places, shades = zip(*colours.scale_signed(dark=True), strict=True)
    assert places == (0.0, 0.5, 1.0)
    assert shades == (colours.LOWERS, colours.NEUTRAL["dark"], colours.RAISES)
    assert dict(colours.scale_signed())[0.5] == "#FFFFFF"


def test_ends_of_the_signed_scale_stand_out_on_white():
    for colour in (colours.RAISES, colours.LOWERS):
        assert 1.05 / (luminance(colour) + 0.05) >= 4.5, colour


def test_a_token_keeps_its_colour_and_all_twelve_are_used():
    assert colours.of_token("ACGTTA") == colours.of_token("ACGTTA")
    used = Counter(colours.of_token("".join(word)) for word in product("ACGT", repeat=5))
    assert set(used) == set(colours.TOKENS)
    assert max(used.values()) < 2 * min(used.values()), used


def test_the_first_ten_runs_differ_in_colour_and_mark():
    assert len({colours.of_run(i) for i in range(10)}) == len({colours.symbol_of_run(i) for i in range(10)}) == 10
    assert colours.of_run(10) == colours.of_run(0)
