"""The trust badge: what each of its four checks says, and that the worst of them counts."""

from dataclasses import replace

import numpy as np
import pytest

from lib.analysis.skill import Skill
from lib.attribution.agreement import Repetition, compare
from lib.attribution.base import Attribution
from lib.attribution.checks import Verdict, check_completeness, check_faithfulness, check_model, check_reproducibility
from lib.attribution.faithfulness import compute_deletion_curve
from lib.attribution.trust import judge
from lib.tasks.scores import Metric, Scores

SEQUENCE = "ACGTTGCAGTCCATGTTGCAACGGT" * 2
R2 = Metric("r2", "R²", "")


def attribution(delta=0.0, prediction=1.0, reference=0.0, scores=(0.5, 0.25, 0.25), errors=None):
    made = Attribution(
        sequence="ACG",
        scores=np.array(scores),
        method="m",
        reference="r",
        rule="u",
        target="t",
        prediction=prediction,
        reference_prediction=reference,
        delta=delta,
    )
    return made if errors is None else replace(made, standard_errors=np.array(errors))


def skill(value, low, high, *, mean=-0.01, ridge=0.3, metric=R2, chance=0.0):
    key = metric.key
    baselines = {"mean": Scores("Mean", {key: mean}), "kmer-ridge": Scores("k-mer ridge", {key: ridge})}
    interval = {} if low is None else {key: (low, high)}
    return Skill(metric, chance, Scores("CNN", {key: value}, interval), baselines, "test", 1232)


def curve(sign=1):
    scores = np.array([1.0 if letter == "A" else -0.3 for letter in SEQUENCE])
    return compute_deletion_curve(
        lambda texts: np.array([t.count("A") for t in texts], dtype=float), SEQUENCE, sign * scores
    )


@pytest.mark.parametrize(
    ("delta", "reference", "verdict", "said"),
    [
        (0.01, 0.0, Verdict.PASS, "add up to the prediction minus that of the reference (convergence delta 1.0%"),
        (0.0001, 0.0, Verdict.PASS, "under 0.1%"),
        (-0.1, 0.0, Verdict.CARE, "only roughly (convergence delta 10.0%"),
        (0.5, 0.0, Verdict.FAIL, "do not add up (convergence delta 50.0%"),
        (None, 0.0, Verdict.NOT_APPLICABLE, "need not sum to the prediction"),
        (0.1, 1.0, Verdict.FAIL, "no difference to explain"),
    ],
)
def test_completeness_is_judged_by_the_convergence_delta(delta, reference, verdict, said):
    check = check_completeness(attribution(delta, reference=reference).relative_delta)
    assert check.verdict is verdict and said in check.finding
    assert bool(check.remedy) == (verdict in (Verdict.CARE, Verdict.FAIL)), "what fails says what to do"


def test_faithfulness_passes_for_what_counts_and_fails_for_the_opposite():
    scores = np.array([0.5, 0.25, 0.25])
    good, bad = (check_faithfulness(scores, curve(sign)) for sign in (1, -1))
    assert good.verdict is Verdict.PASS and not good.remedy
    assert bad.verdict is Verdict.FAIL and "Side by side" in bad.remedy
    flat = compute_deletion_curve(lambda texts: np.ones(len(texts)), "ACG", scores)
    assert "never changed" in check_faithfulness(scores, flat).finding
    assert check_faithfulness(scores).verdict is Verdict.NOT_CHECKED
    nothing = check_faithfulness(np.zeros(3))
    assert nothing.verdict is Verdict.FAIL and nothing.finding.startswith("Every attribution is 0")


@pytest.mark.parametrize(
    ("errors", "verdict", "clear"),
    [((0.03, 0.0, 0.04), Verdict.PASS, 3), ((0.0, 0.0, 0.4), Verdict.CARE, 2), ((0.6, 0.0, 0.8), Verdict.FAIL, 1)],
)
def test_standard_errors_say_at_no_cost_whether_the_scores_are_reproducible(errors, verdict, clear):
    scores = np.array([0.5, 0.5, -np.sqrt(0.5)])  # of norm 1
    check = check_reproducibility(scores, np.array(errors))
    assert check.verdict is verdict
    assert f"by {np.linalg.norm(errors):.1%} (standard error" in check.finding
    assert f"{clear} of 3 nucleotides" in check.finding
    assert bool(check.remedy) == (verdict is not Verdict.PASS)


def test_repetitions_that_agree_pass_and_those_that_do_not_fail():
    rng = np.random.default_rng(0)
    one = rng.normal(size=60)

    def judged(rows, of):
        return check_reproducibility(one, None, Repetition(compare(rows), of))

    alike = judged([one, one + rng.normal(0, 0.05, 60), one], "seeds")
    other = judged([one, rng.normal(size=60)], "members")
    assert alike.verdict is Verdict.PASS and "The 3 seeds agree" in alike.finding and "10% by chance" in alike.finding
    assert other.verdict is Verdict.FAIL and "members" in other.remedy
    assert judged([one, np.zeros(60)], "members").verdict is Verdict.CARE
    assert check_reproducibility(one, None).verdict is Verdict.PASS, "nothing is random"
    assert check_reproducibility(one, None, repeatable=True).verdict is Verdict.NOT_CHECKED


