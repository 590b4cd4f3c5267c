"""Every attribution method, present and future, keeps the same promises, on models of nucleotides and of tokens."""

import dataclasses
import json
import math

import numpy as np
import pytest
import torch

from lib.attribution import METHODS, explain_refusal
from lib.attribution.base import derive_seed
from lib.core.alphabet import one_hot
from lib.core.errors import UserError
from lib.core.progress import Callback
from lib.core.registry import settings_of, values_of
from lib.models.ensemble import FittedEnsemble
from tests.attribution.explained import LinearTokens, OneHot, Places, Plain, Small, bert, both

SEQUENCES = ["ACGTTGCAACGTA", "TTGACNNATGCAAGGTACATTT", "GGCATGA", "ACGTTGCAACGTC"]
QUICK = {"shuffles": 3, "points": 6, "steps": 16}
ANY_MODEL = {"occlusion", "feature-ablation", "in-silico-mutagenesis"}
LENGTH = 11
SEQUENCE = "ACGTTGCAACN"
WEIGHTS = np.random.default_rng(0).normal(size=(2, 4, LENGTH))


def quick(name: str, **settings):
    """Make a method with few shuffles and points."""
    known = {item.name for item in settings_of(METHODS.get(name))}
    wanted = {**QUICK, **settings}
    return METHODS.create(name, {key: value for key, value in wanted.items() if key in known})


@pytest.fixture(params=METHODS.all(), scope="module")
def method(request):
    return quick(request.param)


@pytest.fixture(params=["nucleotides", "tokens", "both"], scope="module")
def model(request):
    made = {"nucleotides": lambda: OneHot(Small()), "tokens": bert, "both": lambda: both(OneHot(Small()), bert())}
    return made[request.param]()


@pytest.fixture(scope="module")
def found(method, model):
    return method.attribute(model, SEQUENCES, target=1, seed=2)


def test_one_attribution_for_each_sequence_in_their_order(found):
    assert [item.sequence for item in found] == SEQUENCES
    for item in found:
        length = len(item.sequence)
        assert item.scores.shape == (length,) and item.scores.dtype == np.float64
        assert np.isfinite(item.scores).all()
        assert item.hypothetical is None or item.hypothetical.shape == (4, length)
        assert item.effects is None or item.effects.shape == (4, length)
        assert item.effects is None or (item.effects[one_hot(item.sequence) == 1] == 0).all()


def test_it_says_what_it_did(found, method, model):
    predicted = model.predict(SEQUENCES)[:, 1]
    for item, prediction in zip(found, predicted, strict=True):
        assert item.prediction == pytest.approx(prediction, abs=1e-5)
        assert item.method == method.label
        assert item.reference and item.rule
        if item.delta is not None:
            difference = item.prediction - item.reference_prediction
            assert item.scores.sum() + item.special - difference == pytest.approx(item.delta, abs=1e-6)


def test_tokens_say_the_same_as_nucleotides(found, model):
    for item in found:
        if not item.tokens:
            assert item.special == 0 or isinstance(model, FittedEnsemble)
            continue
        for text, start, end, _ in item.tokens:
            assert item.sequence[start:end] == (text if end > start else "")
        total = sum(score for *_, score in item.tokens)
        assert total == pytest.approx(item.scores.sum() + item.special, abs=1e-6)
        special = sum(score for _, start, end, score in item.tokens if start == end)
        assert special == pytest.approx(item.special, abs=1e-6)


def test_the_same_seed_gives_the_same_numbers_alone_or_together(found, method, model):
    for item in found[:2]:
        [alone] = method.attribute(model, [item.sequence], target=1, seed=2)
        np.testing.assert_allclose(alone.scores, item.scores, atol=2e-5)


def test_the_model_comes_back_as_it_was(method):
    trained = OneHot(Small())
    before = {name: value.clone() for name, value in trained.module.state_dict().items()}
    method.attribute(trained, SEQUENCES[:2])
    assert all(torch.equal(value, before[name]) for name, value in trained.module.state_dict().items())
    assert not trained.module.training
    assert all(p.grad is None and p.requires_grad for p in trained.module.parameters())
    assert not any(m._forward_hooks or m._forward_pre_hooks for m in trained.module.modules())


