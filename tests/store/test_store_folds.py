"""Folds that were kept are folds computed fresh; what cannot be kept is computed again."""

import pytest

from lib.core.errors import Cancelled
from lib.core.progress import Callback
from lib.motifs import folding
from lib.store import folds

SEQUENCES = ["GGGGTTTTCCCC", "ACGTNACGT", "GGGGTTTTCCCC", "GGCGAAAAGCGCCTTGCC"]


@pytest.fixture
def counted(monkeypatch):
    """Count the sequences that are really folded."""
    seen = []
    real = folding.fold

    def fold(sequence):
        seen.append(sequence)
        return real(sequence)

    monkeypatch.setattr(folding, "fold", fold)
    return seen


def test_what_was_folded_before_is_read_back_and_the_same(home, counted):
    fresh = [folding.fold(sequence) for sequence in SEQUENCES]
    counted.clear()
    assert folds.folds(SEQUENCES) == fresh
    assert sorted(counted) == sorted(set(SEQUENCES)), "each distinct sequence once"
    assert folds.folds(["gggguuuucccc", *SEQUENCES]) == [fresh[0], *fresh]
    assert len(counted) == 3, "nothing was folded again"


def test_another_version_folds_anew(home, counted, monkeypatch):
    folds.fold(SEQUENCES[0])
    monkeypatch.setattr(folding, "version", lambda: "99.0")
    folds.fold(SEQUENCES[0])
    assert len(counted) == 2


def test_what_was_folded_before_a_stop_is_kept(home, counted):
    reports = []
    with pytest.raises(Cancelled):
        folds.folds(SEQUENCES, progress=Callback(reports.append, cancelled=lambda: len(counted) == 2))
    assert (reports[-1].step, reports[-1].total, reports[-1].stage) == (2, 3, "Folding (ViennaRNA)")
    counted.clear()
    folds.folds(SEQUENCES)
    assert len(counted) == 1


def test_a_damaged_file_is_made_anew(home):
    found = folds.folds(SEQUENCES)
    (home / folds.FILE).write_bytes(b"no database at all, and longer than a header" * 10)
    assert folds.folds(SEQUENCES) == found
    assert folds.folds([]) == []
