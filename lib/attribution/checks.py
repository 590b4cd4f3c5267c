"""The four checks of an attribution: what each is judged by, and where it passes, needs care or fails."""

from dataclasses import dataclass
from enum import StrEnum

import numpy as np

from lib.analysis.skill import Skill
from lib.attribution.agreement import Repetition
from lib.attribution.faithfulness import Deletion
from lib.core.arrays import FloatArray
from lib.tasks.scores import write_signed

CHECKS = COMPLETENESS, FAITHFULNESS, REPRODUCIBILITY, MODEL = (
    "Completeness", "Faithfulness", "Reproducibility", "Model",
)  # fmt: skip
"""Names of the checks, in the order in which they are shown."""
COMPLETE, INCOMPLETE = 0.05, 0.2
"""Relative convergence deltas up to which completeness passes, and up to which care is needed."""
STEADY, UNSTEADY = 0.1, 0.5
"""Standard errors relative to the scores (L2) up to which reproducibility passes, and up to which care is needed."""
AGREE, AGREE_ROUGHLY = (0.8, 0.7), (0.5, 0.4)
"""Mean Spearman correlation, or mean overlap of the top positions, from which repetitions agree, and agree roughly.

Either is enough: where few positions count, the ranks of all others are noise and only the top ones can agree.
"""


class Verdict(StrEnum):
    """What a check came to; a check that does not apply to a method counts for nothing."""

    NOT_APPLICABLE = "not applicable"
    PASS = "pass"
    NOT_CHECKED = "not checked"
    CARE = "care"
    FAIL = "fail"


SEVERITY = tuple(Verdict)
"""Verdicts in the order in which they count: a later one outweighs those before it."""


@dataclass(frozen=True)
class Check:
    """One check of an attribution.

    Parameters
    ----------
    name
        What is checked.
    verdict
        What it came to.
    finding
        What was found, in one sentence.
    remedy
        What to do about it, in one sentence; empty where nothing is to be done.
    short
        What was found, in a few words; empty where there is no number.
    """

    name: str
    verdict: Verdict
    finding: str
    remedy: str = ""
    short: str = ""

    def to_json(self) -> dict[str, str]:
        """Give the check as plain data."""
        return {"check": self.name, "verdict": self.verdict.value, "finding": self.finding, "remedy": self.remedy}


def check_completeness(relative: float | None) -> Check:
    """Judge the convergence delta relative to the difference to the reference; None where no sum is promised."""
    name = COMPLETENESS
    if relative is None:
        finding = "The scores of this method need not sum to the prediction, so there is no convergence delta."
        return Check(name, Verdict.NOT_APPLICABLE, finding)
    if not np.isfinite(relative):
        finding = "The prediction equals that of the reference sequence, so there is no difference to explain."
        return Check(name, Verdict.FAIL, finding, "Choose another reference sequence, or in-silico mutagenesis.")
    size = f"{relative:.1%}" if relative >= 0.0005 else "under 0.1%"
    short, more = f"convergence delta {size}", "Use more steps or samples under Settings"
    if relative <= COMPLETE:
        finding = f"The attributions add up to the prediction minus that of the reference ({short})."
        return Check(name, Verdict.PASS, finding, "", short)
    found = f"({short}; {COMPLETE:.0%} at most passes)."
    if relative <= INCOMPLETE:
        return Check(name, Verdict.CARE, f"The attributions add up only roughly {found}", f"{more}.", short)
    remedy = f"{more}; or use another reference sequence, or in-silico mutagenesis."
    return Check(name, Verdict.FAIL, f"The attributions do not add up {found}", remedy, short)


def check_faithfulness(scores: FloatArray, found: Deletion | None = None) -> Check:
    """Judge the deletion curve of scores (L,) against random orders."""
    name = FAITHFULNESS
    if not np.any(scores):
        finding = "Every attribution is 0: the model used none of these nucleotides for this target."
        remedy = "Its prediction is constant here; explain another sequence or another model."
        return Check(name, Verdict.FAIL, finding, remedy)
    if found is None:
        return Check(name, Verdict.NOT_CHECKED, "Faithfulness has not been checked yet.")
    area, limit = write_signed(found.area, 2), write_signed(found.limit, 2)
    sizes = f"area {area}, 95% of random orders stay below {limit}"
    short = f"deletion area {area} (random orders: below {limit})"
    if not any(curve.any() for curve in found.curves.values()):
        finding = "Replacing nucleotides never changed the prediction, so the deletion curve is flat."
        return Check(name, Verdict.FAIL, finding, "The model does not use this sequence; explain another one.")
    if found.beats_chance:
        finding = f"Replacing high-attribution nucleotides moves the prediction more than random ones ({sizes})."
        return Check(name, Verdict.PASS, finding, "", short)
    remedy = "Compare another method in Side by side, and trust positions highlighted by several methods."
    if found.area > 0:
        finding = f"Replacing high-attribution nucleotides moves the prediction hardly more than random ones ({sizes})."
        return Check(name, Verdict.CARE, finding, remedy, short)
    finding = f"Replacing random nucleotides moves the prediction at least as much ({sizes})."
    return Check(name, Verdict.FAIL, finding, remedy, short)


