"""The work of a token run: what the worker does for a run of kind ``tokens``."""

from pathlib import Path
from typing import Any

from lib.core.progress import Progress
from lib.store import datasets, rbp_tables, runs, token_reports
from lib.tokenizers import TOKENIZERS, Tokenizer


def tokenizer_of(run: runs.Run) -> Tokenizer:
    """Give the tokenizer that a token run fits, with its settings.

    Raises
    ------
    UserError
        If it is not registered any more.
    """
    chosen = run.spec.tokenizer or run.spec.model
    return TOKENIZERS.create(chosen.name, dict(chosen.settings))


def tokens(run_id: str, folder: Path, progress: Progress) -> dict[str, Any]:
    """Fit a tokenizer on the train part of a dataset and make its token report; both land in the workspace.

    Raises
    ------
    UserError
        If the dataset or its RBP table is gone, or the tokenizer cannot learn from it.
    Cancelled
        If somebody asked for it; a tokenizer that was fitted before then stays.
    """
    run = runs.get(run_id)
    dataset = rbp_tables.with_table(datasets.load(run.spec.dataset), run.payload.get("rbp", ""))
    made = token_reports.report(dataset, tokenizer_of(run), progress=progress)
    summary = made.facts["summary"]
    return {"sequences": summary["sequences"], "entries": summary["entries"], "tokens": summary["tokens"]}
