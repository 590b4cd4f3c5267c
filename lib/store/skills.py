"""The predictive skill of a finished run, from what lies in its folder: no model is opened."""

from collections.abc import Mapping, Sequence
from typing import Any

from lib import tasks
from lib.analysis.baselines import PREDICTED, label_models, read_test_scores
from lib.analysis.skill import Skill
from lib.attribution.profile_heads import COUNTS
from lib.core.errors import UserError
from lib.models.base import MODELS
from lib.store import groups, runs
from lib.tasks.scores import Scores

HELD_BACK = "the test results of a sweep are held back until its best run is chosen"


def find_skill(run_id: str, *, target: int | None = 0, head: str = COUNTS) -> Skill | str:
    """Give what ``skill_of`` gives, or the sentence that says why nobody knows."""
    try:
        return skill_of(run_id, target=target, head=head)
    except UserError as error:
        return str(error)


def skill_of(run_id: str, *, target: int | None = 0, head: str = COUNTS) -> Skill:
    """Give how well a run predicts one target, the mean over all of them (None), or the profile of held-out sequences.

    That is its test part; of a sweep whose test results are held back it is the validation part. What
    ``metrics.json`` holds is read; of one among several targets the scores are computed from the stored predictions.

    Raises
    ------
    UserError
        If nothing of that kind is stored; the sentence says what is missing.
    """
    run, found = runs.get(run_id), runs.metrics(run_id)
    task = tasks.get(run.spec.task)
    key, chance = task.skill_of(head)
    metric = tasks.metric(key)
    names = list(found.get("targets", []))
    part = "validation" if groups.runs_without_test([run]) else "test"
    n = int((found.get(part) or {}).get("n") or 0)
    if not n:
        raise UserError(f"{run.name} has no {part} part, so nobody knows how well it predicts new sequences.")
    known = MODELS.all().get(run.model)
    labels = label_models(found, model=run.model, label=run.model if known is None else known.label)
    leads: dict[str, tuple[float, float]] = {}
    stored = not task.skill_of_each or (part == "test" and (len(names) == 1 or target is None))
    if not stored and (target is not None or len(names) == 1):
        models = _compute(run_id, names, labels, part, target or 0)
    elif part == "test":
        models = dict(zip(labels, read_test_scores(found, labels), strict=True))
        leads = _read_leads(found, key)
    else:
        raise UserError(f"{run.name} is not judged: {HELD_BACK}.")
    model = models.pop(PREDICTED)
    return Skill(metric, chance, model, models, part, n, over=len(names) if stored else 1, leads=leads)


def _read_leads(found: Mapping[str, Any], key: str) -> dict[str, tuple[float, float]]:
    """Read the paired intervals of a metric of the model minus that of each baseline, where they are known."""
    ends = {name: one.get("lead", {}).get(key) for name, one in found.get("baselines", {}).items()}
    return {name: (one[0], one[1]) for name, one in ends.items() if one and None not in one}


def _compute(run_id: str, names: Sequence[str], labels: Mapping[str, str], part: str, target: int) -> dict[str, Scores]:
    """Score one of several targets by the run and by its baselines, the run with its interval."""
    run, frame = runs.get(run_id), runs.predictions(run_id)
    task = tasks.get(run.spec.task)
    frame = frame[frame["part"] == part]
    observed = frame[[f"observed:{name}" for name in names]].to_numpy(dtype=float)
    key, _ = task.skill_of("")
    models = {}
    for model, label in labels.items():
        columns = [f"{model}:{name}" for name in names]
        if set(columns) <= set(frame):
            predicted = frame[columns].to_numpy(dtype=float)
            value, ends = task.score_target(observed, predicted, target, interval=model == PREDICTED)
            models[model] = Scores(label, {key: value}, {} if ends is None else {key: ends})
    return models
