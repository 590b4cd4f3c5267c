"""The convolutional network: padding, missing labels, units, and what explanation methods need of it."""

import numpy as np
import pytest
import torch
from torch import nn

from lib.core.alphabet import codes, one_hot
from lib.core.errors import UserError
from lib.models import MODELS
from lib.models.cnn import CnnModel
from lib.models.nets.batches import one_hot_batch
from lib.models.nets.residual import MaskedBatchNorm, RegionPooling, ResidualNetwork
from lib.tasks.data import Part, TrainingData
from lib.training import TrainingContext

LENGTHS = (41, 23, 12, 7, 1)
QUICK = CnnModel(epochs=2, channels=6, batch_size=16)


def network(outputs=3):
    torch.manual_seed(0)
    body = ResidualNetwork(outputs, channels=6, stem=9, pool=2, kernel=5, dilations=[1, 2, 4], dropout=0.1)
    for module in body.modules():
        if isinstance(module, nn.BatchNorm1d):
            nn.init.normal_(module.running_mean)
            nn.init.uniform_(module.running_var, 0.5, 2.0)
            nn.init.normal_(module.bias)
    return body


def sequences(n=60, seed=0):
    rng = np.random.default_rng(seed)
    return tuple("".join(rng.choice(list("ACGT"), size=size)) for size in rng.integers(10, 30, size=n))


def data(scale=1.0, shift=0.0, columns=2):
    made, rng = sequences(), np.random.default_rng(1)
    y = np.array([[made_one.count("T")] for made_one in made], dtype=float) * scale + shift
    auxiliary = rng.normal(size=(60, columns))
    cut = 44
    train = Part(made[:cut], y[:cut], auxiliary[:cut])
    return TrainingData(train, Part(made[cut:], y[cut:], auxiliary[cut:]), ("t",), "regression")


@pytest.mark.parametrize("extra", [0, 1, 8])
def test_padding_changes_no_prediction(extra):
    body = network().eval()
    made = ["".join(np.random.default_rng(size).choice(list("ACGTN"), size=size)) for size in LENGTHS]
    batch, mask = one_hot_batch([codes(sequence) for sequence in made])
    batch, mask = nn.functional.pad(batch, (0, extra)), nn.functional.pad(mask, (0, extra))
    padded = body(batch, mask)
    for row, sequence in enumerate(made):
        alone = body(torch.from_numpy(one_hot(sequence))[None])[0]
        torch.testing.assert_close(padded[row], alone, atol=1e-5, rtol=1e-5, msg=f"length {len(sequence)}")


def test_batch_statistics_leave_padding_out():
    """The statistics of two sequences of 5 and 3 places are those of their 8 places in a row."""
    rng = torch.Generator().manual_seed(0)
    first, second = torch.randn(4, 5, generator=rng), torch.randn(4, 3, generator=rng)
    padded = torch.stack([first, nn.functional.pad(second, (0, 2), value=99.0)])
    mask = torch.tensor([[[1.0] * 5], [[1.0] * 3 + [0.0] * 2]])
    ours, theirs = MaskedBatchNorm(4), nn.BatchNorm1d(4)
    found, expected = ours(padded, mask), theirs(torch.cat([first, second], dim=1)[None])[0]
    torch.testing.assert_close(found[0], expected[:, :5])
    torch.testing.assert_close(found[1, :, :3], expected[:, 5:])
    torch.testing.assert_close(ours.running_mean, theirs.running_mean)
    torch.testing.assert_close(ours.running_var, theirs.running_var)


def test_every_nonlinearity_and_pooling_is_a_module_that_runs_once():
    """Otherwise DeepLift would be silently wrong."""
    body, calls = network().eval(), {}
    watched = [module for module in body.modules() if not list(module.children())]
    for module in watched:
        module.register_forward_hook(lambda module, *_: calls.update({module: calls.get(module, 0) + 1}))
    body(torch.from_numpy(one_hot("ACGTACGTACGTT"))[None])
    assert set(calls.values()) == {1}
    assert len(calls) == len(watched)
    graph = {type(module).__name__ for module in watched}
    assert {"ReLU", "AvgPool1d", "MeanPooling"} <= graph


def test_predictions_are_in_the_units_of_the_targets(tmp_path):
    """The same target in other units gives the same predictions in other units."""
    found = [
        QUICK.fit(data(scale, shift), TrainingContext(tmp_path / name, device="cpu")).predict(sequences(7, seed=5))
        for name, scale, shift in (("a", 1.0, 0.0), ("b", 100.0, -7.0))
    ]
    np.testing.assert_allclose(found[1], found[0] * 100 - 7, rtol=1e-3)


