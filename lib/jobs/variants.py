"""The work of a run of kind ``variants``: what variants do to the predictions of trained models; and its start."""

import secrets
import shutil
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from lib.core.errors import UserError
from lib.core.progress import Progress, Report
from lib.jobs import runner
from lib.jobs.predict import INPUTS
from lib.jobs.start import versions
from lib.store import datasets, fitted, runs
from lib.store import variants as store
from lib.store.files import folder_of
from lib.store.variants import ASKED, KIND, MEAN, Asked

if TYPE_CHECKING:
    import pandas as pd

    from lib.analysis.variants import Effects
    from lib.models.base import Fitted

MOST_RUNS = 12
OTHER_LENGTHS = "{name} reads sequences of one length only, so it was not asked about insertions and deletions."


def variants(run_id: str, folder: Path, progress: Progress) -> dict[str, Any]:
    """Measure the effects of the variants of a run into ``effects.parquet`` of its folder.

    Raises
    ------
    UserError
        If the variants or a trained model are gone, or a model cannot read the sequences.
    Cancelled
        If somebody asked for it.
    """
    run = runs.get(run_id)
    source = _input(run.payload["input"])
    if not (folder / ASKED).exists():
        if not source.exists():
            raise UserError("The variants of this run are not there any more. Start it again on the Variants page.")
        shutil.copyfile(source, folder / ASKED)
    found, sequences = store.of(run_id)
    said = run.payload
    asked = Asked(tuple(said["runs"]), tuple(said["targets"]), found, sequences, said["random"], said["seed"])
    tables, notes = measure(asked, progress)
    store.write_effects(run_id, tables)
    source.unlink(missing_ok=True)
    return {"n": len(found), "notes": notes}


def measure(asked: Asked, progress: Progress) -> "tuple[dict[str, pd.DataFrame], list[str]]":
    """Ask every run about every variant and about random ones; gives a table a run, and what is left out, in sentences.

    Of runs that predict the same there is a table ``mean`` too.

    Raises
    ------
    UserError
        If a run has no trained model or target, or cannot read a sequence.
    Cancelled
        If the listener asked for it.
    """
    from lib.analysis import variants as experiment

    drawn = experiment.random_like(asked.variants, asked.sequences, count=asked.random, seed=asked.seed)
    every = [*asked.variants, *(one for _, one in drawn)]
    pairs = [(asked.sequences[one.sequence], one.apply(asked.sequences[one.sequence])) for one in every]
    labels = [experiment.size_class(one) for one in asked.variants]
    tables, nulls, notes = {}, {}, []
    for number, (run_id, target) in enumerate(zip(asked.runs, asked.targets, strict=True), start=1):
        task = runs.get(run_id).spec.task
        stage = f"Asking run {number} of {len(asked.runs)}"
        model = fitted.load_fitted(run_id)
        takes = _takes_other_lengths(model, pairs)
        rows = [row for row, (old, new) in enumerate(pairs) if takes or len(old) == len(new)]
        if not takes:
            notes.append(OTHER_LENGTHS.format(name=runs.get(run_id).name))
        listening = _Pairs(progress, len(rows), stage)
        answer = experiment.effects(model, [pairs[row] for row in rows], target=target, task=task, alive=listening.tell)
        answer = _fill_rows(answer, rows, len(pairs))
        count = len(asked.variants)
        own, other = _select(answer, slice(0, count)), _select(answer, slice(count, None))
        nulls[run_id] = experiment.Null(tuple(label for label, _ in drawn), other.effect)
        tables[run_id] = experiment.table(own, labels, nulls[run_id], task=task)
    same = list_averaged(asked)
    if same:
        tables[MEAN] = experiment.together([tables[one] for one in same], labels, [nulls[one] for one in same])
    return tables, notes


def list_averaged(asked: Asked) -> list[str]:
    """Give the runs that predict the same as the first one, which are averaged; none where it is alone.

    Ensembles are means themselves and stay out; of trainings with the same settings and seed one counts.
    """
    pairs = [(runs.get(run_id), target) for run_id, target in zip(asked.runs, asked.targets, strict=True)]
    single = [(run, target) for run, target in pairs if not run.payload.get("members")]
    same = [run for run, target in single if (run.dataset, target) == (single[0][0].dataset, single[0][1])]
    distinct = {str([_settings(run), run.spec.seed]): run.id for run in reversed(same)}
    return list(distinct.values())[::-1] if len(distinct) > 1 else []


