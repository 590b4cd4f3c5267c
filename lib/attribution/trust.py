"""Whether an attribution may be interpreted: four checks, each with a verdict, and the badge that sums them up.

1. Completeness: the attributions add up to the prediction minus that of the reference (convergence delta).
2. Faithfulness: replacing nucleotides in the order of the attribution moves the prediction more than in random order.
3. Reproducibility: random references, seeds and members of an ensemble give the same scores.
4. Model: on held-out sequences it predicts better than chance, the mean, and its baseline models.

The worst of them counts. What costs nothing is judged at once; what has not been checked yet is said to be so, and an
attribution passes only when every check that applies to it was made and passed.
"""

from dataclasses import dataclass
from typing import Any

from lib.analysis.skill import Skill
from lib.attribution.agreement import Repetition
from lib.attribution.base import Attribution
from lib.attribution.checks import (
    SEVERITY,
    Check,
    Verdict,
    check_completeness,
    check_faithfulness,
    check_model,
    check_reproducibility,
)
from lib.attribution.faithfulness import Deletion

WORDS = {Verdict.FAIL: "Do not interpret", Verdict.CARE: "Interpret with care"}
"""What the badge says where a check was not passed."""


@dataclass(frozen=True)
class Trust:
    """The four checks of an attribution and what they say together."""

    completeness: Check
    faithfulness: Check
    reproducibility: Check
    model: Check

    @property
    def checks(self) -> tuple[Check, Check, Check, Check]:
        """Give the checks in the order in which they are shown."""
        return self.completeness, self.faithfulness, self.reproducibility, self.model

    @property
    def verdict(self) -> Verdict:
        """Give the verdict of the worst check."""
        return max((check.verdict for check in self.checks), key=SEVERITY.index)

    @property
    def word(self) -> str:
        """Say what it comes to in the words of the badge."""
        if self.verdict in WORDS:
            return WORDS[self.verdict]
        applicable = [check for check in self.checks if check.verdict is not Verdict.NOT_APPLICABLE]
        passed = sum(check.verdict is Verdict.PASS for check in applicable)
        waiting = sum(check.verdict is Verdict.NOT_CHECKED for check in applicable)
        return f"Passes {passed} of {len(applicable)} checks" + (f", {waiting} not checked" if waiting else "")

    @property
    def worst(self) -> tuple[Check, ...]:
        """Give the checks that decide, the model first; none where all are passed."""
        if self.verdict in (Verdict.PASS, Verdict.NOT_APPLICABLE):
            return ()
        return tuple(check for check in reversed(self.checks) if check.verdict is self.verdict)

    @property
    def sentence(self) -> str:
        """Say what the worst check found and what to do, or all that was not checked yet; empty where all passed."""
        told = self.worst if self.verdict is Verdict.NOT_CHECKED else self.worst[:1]
        return " ".join(f"{check.finding} {check.remedy}".strip() for check in told)

    @property
    def facts(self) -> list[str]:
        """Give what each check found, in a few words."""
        return [check.short for check in self.checks if check.short]

    @property
    def caption(self) -> str:
        """Say all of it in one line, as below a picture."""
        others = "; ".join(check.short for check in self.checks if check.short and check not in self.worst[:1])
        if self.sentence and others:
            return f"{self.word}: {self.sentence} Other checks: {others}"
        return f"{self.word}: {self.sentence or others}".removesuffix(": ")

    def to_json(self) -> dict[str, Any]:
        """Give the badge and its checks as plain data."""
        checks = [check.to_json() for check in self.checks]
        return {"badge": self.word, "verdict": self.verdict.value, "checks": checks}


def judge(
    attribution: Attribution,
    skill: Skill | str,
    *,
    deletion: Deletion | None = None,
    repeated: Repetition | None = None,
    repeatable: bool = False,
) -> Trust:
    """Make the checks of an attribution; without a deletion curve and repetitions, those that cost nothing.

    Parameters
    ----------
    attribution
        What is judged.
    skill
        How well the model predicts held-out sequences, or a sentence that says why nobody knows.
    deletion
        Its deletion curve, where it was computed.
    repeated
        How well seeds or members of an ensemble agree, where they were compared.
    repeatable
        Whether they could be compared and are not yet.
    """
    scores, errors = attribution.scores, attribution.standard_errors
    return Trust(
        check_completeness(attribution.relative_delta),
        check_faithfulness(scores, deletion),
        check_reproducibility(scores, errors, repeated, repeatable=repeatable),
        check_model(skill),
    )
