"""Close neighbours across parts on the command line: at import, and beside every result."""

import numpy as np
import pytest

from tests.cli.test_cli import answer, run
from tests.datasets.test_neighbours import drawn, mutated

SAID = "5 of 9 test sequences have a close neighbour in training (2 duplicates); try the homology split."
HELD = "3 have one in validation (1 duplicate)."


@pytest.fixture(scope="module")
def table(tmp_path_factory):
    """70 sequences of 60 nt: of 9 test ones 2 are in training and 3 nearly so, 1 is in validation and 2 nearly so."""
    rng = np.random.default_rng(8)
    train, held = ([drawn(rng, 60) for _ in range(count)] for count in (50, 11))
    test = [*train[:2], *(mutated(text, 2, rng) for text in train[2:5])]
    test += [held[0], *(mutated(text, 2, rng) for text in held[1:3]), drawn(rng, 60)]
    rows = [(text, part) for part, texts in (("train", train), ("dev", held), ("test", test)) for text in texts]
    lines = [f"s{row},{text},{text.count('T') + row % 3},{part}" for row, (text, part) in enumerate(rows)]
    path = tmp_path_factory.mktemp("files") / "table.csv"
    path.write_text("\n".join(["id,sequence,score,part", *lines]) + "\n")
    return path


@pytest.fixture(scope="module")
def imported(table, tmp_path_factory):
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("MOTIFLENS_HOME", str(tmp_path_factory.mktemp("home")))
        patch.delenv("MOTIFLENS_DATABASE_URL", raising=False)
        yield answer(*bring(table), "--split", "column=part")


def bring(table):
    return "import", "--name", "close", "--expression", str(table), "--target", "column=score"


def test_an_import_gives_the_counts_of_every_pair_of_parts(imported):
    found = imported["leakage"]
    assert imported["parts"] == {"train": 50, "validation": 11, "test": 9}
    assert found["test"] == {
        "sequences": 9,
        "compared": 9,
        "train": {"close_neighbours": 5, "duplicates": 2},
        "validation": {"close_neighbours": 3, "duplicates": 1},
    }
    assert found["validation"] == {
        "sequences": 11,
        "compared": 11,
        "train": {"close_neighbours": 0, "duplicates": 0},
    }
    assert found["sentence"] == f"{SAID} {HELD}"
    assert "at least 30% of the 10-mers" in found["definition"]


def test_an_import_says_so_on_stderr_and_not_where_it_is_split_by_similarity(imported, table):
    assert f"{SAID} {HELD}\n" in run(*bring(table), "--split", "column=part").stderr
    done = run(*bring(table), "--split", "homology")
    assert "No test or validation sequence has a close neighbour in another part.\n" in done.stderr


def test_every_result_says_so(imported):
    trained = answer("train", "--dataset", imported["dataset"], "--model", "gc-length", "--wait")
    assert trained["leakage"]["sentence"] == f"{SAID} {HELD}"
    assert trained["leakage"]["test"]["train"]["close_neighbours"] == 5
    listed = next(row for row in answer("runs") if row["id"] == trained["run"])
    assert listed["leakage"] == f"{SAID} {HELD}"
    judged = answer("evaluate", "--run", trained["run"])
    assert judged["leakage"] == trained["leakage"] and judged["same"] is True
