"""Ensembles whose members do not all read alike: each member is attributed by itself, then their numbers are averaged.

The average is weighted as the members are. For methods whose numbers are a linear function of the model (all that add
up) this is the attribution of the ensemble.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np

from lib.attribution.base import Attribution, Method
from lib.core.arrays import FloatArray
from lib.core.progress import Progress, Report
from lib.models.base import Composed, constant_of

_APART = 2**32  # between the seeds of members; no seed that a person gives is as large


def attribute_members(
    method: Method,
    fitted: Composed,
    sequences: Sequence[str],
    *,
    target: int,
    target_name: str,
    seed: int,
    progress: Progress,
) -> list[Attribution]:
    """Attribute N sequences by every member and give the weighted mean of each.

    Each member draws its own references and noise, so that their errors are independent of each other.
    """
    found = [
        method.attribute(
            member,
            sequences,
            target=target,
            target_name=target_name,
            seed=derive_seed(seed, number),
            progress=_Share(progress, number, len(fitted.members)),
        )
        for number, member in enumerate(fitted.members.values())
    ]
    progress.report(Report(len(sequences), len(sequences), stage="Attribution"))
    constant = constant_of(fitted, target)
    return [average(each, fitted.weights, constant) for each in zip(*found, strict=True)]


def derive_seed(seed: int, number: int) -> int:
    """Give the seed of one of several members; that of the first is the seed of them all."""
    return seed + number * _APART


def average(each: Sequence[Attribution], weights: FloatArray, constant: float = 0.0) -> Attribution:
    """Give the weighted sum of what M members say of one sequence; their tokens only where all cut it alike.

    Numbers that one of them lacks, such as the hypothetical contributions of a model that reads tokens, are left out.

    Parameters
    ----------
    weights
        (M,) what each member counts.
    constant
        What is added to predictions.
    """
    first = each[0]
    places = [[token[:3] for token in item.tokens] for item in each]
    tokens: tuple[tuple[str, int, int, float], ...] = ()
    if first.tokens and all(place == places[0] for place in places):
        values = weights @ np.array([[token[3] for token in item.tokens] for item in each])
        tokens = tuple((*place, float(value)) for place, value in zip(places[0], values, strict=True))
    said = dict.fromkeys(item.reference for item in each)
    rules = dict.fromkeys(item.rule for item in each)
    reference = _add([item.reference_prediction for item in each], weights)
    alike = np.ptp(weights) == 0
    return replace(
        first,
        scores=weights @ np.stack([item.scores for item in each]),
        hypothetical=_add_matrices([item.hypothetical for item in each], weights),
        effects=_add_matrices([item.effects for item in each], weights),
        reference="; ".join(said),
        rule=f"{'mean' if alike else 'weighted mean'} over the members: " + "; ".join(rules),
        prediction=float(weights @ [item.prediction for item in each]) + constant,
        reference_prediction=None if reference is None else reference + constant,
        delta=_add([item.delta for item in each], weights),
        special=float(weights @ [item.special for item in each]),
        tokens=tokens,
        standard_errors=_combine_errors([item.standard_errors for item in each], weights),
    )


def _add(values: Sequence[float | None], weights: FloatArray) -> float | None:
    there = [value for value in values if value is not None]
    return float(weights @ there) if len(there) == len(values) else None


def _add_matrices(values: Sequence[FloatArray | None], weights: FloatArray) -> FloatArray | None:
    there = [value for value in values if value is not None]
    if len(there) < len(values):
        return None
    return np.asarray(np.tensordot(weights, np.stack(there), axes=1))


def _combine_errors(errors: Sequence[FloatArray | None], weights: FloatArray) -> FloatArray | None:
    """Give the standard errors of a sum of independent numbers; None where no member has any."""
    there = [weight * error for weight, error in zip(weights.tolist(), errors, strict=True) if error is not None]
    return np.sqrt(np.sum(np.square(there), axis=0)) if there else None


@dataclass(frozen=True)
class _Share:
    """Tells a listener of one of several members as a share of them all."""

    listener: Progress
    number: int
    count: int

    def report(self, report: Report) -> None:
        done = (self.number * report.total + report.step) // self.count
        self.listener.report(Report(done, report.total, report.stage))
