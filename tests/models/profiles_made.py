"""Datasets of the task ``profile`` in memory, made up by a known rule."""

import numpy as np

from lib.datasets.dataset import Dataset

MOTIF, AHEAD = "TATA", 9
LENGTH, TRACKS = 37, 2


def made(seed: int = 0, n: int = 90, length: int = LENGTH) -> Dataset:
    """Windows with one TATA each: most reads of both tracks lie 9 nt behind its start, those of the second 2 nt on.

    Windows that begin with C or G have three times as many reads.
    """
    rng = np.random.default_rng(seed)
    letters = rng.choice(list("ACGT"), size=(n, length))
    places = rng.integers(0, length - AHEAD - 3, size=n)
    for row, place in enumerate(places):
        letters[row, place : place + len(MOTIF)] = list(MOTIF)
    sequences = np.array(["".join(row) for row in letters])
    shares = np.full((n, TRACKS, length), 0.3 / length)
    for track in range(TRACKS):
        shares[np.arange(n), track, places + AHEAD + 2 * track] += 0.7
    depth = np.where(np.isin(letters[:, 0], ["C", "G"]), 90, 30)
    counts = np.stack(
        [[rng.multinomial(depth[row] * (track + 1), shares[row, track]) for track in range(TRACKS)] for row in range(n)]
    )
    return dataset_of(sequences, counts, np.array(["train"] * (n - 30) + ["validation"] * 17 + ["test"] * 13))


def dataset_of(sequences, counts, parts, *, ids=None, tracks=("plus", "minus"), replicates=None) -> Dataset:
    """Bring windows (N,), counts (N, T, L) and parts (N,) together as the importer does."""
    tracks = tracks[: counts.shape[1]]
    names = ("log(1 + counts)",) if len(tracks) == 1 else tuple(f"log(1 + counts), {track}" for track in tracks)
    n = len(sequences)
    return Dataset(
        id="p",
        split_id="s",
        name="made",
        ids=np.array(ids if ids is not None else [f"w{i}" for i in range(n)]),
        sequences=sequences,
        targets=np.log1p(counts.sum(axis=2).astype(float)),
        target_names=names,
        target_units=("log counts",) * len(names),
        values=np.empty((n, 0)),
        times=(),
        value_names=(),
        parts=parts,
        task="profile",
        tracks=tracks,
        profiles=counts.astype(np.float32),
        replicates=replicates or {},
    )
