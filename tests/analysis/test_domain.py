"""Is a sequence like the training part? Values by hand, against scipy, and what each rule flags."""

import numpy as np
import pytest
from scipy.spatial.distance import jensenshannon

from lib.analysis.applicability_domain import Domain


def drawn(count, length, seed, weights=(0.3, 0.2, 0.2, 0.3)):
    rng = np.random.default_rng(seed)
    return ["".join(rng.choice(list("ACGT"), length, p=weights)) for _ in range(count)]


TRAIN = [*drawn(300, 100, 1), *drawn(50, 120, 2)]
KNOWN = Domain.between(TRAIN, drawn(120, 110, 3))


def test_words_and_composition_by_hand():
    known = Domain.between(["AAAAA", "GGGGG"], ["AAAAA"])
    assert (known.shortest, known.longest, known.gc, known.gc_deviation) == (5, 5, 0.5, 0.5)
    assert known.words[0] == 0.5 and known.words[0b10101010] == 0.5, "AAAA and GGGG, G is 2"
    place = known.place("AAAAA")
    p, q = np.array([1.0, 0.0]), np.array([0.5, 0.5])
    assert place.distance == pytest.approx(jensenshannon(p, q, base=2))
    assert (place.gc, place.gc_deviations) == (0.0, -1.0)


def test_a_sequence_like_the_others_is_not_flagged():
    flagged = [bool(KNOWN.place(text).warnings) for text in drawn(300, 110, 4)]
    assert np.mean(flagged) < 0.03, "about one in a hundred may lie outside by chance"
    assert KNOWN.place(TRAIN[0]).sentence == ""


def test_each_rule_says_what_it_found():
    short = KNOWN.place("ACGTAC")
    assert short.warnings[0] == "it has 6 nt, and the model was trained on 100 to 120 nt only"
    rich = KNOWN.place("GC" * 55)
    assert "its G + C of 100% lies" in rich.sentence and "above the mean of 40%" in rich.sentence
    words = KNOWN.place("ACTGA" * 22)
    assert words.further == 1.0 and "further from the training part than those of 100%" in words.sentence
    assert words.sentence.startswith("This sequence is unlike the training part") and words.sentence.endswith(".")


def test_unknown_letters_and_empty_parts_give_no_numbers_and_no_warning_of_words():
    place = KNOWN.place("N" * 110)
    assert np.isnan(place.gc) and np.isnan(place.distance) and place.gc_deviations == 0.0
    assert place.warnings == ()
    alone = Domain.between(["ACGTACGT"], [])
    assert alone.limit == float("inf")
    assert alone.place("ACGTACGT").warnings == ()


def test_one_length_and_one_composition_are_named_without_a_deviation():
    known = Domain.between(["ACGT", "TGCA"], [])
    said = known.place("AAAAC").sentence
    assert "trained on 4 nt only" in said
    assert "its G + C of 20% lies below the mean of 50%" in said