def test_of_standard_errors_and_members_the_worse_counts():
    scores, steady, shaky = np.array([0.6, 0.0, 0.8]), np.array([0.01, 0.0, 0.0]), np.full(3, 0.4)
    agree = Repetition(compare([np.arange(9.0), np.arange(9.0)]), "members")
    apart = Repetition(compare(np.random.default_rng(0).normal(size=(2, 60))), "members")
    assert check_reproducibility(scores, steady, agree).verdict is Verdict.PASS
    assert check_reproducibility(scores, shaky, agree).verdict is Verdict.FAIL
    both = check_reproducibility(scores, steady, apart)
    assert both.verdict is Verdict.FAIL and "standard error" in both.finding and "2 members disagree" in both.finding
    assert check_reproducibility(scores, steady, repeatable=True).verdict is Verdict.NOT_CHECKED


def area(value, low, high):
    return skill(value, low, high, mean=0.5, metric=Metric("auroc", "AUROC", ""), chance=0.5)


@pytest.mark.parametrize(
    ("model", "verdict", "said"),
    [
        (
            skill(0.59, 0.56, 0.62),
            Verdict.PASS,
            "predicts them better (test R² 0.59 [0.56, 0.62], n = 1,232)",
        ),
        (skill(-0.37, -0.6, -0.15), Verdict.FAIL, "does not predict held-out sequences"),
        (skill(0.04, -0.01, 0.09, ridge=0.0), Verdict.FAIL, "test R² 0.04 [−0.01, 0.09]"),
        (skill(0.04, 0.0, 0.08, ridge=0.0), Verdict.FAIL, "is not proven to predict held-out sequences better than"),
        (skill(0.1, 0.05, 0.15, mean=0.07, ridge=0.0), Verdict.FAIL, "better than the mean or chance"),
        (skill(0.4, 0.35, 0.45, ridge=0.46), Verdict.CARE, "k-mer ridge reaches test R² 0.46, this model test R² 0.40"),
        (area(0.6, 0.52, 0.68), Verdict.PASS, "AUROC 0.60"),
        (area(0.53, 0.49, 0.57), Verdict.FAIL, "AUROC 0.53"),
        (skill(None, None, None), Verdict.NOT_CHECKED, "not defined"),
        (skill(0.5, None, None), Verdict.NOT_CHECKED, "No interval"),
        (skill(-0.2, None, None), Verdict.FAIL, "does not predict"),
        ("It has no test part.", Verdict.NOT_CHECKED, "It has no test part."),
    ],
)
def test_a_model_that_predicts_nothing_fails_and_one_below_a_kmer_model_needs_care(model, verdict, said):
    check = check_model(model)
    assert check.verdict is verdict and said in check.finding


def test_the_worst_check_gives_the_badge_its_word_and_its_sentence():
    good, one = skill(0.59, 0.56, 0.62), attribution(0.01)
    quick, full = judge(one, good), judge(one, good, deletion=curve())
    assert (quick.word, quick.verdict) == ("Passes 3 of 4 checks, 1 not checked", Verdict.NOT_CHECKED)
    assert quick.sentence == "Faithfulness has not been checked yet."
    assert (full.word, full.verdict, full.sentence) == ("Passes 4 of 4 checks", Verdict.PASS, "")
    assert full.facts[0] == "convergence delta 1.0%" and full.facts[-1] == "test R² 0.59 [0.56, 0.62]"
    assert judge(attribution(None), good, deletion=curve()).word == "Passes 3 of 3 checks", "no sum is promised"
    care = judge(attribution(0.1), good, deletion=curve())
    assert care.word == "Interpret with care" and care.sentence.endswith("Use more steps or samples under Settings.")
    worthless = judge(attribution(0.5), skill(-0.37, -0.6, -0.15))
    assert worthless.word == "Do not interpret"
    assert worthless.sentence.startswith("The model does not predict"), "of two that fail, the model is named"
    assert worthless.caption.startswith("Do not interpret: The model does not predict")


def test_the_badge_as_plain_data_names_all_four_checks():
    told = judge(attribution(0.01), "It has no test part.").to_json()
    assert [check["check"] for check in told["checks"]] == ["Completeness", "Faithfulness", "Reproducibility", "Model"]
    assert [check["verdict"] for check in told["checks"]] == ["pass", "not checked", "pass", "not checked"]
    assert (told["badge"], told["verdict"]) == ("Passes 2 of 4 checks, 2 not checked", "not checked")
