"""Chosen logos of a report: which nucleotides the run used in telling sequences."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd

from lib.attribution import METHODS, list_methods
from lib.attribution.agreement import repeat
from lib.attribution.base import Attribution, Method, explain_refusal
from lib.attribution.checks import Verdict, check_model
from lib.attribution.faithfulness import measure_deletion
from lib.attribution.profile_heads import COUNTS
from lib.attribution.trust import WORDS, Trust, judge
from lib.core.errors import UserError
from lib.core.progress import Progress
from lib.figures.logo import LONGEST, logo_figure
from lib.jobs import ray_map
from lib.report.context import Context
from lib.store import fitted, skills
from lib.tasks import class_card, class_metrics
from lib.views.blocks import Block, Figure, Numbers, Paragraph

PER_ROW = 75
"""Nucleotides of a row, so that letters can be read at the width of the page."""


@dataclass(frozen=True)
class Telling:
    """A sequence whose logo is shown, its row in the dataset, and why."""

    row: int
    why: str


def telling(context: Context) -> list[Telling]:
    """Choose sequences of the test part that say most; none is chosen twice.

    Of numbers those are the highest, the lowest, the best and the worst predicted. The best predicted one is that with
    the smallest error among the tenth that lies farthest from the mean, for a prediction near the mean tells nothing.
    Of classes they are the most and the least probable of the explained class, and the surest right and wrong.
    """
    rows = context.dataset.rows("test")
    if not len(rows):
        return []
    chosen: dict[int, str] = {}
    for why, order in (_classes if context.dataset.classes else _numbers)(context).items():
        place = next((int(place) for place in order if int(place) not in chosen), None)
        if place is not None:
            chosen[place] = why
    return [Telling(int(rows[place]), why) for place, why in chosen.items()]


def _numbers(context: Context) -> dict[str, "np.ndarray"]:
    points = context.of_target(0).points
    error = np.abs(points.predicted - points.observed)
    apart = np.abs(points.observed - points.observed.mean())
    far = np.where(apart >= np.quantile(apart, 0.9), error, np.inf)
    return {
        "highest observed": np.argsort(-points.observed, kind="stable"),
        "lowest observed": np.argsort(points.observed, kind="stable"),
        "best predicted of those far from the mean": np.argsort(far, kind="stable"),
        "worst predicted": np.argsort(-error, kind="stable"),
    }


def _classes(context: Context) -> dict[str, "np.ndarray"]:
    dataset, rows = context.dataset, context.dataset.rows("test")
    names = [f"predicted:{name}" for name in dataset.target_names]
    predicted = context.rows[names].to_numpy(dtype=float)
    true, called = class_metrics.labels(np.asarray(dataset.targets[rows])), class_metrics.decide(predicted)
    chance = class_metrics.probabilities(predicted)
    sure = chance[np.arange(len(rows)), true]
    number = 1 if len(dataset.classes) == 2 else 0
    return {
        f"most probably {dataset.classes[number]}": np.argsort(-chance[:, number], kind="stable"),
        f"least probably {dataset.classes[number]}": np.argsort(chance[:, number], kind="stable"),
        "most surely called right": _only(np.argsort(-sure, kind="stable"), true == called),
        "most surely called wrong": _only(np.argsort(sure, kind="stable"), true != called),
    }


def _only(order: "np.ndarray", kept: "np.ndarray") -> "np.ndarray":
    chosen: np.ndarray = order[kept[order]]
    return chosen


def choose_named(context: Context, ids: Sequence[str]) -> list[Telling]:
    """Choose sequences by their ids.

    Raises
    ------
    UserError
        If the dataset has no sequence of that id.
    """
    found = []
    for name in ids:
        row = context.dataset.position(name)
        if row is None:
            raise UserError(f"{context.row.name} has no sequence {name!r}; choose ids of its table.")
        found.append(Telling(row, "chosen"))
    return found


def method_for(run_id: str, name: str = "") -> tuple[Any, str]:
    """Give a method with its default settings that works with the model of a run, and its name.

    Raises
    ------
    UserError
        If there is no such method, or it does not work with the model.
    """
    model = fitted.load_fitted(run_id)
    if name and (refused := explain_refusal(METHODS.get(name), model)):
        raise UserError(refused)
    chosen = name or list_methods(model)[0]
    return METHODS.create(chosen), chosen


def logos(
    context: Context, chosen: Sequence[Telling], *, method: str = "", progress: Progress | None = None
) -> tuple[list[Block], dict[str, str]]:
    """Write the logos of chosen sequences, and say by which method, against which reference and by which rule.

    The first target is explained where there are several.
    """
    if not chosen:
        return [Paragraph("The test part holds no sequences.")], {}
    dataset = context.dataset
    made, name = method_for(context.run.id, method)
    texts = [str(dataset.sequences[one.row]) for one in chosen]
    found = ray_map.attribute(context.run.id, made, texts, target=0, progress=progress)
    target, unit = dataset.target_names[0], dataset.target_units[0]
    about = f"Which nucleotides raise (above the line) and lower (below it) the prediction of {target}, "
    if dataset.classes:
        about = f"Which nucleotides speak for (above the line) and against (below it) {class_card.name_class(target)}, "
    about += f"by {found[0].method}."
    if len(dataset.target_names) > 1:
        about += f" Explained is the first of {len(dataset.target_names)} targets."
    judged = [_judge(context.run.id, made, item) for item in found]
    pictures = [_logo(context, one, item, unit, trust) for one, item, trust in zip(chosen, found, judged, strict=True)]
    facts = {"method": name, "reference": found[0].reference, "rule": found[0].rule}
    return [Paragraph(about), *model_warning(context.run.id), *pictures], facts


def model_warning(run_id: str, *, target: int = 0, head: str = COUNTS) -> list[Block]:
    """Say what stands against interpreting any attribution of a run's model; nothing where it passes its check."""
    model = check_model(skills.find_skill(run_id, target=target, head=head))
    if model.verdict is Verdict.PASS:
        return []
    word = f"{WORDS[model.verdict]}." if model.verdict in WORDS else ""
    style = f"check {model.verdict.name.lower()}"
    return [Paragraph(f"{model.finding} {model.remedy}", strong=word, style=style)]


