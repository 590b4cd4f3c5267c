"""The command line does what the pages do, prints one JSON value, and fails in one sentence."""

import contextlib
import io
import json
import os
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

from lib.cli import main

ROOT = Path(__file__).resolve().parents[2]
ROWS, HOURS = 83, (0, 2, 5, 8)


@pytest.fixture(scope="module")
def files(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """An expression table and a FASTA whose target follows the share of T, with some noise."""
    folder = tmp_path_factory.mktemp("files")
    rng = np.random.default_rng(5)
    table, fasta = ["id\t" + "\t".join(f"{hour}h" for hour in HOURS)], []
    for row in range(ROWS):
        letters = rng.choice(list("ACGT"), size=40, p=[0.25, 0.25, 0.25, 0.25])
        slope = (letters == "T").mean() - 0.5 + rng.normal(0, 0.02)
        table.append(f"s{row}\t" + "\t".join(f"{5 + slope * hour:.4f}" for hour in HOURS))
        fasta.append(f">s{row}\n{''.join(letters)}")
    (folder / "expression.tsv").write_text("\n".join(table) + "\n")
    (folder / "sequences.fasta").write_text("\n".join(fasta) + "\n")
    (folder / "new.fasta").write_text(">one\nACGTTTTTGT\n>two\nacguacguacguacg\n")
    return folder


@pytest.fixture(scope="module")
def workspace(files: Path, tmp_path_factory: pytest.TempPathFactory):
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("MOTIFLENS_HOME", str(tmp_path_factory.mktemp("home")))
        patch.delenv("MOTIFLENS_DATABASE_URL", raising=False)
        yield files


def alone(*arguments: str) -> subprocess.CompletedProcess[str]:
    """Run the command line as a user does, in a process of its own."""
    command = [sys.executable, "-m", "lib", *arguments]
    return subprocess.run(command, cwd=ROOT, capture_output=True, text=True, env=os.environ.copy(), check=False)


def run(*arguments: str) -> subprocess.CompletedProcess[str]:
    """Run the command line in this process, which spares its imports."""
    out, error = io.StringIO(), io.StringIO()
    with contextlib.redirect_stdout(out), contextlib.redirect_stderr(error):
        try:
            code = main(arguments)
        except SystemExit as left:
            code = int(str(left.code))
    return subprocess.CompletedProcess(arguments, code, out.getvalue(), error.getvalue())


def answer(*arguments: str):
    done = run(*arguments, "--json")
    assert done.returncode == 0, done.stderr
    assert done.stdout.count("\n") == 1, "one JSON value on one line and nothing else"
    return json.loads(done.stdout)


@pytest.fixture(scope="module")
def dataset(workspace: Path) -> str:
    paths = ["--sequences", str(workspace / "sequences.fasta"), "--expression", str(workspace / "expression.tsv")]
    imported = answer("import", "--name", "tiny", *paths, "--from", "2h", "--to", "8h", "--seed", "4")
    assert imported["rows"] == ROWS and imported["rejected"] == 0 and imported["target"] == "log2 8h - 2h"
    assert sum(imported["parts"].values()) == ROWS
    return imported["dataset"]


@pytest.fixture(scope="module")
def trained(dataset: str) -> dict:
    return answer("train", "--dataset", dataset, "--model", "gc-length", "--wait")


def test_training_reports_the_metrics_of_the_test_part(trained):
    assert trained["status"] == "finished"
    assert set(trained["metrics"]["test"]) >= {"n", "mse", "mae", "rmse", "r2", "pearson", "spearman"}
    assert set(trained["metrics"]["baselines"]) == {"mean", "gc-length", "kmer-ridge"}


def test_lists_name_everything(trained, dataset):
    assert json.loads(alone("models", "--json").stdout) == answer("models")
    assert {"mean", "gc-length", "kmer-ridge", "cnn"} <= {row["name"] for row in answer("models")}
    assert {"k-mer", "nucleotide"} <= {row["name"] for row in answer("tokenizers")}
    assert {"integrated-gradients", "in-silico-mutagenesis"} <= {row["name"] for row in answer("methods")}
    assert [(row["id"], row["name"], row["rows"], row["rejected"]) for row in answer("datasets")] == [
        (dataset, "tiny", ROWS, 0)
    ]
    assert [(row["id"], row["status"]) for row in answer("runs")] == [(trained["run"], "finished")]


def test_the_same_import_gives_the_same_dataset(dataset, workspace):
    paths = ["--sequences", str(workspace / "sequences.fasta"), "--expression", str(workspace / "expression.tsv")]
    assert answer("import", "--name", "again", *paths, "--seed", "4")["dataset"] == dataset


def test_predict_writes_id_and_prediction(trained, workspace, tmp_path):
    out = tmp_path / "predictions.tsv"
    done = run("predict", "--run", trained["run"], "--sequences", str(workspace / "new.fasta"), "--out", str(out))
    assert done.returncode == 0, done.stderr
    lines = out.read_text().splitlines()
    assert lines[0] == "id\tprediction\tremarks" and [line.split("\t")[0] for line in lines[1:]] == ["one", "two"]
    printed = run("predict", "--run", trained["run"], "--sequences", str(workspace / "new.fasta"))
    assert printed.stdout == out.read_text()


def test_predict_warns_of_sequences_unlike_the_training_part(trained, dataset, workspace, tmp_path):
    """All of the dataset have 40 nt; the copy of one of its training sequences is known, and no warning."""
    from lib.store import datasets

    row = datasets.load(dataset).rows("train")[0]
    known = datasets.load(dataset).sequences[row]
    file = tmp_path / "mixed.fasta"
    file.write_text(f">known\n{known}\n>short\nACGTTTTTGT\n>rich\n{'GC' * 20}\n")
    done = run("predict", "--run", trained["run"], "--sequences", str(file))
    lines = done.stdout.splitlines()
    assert [line.split("\t")[0] for line in lines[1:]] == ["known", "short", "rich"]
    known_said, short_said, rich_said = (line.split("\t")[2] for line in lines[1:])
    assert known_said == "in the train part of the dataset" and short_said == "trained on 40 nt only"
    assert rich_said.startswith("its G + C of 100% lies ")
    said = done.stderr.splitlines()
    assert said[-3] == "2 of 3 sequences are unlike the training part, so believe their predictions less:"
    assert said[-2].startswith("  short: it has 10 nt, and the model was trained on 40 nt only")
    assert said[-1] == f"  rich: {rich_said}."
    found = answer("predict", "--run", trained["run"], "--sequences", str(file))
    assert (found["unlike"]["n"], found["unlike"]["of"]) == (2, 3)
    assert [example["id"] for example in found["unlike"]["examples"]] == ["short", "rich"]
    assert [row["remarks"] for row in found["predictions"]] == [known_said, short_said, rich_said]


def test_attribute_writes_one_row_per_nucleotide(trained, workspace):
    method = ["--method", "in-silico-mutagenesis", "--sequences", str(workspace / "new.fasta")]
    done = run("attribute", "--run", trained["run"], *method)
    assert done.returncode == 0, done.stderr
    rows = [line.split("\t") for line in done.stdout.splitlines()]
    assert rows[0] == ["id", "position", "base", "attribution", "badge"]
    assert [(row[0], row[1], row[2]) for row in rows[1:4]] == [("one", "0", "A"), ("one", "1", "C"), ("one", "2", "G")]
    assert len(rows) == 1 + 10 + 15 and "U" not in {row[2] for row in rows}
    assert all(np.isfinite(float(row[3])) for row in rows[1:])


def test_segment_writes_tokens_with_half_open_positions(workspace):
    done = run(
        "segment", "--tokenizer", "k-mer", "--set", "k=8", "stride=2", "--sequences", str(workspace / "new.fasta")
    )
    rows = [tuple(line.split("\t")) for line in done.stdout.splitlines()]
    assert rows[:3] == [("id", "start", "end", "token"), ("one", "0", "8", "ACGTTTTT"), ("one", "2", "10", "GTTTTTGT")]


def test_segment_learns_from_what_it_is_given_and_names_what_it_cannot_cut(workspace, tmp_path):
    (tmp_path / "mixed.fasta").write_text(">long\nACGTTTTTGT\n>short\nACG\n")
    done = run("segment", "--tokenizer", "k-mer", "--set", "k=10", "--sequences", str(tmp_path / "mixed.fasta"))
    assert done.stdout.splitlines() == ["id\tstart\tend\ttoken", "long\t0\t10\tACGTTTTTGT"]
    assert "no token in 1 of 2 sequences: short" in done.stderr


def test_a_reader_that_has_enough_is_no_fault(tmp_path):
    (tmp_path / "long.fasta").write_text(">long\n" + "ACGT" * 20_000 + "\n")
    command = f"{sys.executable} -m lib segment --tokenizer nucleotide --sequences {tmp_path / 'long.fasta'} | head -2"
    done = subprocess.run(["bash", "-c", command], capture_output=True, text=True, cwd=ROOT, check=True)
    assert done.stdout.splitlines() == ["id\tstart\tend\ttoken", "long\t0\t1\tA"] and done.stderr == ""


@pytest.mark.parametrize(
    ("arguments", "sentence"),
    [
        (["segment", "--tokenizer", "k-mer"], "needs sequences; name a dataset by --dataset"),
        (["train", "--dataset", "none", "--model", "cnn"], "no dataset"),
        (["train", "--dataset", "../../etc/passwd", "--model", "cnn"], "passwd"),
        (["predict", "--run", "none", "--sequences", "nowhere.fa"], "no file nowhere.fa"),
        (["segment", "--tokenizer", "scissors", "--sequences", "x"], "no tokenizer called 'scissors'"),
        (["segment", "--tokenizer", "k-mer", "--set", "k=99", "--sequences", "x"], "at most 12 nt"),
        (["import", "--name", "n", "--sequences", "x", "--expression", "y", "--target", "half"], "no file"),
    ],
)
def test_a_fault_of_the_user_is_one_sentence_and_exit_2(workspace, capsys, arguments, sentence):
    assert main(arguments) == 2
    shown = capsys.readouterr()
    assert sentence in shown.err and shown.out == "" and "Traceback" not in shown.err


def test_an_unknown_target_lists_the_known_ones(workspace, capsys):
    paths = ["--sequences", str(workspace / "sequences.fasta"), "--expression", str(workspace / "expression.tsv")]
    assert main(["import", "--name", "n", *paths, "--target", "half"]) == 2
    assert (
        "--target is 'half'; choose one of difference, decay, slope, all, column=NAME, class=NAME or counts=NAME."
        in capsys.readouterr().err
    )


def test_a_run_that_has_not_finished_cannot_predict(dataset, workspace, capsys):
    from lib.core.spec import Choice, RunSpec
    from lib.store import datasets, runs

    split = datasets.load(dataset).split_id
    waiting = runs.create(spec=RunSpec(dataset, split, "regression", Choice("mean")), name="waits")
    assert main(["predict", "--run", waiting.id, "--sequences", str(workspace / "new.fasta")]) == 2
    assert "is queued; only a finished run can predict" in capsys.readouterr().err
    runs.delete(waiting.id)


def test_a_bug_shows_its_traceback_and_exits_with_1(workspace, capsys, monkeypatch):
    def broken() -> None:
        raise ZeroDivisionError

    monkeypatch.setattr("lib.cli.data.datasets.all", broken)
    assert main(["datasets"]) == 1
    assert "ZeroDivisionError" in capsys.readouterr().err


def test_doctor_says_what_works(workspace):
    found = {row["name"]: row for row in answer("doctor")}
    assert set(found) == {"python", "gpu", "torch", "disk", "database", "runner", "browser"}
    assert found["disk"]["ok"] and found["database"]["ok"] and found["runner"]["ok"]
    assert os.environ["MOTIFLENS_HOME"] in found["disk"]["says"]


def test_doctor_says_what_does_not(monkeypatch, tmp_path, capsys):
    (tmp_path / "file").write_text("in the way")
    monkeypatch.setenv("MOTIFLENS_HOME", str(tmp_path / "file" / "home"))
    assert main(["doctor", "--json"]) == 0
    found = {row["name"]: row for row in json.loads(capsys.readouterr().out)}
    assert found["disk"]["ok"] is False and "MOTIFLENS_HOME" in found["disk"]["says"]


def test_train_takes_a_tokenizer_with_its_settings(dataset):
    model = ["--model", "bert", "--set", "size=tiny", "epochs=1", "--tokenizer", "bpe", "--tokenizer-set", "size=40"]
    trained = answer("train", "--dataset", dataset, *model, "--wait")
    assert trained["status"] == "finished", trained
    folder = Path(os.environ["MOTIFLENS_HOME"]) / "runs" / trained["run"]
    assert json.loads((folder / "spec.json").read_text())["tokenizer"]["settings"]["size"] == 40
    assert json.loads((folder / "tokenizer" / "fitted.json").read_text())["name"] == "bpe"


@pytest.mark.parametrize(
    ("arguments", "sentence"),
    [
        (["--model", "bert"], "reads tokens; choose a tokenizer"),
        (["--model", "cnn", "--tokenizer", "bpe"], "takes no tokenizer"),
        (["--model", "bert", "--tokenizer-set", "size=40"], "name it by --tokenizer"),
        (["--model", "bert", "--tokenizer", "motif"], "needs an RBP table"),
        (["--model", "bert", "--set", "preset=MORPH_D"], "MORPH needs an RBP table"),
    ],
)
def test_a_tokenizer_that_does_not_suit_is_a_sentence(dataset, arguments, sentence, capsys):
    assert main(["train", "--dataset", dataset, *arguments]) == 2
    assert sentence in capsys.readouterr().err


def test_a_part_is_attributed_into_one_file(trained, workspace, tmp_path, capsys):
    out = tmp_path / "set.npz"
    method = ["--run", trained["run"], "--method", "in-silico-mutagenesis"]
    part = ["--part", "test", "--most", "3"]
    assert main(["attribute", *method, *part, "--out", str(out), "--json"]) == 0
    done = json.loads(capsys.readouterr().out)
    assert done["sequences"] == 3 and done["method"] == "In-silico mutagenesis"
    with np.load(out, allow_pickle=False) as file:
        assert file["one_hot"].shape == (3, 4, 40) and file["hypothetical"].shape == (3, 4, 40)
        assert file["attributions"].shape == (3, 40) and file["ids"].shape == file["lengths"].shape == (3,)
    for command, sentence in (
        (["attribute", *method, *part, "--out", "set.tsv"], "name the file by --out set.npz"),
        (["attribute", *method], "by --sequences, or a part"),
        (["discover", *method, *part], "There are 3 sequences; motifs are looked for in at least 20"),
    ):
        assert main(command) == 2
        assert sentence in capsys.readouterr().err