def test_labels_that_are_missing_or_constant_teach_nothing(tmp_path):
    """A column without values, one without variance and one with an infinite value leave a finite, equal model."""
    plain = data(columns=1)
    expected = QUICK.fit(plain, TrainingContext(tmp_path / "a", device="cpu")).predict(sequences(5, seed=9))
    parts = []
    for part in (plain.train, plain.validation):
        n = len(part.sequences)
        parts.append(
            Part(part.sequences, part.targets, np.hstack([part.auxiliary, np.full((n, 1), np.nan), np.ones((n, 1))]))
        )
    found = QUICK.fit(TrainingData(*parts, ("t",), "regression"), TrainingContext(tmp_path / "b", device="cpu"))
    np.testing.assert_array_equal(found.predict(sequences(5, seed=9)), expected)
    some = plain.train.auxiliary.copy()
    some[2], some[5] = np.nan, np.inf
    holed = Part(plain.train.sequences, plain.train.targets, some)
    found = QUICK.fit(TrainingData(holed, plain.validation, ("t",), "regression"), TrainingContext(tmp_path / "c"))
    assert np.isfinite(found.predict(sequences(5, seed=9))).all()


def test_without_auxiliary_targets_only_the_targets_are_learned(tmp_path):
    found = CnnModel(epochs=1, channels=6, auxiliary=False).fit(data(), TrainingContext(tmp_path, device="cpu"))
    assert found.module.body.head.out_features == 1
    assert CnnModel(auxiliary=False).parameters(1, 11) < CnnModel().parameters(1, 11)


def test_the_default_network_has_about_as_many_weights_as_the_documents_say():
    assert 150_000 < CnnModel().parameters(1, 11) < 200_000


def test_weights_of_other_settings_are_refused(tmp_path):
    QUICK.fit(data(), TrainingContext(tmp_path, device="cpu")).save(tmp_path)
    text = (tmp_path / "model.json").read_text()
    (tmp_path / "model.json").write_text(text.replace('"channels": 6', '"channels": 8'))
    with pytest.raises(UserError, match="do not fit"):
        CnnModel.load(tmp_path)


def test_an_empty_sequence_is_refused(tmp_path):
    found = QUICK.fit(data(), TrainingContext(tmp_path, device="cpu"))
    with pytest.raises(UserError, match="empty"):
        found.predict(["ACGT", ""])


def test_a_long_sequence_is_predicted(tmp_path):
    found = QUICK.fit(data(), TrainingContext(tmp_path, device="cpu"))
    assert np.isfinite(found.predict(["ACGTTGCA" * 25_000])).all()


def test_gradients_reach_every_nucleotide_but_not_the_weights(tmp_path):
    module = QUICK.fit(data(), TrainingContext(tmp_path, device="cpu")).network()
    inputs = torch.from_numpy(one_hot("ACGTACGTTGCA"))[None].requires_grad_()
    module(inputs).sum().backward()
    assert (inputs.grad.abs().sum(dim=1) > 0).all()
    assert not any(weights.requires_grad for weights in module.parameters())


@pytest.mark.parametrize("name", ["cnn", "legnet"])
def test_sequences_that_no_memory_holds_are_refused_before_they_fill_it(name, tmp_path):
    made = data()
    train = Part((*made.train.sequences[:-1], "ACGTT" * 4_000_000), made.train.targets, made.train.auxiliary)
    long = TrainingData(train, made.validation, made.target_names, made.task)
    with pytest.raises(
        UserError, match=r"\d+ sequences of up to 20,000,000 nt needs about .* GB.*Lower the batch size"
    ):
        MODELS.create(name).fit(long, TrainingContext(tmp_path, device="cpu"))


def test_regions_are_means_over_overlapping_places_by_hand():
    """Five places and three regions, whose middles are the first, the third and the fifth place."""
    pooling = RegionPooling(3)
    weights = pooling.weights(torch.tensor([[5.0]]), 5)[0]
    expected = torch.tensor([[2, 1, 0, 0, 0], [0, 1, 2, 1, 0], [0, 0, 0, 1, 2]]) / torch.tensor([[3.0], [4.0], [3.0]])
    torch.testing.assert_close(weights, expected)
    hidden = torch.arange(10.0).view(1, 2, 5)
    found = pooling(hidden, None).view(3, 2)
    torch.testing.assert_close(found, expected @ hidden[0].T)
    padded = pooling(nn.functional.pad(hidden, (0, 4), value=99.0), torch.tensor([[[1.0] * 5 + [0.0] * 4]]))
    torch.testing.assert_close(padded.view(3, 2), found)
    assert torch.isfinite(pooling(hidden[:, :, :1], None)).all()


def test_a_motif_is_told_from_the_same_motif_elsewhere_by_regions_alone(tmp_path):
    """The class is where TATAAA stands, in the first or in the last third; composition and words are the same."""
    rng = np.random.default_rng(2)
    made, late = ["".join(rng.choice(list("ACGT"), size=36)) for _ in range(240)], rng.random(240) < 0.5
    made = [f"{text[:30]}TATAAA" if end else f"TATAAA{text[6:]}" for text, end in zip(made, late, strict=True)]
    parts = [
        Part(tuple(made[cut]), late[cut, None].astype(float), np.empty((len(made[cut]), 0)))
        for cut in (slice(0, 180), slice(180, 240))
    ]
    model = CnnModel(epochs=5, channels=8, batch_size=16, regions=4, blocks=1)
    fitted = model.fit(
        TrainingData(*parts, ("late",), "classification", classes=("early", "late")), TrainingContext(tmp_path)
    )
    right = (fitted.predict(parts[1].sequences)[:, 0] > 0) == (parts[1].targets[:, 0] == 1)
    assert right.mean() > 0.95
