"""How fast splits, decay fits and motif scans are on utr-seq. Run it as ``python -m tests.bench.bench_data``."""

import sys
import time
from pathlib import Path

import numpy as np
import pandas as pd

from lib.core.arrays import FloatArray
from lib.datasets import decay
from lib.datasets.homology import components
from lib.datasets.normalise import log2_counts
from lib.datasets.quality import noise_ceiling
from lib.datasets.targets import TargetChoice
from lib.io.columns import ValueColumn
from lib.io.files import Source
from lib.io.rbp import read_rbp
from lib.motifs.scan import Scanner

SHARED = Path(__file__).resolve().parents[3] / "shared" / "data"
HOURS = (0, 1, 2, 3, 4, 5, 6, 7, 8, 10, 12)
MANY = 1_000_000


def main(*, many: int = MANY) -> list[dict[str, str]]:
    """Measure each once; the first homology split of a machine includes compiling it."""
    if not SHARED.is_dir():
        return [{"what": "data of utr-seq", "figure": "no data", "asked": "", "how": f"{SHARED.name} is not there"}]
    sequences = pd.read_csv(SHARED / "utr-seq" / "reporter_seq.txt", sep="\t", header=None)[1].tolist()
    began = time.perf_counter()
    groups = components(sequences)
    rows = [_row(f"homology groups of {len(sequences):,} x 110 nt", began, "<= 5 s", f"{groups.max() + 1:,} groups")]
    generated = _generated(many)
    began = time.perf_counter()
    groups = components(generated)
    found = f"{groups.max() + 1:,} groups; generated, a third mutated copies"
    rows.append(_row(f"homology groups of {many:,} x 110 nt", began, "reasonable", found))
    counts, values = _assay()
    began = time.perf_counter()
    fits = decay.fit(np.array(HOURS, dtype=float), values)
    rows.append(
        _row(f"decay fits of {len(values):,} x 11", began, "a few s", f"{fits['half_life'].notna().sum():,} sure")
    )
    columns = [ValueColumn(f"{hour}h", float(hour)) for hour in HOURS]
    ceiling = noise_ceiling(TargetChoice(), values, columns, counts)
    figure = "none" if ceiling is None else f"{ceiling.r2:.3f}"
    rows.append(
        {"what": "noise ceiling of 8h - 2h", "figure": figure, "asked": "0.958", "how": "Poisson noise of counts"}
    )
    variance = f"{np.var(values[:, 8] - values[:, 2]):.2f}"
    rows.append({"what": "variance of 8h - 2h", "figure": variance, "asked": "1.22", "how": "spike-in normalisation"})
    table = read_rbp(Source("kmers.csv", SHARED / "transite" / "transite_kmers_enrichment.csv"))
    scanner = Scanner(table.frame)
    began = time.perf_counter()
    hits = sum(len(scanner.hits(sequence)) for sequence in sequences[:1000])
    rows.append(_row("hits of 4,096 motifs in 1,000 sequences", began, "", f"{hits:,} hits"))
    return rows


def _row(what: str, began: float, asked: str, how: str) -> dict[str, str]:
    return {"what": what, "figure": f"{time.perf_counter() - began:.2f} s", "asked": asked, "how": how}


def _assay() -> tuple[FloatArray, FloatArray]:
    table = pd.read_csv(SHARED / "utr-seq" / "reporter_counts.txt", sep="\t", index_col=0)
    spike = table.index.str.startswith("SPIKE_")
    counts = table[~spike].to_numpy(float)
    return counts, log2_counts(counts, table[spike].to_numpy(float)).values


def _generated(count: int) -> list[str]:
    """Random sequences of a 3'UTR's composition; the last third are copies of the first with 8% of letters redrawn."""
    rng = np.random.default_rng(0)
    letters = np.frombuffer(b"ACGT", dtype=np.uint8)
    matrix = rng.choice(letters, (count, 110), p=[0.30, 0.18, 0.20, 0.32])
    copies = count // 3
    matrix[-copies:] = matrix[:copies]
    drawn = rng.random((copies, 110)) < 0.08
    matrix[-copies:][drawn] = rng.choice(letters, int(drawn.sum()))
    return [row.tobytes().decode() for row in matrix]


if __name__ == "__main__":
    for row in main():
        sys.stdout.write(" | ".join(row.values()) + "\n")
