"""Pretraining: what is hidden, exact resume, cancel, pieces, and numbers gone wrong."""

import math
from dataclasses import replace

import numpy as np
import pandas as pd
import pytest
import torch
from torch import nn

from lib.core.errors import Cancelled, Diverged, UserError
from lib.core.progress import Callback, Report
from lib.models.nets.batches import Frame
from lib.models.nets.masked_language import MaskedTokenLoss, MaskedTokens, Masking, PretrainingRows, pretrain
from lib.models.nets.mlm_head import Guesser
from lib.models.nets.mosaic import MosaicConfig, MosaicEncoder
from lib.models.schedule import Plan
from lib.tokenizers import Vocabulary
from lib.training import TrainingContext, checkpoint, watch

WORDS = ("aa", "ac", "ag", "at", "cc", "cg", "ct")
VOCABULARY = Vocabulary.of(WORDS)
FRAME = Frame.of(VOCABULARY, longest=16)
PLAN = Plan(epochs=3, batch_size=8, learning_rate=1e-3, weight_decay=0.01, patience=1, warmup=0.2)


def language(n=52, share=0.15, words=7):
    """Rows of 3 to 13 words, each row one word again and again, so that there is something to be learned."""
    rng = np.random.default_rng(0)
    words, lengths = rng.integers(5, 5 + words, size=n), rng.integers(3, 14, size=n)
    rows = [np.full(length, word) for word, length in zip(words, lengths, strict=True)]
    framed = [np.concatenate([[FRAME.cls], row, [FRAME.sep]]) for row in rows]
    return PretrainingRows(framed[10:], framed[:10], FRAME, Masking.of(VOCABULARY, share))


def encoder(dropout=0.2):
    torch.manual_seed(1)
    config = MosaicConfig(FRAME.size, 24, 1, 2, 40, hidden_dropout_prob=dropout, pad_token_id=FRAME.pad)
    made = MosaicEncoder(config, pooler=False)
    nn.init.normal_(made.embeddings.word_embeddings.weight, std=0.05)
    return made


def learn(folder, plan=PLAN, made=None, network=None, **options):
    """Give the weights, the validation loss of each epoch, and the context for what follows."""
    network = network or encoder()
    context = TrainingContext(folder, seed=5, device="cpu", **options)
    _, after = pretrain(network, made or language(), plan=plan, ahead=100, context=context)
    curve = pd.read_parquet(folder / "checkpoints" / "pretraining" / "history.parquet")
    return network.state_dict(), curve["validation_loss"].tolist(), after


@pytest.fixture(scope="module")
def whole(tmp_path_factory):
    return learn(tmp_path_factory.mktemp("whole"))


def assert_same(found, needed):
    for name, weights in needed.items():
        torch.testing.assert_close(found[name], weights, atol=0, rtol=0, msg=name)


def test_what_is_hidden_is_15_percent_of_which_80_are_masked_10_random_and_10_stay():
    masking, ids = Masking.of(VOCABULARY, 0.15), np.full(40_000, 7)
    hidden, chosen = masking.hide(ids, np.random.default_rng(0))
    assert len(set(chosen)) == 6_000
    assert (np.delete(hidden, chosen) == 7).all() and (ids == 7).all(), "the rest stays, and what was given too"
    became = hidden[chosen]
    assert (became == VOCABULARY.special["mask"]).mean() == pytest.approx(0.8, abs=0.02)
    assert (became == 7).mean() == pytest.approx(0.1 + 0.1 / len(WORDS), abs=0.02), "stays, or happens to be drawn"
    assert set(became) == {VOCABULARY.special["mask"], *range(5, 12)}, "no special token stands for a word"


def test_a_batch_hides_tokens_between_the_special_ones_and_one_at_least_of_each_sequence():
    rows = [np.array([2, 9, 3]), np.array([2, *[5, 6, 7, 8] * 5, 3]), np.array([2, 10, 11, 3])]
    examples = MaskedTokens(rows, FRAME, Masking.of(VOCABULARY, 0.15), seed=3)
    assert examples.labels.tolist() == [1, 3, 1]
    seen = set()
    for examples.step in range(20):
        batch = examples.collate([1, 0])
        (ids, chosen), labels = batch["sequences"].unbind(dim=1), batch["labels"]
        assert ids.shape == chosen.shape == labels.shape == (2, 22)
        assert chosen.sum(dim=1).tolist() == [3, 1] and (chosen.bool() == (labels >= 0)).all()
        assert ids[0, [0, 21]].tolist() == ids[1, [0, 2]].tolist() == [2, 3] and chosen[:, 0].sum() == 0
        assert labels[1].tolist() == [-1, 9, *[-1] * 20] and batch["mask"].sum(dim=1).tolist() == [22, 3]
        np.testing.assert_array_equal(labels[0][labels[0] >= 0], rows[1][chosen[0].bool().numpy()])
        assert examples.collate([0, 1])["sequences"][1, 0].tolist() == ids[0].tolist(), "whatever else is in the batch"
        seen.add(tuple(chosen[0].nonzero().flatten().tolist()))
    assert len(seen) > 15, "others in each step"


def test_the_loss_is_the_mean_surprise_of_the_hidden_tokens():
    """Logits of two tokens with probabilities 1/2, 1/4, 1/4; the labels are the first and the last."""
    logits = torch.tensor([[2.0, 1.0, 1.0], [2.0, 1.0, 1.0]]) * math.log(2)
    labels = torch.tensor([[-1, 0, -1], [2, -1, -1]])
    assert MaskedTokenLoss()(logits, labels, torch.tensor(2.0)).item() == pytest.approx(1.5 * math.log(2))


