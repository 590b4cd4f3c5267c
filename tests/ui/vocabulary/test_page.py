"""The Vocabulary page from app.py: planted motifs found, one token opened, links, long work offered, faults calm."""

import shutil
import subprocess
import sys

import numpy as np
import pandas as pd
import pytest

from lib.datasets import pipeline
from lib.datasets.draft import ImportChoices
from lib.datasets.targets import TargetChoice
from lib.io.files import Source
from lib.jobs.tokens import find_tokens
from lib.store import datasets, runs, token_reports
from lib.tokenizers import TOKENIZERS
from lib.ui.vocabulary import target, text
from lib.ui.vocabulary import token as vocabulary_token
from lib.ui.widgets import tokenizer_jobs
from lib.ui.widgets.state import ROOT, VOCABULARY
from tests import finished
from tests.finished import healthy, open_page, words


@pytest.fixture(scope="module")
def made(tmp_path_factory):
    """A workspace with the demo, opened once so that the report of the 4-mers is there."""
    home = tmp_path_factory.mktemp("vocabulary") / "home"
    with finished.using(home):
        dataset = finished.freeze(home.parent / "files", name=finished.NASTY)
        token_reports.report(datasets.load(dataset), four())
    return home, dataset


@pytest.fixture
def dataset(home, made) -> str:
    shutil.copytree(made[0], home, dirs_exist_ok=True)
    return made[1]


def four():
    return TOKENIZERS.create("k-mer", {"k": 4})


def opened(dataset: str, **query: str):
    return open_page(VOCABULARY, dataset=dataset, **{"tokenizer": "k-mer(k=4)", **query})


def frame(app, column: str):
    return next(table.value for table in app.dataframe if column in table.value.columns)


def test_without_a_dataset_it_says_what_to_do(home):
    app = open_page(VOCABULARY)
    healthy(app)
    assert "There is no dataset yet" in words(app)


def test_the_sentence_counts_what_the_table_holds(dataset):
    app = opened(dataset)
    healthy(app)
    report = token_reports.report(datasets.load(dataset), four())
    n = len(datasets.load(dataset).rows("train"))
    table = report.of_target(0)
    sure = int((table["q_mann_whitney"] <= 0.05).sum())
    said = words(app)
    assert f"{sure:,} of {len(table):,} tokens tested go with the target at q ≤ 0.05 (n = {n:,}" in said
    assert "simulated" in said and "<img" not in said.replace("\\<", "").replace("<img src=x onerror=alert(1)>**", "")
    shown = frame(app, "Rank-biserial")
    assert len(shown) == len(table) and shown["p"].is_monotonic_increasing
    row = table.sort_values("p_mann_whitney").iloc[0]
    assert shown["Difference"].iloc[0] == pytest.approx(row["difference"])


def test_a_planted_motif_stands_out(dataset):
    """The demo plants UUAG as stabilising; the words of poly-U and of UUAG raise the target."""
    shown = frame(opened(dataset), "Rank-biserial").set_index("Token")
    assert shown.loc["TTAG", "Difference"] > 0 and shown.loc["TTAG", "q"] <= 0.05


def test_a_link_opens_a_token_with_everything_about_it(dataset):
    app = opened(dataset, token="TTAG", rna="true", since="true")
    healthy(app)
    loaded = datasets.load(dataset)
    train = loaded.rows("train")
    has = [row for row in train if "TTAG" in loaded.sequences[row]]
    said = words(app)
    assert "Sequences with **UUAG** have a mean log2 8h - 2h of" in said
    assert f"n = {len(has)} with it, {len(train) - len(has)} without it" in said
    table = frame(app, "Starts")
    assert sorted(table["Sequence"]) == sorted(loaded.ids[has])
    first = loaded.sequences[loaded.position(table["Sequence"].iloc[0])]
    starts = [int(start) - 1 for start in table["Starts"].iloc[0].split(", ")]
    assert starts and all(first[start : start + 4] == "TTAG" for start in starts)
    assert len(app.get("plotly_chart")) == 4, "volcano, time course, distribution, positions"
    app.button(key="close-token").click().run()
    healthy(app)
    assert "token" not in app.query_params and len(app.get("plotly_chart")) == 1


def test_rna_letters_open_the_same_token_and_unknown_ones_are_said(dataset):
    assert "Sequences with **TTAG**" in words(opened(dataset, token="UUAG"))
    app = opened(dataset, token="<b>x")
    healthy(app)
    assert "is no token of this tokenizer" in words(app)


def test_threshold_test_and_search_change_the_table(dataset):
    app = opened(dataset)
    before = words(app)
    app.number_input(key="q").set_value(0.001).run()
    assert "at q ≤ 0.001" in words(app) != before
    app.segmented_control(key="test").set_value("welch").run()
    healthy(app)
    report = token_reports.report(datasets.load(dataset), four())
    assert frame(app, "Rank-biserial")["q"].min() == pytest.approx(report.of_target(0)["q_welch"].min())
    app.text_input(key="find").set_value("uua").run()
    healthy(app)
    assert 0 < len(frame(app, "Rank-biserial")) < 30
    assert all("TTA" in token for token in frame(app, "Rank-biserial")["Token"])
    linked = opened(dataset, q="0.001", find="uua", test="Welch's t")
    assert "at q ≤ 0.001" in words(linked)
    assert frame(linked, "Rank-biserial").equals(frame(app, "Rank-biserial")), "a link reproduces the view"