def check_reproducibility(
    scores: FloatArray, errors: FloatArray | None, repeated: Repetition | None = None, *, repeatable: bool = False
) -> Check:
    """Judge the standard errors (L,) of scores (L,), and how well seeds or members agree; the worse of the two counts.

    ``repeatable`` says whether there are seeds or members that have not been compared.
    """
    parts = [] if errors is None else [_check_errors(scores, errors)]
    if repeated is not None:
        parts.append(_check_repetition(repeated))
    elif repeatable:
        finding = "Repetitions have not been compared yet."
        parts.append(Check(REPRODUCIBILITY, Verdict.NOT_CHECKED, finding))
    if not parts:
        finding = "This method is deterministic: it gives the same scores every time."
        return Check(REPRODUCIBILITY, Verdict.PASS, finding)
    worst = max(parts, key=lambda part: SEVERITY.index(part.verdict))
    return Check(
        REPRODUCIBILITY,
        worst.verdict,
        " ".join(part.finding for part in parts),
        worst.remedy,
        "; ".join(part.short for part in parts if part.short),
    )


def relative_error(scores: FloatArray, errors: FloatArray) -> float:
    """Give the standard errors (L,) of scores (L,) relative to them, the ratio of their L2 norms.

    Two computations with other seeds differ by about the square root of 2 times as much.

    >>> relative_error(np.array([3.0, -4.0]), np.array([0.3, 0.4]))
    0.1
    """
    size = float(np.linalg.norm(scores))
    return float(np.linalg.norm(errors)) / size if size else float("inf")


def _check_errors(scores: FloatArray, errors: FloatArray) -> Check:
    relative, clear = relative_error(scores, errors), int((np.abs(scores) > 2 * errors).sum())
    finding = (
        f"Random draws change the scores by {relative:.1%} (standard error, relative L2); {clear:,} of {len(errors):,} "
        "nucleotides differ from zero by more than two standard errors."
    )
    verdict = Verdict.PASS if relative <= STEADY else Verdict.CARE if relative <= UNSTEADY else Verdict.FAIL
    remedy = "" if verdict is Verdict.PASS else "Use more references or samples under Settings, or a fixed reference."
    return Check(REPRODUCIBILITY, verdict, finding, remedy, f"standard error {relative:.1%} of the scores")


def _check_repetition(found: Repetition) -> Check:
    name, what = REPRODUCIBILITY, f"{found.count} {found.of}"
    correlation, overlap, chance = found.correlation, found.overlap, found.agreement.chance
    if np.isnan(correlation):
        finding = f"At least one of the {what} used no nucleotide at all, so they cannot be compared."
        return Check(name, Verdict.CARE, finding, "Compare them in Side by side.")
    sizes = f"mean Spearman {correlation:.2f}, overlap of the top {chance:.0%} {overlap:.0%} ({chance:.0%} by chance)"
    short = f"{what}: Spearman {correlation:.2f}, top {chance:.0%} shared {overlap:.0%}"
    remedy = "Use more references or samples under Settings."
    if found.of == "members":
        remedy = "Trust positions highlighted by several members."
    if correlation >= AGREE[0] or overlap >= AGREE[1]:
        return Check(name, Verdict.PASS, f"The {what} agree ({sizes}).", "", short)
    if correlation >= AGREE_ROUGHLY[0] or overlap >= AGREE_ROUGHLY[1]:
        return Check(name, Verdict.CARE, f"The {what} agree only roughly ({sizes}).", remedy, short)
    return Check(name, Verdict.FAIL, f"The {what} disagree ({sizes}).", remedy, short)


def check_model(skill: Skill | str) -> Check:
    """Judge how well the model predicts held-out sequences: above chance and the mean, and against its baselines."""
    name = MODEL
    if isinstance(skill, str):
        return Check(name, Verdict.NOT_CHECKED, skill)
    score = skill.write()
    short, counted = score, f"{score}, n = {skill.n:,}"
    if skill.value is None:
        finding = f"{skill.metric.label} is not defined on these {skill.n:,} sequences, so the model is not judged."
        return Check(name, Verdict.NOT_CHECKED, finding, "Use a split whose test part varies.")
    if not skill.is_clear and (skill.interval is not None or skill.value <= skill.floor):
        does, more = "does not predict", ""
        if skill.value > skill.floor:
            does, more = "is not proven to predict", ", or test it on more sequences,"
        finding = f"The model {does} held-out sequences better than the mean or chance ({counted})."
        remedy = f"Train a better model{more} before you interpret attributions."
        return Check(name, Verdict.FAIL, finding, remedy, short)
    if skill.interval is None:
        finding = f"No interval of the test score is stored ({counted}), so the model is not judged."
        return Check(name, Verdict.NOT_CHECKED, finding, "Train the model again.")
    if skill.better is not None:
        other = f"{skill.better.label} reaches {skill.write(skill.better)}"
        finding = f"The model predicts no better than a baseline model: {other}, this model {counted}."
        return Check(name, Verdict.CARE, finding, "Interpret the baseline model instead, or train a better one.", short)
    finding = f"The model predicts held-out sequences, and no baseline model predicts them better ({counted})."
    return Check(name, Verdict.PASS, finding, "", short)
