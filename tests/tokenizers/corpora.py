"""What tokenizers learn from in tests: sequences with words that repeat, and an RBP table; all made up."""

import random

import pandas as pd

from lib.tokenizers import Corpus

WORDS = ("TATTTAT", "TGTAAATA", "TTTTTTT", "GCACTTA", "TTAGGG", "GGGCGGG", "ACCAGCA")


def sequences(count: int = 400, *, length: int = 60, seed: int = 5) -> list[str]:
    """Make random sequences in which the words stand."""
    draw = random.Random(seed)
    made = []
    for _ in range(count):
        text = "".join(draw.choices("ACGT", k=length))
        for word in draw.sample(WORDS, k=2):
            place = draw.randrange(length - len(word))
            text = text[:place] + word + text[place + len(word) :]
        made.append(text)
    return made


def rbp(*, seed: int = 7) -> pd.DataFrame:
    """Make an RBP table: the words with high numbers, 7-mers of the sequences with lower ones, and an IUPAC motif."""
    draw = random.Random(seed)
    others = {text[start : start + 7] for text in sequences(40) for start in (3, 21, 44)} - set(WORDS)
    rows = [(word, 5.0 - 0.25 * number) for number, word in enumerate(WORDS)]
    rows += [(word, round(draw.uniform(0.1, 3.0), 3)) for word in sorted(others)]
    return pd.DataFrame([*rows, ("TGTANATA", 2.5)], columns=["motif", "mean_rbp"])


def corpus() -> Corpus:
    """Give both."""
    return Corpus(tuple(sequences()), rbp())
