"""The verdict on a run: one phrase and a colour, the numbers behind it, and one thing to do next."""

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from lib.analysis.baselines import read_ceiling
from lib.analysis.skill import MEAN, Skill, Standing
from lib.store import runs
from lib.store.skills import find_skill
from lib.tasks.scores import write_signed

if TYPE_CHECKING:
    import pandas as pd

COLOURS = {
    Standing.BETTER: "green",
    Standing.LEVEL: "orange",
    Standing.WORSE: "red",
    Standing.NOTHING: "red",
    Standing.UNKNOWN: "gray",
}
FEW = 100
"""Test sequences below which an interval is wide whatever the model."""
NEAR = 0.05
"""How close to the noise ceiling there is little left to gain."""


@dataclass(frozen=True)
class Verdict:
    """What a result comes to.

    Parameters
    ----------
    standing, phrase
        How the model stands, and the same in a few words.
    numbers
        The score with its interval, the strongest baseline model with the lead over it, n.
    lead
        The lead alone, for where the score is shown anyway; empty where there is none.
    advice
        One thing to do next; empty where there is none.
    """

    standing: Standing
    phrase: str
    numbers: str
    lead: str
    advice: str

    @property
    def colour(self) -> str:
        """Name the colour of the badge: green, orange, red or gray."""
        return COLOURS[self.standing]

    @property
    def sentence(self) -> str:
        """Give the phrase and the numbers as one sentence."""
        return f"{self.phrase}: {self.numbers}." if self.numbers else f"{self.phrase}."


@dataclass(frozen=True)
class Circumstances:
    """What the advice depends on beside the scores.

    Parameters
    ----------
    model
        Registered name of the model.
    still_learning
        Whether its last epoch was its best; see ``was_still_learning``.
    ceiling
        R2 that the noise of the measurements allows, None where unknown.
    split
        How the parts were made, such as ``random`` or ``homology``.
    """

    model: str
    still_learning: bool = False
    ceiling: float | None = None
    split: str = ""


def judge_run(skill: Skill | str, about: Circumstances) -> Verdict:
    """Say what the scores of a run on held-out sequences come to.

    Parameters
    ----------
    skill
        The scores, or a sentence that says why nobody knows them.

    Examples
    --------
    >>> from lib.tasks.scores import Metric, Scores
    >>> cnn = Scores("CNN", {"r2": 0.648}, {"r2": (0.61, 0.68)})
    >>> ridge = {"kmer-ridge": Scores("ridge", {"r2": 0.54})}
    >>> skill = Skill(Metric("r2", "R²", ""), 0.0, cnn, ridge, "test", 1232, leads={"kmer-ridge": (0.08, 0.14)})
    >>> judge_run(skill, Circumstances("cnn", split="homology")).sentence
    'Better than all baselines: test R² 0.65 [0.61, 0.68]; ridge 0.54, difference +0.11 [+0.08, +0.14]; n = 1,232.'
    """
    if isinstance(skill, str):
        return Verdict(Standing.UNKNOWN, "Not judged", skill.rstrip("."), "", "")
    lead, other = _lead(skill), skill.baselines[skill.strongest].label if skill.strongest else ""
    return Verdict(
        skill.standing,
        _phrase(skill),
        _numbers(skill, about.ceiling),
        f"{skill.metric.label} {lead} compared with {other}" if lead else "",
        _advise(skill, about),
    )


def was_still_learning(history: "pd.DataFrame", score: str = "validation_loss") -> bool:
    """Say whether the lowest validation loss of at least three epochs was that of the last one."""
    values = history[score].to_numpy(dtype=float) if score in history else np.empty(0)
    values = values[np.isfinite(values)]
    return len(values) >= 3 and int(np.argmin(values)) == len(values) - 1


def _phrase(skill: Skill) -> str:
    strongest = skill.baselines[skill.strongest].label if skill.strongest else ""
    floor = "the mean" if MEAN in skill.baselines and skill.floor > skill.chance else "the mean or chance"
    return {
        Standing.BETTER: "Better than all baselines" if strongest else "Better than the mean or chance",
        Standing.LEVEL: f"No better than {strongest}",
        Standing.WORSE: f"Worse than {strongest}",
        Standing.NOTHING: f"No better than {floor}",
        Standing.UNKNOWN: "Not judged",
    }[skill.standing]


def _numbers(skill: Skill, ceiling: float | None) -> str:
    parts = [skill.write()]
    if skill.strongest and skill.value is not None:
        best = skill.baselines[skill.strongest]
        beside = f"{best.label} {write_signed(best.value(skill.metric.key) or 0.0, 2)}"
        parts.append(f"{beside}, difference {lead}" if (lead := _lead(skill)) else beside)
    if ceiling is not None:
        parts.append(f"noise ceiling {write_signed(ceiling, 2)}")
    return "; ".join([*parts, f"n = {skill.n:,}"])


def _lead(skill: Skill) -> str:
    """Write the lead over the strongest baseline model with its interval; empty where there is none."""
    if skill.strongest is None or skill.value is None or skill.lead is None:
        return ""
    apart = skill.value - (skill.baselines[skill.strongest].value(skill.metric.key) or 0.0)
    value, low, high = (f"{'+' if round(one, 2) > 0 else ''}{write_signed(one, 2)}" for one in (apart, *skill.lead))
    return f"{value} [{low}, {high}]"


def _advise(skill: Skill, about: Circumstances) -> str:
    standing = skill.standing
    if standing is Standing.UNKNOWN:
        return "Train the model again, on a split whose test part varies."
    if standing is Standing.BETTER:
        if about.ceiling is not None and skill.value is not None and skill.value > about.ceiling - NEAR:
            return "Little is left to gain: the score is close to the noise ceiling. See what the model uses."
        if about.split == "random":
            return "Check that it holds for unrelated sequences: train again with the homology split."
        return "See what the model uses under Explain."
    if about.still_learning:
        return "Train longer: its last epoch was its best."
    if skill.n < FEW:
        return f"{skill.n:,} test sequences decide little: cross-validate it under Checks."
    if about.model != "best":
        return "Train Best for this data, which blends networks with the baseline models."
    if standing is Standing.NOTHING:
        return "Look at the target and at the noise ceiling on Datasets: there may be nothing to learn."
    return "More sequences would help most; see the learning curve under Checks."


def find_verdict(run_id: str, *, split: str = "") -> Verdict:
    """Judge a finished run, by the mean over its targets, from what lies in its folder: no model is opened.

    Parameters
    ----------
    split
        How the parts of its dataset were made, such as ``random``; empty where unknown.
    """
    run, found = runs.get(run_id), runs.metrics(run_id)
    ceiling = read_ceiling(found, targets=len(found.get("targets", [])))
    learning = was_still_learning(runs.history(run_id))
    about = Circumstances(str(run.model), learning, ceiling[0] if ceiling else None, split)
    return judge_run(find_skill(run_id, target=None), about)
