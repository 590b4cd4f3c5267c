"""The task of counts: loss and metrics by hand and against scikit-learn, targets, and models of known rates."""

import numpy as np
import pytest
import torch
from sklearn.metrics import d2_tweedie_score

from lib import tasks
from lib.core.errors import UserError
from lib.models import MODELS
from lib.tasks.bootstrap import intervals
from lib.tasks.counts import PoissonLoss, looks_like_counts, read_counts
from lib.tasks.data import Part, TrainingData
from lib.tasks.metrics import Sums
from lib.tasks.scores import Metric, Scores, score_frame
from lib.training import TrainingContext
from lib.views.score_card import ScoreCard

TASK = tasks.get("counts")


def test_the_loss_of_a_known_rate_is_half_its_deviance():
    log_rates = torch.tensor([[0.0], [np.log(2.0)], [0.0]])
    counts = torch.tensor([[0.0], [2.0], [3.0]])
    # 1 - 0; 2 - 2 log 2 + 2 log 2 - 2 = 0; 1 - 0 + 3 log 3 - 3: their mean
    assert PoissonLoss(1)(log_rates, counts).item() == pytest.approx((1 + 0 + 3 * np.log(3) - 2) / 3)


def test_the_losses_of_pieces_add_up_to_that_of_the_batch_and_missing_counts_count_nothing():
    generator = torch.Generator().manual_seed(1)
    predictions = torch.randn((7, 2), generator=generator)
    labels = torch.poisson(torch.full((7, 2), 2.0), generator=generator)
    labels[3, 1] = float("nan")
    loss = PoissonLoss(2)
    pieces = [loss(predictions[at], labels[at], loss.count_known(labels)) for at in (slice(0, 3), slice(3, 7))]
    assert sum(pieces).item() == pytest.approx(loss(predictions, labels).item(), rel=1e-6)
    assert loss.count_known(labels) == 13


def test_the_slope_of_the_loss_is_rate_minus_count():
    predictions = torch.tensor([[0.5], [-1.0]], requires_grad=True)
    labels = torch.tensor([[3.0], [0.0]])
    PoissonLoss(1)(predictions, labels).backward()
    assert predictions.grad is not None
    torch.testing.assert_close(predictions.grad, ((predictions.exp() - labels) / 2).detach())


def test_deviance_explained_is_that_of_scikit_learn_in_values_and_resamples():
    rng = np.random.default_rng(5)
    rates = rng.gamma(2.0, 3.0, 31)
    counts, predicted = rng.poisson(rates).astype(float), rates * rng.uniform(0.7, 1.4, 31)
    drawn = np.stack([np.bincount(rng.integers(0, 31, 31), minlength=31) for _ in range(4)], axis=1).astype(float)
    found = {metric.key: metric.compute(Sums(counts, predicted, drawn)) for metric in TASK.card if metric.compute}
    for number in range(4):
        rows = np.repeat(np.arange(31), drawn[:, number].astype(int))
        logs = np.corrcoef(np.log1p(counts[rows]), np.log1p(predicted[rows]))[0, 1]
        assert found["d2"][number] == pytest.approx(d2_tweedie_score(counts[rows], predicted[rows], power=1))
        assert found["pearson_log1p"][number] == pytest.approx(logs)
    once = TASK.scores_of(counts[:, None], predicted[:, None])
    assert once["d2"] == pytest.approx(d2_tweedie_score(counts, predicted, power=1))
    assert once["n"] == 31


def test_the_mean_explains_no_deviance_and_constant_counts_have_none():
    counts = np.array([[1.0], [4.0], [7.0]])
    assert TASK.scores_of(counts, np.full((3, 1), 4.0))["d2"] == pytest.approx(0.0)
    assert np.isnan(TASK.scores_of(np.ones((3, 1)), np.ones((3, 1)))["d2"])


@pytest.mark.parametrize("cell", ["1.5", "-2", "many", "1e3"])
def test_what_is_no_count_is_refused_by_its_column_and_cell(cell):
    with pytest.raises(UserError, match=f"column 'reads' holds '{cell}'"):
        read_counts(["3", cell], "reads")