def test_the_view_of_the_vocabulary(dataset):
    app = opened(dataset, view="Vocabulary")
    healthy(app)
    report = token_reports.report(datasets.load(dataset), four())
    summary = report.facts["summary"]
    assert f"{summary['used']:,} of {summary['entries']:,} tokens" in words(app)
    table = frame(app, "occurrences")
    assert table["occurrences"].sum() == summary["tokens"] and table["occurrences"].is_monotonic_decreasing
    assert len(app.get("plotly_chart")) == 3
    app.text_input(key="find-entry").set_value("UUAG").run()
    assert frame(app, "occurrences")["token"].tolist() == ["TTAG"]


def test_the_tokenizer_stands_in_the_link(dataset):
    app = open_page(VOCABULARY, dataset=dataset)
    healthy(app)
    assert app.query_params["tokenizer"] == "k-mer"
    app.number_input(key="vocabulary-tokenizer-k-mer-k").set_value(3).run()
    healthy(app)
    assert app.query_params["tokenizer"] == "k-mer(k=3)"
    app.selectbox(key="vocabulary-tokenizer").set_value("nucleotide").run()
    healthy(app)
    assert app.query_params["tokenizer"] == "nucleotide"
    assert "No token can be tested" in words(app), "every sequence has each of the four letters"


@pytest.mark.parametrize("name", TOKENIZERS.all())
@pytest.mark.parametrize("view", ["Tokens and the target", "Vocabulary"])
def test_every_tokenizer_can_be_looked_at(dataset, name, view):
    app = opened(dataset, tokenizer=name, view=view)
    assert not app.exception
    if app.error:
        (said,) = app.error
        assert "id **" not in said.value and "hoose" in said.value, "what it lacks, and what to choose instead"
    else:
        assert "training sequences" in words(app) and "<img" not in words(app).replace("\\", "").replace("**<img", "")


@pytest.mark.parametrize("asked", ["horoscope", "k-mer(k=99)", "k-mer(k"])
def test_a_link_to_a_tokenizer_that_cannot_be_had_is_said(dataset, asked):
    app = opened(dataset, tokenizer=asked)
    assert not app.exception
    assert "The link asks for a tokenizer that cannot be had" in words(app)
    assert len(app.get("plotly_chart")) == 1, "the page goes on with k-mers"


def test_long_work_is_offered_as_a_job_and_started_once(dataset, monkeypatch):
    from lib.jobs import runner

    monkeypatch.setattr(type(runner()), "submit", lambda self, run_id: None)
    monkeypatch.setattr(type(runner()), "wake", lambda self: None)
    monkeypatch.setattr(tokenizer_jobs, "INLINE_SECONDS", 0.0)
    app = opened(dataset, tokenizer="k-mer(k=5)")
    healthy(app)
    assert "has not been trained on" in words(app) and not app.get("plotly_chart")
    next(button for button in app.button if button.label == "Train tokenizer").click().run()
    healthy(app)
    loaded = datasets.load(dataset)
    five = TOKENIZERS.create("k-mer", {"k": 5})
    run = find_tokens(dataset, token_reports.key_of(loaded, five))
    assert run is not None and run.state == runs.QUEUED
    assert not any(button.label == "Train tokenizer" for button in app.button)
    assert "Waiting for its turn" in str([item.proto.text for item in app.get("progress")])
    again = opened(dataset, tokenizer="k-mer(k=5)")
    healthy(again)
    assert len(runs.all(kind="tokens")) == 1
    runs.transition(run.id, runs.RUNNING)
    runs.transition(run.id, runs.FAILED, "The dataset is gone. Choose another one.")
    failed = opened(dataset, tokenizer="k-mer(k=5)")
    assert "The dataset is gone. Choose another one." in words(failed)
    assert any(button.label == "Resume" for button in failed.button)
    token_reports.report(loaded, five)
    assert len(opened(dataset, tokenizer="k-mer(k=5)").get("plotly_chart")) == 1


def test_token_runs_are_named_on_the_runs_page(dataset, monkeypatch):
    from lib.jobs import runner
    from lib.jobs.tokens import start_tokens

    monkeypatch.setattr(type(runner()), "submit", lambda self, run_id: None)
    monkeypatch.setattr(type(runner()), "wake", lambda self: None)
    first, second = start_tokens(dataset, four()), start_tokens(dataset, TOKENIZERS.create("nucleotide"))
    runs.transition(first, runs.RUNNING)
    runs.transition(first, runs.FINISHED)
    app = open_page("pages/models/runs.py", dataset=dataset)
    healthy(app)
    assert TOKENIZERS.get("nucleotide").label in words(app)
    table = frame(app, "Model")
    assert table["Model"].tolist() == [four().label] and table["Name"].iloc[0].startswith(four().label)
    assert "1 queued" in str([link.proto.label for link in app.get("page_link")])
    assert runs.get(second).state == runs.QUEUED


