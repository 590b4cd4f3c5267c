"""Learn a Unigram vocabulary as Hugging Face ``tokenizers`` does, but the same every time.

Its trainer reads the sequences in the order of a random hash and adds numbers up in that order, so that no two
trainings give the same scores to the last digit. Here the order is fixed. The steps are the same: seeds, then rounds of
two expectation-maximisation steps each and a pruning of the pieces whose loss costs least likelihood, until a tenth
more than wanted is left; the best of these are taken (Kudo 2018, doi:10.18653/v1/P18-1007).

A sum over all ways to cut a sequence needs no logarithms: the sums up to two neighbouring positions differ by a
ratio that is stored, so that sequences of any length neither over- nor underflow.
"""

import itertools
import math
from collections import Counter
from collections.abc import Sequence

import numba
import numpy as np
from numpy.typing import NDArray

from lib.core.alphabet import BASES
from lib.core.arrays import FloatArray
from lib.core.progress import Progress, Report
from lib.tokenizers._letters import join_letters
from lib.tokenizers._trie import UNKNOWN_PENALTY, Trie, best
from lib.tokenizers._unigram_seeds import WIDEST, Pieces, seeds
from lib.tokenizers.token import SPECIAL

STEPS = 2
SHRINK = 0.75
RAREST = 0.5
STAGE = "Learning pieces"


def learn(words: Sequence[str], *, size: int, longest: int, progress: Progress) -> tuple[list[str], list[float]]:
    """Learn pieces and their scores, natural logarithms of probabilities.

    Parameters
    ----------
    words
        Stretches of A C G T.
    size
        Pieces wanted, letters included; there are fewer where the words do not allow that many.
    longest
        Letters of a piece at most, up to 30.

    Returns
    -------
    The pieces by falling score, and the scores.
    """
    counted = sorted(Counter(words).items())
    codes, bounds = join_letters([word for word, _ in counted])
    weights = np.array([count for _, count in counted], dtype=np.int64)
    progress.report(Report(0, 1, "Finding repeated stretches"))
    pieces, scores = seeds(codes, bounds, weights, longest)
    wanted = (size + len(SPECIAL)) * 11 // 10  # the unknown token stands among the pieces there, hence each + 1
    for step in itertools.count():
        left = 1 + max(0, math.ceil(math.log(wanted / (len(pieces) + 1)) / math.log(SHRINK)))
        progress.report(Report(step, step + left, STAGE))
        for _ in range(STEPS):
            pieces, scores = _improve(codes, bounds, weights, pieces, scores)
        if len(pieces) + 1 <= wanted:
            break
        kept = max(wanted, int((len(pieces) + 1) * SHRINK)) - 1
        pieces, scores = _prune(codes, bounds, weights, pieces, scores, kept)
    progress.report(Report(step + 1, step + 1, STAGE))
    return _finish(pieces, scores, size)


def _improve(
    codes: NDArray[np.uint8],
    bounds: NDArray[np.int64],
    weights: NDArray[np.int64],
    pieces: Pieces,
    scores: FloatArray,
) -> tuple[Pieces, FloatArray]:
    """One step: how often each piece is expected in all ways to cut the words, then its new score."""
    trie = _trie(pieces)
    unknown = math.exp(scores.min() - UNKNOWN_PENALTY)
    widest = int(pieces.widths.max())
    expected = _expect(codes, bounds, weights, trie.children, trie.pieces, np.exp(scores), unknown, widest)
    kept = np.flatnonzero(expected >= RAREST)
    if not len(kept):
        return pieces, scores
    return pieces.take(kept), _digamma(expected[kept]) - _digamma(np.array([expected[kept].sum()]))[0]


def _prune(
    codes: NDArray[np.uint8],
    bounds: NDArray[np.int64],
    weights: NDArray[np.int64],
    pieces: Pieces,
    scores: FloatArray,
    kept: int,
) -> tuple[Pieces, FloatArray]:
    """Leave the pieces that the best way to cut needs most."""
    trie = _trie(pieces)
    unknown = scores.min() - UNKNOWN_PENALTY
    cut = best(codes, bounds, trie, scores, len(pieces), unknown)
    used = np.bincount(cut.ids, weights=np.repeat(weights, np.diff(cut.bounds)), minlength=len(pieces) + 1)
    losses = _losses(
        pieces.keys, pieces.widths, trie.children, trie.pieces, scores, unknown, used, used.sum(), weights.sum()
    )
    always = np.flatnonzero(losses == np.inf)
    candidates = np.flatnonzero(np.isfinite(losses))
    ranked = candidates[np.argsort(-losses[candidates], kind="stable")]
    chosen = np.concatenate([always, ranked[: max(kept - len(always), 0)]])
    return pieces.take(chosen), scores[chosen]


def _finish(pieces: Pieces, scores: FloatArray, size: int) -> tuple[list[str], list[float]]:
    texts = [pieces.text(number) for number in range(len(pieces))]
    known = dict(zip(texts, scores.tolist(), strict=True))
    found, penalty = {}, 0.0
    for letter in BASES:
        found[letter] = known.get(letter, scores.min() + penalty)
        penalty += 0.0 if letter in known else 0.0001
    for text in texts:
        if len(found) >= size:
            break
        found.setdefault(text, known[text])
    ranked = sorted(found.items(), key=lambda item: -item[1])
    return [text for text, _ in ranked], [float(score) for _, score in ranked]


