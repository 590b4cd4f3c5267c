"""``fold``: the structure of least free energy of sequences; ``pretrain``: UTR-LM on sequences and their folds."""

import argparse
import time
from typing import Any

from lib.cli import arguments, waiting
from lib.jobs import pretrain
from lib.store import folds, pretrainings


def add_commands(commands: Any) -> None:
    """Add ``fold`` and ``pretrain``."""
    fold = commands.add_parser("fold", help="fold sequences by ViennaRNA: dot-bracket and minimum free energy")
    fold.add_argument("--sequences", required=True, metavar="FILE", help="FASTA, or a table with a column of sequences")
    fold.add_argument("--out", metavar="FILE", help="write id, sequence, structure and mfe (kcal/mol) as TSV")
    fold.set_defaults(run=_fold)
    learn = commands.add_parser("pretrain", help="pretrain UTR-LM on letters, structure and folding energy")
    which = learn.add_mutually_exclusive_group(required=True)
    which.add_argument("--sequences", metavar="FILE", help="FASTA, or a table with a column of sequences")
    which.add_argument("--dataset", metavar="D", help="read the training part of a dataset, so that no test leaks")
    learn.add_argument("--name", default="", help="what to call the run")
    learn.add_argument("--seed", type=int, default=0)
    waiting.add_option(learn)
    arguments.add_settings(learn)
    arguments.add_device(learn)
    learn.set_defaults(run=_pretrain)


def _fold(options: argparse.Namespace) -> dict[str, Any] | None:
    pairs = arguments.sequences(options.sequences, arguments.reading(options))
    began = time.perf_counter()
    found = folds.folds([sequence for _, sequence in pairs], progress=arguments.show_progress())
    seconds = time.perf_counter() - began
    rows = [(name, sequence, *fold) for (name, sequence), fold in zip(pairs, found, strict=True)]
    if options.out or not options.json:
        arguments.write_table(("id", "sequence", "structure", "mfe_kcal_per_mol"), rows, options.out)
    if not options.json:
        return None
    return {"n": len(rows), "seconds": seconds, "out": options.out}


def _pretrain(options: argparse.Namespace) -> dict[str, Any]:
    settings = pretrain.parse_settings(dict(arguments.settings(options)))
    if options.dataset:
        corpus = pretrain.Corpus(dataset=options.dataset)
    else:
        source = arguments.source(options.sequences)
        corpus = pretrain.Corpus(
            file=source.name,
            sequences=[sequence for _, sequence in arguments.sequences(options.sequences, arguments.reading(options))],
        )
    run_id = pretrain.start_pretraining(
        settings, corpus, seed=options.seed, device=arguments.device(options), labels={"name": options.name}
    )
    return waiting.outcome(run_id, lambda: {"summary": pretrainings.summary(run_id)}, wait=options.wait)
