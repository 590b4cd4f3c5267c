"""A trained DExTER: variables with coefficients, and all that the search saw."""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

import numpy as np

from lib.core.arrays import FloatArray
from lib.core.errors import UserError
from lib.core.progress import Progress, Report
from lib.models import saving
from lib.models.dexter.bins import Bins, Cell
from lib.models.dexter.counts import Letters
from lib.models.dexter.explore import Explored, Step
from lib.models.dexter.lasso import Linear, Variable
from lib.models.dexter.words import Words

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


_BLOCK = 2**24  # letters predicted at a time


@dataclass(frozen=True)
class FittedDexter:
    """What was found for each of T targets.

    Parameters
    ----------
    name
        Of the model, as its files say it.
    bins
        The regions.
    linear
        (T,) the variables with their coefficients.
    explored
        (T,) which k-mers were tried, and their lattices.
    """

    name: str
    bins: Bins
    linear: tuple[Linear, ...]
    explored: tuple[Explored, ...]

    def predict(self, sequences: Sequence[str], *, progress: Progress | None = None) -> FloatArray:
        """Predict the targets of N sequences, (N, T); they are aligned on the anchor, whatever their lengths."""
        words, weights, intercept = self._weights
        found = [np.empty((0, len(intercept)))]
        for start, stop in _blocks(sequences):
            found.append(words.sums(Letters.of(sequences[start:stop], self.bins), weights) + intercept)
            if progress:
                progress.report(Report(stop, len(sequences), "Predicting"))
        return np.concatenate(found)

    def effects(
        self, sequences: Sequence[str], *, target: int, alive: Callable[[], None]
    ) -> Iterator[tuple[int, float, FloatArray]]:
        """Give number, prediction and effects (4, L) of N sequences, from the k-mers that each mutation changes."""
        words, weights, _ = self._weights
        own = np.ascontiguousarray(weights[:, :, target])
        for number, sequence in enumerate(sequences):
            alive()
            value = float(self.predict([sequence])[0, target])
            yield number, value, words.mutations(Letters.of([sequence], self.bins), own)

    @cached_property
    def _weights(self) -> tuple[Words, FloatArray, FloatArray]:
        """What a k-mer adds where it starts in a bin, (K, B, T), and what is predicted without any, (T,)."""
        kept = [[variable for variable in linear.variables if variable.coefficient] for linear in self.linear]
        kmers = list(dict.fromkeys(variable.kmer for variables in kept for variable in variables))
        number = {kmer: place for place, kmer in enumerate(kmers)}
        weights = np.zeros((len(kmers), len(self.bins), len(kept)))
        intercept = np.array([linear.intercept for linear in self.linear])
        for target, variables in enumerate(kept):
            for variable in variables:
                low, high = self.bins.region(variable.cell)
                slope = variable.coefficient / variable.deviation
                weights[number[variable.kmer], slice(*variable.cell), target] += slope / (high - low)
                intercept[target] -= slope * variable.mean
        return Words.of(kmers), weights, intercept

    def save(self, folder: Path) -> None:
        """Write regions, k-mers and reasons as JSON, all measured numbers as safetensors."""
        write(folder, self.name, (self.bins, self.linear, self.explored))

    @classmethod
    def load(cls, folder: Path, name: str) -> "FittedDexter":
        """Read variables, trees and lattices of a model called ``name`` back.

        Raises
        ------
        UserError
            If files are missing or damaged.
        """
        return cls(name, *read(folder, name))


def _blocks(sequences: Sequence[str]) -> Iterator[tuple[int, int]]:
    """Cut N sequences into runs of so many letters, a longer sequence alone."""
    start, letters = 0, 0
    for number, sequence in enumerate(sequences):
        if letters and letters + len(sequence) > _BLOCK:
            yield start, number
            start, letters = number, 0
        letters += len(sequence)
    if len(sequences):
        yield start, len(sequences)
