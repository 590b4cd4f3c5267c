"""The parts of learning a Unigram vocabulary, against the plainest way to compute them."""

import math
import random
from collections import Counter

import numpy as np
import pytest

from lib.tokenizers._letters import join_letters
from lib.tokenizers._unigram_em import _digamma, _expect, _trie
from lib.tokenizers._unigram_seeds import Pieces, seeds

DRAW = random.Random(1)
WORDS = sorted({"".join(DRAW.choices("ACGT", [3, 1, 1, 2], k=DRAW.randrange(1, 40))) for _ in range(40)})
TIMES = np.array([1 + number % 3 for number in range(len(WORDS))])


def found(longest: int) -> tuple[Pieces, dict[str, float]]:
    pieces, scores = seeds(*join_letters(WORDS), TIMES, longest)
    return pieces, {pieces.text(number): score for number, score in enumerate(scores.tolist())}


@pytest.mark.parametrize("longest", [2, 7, 30])
def test_seeds_are_the_stretches_that_repeat_and_go_on_in_more_than_one_way(longest):
    flat = "|".join(WORDS) + "|"
    counts = Counter(flat[at : at + size] for size in range(1, longest + 2) for at in range(len(flat) - size + 1))
    wanted = [
        (times * len(text), text)
        for text, times in counts.items()
        if 2 <= len(text) <= longest and times > 1 and "|" not in text
        if max(counts[text + letter] for letter in "ACGT|") < times
    ]
    wanted.sort(reverse=True)
    _, scores = found(longest)
    assert list(scores)[4:] == [text for _, text in wanted]
    letters = Counter("".join(word * times for word, times in zip(WORDS, TIMES.tolist(), strict=True)))
    assert list(scores)[:4] == sorted("ACGT", key=lambda letter: -letters[letter])
    total = sum(letters.values()) + sum(cover for cover, _ in wanted)
    assert scores["A"] == pytest.approx(math.log(letters["A"] / total), abs=1e-12)
    assert scores[wanted[-1][1]] == pytest.approx(math.log(wanted[-1][0] / total), abs=1e-12)


def test_a_piece_is_expected_as_often_as_all_ways_to_cut_say():
    pieces, scores = found(6)
    trie = _trie(pieces)
    mine = _expect(*join_letters(WORDS), TIMES, trie.children, trie.pieces, np.exp(list(scores.values())), 1e-9, 6)
    wanted: Counter[str] = Counter()
    for word, times in zip(WORDS, TIMES.tolist(), strict=True):
        edges = [
            (start, end, math.exp(scores[word[start:end]]))
            for start in range(len(word))
            for end in range(start + 1, min(len(word), start + 6) + 1)
            if word[start:end] in scores
        ]
        before, behind = [1.0] + [0.0] * len(word), [0.0] * len(word) + [1.0]
        for start, end, chance in edges:
            before[end] += before[start] * chance
        for start, end, chance in reversed(edges):
            behind[start] += behind[end] * chance
        for start, end, chance in edges:
            wanted[word[start:end]] += times * before[start] * chance * behind[end] / before[-1]
    assert dict(zip(scores, mine.tolist(), strict=True)) == pytest.approx(dict(wanted), abs=1e-12)


def test_long_words_neither_over_nor_underflow():
    pieces, scores = seeds(*join_letters(WORDS), TIMES, 6)
    trie = _trie(pieces)
    text = "".join(DRAW.choices("ACGT", k=50_000))
    mine = _expect(*join_letters([text]), np.array([2]), trie.children, trie.pieces, np.exp(scores), 1e-9, 6)
    assert float(mine @ pieces.widths) == pytest.approx(2 * len(text), rel=1e-9), "each letter lies in one piece"


def test_digamma_is_that_of_scipy():
    from scipy.special import digamma

    values = np.array([0.5, 1.0, 3.3, 6.99, 7.0, 1e3, 1e7])
    assert _digamma(values) == pytest.approx(digamma(values), abs=1e-8)
