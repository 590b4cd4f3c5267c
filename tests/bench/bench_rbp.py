"""How fast hits of whole RBP tables are counted on utr-seq. Run it as ``python -m tests.bench.bench_rbp``."""

import sys
import time
from pathlib import Path

import numpy as np
import pandas as pd

from lib.io.files import Source
from lib.io.rbp import read_rbp
from lib.motifs.counting import count_motifs, count_pwms
from lib.motifs.scan import Scanner, pwm_hits

SHARED = Path(__file__).resolve().parents[3] / "shared" / "data"
FEW, FEWER = 1000, 100
RELATIVE = 0.9
REPEATS = 3


def main() -> list[dict[str, str]]:
    """Count as the page does, the best of three, and scan a part of the sequences one by one in the same run."""
    if not SHARED.is_dir():
        return [{"what": "hits of RBP tables", "figure": "no data", "asked": "", "how": f"{SHARED.name} is not there"}]
    sequences = pd.read_csv(SHARED / "utr-seq" / "reporter_seq.txt", sep="\t", header=None)[1].tolist()
    kmers = read_rbp(Source("kmers.csv", SHARED / "transite" / "transite_kmers_enrichment.csv")).frame
    path = SHARED / "rbp-motifs" / "Ray2013_rbp_Homo_sapiens.dna_encoded.meme"
    pwms = read_rbp(Source(path.name, path)).pwms
    rows = []

    seconds, counts = _best(lambda: count_motifs(sequences, kmers))
    scanner = Scanner(kmers)
    slow, scanned = _best(lambda: sum(len(scanner.hits(one)) for one in sequences[:FEW]))
    same = int(counts.counts[:FEW].sum()) == scanned
    each = slow / FEW * len(sequences)
    rows.append(
        {
            "what": f"hits of {len(kmers):,} 6-mers in {len(sequences):,} x 110 nt",
            "figure": f"{seconds:.2f} s",
            "asked": "about 1 s",
            "how": f"{int(counts.counts.sum()):,} hits; Scanner {each:.1f} s, from {FEW:,}; "
            f"{'the same' if same else 'OTHER'} hits",
        }
    )
    seconds, found = _best(lambda: count_pwms(sequences, pwms))
    slow, scanned = _best(lambda: [len(pwm_hits(one, pwms, threshold=RELATIVE)) for one in sequences[:FEWER]])
    same = found.per_sequence(RELATIVE)[:FEWER].tolist() == scanned
    rows.append(
        {
            "what": f"hits of {len(pwms)} PWMs in {len(sequences):,} x 110 nt, all thresholds",
            "figure": f"{seconds:.2f} s",
            "asked": "seconds",
            "how": f"{int(found.per_sequence(RELATIVE).sum()):,} hits at {RELATIVE}; pwm_hits at one threshold "
            f"{slow / FEWER * len(sequences):.1f} s, from {FEWER}; {'the same' if same else 'OTHER'} hits",
        }
    )
    threshold = float(np.quantile(kmers["mean_rbp"], 0.9))
    seconds, _ = _best(lambda: (counts.per_sequence(threshold), counts.sums(threshold)))
    rows.append(
        {"what": "another threshold of 4,096 6-mers", "figure": f"{seconds * 1000:.1f} ms", "asked": "", "how": ""}
    )
    seconds, _ = _best(lambda: (found.per_sequence(RELATIVE), found.per_motif(RELATIVE)))
    rows.append({"what": "another threshold of 102 PWMs", "figure": f"{seconds * 1000:.1f} ms", "asked": "", "how": ""})
    return rows


def _best(work):
    best, result = float("inf"), None
    for _ in range(REPEATS):
        began = time.perf_counter()
        result = work()
        best = min(best, time.perf_counter() - began)
    return best, result


if __name__ == "__main__":
    for row in main():
        sys.stdout.write(" | ".join(row.values()) + "\n")
