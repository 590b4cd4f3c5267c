"""Training of Morfessor Baseline by the package ``morfessor`` 2.0 (Virpioja et al. 2013, Aalto University 25/2013).

``train`` takes the place of ``BaselineModel.train_batch``: the same passes with the same rule to stop, and each step is
the package's own. It differs in three ways. The order of the words is drawn from a generator of its own, so that
neither the global ``random`` nor other threads are disturbed, and the same seed gives the same model. It says how far
it is after every few words, and can be stopped there. And a word that is longer than the maximum is cut by Viterbi
training, which takes a maximum length, while recursive splitting, the package's default, which takes none, is used for
the words that fit: so no construction is ever longer than the maximum.
"""

import math
import random
import re
from collections.abc import Mapping, Sequence

import pandas as pd

from lib.core.alphabet import IUPAC
from lib.core.errors import UserError
from lib.core.progress import Progress, Report
from lib.tokenizers._morfessor_costs import Lexicon
from lib.tokenizers._motifs import MOST_WORDS, meanings

FINISHED = 0.005
"""The package's default: training ends when a pass lowers the cost by no more than this for each training word."""
SMOOTHING = 1.0
"""The package's default for Viterbi training; without smoothing it could choose no construction that it has not yet."""
_EVERY = 4000  # letters between two reports: about 50 ms
_STEEPEST = 700.0  # math.exp overflows above 709


def sigmoid_count(mean_rbp: float, *, scale: float, midpoint: float, steepness: float) -> int:
    """Give how often a motif counts: ``scale / (1 + exp(-steepness * (mean_rbp - midpoint)))``, rounded, at least 1.

    >>> [sigmoid_count(value, scale=5, midpoint=3.188, steepness=1) for value in (0.2, 3.188, 9)]
    [1, 3, 5]
    """
    exponent = min(-steepness * (mean_rbp - midpoint), _STEEPEST)
    return max(1, math.floor(scale / (1 + math.exp(exponent)) + 0.5))


def motif_words(rbp: pd.DataFrame, *, scale: float, midpoint: float, steepness: float, label: str) -> dict[str, int]:
    """Count the words of an RBP table, in the order of the alphabet.

    An IUPAC motif is written out, and each word that it stands for counts as the motif does; a word of several motifs
    counts as the strongest of them.

    Raises
    ------
    UserError
        If the motifs stand for too many words.
    """
    motifs = rbp["motif"].astype("str").tolist()
    sizes = [math.prod(len(IUPAC[letter]) for letter in motif) for motif in motifs]
    if sum(sizes) > MOST_WORDS:
        widest = max(zip(sizes, motifs, strict=True))[1]
        raise UserError(
            f"{label}: the {len(motifs):,} motifs of the RBP table stand for {sum(sizes):,} words, {widest} alone for "
            f"{max(sizes):,}; at most {MOST_WORDS:,} can be learned from. Choose an RBP table without motifs of many N."
        )
    words: dict[str, int] = {}
    for motif, value in zip(motifs, rbp["mean_rbp"].tolist(), strict=True):
        count = sigmoid_count(value, scale=scale, midpoint=midpoint, steepness=steepness)
        for word in meanings(motif):
            words[word] = max(count, words.get(word, 0))
    return dict(sorted(words.items()))


def sequence_words(sequences: Sequence[str], *, most: int, seed: int, label: str) -> dict[str, int]:
    """Count the runs of A C G T in the sequences, or in ``most`` of them drawn at random.

    Raises
    ------
    UserError
        If there is no such letter.
    """
    chosen = sequences
    if len(sequences) > most:
        chosen = [sequences[place] for place in sorted(random.Random(seed).sample(range(len(sequences)), most))]
    words: dict[str, int] = {}
    for sequence in chosen:
        for run in re.findall("[ACGT]+", sequence):
            words[run] = words.get(run, 0) + 1
    if not words:
        raise UserError(
            f"{label} learns from runs of A, C, G and T, and the {len(chosen):,} training sequences have none. Choose "
            "another dataset."
        )
    return words


def train(words: Mapping[str, int], *, weight: float, longest: int, seed: int, progress: Progress) -> Lexicon:
    """Train a model on words, each with its count.

    Parameters
    ----------
    words
        Letters A C G T and how often each word counts, at least 1.
    weight
        Corpus weight.
    longest
        Letters of the longest construction.
    seed
        Seeds the order of the words in each pass.

    Raises
    ------
    Cancelled
        If the listener asked for it.
    """
    from morfessor import BaselineModel

    model = BaselineModel(corpusweight=weight)
    model.load_data((count, word) for word, count in words.items())
    order = list(model.get_compounds())
    shuffle = random.Random(seed).shuffle
    passes, before = 0, model.get_cost()
    while True:
        passes += 1
        shuffle(order)
        unreported = _EVERY
        for done, word in enumerate(order):
            if unreported >= _EVERY:
                unreported = 0
                progress.report(Report(done, len(order), f"Learning morphs, pass {passes}"))
            unreported += len(word)
            if len(word) > longest:
                model._viterbi_optimize(word, SMOOTHING, longest)
            else:
                model._recursive_optimize(word)
        after = model.get_cost()
        # The package makes at least two passes: it compares costs from the second on.
        if passes > 1 and after >= before - FINISHED * sum(words.values()):
            break
        before = after
    progress.report(Report(len(order), len(order), f"Learned morphs in {passes} passes"))
    found = sorted(model.get_constructions(), key=lambda item: (-item[1], item[0]))
    return Lexicon(tuple(word for word, _ in found), tuple(count for _, count in found), sum(words.values()))
