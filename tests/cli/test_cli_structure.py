"""Structures from the command line: what ViennaRNA says, kept in the workspace, written as a table."""

import json

from lib.cli import main

FASTA = ">hairpin\nGGGGUUUUCCCC\n>=1+1\nAAAAAA\n"


def test_fold_writes_structures_and_energies(home, tmp_path, capsys):
    source, out = tmp_path / "x.fasta", tmp_path / "folds.tsv"
    source.write_text(FASTA)
    assert main(["fold", "--sequences", str(source), "--out", str(out), "--json"]) == 0
    assert json.loads(capsys.readouterr().out)["n"] == 2
    assert out.read_text().splitlines() == [
        "id\tsequence\tstructure\tmfe_kcal_per_mol",
        "hairpin\tGGGGTTTTCCCC\t((((....))))\t-5.9",
        "'=1+1\tAAAAAA\t......\t0.0",
    ]
    assert main(["fold", "--sequences", str(source)]) == 0
    assert capsys.readouterr().out == out.read_text()
