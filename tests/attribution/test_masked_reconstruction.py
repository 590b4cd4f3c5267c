"""Masked reconstruction: nothing of a nucleotide is left to read, and words become bases as the docstring says."""

from itertools import pairwise

import numpy as np
import pytest

from lib.attribution.masked_reconstruction import reconstruct
from lib.core.errors import Cancelled, UserError
from lib.core.progress import Callback
from lib.models.language_model import language_model
from tests.attribution.explained import bert, encoder
from tests.attribution.language_models import BASES, Copies, Letters, Words, dnabert2, headed

SEQUENCE = "ACGTTGCAACGNTAGGACTTA"


@pytest.fixture(scope="module")
def kmers():
    return language_model(headed(bert()))


def by_hand(model, sequence):
    """Hide one nucleotide after the other and add words up one by one."""
    [row], found = model.read([sequence]), []
    for position in range(len(sequence)):
        over = [t for t, (a, b) in enumerate(zip(row.starts, row.ends, strict=True)) if a <= position < b]
        ids = row.ids.copy()
        ids[over] = model.mask
        logits = model.logits(ids[None])[0].astype(float)
        total = np.zeros(4)
        for token in over:
            shares = np.exp(logits[token] - logits[token].max())
            shares /= shares.sum()
            for number, word in enumerate(model.pieces):
                place = position - row.starts[token]
                if place < len(word) and word[place] in BASES:
                    total[BASES.index(word[place])] += shares[number] / len(over)
        found.append(total)
    return np.array(found)


def test_overlapping_words_by_hand(kmers):
    found, expected = reconstruct(kmers, SEQUENCE), by_hand(kmers, SEQUENCE)
    np.testing.assert_allclose(found.probabilities, expected / expected.sum(axis=1, keepdims=True), atol=1e-5)
    np.testing.assert_allclose(found.covered, expected.sum(axis=1), atol=1e-5)


def test_byte_pairs_by_hand(tmp_path):
    model = dnabert2(tmp_path)
    sequence = "ACGTTGCAACGTAGGTTTACGGTGCA"
    assert len({len(text) for text in model.read([sequence])[0].texts[1:-1]}) > 2, "words of several lengths"
    found, expected = reconstruct(model, sequence), by_hand(model, sequence)
    np.testing.assert_allclose(found.probabilities, expected / expected.sum(axis=1, keepdims=True), atol=1e-5)
    np.testing.assert_allclose(found.covered, expected.sum(axis=1), atol=1e-5)
    assert found.covered.min() < 0.9 < 1.0001 > found.covered.max(), "short words do not reach every place"


def test_words_of_many_lengths_worked_out_on_paper():
    """AC CGT: place 0 of a word is said by all, place 1 by those of two letters and more, place 2 by CGT and GNA."""
    shares = {"A": 0.1, "AC": 0.3, "CGT": 0.2, "GNA": 0.4}
    found = reconstruct(Words(shares, ["AC", "CGT"]), "ACCGT")
    first, second, third = [0.4, 0.2, 0.4, 0], [0, 0.6, 0.4, 0], [2 / 3, 0, 0, 1 / 3]
    np.testing.assert_allclose(found.probabilities, [first, second, first, second, third], atol=1e-6)
    np.testing.assert_allclose(found.covered, [1, 0.5, 1, 0.5, 0.6], atol=1e-6)
    assert found.standing == pytest.approx([0.4, 0.6, 0.2, 0.4, 1 / 3], abs=1e-6)


@pytest.mark.parametrize("design", ["local", "published"])
def test_rows_add_up_to_one_and_information_is_from_0_to_2_bits(design):
    found = reconstruct(language_model(headed(bert(design))), SEQUENCE)
    assert found.probabilities.shape == (21, 4)
    np.testing.assert_allclose(found.probabilities.sum(axis=1), 1, atol=1e-12)
    assert (found.information >= 0).all() and (found.information <= 2).all() and (found.covered <= 1 + 1e-6).all()


