"""Codons in their frame, by hand."""

import pytest

from lib.tokenizers import TOKENIZERS, fit


def cut(sequence, **settings):
    fitted = fit(TOKENIZERS.create("codon", settings))
    found = [(token.text, token.start) for token in fitted.tokens(sequence)]
    assert found == [(token.text, token.start) for token in fitted.settings.tokens(sequence)]
    return [text for text, _ in found]


def test_codons_follow_one_another_from_the_first_base():
    assert cut("ATGGCTTAA") == ["ATG", "GCT", "TAA"]
    assert cut("ATGGCTTAAC") == ["ATG", "GCT", "TAA", "C"]
    assert cut("AC") == ["A", "C"]


@pytest.mark.parametrize(("frame", "found"), [("second base", ["C", "ATG", "G"]), ("third base", ["C", "A", "TGG"])])
def test_letters_before_the_frame_stand_alone(frame, found):
    assert cut("CATGG", frame=frame) == found


def test_the_frame_may_begin_at_the_first_start_codon_or_at_the_first_base_where_there_is_none():
    assert cut("CCATGATGTA", frame="first ATG") == ["C", "C", "ATG", "ATG", "T", "A"]
    assert cut("CCATTTG", frame="first ATG") == ["CCA", "TTT", "G"]


def test_letters_of_rna_and_of_lower_case_are_read_and_unknown_ones_make_the_codon_unknown():
    fitted = fit(TOKENIZERS.create("codon", {"frame": "first ATG"}))
    row = fitted.encode_batch(["cAUGgcu", "ATGNCTATG", ""])
    known = fitted.vocabulary.ids
    unknown = fitted.vocabulary.special["unknown"]
    assert row.ids.tolist() == [known["C"], known["ATG"], known["GCT"], known["ATG"], unknown, known["ATG"]]
    assert row.bounds.tolist() == [0, 3, 6, 6]


def test_every_codon_has_its_own_id():
    fitted = fit(TOKENIZERS.create("codon"))
    assert len(set(fitted.vocabulary.pieces)) == len(fitted.vocabulary.special) + 4 + 64
