"""Folds are ViennaRNA's own, whatever the alphabet, the order and the process that computed them."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from lib.core.errors import Cancelled, UserError
from lib.motifs import folding
from lib.motifs.folding import Fold, classes, fold, fold_many, partners

LETTERS = st.text("ACGT", min_size=1, max_size=70)


def drawn(seed: int, count: int, length: int) -> list[str]:
    rng = np.random.default_rng(seed)
    return ["".join(rng.choice(list("ACGT"), length + 3 * number)) for number in range(count)]


@given(LETTERS)
@settings(max_examples=40, deadline=None)
def test_structure_and_classes_are_those_of_viennarna(sequence):
    import RNA

    structure, energy = RNA.fold(sequence.replace("T", "U"))
    found = fold(sequence)
    assert found.structure == structure
    assert found.energy == pytest.approx(energy, abs=1e-4)
    assert [folding.CLASSES[number] for number in classes(found.structure)] == list(structure)


@given(LETTERS)
@settings(max_examples=40, deadline=None)
def test_partners_are_those_of_viennarna(sequence):
    import RNA

    structure = fold(sequence).structure
    table = np.array(RNA.ptable(structure))[1:]  # counts from 1, 0 where unpaired
    np.testing.assert_array_equal(partners(structure), table - 1)


def test_lower_case_rna_and_dna_fold_alike():
    assert fold("ggggttttcccc") == fold("GGGGUUUUCCCC") == fold("GGGGTTTTCCCC") == Fold("((((....))))", -5.9)


def test_letters_that_are_unknown_pair_with_nothing():
    assert fold("NNNNNNNNN") == Fold(".........", 0.0)
    found = fold("GGGGNTTTTNCCCC")
    assert found.structure[4] == found.structure[9] == "."
    assert fold("GGGGRTTTTYCCCC") == found, "IUPAC codes are read as N"


def test_brackets_that_do_not_match_are_refused():
    for structure in ("(()", "())"):
        with pytest.raises(ValueError, match="bracket"):
            partners(structure)


def test_processes_fold_as_one_does(monkeypatch):
    sequences = [*drawn(0, 9, 61), "NNAC"]
    monkeypatch.setattr(folding, "estimate_seconds", lambda *_: 5.0)
    found = dict(fold_many(sequences, processes=2))
    assert found == {number: fold(sequence) for number, sequence in enumerate(sequences)}


def test_work_that_is_stopped_leaves_no_process(monkeypatch):
    monkeypatch.setattr(folding, "estimate_seconds", lambda *_: 5.0)
    started = []

    class Seen(folding._Crew):
        def __init__(self, *given: object) -> None:
            super().__init__(*given)  # type: ignore[arg-type]
            started.extend(self.children)

    def stop() -> None:
        raise Cancelled("stop")

    monkeypatch.setattr(folding, "_Crew", Seen)
    with pytest.raises(Cancelled):
        list(fold_many(drawn(1, 4, 300), processes=2, alive=stop))
    assert len(started) == 2
    assert all(child.returncode is not None for child in started)


def test_a_process_that_dies_is_a_sentence(monkeypatch):
    monkeypatch.setattr(folding, "estimate_seconds", lambda *_: 5.0)
    monkeypatch.setattr(folding.sys, "executable", "/bin/false")
    with pytest.raises(UserError, match="ended from outside"):
        list(fold_many(drawn(1, 4, 30), processes=2))


def test_an_empty_sequence_and_one_that_is_too_long_are_refused():
    for sequence, said in (("", "empty"), ("A" * 10_001, "10,001 nt.*at most 10,000 nt")):
        for work in (lambda one: fold(one), lambda one: list(fold_many(["AC", one]))):
            with pytest.raises(UserError, match=said):
                work(sequence)
