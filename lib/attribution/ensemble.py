"""Ensembles whose members do not all read alike: each member is attributed by itself, then their numbers are averaged.

For methods whose numbers are a linear function of the model (all that add up) this is the attribution of the mean.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

import numpy as np

from lib.attribution.base import Attribution, Method
from lib.core.arrays import FloatArray
from lib.core.progress import Progress, Report
from lib.models.base import Fitted

_APART = 2**32  # between the seeds of members; no seed that a person gives is as large


def attribute_members(
    method: Method,
    members: Mapping[str, Fitted],
    sequences: Sequence[str],
    *,
    target: int,
    target_name: str,
    seed: int,
    progress: Progress,
) -> list[Attribution]:
    """Attribute N sequences by every member and give the mean of each.

    Each member draws its own references and noise, so that their errors are independent of each other.
    """
    found = [
        method.attribute(
            member,
            sequences,
            target=target,
            target_name=target_name,
            seed=derive_seed(seed, number),
            progress=_Share(progress, number, len(members)),
        )
        for number, member in enumerate(members.values())
    ]
    progress.report(Report(len(sequences), len(sequences), stage="Attribution"))
    return [average(each) for each in zip(*found, strict=True)]


def derive_seed(seed: int, number: int) -> int:
    """Give the seed of one of several members; that of the first is the seed of them all."""
    return seed + number * _APART


def average(each: Sequence[Attribution]) -> Attribution:
    """Give the mean of what M members say of one sequence; their tokens only where all cut it alike.

    Numbers that one of them lacks, such as the hypothetical contributions of a model that reads tokens, are left out.
    """
    first = each[0]
    places = [[token[:3] for token in item.tokens] for item in each]
    tokens: tuple[tuple[str, int, int, float], ...] = ()
    if first.tokens and all(place == places[0] for place in places):
        values = np.mean([[token[3] for token in item.tokens] for item in each], axis=0)
        tokens = tuple((*place, float(value)) for place, value in zip(places[0], values, strict=True))
    said = dict.fromkeys(item.reference for item in each)
    rules = dict.fromkeys(item.rule for item in each)
    return replace(
        first,
        scores=np.mean([item.scores for item in each], axis=0),
        hypothetical=_matrix([item.hypothetical for item in each]),
        effects=_matrix([item.effects for item in each]),
        reference="; ".join(said),
        rule="mean over the members: " + "; ".join(rules),
        prediction=float(np.mean([item.prediction for item in each])),
        reference_prediction=_number([item.reference_prediction for item in each]),
        delta=_number([item.delta for item in each]),
        special=float(np.mean([item.special for item in each])),
        tokens=tokens,
        standard_errors=_combined([item.standard_errors for item in each]),
    )


def _number(values: Sequence[float | None]) -> float | None:
    there = [value for value in values if value is not None]
    return float(np.mean(there)) if len(there) == len(values) else None


def _matrix(values: Sequence[FloatArray | None]) -> FloatArray | None:
    there = [value for value in values if value is not None]
    if len(there) < len(values):
        return None
    result: FloatArray = np.mean(there, axis=0)
    return result


def _combined(errors: Sequence[FloatArray | None]) -> FloatArray | None:
    """Give the standard errors of a mean of independent numbers; None where no member has any."""
    there = [error for error in errors if error is not None]
    if not there:
        return None
    result: FloatArray = np.sqrt(np.sum(np.square(there), axis=0)) / len(errors)
    return result


@dataclass(frozen=True)
class _Share:
    """Tells a listener of one of several members as a share of them all."""

    listener: Progress
    number: int
    count: int

    def report(self, report: Report) -> None:
        done = (self.number * report.total + report.step) // self.count
        self.listener.report(Report(done, report.total, report.stage))
