"""The best for the data at hand: simple models and networks are trained within a time budget, and blended."""

import shutil
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, ClassVar

from lib.core.registry import setting
from lib.models import saving
from lib.models.base import MODELS, Fitted
from lib.models.blend import Blend
from lib.models.checks import require_letters, require_rows
from lib.models.context import Context
from lib.models.ensemble import MEMBERS, assemble, load_member
from lib.models.members import FOLDS, LEAST_WEIGHT, ROUNDS, SMALL, Group, MemberTrainer, choose_candidates
from lib.tasks.data import TrainingData


@MODELS.add
@dataclass(frozen=True)
class BestModel:
    """A blend of simple models and networks, as many as a time budget allows.

    Members are baselines that count words, networks of a size for the number of sequences with several seeds, and,
    where the dataset has an RBP table and few sequences, an encoder of MORPH tokens. Up to 5,000 sequences, train and
    validation part are cut into 5 folds of which similar sequences are never torn apart, and each member is trained on
    four and judged on the fifth; above, members are trained on the train part and judged on the validation part.

    Weights are at least 0 and at most 1 in sum; the rest of the sum goes to the mean of the training part. They are
    those with which the held-out sequences are predicted best (stacking, Wolpert 1992,
    doi:10.1016/S0893-6080(05)80023-1; Breiman 1996, doi:10.1007/BF00117832), so the blend is never worse there than
    its best member, nor than the mean. What is said of the validation part comes from members that did not see it.
    """

    name: ClassVar[str] = "best"
    label: ClassVar[str] = "Best for this data"
    summary: ClassVar[str] = "Trains simple models and networks within your time and blends them by what each is worth."
    typical_time: ClassVar[str] = "the time that you give it"
    tasks: ClassVar[tuple[str, ...]] = ("regression", "multi_regression", "classification", "counts")
    baseline: ClassVar[bool] = False

    recommended: ClassVar[bool] = True

    minutes: float = setting(
        15.0,
        label="Time budget",
        unit="min",
        low=0.01,
        high=10_000.0,
        help="More time means more networks with other seeds, which usually predict better together. Simple models are "
        "always trained; a network only where it can be finished in time.",
    )

    def members(self, data: TrainingData) -> tuple[list[tuple[str, Any]], int]:
        """Give the networks that may become members, by name and with their settings, and how many folds each has."""
        rows = len(data.train.sequences) + len(data.validation.sequences)
        networks = [
            (candidate.label, MODELS.create(candidate.model, dict(candidate.settings)))
            for candidate in choose_candidates(data)
            if candidate.random and not candidate.tokenizer
        ]
        return networks, FOLDS if rows <= SMALL else 1

    def fit(self, data: TrainingData, context: Context) -> Fitted:
        """Train members until the time is over, then weigh them. Goes on from members that are finished already.

        Raises
        ------
        Cancelled
            If the listener asked for it.
        UserError
            If there are fewer than 20 train or 4 validation sequences, or one is empty.
        """
        require_rows(data, train=20, validation=4, label=self.label)
        require_letters(data, label=self.label)
        trainer = MemberTrainer.of(data, context, 60 * self.minutes)
        groups, note = trainer.train()
        kept = [group for group, weight in zip(groups, trainer.weigh(groups), strict=True) if weight >= LEAST_WEIGHT]
        for name in (name for group in groups if group not in kept for name in group.names):
            shutil.rmtree(context.folder / MEMBERS / name, ignore_errors=True)
        weights = trainer.weigh(kept)
        about = {
            "groups": [
                {
                    "label": group.candidate.label,
                    "seed": group.seed,
                    "weight": weight,
                    "members": list(group.names),
                    "seconds": group.seconds,
                    "shortfall": trainer.shortfall(trainer.observed, group.held_out),
                }
                for group, weight in zip(kept, weights, strict=True)
            ],
            "path": trace(groups, trainer),
            "folds": trainer.folds,
            "n": len(trainer.observed),
            "note": note,
        }
        names = [name for group in kept for name in group.names]
        shares = [weight / len(group.names) for group, weight in zip(kept, weights, strict=True) for _ in group.names]
        if not names:  # nothing beats the mean: a member without weight stands for what was tried
            names, shares = [trainer.keep_mean()], [0.0]
        members = {name: load_member(context.folder / MEMBERS / name) for name in names}
        held_out: tuple[tuple[float, ...], ...] = ()
        if trainer.folds > 1:
            blended = trainer.blend(kept, weights)[len(data.train.sequences) :]
            held_out = tuple(map(tuple, blended.tolist()))
        made = Blend(self.name, tuple(shares), tuple(trainer.rest.tolist()), held_out, about)
        return assemble(members, context.folder, made)

    @classmethod
    def load(cls, folder: Path) -> Fitted:
        """Read every member back."""
        facts, _ = saving.read(folder, cls.name)
        members = {name: load_member(folder / MEMBERS / name) for name in saving.fact(facts, "members", folder)}
        return assemble(members, folder, Blend.of_facts(cls.name, facts))


def trace(groups: Sequence[Group], trainer: MemberTrainer) -> list[dict[str, Any]]:
    """Say how good the blend was on held-out sequences after each group that was trained: what more time gave."""
    path, seconds = [], 0.0
    for count, group in enumerate(groups, start=1):
        seconds += group.seconds
        blended = trainer.blend(groups[:count], trainer.weigh(groups[:count]))
        shortfall = trainer.shortfall(trainer.observed, blended)
        path.append({"label": group.candidate.label, "seconds": seconds, "shortfall": shortfall})
    return path


def count_groups(seconds: Sequence[float], budget: float) -> int:
    """Count the networks that a budget allows, in the order in which they are trained: each with its folds.

    Parameters
    ----------
    seconds
        What each candidate takes, all folds included.
    budget
        Seconds there are.
    """
    count, able = 0, list(seconds)
    for _ in range(ROUNDS):
        for needed in list(able):
            if needed > budget:
                able.remove(needed)
            else:
                count, budget = count + 1, budget - needed
    return count
