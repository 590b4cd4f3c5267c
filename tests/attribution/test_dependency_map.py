"""Dependency maps: a copied letter is found at its place and nowhere else, and batches change no number."""

import numpy as np
import pytest

from lib.attribution import dependency_map as maps
from lib.attribution.dependency_map import EPSILON, dependency_map
from lib.core.errors import Cancelled, UserError
from lib.core.progress import Callback
from lib.models.language_model import language_model
from tests.attribution.explained import bert
from tests.attribution.language_models import BASES, Copies, Letters, dnabert2, headed

SEQUENCE = "ACGTTGCAACGNTAGGACTTA"


def naive(model, sequence):
    """Read one mutant after the other and add words up one by one; e (L, L)."""

    def log_odds(text):
        [row], total = model.read([text]), np.zeros((len(text), 4))
        logits = model.logits(row.ids[None])[0].astype(float)
        count = np.zeros(len(text))
        for token, (start, end) in enumerate(zip(row.starts, row.ends, strict=True)):
            shares = np.exp(logits[token] - logits[token].max())
            shares /= shares.sum()
            count[start:end] += 1
            for number, word in enumerate(model.pieces):
                for place, letter in enumerate(word[: end - start]):
                    if letter in BASES:
                        total[start + place, BASES.index(letter)] += shares[number]
        share = total / count[:, None] + EPSILON
        share /= share.sum(axis=1, keepdims=True)
        return np.log2(share / (1 - share))

    before, found = log_odds(sequence), np.zeros((len(sequence), len(sequence)))
    for i, own in enumerate(sequence):
        for base in set(BASES) - {own}:
            after = log_odds(sequence[:i] + base + sequence[i + 1 :])
            found[i] = np.maximum(found[i], np.abs(after - before).max(axis=1))
    np.fill_diagonal(found, 0)
    return found


def test_a_copied_letter_is_the_only_dependency():
    found = dependency_map(Copies(3, 8), "ACGTACGTTAG")
    odds = np.log2(0.97 / 0.03) - np.log2(0.01 / 0.99)
    expected = np.zeros((11, 11))
    expected[3, 8] = odds
    np.testing.assert_allclose(found.values, expected, atol=1e-5)
    before, after = found.pair(3, 8)
    np.testing.assert_allclose(before, [np.log2(0.01 / 0.99)] * 3 + [np.log2(0.97 / 0.03)], atol=1e-5)
    for base in range(4):
        likely = np.where(np.arange(4) == base, np.log2(0.97 / 0.03), np.log2(0.01 / 0.99))
        np.testing.assert_allclose(after[base], likely, atol=1e-5)


def test_what_is_mutated_comes_first_and_what_answers_second():
    """The copy goes one way: row 3 (mutated), column 8 (target), not the other way round."""
    found = dependency_map(Copies(3, 8), "ACGTACGTTAG").values
    assert found[3, 8] > 1 and found[8, 3] == 0


@pytest.mark.parametrize("design", ["local", "published"])
def test_overlapping_words_equal_one_mutation_at_a_time(design):
    model = language_model(headed(bert(design)))
    np.testing.assert_allclose(dependency_map(model, SEQUENCE).values, naive(model, SEQUENCE), atol=2e-4)


def test_byte_pairs_whose_borders_move_equal_one_mutation_at_a_time(tmp_path):
    model, sequence = dnabert2(tmp_path), "ACGTTGCAACGTAGGTTTACGG"
    counts = {len(model.read([sequence[:i] + "T" + sequence[i + 1 :]])[0].ids) for i in range(len(sequence))}
    assert len(counts) > 1, "mutants have other numbers of tokens"
    np.testing.assert_allclose(dependency_map(model, sequence).values, naive(model, sequence), atol=2e-4)


def test_batches_change_nothing(monkeypatch):
    model = language_model(headed(bert()))
    whole = dependency_map(model, SEQUENCE)
    monkeypatch.setattr(maps, "_READ", 5)
    again = dependency_map(model, SEQUENCE)
    np.testing.assert_allclose(again.changes, whole.changes, atol=2e-4)
    assert whole.changes.shape == (21, 4, 21, 4) and whole.changes.dtype == np.float32


def test_nothing_changes_where_the_letter_stands_and_each_mutant_is_read_once():
    model = Letters()
    found = dependency_map(model, "ACGNT")
    assert sum(map(len, model.seen)) == 1 + 4 * 3 + 4, "N is mutated to each of four bases"
    assert (found.changes == 0).all() and (np.diagonal(found.values) == 0).all()


def test_what_is_not_read_has_no_numbers():
    model, sequence = language_model(headed(bert())), "ACGTTGCA" * 6
    read = model.read([sequence])[0].ends[:-1].max()
    found = dependency_map(model, sequence).values
    assert read < len(sequence)
    assert np.isnan(found[read:]).all() and np.isnan(found[:, read:]).all() and np.isfinite(found[:read, :read]).all()


def test_progress_goes_up_and_can_stop_it():
    model, steps = language_model(headed(bert())), []
    dependency_map(model, SEQUENCE, progress=Callback(lambda report: steps.append(report.step)))
    assert steps == sorted(steps) and steps[-1] == 20 * 3 + 4

    def stop(report):
        raise Cancelled

    with pytest.raises(Cancelled):
        dependency_map(model, SEQUENCE, progress=Callback(stop))


def test_bad_input_is_said():
    with pytest.raises(UserError, match="is empty"):
        dependency_map(Letters(), "")
    with pytest.raises(UserError, match="has 1,001 nt, and a dependency map can have 1,000"):
        dependency_map(Letters(), "A" * 1001)


def test_nucleotides_of_one_token_are_told_and_are_not_the_strongest(tmp_path):
    model = language_model(headed(bert()))
    found = dependency_map(model, SEQUENCE)
    distance = np.abs(np.subtract.outer(np.arange(21), np.arange(21)))
    np.testing.assert_array_equal(found.shared, distance < 3)
    mutated, target = found.strongest
    assert abs(mutated - target) >= 3
    assert found.values[mutated, target] == found.values[distance >= 3].max()
    assert dependency_map(Copies(3, 8), "ACGTACGTTAG").strongest == (3, 8)
    assert dependency_map(Letters(), "ACGNT").strongest is None
    pairs = dnabert2(tmp_path)
    [row], sequence = pairs.read(["ACGTTGCAACGTAGG"]), "ACGTTGCAACGTAGG"
    owner = np.concatenate([np.full(b - a, n) for n, (a, b) in enumerate(zip(row.starts, row.ends, strict=True))])
    np.testing.assert_array_equal(dependency_map(pairs, sequence).shared, owner[:, None] == owner)