def test_a_vocabulary_without_mask_has_its_unknown_token_stand_for_it_and_one_without_both_is_refused():
    assert Masking.of(Vocabulary(("[UNK]", "A", "C"), {"unknown": 0}), 0.15).mask == 0
    with pytest.raises(UserError, match=r"neither \[MASK\] nor an unknown token"):
        Masking.of(Vocabulary(("A", "C"), {}), 0.15)


def test_it_learns_what_neighbours_tell(tmp_path):
    """Each row is one of two words again and again, so that log 2 is what can be reached without neighbours."""
    plan = replace(PLAN, epochs=12, batch_size=16, learning_rate=1e-2)
    _, losses, _ = learn(tmp_path, plan, language(n=130, words=2), encoder(dropout=0.0))
    assert min(losses) < 0.7 * math.log(2)


@pytest.mark.parametrize("stop", [2, 9, 18])
def test_an_interrupted_pretraining_goes_on_as_if_nothing_had_been(whole, stop, tmp_path):
    """Six steps an epoch: killed in the first, in the second, and at the very end."""

    def killed(report):
        if report.step >= stop:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        learn(tmp_path, progress=Callback(killed))
    steps = []
    weights, losses, _ = learn(tmp_path, progress=Callback(lambda report: steps.append(report.step)))
    assert_same(weights, whole[0])
    assert losses == whole[1]
    assert steps[0] > (stop - 1) // 6 * 6, "epochs that were kept are not done again"


def test_a_checkpoint_within_a_long_epoch_is_gone_on_from_too(whole, tmp_path, monkeypatch):
    monkeypatch.setattr(watch, "SAVE_SECONDS", -1)

    def killed(report):
        if report.step == 10:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        learn(tmp_path, progress=Callback(killed))
    steps = []
    weights, losses, _ = learn(tmp_path, progress=Callback(lambda report: steps.append(report.step)))
    assert steps[0] == 10
    assert_same(weights, whole[0])
    assert losses == whole[1]


def test_a_damaged_checkpoint_is_passed_over(whole, tmp_path):
    learn(tmp_path)
    for path in tmp_path.rglob("*.safetensors"):
        path.write_bytes(path.read_bytes()[:50])
    assert_same(learn(tmp_path)[0], whole[0])


def test_the_checkpoints_of_what_follows_leave_what_was_learned(whole, tmp_path):
    learn(tmp_path)
    later = checkpoint.Checkpoint({"model": {"a": torch.ones(2)}}, {})
    checkpoint.write(tmp_path / "checkpoints", "epoch-00001", later, extra={})
    steps = []
    weights, _, _ = learn(tmp_path, progress=Callback(lambda report: steps.append(report.step)))
    assert steps == []
    assert_same(weights, whole[0])


def test_steps_never_go_back_over_both_stages(tmp_path):
    reports = []
    _, _, after = learn(tmp_path, progress=Callback(reports.append))
    after.progress.report(Report(1, 100, "Training"))
    steps = [report.step for report in reports]
    assert steps == sorted(steps) and set(steps) == set(range(1, 20))
    assert {report.total for report in reports} == {118}
    assert [report.stage for report in reports[-2:]] == ["Pretraining", "Training"]
    assert reports[-2].epoch == 3.0 and math.isfinite(reports[-2].loss)


def test_cancelling_is_quick_and_keeps_the_checkpoint(tmp_path):
    steps = []
    with pytest.raises(Cancelled):
        learn(tmp_path, progress=Callback(lambda report: steps.append(report.step), lambda: steps[-1] >= 8))
    assert steps[-1] == 8
    assert [path.name for path in tmp_path.rglob("step-*")] == ["step-000000006"]


def test_a_batch_in_pieces_teaches_the_same(tmp_path):
    """Without dropout, three pieces give the gradients of the whole batch, however many tokens each one hides."""
    one, two = (
        learn(tmp_path / str(pieces), replace(PLAN, accumulation=pieces, epochs=1), network=encoder(dropout=0.0))
        for pieces in (1, 3)
    )
    assert one[1] == pytest.approx(two[1], abs=1e-4)
    for name, weights in one[0].items():
        torch.testing.assert_close(two[0][name], weights, atol=1e-4, rtol=0, msg=name)


def test_out_of_memory_makes_pieces_smaller_and_goes_on(tmp_path, monkeypatch, caplog):
    forward, sizes = Guesser.forward, []

    def small(self, sequences, mask):
        sizes.append(len(sequences))
        if len(sequences) > 3:
            raise torch.OutOfMemoryError("no room")
        return forward(self, sequences, mask)

    monkeypatch.setattr(Guesser, "forward", small)
    learn(tmp_path, replace(PLAN, epochs=1))
    assert sizes[:3] == [7, 4, 2], "a batch of 7 sequences, halved until it fits"
    assert "goes on with 2 at a time" in caplog.text


def test_a_loss_that_is_no_number_stops_in_a_sentence(tmp_path):
    network = encoder()
    nn.init.constant_(network.embeddings.word_embeddings.weight, math.nan)
    with pytest.raises(Diverged, match=r"loss became nan at step 1,.*Lower the learning rate"):
        learn(tmp_path, network=network)


@pytest.mark.parametrize("precision", ["auto", "bf16"])
def test_it_learns_in_bf16_too(precision, tmp_path):
    _, (loss,), _ = learn(tmp_path, replace(PLAN, epochs=1, precision=precision))
    assert loss == pytest.approx(math.log(len(WORDS) + 5), abs=0.7)
