"""DExTER: counts, correlations and bins are exact; planted elements are found and nothing else; files keep it all."""

from itertools import combinations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.stats import spearmanr

from lib.core.errors import UserError
from lib.core.progress import Callback
from lib.models import MODELS, Context, mutants
from lib.models.dexter.bins import Bins, make
from lib.models.dexter.counts import Letters, centre_ranks, correlations
from lib.models.dexter.explore import CHANCE, PARENT, PART, ROOT, Rules, Search
from lib.models.dexter.lasso import frequencies
from lib.models.dexter.words import Words
from lib.tasks.data import Part, TrainingData

SEQUENCES = st.lists(st.text("ACGTN", min_size=1, max_size=30), min_size=1, max_size=7)
KMERS = st.text("ACGT", min_size=1, max_size=4)
PLANTED, REGION = "GATTC", (40, 60)


def brute(sequence: str, kmer: str, low: int, high: int) -> int:
    """Occurrences that start from ``low`` to before ``high``, one place after the other."""
    return sum(sequence[at : at + len(kmer)] == kmer for at in range(max(low, 0), min(high, len(sequence))))


def places(letters: Letters, kmer: str):
    found = letters.everywhere()
    for size, base in enumerate(kmer):
        found = letters.extend(found, size)["ACGT".index(base)]
    return found


def data(sequences, targets) -> TrainingData:
    targets = np.asarray(targets, dtype=float).reshape(len(sequences), -1)
    part = Part(tuple(sequences), targets, np.empty((len(sequences), 0)))
    none = Part((), targets[:0], np.empty((0, 0)))
    return TrainingData(part, none, tuple(f"t{number}" for number in range(targets.shape[1])), "regression")


def random_sequences(rng, n: int, length: int) -> list[str]:
    return ["".join(row) for row in rng.choice(list("ACGT"), size=(n, length))]


@pytest.fixture(scope="module")
def planted():
    """1,200 sequences of 100 nt; in one region a 5-mer raises the target of a sixth of them, elsewhere not."""
    rng = np.random.default_rng(1)
    sequences, target = [], []
    for text in random_sequences(rng, 1200, 100):
        inside = rng.random() < 1 / 6
        starts = [int(rng.integers(*REGION))] * inside + [int(rng.choice([5, 25, 70, 90]))] * (rng.random() < 1 / 6)
        for start in starts:
            text = text[:start] + PLANTED + text[start + len(PLANTED) :]
        sequences.append(text)
        target.append(inside + 0.2 * rng.normal())
    return sequences, np.array(target)


@pytest.fixture(scope="module")
def fitted(planted, tmp_path_factory):
    return MODELS.create("dexter", {"bins": 5}).fit(data(*planted), Context(tmp_path_factory.mktemp("run")))


