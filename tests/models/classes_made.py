"""Datasets of the task ``classification`` in memory: made up, with a known rule."""

import numpy as np

from lib.datasets.dataset import Dataset

MOTIFS = ("TATAA", "GGCGG", "CCAAT")


def made(seed: int = 0, n: int = 90, classes: int = 3, length: int = 32) -> Dataset:
    """Sequences of about ``length`` nt whose class says which motif was planted; the first class has none."""
    rng = np.random.default_rng(seed)
    letters = [
        rng.choice(list("ACGTN"), p=[0.24] * 4 + [0.04], size=rng.integers(length - 8, length + 9)) for _ in range(n)
    ]
    numbers = rng.permutation(np.arange(n) % classes)
    for row, number in zip(letters, numbers, strict=True):
        if number:
            place = rng.integers(0, len(row) - 5)
            row[place : place + 5] = list(MOTIFS[number - 1])
    names = ("none", *MOTIFS[: classes - 1])
    targets = (numbers[:, None] == 1) if classes == 2 else numbers[:, None] == np.arange(classes)
    units = ("log-odds",) if classes == 2 else ("logit",) * classes
    return Dataset(
        id="c",
        split_id="s",
        name="made",
        ids=np.array([f"c{i}" for i in range(n)]),
        sequences=np.array(["".join(row) for row in letters]),
        targets=targets.astype(float),
        target_names=names[1:] if classes == 2 else names,
        target_units=units,
        values=np.empty((n, 0)),
        times=(),
        value_names=(),
        parts=np.array(["train"] * (n - 30) + ["validation"] * 17 + ["test"] * 13),
        task="classification",
        classes=names,
    )
