"""Pieces of batches: their sum, memory that runs out, precision, clipping, compilation, and what does not decay."""

import functools
import logging
import math

import pandas as pd
import pytest
import torch
from torch import nn
from transformers import BertConfig, BertModel

from lib.core.errors import Diverged, UserError
from lib.core.progress import Callback
from lib.models.nets import device
from lib.models.nets.batches import Examples
from lib.models.nets.residual import ResidualNetwork
from lib.tasks.regression import MaskedLoss
from lib.training import TrainingContext, checkpoint, watch
from lib.training.accumulation import split_batch
from lib.training.loop import train
from tests.training import small_network as small

same = functools.partial(pd.testing.assert_frame_equal, check_exact=False, atol=1e-6, rtol=0)


def steady():
    return small.Small(dropout=0)


@pytest.fixture(scope="module")
def thirds(tmp_path_factory):
    """A training with dropout whose batches are computed in three pieces."""
    folder = tmp_path_factory.mktemp("thirds")
    return small.fit(folder, accumulation=3), small.history(folder)


def test_the_losses_of_pieces_add_up_to_the_loss_of_their_batch():
    """Two labels of the target are known in the first piece and one in the second: no mean of means."""
    nan = math.nan
    labels = torch.tensor([[1.0, 0.0], [2.0, nan], [nan, 5.0], [3.0, nan], [nan, 1.0]])
    predictions, loss = torch.zeros(5, 2), MaskedLoss(1)
    known = loss.count_known(labels)
    assert known.tolist() == [3, 3]
    pieces = [loss(predictions[rows], labels[rows], known).item() for rows in split_batch(range(5), 2)]
    assert pieces == pytest.approx([0.5 * 5 / 3 + 0.5 * 25 / 3, 0.5 * 9 / 3 + 0.5 * 1 / 3])
    assert sum(pieces) == pytest.approx(loss(predictions, labels).item())


def test_pieces_learn_what_the_whole_batch_learns(tmp_path):
    small.fit(tmp_path / "whole", steady)
    small.fit(tmp_path / "pieces", steady, accumulation=4)
    same(small.history(tmp_path / "pieces"), small.history(tmp_path / "whole"))


@pytest.mark.parametrize("stop", [3, 6, 10])
def test_a_resumed_training_in_pieces_has_the_same_losses(thirds, stop, tmp_path, monkeypatch):
    """Four steps an epoch; with a checkpoint at each step it goes on within an epoch."""
    monkeypatch.setattr(watch, "SAVE_SECONDS", 0.0)

    def killed(report):
        if report.step >= stop:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        small.fit(tmp_path, progress=Callback(killed), accumulation=3)
    assert [path.name for path in (tmp_path / "checkpoints").iterdir()] == [f"step-{stop - 1:09d}"]
    outcome = small.fit(tmp_path, accumulation=3)
    same(small.history(tmp_path), thirds[1])
    for name, weights in outcome.weights.items():
        torch.testing.assert_close(weights, thirds[0].weights[name], atol=1e-6, rtol=0)


@pytest.mark.parametrize(("room", "pieces", "before", "left"), [(7, 2, 13, 7), (4, 4, 7, 4)])
def test_when_memory_runs_out_it_goes_on_in_smaller_pieces(room, pieces, before, left, tmp_path, caplog):
    """The first batch has 13 sequences."""
    notes = []
    with caplog.at_level(logging.WARNING):
        small.fit(tmp_path / "full", lambda: small.Small(room=room), Callback(lambda report: notes.append(report.note)))
    found = f"Memory ran out at step 1 with {before} sequences at a time; training goes on with {left} at a time"
    assert found in caplog.text
    assert f"with {left} at a time" in notes[0] and notes[0] == notes[-1], "it stays with the run"
    small.fit(tmp_path / "begun", accumulation=pieces)
    same(small.history(tmp_path / "full"), small.history(tmp_path / "begun"))
    facts = checkpoint.read(checkpoint.newest(tmp_path / "full" / "checkpoints")).facts
    assert facts["pieces"] == pieces, "a resumed training begins with the smaller ones"


