"""How many sequences fold in a second? ``python -m tests.bench.bench_folds``.

Random sequences; the reference is a plain loop over ``RNA.fold`` in one process, in the same run.
"""

import os
import sys
import tempfile
import time
from collections.abc import Callable, Iterator

import numpy as np

from lib.motifs import folding
from lib.motifs.folding import fold_many
from lib.store import folds

SEQUENCES, LENGTH = 1500, 110


def main() -> list[dict]:
    """Measure and give one row per figure."""
    import RNA

    rng = np.random.default_rng(0)
    sequences = ["".join(rng.choice(list("ACGT"), LENGTH)) for _ in range(SEQUENCES)]
    plain = _rate(lambda: (RNA.fold(sequence.replace("T", "U")) for sequence in sequences))
    rows = []
    for processes in (1, 2):
        ours = _rate(lambda count=processes: fold_many(sequences, processes=count))
        rows.append(
            _row(
                f"folds of {LENGTH} nt by {processes} process{'es' * (processes > 1)}, against a loop of RNA.fold",
                f"{ours / plain:.2f} times ({ours:.0f} a second)",
                f"{plain:.0f} a second in the loop; {SEQUENCES:,} sequences, start of the processes included, "
                f"{folding.cores()} cores",
            )
        )
    before = os.environ.get("MOTIFLENS_HOME")
    with tempfile.TemporaryDirectory() as home:
        os.environ["MOTIFLENS_HOME"] = home
        folds.folds(sequences)
        kept = _rate(lambda: iter(folds.folds(sequences)))
        if before is None:
            del os.environ["MOTIFLENS_HOME"]
        else:
            os.environ["MOTIFLENS_HOME"] = before
    said = f"{kept / plain:.0f} times ({kept:,.0f} a second)"
    long = "".join(rng.choice(list("ACGT"), 2000))
    each = 1 / _rate(lambda: iter([folding.fold(long)]))
    return [
        *rows,
        _row(f"folds of {LENGTH} nt read back from the workspace, against a loop of RNA.fold", said, "SQLite"),
        _row("one fold of 2,000 nt, the longest that pages fold", f"{each:.1f} s", "in the process of the page"),
    ]


def _rate(work: Callable[[], Iterator]) -> float:
    """Give how many things come out of an iterator in a second."""
    began = time.perf_counter()
    count = sum(1 for _ in work())
    return count / (time.perf_counter() - began)


def _row(what: str, figure: str, how: str) -> dict:
    return {"what": what, "figure": figure, "asked": "", "how": how}


if __name__ == "__main__":
    for row in main():
        sys.stdout.write(f"{row['what']}: {row['figure']} ({row['how']})\n")
