"""Structures from the command line: what ViennaRNA says, kept in the workspace, written as a table."""

import json

import numpy as np
import pytest

from lib.cli import main
from tests.jobs.workshop import kill_all

FASTA = ">hairpin\nGGGGUUUUCCCC\n>=1+1\nAAAAAA\n"


@pytest.fixture
def workspace(home):
    yield home
    kill_all(home)


def test_fold_writes_structures_and_energies(home, tmp_path, capsys):
    source, out = tmp_path / "x.fasta", tmp_path / "folds.tsv"
    source.write_text(FASTA)
    assert main(["fold", "--sequences", str(source), "--out", str(out), "--json"]) == 0
    assert json.loads(capsys.readouterr().out)["n"] == 2
    assert out.read_text().splitlines() == [
        "id\tsequence\tstructure\tmfe_kcal_per_mol",
        "hairpin\tGGGGTTTTCCCC\t((((....))))\t-5.9",
        "=1+1\tAAAAAA\t......\t0.0",
    ]
    assert main(["fold", "--sequences", str(source)]) == 0
    assert capsys.readouterr().out == out.read_text()


def test_pretrain_reads_a_file_and_says_what_came_of_it(workspace, tmp_path, capsys):
    rng = np.random.default_rng(0)
    sequences = ["".join(rng.choice(list("ACGT"), 30)) for _ in range(60)]
    source = tmp_path / "utrs.fasta"
    source.write_text("".join(f">s{number}\n{sequence}\n" for number, sequence in enumerate(sequences)))
    sizes = ["layers=1", "width=16", "heads=2", "epochs=1"]
    assert main(["pretrain", "--sequences", str(source), "--set", *sizes, "--wait", "--json"]) == 0
    made = json.loads(capsys.readouterr().out)
    assert (made["status"], made["summary"]["file"], made["summary"]["distinct"]) == ("finished", "utrs.fasta", 60)
    assert main(["pretrain", "--sequences", str(source), "--set", "depth=3"]) == 2
    assert "has no setting 'depth'" in capsys.readouterr().err
