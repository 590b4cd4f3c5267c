"""How well a stored run predicts: read where it is kept, computed for one target among several."""

import numpy as np
import pytest

from lib.core.errors import UserError
from lib.datasets.targets import TargetChoice
from lib.store import runs
from lib.store.skills import skill_of
from lib.tasks.metrics import column
from tests.finished import freeze_classes, freeze_profiles, make, trained, using


@pytest.fixture(scope="module")
def made(tmp_path_factory):
    return make(tmp_path_factory.mktemp("skills") / "home", settings={"k": 3})


def test_one_target_is_read_from_the_metrics(made, monkeypatch):
    monkeypatch.setenv("MOTIFLENS_HOME", str(made.home))
    found, stored = skill_of(made.run), runs.metrics(made.run)
    assert found.value == stored["test"]["r2"] and list(found.interval) == stored["intervals"]["test"]["r2"]
    assert (found.part, found.n, found.over) == ("test", stored["test"]["n"], 1)
    assert set(found.baselines) == {"mean", "gc-length", "kmer-ridge"}
    assert found.floor == max(0.0, stored["baselines"]["mean"]["test"]["r2"])
    k6 = stored["baselines"]["kmer-ridge"]["test"]["r2"]
    assert (found.better is not None) == (k6 > found.value)


def test_one_of_several_targets_is_judged_by_itself(tmp_path):
    finished = make(tmp_path / "home", settings={"k": 3}, target=TargetChoice("all"))
    with using(finished.home):
        names = runs.metrics(finished.run)["targets"]
        assert len(names) > 2
        frame = runs.predictions(finished.run)
        frame = frame[frame["part"] == "test"]
        each = [skill_of(finished.run, target=number) for number in range(len(names))]
        for name, found in zip(names, each, strict=True):
            observed = frame[f"observed:{name}"].to_numpy()
            assert found.value == pytest.approx(column(observed, frame[f"predicted:{name}"].to_numpy())["r2"])
            ridge = column(observed, frame[f"kmer-ridge:{name}"].to_numpy())["r2"]
            assert found.baselines["kmer-ridge"].value("r2") == pytest.approx(ridge)
            assert found.interval[0] < found.value < found.interval[1] and found.over == 1
        assert len({round(found.value, 6) for found in each}) == len(names), "targets differ, and so do their scores"


@pytest.mark.parametrize("classes", [2, 3])
def test_a_class_is_judged_by_its_auroc_against_the_rest(tmp_path, classes):
    with using(tmp_path / "home"):
        run = trained(freeze_classes(tmp_path / "files", classes=classes), "kmer-logistic", {"k": 3})
        stored = runs.metrics(run)
        found = skill_of(run, target=classes - 2)
        assert found.metric.key == "auroc" and found.floor == pytest.approx(0.5)
        name = stored["targets"][classes - 2] if classes > 2 else stored["classes"][1]
        assert found.value == pytest.approx(stored["per_target"][name]["auroc"])
        assert found.interval[0] <= found.value <= found.interval[1]


def test_each_head_of_a_model_of_profiles_has_its_own_score(tmp_path):
    with using(tmp_path / "home"):
        run = trained(freeze_profiles(tmp_path / "files", n=60), "mean", {})
        stored = runs.metrics(run)
        counts, profile = (skill_of(run, head=head) for head in ("counts", "profile"))
        assert (counts.metric.key, counts.value) == ("r2", stored["test"]["r2"])
        assert (profile.metric.key, profile.value) == ("profile_pearson", stored["test"]["profile_pearson"])
        assert profile.over == 2 and "mean of 2" in profile.write()
        assert not profile.is_clear, "the mean profile is no better than itself"


def test_without_a_test_part_a_sentence_says_so(made, monkeypatch):
    monkeypatch.setenv("MOTIFLENS_HOME", str(made.home))
    stored = runs.metrics(made.run)
    monkeypatch.setattr(runs, "metrics", lambda _: {**stored, "test": {"n": 0}})
    with pytest.raises(UserError, match="has no test part"):
        skill_of(made.run)


def test_what_a_sweep_holds_back_is_not_told(made, monkeypatch):
    from lib.store import groups

    monkeypatch.setenv("MOTIFLENS_HOME", str(made.home))
    monkeypatch.setattr(groups, "runs_without_test", lambda known: frozenset(run.id for run in known))
    found = skill_of(made.run)
    assert found.part == "validation"
    assert found.value == pytest.approx(runs.metrics(made.run)["validation"]["r2"])
    assert np.isfinite(found.interval).all()
