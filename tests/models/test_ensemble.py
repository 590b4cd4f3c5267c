"""An ensemble is the mean of its members; how far they lie apart is worked out by hand here."""

import json
import shutil

import numpy as np
import pytest

from lib.attribution import METHODS
from lib.core.alphabet import one_hot
from lib.core.errors import UserError
from lib.core.progress import Callback
from lib.models import MODELS, Differentiable
from lib.models.base import Uncertain, is_offered
from lib.models.ensemble import EnsembleModel, member_names
from lib.models.kmer_ridge import FittedKmerRidge
from lib.models.mean import FittedMean
from lib.tasks.data import Part, TrainingData
from lib.tokenizers import TOKENIZERS, Corpus
from lib.tokenizers import fit as fit_tokenizer
from lib.training import TrainingContext

ASKED = ["ACGT", "TTT", "GAATT", "C", "AT"]


def data(targets: int = 2) -> TrainingData:
    rows = np.arange(3.0 * targets).reshape(3, targets)
    part = Part(("ACGT", "GG", "TTA"), rows, np.empty((3, 0)))
    return TrainingData(part, part, tuple("xy")[:targets], "multi_regression")


def counting(*, a: float, t: float, offset: float) -> FittedKmerRidge:
    """Predict ``offset`` and, for each A and each T of a sequence, ``a`` and ``t``; the second target is constant."""
    weights = np.zeros((4, 2))
    weights[0, 0], weights[3, 0] = a, t
    return FittedKmerRidge(1, weights, np.array([offset, 7.0]), (1.0, 1.0))


def members(folder, *models, first: int = 1):
    for number, model in enumerate(models, start=first):
        place = folder / "members" / f"{number}-run{number}"
        place.mkdir(parents=True)
        model.save(place)
    return folder


def fit(folder, targets: int = 2, **options):
    return EnsembleModel().fit(data(targets), TrainingContext(folder, **options))


@pytest.fixture
def three(tmp_path):
    """Members that say 1, then 1 for each A, then 4 and 3 for each T; and 2, 7 and 7 for the second target."""
    models = FittedMean(np.array([1.0, 2.0])), counting(a=1, t=0, offset=0), counting(a=0, t=3, offset=4)
    return members(tmp_path / "run", *models)


def test_the_mean_and_the_deviation_are_those_worked_out_by_hand(three):
    fitted = fit(three)
    expected = {  # what the three members say of the first target
        "ACGT": (1, 1, 7),
        "TTT": (1, 0, 13),
        "GAATT": (1, 2, 10),
        "C": (1, 0, 4),
        "AT": (1, 1, 7),
    }
    mean, deviation = fitted.both(ASKED)
    assert mean.shape == deviation.shape == (5, 2)
    assert mean[:, 0].tolist() == pytest.approx([3, 14 / 3, 13 / 3, 5 / 3, 3])
    # ACGT: deviations -2, -2, 4 from the mean, squares 4 + 4 + 16 = 24, over M - 1 = 2, root of 12.
    assert deviation[0, 0] == pytest.approx(np.sqrt(12))
    assert deviation[:, 0].tolist() == pytest.approx([np.std(expected[text], ddof=1) for text in ASKED])
    # The second target: 2, 7, 7; mean 16 / 3, squares 100/9 + 25/9 + 25/9 = 150/9, over 2.
    assert mean[:, 1].tolist() == pytest.approx([16 / 3] * 5)
    assert deviation[:, 1].tolist() == pytest.approx([np.sqrt(75 / 9)] * 5)
    np.testing.assert_array_equal(fitted.predict(ASKED), mean)
    np.testing.assert_array_equal(fitted.deviation(ASKED), deviation)
    assert isinstance(fitted, Uncertain) and not isinstance(fitted, Differentiable)


def test_equal_members_deviate_by_exactly_nothing(tmp_path):
    third = FittedMean(np.array([0.1, 1 / 3]))
    fitted = fit(members(tmp_path, third, third, third))
    assert fitted.deviation(ASKED).tolist() == [[0.0, 0.0]] * 5
    np.testing.assert_array_equal(fitted.predict(["A"]), third.predict(["A"]))


def test_the_order_is_that_of_the_numbers_not_of_the_letters(tmp_path):
    folder = members(tmp_path, *(FittedMean(np.array([float(i), 0.0])) for i in range(9, 12)), first=9)
    assert member_names(folder) == ["9-run9", "10-run10", "11-run11"]
    fitted = fit(folder)
    assert [predicted[0, 0] for predicted in fitted.each(["A"])] == [9, 10, 11]
    fitted.save(folder)
    assert json.loads((folder / "model.json").read_text())["members"] == ["9-run9", "10-run10", "11-run11"]


def test_a_moved_folder_loads_without_what_it_was_made_from(three, tmp_path):
    fitted = fit(three)
    before = fitted.predict(ASKED)
    fitted.save(three)
    moved = shutil.move(three, tmp_path / "elsewhere")
    again = EnsembleModel.load(tmp_path / "elsewhere")
    np.testing.assert_array_equal(again.predict(ASKED), before)
    copied = tmp_path / "copy"
    copied.mkdir()
    again.save(copied)
    shutil.rmtree(moved)
    np.testing.assert_array_equal(EnsembleModel.load(copied).predict(ASKED), before)


