"""The simulated demo: a reporter assay whose truth is known. Made-up data, always called simulated.

Every sequence is random, with one to three planted motifs and no other instance of any of them. Transcripts stay
constant until an onset and then decay exponentially; each motif adds its effect to the slope of log2 expression,
wherever it stands. What is measured are read counts with Poisson noise, sequencing depth that differs between time
points, and spike-ins that undo it: the same three file formats as a real assay.
"""

import re
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pandas as pd

from lib.core.alphabet import BASES, IUPAC, in_alphabet
from lib.core.arrays import FloatArray
from lib.core.errors import UserError

HOURS = (0.0, 1.0, 2.0, 3.0, 4.0, 5.0, 6.0, 7.0, 8.0, 10.0)
LENGTH = 110
SPIKES = 5
_FRAME = {"A": 0.28, "C": 0.21, "G": 0.21, "T": 0.30}
_SLOPE = -0.40  # log2 per hour without any motif
_ONSET = 2.5  # hours
_NEEDED = 50
_RUN = 5  # no run of so many T outside a planted poly-U


@dataclass(frozen=True)
class Planted:
    """A motif with a known effect.

    Parameters
    ----------
    motif
        IUPAC word, DNA.
    name
        What biologists call it.
    effect
        What one instance adds to the slope, in log2 per hour; negative destabilises.
    """

    motif: str
    name: str
    effect: float


MOTIFS = (
    Planted("GCACTT", "miR-430 seed", -0.30),
    Planted("TATTTA", "AU-rich element", -0.24),
    Planted("TGTAHATA", "Pumilio site", -0.20),
    Planted("TTTTTTT", "poly-U", 0.20),
    Planted("TTAG", "UUAG", 0.20),
)
DECOYS = ("GGACU", "CAUCAC", "ACGAGC", "GUGUGU", "CCCGCC", "AGAAGA", "GACGAC", "CUAACC")
_PATTERNS = {m.motif: re.compile(f"(?=({''.join(f'[{IUPAC[x]}]' for x in m.motif)}))") for m in MOTIFS}
_LONG_RUN = re.compile("T" * _RUN + "+")


@dataclass(frozen=True)
class DemoFiles:
    """The files of a simulated assay.

    Parameters
    ----------
    expression
        TSV of raw counts, ``id`` and one column per hour, with ``SPIKE_`` rows.
    sequences
        FASTA.
    rbp
        CSV ``Motif,Mean_RBP``: the planted motifs among decoys, in the RNA alphabet.
    truth
        TSV ``id, motif, start, end, effect``: every planted instance, half-open and 0-based, effect in log2 per hour.
    """

    expression: Path
    sequences: Path
    rbp: Path
    truth: Path


def write_demo(folder: Path, *, seed: int = 0, n: int = 2000) -> DemoFiles:
    """Simulate an assay of ``n`` sequences and write its files to a folder; the same seed gives the same bytes.

    Raises
    ------
    UserError
        If ``n`` is below 50, or the folder cannot be written.
    """
    if n < _NEEDED:
        raise UserError(f"A demo of {n} sequences is too small to learn from; ask for at least {_NEEDED}.")
    rng = np.random.default_rng(seed)
    ids = [f"SIM_{number:05d}" for number in range(1, n + 1)]
    made = [_sequence(rng) for _ in ids]
    truth = pd.DataFrame(
        [(name, *instance) for name, (_, planted) in zip(ids, made, strict=True) for instance in planted],
        columns=["id", "motif", "start", "end", "effect"],
    )
    slopes = np.array([_SLOPE + sum(effect for *_, effect in planted) for _, planted in made])
    counts = _counts(slopes, rng)
    names = [*ids, *(f"SPIKE_{number}" for number in range(SPIKES))]
    expression = pd.DataFrame(counts, columns=[f"{hour:g}h" for hour in HOURS]).set_axis(names).rename_axis("id")
    files = DemoFiles(
        folder / "simulated_expression.tsv",
        folder / "simulated_sequences.fa",
        folder / "simulated_rbp.csv",
        folder / "truth.tsv",
    )
    fasta = "".join(f">{name}\n{text[:60]}\n{text[60:]}\n" for name, (text, _) in zip(ids, made, strict=True))
    try:
        folder.mkdir(parents=True, exist_ok=True)
        expression.to_csv(files.expression, sep="\t", lineterminator="\n")
        files.sequences.write_text(fasta, encoding="utf-8", newline="\n")
        _rbp(rng).to_csv(files.rbp, index=False, lineterminator="\n")
        truth.to_csv(files.truth, sep="\t", index=False, lineterminator="\n")
    except OSError as error:
        raise UserError(
            f"The simulated demo could not be written to {folder} ({error.strerror or error}); free some space there "
            "or make the folder writable, then try again."
        ) from error
    return files


