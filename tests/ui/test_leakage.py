"""Close neighbours between the parts, told on Datasets, Results, Compare runs and in the report."""

import json
import shutil

import numpy as np
import pytest

from lib.datasets import pipeline
from lib.datasets.draft import ImportChoices
from lib.datasets.splits import SplitChoice
from lib.datasets.targets import TargetChoice
from lib.io.files import Source
from lib.report import report
from lib.store import datasets
from lib.ui.widgets.state import COMPARE_RUNS, DATASETS, RESULTS
from tests.datasets.test_neighbours import drawn, mutated
from tests.finished import healthy, open_page, trained, using, words

SAID = "12 of 16 test sequences have a close neighbour in training; try the homology split. 4 have one in validation."
HELD = "1 of 14 validation sequences has a close neighbour in training (1 duplicate); try the homology split."


def draft(parts: str, name: str):
    """70 sequences of 60 nt: 12 of 16 test ones are mutants of training, 4 of validation, which has one of training."""
    rng = np.random.default_rng(9)
    train = [drawn(rng, 60) for _ in range(40)]
    held = [train[30], *(drawn(rng, 60) for _ in range(13))]
    test = [mutated(text, 2, rng) for text in (*train[:12], *held[1:5])]
    rows = [(text, part) for part, texts in (("train", train), ("dev", held), ("test", test)) for text in texts]
    lines = [f"s{row},{text},{text.count('T') * 0.37 + row % 3:.2f},{part}" for row, (text, part) in enumerate(rows)]
    source = Source("table.csv", "\n".join(["id,sequence,score,part", *lines]).encode())
    split = SplitChoice("column", "part") if parts == "column" else SplitChoice(parts)
    target = TargetChoice("column", None, None, column="score")
    choices = ImportChoices(name, target=target, split=split)
    return pipeline.build(pipeline.understand(source, source), choices)


@pytest.fixture(scope="module")
def made(tmp_path_factory):
    """A dataset with close neighbours and two runs on it, and one run on a dataset split by similarity."""
    home = tmp_path_factory.mktemp("leakage") / "home"
    with using(home):
        leaky, apart = (datasets.freeze(draft(kind, kind)) for kind in ("column", "homology"))
        runs = [trained(leaky, "gc-length", {}), trained(leaky, "mean", {}), trained(apart, "gc-length", {})]
    return home, leaky, apart, runs


@pytest.fixture
def home(made, tmp_path, monkeypatch):
    shutil.copytree(made[0], tmp_path / "home")
    monkeypatch.setenv("MOTIFLENS_HOME", str(tmp_path / "home"))
    return tmp_path / "home"


def warnings(app) -> str:
    return " ".join(str(item.value) for item in app.warning)


def test_datasets_warns_with_counts_and_remedy(made, home):
    _, leaky, apart, _ = made
    app = open_page(DATASETS, dataset=leaky)
    healthy(app)
    pairs = "1 of 14 validation sequences has a close neighbour in training (1 duplicate)."
    assert f"{SAID} {pairs}" in warnings(app)
    assert "30% of the 10-mers" in words(app), "what a close neighbour is"
    tile = next(item for item in app.metric if item.label == "Close neighbours in training")
    assert tile.value == "75% of test"
    app = open_page(DATASETS, dataset=apart)
    healthy(app)
    assert not app.warning and "No test or validation sequence has a close neighbour in another part." in words(app)
    assert next(item for item in app.metric if item.label == "Close neighbours in training").value == "0% of test"


def test_results_say_so_beside_the_score(made, home):
    _, _, _, (run, _, apart) = made
    app = open_page(RESULTS, run=run)
    healthy(app)
    assert warnings(app) == SAID
    app = open_page(RESULTS, run=run, part="Validation")
    healthy(app)
    assert warnings(app) == HELD
    app = open_page(RESULTS, run=apart)
    healthy(app)
    assert not app.warning


def test_a_dataset_that_is_older_than_the_count_is_counted_when_it_is_looked_at(made, home):
    from lib.store.db import DatasetRecord, session

    _, leaky, _, (run, *_) = made
    file = home / "datasets" / leaky / "dataset.json"
    known = json.loads(file.read_text())
    counted = known["facts"].pop("leakage")
    file.write_text(json.dumps(known))
    with session() as database:
        record = database.get_one(DatasetRecord, leaky)
        record.facts = {key: value for key, value in record.facts.items() if key != "leakage"}
    for page in (RESULTS, DATASETS):
        app = open_page(page, run=run, dataset=leaky)
        healthy(app)
        assert SAID in warnings(app)
    assert json.loads((file.parent / "leakage.json").read_text()) == counted


def test_compared_runs_say_so_once(made, home):
    _, _, _, (first, second, _) = made
    app = open_page(COMPARE_RUNS, runs=f"{first},{second}")
    healthy(app)
    assert warnings(app) == SAID


def test_the_report_says_so_below_the_score(made, home):
    _, _, _, (run, _, apart) = made
    text, _ = report.render_report(run)
    head, _, rest = text.partition("<h2")
    assert SAID in head and "30% of the 10-mers" in head
    assert f"{SAID} 1 of 14 validation" in rest, "every pair of parts beside the split"
    methods = "Of 16 test sequences, 12 had a close neighbour in the training part (a sequence with at least 30% of the"
    assert methods in rest and "Of 16 test sequences, 4 had a close neighbour in the validation part." in rest
    other = report.render_report(apart)[0]
    assert "close neighbour in training; try" not in other and "had a close neighbour" not in other