def _judge(run_id: str, made: Method, item: Attribution) -> Trust:
    """Make all checks of an attribution of the first target."""
    skill = skills.find_skill(run_id)
    if not item.scores.any():
        return judge(item, skill)
    model = fitted.load_fitted(run_id)
    return judge(item, skill, deletion=measure_deletion(item, model), repeated=repeat(item, made, model))


def _logo(context: Context, one: Telling, item: Attribution, unit: str, trust: Trust) -> Block:
    identifier, dataset = str(context.dataset.ids[one.row]), context.dataset
    observed = f"observed {float(dataset.targets[one.row, 0]):.3g}{f' {unit}' if unit else ''}"
    if dataset.classes:
        true = class_metrics.labels(np.asarray(dataset.targets[one.row : one.row + 1]))[0]
        observed = f"true class {dataset.classes[int(true)]}"
    window = (0, min(LONGEST, len(item.sequence)))
    cut = f" Drawn are the first {LONGEST:,} of {len(item.sequence):,} nt." if len(item.sequence) > LONGEST else ""
    strongest = np.argsort(-np.abs(item.scores))[:5]
    named = ", ".join(f"{item.sequence[place]}{place + 1} ({item.scores[place]:+.2g})" for place in sorted(strongest))
    of = f" ({unit})" if unit else ""
    columns = {
        "position (nt, from 1)": np.arange(1, len(item.sequence) + 1),
        "base": list(item.sequence),
        f"attribution{of}": item.scores,
    }
    if item.standard_errors is not None:
        columns[f"standard error{of}"] = item.standard_errors
    table = pd.DataFrame({**columns, "badge": trust.word})
    return Figure(
        logo_figure(item, trust, title=identifier, unit=unit, window=window, per_row=PER_ROW),
        alt=f"Logo of the attribution of {identifier}, {len(item.sequence):,} nt; strongest: {named}",
        caption=f"{identifier} ({one.why}): {observed}. {trust.caption.rstrip('.')}.{cut}",
        numbers=Numbers(table, f"attribution-{one.row}.csv"),
    )
