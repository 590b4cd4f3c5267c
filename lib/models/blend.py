"""What each member of an ensemble counts, and how weights are fitted on held-out sequences."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np
from numpy.typing import NDArray

from lib.core.arrays import FloatArray

_ONE_ALONE = 1e-12  # share of the weight that others have where one member alone counts


@dataclass(frozen=True)
class Blend:
    """What each of M members counts in the prediction.

    Parameters
    ----------
    model
        Name of the registered model that the ensemble is.
    shares
        (M,) weights from 0, at most 1 in sum; empty where all count the same, 1 in sum.
    rest
        (T,) what is predicted with the share that is left, such as the mean of the training part; empty for nothing.
    held_out
        (V, T) what is predicted for the V sequences of the validation part by members that did not see them; empty
        where no member saw any of them.
    about
        What else ``model.json`` says of how it was made.
    """

    model: str = "ensemble"
    shares: tuple[float, ...] = ()
    rest: tuple[float, ...] = ()
    held_out: tuple[tuple[float, ...], ...] = ()
    about: Mapping[str, Any] = field(default_factory=dict)

    def of(self, members: int) -> FloatArray:
        """Give the weights of so many members, (M,)."""
        return np.array(self.shares) if self.shares else np.full(members, 1 / members)

    @property
    def added(self) -> FloatArray:
        """Give what is added to the weighted sum of the members, (T,), or a single 0."""
        return (1 - sum(self.shares)) * np.array(self.rest) if self.rest else np.zeros(1)

    def combine(self, each: Iterator[FloatArray]) -> tuple[FloatArray, FloatArray]:
        """Give prediction and deviation, (N, T) each; see ``together``."""
        if not self.shares:
            return together(each)
        mean, deviation = together(each, self.shares)
        total = sum(self.shares)
        return self.added + total * mean, total * deviation

    def facts(self) -> dict[str, Any]:
        """Give what ``model.json`` says of the blend; nothing where all members count the same."""
        if not self.shares:
            return {}
        return {"weights": self.shares, "rest": self.rest, "held_out": self.held_out, "about": dict(self.about)}

    @classmethod
    def of_facts(cls, model: str, facts: Mapping[str, Any]) -> "Blend":
        """Read that back."""
        held_out = tuple(map(tuple, facts.get("held_out", ())))
        shares, rest = (tuple(facts.get(name, ())) for name in ("weights", "rest"))
        return cls(model, shares, rest, held_out, facts.get("about", {}))


def together(each: Iterator[FloatArray], weights: Sequence[float] = ()) -> tuple[FloatArray, FloatArray]:
    """Give the mean and the sample standard deviation of what M members predict, (N, T) each, one after the other.

    Updated member by member (West 1979, doi:10.1145/359146.359153), so that fifty members take no more memory than two,
    and equal members deviate by exactly nothing. With ``weights`` (M,) they count by these; the variance is divided by
    1 - sum w^2 where the weights w sum to 1, which is unbiased, and is 0 where one member alone counts.

    >>> mean, deviation = together(iter([np.array([[1.0, 5.0]]), np.array([[3.0, 5.0]])]))
    >>> mean.tolist(), deviation.round(4).tolist()
    ([[2.0, 5.0]], [[1.4142, 0.0]])
    """
    mean = squares = np.zeros(0)
    total = of_squares = 0.0
    for number, predicted in enumerate(each):
        weight = weights[number] if len(weights) else 1.0
        if not number:
            mean, squares = np.zeros_like(predicted, dtype=np.float64), np.zeros_like(predicted, dtype=np.float64)
        if not weight:
            continue
        total, of_squares = total + weight, of_squares + weight**2
        step = predicted - mean
        mean += step * (weight / total)
        squares += weight * step * (predicted - mean)
    freedom = total - of_squares / total if total else 0.0
    return mean, np.sqrt(squares / freedom) if freedom > _ONE_ALONE * total else np.zeros_like(squares)


def add_up(weights: Sequence[float], each: Sequence[FloatArray], rest: FloatArray, rows: int) -> FloatArray:
    """Give the weighted sum of predictions (n, T), with what is left of the weight on the mean, (n, T)."""
    left = np.tile((1 - sum(weights)) * rest, (rows, 1))
    return np.asarray(left + sum(weight * values for weight, values in zip(weights, each, strict=True)))


def weigh(
    each: Sequence[FloatArray],
    observed: FloatArray,
    rest: FloatArray,
    shortfall: Callable[[FloatArray, FloatArray], float],
) -> list[float]:
    """Give the weights of M models, from 0 and at most 1 in sum, that predict held-out sequences best.

    Never worse than one of them alone, nor than ``rest`` (T,), which gets what is left of the sum. What they predict
    and what was ``observed`` is (n, T).
    """
    from scipy.optimize import Bounds, LinearConstraint, minimize

    count = len(each)
    if not count:
        return []

    def judge(weights: NDArray[np.float64]) -> float:
        return shortfall(observed, add_up(weights.tolist(), each, rest, len(observed)))

    corners = [np.zeros(count), *np.eye(count)]
    found = minimize(
        judge,
        np.full(count, 1 / (count + 1)),
        method="SLSQP",
        bounds=Bounds(0, 1),
        constraints=LinearConstraint(np.ones(count), 0, 1),
        options={"maxiter": 300, "ftol": 1e-9},
    ).x.clip(0, 1)
    found = found / max(1.0, found.sum())
    return [float(weight) for weight in min([found, *corners], key=judge)]
