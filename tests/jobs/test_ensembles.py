"""An ensemble of three finished runs, made by the real worker: its numbers, its independence, and what is refused."""

import shutil
import subprocess
import sys
from types import SimpleNamespace

import numpy as np
import pandas as pd
import pytest

from lib.core.errors import UserError
from lib.core.progress import Silent
from lib.datasets.targets import TargetChoice
from lib.jobs import start
from lib.jobs.predict import predict, start_prediction
from lib.jobs.start import start_ensemble
from lib.jobs.train import train
from lib.models import MODELS
from lib.store import runs
from lib.store.fitted import load_fitted
from tests.finished import freeze, trained, using

CNN = {"epochs": 1, "channels": 4, "blocks": 1}


@pytest.fixture(scope="module")
def made(tmp_path_factory):
    """Three runs on one dataset, one on another target, and the ensemble of the three."""
    folder = tmp_path_factory.mktemp("ensembles")
    with pytest.MonkeyPatch.context() as patch, using(folder / "home"):
        patch.setattr("lib.jobs.local.start_scheduler", lambda *arguments: None)
        dataset = freeze(folder / "files")
        other = freeze(folder / "others", name="Other", target=TargetChoice(kind="column", column="8h"))
        members = [
            trained(dataset, "kmer-ridge", {"k": 2}, name="Two"),
            trained(dataset, "cnn", CNN, name="Net"),
            trained(dataset, "kmer-ridge", {"k": 3}, name="Three"),
        ]
        apart = trained(other, "mean", {}, name="Apart")
        run = start_ensemble([*members, members[0]], owner="ada")
        worked = subprocess.run(
            [sys.executable, "-m", "lib.jobs.worker", run], capture_output=True, text=True, check=False
        )
        assert runs.get(run).state == runs.FINISHED, worked.stderr
    return SimpleNamespace(home=folder / "home", dataset=dataset, members=members, apart=apart, run=run)


@pytest.fixture
def there(made, monkeypatch):
    """Look at that workspace without changing it."""
    monkeypatch.setenv("MOTIFLENS_HOME", str(made.home))
    return made


@pytest.fixture
def copied(made, home):
    """A copy of that workspace to change."""
    shutil.copytree(made.home, home)
    return made


def test_its_predictions_are_the_mean_of_the_members_with_their_deviation(there):
    frame = runs.predictions(there.run)
    target = runs.metrics(there.run)["targets"][0]
    each = np.stack([runs.predictions(run)[f"predicted:{target}"] for run in there.members])
    np.testing.assert_allclose(frame[f"predicted:{target}"], each.mean(axis=0), rtol=1e-12)
    np.testing.assert_allclose(frame[f"deviation:{target}"], each.std(axis=0, ddof=1), rtol=1e-9)
    assert len(frame) == 160
    run = runs.get(there.run)
    assert run.payload["members"] == there.members, "in their order, each once"
    assert (run.name, run.owner, run.model) == ("Ensemble of 3 runs", "ada", "ensemble")
    assert [about["name"] for about in run.payload["about"].values()] == ["Two", "Net", "Three"]


def test_its_metrics_say_what_it_gains_and_whether_the_spread_warns(there):
    metrics, members = runs.metrics(there.run), [runs.metrics(run) for run in there.members]
    found = metrics["members"]
    assert found["count"] == 3
    held = [member["validation"]["r2"] for member in members]
    assert found["gain"]["validation"] == pytest.approx(held)
    best = int(np.argmax(held))
    assert found["gain"]["best"] == best
    assert found["gain"]["best_test"] == pytest.approx(members[best]["test"]["r2"])
    assert found["gain"]["r2"] == pytest.approx(metrics["test"]["r2"] - members[best]["test"]["r2"])
    low, high = found["gain"]["interval"]
    assert low <= found["gain"]["r2"] <= high
    target = metrics["targets"][0]
    frame = runs.predictions(there.run).query("part == 'test'")
    apart, error = frame[f"deviation:{target}"], (frame[f"predicted:{target}"] - frame[f"observed:{target}"]).abs()
    warns = found["deviation"][target]
    assert warns["mean"] == pytest.approx(apart.mean())
    assert warns["spearman"] == pytest.approx(apart.corr(error, method="spearman"))
    assert warns["n"] == len(frame) == metrics["test"]["n"]


def test_it_outlives_its_members(copied):
    before = load_fitted(copied.run).predict(["ACGTACGTTTA"])
    for member in copied.members:
        runs.delete(member)
    again = MODELS.get("ensemble").load(runs.folder(copied.run))
    np.testing.assert_array_equal(again.predict(["ACGTACGTTTA"]), before)
    train(copied.run, runs.folder(copied.run), Silent())
    target = runs.metrics(copied.run)["targets"][0]
    with using(copied.home):
        first = runs.predictions(copied.run)[f"predicted:{target}"]
    np.testing.assert_array_equal(runs.predictions(copied.run)[f"predicted:{target}"], first)


def test_a_prediction_job_writes_the_deviation_beside_it(copied, monkeypatch):
    monkeypatch.setattr("lib.jobs.local.start_scheduler", lambda *arguments: None)
    asked = start_prediction([copied.run, copied.members[0]], ["a", "b"], ["ACGTACGT", "TTTTGGA"])
    predict(asked, runs.folder(asked), Silent())
    frame = pd.read_parquet(runs.folder(asked) / "predictions.parquet")
    mean, deviation = load_fitted(copied.run).both(["ACGTACGT", "TTTTGGA"])
    prediction, spread, alone = frame.columns[1:]
    assert spread == f"{prediction}, SD of members"
    assert "Two" in alone and "SD" not in alone
    assert frame[prediction].tolist() == mean[:, 0].tolist()
    assert frame[spread].tolist() == deviation[:, 0].tolist()


def test_what_does_not_belong_together_is_refused_in_a_sentence(copied, monkeypatch):
    monkeypatch.setattr("lib.jobs.local.start_scheduler", lambda *arguments: None)
    one, two, _ = copied.members
    before = len(runs.all())
    for chosen, sentence in [
        ([one, one], "Found 1 run; an ensemble needs 2 to 50 different ones"),
        ([one, copied.apart], "Two and Apart were trained on different datasets"),
        ([one, copied.run], "Ensemble of 3 runs is an ensemble itself"),
        ([one, "nobody"], "no run 'nobody'"),
    ]:
        with pytest.raises(UserError, match=sentence):
            start_ensemble(chosen)
    unfinished = runs.create(spec=runs.get(one).spec, name="Waits")
    with pytest.raises(UserError, match="Waits is queued; an ensemble needs finished runs"):
        start_ensemble([one, unfinished.id])
    with pytest.raises(UserError, match="Found 51 runs"):
        start.require_fitting([runs.get(one)] * 51)
    shutil.rmtree(runs.folder(two))
    with pytest.raises(UserError, match="has no trained model"):
        start_ensemble([one, two])
    with pytest.raises(UserError, match="make one of finished runs"):
        start.start_training(copied.dataset, MODELS.create("ensemble"))
    assert len(runs.all()) == before + 1, "nothing was queued"


def test_a_member_that_is_deleted_while_the_ensemble_waits_is_named(copied, monkeypatch):
    monkeypatch.setattr("lib.jobs.local.start_scheduler", lambda *arguments: None)
    waiting = start_ensemble(copied.members[:2], name="Pair")
    runs.delete(copied.members[1])
    with pytest.raises(UserError, match="Net .* was deleted before it was copied"):
        train(waiting, runs.folder(waiting), Silent())
