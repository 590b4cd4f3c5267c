"""The command ``language``: the numbers of the library, in every format, and a sentence where there is no model."""

import csv
import json

import numpy as np
import pytest

from lib.attribution.attention import attention
from lib.attribution.dependency_map import dependency_map
from lib.attribution.masked_reconstruction import reconstruct
from lib.cli import main
from lib.models.language_model import language_model
from lib.store import fitted, language
from tests import finished
from tests.attribution import headed

SEQUENCES = {"one": "ACGTTGCAACGTTAG", "two": "TTGACATGCA"}


@pytest.fixture(scope="module")
def workspace(tmp_path_factory):
    made = headed.make(tmp_path_factory.mktemp("language") / "home")
    with finished.using(made.home):
        yield made


@pytest.fixture
def fasta(tmp_path):
    path = tmp_path / "x.fasta"
    path.write_text("".join(f">{name}\n{sequence}\n" for name, sequence in SEQUENCES.items()))
    return str(path)


def asked(run, fasta, *more):
    return main(["language", "--run", run, "--sequences", fasta, *more])


def table(path):
    with path.open() as file:
        return list(csv.DictReader(file, delimiter="\t"))


def test_reconstruction_as_a_table_and_json(workspace, fasta, tmp_path, capsys):
    out = tmp_path / "r.tsv"
    assert asked(workspace.run, fasta, "--out", str(out), "--json") == 0
    said = json.loads(capsys.readouterr().out)
    assert [one["id"] for one in said["sequences"]] == ["one", "two"] and "pretraining of this run" in said["origin"]
    rows, model = table(out), language_model(fitted.load_fitted(workspace.run))
    expected = reconstruct(model, SEQUENCES["one"])
    assert [row["base"] for row in rows if row["id"] == "one"] == list(SEQUENCES["one"])
    found = np.array([[float(row[base]) for base in "ACGT"] for row in rows[:15]])
    np.testing.assert_allclose(found, expected.probabilities, atol=1e-6)
    assert said["sequences"][0]["perplexity"] == pytest.approx(expected.perplexity)


def test_dependencies_as_npz_table_and_picture(workspace, fasta, tmp_path, capsys):
    expected = dependency_map(language_model(fitted.load_fitted(workspace.run)), SEQUENCES["two"])
    out = tmp_path / "d.npz"
    assert asked(workspace.run, fasta, "--what", "dependency", "--out", str(out), "--json") == 0
    with np.load(out, allow_pickle=False) as file:
        np.testing.assert_allclose(file["map_1"], expected.values, atol=1e-4)
        assert file["changes_0"].shape == (15, 4, 15, 4) and file["ids"].tolist() == ["one", "two"]
    said = json.loads(capsys.readouterr().out)["sequences"][1]["strongest"]
    assert (said["mutated"], said["target"]) == expected.strongest
    assert said["dependency"] == pytest.approx(expected.values[expected.strongest], abs=1e-4)
    tsv, svg = tmp_path / "d.tsv", tmp_path / "d.svg"
    assert asked(workspace.run, fasta, "--what", "dependency", "--only", "two", "--out", str(tsv)) == 0
    rows = table(tsv)
    assert len(rows) == 10 * 9
    for row in rows[::7]:
        value = expected.values[int(row["mutated"]), int(row["target"])]
        assert float(row["dependency"]) == pytest.approx(value, abs=1e-4)
    assert asked(workspace.run, fasta, "--what", "dependency", "--only", "two", "--out", str(svg)) == 0
    assert svg.read_text().startswith("<?xml")


def test_attention_of_a_layer_and_head_says_that_it_is_no_explanation(workspace, fasta, tmp_path, capsys):
    out = tmp_path / "a.tsv"
    which = ["--layer", "2", "--head", "1", "--from", "every"]
    assert asked(workspace.run, fasta, "--what", "attention", *which, "--out", str(out), "--json") == 0
    said = json.loads(capsys.readouterr().out)
    assert "not an explanation" in said["note"] and said["sequences"][0]["layers"] == 2
    expected = attention(fitted.load_fitted(workspace.run), SEQUENCES["one"]).scores(
        layer=1, head=0, reader="every token"
    )
    found = [float(row["attention"]) for row in table(out) if row["id"] == "one"]
    np.testing.assert_allclose(found, expected.scores, atol=1e-6)
    assert asked(workspace.run, fasta, "--what", "attention", "--layer", "3") == 2
    assert "There is no layer 3; this encoder has 2" in capsys.readouterr().err


def test_what_was_said_is_kept_and_damage_counts_as_missing(workspace):
    made = language.ask(workspace.run, language.RECONSTRUCTION, "ACGTACGTTT")
    [kept] = [language.find_answer(workspace.run, language.RECONSTRUCTION, "ACGTACGTTT")]
    np.testing.assert_array_equal(kept.probabilities, made.probabilities)
    assert (kept.sequence, kept.origin) == (made.sequence, made.origin)
    assert language.find_answer(workspace.run, language.DEPENDENCY, "ACGTACGTTT") is None
    for path in (workspace.home / "runs" / workspace.run / "language").iterdir():
        path.write_bytes(path.read_bytes()[:50])
    assert language.find_answer(workspace.run, language.RECONSTRUCTION, "ACGTACGTTT") is None


def test_bad_input_is_a_sentence_before_any_file_is_read(workspace, fasta, tmp_path, capsys):
    ridge = finished.trained(workspace.dataset, "kmer-ridge", {})
    for what, words in (("reconstruction", "no encoder of tokens"), ("attention", "no attention")):
        assert asked(ridge, str(tmp_path / "missing.fasta"), "--what", what) == 2
        assert words in capsys.readouterr().err
    assert asked(workspace.run, fasta, "--layer", "1") == 2
    assert "--layer and --head belong to --what attention" in capsys.readouterr().err
    assert asked(workspace.run, fasta, "--out", str(tmp_path / "x.svg")) == 2
    assert "there are 2. Name one by --only" in capsys.readouterr().err
    assert asked(workspace.run, fasta, "--only", "three") == 2
    assert "has no sequence 'three'" in capsys.readouterr().err
