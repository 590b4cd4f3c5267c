"""How RNA folds: minimum free energy structures by ViennaRNA (Lorenz et al. 2011, doi:10.1186/1748-7188-6-26).

Structures are dot-bracket texts as long as the sequence, energies kcal/mol at 37 °C. Letters other than A C G T (U)
pair with nothing. ViennaRNA is imported when it is first needed; it holds the lock of Python while it folds, so many
sequences are folded by processes (``python -m lib.motifs.folding_worker``), which talk in lines of text.
"""

import functools
import importlib.metadata
import os
import queue
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator, Sequence
from contextlib import suppress
from pathlib import Path
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from lib.core.alphabet import to_dna
from lib.core.errors import UserError

TEMPERATURE = 37.0
"""Degrees Celsius; those of ViennaRNA unless it is told otherwise."""
CLASSES = ".()"
"""What a base can be: unpaired, paired with one that comes later, paired with one that came before."""
LONGEST = 10_000
"""Nucleotides of the longest sequence that is folded: time grows with the cube of it, memory with the square."""
CODE = Path(__file__).resolve().parents[2]
_SECONDS = 7.5e-7  # of a fold, per square of the length: ``python -m tests.bench.bench_folds``
_LETTERS, _ROWS = 4000, 64  # of what a process gets at a time
_WAIT_SECONDS = 0.2

_BASES = str.maketrans({letter: letter if letter in "ACGU" else "N" for letter in map(chr, range(128))} | {"T": "U"})


class Fold(NamedTuple):
    """The structure of least free energy of L letters, dot-bracket, and that energy in kcal/mol."""

    structure: str
    energy: float


@functools.cache
def version() -> str:
    """Give the version of ViennaRNA, which decides the folds, without importing it."""
    return importlib.metadata.version("viennarna")


def fold(sequence: str) -> Fold:
    """Fold one sequence of L letters, DNA or RNA.

    Raises
    ------
    UserError
        If it is empty or too long.

    >>> fold("GGGGTTTTCCCC")
    Fold(structure='((((....))))', energy=-5.9)
    """
    import RNA

    _require([sequence])
    structure, energy = RNA.fold(to_dna(sequence).translate(_BASES))
    return Fold(structure, round(energy, 2))  # energies are whole hundredths, given as float32


def classes(structure: str) -> NDArray[np.int8]:
    """Give for each of L letters the number of its class in ``CLASSES``, (L,).

    >>> classes("(.)").tolist()
    [1, 0, 2]
    """
    letters = np.frombuffer(structure.encode("ascii"), dtype=np.uint8)
    known = np.frombuffer(CLASSES.encode("ascii"), dtype=np.uint8)
    return np.asarray(np.argmax(letters[:, None] == known, axis=1), dtype=np.int8)


def partners(structure: str) -> NDArray[np.int64]:
    """Give for each of L letters the position of the one that it pairs with, (L,), -1 where it is unpaired.

    Raises
    ------
    ValueError
        If brackets do not match.

    >>> partners("((.).)").tolist()
    [5, 3, -1, 1, -1, 0]
    """
    found, opened = np.full(len(structure), -1, dtype=np.int64), []
    for place, letter in enumerate(structure):
        if letter == "(":
            opened.append(place)
        elif letter == ")":
            if not opened:
                raise ValueError(f"the bracket at {place} closes nothing")
            begin = opened.pop()
            found[begin], found[place] = place, begin
    if opened:
        raise ValueError(f"the bracket at {opened[-1]} is never closed")
    return found


def estimate_seconds(lengths: Sequence[int], processes: int | None = None) -> float:
    """Estimate how long N sequences of these lengths take to fold by so many processes, all cores where left out."""
    squares = float(np.square(np.asarray(lengths, dtype=np.float64)).sum())
    return _SECONDS * squares / (processes or cores())


def cores() -> int:
    """Count the processor cores that this process may use."""
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1


def fold_many(
    sequences: Sequence[str], *, processes: int | None = None, alive: Callable[[], None] = lambda: None
) -> Iterator[tuple[int, Fold]]:
    """Fold N sequences by several processes; gives number and fold of each as it is done.

    Parameters
    ----------
    sequences
        N sequences of at least one letter each.
    processes
        How many at a time; all cores where left out.
    alive
        Called again and again; raises what is to end the work, whose processes end at once then.

    Raises
    ------
    UserError
        If a sequence is empty or too long, or a process was ended from outside.
    """
    _require(sequences)
    if estimate_seconds([len(sequence) for sequence in sequences], 1) < 1:  # processes take longer to begin
        for number, sequence in enumerate(sequences):
            alive()
            yield number, fold(sequence)
        return
    crew = _Crew(sequences, min(processes or cores(), len(sequences)))
    try:
        for _ in sequences:
            yield crew.next(alive)
    finally:
        crew.end()


def _require(sequences: Sequence[str]) -> None:
    if not all(sequences):
        raise UserError("A sequence to fold is empty; each needs at least one nucleotide.")
    longest = max(map(len, sequences), default=0)
    if longest > LONGEST:
        raise UserError(
            f"A sequence to fold has {longest:,} nt. The time grows with the cube of the length and the memory with "
            f"its square, so at most {LONGEST:,} nt are folded. Cut it, or leave it out."
        )


class _Crew:
    """Processes that fold, each with a thread that hands it the next sequences and takes what comes back."""

    def __init__(self, sequences: Sequence[str], size: int) -> None:
        # The longest come first, so that no process is left with one of them at the end.
        self.sequences, self.order = sequences, sorted(range(len(sequences)), key=lambda n: -len(sequences[n]))
        self.begun, self.guard = 0, threading.Lock()
        self.done: queue.Queue[tuple[int, Fold] | None] = queue.Queue()
        command = [sys.executable, "-m", "lib.motifs.folding_worker"]
        pipes = {"stdin": subprocess.PIPE, "stdout": subprocess.PIPE, "text": True, "encoding": "ascii"}
        self.children = [subprocess.Popen(command, cwd=CODE, **pipes) for _ in range(size)]  # type: ignore[call-overload]
        for child in self.children:
            threading.Thread(target=self._feed, args=(child,), name="folding", daemon=True).start()

    def next(self, alive: Callable[[], None]) -> tuple[int, Fold]:
        """Wait for the next fold."""
        while True:
            alive()
            with suppress(queue.Empty):
                found = self.done.get(timeout=_WAIT_SECONDS)
                if found is None:
                    raise UserError(
                        "A process that folds was ended from outside, most likely because memory ran out. Fold fewer "
                        "or shorter sequences, or close other programs."
                    )
                return found

    def end(self) -> None:
        """End the processes."""
        for child in self.children:
            child.kill()
            child.wait()
            for pipe in (child.stdin, child.stdout):
                with suppress(OSError):
                    pipe.close()

    def _take(self) -> list[int]:
        with self.guard:
            first, letters = self.begun, 0
            while self.begun < len(self.order) and self.begun - first < _ROWS and letters < _LETTERS:
                letters += len(self.sequences[self.order[self.begun]])
                self.begun += 1
            return self.order[first : self.begun]

    def _feed(self, child: "subprocess.Popen[str]") -> None:
        try:
            while numbers := self._take():
                child.stdin.writelines(f"{self.sequences[number]}\n" for number in numbers)  # type: ignore[union-attr]
                child.stdin.flush()  # type: ignore[union-attr]
                for number in numbers:
                    structure, energy = child.stdout.readline().split()  # type: ignore[union-attr]
                    self.done.put((number, Fold(structure, float(energy))))
        except (OSError, ValueError):
            self.done.put(None)
