"""Errors, alphabet, specifications and progress: small promises that everything rests on."""

import json

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from lib.core import alphabet
from lib.core.errors import Cancelled, DataError, Problem, UserError
from lib.core.progress import Callback, Eta, Report
from lib.core.spec import Choice, RunSpec, content_id


def test_a_problem_says_where_it_is_what_it_is_and_what_should_be():
    problem = Problem("counts.tsv", 7, "2h", "'abc'", "a number")
    assert str(problem) == "counts.tsv, line 7, column '2h': found 'abc', needed a number."
    assert str(Problem("a.fa", None, "", "nothing", "a header")) == "a.fa: found nothing, needed a header."


def test_data_errors_are_user_errors_with_all_their_problems():
    problems = [Problem("a", 1, "", "x", "y"), Problem("a", 2, "", "x", "y")]
    assert DataError("Two faults.", problems).problems == tuple(problems)
    assert issubclass(DataError, UserError) and not issubclass(Cancelled, UserError)


@given(st.text("acgturyswkmbdhvnACGTURYSWKMBDHVN", max_size=50))
def test_dna_and_rna_are_one_alphabet(sequence):
    dna = alphabet.to_dna(sequence)
    assert set(dna) <= set(alphabet.IUPAC)
    assert alphabet.to_dna(alphabet.in_alphabet(dna, rna=True)) == dna
    assert alphabet.reverse_complement(alphabet.reverse_complement(dna)) == dna


@given(st.text("ACGTN", max_size=50))
def test_one_hot_has_a_one_where_the_base_is(sequence):
    matrix = alphabet.one_hot(sequence)
    assert matrix.shape == (4, len(sequence)) and matrix.dtype == np.float32
    for position, letter in enumerate(sequence):
        expected = [float(letter == base) for base in "ACGT"]
        assert matrix[:, position].tolist() == expected


def test_iupac_codes_are_closed_under_complement():
    for code, bases in alphabet.IUPAC.items():
        expected = {alphabet.reverse_complement(base) for base in bases}
        assert set(alphabet.IUPAC[alphabet.reverse_complement(code)]) == expected


def spec(**changes) -> RunSpec:
    facts = {"dataset": "d" * 16, "split": "s" * 16, "task": "regression", "model": Choice("cnn", {"width": 64})}
    return RunSpec(**{**facts, "seed": 3, "versions": {"torch": "2.13.0"}, **changes})


@pytest.mark.parametrize("tokenizer", [None, Choice("k-mer", {"k": 6})])
def test_a_specification_survives_json(tokenizer):
    original = spec(tokenizer=tokenizer)
    assert RunSpec.from_json(json.loads(json.dumps(original.to_json()))) == original


def test_a_content_id_depends_on_content_and_on_nothing_else():
    assert content_id({"a": 1, "b": 2}) == content_id({"b": 2, "a": 1})
    assert content_id({"a": 1}) != content_id({"a": 2})
    with pytest.raises(ValueError, match="JSON"):
        content_id({"a": float("nan")})


def test_a_listener_stops_the_work_after_it_showed_the_report():
    seen = []
    listener = Callback(seen.append, lambda: len(seen) == 2)
    listener.report(Report(1, 9))
    with pytest.raises(Cancelled):
        listener.report(Report(2, 9))
    assert [report.step for report in seen] == [1, 2]


def test_eta_is_the_pace_of_the_stage_times_the_steps_left():
    now = [100.0]
    eta = Eta(lambda: now[0])
    assert eta.remaining(Report(0, 10, "Training")) is None
    now[0] += 6.0
    assert eta.remaining(Report(3, 10, "Training")) == pytest.approx(14.0), "2 s a step, 7 steps left"
    assert eta.remaining(Report(0, 5, "Baselines")) is None, "a new stage has a pace of its own"
    now[0] += 1.0
    assert eta.remaining(Report(1, 5, "Baselines")) == pytest.approx(4.0)