def _trie(pieces: Pieces) -> Trie:
    return Trie(*_plant(pieces.keys, pieces.widths))


def _digamma(values: FloatArray) -> FloatArray:
    x, result = values.astype(np.float64), np.zeros(len(values))
    while (low := x < 7.0).any():
        result[low] -= 1.0 / x[low]
        x[low] += 1.0
    x -= 0.5
    inverse = 1.0 / (x * x)
    fourth = inverse * inverse
    series = np.log(x) + inverse / 24.0 - 7.0 / 960.0 * fourth + 31.0 / 8064.0 * fourth * inverse
    return result + series - 127.0 / 30720.0 * fourth * fourth


@numba.njit(cache=True, nogil=True)
def _plant(keys, widths):  # type: ignore[no-untyped-def]
    children = np.zeros((widths.sum() + 1, 4), dtype=np.int32)
    pieces = np.full(len(children), -1, dtype=np.int32)
    used = 1
    for number in range(len(keys)):
        node = 0
        for place in range(widths[number]):
            code = keys[number] >> 2 * (WIDEST - 1 - place) & 3
            if children[node, code] == 0:
                children[node, code] = used
                used += 1
            node = children[node, code]
        pieces[node] = number
    return children[:used].copy(), pieces[:used].copy()


@numba.njit(cache=True, nogil=True)
def _expect(codes, bounds, weights, children, pieces, chances, unknown, deepest):  # type: ignore[no-untyped-def]
    """Expected occurrences of each piece over all ways to cut the words, each way by its probability."""
    expected = np.zeros(len(chances))
    room = 1
    for row in range(len(bounds) - 1):
        room = max(room, bounds[row + 1] - bounds[row] + 1)
    ratios, passes, first = np.empty(room), np.empty(room), np.empty(room, dtype=np.int64)
    edges = np.empty(room * deepest, dtype=np.int32)  # numbers of the pieces that start here, by their width
    wide = np.empty(room * deepest, dtype=np.int8)
    ahead = np.zeros(deepest + 1)
    for row in range(len(bounds) - 1):
        size, used = bounds[row + 1] - bounds[row], 0
        ahead[:] = 0.0
        for start in range(size):  # ahead[w]: sum of the ways up to start + w, over that up to start
            first[start] = used
            node, single = 0, False
            for end in range(start + 1, size + 1):
                node = children[node, codes[bounds[row] + end - 1]]
                if node == 0:
                    break
                if pieces[node] >= 0:
                    single = single or end == start + 1
                    edges[used], wide[used] = pieces[node], end - start
                    used += 1
                    ahead[end - start] += chances[pieces[node]]
            if not single:
                ahead[1] += unknown
            ratios[start + 1] = ahead[1]
            inverse = 1.0 / ahead[1]
            for width in range(1, deepest):
                ahead[width] = ahead[width + 1] * inverse
            ahead[deepest] = 0.0
        first[size] = used
        passes[size] = 1.0  # probability that a cut lies here
        for start in range(size - 1, -1, -1):
            sums, scale, width, single = 0.0, 1.0, 0, False
            for edge in range(first[start], first[start + 1]):
                while width < wide[edge]:
                    width += 1
                    scale /= ratios[start + width]
                single = single or width == 1
                share = chances[edges[edge]] * scale * passes[start + width]
                expected[edges[edge]] += weights[row] * share
                sums += share
            if not single:
                sums += unknown / ratios[start + 1] * passes[start + 1]
            passes[start] = sums
    return expected


@numba.njit(cache=True, nogil=True)
def _losses(keys, widths, children, pieces, scores, unknown, used, total, sequences):  # type: ignore[no-untyped-def]
    """What each piece's loss costs in log likelihood; inf where it must stay, nan where it is not used."""
    losses = np.full(len(keys), np.nan)
    sums = np.empty(WIDEST + 1)
    before, last = np.empty(WIDEST + 1, dtype=np.int64), np.empty(WIDEST + 1, dtype=np.int64)
    for number in range(len(keys)):
        width = widths[number]
        if width == 1:
            losses[number] = np.inf
            continue
        if used[number] == 0:
            continue
        sums[0] = 0.0
        before[: width + 1] = -1
        for start in range(width):  # the best way to cut the piece into smaller ones
            node, single = 0, False
            for end in range(start + 1, width + 1):
                node = children[node, keys[number] >> 2 * (WIDEST - end) & 3]
                if node == 0:
                    break
                piece = pieces[node]
                if piece >= 0 and piece != number:
                    single = single or end == start + 1
                    if before[end] < 0 or sums[start] + scores[piece] > sums[end]:
                        sums[end], before[end], last[end] = sums[start] + scores[piece], start, piece
            if not single and (before[start + 1] < 0 or sums[start] + unknown > sums[start + 1]):
                sums[start + 1], before[start + 1], last[start + 1] = sums[start] + unknown, start, len(keys)
        if sums[width] > scores[number]:
            losses[number] = np.inf
            continue
        # As there: the number of all pieces, the unknown one included, not that of the pieces that take its place.
        others = math.log(total + used[number] * len(keys))
        alternative, end = 0.0, width
        while end > 0:
            alternative += math.log(used[last[end]] + used[number]) - others
            end = before[end]
        losses[number] = used[number] / sequences * (math.log(used[number]) - math.log(total) - alternative)
    return losses