def test_progress_ends_at_the_last_sequence(method, model):
    seen = []
    method.attribute(model, SEQUENCES[:3], progress=Callback(seen.append))
    assert (seen[-1].step, seen[-1].total) == (3, 3)
    assert [report.step for report in seen] == sorted(report.step for report in seen)
    assert method.attribute(model, []) == []


def test_settings_can_be_shown_and_stored(method):
    assert dataclasses.is_dataclass(method) and method.summary.endswith(".")
    assert METHODS.create(method.name, json.loads(json.dumps(values_of(method)))) == method
    for item in settings_of(method):
        assert item.label and item.help
        assert item.type is bool or item.choices or not math.isnan(item.low)


def test_what_it_cannot_explain_it_refuses_in_one_sentence(method, model):
    plain = Plain(model)
    assert explain_refusal(method, model) == explain_refusal(type(method), model) == ""
    if method.name in ANY_MODEL:
        assert explain_refusal(method, plain) == ""
        assert len(method.attribute(plain, SEQUENCES[2:3])[0].scores) == 7
        return
    assert "no gradients" in explain_refusal(type(method), plain) and "in-silico mutagenesis" in explain_refusal(
        method, plain
    )
    with pytest.raises(UserError, match="no gradients"):
        method.attribute(plain, SEQUENCES)
    assert "2-second" in explain_refusal(method, both(model, plain))


def test_mask_tokens_are_refused_where_no_tokens_are_read(method, model):
    if not hasattr(method, "reference") or method.name == "occlusion":
        pytest.skip("nothing is compared with mask tokens")
    masked = quick(method.name, reference="mask")
    if explain_refusal(masked, model):
        assert model is not bert()
        with pytest.raises(UserError, match="Mask tokens are a reference for models that read tokens"):
            masked.attribute(model, SEQUENCES)
    else:
        assert model is bert() and "mask tokens everywhere" in masked.attribute(model, SEQUENCES[:1])[0].reference


def test_bad_input_is_said(method, model):
    with pytest.raises(UserError, match="empty"):
        method.attribute(model, ["ACGTACGT", ""])
    with pytest.raises(UserError, match="2 targets; there is no target number 3"):
        method.attribute(model, ["ACGTACGT"], target=2)


def test_nothing_to_explain_is_nothing(method):
    for item in method.attribute(OneHot(Places(np.zeros((2, 4, LENGTH)))), [SEQUENCE]):
        assert (item.scores == 0).all() and item.prediction == 0
        assert item.hypothetical is None or (item.hypothetical == 0).all()


CLOSED = {
    "integrated-gradients": "difference",
    "deep-lift": "difference",
    "gradient-shap": "difference",
    "feature-ablation": "difference",
    "input-x-gradient": "product",
    "saliency": "size",
    "occlusion": "occlusion",
    "in-silico-mutagenesis": "mutations",
}


def test_every_method_has_a_closed_form_here():
    assert set(CLOSED) == set(METHODS.all()), "give each method its closed form on a linear model"


@pytest.mark.parametrize("reference", ["zeros", "uniform"])
@pytest.mark.parametrize("name", CLOSED)
def test_a_linear_model_of_nucleotides_in_closed_form(name, reference):
    weights, x = WEIGHTS[1], one_hot(SEQUENCE)
    [found] = quick(name, reference=reference, window=1).attribute(OneHot(Places(WEIGHTS)), [SEQUENCE], target=1)
    standing, mean = (x * weights).sum(axis=0), weights.mean(axis=0)
    away = mean if reference == "uniform" else np.zeros(LENGTH)
    expected = {
        "difference": standing - away,
        "product": standing,
        "size": np.abs(weights).sum(axis=0),
        "occlusion": standing - away,
        "mutations": np.where(x.any(axis=0), (4 * standing - 4 * mean) / 3, -mean),
    }[CLOSED[name]]
    np.testing.assert_allclose(found.scores, expected, atol=1e-5)
    if CLOSED[name] in ("product", "size"):
        corrected = quick(name, gradient_correction=True).attribute(OneHot(Places(WEIGHTS)), [SEQUENCE], target=1)[0]
        centred = weights - mean
        expected = {"product": (x * centred).sum(axis=0), "size": np.abs(centred).sum(axis=0)}[CLOSED[name]]
        np.testing.assert_allclose(corrected.scores, expected, atol=1e-5)
    if CLOSED[name] == "difference" and name != "feature-ablation":
        np.testing.assert_allclose(found.hypothetical, weights - away, atol=1e-5)
        assert abs(found.delta) < 1e-4