class Tight(ResidualNetwork):
    """A network with batch norms that runs out of memory after some of its norms have seen a batch."""

    room = 9

    def forward(self, sequences, mask=None):
        found = super().forward(sequences, mask)
        if len(sequences) > self.room:
            raise RuntimeError("[enforce fail at alloc_cpu.cpp] DefaultCPUAllocator: can't allocate memory")
        return found


def convolutions(cls, folder, **plan):
    torch.manual_seed(1)
    network = cls(2, channels=4, stem=3, pool=2, kernel=3, dilations=[1], dropout=0.2)
    parts = [Examples(["ACGT" * 3, "TTTGA"] * n, torch.linspace(-2, 2, 4 * n).reshape(-1, 2).numpy()) for n in (15, 4)]
    small_plan = small.Plan(2, 15, 0.01, 0.01, 5, **plan)
    return train(network, *parts, loss=MaskedLoss(1), plan=small_plan, context=TrainingContext(folder, 0, "cpu"))


def test_statistics_of_a_step_that_failed_are_forgotten(tmp_path):
    found = convolutions(Tight, tmp_path / "a")
    begun = convolutions(ResidualNetwork, tmp_path / "b", accumulation=2)
    for name, weights in begun.weights.items():
        torch.testing.assert_close(found.weights[name], weights, atol=0, rtol=0, msg=name)


def test_a_sequence_that_does_not_fit_alone_ends_the_training(tmp_path):
    with pytest.raises(torch.OutOfMemoryError, match="1 rows"):
        small.fit(tmp_path, lambda: small.Small(room=0))


def test_other_errors_of_torch_are_not_taken_for_full_memory():
    assert not device.is_out_of_memory(RuntimeError("size mismatch"))
    assert not device.is_out_of_memory(ValueError("out of memory"))
    assert device.is_out_of_memory(MemoryError())


class Broken(small.Small):
    """Its predictions become infinite at the sixth batch."""

    seen = 0

    def forward(self, ids, mask=None):
        self.seen += self.training
        return super().forward(ids, mask) * (math.inf if self.seen >= 6 else 1.0)


def test_a_loss_that_is_no_number_has_an_error_of_its_own(tmp_path):
    with pytest.raises(Diverged, match=r"The loss became (nan|inf) at step \d+, so training stopped. Lower the"):
        small.fit(tmp_path, Broken)
    assert len(list((tmp_path / "checkpoints").iterdir())) == 1, "the epoch before it is kept"


@pytest.mark.parametrize(("clip", "norm"), [(0.01, 0.01), (0.0, None)])
def test_gradients_are_shortened_to_the_norm_that_was_asked_for(clip, norm, tmp_path):
    """After one step Adam's first moment is a tenth of the gradient."""
    small.fit(tmp_path, steady, epochs=1, batch_size=small.ROWS, clip=clip)
    moments = checkpoint.read(checkpoint.newest(tmp_path / "checkpoints")).tensors["optimizer"]
    found = torch.cat([value.flatten() for name, value in moments.items() if name.endswith("exp_avg")]).norm() * 10
    assert found == pytest.approx(norm, rel=1e-3) if norm else found > 0.1


@pytest.mark.parametrize("kind", ["tokens", "convolutions", "bert"])
def test_weight_decay_leaves_norms_and_biases_alone(kind, tmp_path):
    """Without any label there is no gradient, so only decay moves weights."""

    class Encoder(nn.Module):
        def __init__(self):
            super().__init__()
            sizes = {"hidden_size": 4, "num_hidden_layers": 1, "num_attention_heads": 2, "intermediate_size": 6}
            self.bert, self.head = BertModel(BertConfig(vocab_size=9, **sizes)), nn.Linear(4, 3)

        def forward(self, ids, mask=None):
            return self.head(self.bert(ids, mask).last_hidden_state[:, 0])

    made = {
        "tokens": small.Small,
        "convolutions": lambda: ResidualNetwork(3, channels=4, stem=3, pool=2, kernel=3, dilations=[1], dropout=0.2),
        "bert": Encoder,
    }[kind]()
    parts = [small.examples(rows, 0) for rows in (30, 7)]
    if kind == "convolutions":
        parts = [Examples(["ACGTT", "GGA"] * rows, torch.zeros(2 * rows, 3).numpy()) for rows in (15, 4)]
    for part in parts:
        part.labels[:] = math.nan
    before = {name: weights.detach().clone() for name, weights in made.named_parameters()}
    plan = small.Plan(2, 10, 0.1, 0.5, 5)
    last = train(made, *parts, loss=MaskedLoss(1), plan=plan, context=TrainingContext(tmp_path, 0, "cpu"))
    moved = {name for name in before if not torch.equal(last.weights[name], before[name])}
    spared = {name for name in before if name.endswith("bias") or "norm" in name.lower() or ".ln" in f".{name}"}
    assert moved and spared
    assert not moved & spared
    assert {name for name in before.keys() - spared if "pooler" not in name} <= moved


