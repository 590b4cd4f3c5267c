"""``fold``: the structure of least free energy of sequences, by ViennaRNA."""

import argparse
import time
from typing import Any

from lib.cli import arguments
from lib.store import folds


def add_commands(commands: Any) -> None:
    """Add ``fold``."""
    fold = commands.add_parser("fold", help="fold sequences by ViennaRNA: dot-bracket and minimum free energy")
    fold.add_argument("--sequences", required=True, metavar="FILE", help="FASTA, or a table with a column of sequences")
    fold.add_argument("--out", metavar="FILE", help="write id, sequence, structure and mfe (kcal/mol) as TSV")
    fold.set_defaults(run=_fold)


def _fold(options: argparse.Namespace) -> dict[str, Any] | None:
    pairs = arguments.sequences(options.sequences)
    began = time.perf_counter()
    found = folds.folds([sequence for _, sequence in pairs], progress=arguments.show_progress())
    seconds = time.perf_counter() - began
    rows = [(name, sequence, *fold) for (name, sequence), fold in zip(pairs, found, strict=True)]
    if options.out or not options.json:
        arguments.write_table(("id", "sequence", "structure", "mfe_kcal_per_mol"), rows, options.out)
    if not options.json:
        return None
    return {"n": len(rows), "seconds": seconds, "out": options.out}
