"""Example variants of a dataset: changes within motifs of its RBP table where it has one, else anywhere."""

import numpy as np

from lib.analysis.motifs import of_table
from lib.core.alphabet import BASES, codes, shown
from lib.datasets.dataset import Dataset

SEQUENCES, EACH = 4, 3
_MOTIFS = 40


def of(dataset: Dataset) -> str:
    """Write a table of variants of the first test sequences: SNVs, one insertion and one deletion."""
    rows = dataset.rows("test")
    rows = (rows if len(rows) else np.arange(len(dataset)))[:SEQUENCES]
    motifs = of_table(dataset.rbp, {})[:_MOTIFS]
    rng = np.random.default_rng(0)
    lines = ["sequence\tposition\tref\talt"]
    for row in rows:
        name, text = str(dataset.ids[row]), str(dataset.sequences[row])
        letters = codes(text)
        hits = [start + motif.width // 2 for motif in motifs for start in motif.starts(letters).tolist()[:1]]
        places = list(dict.fromkeys([*hits[: EACH - 1], *rng.permutation(len(text)).tolist()]))[:EACH]
        for place in sorted(places):
            alt = next(base for base in BASES[int(rng.integers(3)) :] + BASES if base != text[place])
            lines.append(_line(name, place, text[place], alt))
    middle = len(text) // 2
    base = text[middle - 1]  # an insertion repeats the base before it, so that its place can be read in one way only
    lines += [_line(name, middle - 1, base, f"{base}TTAG"), _line(name, middle, text[middle : middle + 3], "-")]
    return "\n".join([*lines, ""])


def _line(name: str, place: int, ref: str, alt: str) -> str:
    return f"{name}\t{place + 1}\t{shown(ref, rna=True)}\t{shown(alt, rna=True)}"
