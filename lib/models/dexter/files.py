"""A fitted DExTER as files: k-mers, regions and reasons as JSON, all measured numbers as safetensors."""

from pathlib import Path
from typing import Any

import numpy as np

from lib.core.errors import UserError
from lib.models import saving
from lib.models.dexter.bins import Bins, Cell
from lib.models.dexter.explore import Explored, Step
from lib.models.dexter.lasso import Linear, Variable

Parts = tuple[Bins, tuple[Linear, ...], tuple[Explored, ...]]
"""The regions, and for each target its variables and its search."""


def write(folder: Path, name: str, parts: Parts) -> None:
    """Write the parts of a model called ``name`` into a folder that exists."""
    bins, models, searches = parts
    facts: dict[str, Any] = {"edges": bins.edges, "anchor": bins.anchor, "before": bins.before, "targets": []}
    arrays: dict[str, Any] = {}
    for number, (linear, found) in enumerate(zip(models, searches, strict=True)):
        facts["targets"].append(
            {
                "variables": [[variable.kmer, *variable.cell] for variable in linear.variables],
                "kmers": list(found.lattices),
                "steps": [
                    [step.kmer, step.parent, step.grown_from, step.cell, step.against, step.segments]
                    for step in found.steps
                ],
            }
        )
        rows = [(item.coefficient, item.mean, item.deviation, item.correlation) for item in linear.variables]
        arrays[f"variables-{number}"] = np.array(rows).reshape(-1, 4)
        arrays[f"steps-{number}"] = np.array([(step.correlation, step.needed) for step in found.steps])
        arrays[f"lattices-{number}"] = np.stack(list(found.lattices.values()))
        arrays[f"intercept-{number}"] = np.array([linear.intercept, linear.penalty])
    saving.write(folder, name, facts, arrays)


def read(folder: Path, name: str) -> Parts:
    """Read the parts of a model back.

    Raises
    ------
    UserError
        If files are missing or damaged.
    """
    facts, arrays = saving.read(folder, name)
    edges, anchor, before, targets = (
        saving.fact(facts, key, folder) for key in ("edges", "anchor", "before", "targets")
    )
    linear, explored = [], []
    for number, texts in enumerate(targets):
        rows, measured, lattices, ends = (
            saving.numbers(arrays, f"{kind}-{number}", folder)
            for kind in ("variables", "steps", "lattices", "intercept")
        )
        kept, kmers, steps = (saving.fact(texts, key, folder) for key in ("variables", "kmers", "steps"))
        if (len(kept), len(steps), len(kmers)) != (len(rows), len(measured), len(lattices)):
            raise UserError(f"The files of the model in {folder} do not belong together; train again.")
        variables = [
            Variable(kmer, (first, stop), *map(float, row)) for (kmer, first, stop), row in zip(kept, rows, strict=True)
        ]
        linear.append(Linear(tuple(variables), *map(float, ends)))
        explored.append(
            Explored(
                tuple(_step(text, row) for text, row in zip(steps, measured, strict=True)),
                dict(zip(kmers, lattices, strict=True)),
            )
        )
    return Bins(tuple(edges), anchor, before), tuple(linear), tuple(explored)


def _step(text: list[Any], measured: Any) -> Step:
    kmer, parent, grown_from, cell, against, segments = text
    correlation, needed = map(float, measured)
    return Step(kmer, parent, _cell(grown_from), _cell(cell), correlation, needed, against, tuple(map(_cell, segments)))


def _cell(pair: list[int]) -> Cell:
    return pair[0], pair[1]