Instance = tuple[str, int, int, float]


def instances(sequence: str) -> list[Instance]:
    """Give every instance of the planted motifs in a stored sequence: motif, start, end, effect; by start.

    A run of seven or more T counts as one poly-U over its whole length.
    """
    found: list[Instance] = []
    for planted in MOTIFS:
        if planted.name == "poly-U":
            runs = [match.span() for match in _LONG_RUN.finditer(sequence)]
            found += [
                (planted.motif, start, end, planted.effect) for start, end in runs if end - start >= len(planted.motif)
            ]
        else:
            starts = [match.start() for match in _PATTERNS[planted.motif].finditer(sequence)]
            found += [(planted.motif, start, start + len(planted.motif), planted.effect) for start in starts]
    return sorted(found, key=lambda instance: instance[1:3])


def _sequence(rng: np.random.Generator) -> tuple[str, list[Instance]]:
    """Draw a sequence with one to three planted motifs and no other instance of any."""
    letters, shares = np.array(list(BASES)), list(_FRAME.values())
    while True:
        frame = rng.choice(letters, LENGTH, p=shares)
        planted = _plant(frame, rng)
        fixed = np.zeros(LENGTH, dtype=bool)
        for _, start, end, _ in planted:
            fixed[start:end] = True
        for _ in range(100):
            wrong = _strays("".join(frame), planted) & ~fixed
            if not wrong.any():
                break
            frame[wrong] = rng.choice(letters, int(wrong.sum()), p=shares)
        text = "".join(frame)
        if instances(text) == planted and not _strays(text, planted).any():
            return text, planted


def _plant(frame: np.ndarray, rng: np.random.Generator) -> list[Instance]:
    """Write one to three motifs into a frame, in place, at least three letters apart."""
    chosen = rng.choice(len(MOTIFS), rng.integers(1, 4))
    taken = np.zeros(LENGTH, dtype=bool)
    planted: list[Instance] = []
    for number in chosen:
        motif, width = MOTIFS[number].motif, len(MOTIFS[number].motif)
        free = [s for s in range(LENGTH - width + 1) if not taken[max(0, s - 3) : s + width + 3].any()]
        start = int(rng.choice(free))
        frame[start : start + width] = [rng.choice(list(IUPAC[letter])) for letter in motif]
        taken[start : start + width] = True
        planted.append((motif, start, start + width, MOTIFS[number].effect))
    return sorted(planted, key=lambda instance: instance[1:3])


def _strays(text: str, planted: list[Instance]) -> np.ndarray:
    """Mark the positions (L,) of instances, and of long runs of T, that were not planted."""
    known = {(motif, start, end) for motif, start, end, _ in planted}
    wrong = np.zeros(LENGTH, dtype=bool)
    for motif, start, end, _ in instances(text):
        wrong[start:end] |= (motif, start, end) not in known
    for match in _LONG_RUN.finditer(text):
        wrong[match.start() : match.end()] |= ("TTTTTTT", *match.span()) not in known
    return wrong


def _counts(slopes: FloatArray, rng: np.random.Generator) -> np.ndarray:
    """Draw read counts (N + spike-ins, hours) from the slopes (N,) of log2 expression after the onset."""
    n, hours = len(slopes), np.array(HOURS)
    onset = np.clip(rng.normal(_ONSET, 0.2, n), 2.0, 3.0)
    level = rng.normal(np.log2(600), 0.7, n)
    slope = slopes + rng.normal(0, 0.015, n)
    expression = 2 ** (level[:, None] + slope[:, None] * np.maximum(0, hours - onset[:, None]))
    spikes = np.repeat(np.array([4000, 2000, 1000, 500, 250.0])[:, None], len(hours), axis=1)
    depth = np.exp(rng.normal(0, 0.25, len(hours)))
    return rng.poisson(np.vstack([expression, spikes]) * depth)


def _rbp(rng: np.random.Generator) -> pd.DataFrame:
    """Mix the planted motifs with decoys; the number alone does not tell which is which."""
    motifs = [in_alphabet(planted.motif, rna=True) for planted in MOTIFS] + list(DECOYS)
    table = pd.DataFrame({"Motif": motifs, "Mean_RBP": np.round(rng.uniform(1.0, 4.0, len(motifs)), 3)})
    return table.iloc[rng.permutation(len(table))]