def test_counts_are_read_as_they_stand():
    found = read_counts(["3", " 0 ", "12.0", "NA"], "reads")
    assert found.task == "counts"
    assert found.units == ("counts",)
    np.testing.assert_array_equal(found.values[:, 0], [3.0, 0.0, 12.0, np.nan])
    assert looks_like_counts(["0", "5", "2", ""])
    assert not looks_like_counts(["0", "1", "0.5", "7"])


def planted(n, seed):
    """Give n sequences of 40 nt, and the rates 4 * 3^(sites), of 0, 1 or 2 sites each."""
    rng = np.random.default_rng(seed)
    sequences, sites = [], rng.integers(0, 3, n)
    for count in sites:
        letters = rng.choice(list("ACGT"), 40)
        for place in range(count):
            letters[20 * place + 5 : 20 * place + 11] = list("TGTAAA")
        sequences.append("".join(letters))
    return tuple(sequences), 4.0 * 3.0**sites


@pytest.fixture(scope="module")
def data():
    parts, rng = [], np.random.default_rng(9)
    for n, seed in ((400, 1), (80, 2)):
        sequences, rates = planted(n, seed)
        parts.append(Part(sequences, rng.poisson(rates)[:, None].astype(float), np.empty((n, 0))))
    return TrainingData(*parts, ("umis",), "counts")


@pytest.mark.parametrize(
    ("name", "settings"),
    [("cnn", {"channels": 16, "blocks": 1, "epochs": 20, "batch_size": 32}), ("kmer-poisson", {"k": 4})],
)
def test_models_predict_the_rates_that_were_planted(data, tmp_path, name, settings):
    """Rates, not their logarithms: on new sequences they lie near those that the counts were drawn from."""
    fitted = MODELS.create(name, settings).fit(data, TrainingContext(tmp_path, device="cpu"))
    sequences, rates = planted(120, 3)
    predicted = fitted.predict(sequences)[:, 0]
    assert predicted.min() > 0
    assert np.corrcoef(np.log(predicted), np.log(rates))[0, 1] > 0.85
    assert predicted.mean() == pytest.approx(rates.mean(), rel=0.15)
    folder = tmp_path / "saved"
    folder.mkdir()
    fitted.save(folder)
    again = MODELS.get(name).load(folder)
    np.testing.assert_array_equal(again.predict(sequences)[:, 0], predicted)
    number, rate, effects = next(again.effects(sequences[:1], target=0, alive=lambda: None))
    mutant = "C" + sequences[0][1:]
    assert (number, rate) == (0, pytest.approx(predicted[0], rel=1e-4))
    assert effects[1, 0] == pytest.approx(again.predict([mutant])[0, 0] - rate, rel=1e-2, abs=1e-3)


def test_the_mean_baseline_is_the_mean_count(data, tmp_path):
    fitted = MODELS.create("mean", {}).fit(data, TrainingContext(tmp_path))
    assert fitted.predict(["ACGT"])[0, 0] == pytest.approx(data.train.targets.mean())


def test_one_entry_adds_a_metric_to_the_score_card_its_intervals_and_files(monkeypatch):
    """Adding a metric is one ``Metric`` in the card of a task: values, resamples and views follow."""
    toy = Metric("bias", "Bias", "mean of predicted minus observed", compute=lambda sums: sums.mean(sums.error))
    monkeypatch.setattr(type(TASK), "card", (*TASK.card, toy))
    rng = np.random.default_rng(2)
    observed = rng.poisson(5.0, (40, 1)).astype(float)
    predicted = observed + 2.0
    values = TASK.scores_of(observed, predicted)
    assert values["bias"] == pytest.approx(2.0)
    drawn = TASK.bootstrap(observed, [predicted, predicted - 1.0], replicates=50)
    assert drawn[1]["bias"] == pytest.approx(np.ones(50))
    card = ScoreCard([Scores("CNN", values, intervals(drawn[0]))], "counts", 40, "Test", metrics=TASK.card)
    row = next(row for row in card.rows() if row.label == "Bias")
    assert row.cells[0].text == "2.000"
    assert row.cells[0].interval
    frame = score_frame(card.models, unit="counts", n=40, part="test", metrics=TASK.card)
    assert frame.set_index("metric").loc["bias", "value"] == pytest.approx(2.0)
    assert tasks.metric("bias").label == "Bias"