def test_all_tokens_over_a_nucleotide_are_hidden_and_no_other(kmers):
    seen, logits = [], kmers.logits

    class Watched:
        origin, pieces, mask, read = kmers.origin, kmers.pieces, kmers.mask, staticmethod(kmers.read)

        def logits(self, ids):
            seen.extend(ids)
            return logits(ids)

    reconstruct(Watched(), SEQUENCE)
    [row] = kmers.read([SEQUENCE])
    assert len(seen) == len(SEQUENCE)
    for position, ids in enumerate(seen):
        hidden = (row.starts <= position) & (position < row.ends)
        assert (ids[hidden] == kmers.mask).all() and (ids[~hidden] == row.ids[~hidden]).all()
        assert hidden.sum() == min(3, position + 1, len(SEQUENCE) - position)


def test_one_pass_for_each_token_where_tokens_do_not_overlap():
    model = Letters()
    reconstruct(model, "ACGTACGTTAG")
    assert sum(map(len, model.seen)) == 11 and all((ids == model.mask).sum(axis=1).tolist() for ids in model.seen)


def test_a_model_that_copies_is_certain_there_and_nowhere_else():
    found = reconstruct(Copies(2, 7), "ACGTACGTTNG")
    np.testing.assert_allclose(found.probabilities[7], [0.01, 0.01, 0.97, 0.01], atol=1e-6)
    np.testing.assert_allclose(np.delete(found.probabilities, 7, axis=0), 0.25, atol=1e-6)
    assert found.information[7] == pytest.approx(2 + 0.97 * np.log2(0.97) + 0.03 * np.log2(0.01), abs=1e-6)
    assert np.isnan(found.standing[9]) and found.standing[7] == pytest.approx(0.01, abs=1e-6)
    logs = [np.log2(0.01), *[-2] * 9]
    assert found.perplexity == pytest.approx(2 ** -np.mean(logs), rel=1e-5)


def test_what_is_not_read_has_no_numbers():
    model = language_model(headed(bert()))
    found = reconstruct(model, "ACGTTGCA" * 8)
    read = model.read(["ACGTTGCA" * 8])[0].ends[:-1].max()
    assert np.isnan(found.information[read:]).all() and np.isnan(found.standing[read:]).all()
    assert read < 64 and np.isnan(found.probabilities[read:]).all() and np.isfinite(found.probabilities[:read]).all()


def test_padded_ends_lie_where_their_letters_lie():
    """A word of k letters at a padded token begins before the sequence; only its letters within it count."""
    from lib.tokenizers import TOKENIZERS, fit

    tokenizer = fit(TOKENIZERS.create("species-k-mer", {"k": 3}))
    model = language_model(headed(encoder("bert", {"size": "tiny", "longest": 40}, tokenizer)))
    [row] = model.read(["ACGTA"])
    from lib.attribution.masked_reconstruction import WordLetters

    logits = np.full((1, len(row.ids), len(model.pieces)), -60, dtype=np.float32)
    logits[0, :, model.pieces.index("CTG")] = 0
    masses = WordLetters(model.pieces).masses(logits, [row], 5)[0]
    np.testing.assert_allclose(masses, np.tile([0, 1 / 3, 1 / 3, 1 / 3], (5, 1)), atol=1e-6)


def test_progress_goes_up_and_can_stop_it(kmers):
    steps = []
    reconstruct(kmers, SEQUENCE, progress=Callback(lambda report: steps.append((report.step, report.total))))
    assert steps[-1] == (21, 21) and all(a <= b for a, b in pairwise(steps))

    def stop(_):
        raise Cancelled

    with pytest.raises(Cancelled):
        reconstruct(kmers, SEQUENCE, progress=Callback(stop))


def test_bad_input_is_said(kmers):
    with pytest.raises(UserError, match="is empty"):
        reconstruct(kmers, "")
    with pytest.raises(UserError, match="no token in the sequence"):
        reconstruct(kmers, "AC")
