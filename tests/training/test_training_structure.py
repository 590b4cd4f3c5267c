"""The three losses of a pretraining on structure, worked out by hand; what is hidden stays hidden."""

import math

import numpy as np
import pandas as pd
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from lib.core.errors import Cancelled
from lib.core.progress import Callback
from lib.models.nets.batches import Frame, by_length
from lib.models.nets.fold_language import Folded, FoldedTokens, FoldLoss, evaluate, pretrain
from lib.models.nets.masked_language import Masking
from lib.models.nets.utr_encoder import FoldGuesser, build
from lib.models.schedule import Plan
from lib.models.utr_pretraining import LOSSES
from lib.models.utr_shape import Sizes, alphabet
from lib.motifs.folding import classes, fold
from lib.training import TrainingContext

TOKENS = alphabet()
FRAME, MASKING = Frame.of(TOKENS.vocabulary, 64), Masking.of(TOKENS.vocabulary, 0.3)
SEQUENCES = ["GGGGTTTTCCCC", "ACGTNACGTAC", "GGCGAAAAGCGCC", "TTTTT", "GCGCAAAAGCGCTT", "ACACACAC", "GGGAAATTTCCC"]


def folded(sequences=SEQUENCES) -> Folded:
    folds = [fold(sequence) for sequence in sequences]
    energies = np.array([one.energy for one in folds])
    rows = FRAME.rows(TOKENS.encode_batch(sequences))
    return Folded(rows, [classes(one.structure) for one in folds], (energies - energies.mean()) / energies.std())


def examples(*, everywhere: bool = True, seed: int = 0, sequences=SEQUENCES) -> FoldedTokens:
    return FoldedTokens(folded(sequences), FRAME, MASKING, seed, everywhere=everywhere)


def network() -> FoldGuesser:
    torch.manual_seed(0)
    return FoldGuesser(build(Sizes(1, 16, 2), FRAME, mask=MASKING.mask, dropout=0.0))


def test_the_losses_are_those_worked_out_by_hand():
    loss = FoldLoss(structure=2.0, energy=0.5)
    said = torch.zeros(2, 3, 2 + 4)  # two words, three classes, an energy
    said[0, 1, 0] = math.log(3)  # says the first word with 3/4
    said[1, 0, 2] = math.log(2)  # says the first class with 2/4
    said[:, :, 5] = torch.tensor([0.5, -1.0])[:, None]
    labels = torch.tensor([[[-1, -1, 1.5], [0, 2, 1.5], [1, -1, 1.5]], [[-1, 0, -1.0], [-1, 1, -1.0], [-1, -1, -1.0]]])
    letters, structure, energy = loss.parts(said, labels).tolist()
    assert letters == pytest.approx(-math.log(3 / 4) + math.log(2))
    assert structure == pytest.approx(math.log(3) + math.log(2) + math.log(3))
    assert energy == pytest.approx(1.0), "of 0.5 against 1.5, and of -1 against -1"
    known = loss.count_known(torch.tensor([[2.0, 1.0, 1.0], [0.0, 2.0, 1.0]]))
    assert known.tolist() == [2, 3, 2]
    assert loss(said, labels, known).item() == pytest.approx(letters / 2 + 2 * structure / 3 + 0.5 * energy / 2)


def test_pieces_of_a_batch_add_up_to_the_batch():
    data, model, loss = examples(), network(), FoldLoss(1.0, 1.0)
    numbers = [0, 6]  # both of 12 nt
    known = loss.count_known(data.labels[numbers])

    def part(some):
        batch = data.collate(some)
        return loss(model(batch["sequences"], batch["mask"]), batch["labels"], known)

    assert (part([0]) + part([6])).item() == pytest.approx(part(numbers).item(), rel=1e-5)
    means = loss.take_mean()
    assert (means @ loss.weights).item() == pytest.approx(part(numbers).item(), rel=1e-5), "of one batch"
    loss.take_mean()
    assert loss.take_mean().sum() == 0, "taken once"


@given(st.lists(st.text("ACGT", min_size=3, max_size=9), min_size=1, max_size=3), st.integers(0, 99))
@settings(max_examples=25, deadline=None)
def test_what_is_hidden_cannot_be_seen(sequences, seed):
    data = FoldedTokens(_without_folds(sequences), FRAME, MASKING, seed, everywhere=True)
    numbers = list(range(len(sequences)))
    seen = data.collate(numbers)["sequences"]
    for number in numbers:  # other letters where [MASK] stands give the very same input
        row = data.rows[number]
        hidden = np.flatnonzero(seen[number, : len(row)].numpy() == MASKING.mask)
        row[hidden] = np.random.default_rng(seed).choice(MASKING.words, len(hidden))
    again = data.collate(numbers)
    torch.testing.assert_close(again["sequences"], seen)


