"""The trust badge: what each check says, and that the worst of them counts."""

from dataclasses import replace

import numpy as np
import pytest

from lib.attribution.agreement import matrix
from lib.attribution.base import Attribution
from lib.attribution.faithfulness import deletion
from lib.attribution.trust import adds_up, at_once, follows, overall, repeats


def attribution(delta, prediction=1.0, reference=0.0, scores=(0.5, 0.25, 0.25)):
    return Attribution("ACG", np.array(scores), None, None, "m", "r", "u", "t", prediction, reference, delta)


@pytest.mark.parametrize(
    ("delta", "reference", "verdict", "said"),
    [
        (0.01, 0.0, "green", "add up (convergence delta 1.0%"),
        (0.0001, 0.0, "green", "under 0.1%"),
        (-0.1, 0.0, "orange", "only roughly (convergence delta 10.0%"),
        (0.5, 0.0, "red", "do not add up (convergence delta 50.0%"),
        (None, 0.0, "gray", "promises no sum"),
        (0.1, 1.0, "red", "no difference to explain"),
    ],
)
def test_the_convergence_delta_decides_whether_it_adds_up(delta, reference, verdict, said):
    check = adds_up(attribution(delta, reference=reference))
    assert check.verdict == verdict and said in check.said
    assert bool(check.remedy) == (verdict in ("orange", "red")), "what fails says what to do"


def test_a_sum_that_was_met_by_shifting_weights_is_judged_by_what_it_was_before():
    check = adds_up(replace(attribution(0.0), integration_error=-0.1))
    assert check.verdict == "orange" and "convergence delta 10.0%" in check.said
    assert "before the sum was met by shifting" in check.said and check.remedy.startswith("Lower the tolerance")


def test_nothing_used_is_said_and_is_red():
    trust = overall(at_once(attribution(0.0, scores=(0.0, 0.0, 0.0))))
    assert (trust.colour, trust.word) == ("red", "Do not believe")
    assert trust.sentence.startswith("Every attribution is 0")


def of_a(texts):
    return np.array([text.count("A") for text in texts], dtype=float)


def test_the_deletion_curve_is_green_for_what_counts_and_red_for_the_opposite():
    sequence = "ACGTTGCAGTCCATGTTGCAACGGT" * 2
    scores = np.array([1.0 if letter == "A" else -0.3 for letter in sequence])
    good, bad = (follows(deletion(of_a, sequence, sign * scores)) for sign in (1, -1))
    assert good.verdict == "green" and not good.remedy
    assert bad.verdict == "red" and "Side by side" in bad.remedy
    flat = follows(deletion(lambda texts: np.ones(len(texts)), sequence, scores))
    assert flat.verdict == "red" and "never changed" in flat.said


def test_repetitions_that_agree_are_green_and_those_that_do_not_are_red():
    rng = np.random.default_rng(0)
    one = rng.normal(size=60)
    alike = repeats(matrix([one, one + rng.normal(0, 0.05, 60), one]), "3 seeds")
    other = repeats(matrix([one, rng.normal(size=60)]), "2 members")
    assert alike.verdict == "green" and "10% by chance" in alike.said
    assert other.verdict == "red" and "members" in other.remedy
    assert repeats(None, "").verdict == "gray"
    assert repeats(matrix([one, np.zeros(60)]), "2 members").verdict == "orange"


def test_the_worst_check_gives_the_badge_its_word_and_its_sentence():
    green, orange = adds_up(attribution(0.01)), adds_up(attribution(0.1))
    assert overall([green]).word == "Believable"
    assert overall([green, green]).sentence == "It passes its 2 checks."
    assert overall([green]).facts == ["Convergence delta 1.0%"], "the number stands beside the badge"
    both = overall([green, orange])
    assert both.word == "Believe with care" and both.sentence.endswith("Use more steps or samples under Settings.")
    assert ":orange-badge[:material/warning: Believe with care]" == both.badge
    assert overall([adds_up(attribution(None))]).word == "Not checked yet"
