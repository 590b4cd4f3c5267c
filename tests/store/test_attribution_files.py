"""Exports read back to the same numbers, and no cell is a formula."""

import csv
import dataclasses
import io

import numpy as np
import pytest

from lib.attribution import Attribution
from lib.attribution.checks import CHECKS
from lib.attribution.trust import judge
from lib.store.attribution_files import mutations_to_tsv, to_npz, to_tsv


def made(sequence, *, effects=True, delta=0.25) -> Attribution:
    rng = np.random.default_rng(len(sequence))
    length = len(sequence)
    return Attribution(
        sequence=sequence,
        scores=rng.normal(size=length),
        hypothetical=None,
        effects=rng.normal(size=(4, length)) if effects else None,
        method="m",
        reference="r",
        rule="u",
        target="t",
        prediction=1.5,
        reference_prediction=None,
        delta=delta,
    )


def judged(items):
    return [judge(item, f"No test part {number}.") for number, item in enumerate(items)]


def rows(text: str) -> list[list[str]]:
    return list(csv.reader(io.StringIO(text), delimiter="\t"))


def test_one_row_per_nucleotide():
    items = [made("ACT"), made("TTGCA")]
    header, *body = rows(to_tsv(items, ["x", "y"], judged(items), rna=True))
    assert header == ["id", "position", "base", "attribution", "badge"]
    assert [row[:3] for row in body[:4]] == [["x", "0", "A"], ["x", "1", "C"], ["x", "2", "U"], ["y", "0", "U"]]
    np.testing.assert_allclose([float(row[3]) for row in body], np.concatenate([i.scores for i in items]), rtol=1e-8)


def test_one_row_per_mutation():
    items = [made("AN"), made("TTG", effects=False)]
    header, *body = rows(mutations_to_tsv(items, ["x", "y"], judged(items)))
    assert header == ["id", "position", "base", "mutation", "effect", "badge"]
    assert [row[:4] for row in body] == [
        ["x", "0", "A", "C"],
        ["x", "0", "A", "G"],
        ["x", "0", "A", "T"],
        ["x", "1", "N", "A"],
        ["x", "1", "N", "C"],
        ["x", "1", "N", "G"],
        ["x", "1", "N", "T"],
    ]
    assert float(body[2][4]) == pytest.approx(items[0].effects[3, 0], rel=1e-8)


def test_ids_of_any_kind_stay_one_cell():
    names = ["=1+1", "-x", "a\tb", 'q"\n', "<img src=x>"]
    _, *body = rows(to_tsv([made("A")] * 5, names, judged([made("A")] * 5)))
    assert [row[0] for row in body] == names


def test_npz_holds_everything_without_pickles():
    items = [made("ACT"), made("TTGCA", delta=None)]
    with np.load(io.BytesIO(to_npz(items, ["x", "ÿ"], judged(items))), allow_pickle=False) as file:
        assert file["ids"].tolist() == ["x", "ÿ"] and file["sequences"].tolist() == ["ACT", "TTGCA"]
        for number, item in enumerate(items):
            place = slice(*file["starts"][number : number + 2])
            np.testing.assert_array_equal(file["scores"][place], item.scores)
            np.testing.assert_array_equal(file["effects"][:, place], item.effects)
        assert "hypothetical" not in file
        np.testing.assert_array_equal(file["deltas"], [0.25, np.nan])
        np.testing.assert_array_equal(file["reference_predictions"], [np.nan, np.nan])
    lacking = [made("ACT"), made("A", effects=False)]
    mixed = np.load(io.BytesIO(to_npz(lacking, ["x", "y"], judged(lacking))), allow_pickle=False)
    assert "effects" not in mixed, "a matrix that some lack would not fit the positions"


def test_tokens_come_back_as_they_were():
    tokens = (("[CLS]", 0, 0, 0.5), ("AC", 0, 2, 1.25), ("T", 2, 3, -2.0), ("[SEP]", 3, 3, 0.125))
    items = [dataclasses.replace(made("ACT"), tokens=tokens, special=0.625), made("TTGCA")]
    with np.load(io.BytesIO(to_npz(items, ["x", "y"], judged(items))), allow_pickle=False) as file:
        assert file["specials"].tolist() == [0.625, 0] and file["token_bounds"].tolist() == [0, 4, 4]
        columns = [file[f"token_{name}"].tolist() for name in ("texts", "starts", "ends", "scores")]
        assert tuple(zip(*columns, strict=True)) == tokens
    assert "token_bounds" not in np.load(io.BytesIO(to_npz(items[1:], ["y"], judged(items[1:]))), allow_pickle=False)


def test_ids_and_attributions_belong_together():
    with pytest.raises(ValueError):
        to_npz([made("A")], ["x"], [])
    with pytest.raises(ValueError):
        to_tsv([made("A")], ["x", "y"], judged([made("A")]))


def test_standard_errors_stand_beside_the_scores_they_belong_to():
    errors = np.array([0.25, 0.5, 1 / 3])
    items = [dataclasses.replace(made("ACT"), standard_errors=errors), made("TG")]
    header, *body = rows(to_tsv(items, ["x", "y"], judged(items)))
    assert header == ["id", "position", "base", "attribution", "standard_error", "badge"]
    assert [row[4] for row in body] == ["0.25", "0.5", "0.333333333", "", ""]
    with np.load(io.BytesIO(to_npz(items[:1], ["x"], judged(items[:1]))), allow_pickle=False) as file:
        np.testing.assert_array_equal(file["standard_errors"], errors)
    assert "standard_errors" not in np.load(io.BytesIO(to_npz(items, ["x", "y"], judged(items))), allow_pickle=False)


def test_every_file_carries_the_badge_and_its_four_checks():
    items = [made("ACT"), made("TTGCA", delta=None)]
    trusts = judged(items)
    _, *body = rows(to_tsv(items, ["x", "y"], trusts))
    assert [row[-1] for row in body] == [trusts[0].word] * 3 + [trusts[1].word] * 5
    with np.load(io.BytesIO(to_npz(items, ["x", "y"], trusts)), allow_pickle=False) as file:
        assert file["badges"].tolist() == [trust.word for trust in trusts]
        assert tuple(file["check_names"]) == CHECKS and file["check_verdicts"].shape == (2, 4)
        assert file["check_verdicts"][:, 3].tolist() == ["not checked"] * 2
        assert file["check_findings"][:, 3].tolist() == ["No test part 0.", "No test part 1."]
