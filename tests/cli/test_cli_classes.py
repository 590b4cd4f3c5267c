"""Classes on the command line: three files in, a class and its probabilities out."""

import json

import numpy as np
import pytest

from tests.cli.test_cli import answer, run


@pytest.fixture(scope="module")
def files(tmp_path_factory):
    """Three tables of sequences whose class is whether they hold TATAAA, the third with a duplicate from the first."""
    folder, rng = tmp_path_factory.mktemp("gue"), np.random.default_rng(1)
    for name, count in (("train", 70), ("dev", 21), ("test", 24)):
        rows = ["sequence,label"]
        for number in range(count):
            letters = "".join(rng.choice(list("ACGT"), size=40))
            rows.append(f"{letters[:10] + 'TATAAA' + letters[16:] if number % 3 == 0 else letters},{number % 3 == 0:d}")
        if name == "test":
            rows[1] = (folder / "train.csv").read_text().splitlines()[1]
        (folder / f"{name}.csv").write_text("\n".join(rows) + "\n")
    (folder / "new.fa").write_text(">one\nACGTTATAAAACGTACGTACGT\n>two\nACGTACGTACGTACGT\n")
    return folder


@pytest.fixture(scope="module")
def workspace(tmp_path_factory):
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("MOTIFLENS_HOME", str(tmp_path_factory.mktemp("home")))
        patch.delenv("MOTIFLENS_DATABASE_URL", raising=False)
        yield


@pytest.fixture(scope="module")
def imported(files, workspace):
    three = [str(files / f"{name}.csv") for name in ("train", "dev", "test")]
    return answer("import", "--name", "promoters", "--parts", *three, "--target", "class=label")


@pytest.fixture(scope="module")
def trained(imported):
    return answer("train", "--dataset", imported["dataset"], "--model", "kmer-logistic", "--set", "k=4", "--wait")


def test_three_files_become_a_dataset_of_two_classes(imported):
    assert imported["parts"] == {"train": 70, "validation": 21, "test": 24}
    assert (imported["positive"], imported["target"], imported["unit"]) == ("1", "1", "log-odds")
    assert imported["classes"]["1"] == {"train": 24, "validation": 7, "test": 8}
    assert imported["duplicates"]["test"] == {"copies": 1, "conflicting": 0}
    assert imported["leakage"]["test"]["train"] == {"close_neighbours": 1, "duplicates": 1, "conflicting": 0}
    assert "1 of 24 test sequences has a close neighbour in training (1 duplicate)" in imported["leakage"]["sentence"]


def test_the_positive_class_can_be_chosen(files, workspace):
    three = [str(files / f"{name}.csv") for name in ("train", "dev", "test")]
    wanted = ["--target", "class=label", "--positive", "0"]
    assert answer("import", "--name", "other", "--parts", *three, *wanted)["positive"] == "0"


def test_one_table_may_bring_everything(files, workspace):
    table = str(files / "train.csv")
    found = answer("import", "--name", "one", "--expression", table, "--target", "class=label")
    assert found["rows"] == 70


@pytest.mark.parametrize(
    ("arguments", "sentence"),
    [
        ((), "import needs files"),
        (("--parts", "train", "dev", "test", "--split", "random"), "leave --expression, --sequences and --split out"),
        (("--parts", "train", "dev", "test", "--positive", "1"), "--positive names one of two classes"),
        (("--parts", "train", "dev", "test", "--target", "class"), "class=NAME"),
    ],
)
def test_options_that_do_not_go_together_are_said(files, workspace, arguments, sentence):
    given = [str(files / f"{text}.csv") if text in ("train", "dev", "test") else text for text in arguments]
    done = run("import", "--name", "x", *given)
    assert done.returncode == 2
    assert sentence in done.stderr


def test_training_says_the_metrics_of_classes(trained):
    metrics = trained["metrics"]
    assert {"mcc", "auroc", "f1", "log_loss", "n"} <= set(metrics["test"])
    assert metrics["test"]["n"] == 24 and metrics["test_without_copies"]["n"] == 23
    assert metrics["baselines"]["mean"]["label"] == "Class frequencies"
    assert "calibration" not in metrics
    listed = next(row for row in answer("runs") if row["id"] == trained["run"])
    assert listed["task"] == "classification"
    assert listed["test"] == {"mcc": pytest.approx(metrics["test"]["mcc"])}


def test_predictions_are_classes_with_the_probability_of_each(files, trained):
    asked = ["predict", "--run", trained["run"], "--sequences", str(files / "new.fa")]
    found = answer(*asked)
    assert found["classes"] == ["0", "1"]
    for row in found["predictions"]:
        assert row["probability:0"] + row["probability:1"] == pytest.approx(1)
        assert row["class"] == ("1" if row["probability:1"] >= 0.5 else "0")
    table = run(*asked).stdout.splitlines()
    assert table[0] == "id\tclass\tprobability:0\tprobability:1\tremarks"
    assert [line.split("\t")[0] for line in table[1:]] == ["one", "two"]
    assert found["unlike"]["of"] == 2 and [row["remarks"] for row in found["predictions"]] == [
        line.split("\t")[-1] for line in table[1:]
    ]
    assert {row["class"] for row in answer(*asked, "--threshold", "0")["predictions"]} == {"1"}
    done = run(*asked, "--threshold", "1.5")
    assert (done.returncode, "from 0 to 1" in done.stderr) == (2, True)
    assert json.dumps(found)


def test_the_command_that_repeats_the_import_names_the_three_files(files, imported, trained, monkeypatch):
    import shlex

    from lib.report import commands, context

    line = shlex.split(commands.importing(context.gather(trained["run"])))
    assert line[0] == "motiflens"
    assert line[line.index("--parts") + 1 :][:3] == ["train.csv", "dev.csv", "test.csv"]
    assert "--expression" not in line and "--split" not in line
    monkeypatch.chdir(files)
    assert answer(*line[1:])["dataset"] == imported["dataset"]
