"""Tokenizers of runs: runs of kind ``tokens``, which fit one and make its report, and the one that a training reads."""

from pathlib import Path
from typing import Any

from filelock import FileLock

from lib.core.progress import Progress, Report
from lib.core.registry import values_of
from lib.core.spec import Choice, RunSpec
from lib.datasets.dataset import Dataset
from lib.jobs import runner
from lib.jobs.start import versions
from lib.store import datasets, rbp_tables, runs, token_reports, tokenizers
from lib.store.files import folder_of
from lib.tokenizers import TOKENIZERS, FittedTokenizer, Tokenizer


def make_tokenizer(run: runs.Run) -> Tokenizer:
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
    made = token_reports.report(dataset, make_tokenizer(run), progress=progress)
    summary = made.facts["summary"]
    return {"sequences": summary["sequences"], "entries": summary["entries"], "tokens": summary["tokens"]}


def start_tokens(dataset_id: str, tokenizer: Tokenizer, *, rbp: str = "", owner: str = "") -> str:
    """Queue the fit of a tokenizer on a dataset with its token report and give the id of the run.

    Where a run for the same tokenizer, settings, dataset and RBP table waits or works already, its id is given.

    Parameters
    ----------
    dataset_id, tokenizer
        What is fitted, on the train part of which dataset.
    rbp
        Id of a table of the workspace that stands for the dataset's own; empty for its own.
    owner
        Who starts it.

    Raises
    ------
    UserError
        If there is no such dataset or table, or nothing can be written.
    """
    dataset = rbp_tables.with_table(datasets.load(dataset_id), rbp)
    key = token_reports.key_of(dataset, tokenizer)
    folder = folder_of(token_reports.KIND, key)
    folder.mkdir(parents=True, exist_ok=True)
    with FileLock(folder / ".start.lock"):
        same = find_tokens(dataset_id, key)
        if same is not None and not same.over:
            return same.id
        chosen = Choice(tokenizer.name, values_of(tokenizer))
        spec = RunSpec(
            dataset=dataset.id,
            split=dataset.split_id,
            task=dataset.task,
            model=chosen,
            tokenizer=chosen,
            versions=versions(),
        )
        name = f"{tokenizer.label} tokens of {dataset.name}"
        run = runs.create(spec=spec, name=name, owner=owner, kind="tokens", payload={"report": key, "rbp": rbp})
        runner().submit(run.id)
    return run.id


def find_tokens(dataset_id: str, key: str) -> runs.Run | None:
    """Give the newest token run for the report with this key; None where there is none."""
    return next((run for run in runs.all(dataset=dataset_id, kind="tokens") if run.payload.get("report") == key), None)


def load_dataset(run: runs.Run) -> Dataset:
    """Give the dataset of a run, with the RBP table that was chosen for it.

    Raises
    ------
    UserError
        If the dataset or the table is gone.
    """
    return rbp_tables.with_table(datasets.load(run.spec.dataset), str(run.payload.get("rbp", "")))


def load_data(run: runs.Run, progress: Progress) -> tuple[Dataset, FittedTokenizer | None]:
    """Give the dataset of a run, with the RBP table that was chosen for it, and its tokenizer, fitted where it was not.

    Raises
    ------
    UserError
        If the dataset or the table is gone, or the tokenizer cannot be fitted.
    """
    dataset = load_dataset(run)
    if run.spec.tokenizer is None:
        return dataset, None
    tokenizer = TOKENIZERS.create(run.spec.tokenizer.name, run.spec.tokenizer.settings)
    progress.report(Report(0, 1, "Tokenizer"))
    return dataset, tokenizers.load_or_fit(dataset, tokenizer, progress=progress)