def _without_folds(sequences):
    rows = FRAME.rows(TOKENS.encode_batch(sequences))
    return Folded(rows, [np.zeros(len(s), dtype=np.int8) for s in sequences], np.zeros(len(sequences)))


@pytest.mark.parametrize("everywhere", [True, False])
def test_labels_stand_where_the_bases_are(everywhere):
    data = examples(everywhere=everywhere)
    batch = data.collate([3, 0])
    structure = batch["labels"][1, :, 1].long()
    expected = torch.tensor([-1, *classes(fold(SEQUENCES[0]).structure).tolist(), -1])
    hidden = batch["labels"][1, :, 0] >= 0
    wanted = expected if everywhere else torch.where(hidden, expected, -1)
    assert structure.tolist() == wanted.tolist()
    counted = [(batch["labels"][row, :, column] >= 0).sum().item() for row in (0, 1) for column in (0, 1)]
    assert counted == data.labels[[3, 0], :2].flatten().tolist()
    assert not hidden[[0, -1]].any(), "[CLS] and [SEP] are never hidden"
    assert batch["labels"][0, 6, 2] == pytest.approx(data.folded.energies[3], abs=1e-6)


def test_what_is_said_is_judged_as_counted_by_hand():
    data = examples()

    def right(numbers):
        labels = data.collate(numbers)["labels"]
        said = torch.zeros(*labels.shape[:2], FRAME.size + 4)
        for column, start in ((0, 0), (1, FRAME.size)):
            picked = labels[..., column].clamp(min=0).long()[..., None] + start
            said.scatter_(2, picked, 50.0)
        said[..., -1] = labels[..., 2]
        said[0, :, FRAME.size : FRAME.size + 3] = torch.tensor([0.0, 99.0, 0.0])  # all of the first one opens
        return said

    batches = ((group.tolist(), right(group.tolist())) for group in by_length(data.lengths, data.evaluated))
    found = evaluate(batches, data, FoldLoss(1.0, 1.0))
    assert found.numbers(data.folded.energies)["letters_accuracy"] == 1
    assert found.numbers(data.folded.energies)["energy_r2"] == pytest.approx(1)
    opened = [sum(letter == "(" for letter in fold(sequence).structure) for sequence in SEQUENCES]
    lengths = [len(sequence) for sequence in SEQUENCES]
    wrong = found.structure[:, 0] != lengths
    assert found.structure[wrong, 0].tolist() == [opened[row] for row in np.flatnonzero(wrong)]
    assert found.structure[:, 1].tolist() == lengths
    assert found.structure_counts[:, 1].tolist() == opened
    assert (found.letter_counts.sum(axis=1) == found.letters[:, 1]).all()
    assert found.losses[2] == pytest.approx(0, abs=1e-6)


def test_it_learns_writes_its_losses_and_goes_on_where_it_was_stopped(tmp_path):
    plan = Plan(epochs=6, batch_size=4, learning_rate=1e-2, weight_decay=0.0, patience=6, warmup=0.1)

    def run(folder, progress=None):
        folder.mkdir(exist_ok=True)
        context = TrainingContext(folder, device="cpu", **({"progress": progress} if progress else {}))
        model = network()
        train, held = examples(sequences=SEQUENCES * 3), examples(seed=1)
        loss = FoldLoss(1.0, 1.0, table=folder / LOSSES)
        return model, *pretrain(model, train, held, loss=loss, plan=plan, context=context)

    model, epoch, evaluation = run(tmp_path / "whole")
    table = pd.read_parquet(tmp_path / "whole" / LOSSES)
    assert table["epoch"].tolist() == [1, 2, 3, 4, 5, 6]
    names = ["letters", "structure", "energy"]
    assert set(table) == {
        "epoch",
        *names,
        *(f"validation_{name}" for name in names),
        "letters_accuracy",
        "structure_accuracy",
        "energy_r2",
    }
    assert table["structure"].iloc[-1] < table["structure"].iloc[0]
    total = table[[f"validation_{name}" for name in names]].sum(axis=1)
    assert epoch == table["epoch"][total.idxmin()]
    best = evaluation.numbers(examples(seed=1).folded.energies)
    assert best["energy_r2"] == pytest.approx(table["energy_r2"][total.idxmin()], abs=1e-4)

    seen = []
    with pytest.raises(Cancelled):
        run(tmp_path / "parts", Callback(seen.append, cancelled=lambda: seen[-1].step == 14))
    resumed, *_ = run(tmp_path / "parts")
    for name, weights in model.state_dict().items():
        torch.testing.assert_close(resumed.state_dict()[name], weights, msg=name, rtol=0, atol=0)
    again = pd.read_parquet(tmp_path / "parts" / LOSSES)
    pd.testing.assert_frame_equal(again.drop(columns=names), table.drop(columns=names))
