"""A token run by the real worker: fitted and reported once, cancelled, failed in a sentence, never started twice."""

import shutil

import pandas as pd
import pytest

from lib.core.errors import UserError
from lib.io.files import Source
from lib.jobs import runner, tokens
from lib.jobs.tokens import make_tokenizer
from lib.store import datasets, rbp_tables, runs, token_reports, tokenizers
from lib.tokenizers import TOKENIZERS
from tests import finished
from tests.jobs.workshop import ends, until


@pytest.fixture
def dataset(home, tmp_path) -> str:
    return finished.freeze(tmp_path / "files")


def five():
    return TOKENIZERS.create("k-mer", {"k": 5})


def test_the_worker_fits_and_reports(home, dataset):
    run_id = tokens.start_tokens(dataset, five(), owner="ada")
    run = ends(run_id, runs.FINISHED)
    loaded = datasets.load(dataset)
    assert (run.kind, run.owner, run.dataset, run.name) == ("tokens", "ada", dataset, f"{five().label} tokens of Demo")
    assert make_tokenizer(run) == five()
    assert tokenizers.has(loaded, five()) and token_reports.has(loaded, five())
    report = token_reports.report(loaded, five())
    assert run.results["sequences"] == len(loaded.rows("train")) == report.facts["summary"]["sequences"]
    assert run.results["entries"] == len(report.tokens) - 5
    assert pd.read_parquet(report.folder / "association.parquet")["id"].nunique() > 100


def test_the_worker_takes_the_table_that_was_chosen(home, dataset):
    brought = rbp_tables.keep(Source("mine.csv", b"Motif,Mean_RBP\nUUUAG,3.5\nGCAC,1.25\n"))
    loaded = datasets.load(dataset)
    cover = TOKENIZERS.create("motif")
    ends(tokens.start_tokens(dataset, cover, rbp=brought), runs.FINISHED)
    chosen = rbp_tables.with_table(loaded, brought)
    assert token_reports.has(chosen, cover) and not token_reports.has(loaded, cover)
    assert tokenizers.load_or_fit(chosen, cover).vocabulary.pieces[5:] == ("A", "C", "G", "T", "TTTAG", "GCAC")
    with pytest.raises(UserError, match="table"):
        tokens.start_tokens(dataset, cover, rbp="0" * 24)


def test_a_second_one_is_not_started_while_the_first_waits(dataset, monkeypatch):
    monkeypatch.setattr(type(runner()), "submit", lambda self, run_id: None)
    first = tokens.start_tokens(dataset, five())
    assert tokens.start_tokens(dataset, five()) == first
    other = tokens.start_tokens(dataset, TOKENIZERS.create("k-mer", {"k": 4}))
    assert other != first
    runner().cancel(first)
    assert runs.get(first).state == runs.CANCELLED
    assert tokens.start_tokens(dataset, five()) not in (first, other)
    assert len(runs.all(dataset=dataset, kind="tokens")) == 3


def test_what_cannot_be_learned_is_a_sentence(dataset):
    run_id = tokens.start_tokens(dataset, five())
    ends(run_id, runs.FINISHED)
    lost = tokens.start_tokens(dataset, TOKENIZERS.create("k-mer", {"k": 7}))
    ends(lost, runs.FINISHED)
    shutil.rmtree(runs.folder(run_id).parents[1] / "datasets" / dataset)
    runner_id = runs.create(spec=runs.get(lost).spec, kind="tokens").id
    runner().submit(runner_id)
    run = ends(runner_id, runs.FAILED)
    assert "internal error" not in run.message and run.message.endswith(".")


def test_a_cancelled_run_stops_and_can_be_resumed(home, dataset):
    from lib.jobs.worker import main

    spec = runs.get(_unsubmitted(dataset)).spec
    run = runs.create(spec=spec, kind="tokens")

    def handler(run_id, folder, progress):
        from lib.jobs.tokens import tokens

        runs.request_cancel(run_id)
        until(lambda: progress._stop.is_set(), "the wish to stop is heard")
        return tokens(run_id, folder, progress)

    assert main(run.id, {"tokens": handler}) == 2
    assert runs.get(run.id).state == runs.CANCELLED
    loaded = datasets.load(dataset)
    assert not token_reports.has(loaded, five())
    runner().resume(run.id)
    ends(run.id, runs.FINISHED)
    assert token_reports.has(loaded, five())


def _unsubmitted(dataset: str) -> str:
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(type(runner()), "submit", lambda self, run_id: None)
        run_id = tokens.start_tokens(dataset, five())
    runs.request_cancel(run_id)
    return run_id