def test_lower_precision_is_close_and_leaves_the_network_as_it_was(thirds, tmp_path):
    networks = []
    small.fit(tmp_path, lambda: networks.append(small.Small()) or networks[0], precision="bf16", accumulation=3)
    found, exact = small.history(tmp_path)["loss"], thirds[1]["loss"]
    assert (found != exact).all()
    assert found.tolist() == pytest.approx(exact.tolist(), rel=0.01)
    assert "forward" not in vars(networks[0])
    assert {weights.dtype for weights in networks[0].parameters()} == {torch.float32}


def test_a_precision_that_the_device_lacks_is_refused_in_a_sentence(tmp_path):
    with pytest.raises(UserError, match="fp16, which needs an NVIDIA GPU; choose auto"):
        small.fit(tmp_path, precision="fp16")
    assert device.precision("auto", torch.device("cpu")) == "fp32"


def test_deterministic_mode_ends_with_the_training(tmp_path):
    seen = []
    small.fit(
        tmp_path, progress=Callback(lambda _: seen.append(torch.are_deterministic_algorithms_enabled())), epochs=1
    )
    assert not any(seen)
    small.fit(
        tmp_path / "strict",
        progress=Callback(lambda _: seen.append(torch.are_deterministic_algorithms_enabled())),
        epochs=1,
        deterministic=True,
    )
    assert seen[-1]
    assert not torch.are_deterministic_algorithms_enabled()
    same(small.history(tmp_path / "strict"), small.history(tmp_path))


def test_a_compiled_network_learns_the_same(tmp_path, monkeypatch):
    """The graph is captured and run; making C++ of it would need minutes."""
    monkeypatch.setattr(torch, "compile", functools.partial(torch.compile, backend="eager"))
    settings = {"epochs": 1, "batch_size": small.ROWS}
    outcome = small.fit(tmp_path / "compiled", steady, compile=True, **settings)
    assert all(not name.startswith("_orig") for name in outcome.weights)
    small.fit(tmp_path / "plain", steady, **settings)
    same(small.history(tmp_path / "compiled"), small.history(tmp_path / "plain"))


def test_compiling_without_a_compiler_is_refused_in_a_sentence(tmp_path, monkeypatch):
    monkeypatch.setenv("PATH", str(tmp_path))
    with pytest.raises(UserError, match="no C\\+\\+ compiler.*Switch off"):
        small.fit(tmp_path, compile=True)


def test_gradient_checkpointing_learns_the_same(tmp_path, caplog):
    class Encoder(nn.Module):
        def __init__(self):
            super().__init__()
            sizes = {"hidden_size": 8, "num_hidden_layers": 2, "num_attention_heads": 2, "intermediate_size": 6}
            self.bert, self.head = BertModel(BertConfig(vocab_size=9, **sizes)), nn.Linear(8, 3)
            self.redone = 0
            self.bert.encoder.layer[0].attention.register_forward_pre_hook(self.count)

        def count(self, *_):
            self.redone += 1

        def forward(self, ids, mask=None):
            return self.head(self.bert(ids, mask).last_hidden_state[:, 0])

    made = []
    for name, wanted in (("kept", False), ("redone", True)):
        settings = {"epochs": 1, "gradient_checkpointing": wanted}
        small.fit(tmp_path / name, lambda: made.append(Encoder()) or made[-1], **settings)
    same(small.history(tmp_path / "kept"), small.history(tmp_path / "redone"))
    assert made[1].redone == made[0].redone + 4, "once more in each of 4 steps"
    with caplog.at_level(logging.WARNING):
        small.fit(tmp_path / "none", epochs=1, gradient_checkpointing=True)
    assert "no gradient checkpointing" in caplog.text
