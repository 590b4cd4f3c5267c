"""The loop: exact resume, learning curve, best epoch, cancel, and numbers gone wrong."""

import math

import numpy as np
import pandas as pd
import pytest
import torch

from lib.core.errors import Cancelled, UserError
from lib.core.progress import Callback
from lib.models.cnn import CnnModel
from lib.models.nets import device
from lib.tasks.data import Part, TrainingData
from lib.tasks.regression import MaskedLoss
from lib.training import TrainingContext

MODEL = CnnModel(epochs=4, channels=6, batch_size=16, dropout=0.3)


def data(n=70):
    rng = np.random.default_rng(0)
    sequences = tuple("".join(rng.choice(list("ACGT"), size=size)) for size in rng.integers(12, 30, size=n))
    y = np.array([[s.count("T")] for s in sequences], dtype=float)
    auxiliary, cut = y + rng.normal(size=(n, 3)), n - 18
    train = Part(sequences[:cut], y[:cut], auxiliary[:cut])
    return TrainingData(train, Part(sequences[cut:], y[cut:], auxiliary[cut:]), ("t",), "regression")


def fit(folder, model=MODEL, made=None, **options):
    return model.fit(made or data(), TrainingContext(folder, device="cpu", **options))


def history(folder):
    return pd.read_parquet(folder / "history.parquet")


@pytest.fixture(scope="module")
def whole(tmp_path_factory):
    folder = tmp_path_factory.mktemp("whole")
    return fit(folder), folder


@pytest.mark.parametrize("stop", [1, 5, 8, 14, 16])
def test_an_interrupted_training_goes_on_as_if_nothing_had_been(whole, stop, tmp_path):
    """Four steps an epoch: killed in the first epoch, in the second, at its end, in the last, and after the last."""
    seen = []

    def killed(report):
        seen.append(report.step)
        if report.step >= stop and len(seen) > stop:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        fit(tmp_path, progress=Callback(killed))
    steps = []
    resumed = fit(tmp_path, progress=Callback(lambda report: steps.append(report.step)))
    fitted, folder = whole
    probe = ["ACGTTGCATTTACG", "TTTTGGGACC"]
    np.testing.assert_array_equal(resumed.predict(probe), fitted.predict(probe))
    same = [name for name in history(folder).columns if name != "seconds"]
    pd.testing.assert_frame_equal(history(tmp_path)[same], history(folder)[same])
    assert history(tmp_path)["seconds"].is_monotonic_increasing
    if stop > 4:
        assert not steps or steps[0] > 4, "the epochs that were done are not done again"


def test_a_training_that_was_over_is_not_done_again(whole, tmp_path):
    first = fit(tmp_path)
    steps = []
    again = fit(tmp_path, progress=Callback(lambda report: steps.append(report.step)))
    assert steps == []
    np.testing.assert_array_equal(first.predict(["ACGTT"]), again.predict(["ACGTT"]))


def test_a_damaged_checkpoint_is_passed_over(whole, tmp_path):
    fit(tmp_path)
    for path in (tmp_path / "checkpoints").rglob("*.safetensors"):
        path.write_bytes(path.read_bytes()[:100])
    np.testing.assert_array_equal(fit(tmp_path).predict(["ACGTT"]), whole[0].predict(["ACGTT"]))


def test_the_learning_curve_has_a_row_for_each_epoch(whole):
    frame = history(whole[1])
    expected = ("step", "epoch", "seconds", "loss", "validation_loss", "validation_r2", "learning_rate")
    assert tuple(frame.columns) == expected
    assert frame["step"].tolist() == [4, 8, 12, 16]
    assert frame["epoch"].tolist() == [1, 2, 3, 4]
    assert frame["loss"].notna().all()
    assert frame["learning_rate"].iloc[-1] == pytest.approx(0, abs=1e-9)
    assert frame["learning_rate"].max() <= MODEL.learning_rate


def test_the_best_epoch_is_kept(whole):
    """The validation R2 of what is given back is the best of the curve."""
    fitted, folder = whole
    held = data().validation
    error = ((fitted.predict(held.sequences) - held.targets) ** 2).sum()
    r2 = 1 - error / ((held.targets - held.targets.mean()) ** 2).sum()
    assert r2 == pytest.approx(history(folder)["validation_r2"].max(), abs=1e-4)
    assert fitted.best_epoch == int(history(folder)["epoch"][history(folder)["validation_r2"].idxmax()])


def test_it_stops_when_no_epoch_is_better_for_long_enough(tmp_path):
    made = data()
    rng = np.random.default_rng(0)
    held = Part(made.validation.sequences, rng.normal(size=(18, 1)), made.validation.auxiliary)
    noise = TrainingData(made.train, held, made.target_names, made.task)
    model = CnnModel(epochs=40, channels=6, batch_size=16, patience=2)
    fit(tmp_path, model, noise)
    frame = history(tmp_path)
    assert len(frame) < 40
    assert frame["validation_r2"].idxmax() == len(frame) - 3


def test_a_loss_that_is_no_number_stops_in_a_sentence(tmp_path, monkeypatch):
    def broken(self, predictions, labels, known=None):
        return predictions.sum() * math.inf

    monkeypatch.setattr(MaskedLoss, "__call__", broken)
    with pytest.raises(UserError, match=r"loss became .* at step 1\b.*Lower the learning rate"):
        fit(tmp_path)


def test_cancelling_keeps_the_checkpoint_and_is_quick(tmp_path):
    steps = []
    with pytest.raises(Cancelled):
        fit(tmp_path, progress=Callback(lambda report: steps.append(report.step), lambda: steps[-1] >= 6))
    assert steps[-1] == 6
    assert len(list((tmp_path / "checkpoints").iterdir())) == 1


def test_nothing_is_printed_and_nothing_is_pickled(tmp_path, capfd):
    fit(tmp_path)
    assert capfd.readouterr().out == ""
    kinds = {path.suffix for path in tmp_path.rglob("*") if path.is_file()}
    assert kinds == {".json", ".safetensors", ".parquet"}


def test_reports_carry_epoch_loss_and_validation_metrics(tmp_path):
    reports = []
    fit(tmp_path, progress=Callback(reports.append))
    last = reports[-1]
    assert (last.step, last.total, last.stage, last.epoch) == (16, 16, "Training", 4.0)
    assert set(last.metrics) == {"r2", "loss"}
    assert last.metrics["r2"] == history(tmp_path)["validation_r2"].iloc[-1]
    assert math.isfinite(last.loss)


def test_a_constant_validation_part_is_judged_by_its_loss(tmp_path):
    made = data()
    held = Part(made.validation.sequences, np.full((18, 1), 5.0), made.validation.auxiliary)
    fitted = fit(tmp_path, made=TrainingData(made.train, held, made.target_names, made.task))
    assert fitted.best_epoch == 1 + int(history(tmp_path)["validation_loss"].idxmin())


def test_a_gpu_that_is_not_there_is_refused():
    assert device.choose("cpu") == torch.device("cpu")
    if not torch.cuda.is_available():
        with pytest.raises(UserError, match="finds none"):
            device.choose("cuda")
    with pytest.raises(UserError, match="auto, cpu, cuda"):
        device.choose("tpu")
