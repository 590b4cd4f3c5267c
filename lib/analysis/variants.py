"""What variants do to a prediction: that of the changed sequence minus that of the sequence as it stands.

Each variant is made alone, also where others lie near it. The interval of an effect is that of its mean over models
that were trained alike (members of an ensemble, seeds): it tells how far the chance in training moves the effect, not
how far all of them are from the truth. One model alone has no interval: the errors of its predictions say nothing of a
difference of two of them. How large an effect is among others is told by random variants of the same kind and size in
the same sequences.

Of classes, effects are in log-odds of the class against all others.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import NamedTuple, cast

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from scipy import stats
from scipy.special import expit, logsumexp

from lib import tasks
from lib.analysis.asking import blocks, drop_rounding
from lib.core.alphabet import BASES
from lib.core.arrays import FloatArray
from lib.core.errors import UserError
from lib.io.variants import Variant
from lib.models import mutants
from lib.models.base import Composed, Fitted, Mutagenic

FLANK = 10
"""Nucleotides to each side that tables show."""
_SIZES = (1, 3, 7)  # changed letters up to which indels are of one class; the rest is one more


@dataclass(frozen=True)
class Effects:
    """What a model says about N variants.

    Parameters
    ----------
    before, after
        (N,) predictions of the sequences as they stand and changed; log-odds of the class for classification.
    each
        (M, N) effects by each of M members; of a model alone M is 0.
    """

    before: FloatArray
    after: FloatArray
    each: FloatArray

    @property
    def effect(self) -> FloatArray:
        """Give after minus before, (N,), what 32-bit numbers leave of equal predictions set to 0."""
        return drop_rounding(self.after - self.before, np.concatenate([self.before, self.after]))


def effects(
    fitted: Fitted,
    pairs: Sequence[tuple[str, str]],
    *,
    target: int = 0,
    task: str = "",
    alive: Callable[[int], None] = lambda done: None,
) -> Effects:
    """Ask a model, and each of its members, about N pairs of a sequence as it stands and changed.

    Parameters
    ----------
    target
        Which target, or which class of several, is asked for.
    alive
        Called with the number of pairs that are done; what it raises stops the work.

    Raises
    ------
    UserError
        If the model has no such target or cannot read a sequence.
    """
    models = list(fitted.members.values()) if isinstance(fitted, Composed) else [fitted]
    before, after = np.empty(len(pairs)), np.empty(len(pairs))
    each = np.empty((len(models) if isinstance(fitted, Composed) else 0, len(pairs)))
    for rows in blocks([max(pair, key=len) for pair in pairs], 2):
        for part in (rows[start : start + 512] for start in range(0, len(rows), 512)):
            alive(part.start)
            block = [pairs[row] for row in part]
            distinct = list(dict.fromkeys(text for pair in block for text in pair))
            place = {text: number for number, text in enumerate(distinct)}
            first, second = (np.array([place[pair[side]] for pair in block]) for side in (0, 1))
            predicted = np.stack([_predict(model, distinct, target) for model in models])  # M, D, T
            blended = fitted.combine(iter(predicted))[0] if isinstance(fitted, Composed) else predicted[0]
            mean = scores(blended, target, task)
            before[part], after[part] = mean[first], mean[second]
            for number in range(len(each)):
                own = scores(predicted[number], target, task)
                each[number, part] = drop_rounding(own[second] - own[first], own)
    alive(len(pairs))
    return Effects(before, after, each)


def of_classes(task: str) -> bool:
    """Say whether a task, by its name, is one of classes; empty stands for one of numbers."""
    return bool(task) and tasks.get(task).view == "classes"


def scores(predicted: FloatArray, target: int, task: str) -> FloatArray:
    """Take one target of predictions (N, T); of several classes the log-odds of one against all others.

    >>> scores(np.log([[0.5, 0.25, 0.25]]), 0, "classification").tolist()
    [0.0]
    """
    chosen = predicted[:, target]
    if not of_classes(task) or predicted.shape[1] == 1:
        return chosen
    result: FloatArray = chosen - logsumexp(np.delete(predicted, target, axis=1), axis=1)
    return result


class Null(NamedTuple):
    """Effects (R,) of random variants, and the classes of ``size_class`` that they stand for."""

    labels: tuple[str, ...]
    effect: FloatArray


def table(found: Effects, labels: Sequence[str], null: Null, *, task: str = "") -> pd.DataFrame:
    """Give one row for each of N variants.

    Parameters
    ----------
    labels
        (N,) class of each by ``size_class``.
    null
        What the same model says about random variants.

    Returns
    -------
    DataFrame
        ``before``, ``after``, ``effect``; ``low``, ``high``, ``n`` (95% interval of the mean over n models, Student's
        t; NaN and 1 for a model alone), ``deviation`` of the models; ``percentile`` (share of the random variants of
        its class with a smaller |effect|) and ``compared`` (how many those are); for classes ``probability_before``,
        ``probability_after`` and ``probability_change``.
    """
    low, high, deviation = interval(found.each)
    frame = pd.DataFrame({"before": found.before, "after": found.after, "effect": found.effect})
    frame = frame.assign(low=low, high=high, n=max(1, len(found.each)), deviation=deviation)
    frame["percentile"], frame["compared"] = percentiles(found.effect, labels, null)
    if of_classes(task):
        frame["probability_before"], frame["probability_after"] = expit(found.before), expit(found.after)
        frame["probability_change"] = frame["probability_after"] - frame["probability_before"]
    return frame


def interval(each: FloatArray) -> tuple[FloatArray, FloatArray, FloatArray]:
    """Give the 95% interval of the mean effect over M models, and their standard deviation, (N,) each.

    By Student's t (doi:10.1093/biomet/6.1.1); NaN for fewer than two models.
    """
    models, count = each.shape
    if models < 2:
        return (np.full(count, np.nan),) * 3
    mean, deviation = each.mean(axis=0), each.std(axis=0, ddof=1)
    half = float(stats.t.ppf(0.975, models - 1)) * deviation / np.sqrt(models)
    return mean - half, mean + half, deviation


def together(frames: Sequence[pd.DataFrame], labels: Sequence[str], nulls: Sequence[Null]) -> pd.DataFrame:
    """Average what R models that predict the same say, each counted once; the columns are those of ``table``."""
    columns = [name for name in frames[0] if name not in ("low", "high", "n", "deviation", "percentile", "compared")]
    mean = cast(pd.DataFrame, sum(frame[columns] for frame in frames) / len(frames))
    low, high, deviation = interval(np.stack([frame["effect"].to_numpy() for frame in frames]))
    mean = mean.assign(low=low, high=high, n=len(frames), deviation=deviation)
    null = Null(nulls[0].labels, np.mean([one.effect for one in nulls], axis=0))
    mean["percentile"], mean["compared"] = percentiles(mean["effect"].to_numpy(), labels, null)
    return mean


def percentiles(effect: FloatArray, labels: Sequence[str], null: Null) -> tuple[FloatArray, NDArray[np.int64]]:
    """Give the share of random variants of the same class with a smaller |effect|, and how many those are, (N,) each.

    Of equally large ones half are counted. NaN where there are none.
    """
    share, compared = np.full(len(effect), np.nan), np.zeros(len(effect), dtype=np.int64)
    known = np.isfinite(null.effect)
    for name in dict.fromkeys(labels):
        sizes = np.sort(np.abs(null.effect[known & (np.array(null.labels, dtype=object) == name)]))
        rows = np.flatnonzero(np.array(labels, dtype=object) == name)
        if len(sizes):
            mine = np.abs(effect[rows])
            below = np.searchsorted(sizes, mine, "left") + np.searchsorted(sizes, mine, "right")
            share[rows], compared[rows] = below / (2 * len(sizes)), len(sizes)
    share[~np.isfinite(effect)] = np.nan
    return share, compared


def size_class(variant: Variant) -> str:
    """Name the kind and size by which variants are compared with random ones.

    >>> size_class(Variant("v", "s", 0, "ACC", "A"))
    'deletion of 2 to 3 nt'
    """
    core = variant.trim()
    size = max(len(core.ref), len(core.alt))
    if variant.kind == "SNV":
        return "SNV"
    low, high = 1, _SIZES[0]
    for high in _SIZES:
        if size <= high:
            break
        low = high + 1
    if size > high:
        return f"{variant.kind} of {low} nt or more"
    return f"{variant.kind} of {low} nt" if low == high else f"{variant.kind} of {low} to {high} nt"


def saturation(fitted: Fitted, text: str, region: tuple[int, int], *, target: int = 0, task: str = "") -> FloatArray:
    """Give the effect of every single substitution in a half-open region of a sequence, (4, W), channels A C G T.

    By the quickest way that the model knows (``lib.models.mutants``); 0 at the base that stands there.
    """
    start, end = region
    fast = isinstance(fitted, Mutagenic) and (not of_classes(task) or fitted.predict([text]).shape[1] == 1)
    if fast:
        _, _, found = next(mutants.effects(fitted, [text], target=target, alive=lambda: None))
        return found[:, start:end]
    places = [(base, at) for at in range(start, end) for base in range(len(BASES)) if BASES[base] != text[at]]
    pairs = [(text, text[:at] + BASES[base] + text[at + 1 :]) for base, at in places]
    grid = np.zeros((len(BASES), end - start))
    if pairs:
        rows, columns = np.array(places).T
        grid[rows, columns - start] = effects(fitted, pairs, target=target, task=task).effect
    return grid


def random_like(
    variants: Sequence[Variant], sequences: Mapping[str, str], *, count: int, seed: int = 0
) -> list[tuple[str, Variant]]:
    """Draw random variants: so many for each class of the given ones, of their sizes and in their sequences.

    A variant and a sequence are drawn, then a place, and letters other than those that stand there.
    """
    rng = np.random.default_rng([seed, len(variants)])
    groups: dict[str, list[Variant]] = {}
    for one in variants:
        groups.setdefault(size_class(one), []).append(one.trim())
    names = list(dict.fromkeys(one.sequence for one in variants))
    made: list[tuple[str, Variant]] = []
    for name, group in groups.items():
        for _ in range(count):
            like, where = group[int(rng.integers(len(group)))], names[int(rng.integers(len(names)))]
            variant = _random(like, where, sequences[where], rng)
            if variant is not None:
                made.append((name, variant))
    return made


def context(variant: Variant, text: str, flank: int = FLANK) -> tuple[str, str]:
    """Give the sequence around a variant as it stands and changed, the alleles in brackets.

    >>> context(Variant("v", "s", 2, "G", ""), "ACGTA", 2)
    ('AC[G]TA', 'AC[-]TA')
    """
    one = variant.trim()
    end = one.position + len(one.ref)
    left, right = text[max(0, one.position - flank) : one.position], text[end : end + flank]
    return f"{left}[{one.ref or '-'}]{right}", f"{left}[{one.alt or '-'}]{right}"


def _random(like: Variant, name: str, text: str, rng: np.random.Generator) -> Variant | None:
    """Put a change of the size of another one at a random place; None where the sequence has no room for it."""
    width = len(like.ref)
    if width > len(text) - (not like.alt):
        return None
    start = int(rng.integers(len(text) - width + 1))
    ref = text[start : start + width]
    letters = []
    for place in range(len(like.alt)):
        own = ref[place] if len(like.alt) == width else ""
        choices = [base for base in BASES if base != own]
        letters.append(choices[int(rng.integers(len(choices)))])
    return Variant("random", name, start, ref, "".join(letters))


def _predict(model: Fitted, sequences: Sequence[str], target: int) -> FloatArray:
    predicted = model.predict(sequences)
    if not 0 <= target < predicted.shape[1]:
        found = f"The model has {predicted.shape[1]} targets"
        raise UserError(f"{found}; there is no target number {target + 1}. Choose another.")
    return predicted
