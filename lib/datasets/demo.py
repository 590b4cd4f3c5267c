"""The simulated demo: made up, written in the users' own file formats, and read like any other files.

Its truth is known: sequences with planted motifs (``lib.datasets.simulate``), or a profile assay whose counts lie where
a planted motif decides.
"""

import tempfile
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from lib.core.errors import UserError
from lib.core.progress import Progress
from lib.datasets import pipeline, profile_tables, profiles, simulate
from lib.datasets.draft import Draft, ImportChoices
from lib.datasets.splits import SplitChoice
from lib.io.files import Source

NAME, PROFILE_NAME = "Simulated demo", "Simulated profiles"
MOTIF, BOOST = "TGACTCA", "GGAACC"
"""Planted in the windows: what places the reads, and what makes them more."""
TRACKS = ("down", "up")
REPLICATES = 3
SHAPE = (0.1, 0.2, 0.4, 0.2, 0.1)
"""How the reads that belong to a motif spread over five bases."""
AWAY = 4
"""Bases between the motif and the nearest of these."""
_ANYWHERE = 0.1
_READS, _TIMES = 120.0, 3.0
_NEEDED = 50


@dataclass(frozen=True)
class ProfileFiles:
    """The files of a simulated assay: a table of windows, and what was planted (id, motif, start, end, effect)."""

    profiles: Path
    truth: Path


def write_profiles(folder: Path, *, seed: int = 0, n: int = 400, length: int = 120) -> ProfileFiles:
    """Simulate ``n`` windows of some length (nt) and write their files to a folder; the same seed gives the same bytes.

    Every window holds one instance of a motif, in the one strand that is read, and no other. Reads of the track
    ``down`` start a few bases behind it, those of ``up`` a few bases before it; one read in ten lies anywhere. A second
    motif, which half of the windows hold, triples the reads of ``down`` and of nothing else.

    Raises
    ------
    UserError
        If ``n`` is below 50, the length is below 40, or the folder cannot be written.
    """
    if n < _NEEDED or length < 40:
        raise UserError(f"{n} windows of {length} nt are too few or too short; ask for {_NEEDED} of 40 nt at least.")
    rng = np.random.default_rng(seed)
    rows, truth = [], []
    for number in range(1, n + 1):
        name, boosted = f"SIMP_{number:05d}", bool(rng.random() < 0.5)
        sequence, at, boost = _sequence(rng, length, boosted=boosted)
        counts = _counts(rng, length, at, boosted=boosted)  # R, T, L
        cells = {
            f"profile_{track}_{replicate + 1}": ",".join(map(str, counts[replicate, place]))
            for place, track in enumerate(TRACKS)
            for replicate in range(REPLICATES)
        }
        rows.append({"id": name, "sequence": sequence, **cells})
        truth.append((name, MOTIF, at, at + len(MOTIF), 1.0))
        if boosted:
            truth.append((name, BOOST, boost, boost + len(BOOST), float(np.log(_TIMES))))
    files = ProfileFiles(folder / "simulated_profiles.tsv", folder / "truth.tsv")
    try:
        folder.mkdir(parents=True, exist_ok=True)
        pd.DataFrame(rows).to_csv(files.profiles, sep="\t", index=False, lineterminator="\n")
        table = pd.DataFrame(truth, columns=["id", "motif", "start", "end", "effect"])
        table.to_csv(files.truth, sep="\t", index=False, lineterminator="\n")
    except OSError as error:
        raise UserError(
            f"The simulated profiles could not be written to {folder} ({error.strerror or error}); free some space "
            "there or make the folder writable, then try again."
        ) from error
    return files


def expect_shares(length: int, at: int) -> NDArray[np.float64]:
    """Give the share of the reads at each base of both tracks, (2, L), where the motif starts at ``at``."""
    shares = np.full((len(TRACKS), length), _ANYWHERE / length)
    down = at + len(MOTIF) + AWAY
    up = at - AWAY - len(SHAPE)
    shares[0, down : down + len(SHAPE)] += (1 - _ANYWHERE) * np.array(SHAPE)
    shares[1, up : up + len(SHAPE)] += (1 - _ANYWHERE) * np.array(SHAPE)
    return shares


def _sequence(rng: np.random.Generator, length: int, *, boosted: bool) -> tuple[str, int, int]:
    """Draw a sequence with its motifs; gives it and where both start (the second: -1 where it is not there)."""
    edge = AWAY + len(SHAPE)
    while True:
        letters = rng.choice(list("ACGT"), length)
        at = int(rng.integers(edge, length - edge - len(MOTIF) + 1))
        letters[at : at + len(MOTIF)] = list(MOTIF)
        boost = -1
        if boosted:
            free = [s for s in range(length - len(BOOST) + 1) if s + len(BOOST) < at or s > at + len(MOTIF)]
            boost = int(rng.choice(free))
            letters[boost : boost + len(BOOST)] = list(BOOST)
        text = "".join(letters)
        if text.count(MOTIF) == 1 and text.count(BOOST) == boosted:
            return text, at, boost


def _counts(rng: np.random.Generator, length: int, at: int, *, boosted: bool) -> NDArray[np.int64]:
    """Draw the counts of each replicate, (R, T, L)."""
    level = _READS * np.exp(rng.normal(0, 0.3, len(TRACKS)))
    level[0] *= _TIMES if boosted else 1.0
    depth = np.exp(rng.normal(0, 0.1, REPLICATES)) / REPLICATES
    return rng.poisson(depth[:, None, None] * (level[:, None] * expect_shares(length, at))[None])


def draft(*, split: SplitChoice | None = None, progress: Progress | None = None) -> Draft:
    """Simulate sequences with planted motifs and read them into a dataset that is labelled simulated."""
    with tempfile.TemporaryDirectory(prefix="motiflens-demo-") as folder:
        files = simulate.write_demo(Path(folder))
        brought = (files.expression, files.sequences, files.rbp)
        expression, sequences, rbp = (Source(path.name, path) for path in brought)
        read = pipeline.understand(expression, sequences, rbp)
        choices = ImportChoices(
            name=NAME, split=split or SplitChoice(), simulated=True, truth=Source(files.truth.name, files.truth)
        )
        return pipeline.build(read, choices, progress=progress)


def profile_draft(*, split: SplitChoice | None = None) -> Draft:
    """Simulate windows whose counts are decided by a planted motif, and read them into a dataset of profiles."""
    with tempfile.TemporaryDirectory(prefix="motiflens-demo-") as folder:
        files = write_profiles(Path(folder))
        read = profile_tables.read_windows(Source(files.profiles.name, files.profiles))
        truth = Source(files.truth.name, files.truth)
        choices = profiles.ProfileChoices(PROFILE_NAME, split=split or SplitChoice(), simulated=True, truth=truth)
        return profiles.build(read, choices)