def test_one_member_or_members_of_other_targets_are_refused(three, tmp_path):
    one = members(tmp_path / "one", FittedMean(np.array([1.0, 2.0])))
    with pytest.raises(UserError, match=r"Found 1 member; Ensemble needs at least 2 .* under Runs"):
        fit(one)
    with pytest.raises(UserError, match="Found 0 members"):
        fit(tmp_path / "nothing")
    with pytest.raises(UserError, match="Member 1-run1 predicts 2 targets, the dataset has 1"):
        fit(three, targets=1)


def test_a_member_without_its_file_or_of_an_unknown_kind_is_named(three):
    path = three / "members" / "2-run2" / "model.json"
    path.write_text(path.read_text().replace("kmer-ridge", "oracle"))
    with pytest.raises(UserError, match="no model called 'oracle'"):
        fit(three)
    path.unlink()
    with pytest.raises(UserError, match=r"model\.json is missing from .*2-run2"):
        fit(three)


def test_progress_is_that_of_all_members_together(three):
    reports = []
    fit(three).predict(ASKED, progress=Callback(reports.append))
    assert [(report.step, report.total) for report in reports] == [(10, 15), (15, 15)], "the mean does not report"


def test_train_draws_no_card_for_it():
    assert not is_offered(EnsembleModel)
    assert is_offered(MODELS.get("cnn"))


@pytest.fixture(scope="module")
def networks(tmp_path_factory):
    """Two networks, each after one epoch on forty sequences."""
    rng = np.random.default_rng(0)
    folder = tmp_path_factory.mktemp("networks")
    sequences = tuple("".join(rng.choice(list("ACGT"), size=size)) for size in rng.integers(15, 30, size=40))
    part = Part(sequences, np.array([[s.count("T"), s.count("G")] for s in sequences], dtype=float), np.empty((40, 0)))
    known = TrainingData(part, part, ("t", "g"), "multi_regression")
    for number, seed in enumerate((0, 1), start=1):
        place = folder / "members" / f"{number}-cnn{seed}"
        place.mkdir(parents=True)
        model = MODELS.create("cnn", {"epochs": 1, "channels": 4, "blocks": 1})
        model.fit(known, TrainingContext(place, seed=seed, device="cpu")).save(place)
    return folder, EnsembleModel().fit(known, TrainingContext(folder))


def test_networks_together_are_a_network_that_predicts_the_mean(networks):
    import torch

    _, fitted = networks
    network = fitted.network()
    assert not network.training
    for text in ASKED:
        found = network(torch.from_numpy(one_hot(text))[None]).detach().numpy()
        np.testing.assert_allclose(found[0], fitted.predict([text])[0], atol=1e-5)


def test_gradients_explain_networks_and_add_up(networks):
    _, fitted = networks
    method = METHODS.create("integrated-gradients", {"reference": "zeros", "steps": 200})
    found = method.attribute(fitted, ["ACGTTGCAACG"], target=1)[0]
    assert found.prediction == pytest.approx(fitted.predict(["ACGTTGCAACG"])[0, 1], abs=1e-5)
    assert found.scores.sum() == pytest.approx(found.prediction - found.reference_prediction, abs=1e-5)


def test_with_one_member_without_a_network_gradients_are_refused_and_mutations_explain(networks, tmp_path):
    source, _ = networks
    shutil.copytree(source, tmp_path / "mixed")
    mixed = members(tmp_path / "mixed", FittedMean(np.array([1.0, 2.0])), first=3)
    fitted = fit(mixed)
    with pytest.raises(UserError, match="in-silico mutagenesis"):
        METHODS.create("integrated-gradients").attribute(fitted, ["ACGTTGCAACG"])
    found = METHODS.create("in-silico-mutagenesis").attribute(fitted, ["ACGTTGCAACG"])[0]
    assert found.effects.shape == (4, 11)


def test_a_member_that_reads_tokens_keeps_its_tokenizer_in_its_own_folder(tmp_path):
    rng = np.random.default_rng(1)
    part = Part(
        tuple("".join(rng.choice(list("ACGT"), size=12)) for _ in range(24)), np.ones((24, 1)), np.ones((24, 0))
    )
    tokenizer = fit_tokenizer(TOKENIZERS.create("k-mer", {"k": 2}), Corpus(sequences=list(part.sequences)))
    reading = TrainingData(part, part, ("x",), "regression", tokenizer)
    model = MODELS.create("bert", {"size": "tiny", "epochs": 1, "longest": 16})
    trained = model.fit(reading, TrainingContext(tmp_path, device="cpu"))
    folder = members(tmp_path / "run", trained, FittedMean(np.array([1.0])))
    fitted = EnsembleModel().fit(TrainingData(part, part, ("x",), "regression"), TrainingContext(folder))
    fitted.save(folder)
    assert (folder / "members" / "1-run1" / "tokenizer" / "fitted.json").is_file()
    expected = (trained.predict(["ACGTAC"]) + 1) / 2
    moved = shutil.move(folder, tmp_path / "elsewhere")
    np.testing.assert_allclose(EnsembleModel.load(tmp_path / moved).predict(["ACGTAC"]), expected, rtol=1e-12)
