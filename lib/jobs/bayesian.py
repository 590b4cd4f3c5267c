"""Bayesian search: each run of a sweep is chosen by what the runs before it found.

The next settings come from the tree-structured Parzen estimator of Optuna (Akiba et al. 2019,
doi:10.1145/3292500.3330701; Bergstra et al. 2011). The runs table is the storage: before each choice the study is made
anew from the runs of the group, so that a search goes on after whatever stopped it. A training that is worse after an
epoch than the median of those that finished is stopped early (``MedianPruner``).
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from filelock import FileLock

from lib.core.errors import Pruned, UserError
from lib.core.progress import Progress, Report
from lib.core.registry import settings_of
from lib.jobs import runner, slots
from lib.jobs.groups import PRIORITY, Base
from lib.jobs.start import payload_of, spec_of
from lib.jobs.sweep_axes import MODEL, SEED, SEEDS, Axis, Point, check_amount, require
from lib.jobs.sweeps import make_members, value_of
from lib.models import MODELS
from lib.store import datasets, groups, runs
from lib.store.files import home
from lib.store.groups import Group
from lib.store.runs import Run
from lib.tokenizers import TOKENIZERS

if TYPE_CHECKING:
    import optuna

METHOD = "bayesian"
STARTUP = 8
"""Runs that are drawn at random before the first one is chosen."""
WARMUP = 0.3
"""Share of the epochs after which a training may be stopped early."""


def start_search(
    base: Base, axes: Sequence[Axis], trials: int, *, seed: int = 0, name: str = "", owner: str = ""
) -> Group:
    """Begin a search and queue its first runs, as many as this machine does at a time.

    Raises
    ------
    UserError
        If a value breaks its limits, no or too many runs are asked for, or the dataset cannot be learned.
    """
    require(axes)
    check_amount(trials, "The Bayesian search")
    search = {"seed": seed, "space": [describe_axis(axis) for axis in axes]}
    facts = {
        "axes": [axis.facts() for axis in axes],
        "method": METHOD,
        "asked": trials,
        "model": base.model.name,
        "search": search,
    }
    study = make_study(search, [])
    points = [suggest(study, axes) for _ in range(min(trials, len(slots.list_slots())))]
    wanted = make_members(base, axes, points)
    name = name or f"{base.model.label}: {', '.join(axis.setting.label for axis in axes)}"
    group = groups.create(groups.SWEEP, name=name, dataset=base.dataset.id, owner=owner, facts=facts)
    for one in wanted:
        spec = spec_of(base.dataset, one.model, tokenizer=one.tokenizer, seed=one.seed)
        payload = payload_of(one.model, {**base.payload, **one.payload})
        run = runs.create(spec=spec, name=one.name, owner=owner, priority=PRIORITY, payload=payload, group=group.id)
        runner().submit(run.id)
    return group


def advance(group_id: str | None) -> int:
    """Queue the next runs of a search, as many as there is room for; gives how many. 0 for all other groups."""
    if group_id is None:
        return 0
    with FileLock(home() / f".search-{group_id}.lock"):
        try:
            group = groups.get(group_id)
        except UserError:  # it was deleted meanwhile
            return 0
        members = groups.runs_of(group_id)
        if group.facts.get("method") != METHOD or not members:
            return 0
        active = sum(not run.over for run in members)
        room = min(len(slots.list_slots()) - active, int(group.facts["asked"]) - len(members))
        if room <= 0 or any(run.state == runs.CANCELLED and not groups.was_pruned(run) for run in members):
            return 0  # somebody cancelled the search
        axes = read_axes(group.facts, members[0])
        base = _base_of(members[0])
        study = make_study(group.facts["search"], members)
        for one in make_members(base, axes, [suggest(study, axes) for _ in range(room)]):
            spec = spec_of(base.dataset, one.model, tokenizer=one.tokenizer, seed=one.seed)
            run = runs.create(
                spec=spec,
                name=one.name,
                owner=group.owner,
                priority=PRIORITY,
                payload=payload_of(one.model, members[0].payload),
                group=group_id,
            )
            runner().submit(run.id)
        return room


def describe_axis(axis: Axis) -> dict[str, Any]:
    """Write an axis as plain JSON."""
    return {
        "of": axis.of,
        "setting": axis.setting.name,
        "values": list(axis.grid()) if not axis.is_range else [],
        "low": axis.low,
        "high": axis.high,
        "log": axis.log,
        "whole": axis.setting.type is int,
    }


def read_axes(facts: Mapping[str, Any], member: Run) -> list[Axis]:
    """Read the axes of a search back."""
    found = []
    for known in facts["search"]["space"]:
        if known["of"] == SEED:
            setting = SEEDS
        else:
            chosen = member.spec.model if known["of"] == MODEL else member.spec.tokenizer
            assert chosen is not None
            cls = (MODELS if known["of"] == MODEL else TOKENIZERS).get(chosen.name)
            setting = next(item for item in settings_of(cls) if item.name == known["setting"])
        found.append(Axis(known["of"], setting, tuple(known["values"]), known["low"], known["high"], log=known["log"]))
    return found


def make_study(search: Mapping[str, Any], members: Sequence[Run]) -> "optuna.Study":
    """Make the study of a search from its runs: finished ones, those that stopped early, and those that go on.

    Parameters
    ----------
    search
        ``seed`` and ``space`` of the facts of the group.
    members
        In the order in which they were made, which is that of the trials.
    """
    import optuna

    optuna.logging.set_verbosity(optuna.logging.ERROR)
    sampler = optuna.samplers.TPESampler(
        seed=search["seed"] + len(members), n_startup_trials=STARTUP, multivariate=True, constant_liar=True
    )
    pruner = optuna.pruners.MedianPruner(n_startup_trials=STARTUP // 2)
    study = optuna.create_study(direction="maximize", sampler=sampler, pruner=pruner)
    space = {_key(known): _distribution(known) for known in search["space"]}
    states = optuna.trial.TrialState
    for run in members:
        params = {key: value_of(run, key) for key in space}
        score, history = groups.validation(run), read_history(run)
        if run.state == runs.FINISHED and score is not None:
            state = states.COMPLETE
        elif groups.was_pruned(run) and history:
            state, score = states.PRUNED, None
        elif not run.over:
            state, score = states.RUNNING, None
        else:
            state, score = states.FAIL, None
        trial = optuna.trial.create_trial(
            state=state, value=score, params=params, distributions=space, intermediate_values=history
        )
        study.add_trial(trial)
    return study


def suggest(study: "optuna.Study", axes: Sequence[Axis]) -> Point:
    """Choose the next point of a study."""
    trial = study.ask({axis.key: _distribution(describe_axis(axis)) for axis in axes})
    return {axis.key: axis.settle(trial.params[axis.key]) for axis in axes}


def read_history(run: Run) -> dict[int, float]:
    """Give the validation metric of a training by epoch, as far as it went."""
    found = runs.history(run.id)
    score = next((name for name in found.columns if name.startswith("validation_") and name != "validation_loss"), None)
    if score is None:
        return {}
    kept = found[["epoch", score]].dropna()
    return {int(epoch): float(value) for epoch, value in zip(kept["epoch"], kept[score], strict=True)}


def rate_settings(search: Mapping[str, Any], members: Sequence[Run]) -> dict[str, float]:
    """Give how much each setting of a search mattered, shares by the keys of the axes; empty with few runs.

    The importance is that of functional ANOVA over a forest (Hutter et al. 2014).
    """
    import optuna

    study = make_study(search, members)
    done = [trial for trial in study.trials if trial.state == optuna.trial.TrialState.COMPLETE]
    if len(done) < STARTUP or len({trial.value for trial in done}) < 2:
        return {}
    evaluator = optuna.importance.FanovaImportanceEvaluator(seed=0)
    found = optuna.importance.get_param_importances(study, evaluator=evaluator)
    return {key: float(value) for key, value in found.items()}


@dataclass
class Pruner:
    """Stops a training that its search gives up, after an epoch in which it is worse than most that finished."""

    listener: Progress
    run: Run
    search: Mapping[str, Any]
    seen: dict[int, float] = field(default_factory=dict)

    @classmethod
    def around(cls, run: Run, listener: Progress) -> Progress:
        """Listen for a run of a search; any other run is left alone."""
        if run.group_id is None:
            return listener
        facts = groups.get(run.group_id).facts
        return cls(listener, run, facts["search"]) if facts.get("method") == METHOD else listener

    def report(self, report: Report) -> None:
        """Pass a report on, then stop the training if it is not worth going on."""
        self.listener.report(report)
        epoch = int(report.epoch or 0)
        score = next(iter(report.metrics.values()), None)
        epochs = self.run.spec.model.settings.get("epochs")
        if score is None or not isinstance(epochs, int) or epoch <= WARMUP * epochs or self.seen.get(epoch) == score:
            return
        self.seen[epoch] = score
        if self._is_worse(epoch):
            raise Pruned(groups.PRUNED)

    def _is_worse(self, epoch: int) -> bool:
        import optuna

        others = [one for one in groups.runs_of(str(self.run.group_id)) if one.id != self.run.id]
        study = make_study(self.search, others)
        space = {_key(known): _distribution(known) for known in self.search["space"]}
        trial = optuna.trial.create_trial(
            state=optuna.trial.TrialState.RUNNING,
            params={key: value_of(self.run, key) for key in space},
            distributions=space,
            intermediate_values={**read_history(self.run), **self.seen},
        )
        return bool(study.pruner.prune(study, trial))


def _base_of(run: Run) -> Base:
    """Give what the runs of a search share, from one of them."""
    spec = run.spec
    tokenizer = None if spec.tokenizer is None else TOKENIZERS.create(spec.tokenizer.name, spec.tokenizer.settings)
    model = MODELS.create(spec.model.name, spec.model.settings)
    return Base(datasets.load(run.dataset), model, tokenizer, spec.seed)


def _key(known: Mapping[str, Any]) -> str:
    return SEED if known["of"] == SEED else f"{known['of']}.{known['setting']}"


def _distribution(known: Mapping[str, Any]) -> "optuna.distributions.BaseDistribution":
    from optuna import distributions

    if known["values"]:
        return distributions.CategoricalDistribution(known["values"])
    low, high = float(known["low"]), float(known["high"])
    if known["whole"]:
        return distributions.IntDistribution(int(low), int(high), log=known["log"])
    return distributions.FloatDistribution(low, high, log=known["log"])