@settings(max_examples=60, deadline=None)
@given(SEQUENCES, KMERS, st.sampled_from(["start", "centre", "end", "position"]), st.integers(1, 5))
def test_cumulative_counts_are_those_of_brute_force(sequences, kmer, anchor, count):
    lengths = np.array([len(sequence) for sequence in sequences])
    before = int(lengths.min()) // 2
    bins = make(lengths, count=min(count, int(lengths.max())), growing=False, anchor=anchor, before=before)
    letters = Letters.of(sequences, bins)
    found = letters.cumulative(places(letters, kmer))
    assert found.shape == (len(sequences), len(bins) + 1)
    at = {"start": 0, "centre": lengths // 2, "end": lengths, "position": before}[anchor] * np.ones_like(lengths)
    words = Words.of([kmer, "ACGTA"]).counts(letters)
    for first, stop in bins.cells:
        low, high = bins.region((first, stop))
        expected = [brute(text, kmer, low + at[row], high + at[row]) for row, text in enumerate(sequences)]
        np.testing.assert_array_equal(found[:, stop] - found[:, first], expected, err_msg=f"{kmer} {low} {high}")
        np.testing.assert_array_equal(words[:, 0, first:stop].sum(axis=1), expected)
        np.testing.assert_allclose(
            frequencies(sequences, bins, [(kmer, (first, stop))])[:, 0], np.array(expected) / (high - low)
        )


def test_overlapping_and_last_words_count_and_unknown_letters_break_them():
    bins = Bins((0, 3, 7), "start")
    letters = Letters.of(["AAAAAAA", "AANAAAN", "CAA"], bins)
    # AA starts at 0 1 2 | 3 4 5, at 0 | 3 4, and at 1, the last place of all.
    assert letters.cumulative(places(letters, "AA")).tolist() == [[0, 3, 6], [0, 1, 3], [0, 1, 1]]


def test_long_words_are_told_apart_by_their_last_letter():
    bins = Bins((0, 40), "start")
    one, other = "ACGT" * 8 + "A", "ACGT" * 8 + "C"
    assert Words.of([one, other]).counts(Letters.of([one, other, one + "C"], bins))[:, :, 0].tolist() == [
        [1, 0],
        [0, 1],
        [1, 0],
    ]


@settings(max_examples=60, deadline=None)
@given(st.lists(st.tuples(*[st.integers(0, 3)] * 3, st.integers(-2, 2)), min_size=3, max_size=25))
def test_correlations_of_all_runs_are_those_of_scipy(rows):
    table = np.array(rows)
    target = table[:, 3] / 3
    cumulative = np.concatenate([np.zeros((len(rows), 1)), np.cumsum(table[:, :3], axis=1)], axis=1).astype(np.int32)
    found = correlations(cumulative, centre_ranks(target))
    assert found.shape == (6,)
    for value, (first, stop) in zip(found, combinations(range(4), 2), strict=True):
        counts = table[:, first:stop].sum(axis=1)
        constant = np.ptp(counts) == 0 or np.ptp(target) == 0
        expected = 0.0 if constant else spearmanr(counts, target).statistic
        assert value == pytest.approx(expected, abs=1e-12)


def test_even_bins_by_hand():
    assert make(np.array([110, 110]), count=5, growing=False).edges == (0, 22, 44, 66, 88, 110)
    assert make(np.array([90]), count=3, growing=False, anchor="end").edges == (-90, -60, -30, 0)
    # 20 nt lie before the anchor, 10 to 40 behind it.
    assert make(np.array([30, 60]), count=6, growing=False, anchor="position", before=20).edges == (
        *(-20, -10, 0, 10, 20, 30, 40),
    )


def test_bins_that_grow_from_the_anchor_by_hand():
    # Square roots of the distance: 0, 3, 6, 9 of 81; widths 9, 27 and 45 are as 1 to 3 to 5.
    assert make(np.array([81]), count=3, growing=True).edges == (0, 9, 36, 81)
    assert make(np.array([81]), count=3, growing=True, anchor="end").edges == (-81, -36, -9, 0)
    # From -8 to 8 in four steps of 4, and in five of 3.2 with the anchor in the middle of the third.
    assert make(np.array([128]), count=4, growing=True, anchor="centre").edges == (-64, -16, 0, 16, 64)
    assert make(np.array([128]), count=5, growing=True, anchor="centre").edges == (-64, -23, -3, 3, 23, 64)
    # Only what lies within 36 nt.
    assert make(np.array([200]), count=2, growing=True, reach=36).edges == (0, 9, 36)


def test_bins_that_cannot_be_are_refused_in_a_sentence():
    with pytest.raises(UserError, match="reach over 4 nt, which 5 even bins cannot share.*fewer bins"):
        make(np.array([4, 3]), count=5, growing=False)
    with pytest.raises(UserError, match="1 of 2 sequences end before the anchor, which lies behind 10 nt; .*has 8 nt"):
        make(np.array([8, 20]), count=2, growing=False, anchor="position", before=10)


def test_a_planted_element_is_found_in_its_region(fitted):
    best = max(fitted.linear[0].variables, key=lambda variable: abs(variable.coefficient))
    assert best.kmer == PLANTED
    assert fitted.bins.region(best.cell) == REGION
    assert best.coefficient > 0
    assert best.correlation > 0.6  # a count that is 0 or 1 cannot rank with a continuous target any better


def test_nothing_but_the_planted_element_and_its_parts_is_found(fitted):
    longer = {(variable.kmer, variable.cell) for variable in fitted.linear[0].variables if len(variable.kmer) > 2}
    assert longer
    for kmer, cell in longer:
        assert kmer in PLANTED, f"{kmer} is no part of {PLANTED}"
        low, high = fitted.bins.region(cell)
        assert (low, high) == REGION, f"{kmer} at {low} to {high}"


@pytest.mark.parametrize("seed", range(5))
def test_nothing_grows_on_random_targets(seed):
    rng = np.random.default_rng(seed)
    bins = Bins((0, 20, 40, 60, 80), "start")
    letters = Letters.of(random_sequences(rng, 400, 80), bins)
    found = Search(letters, bins, rng.normal(size=400), Rules()).run(lambda *_: None)
    assert [step.kmer for step in found.steps if step.accepted and step.against != ROOT] == []
    assert {cell for _, cell in found.pairs} == {bins.whole}


def test_a_search_that_keeps_noise_ends(tmp_path, monkeypatch):
    monkeypatch.setattr("lib.models.dexter.explore.MOST", 60)
    rng = np.random.default_rng(0)
    reports = []
    asked = data(random_sequences(rng, 50, 60), rng.normal(size=50))
    settings = {"bins": 4, "gain": 0, "share": 0, "chance": 1}
    fitted = MODELS.create("dexter", settings).fit(asked, Context(tmp_path, progress=Callback(reports.append)))
    found = len(fitted.linear[0].variables)
    assert 50 < found < 70
    assert any(report.note.startswith(f"The search ended after {found} words") for report in reports)
    assert [report.step for report in reports] == sorted(report.step for report in reports)


def test_steps_say_why(fitted):
    steps = fitted.explored[0].steps
    assert [step.against for step in steps[:16]] == [ROOT] * 16
    assert all(step.segments[0] == fitted.bins.whole for step in steps[:16]), "a dinucleotide is always kept"
    cells = fitted.bins.cells
    lattices = fitted.explored[0].lattices
    for number, step in enumerate(steps[16:], start=16):
        parent = steps[step.parent]
        assert step.parent < number
        assert step.grown_from in parent.segments
        assert parent.kmer in (step.kmer[1:], step.kmer[:-1])
        assert step.against in (PARENT, PART, CHANCE)
        assert step.accepted == (abs(step.correlation) >= step.needed)
        place = cells.index(step.cell)
        assert step.correlation == lattices[step.kmer][place]
        for part in (step.kmer[1:], step.kmer[:-1]):
            mark = abs(lattices[part][place])
            assert step.needed >= max(mark + 0.01, mark * 1.1)
        for cell in step.segments:
            assert abs(lattices[step.kmer][cells.index(cell)]) >= abs(step.correlation)
        assert all(a[1] <= b[0] or b[1] <= a[0] for a, b in combinations(step.segments, 2)), "segments overlap"


def test_predictions_are_the_sum_over_variables(fitted, planted):
    sequences = planted[0][:9]
    linear = fitted.linear[0]
    pairs = [(variable.kmer, variable.cell) for variable in linear.variables]
    standard = (frequencies(sequences, fitted.bins, pairs) - [v.mean for v in linear.variables]) / [
        v.deviation for v in linear.variables
    ]
    expected = linear.intercept + standard @ np.array([variable.coefficient for variable in linear.variables])
    np.testing.assert_allclose(fitted.predict(sequences)[:, 0], expected, rtol=1e-9)


def test_mutagenesis_agrees_with_predicted_mutants(fitted, planted):
    sequence = planted[0][3][:50] + "N" + planted[0][3][51:]
    ((_, value, found),) = mutants.effects(fitted, [sequence], alive=lambda: None)
    for position in (0, 44, 50, 99):
        for channel, base in enumerate("ACGT"):
            mutant = sequence[:position] + base + sequence[position + 1 :]
            expected = fitted.predict([mutant])[0, 0] - value
            assert found[channel, position] == pytest.approx(expected, abs=1e-9)


def test_all_that_was_explored_is_kept(fitted, tmp_path):
    fitted.save(tmp_path)
    again = type(MODELS.create("dexter")).load(tmp_path)
    assert again.bins == fitted.bins
    assert again.linear == fitted.linear
    assert again.explored[0].steps == fitted.explored[0].steps
    assert list(again.explored[0].lattices) == list(fitted.explored[0].lattices)
    for kmer, lattice in fitted.explored[0].lattices.items():
        np.testing.assert_array_equal(again.explored[0].lattices[kmer], lattice)


def test_each_target_is_explored_alone(planted, tmp_path):
    sequences, target = planted
    other = np.array([sequence.count("TTT") for sequence in sequences], dtype=float)
    reports = []
    context = Context(tmp_path, progress=Callback(reports.append))
    both = MODELS.create("dexter", {"bins": 5}).fit(data(sequences, np.stack([target, other], axis=1)), context)
    strongest = [max(linear.variables, key=lambda variable: variable.coefficient).kmer for linear in both.linear]
    assert strongest == [PLANTED, "TTT"]
    stages = [report.stage for report in reports]
    assert stages[0] == "Exploring words of 2 nt, target 1 of 2"
    assert "Choosing variables by LASSO, target 2 of 2" in stages


def test_sequences_that_are_not_aligned_are_refused_in_a_sentence(tmp_path):
    rng = np.random.default_rng(0)
    sequences = [text[: 30 + number] for number, text in enumerate(random_sequences(rng, 25, 60))]
    asked = data(sequences, rng.normal(size=25))
    with pytest.raises(
        UserError, match=r"30 to 54 nt; DExTER needs sequences of one length, or .* aligned .* Cut them"
    ):
        MODELS.create("dexter").fit(asked, Context(tmp_path))
    fitted = MODELS.create("dexter", {"unequal": True, "anchor": "end", "bins": 3}).fit(asked, Context(tmp_path))
    assert fitted.bins.edges == (-54, -36, -18, 0)


def test_a_constant_target_is_predicted_as_it_is(tmp_path):
    sequences = random_sequences(np.random.default_rng(0), 30, 40)
    fitted = MODELS.create("dexter", {"bins": 2}).fit(data(sequences, np.full(30, 2.5)), Context(tmp_path))
    np.testing.assert_array_equal(fitted.predict(["ACGT", "GGGGG"]), [[2.5], [2.5]])
