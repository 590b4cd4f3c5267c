"""RBP tables of many proteins and files of PWMs on the command line: import, segment, train and rbp."""

import itertools
import json
from pathlib import Path

import numpy as np
import pytest

from lib.store import datasets, rbp_tables, runs
from tests.cli.test_cli import answer, run

KMERS = ["".join(letters) for letters in itertools.product("ACGU", repeat=3)]
JASPAR = ">MX1.1 one\nA [ 8 0 2 ]\nC [ 1 0 3 ]\nG [ 1 10 3 ]\nT [ 0 0 2 ]\n"


@pytest.fixture(scope="module")
def files(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("rbp")
    rng = np.random.default_rng(11)
    letters = ["".join(rng.choice(list("ACGT"), 37)) for _ in range(61)]
    (folder / "s.fa").write_text("".join(f">s{i}\n{text}\n" for i, text in enumerate(letters)))
    rows = [f"s{i}\t{text.count('T') / 7:.3f}\t{text.count('A') / 9:.3f}" for i, text in enumerate(letters)]
    (folder / "e.tsv").write_text("\n".join(["id\t2h\t8h", *rows]) + "\n")
    scores = rng.random((64, 5)).round(4)
    wide = [f"{kmer}\t" + "\t".join(map(str, row)) for kmer, row in zip(KMERS, scores, strict=True)]
    (folder / "many.tsv").write_text("\n".join(["kmer\tA1CF\tPUM1\tELAVL1\tHNRNPC\tFUS", *wide]) + "\n")
    (folder / "one.jaspar").write_text(JASPAR)
    np.savetxt(folder / "scores.txt", scores)
    return folder


@pytest.fixture(scope="module", autouse=True)
def workspace(tmp_path_factory: pytest.TempPathFactory):
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("MOTIFLENS_HOME", str(tmp_path_factory.mktemp("home")))
        patch.delenv("MOTIFLENS_DATABASE_URL", raising=False)
        yield


def bring(files: Path, table: str, *more: str) -> list[str]:
    named = ["--expression", str(files / "e.tsv"), "--sequences", str(files / "s.fa"), "--rbp", str(files / table)]
    return ["import", "--name", table, *named, *more]


def test_import_asks_for_the_protein_and_keeps_its_name(files: Path) -> None:
    asked = run(*bring(files, "many.tsv"))
    assert asked.returncode == 2
    for option in (
        "--rbp-column all (all 5 proteins; Mean_RBP is their mean)",
        "--rbp-column PUM1",
        "--rbp-column FUS",
    ):
        assert option in asked.stderr
    dataset = datasets.load(answer(*bring(files, "many.tsv", "--rbp-column", "PUM1"))["dataset"])
    scores = np.loadtxt(files / "scores.txt")
    np.testing.assert_allclose(dataset.rbp["mean_rbp"], scores[:, 1])
    assert dataset.facts["rbp"]["protein"] == "PUM1" and dataset.rbp_collection is None
    told = run(*bring(files, "many.tsv", "--rbp-column", "PUM1"))
    assert "many.tsv: Protein: PUM1. As chosen." in told.stderr
    assert run(*bring(files, "many.tsv", "--rbp-column", "PUM9")).returncode == 2


def test_import_keeps_all_proteins(files: Path) -> None:
    dataset = datasets.load(answer(*bring(files, "many.tsv", "--rbp-column", "all"))["dataset"])
    scores = np.loadtxt(files / "scores.txt")
    np.testing.assert_allclose(dataset.rbp["mean_rbp"], scores.mean(axis=1))
    np.testing.assert_array_equal(dataset.rbp_collection.to_numpy(), scores)
    assert dataset.rbp_collection.columns.tolist() == ["A1CF", "PUM1", "ELAVL1", "HNRNPC", "FUS"]
    assert dataset.facts["rbp"]["proteins"] == 5


def test_import_takes_pwms_of_every_format(files: Path) -> None:
    dataset = datasets.load(answer(*bring(files, "one.jaspar"))["dataset"])
    np.testing.assert_allclose(dataset.pwms["MX1.1 one"][:, 0], [0.8, 0.1, 0.1, 0.0])
    assert dataset.rbp is None
    wrong = run(*bring(files, "s.fa"))
    assert wrong.returncode == 2 and "s.fa" in wrong.stderr and "holds sequences" in wrong.stderr


def test_segment_and_train_take_the_protein(files: Path) -> None:
    table = ["--rbp", str(files / "many.tsv")]
    cut = ["segment", "--tokenizer", "motif", "--sequences", str(files / "s.fa"), *table]
    assert run(*cut).returncode == 2
    done = run(*cut, "--rbp-column", "FUS")
    assert done.returncode == 0 and "many.tsv: Protein: FUS" in done.stderr
    pwms = run(*cut[:-1], str(files / "one.jaspar"))
    assert pwms.returncode == 2 and "needs an RBP table with a motif and a number" in pwms.stderr
    dataset = answer("import", "--name", "d", *bring(files, "x")[3:7])["dataset"]
    train = ["train", "--dataset", dataset, "--model", "kmer-ridge", *table]
    assert run(*train).returncode == 2 and runs.all() == []
    assert answer(*train, "--rbp-column", "HNRNPC", "--wait")["status"] == "finished"
    (row,) = rbp_tables.all()
    assert (row.protein, row.title) == ("HNRNPC", "many.tsv: HNRNPC")
    frame = rbp_tables.load(row.id).frame
    np.testing.assert_allclose(frame["mean_rbp"], np.loadtxt(files / "scores.txt")[:, 3])


def test_rbp_describes_every_protein(files: Path) -> None:
    found = answer("rbp", str(files / "many.tsv"))
    assert [one["chosen"] for one in found["decisions"] if one["option"] == "rbp_column"] == [None]
    scores = np.loadtxt(files / "scores.txt")
    assert [row["protein"] for row in found["rows"]] == ["A1CF", "PUM1", "ELAVL1", "HNRNPC", "FUS"]
    for row, column in zip(found["rows"], scores.T, strict=True):
        top = KMERS[int(column.argmax())].replace("U", "T")
        assert row["top"] == top and row["specificity"] == column.max() / np.median(column)
        mutants = [
            1 - value / column.max()
            for kmer, value in zip(KMERS, column, strict=True)
            if sum(a != b for a, b in zip(kmer.replace("U", "T"), top, strict=True)) == 1
        ]
        assert row["sensitivity"] == pytest.approx(np.mean(mutants), abs=1e-15) and row["mutants"] == 9
    alone = run("rbp", str(files / "many.tsv"), "--rbp-column", "FUS")
    header, line = alone.stdout.splitlines()
    assert header.split("\t")[:2] == ["protein", "top"] and line.startswith("FUS\t")


def test_rbp_describes_pwms(files: Path, tmp_path: Path) -> None:
    out = tmp_path / "motifs.tsv"
    found = answer("rbp", str(files / "one.jaspar"), "--out", str(out))
    assert found["rows"][0]["name"] == "MX1.1 one" and found["rows"][0]["consensus"] == "AGC"
    assert out.read_text().splitlines()[0] == "name\twidth\tconsensus\tbits"
    assert json.loads(json.dumps(found))["decisions"][0]["chosen"] == "JASPAR"


def test_inspect_says_what_an_rbp_file_holds(files: Path, tmp_path: Path) -> None:
    long = tmp_path / "long.tsv"
    long.write_text("RBP\tmotif\tscore\nPUM1\tUGUA\t4\nFUS\tUGUA\t1\nPUM1\tUUUU\t2\nFUS\tCCCC\t3\n")
    found = answer("inspect", str(files / "many.tsv"), str(files / "one.jaspar"), str(long))
    assert [one["holds"] for one in found] == ["motifs"] * 3
    asked = [[one["option"] for one in file["decisions"] if one["question"]] for file in found]
    assert asked == [["--rbp-column"], [], ["--rbp-column"]]
    assert [one["value"] for one in found[0]["decisions"][-1]["alternatives"]][:3] == ["all", "A1CF", "PUM1"]


def test_rows_of_an_rbp_table_are_accounted_for(files: Path, tmp_path: Path) -> None:
    text = (files / "many.tsv").read_text().splitlines()
    text[5] = text[5].replace(text[5].split("\t")[2], "high")
    (tmp_path / "some.tsv").write_text("\n".join([*text, "X1\t1\t1\t1\t1\t1"]) + "\n")
    named = ["--expression", str(files / "e.tsv"), "--sequences", str(files / "s.fa")]
    done = answer("import", "--name", "some", *named, "--rbp", str(tmp_path / "some.tsv"), "--rbp-column", "PUM1")
    account = next(one for one in done["accounts"] if one["file"] == "some.tsv")
    assert (account["rows"], account["used"], account["excluded"]) == (65, 63, 2)
    excluded = [one for one in done["excluded"] if one["file"] == "some.tsv"]
    assert {one["examples"][0] for one in excluded} == {"line 6: ACA", "line 66: X1"}
