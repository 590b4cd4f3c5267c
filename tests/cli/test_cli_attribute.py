"""The files of ``attribute`` hold the standard errors of a method that draws random references, whatever their kind."""

import numpy as np
import pandas as pd
import pytest

from lib.cli import main
from tests import finished

SEQUENCES = {"a": "ACGTTGCACTTACGTACGATCGATTTAGCATCGATCG", "b": "TTAGCACTTACGTACGATCGATTTAGCATCGATCGACGTA"}
METHOD = ["--method", "deep-lift", "--set", "reference=dinucleotide-shuffles", "shuffles=5"]


@pytest.fixture(scope="module")
def made(tmp_path_factory):
    return finished.make(tmp_path_factory.mktemp("attribute") / "home", model="cnn", settings={"epochs": 1})


@pytest.fixture(autouse=True)
def workspace(made):
    with finished.using(made.home):
        yield


def test_every_kind_of_file_holds_the_standard_errors(made, tmp_path):
    fasta = tmp_path / "few.fasta"
    fasta.write_text("".join(f">{name}\n{letters}\n" for name, letters in SEQUENCES.items()))
    outs = {ending: str(tmp_path / f"out.{ending}") for ending in ("tsv", "csv", "xlsx", "npz")}
    for out in outs.values():
        assert main(["attribute", "--run", made.run, "--sequences", str(fasta), *METHOD, "--out", out]) == 0
    with np.load(outs["npz"], allow_pickle=False) as file:
        assert file["ids"].tolist() == list(SEQUENCES) and len(file["badges"]) == 2
        scores, errors = file["scores"], file["standard_errors"]
    assert errors.shape == scores.shape == (sum(map(len, SEQUENCES.values())),) and (errors > 0).any()
    for table in (pd.read_csv(outs["tsv"], sep="\t"), pd.read_csv(outs["csv"]), pd.read_excel(outs["xlsx"])):
        np.testing.assert_allclose(table["standard_error"], errors, rtol=1e-6)
        np.testing.assert_allclose(table["attribution"], scores, rtol=1e-6)


def test_a_part_holds_them_too(made, tmp_path):
    out = str(tmp_path / "set.npz")
    assert main(["attribute", "--run", made.run, "--part", "test", "--most", "3", *METHOD, "--out", out]) == 0
    with np.load(out, allow_pickle=False) as file:
        assert file["standard_errors"].shape == file["attributions"].shape == (3, 110)
        assert (file["standard_errors"] > 0).any()