def test_several_targets_are_chosen_by_name(home, tmp_path):
    dataset = finished.freeze(tmp_path / "files", target=TargetChoice(kind="all"))
    loaded = datasets.load(dataset)
    assert len(loaded.target_names) > 2
    app = opened(dataset, tokenizer="k-mer(k=3)")
    healthy(app)
    name = loaded.target_names[2]
    app.selectbox(key="target").set_value(name).run()
    healthy(app)
    report = token_reports.report(loaded, TOKENIZERS.create("k-mer", {"k": 3}))
    assert frame(app, "Rank-biserial")["q"].min() == pytest.approx(report.of_target(2)["q_mann_whitney"].min())


def test_a_token_that_is_too_rare_is_described_and_not_tested(dataset):
    loaded = datasets.load(dataset)
    report = token_reports.report(loaded, TOKENIZERS.create("k-mer", {"k": 6}))
    rare = report.tokens[(report.tokens["sequences"] == 3) & ~report.tokens["special"]].iloc[0]
    app = opened(dataset, tokenizer="k-mer", token=rare["token"])
    healthy(app)
    n = len(loaded.rows("train"))
    assert f"**{rare['token']}** stands in 3 of {n:,} training sequences; a comparison needs at least 10" in words(app)
    assert len(frame(app, "Starts")) == 3 and len(app.get("plotly_chart")) == 4
    summary = report.facts["summary"]
    untested = summary["used"] - len(report.of_target(0))
    assert f"{untested:,} of the {summary['used']:,} tokens that occur were not tested" in words(app)


def test_without_times_and_with_lengths_that_differ(home):
    rng = np.random.default_rng(3)
    sequences = ["".join(rng.choice(list("ACGT"), length)) for length in rng.integers(30, 90, 120)]
    table = pd.DataFrame({"id": [f"u{row}" for row in range(120)], "utr": sequences, "growth": rng.normal(size=120)})
    source = Source("one.csv", table.to_csv(index=False).encode())
    read = pipeline.understand(source, source)
    choices = ImportChoices("one", target=TargetChoice(kind="column", column="growth"))
    dataset = datasets.freeze(pipeline.build(read, choices))
    app = opened(dataset, tokenizer="k-mer(k=3)", token="ACG")
    healthy(app)
    assert "there is no time course" in words(app) and len(app.get("plotly_chart")) == 3
    assert app.toggle(key="share").value is True, "positions as shares, for lengths differ"
    app.toggle(key="share").set_value(False).run()
    healthy(app)
    assert "simulated" not in words(app)


def test_exports_hold_every_statistic(dataset):
    loaded = datasets.load(dataset)
    report = token_reports.report(loaded, four())
    view = text.View(loaded, report, 0, "welch", 0.05, rna=True)
    table = target._export(view, view.table())
    assert len(table) == len(report.of_target(0))
    assert {
        "token",
        "target",
        "unit",
        "n_with",
        "difference",
        "low",
        "high",
        "cohens_d",
        "rank_biserial",
        "p_mann_whitney",
        "q_mann_whitney",
        "p_welch",
        "q_welch",
        "correlation",
    } <= set(table.columns)
    assert not table["token"].str.contains("T").any()


def test_the_time_course_is_that_of_the_train_part(dataset):
    loaded = datasets.load(dataset)
    rows = loaded.rows("train")[:40]
    table = vocabulary_token.time_course(loaded, rows)
    assert table["hours"].tolist() == sorted(set(loaded.times))
    place = loaded.times.index(2.0)
    assert table.loc[table["hours"] == 2.0, "mean"].item() == pytest.approx(loaded.values[rows, place].mean())
    since = vocabulary_token.time_course(loaded, rows, relative=True)
    assert since.loc[0, "mean"] == 0 and since.loc[0, "high"] == 0


def test_opening_the_page_imports_no_torch(dataset, home):
    code = (
        "import sys\n"
        "from tests.finished import open_page, words\n"
        f"app = open_page('{VOCABULARY}', dataset='{dataset}', tokenizer='k-mer(k=4)', token='TTAG')\n"
        "assert 'tokens tested' in words(app)\n"
        "heavy = {'torch', 'transformers', 'captum', 'accelerate', 'tokenizers'} & set(sys.modules)\n"
        "assert not heavy, heavy\n"
    )
    environment = {"MOTIFLENS_HOME": str(home), "PATH": "/usr/bin:/bin", "HOME": str(home), "PYTHONPATH": "."}
    done = subprocess.run(
        [sys.executable, "-c", code], cwd=ROOT, env=environment, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr[-2000:]
