"""How quick is in-silico mutagenesis against predicting every mutant, and against tangermeme?

Run it as ``python -m tests.bench.bench_mutagenesis``. The network has the default settings of cnn and random weights,
on which its speed does not depend; every reference is measured in the same run, on the same cores.
"""

import sys
import time
from collections.abc import Callable

import numpy as np
import torch

from lib.attribution.mutagenesis import Mutagenesis
from lib.core.alphabet import one_hot
from lib.models.cnn import CnnModel, FittedCnn
from lib.models.kmer_ridge import FittedKmerRidge
from lib.models.nets.kmers import width

SEQUENCES, ALONE, BESIDE, LONG = 1000, 2, 100, 4000
PASSES = 60
"""Mutants of the long sequence that are predicted one by one; all would take many minutes."""


def main() -> list[dict]:
    """Measure and give one row per figure."""
    rng = np.random.default_rng(0)
    short = ["".join(rng.choice(list("ACGT"), 110)) for _ in range(SEQUENCES)]
    long = "".join(rng.choice(list("ACGT"), LONG))
    torch.manual_seed(0)
    settings = CnnModel()
    module = settings._build(12, 1).eval().requires_grad_(requires_grad=False)
    fitted = FittedCnn(settings, module, 1)
    Mutagenesis().attribute(fitted, short[:40])
    ours = _seconds(lambda: Mutagenesis().attribute(fitted, short)) / SEQUENCES
    passes = _seconds(lambda: _alone(module, short[:ALONE], 330)) / ALONE
    theirs, difference = _tangermeme(module, short[:BESIDE], fitted)
    stretched = _seconds(lambda: Mutagenesis().attribute(fitted, [long]))
    each = _seconds(lambda: _alone(module, [long], PASSES)) / PASSES * 3 * LONG
    ridge = FittedKmerRidge(6, rng.normal(size=(width(6), 1)), np.zeros(1), (1.0,))
    Mutagenesis().attribute(ridge, short[:2])
    counted = _seconds(lambda: Mutagenesis().attribute(ridge, short))
    predicted = _seconds(lambda: [ridge.predict(_mutants(sequence)) for sequence in short[:BESIDE]])
    threads = f"{torch.get_num_threads()} thread{'s' * (torch.get_num_threads() > 1)}"
    return [
        _row(
            "mutagenesis of 1,000 x 110 nt, cnn, against one forward pass a mutant",
            passes / ours,
            ">= 5",
            f"{1 / ours:.1f} against {1 / passes:.2f} sequences a second, {threads}",
        ),
        _row(
            "mutagenesis of 110 nt, cnn, against tangermeme's saturation_mutagenesis",
            theirs / ours,
            ">= 1",
            f"{1 / theirs:.1f} sequences a second there; largest difference {difference:.1e}",
        ),
        _row(
            "mutagenesis of 4,000 nt, cnn, against one forward pass a mutant",
            each / stretched,
            "",
            f"{stretched:.1f} s against {each:.0f} s, from {PASSES} of 12,000 mutants",
        ),
        _row(
            "mutagenesis of 1,000 x 110 nt, kmer-ridge, against predicting the mutants together",
            predicted / BESIDE / (counted / SEQUENCES),
            "",
            f"{SEQUENCES / counted:,.0f} sequences a second",
        ),
    ]


def _row(what: str, times: float, asked: str, how: str) -> dict:
    return {"what": what, "figure": f"{times:.1f} times", "asked": asked, "how": how}


def _seconds(work: Callable[[], object]) -> float:
    started = time.perf_counter()
    work()
    return time.perf_counter() - started


def _mutants(sequence: str) -> list[str]:
    return [
        sequence[:place] + base + sequence[place + 1 :]
        for place, standing in enumerate(sequence)
        for base in "ACGT"
        if base != standing
    ]


def _alone(module: torch.nn.Module, sequences: list[str], most: int) -> None:
    with torch.inference_mode():
        for sequence in sequences:
            for mutant in _mutants(sequence)[:most]:
                module(torch.from_numpy(one_hot(mutant)[None]))


def _tangermeme(module: torch.nn.Module, sequences: list[str], fitted: FittedCnn) -> tuple[float, float]:
    """Give seconds a sequence, and the largest difference between its effects and ours."""
    from tangermeme.saturation_mutagenesis import saturation_mutagenesis

    x = torch.from_numpy(np.stack([one_hot(sequence) for sequence in sequences]))
    saturation_mutagenesis(module, x[:2], device="cpu", raw_outputs=True)
    started = time.perf_counter()
    before, after = saturation_mutagenesis(module, x, device="cpu", raw_outputs=True)
    seconds = (time.perf_counter() - started) / len(sequences)
    theirs = (after[..., 0] - before[:, :1, None] if after.ndim == 4 else after - before[:, :, None]).numpy()
    ours = np.stack([found.effects for found in Mutagenesis().attribute(fitted, sequences)])
    return seconds, float(np.abs(theirs - ours).max())


if __name__ == "__main__":
    for row in main():
        sys.stdout.write("\t".join(str(row[key]) for key in ("what", "figure", "asked", "how")) + "\n")
