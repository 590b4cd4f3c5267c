"""How far an attribution may be believed: its checks, each with a verdict, and the badge that sums them up."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from lib.attribution.agreement import Agreement
from lib.attribution.base import Attribution
from lib.attribution.faithfulness import Deletion
from lib.evaluation.scorecard import signed

TRUSTED, DOUBTFUL = 0.05, 0.2
"""Relative convergence deltas up to which an attribution is called trustworthy, and doubtful."""
STABLE, SHAKY = (0.8, 0.7), (0.5, 0.4)
"""Mean Spearman correlation, or mean overlap of the top positions, from which repetitions are called stable, and shaky.

Either is enough: where few positions count, the ranks of all others are noise and only the top ones can agree.
"""
ORDER = ("gray", "green", "orange", "red")
WORDS = {
    "gray": ("Not checked yet", "hourglass_empty"),
    "green": ("Believable", "verified"),
    "orange": ("Believe with care", "warning"),
    "red": ("Do not believe", "error"),
}
QUICK = {"gray": "No sum to check", "green": "Adds up", "orange": "Adds up roughly", "red": "Do not believe"}
"""The words where nothing but the sum was checked."""


@dataclass(frozen=True)
class Check:
    """One check of an attribution.

    Parameters
    ----------
    label
        What is checked.
    verdict
        ``green``, ``orange``, ``red``, or ``gray`` where it does not apply or has not been made.
    said
        What was found, in one sentence.
    remedy
        What to do about it, in one sentence; empty where nothing is to be done.
    short
        What was found, in a few words; empty where there is no number.
    """

    label: str
    verdict: str
    said: str
    remedy: str = ""
    short: str = ""

    @property
    def icon(self) -> str:
        """Name of the sign of its verdict, so that colour never says it alone."""
        return "remove" if self.verdict == "gray" else WORDS[self.verdict][1]


@dataclass(frozen=True)
class Trust:
    """What all checks say together: the worst of them counts.

    Parameters
    ----------
    checks
        The checks that were made.
    quick
        Whether they are those alone that cost nothing.
    """

    checks: tuple[Check, ...]
    quick: bool = False

    @property
    def colour(self) -> str:
        """Colour of the badge."""
        return max((check.verdict for check in self.checks), key=ORDER.index, default="gray")

    @property
    def word(self) -> str:
        """The word of the badge."""
        return QUICK[self.colour] if self.quick else WORDS[self.colour][0]

    @property
    def sentence(self) -> str:
        """Say what the worst check found and what to do, or what was passed."""
        judged = [check for check in self.checks if check.verdict != "gray"]
        if not judged:
            return "Nothing could be checked so far."
        worst = next(check for check in judged if check.verdict == self.colour)
        if self.colour == "green":
            several = len(judged) > 1
            return f"It passes its {len(judged)} checks." if several else worst.said
        return f"{worst.said} {worst.remedy}".strip()

    @property
    def facts(self) -> list[str]:
        """Give what each check found, in a few words."""
        return [check.short for check in self.checks if check.short]

    @property
    def badge(self) -> str:
        """Write it as a badge in Markdown."""
        return f":{self.colour}-badge[:material/{WORDS[self.colour][1]}: {self.word}]"


def at_once(attribution: Attribution) -> tuple[Check, ...]:
    """Give the checks that cost nothing: whether anything was used at all, and whether the numbers add up."""
    if not np.any(attribution.scores):
        said = "Every attribution is 0: the model used none of these nucleotides for this target."
        remedy = "Its prediction is a constant here; explain another sequence or another model."
        return (Check("Uses the sequence", "red", said, remedy),)
    return (adds_up(attribution),)


def adds_up(attribution: Attribution) -> Check:
    """Judge the convergence delta."""
    label, relative = "Adds up", attribution.relative_delta
    if relative is None:
        return Check(label, "gray", "This method promises no sum, so there is no convergence delta.")
    if not np.isfinite(relative):
        said = "The prediction equals that of the reference sequence, so there is no difference to explain."
        return Check(label, "red", said, "Choose another reference sequence, or in-silico mutagenesis.")
    size = f"{relative:.1%}" if relative >= 0.0005 else "under 0.1%"
    short = f"Convergence delta {size}"
    sums = f"convergence delta {size} of the difference to the reference"
    more = "Use more steps or samples under Settings"
    if attribution.integration_error is not None:  # the sum itself was met by shifting weights
        sums += ", before the sum was met by shifting the weights of the steps"
        more = "Lower the tolerance under Settings, so that more steps are taken"
    if relative <= TRUSTED:
        return Check(label, "green", f"The numbers add up ({sums}).", "", short)
    if relative <= DOUBTFUL:
        said = f"The numbers add up only roughly ({sums})."
        return Check(label, "orange", said, f"{more}.", short)
    remedy = f"{more}; or use another reference sequence, or in-silico mutagenesis."
    return Check(label, "red", f"The numbers do not add up ({sums}).", remedy, short)


def follows(found: Deletion) -> Check:
    """Judge the deletion curve against random orders."""
    label = "The prediction follows it"
    sizes = f"area {signed(found.area, 2)}, 95% of random orders stay below {signed(found.limit, 2)}"
    short = f"Deletion area {signed(found.area, 2)} (random orders: below {signed(found.limit, 2)})"
    if not any(curve.any() for curve in found.curves.values()):
        said = "Replacing bases never changed the prediction, so a deletion curve can tell nothing."
        return Check(label, "red", said, "The model does not read this sequence; explain another one.")
    if found.beats_chance:
        said = f"Replacing the bases it names moves the prediction more than replacing random ones ({sizes})."
        return Check(label, "green", said, "", short)
    remedy = "Compare another method in Side by side, and believe what several of them agree on."
    if found.area > 0:
        said = f"Replacing the bases it names moves the prediction hardly more than replacing random ones ({sizes})."
        return Check(label, "orange", said, remedy, short)
    return Check(
        label, "red", f"Replacing random bases moves the prediction at least as much ({sizes}).", remedy, short
    )


def repeats(found: Agreement | None, what: str) -> Check:
    """Judge how well repetitions agree; None where nothing about the method is random.

    Parameters
    ----------
    found
        Agreement of the repetitions.
    what
        What was repeated, such as ``3 seeds`` or ``4 members``.
    """
    label = "Repeats itself"
    if found is None:
        return Check(label, "gray", "Nothing is random in this method, so every repetition gives the same numbers.")
    pairs = np.triu_indices(len(found.spearman), 1)
    correlation, overlap = float(np.mean(found.spearman[pairs])), float(np.mean(found.overlap[pairs]))
    if np.isnan(correlation):
        said = f"Of the {what} at least one used no nucleotide at all, so they cannot be compared."
        return Check(label, "orange", said, "Look at each of them in Side by side.")
    sizes = (
        f"mean Spearman {correlation:.2f}, overlap of the top {found.chance:.0%} {overlap:.0%} ({found.chance:.0%} by"
        " chance)"
    )
    short = f"{what}: Spearman {correlation:.2f}, top {found.chance:.0%} shared {overlap:.0%}"
    members = what.endswith("members")
    remedy = "Believe what the members agree on." if members else "Use more shuffles or samples under Settings."
    if correlation >= STABLE[0] or overlap >= STABLE[1]:
        return Check(label, "green", f"The {what} agree: {sizes}.", "", short)
    if correlation >= SHAKY[0] or overlap >= SHAKY[1]:
        return Check(label, "orange", f"The {what} agree only roughly: {sizes}.", remedy, short)
    return Check(label, "red", f"The {what} disagree: {sizes}.", remedy, short)


def quick(attribution: Attribution) -> Trust:
    """Judge an attribution by what costs nothing."""
    return Trust(at_once(attribution), quick=True)


def overall(checks: Sequence[Check]) -> Trust:
    """Sum up the checks."""
    return Trust(tuple(checks))
