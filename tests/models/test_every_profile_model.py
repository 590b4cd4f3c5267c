"""Every model of profiles, present and future, keeps the same promises."""

import dataclasses

import numpy as np
import pytest

from lib.attribution.profile_heads import PROFILE, attribute, select_head
from lib.attribution.references import SHUFFLES
from lib.core.alphabet import one_hot
from lib.core.errors import UserError
from lib.models import MODELS, Differentiable
from lib.models.base import ProfileDifferentiable, TokenDifferentiable
from lib.tasks.profile import Profiled
from lib.training import TrainingContext
from tests.models import profiles_made
from tests.models.test_every_model import CHECKPOINTS, QUICK, data_for, fit

N, TRACKS, LENGTH = 70, profiles_made.TRACKS, profiles_made.LENGTH
SETTINGS = {
    "bert": {"size": "tiny", "epochs": 1, "batch_size": 20, "longest": 40},
    "dnabert-2": {"epochs": 1, "batch_size": 20, "adaptation": "lora"},
    "hf-encoder": {"epochs": 1, "batch_size": 20, "adaptation": "frozen"},
}
LEARNS = [name for name, cls in MODELS.all().items() if "profile" in cls.tasks and getattr(cls, "offered", True)]
WINDOWS = profiles_made.made(seed=5, n=31).sequences[:3].tolist()


@pytest.fixture(params=LEARNS, scope="module")
def model(request, tmp_path_factory):
    settings = dict(SETTINGS.get(request.param, QUICK.get(request.param, {})))
    if request.param in CHECKPOINTS:
        settings["weights"] = str(CHECKPOINTS[request.param](tmp_path_factory.mktemp("checkpoint")))
    return MODELS.create(request.param, settings)


@pytest.fixture(scope="module")
def fitted(model, tmp_path_factory):
    return fit(model, profiles_made.made(n=N), tmp_path_factory.mktemp("profiles") / "a")


def test_shares_of_the_reads_add_up_to_one(fitted):
    assert isinstance(fitted, Profiled)
    found = fitted.predict_profiles(WINDOWS)
    assert found.shape == (len(WINDOWS), TRACKS, LENGTH)
    assert found.dtype == np.float64
    assert (found > 0).all()
    np.testing.assert_allclose(found.sum(axis=2), 1.0, atol=1e-12)
    assert fitted.predict_profiles([]).shape[:2] == (0, TRACKS)
    assert fitted.predict(WINDOWS).shape == (len(WINDOWS), TRACKS)


def test_a_profile_does_not_depend_on_its_neighbours(fitted):
    together = fitted.predict_profiles(WINDOWS)
    for row, sequence in enumerate(WINDOWS):
        np.testing.assert_allclose(fitted.predict_profiles([sequence])[0], together[row], atol=1e-6)


def test_saved_and_loaded_it_predicts_the_same_to_the_last_bit(model, fitted, tmp_path):
    fitted.save(tmp_path)
    again = type(model).load(tmp_path)
    np.testing.assert_array_equal(again.predict_profiles(WINDOWS), fitted.predict_profiles(WINDOWS))
    np.testing.assert_array_equal(again.predict(WINDOWS), fitted.predict(WINDOWS))


def test_the_test_part_changes_nothing(model, fitted, tmp_path):
    dataset = profiles_made.made(n=N)
    test = dataset.rows("test")
    counts, sequences = dataset.profiles.copy(), dataset.sequences.copy()
    counts[test], sequences[test] = 7.0, "G" * LENGTH
    changed = dataclasses.replace(dataset, profiles=counts, sequences=sequences)
    found = fit(model, changed, tmp_path).predict_profiles(WINDOWS)
    np.testing.assert_array_equal(found, fitted.predict_profiles(WINDOWS))


def test_windows_of_several_lengths_are_refused_in_a_sentence(fitted):
    with pytest.raises(UserError, match="37 nt"):
        fitted.predict_profiles([WINDOWS[0], WINDOWS[1][:-4]])


def test_profiles_that_do_not_fit_the_sequences_are_refused(model, tmp_path):
    if model.name == "mean":
        pytest.skip("reads no sequence")
    dataset = profiles_made.made(n=N)
    short = dataclasses.replace(dataset, profiles=dataset.profiles[:, :, :30])
    with pytest.raises(UserError, match="30 positions and the sequences 37 to 37 nt"):
        model.fit(data_for(model, short), TrainingContext(tmp_path, device="cpu"))


def test_what_explains_a_profile_is_what_its_network_gives(fitted):
    if not isinstance(fitted, ProfileDifferentiable):
        pytest.skip("no network")
    import torch

    head = select_head(fitted, PROFILE, WINDOWS[0])
    shares = fitted.predict_profiles(WINDOWS[:1])[0]
    logits = np.log(shares)
    expected = ((logits - logits.mean(axis=1, keepdims=True)) * shares).sum(axis=1)  # T
    np.testing.assert_allclose(head.predict(WINDOWS[:1])[0], expected, rtol=1e-9)
    if isinstance(head, Differentiable):
        given = [torch.from_numpy(one_hot(WINDOWS[0]))[None]]
        network = head.network()
    else:
        assert isinstance(head, TokenDifferentiable)
        ids = torch.from_numpy(head.read(WINDOWS[:1])[0].ids)[None]
        given, network = [head.table()[ids], ids], head.embedded_network()
    assert not network.training
    np.testing.assert_allclose(network(*given).detach().numpy()[0], expected, rtol=1e-4, atol=1e-4)


@pytest.mark.parametrize("method", ["deep-lift", "integrated-gradients"])
def test_attributions_of_a_profile_add_up(fitted, method):
    if not isinstance(fitted, ProfileDifferentiable):
        pytest.skip("no network")
    from lib.attribution import METHODS

    made = METHODS.create(method, {"reference": SHUFFLES, "shuffles": 3})
    (found,) = attribute(made, fitted, WINDOWS[:1], head=PROFILE, target=1)
    total = found.scores.sum() + found.special
    difference = found.prediction - found.reference_prediction
    assert total == pytest.approx(difference, abs=max(0.01 * abs(difference), 1e-4))
