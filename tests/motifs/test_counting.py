"""Counts of hits are what the scanner finds, sequence by sequence and motif by motif."""

import itertools

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from lib.core.errors import Cancelled
from lib.core.progress import Callback
from lib.io.files import Source
from lib.io.rbp import read_rbp
from lib.motifs import counting
from lib.motifs.counting import LEVELS, count_motifs, count_pwms
from lib.motifs.lexicon import meanings, number
from lib.motifs.scan import Scanner, pwm_hits

TABLE = pd.DataFrame({"motif": ["TTTT", "TTAG", "TGTAHATA", "GN"], "mean_rbp": [1.0, 3.0, -4.0, 0.5]})
WORDS = st.lists(
    st.text("ACGTRYSWKMBDHVN", min_size=1, max_size=7) | st.text("ACGT", min_size=1, max_size=7),
    min_size=1,
    max_size=8,
    unique=True,
)


def scanned(sequences, table):
    """The same counts by the scanner, one sequence after the other."""
    counts = np.zeros((len(sequences), len(table)), dtype=int)
    scanner = Scanner(table.assign(mean_rbp=np.arange(len(table), dtype=float)))
    for row, sequence in enumerate(sequences):
        np.add.at(counts[row], scanner.hits(sequence)["mean_rbp"].astype(int), 1)
    return counts


def scanned_pwms(sequences, pwms, threshold):
    counts = np.zeros((len(sequences), len(pwms)), dtype=int)
    for row, sequence in enumerate(sequences):
        found = pwm_hits(sequence, pwms, threshold=threshold)["motif"].value_counts()
        counts[row] = [found.get(name, 0) for name in pwms]
    return counts


def random_pwms(rng, widths):
    return {f"pwm {place}": rng.dirichlet(np.ones(4) / 3, width).T for place, width in enumerate(widths)}


def test_counts_by_hand():
    found = count_motifs(["UUUUUTTAGATGTAUATAGC", "", "GGG", "TTNTT"], TABLE)
    assert found.counts.toarray().tolist() == [[4, 1, 1, 3], [0, 0, 0, 0], [0, 0, 0, 2], [0, 0, 0, 0]]
    assert found.per_sequence(-5.0).tolist() == [9, 0, 2, 0]
    assert found.per_sequence(1.0).tolist() == [5, 0, 0, 0]
    assert found.sums(0.5).tolist() == [4 * 1.0 + 3.0 + 3 * 0.5, 0.0, 1.0, 0.0]
    assert found.per_motif(1.0).toarray().tolist() == [[4, 1, 0, 0], [0, 0, 0, 0], [0, 0, 0, 0], [0, 0, 0, 0]]
    assert found.per_sequence(99.0).tolist() == [0, 0, 0, 0]


def test_a_word_is_not_found_across_two_sequences():
    assert count_motifs(["AT", "TG", "ATTG"], pd.DataFrame({"motif": ["TT"], "mean_rbp": [1.0]})).counts.nnz == 1


def test_numbers_of_words():
    assert [number(word) for word in ("A", "T", "CA", "TTTT")] == [0, 3, 4, 255]
    assert meanings("NC").tolist() == [1, 5, 9, 13]


@settings(max_examples=150, deadline=None)
@given(st.lists(st.text("ACGTNUacgtux", max_size=40), min_size=1, max_size=7), WORDS)
def test_counts_equal_the_scanner(sequences, motifs):
    table = pd.DataFrame({"motif": motifs, "mean_rbp": np.arange(len(motifs), dtype=float)})
    found = count_motifs(sequences, table)
    np.testing.assert_array_equal(found.counts.toarray(), scanned(sequences, table))


@settings(max_examples=50, deadline=None)
@given(st.lists(st.text("ACGTN", max_size=60), min_size=1, max_size=7), st.integers(0, 9), st.sampled_from([1, 9, 50]))
def test_wide_and_ambiguous_motifs_and_small_chunks_are_the_same(sequences, seed, chunk):
    rng = np.random.default_rng(seed)
    cut = ["".join(rng.choice(list("ACGT"), size)) for size in (12, 16, 31, 33)]
    motifs = [*cut, "NNNNNNNA", "NNNNNNNNNNNNNNNNNNNNNNNNNNNNNNNNN", "N", "ACG"]
    table = pd.DataFrame({"motif": motifs, "mean_rbp": np.ones(len(motifs))})
    sequences = [*sequences, "A".join(cut)]
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(counting, "_CHUNK", chunk)
        found = count_motifs(sequences, table).counts.toarray()
    np.testing.assert_array_equal(found, scanned(sequences, table))
    assert found[-1, :4].tolist() == [1, 1, 1, 1]


@settings(max_examples=60, deadline=None)
@given(st.lists(st.text("ACGTN", max_size=40), min_size=1, max_size=5), st.integers(0, 99), st.sampled_from(LEVELS))
def test_pwms_equal_the_scan(sequences, seed, threshold):
    pwms = random_pwms(np.random.default_rng(seed), (1, 4, 7, 7, 9, 11, 13))
    found = count_pwms(sequences, pwms)
    np.testing.assert_array_equal(found.per_motif(threshold).toarray(), scanned_pwms(sequences, pwms, threshold))
    assert found.per_sequence(threshold).tolist() == scanned_pwms(sequences, pwms, threshold).sum(axis=1).tolist()


def test_a_flat_pwm_hits_nothing_and_a_sure_one_its_word():
    pwms = {"flat": np.full((4, 3), 0.25), "TAG": np.eye(4)[:, [3, 0, 2]]}
    found = count_pwms(["UAGUAG", "UAC", "TA"], pwms)
    assert found.per_motif(1.0).toarray().tolist() == [[0, 2], [0, 0], [0, 0]]
    assert (found.motifs, found.widths.tolist()) == (("flat", "TAG"), [3, 3])


def test_nothing_to_count_is_no_fault():
    assert count_motifs([], TABLE).counts.shape == (0, 4)
    assert count_motifs(["ACGT"], TABLE.iloc[:0]).counts.shape == (1, 0)
    assert count_pwms(["ACGT"], {}).per_motif(0.7).shape == (1, 0)
    assert count_motifs(["AC", "G"], TABLE.iloc[:1]).per_sequence(0.0).tolist() == [0, 0]


def test_progress_is_told_and_can_cancel(monkeypatch):
    monkeypatch.setattr(counting, "_CHUNK", 20)
    seen = []
    count_motifs(["ACGTACGT"] * 7, TABLE, progress=Callback(lambda report: seen.append((report.step, report.total))))
    assert seen == [(2, 7), (4, 7), (6, 7), (7, 7)]
    with pytest.raises(Cancelled):
        count_motifs(["ACGT"], TABLE, progress=Callback(lambda _: None, lambda: True))


def test_real_tables_on_real_sequences(shared):
    sequences = pd.read_csv(shared / "utr-seq" / "test_seq.txt", sep="\t", header=None)[1].tolist()[:9]
    kmers = read_rbp(Source("k", shared / "transite" / "transite_kmers_enrichment.csv")).frame
    np.testing.assert_array_equal(count_motifs(sequences, kmers).counts.toarray(), scanned(sequences, kmers))
    path = shared / "rbp-motifs" / "Ray2013_rbp_Homo_sapiens.dna_encoded.meme"
    pwms = dict(itertools.islice(read_rbp(Source(path.name, path)).pwms.items(), 20))
    for threshold in (0.7, 0.9):
        np.testing.assert_array_equal(
            count_pwms(sequences, pwms).per_motif(threshold).toarray(), scanned_pwms(sequences, pwms, threshold)
        )