def start_variants(asked: Asked, *, name: str = "", owner: str = "") -> str:
    """Queue the measurement of the effects of variants and give the id of the new run.

    Raises
    ------
    UserError
        If no run or no variant is given, a run has no trained model, or nothing can be written.
    """
    if not asked.variants:
        raise UserError("There is no variant to measure. Bring a table of variants, a VCF file or pairs of sequences.")
    if not 1 <= len(asked.runs) <= MOST_RUNS:
        raise UserError(f"Found {len(asked.runs)} runs to ask, needed 1 to {MOST_RUNS}. Choose some.")
    about = {}
    for run_id, target in zip(asked.runs, asked.targets, strict=True):
        run = runs.get(run_id)
        if run.state != runs.FINISHED or run.kind != "train":
            raise UserError(f"{run.name} has no trained model. Choose a finished run.")
        row = datasets.get(run.dataset)
        about[run_id] = {
            "name": run.name,
            "model": run.model,
            "target": row.target_names[target],
            "unit": row.target_units[target],
            "members": len(run.payload.get("members", [])),
            "task": run.spec.task,
            "dataset": run.dataset,
        }
    key = secrets.token_hex(8)
    _input(key).parent.mkdir(parents=True, exist_ok=True)
    store.write_asked(_input(key), asked.variants, asked.sequences, asked.measured)
    payload = {
        "runs": list(asked.runs),
        "targets": list(asked.targets),
        "input": key,
        "n": len(asked.variants),
        "random": asked.random,
        "seed": asked.seed,
        "about": about,
        "measured": list(asked.measured),
    }
    many = f"{len(asked.variants):,} variant{'s' * (len(asked.variants) != 1)}"
    spec = runs.get(asked.runs[0]).spec
    made = runs.create(spec=spec, name=name or f"Effects of {many}", owner=owner, kind=KIND, payload=payload)
    runner().submit(made.id)
    return made.id


def train_other_seeds(run_id: str, count: int, *, owner: str = "") -> list[str]:
    """Queue the same training with so many other seeds, those that no run of it has yet; give the ids of the new runs.

    Raises
    ------
    UserError
        If there is no such run, or nothing can be written.
    """
    run = runs.get(run_id)
    taken = {other.spec.seed for other in find_replicates(run)}
    free = [seed for seed in range(len(taken) + count + 1) if seed not in taken][:count]
    made = []
    for seed in free:
        spec = replace(run.spec, seed=seed, versions=versions())
        name = f"{run.name}, seed {seed}"
        made.append(runs.create(spec=spec, name=name, owner=owner or run.owner, payload=run.payload).id)
    for one in made:
        runner().submit(one)
    return made


def find_replicates(run: runs.Run) -> list[runs.Run]:
    """Give the trainings that differ from a run in nothing but the seed, itself among them, whatever their state."""
    return [one for one in runs.all(dataset=run.dataset, kind="train") if _settings(one) == _settings(run)]


def _settings(run: runs.Run) -> list[object]:
    """Give what decides a training beside its seed."""
    facts = run.spec.to_json()
    return [*(facts.get(name) for name in ("dataset", "split", "task", "model", "tokenizer")), run.payload.get("rbp")]


def _input(name: str) -> Path:
    return folder_of(INPUTS, name).with_suffix(".parquet")


def _takes_other_lengths(model: "Fitted", pairs: list[tuple[str, str]]) -> bool:
    """Say whether a model reads a sequence that became longer or shorter, where there is one."""
    changed = next((pair for pair in pairs if len(pair[0]) != len(pair[1])), None)
    if changed is None:
        return True
    model.predict([changed[0]])
    try:
        model.predict([changed[1]])
    except UserError:
        return False
    return True


def _fill_rows(found: "Effects", rows: list[int], count: int) -> "Effects":
    """Put effects of some rows at their places among all, NaN elsewhere."""
    import numpy as np

    before, after = np.full(count, np.nan), np.full(count, np.nan)
    each = np.full((len(found.each), count), np.nan)
    before[rows], after[rows], each[:, rows] = found.before, found.after, found.each
    return replace(found, before=before, after=after, each=each)


def _select(found: "Effects", part: slice) -> "Effects":
    return replace(found, before=found.before[part], after=found.after[part], each=found.each[:, part])


@dataclass(frozen=True)
class _Pairs:
    """Tells a listener how many pairs of one run are done."""

    listener: Progress
    total: int
    stage: str

    def tell(self, done: int) -> None:
        self.listener.report(Report(done, self.total, self.stage))