@pytest.mark.parametrize("reference", ["zeros", "uniform", "mask", "dinucleotide-shuffles"])
@pytest.mark.parametrize("name", [name for name in CLOSED if CLOSED[name] in ("difference", "size", "product")])
def test_a_linear_model_of_tokens_in_closed_form(name, reference):
    model = LinearTokens()
    [found] = quick(name, reference=reference).attribute(model, ["ACGNTACA"], target=1)
    [row] = model.read(["ACGNTACA"])
    own, weights = model.embeddings[torch.from_numpy(row.ids)], model.weights[1]
    words = torch.from_numpy(row.ends > row.starts)
    if reference == "dinucleotide-shuffles":
        from lib.attribution._token_references import token_references

        away = token_references(model, "ACGNTACA", row, reference, shuffles=3, seed=0)[0].mean(dim=0)
    else:
        mean = {"zeros": torch.zeros(3), "uniform": model.embeddings[4:].mean(dim=0), "mask": model.embeddings[3]}
        away = torch.where(words[:, None], mean[reference], own)
    expected = {
        "difference": (own - away) @ weights,
        "product": own @ weights,
        "size": weights.abs().sum().expand(len(own)),
    }[CLOSED[name]].numpy()
    np.testing.assert_allclose([score for *_, score in found.tokens], expected, atol=1e-5)
    assert found.special == pytest.approx(expected[0] + expected[-1], abs=1e-5)
    inner = expected[1:-1] / 2  # words of two letters that overlap by one
    np.testing.assert_allclose(found.scores, np.append(inner, 0) + np.insert(inner, 0, 0), atol=1e-5)
    if name in ("saliency", "feature-ablation"):
        assert found.hypothetical is None
        return
    [mutated] = METHODS.create("in-silico-mutagenesis").attribute(model, ["ACGNTACA"], target=1)
    known = one_hot("ACGNTACA").any(axis=0)  # there a base is compared with another one, else with N
    effects = 2 * (found.hypothetical - found.scores)  # each word of two letters gives a position half of its effect
    np.testing.assert_allclose(effects[:, known], mutated.effects[:, known], atol=1e-5)


@pytest.mark.parametrize("bpe", [False, True])
@pytest.mark.parametrize("name", ["deep-lift", "integrated-gradients", "input-x-gradient"])
def test_at_the_base_that_stands_there_the_hypothetical_contribution_of_a_token_model_is_the_score(name, bpe):
    sequence = SEQUENCES[0]
    [found] = quick(name).attribute(bert(bpe=bpe), [sequence])
    assert found.hypothetical.shape == (4, len(sequence)) and np.isfinite(found.hypothetical).all()
    standing, known = one_hot(sequence), one_hot(sequence).any(axis=0)
    np.testing.assert_allclose((standing * found.hypothetical).sum(axis=0)[known], found.scores[known], atol=1e-6)
    assert np.ptp(found.hypothetical, axis=0).max() > 0


def test_an_ensemble_of_both_kinds_is_the_mean_of_its_members():
    first, second = OneHot(Small()), bert()
    for name in METHODS.all():
        if name == "in-silico-mutagenesis":
            continue
        method = quick(name)
        one, other, mean = (
            method.attribute(model, SEQUENCES[:1], seed=seed)[0]
            for model, seed in ((first, 1), (second, derive_seed(1, 1)), (both(first, second), 1))
        )
        np.testing.assert_allclose(mean.scores, (one.scores + other.scores) / 2, atol=1e-6)
        assert mean.special == pytest.approx((one.special + other.special) / 2, abs=1e-6)
        assert mean.tokens == () and (mean.hypothetical is None) == (one.hypothetical is None)
        assert mean.delta is None or mean.delta == pytest.approx((one.delta + other.delta) / 2, abs=1e-6)
