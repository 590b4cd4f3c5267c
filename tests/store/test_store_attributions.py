"""Attributions of a real trained run: computed once, kept as npz, never out of date."""

import hashlib
import json
import os
import shutil
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

import numpy as np
import pytest

from lib.attribution import METHODS, Attribution
from lib.core.errors import Cancelled, UserError
from lib.core.progress import Callback
from lib.core.spec import Choice, RunSpec, content_id
from lib.models.base import MODELS
from lib.store import attributions, db, fitted, runs
from lib.tasks.data import Part, TrainingData
from lib.training import TrainingContext
from tests.finished import using

METHOD = METHODS.create("in-silico-mutagenesis")
SEQUENCES = ["ACGTTGCAAC", "GGCATGN", "TTTTGACCAGTAC", "GGCATGN"]


def train(seed: int) -> str:
    """Make a run with a GC + length model of two targets, and all that the store needs of it."""
    spec = RunSpec("d1", "s1", "multi_regression", Choice("gc-length"), seed=seed)
    run_id = runs.create(spec=spec).id
    rng = np.random.default_rng(seed)
    sequences = ["".join(rng.choice(list("ACGT"), rng.integers(8, 30))) for _ in range(60)]
    part = Part(tuple(sequences), rng.normal(size=(60, 2)), np.empty((60, 0)))
    model = MODELS.create("gc-length").fit(
        TrainingData(part, part, ("early", "late"), "multi_regression"), TrainingContext(runs.folder(run_id), seed)
    )
    model.save(runs.folder(run_id))
    runs.write_json(runs.folder(run_id) / "metrics.json", {"targets": ["early", "late"]})
    return run_id


@pytest.fixture
def run_id(home) -> str:
    with db.session() as session:
        session.add(
            db.DatasetRecord(
                id="d1",
                name="d",
                rows=60,
                rejected=0,
                task="multi_regression",
                target_names=["early", "late"],
                target_units=["", ""],
                split_kind="random",
                created=datetime.now(UTC),
                facts={},
            )
        )
    return train(0)


@pytest.fixture
def computed(monkeypatch) -> list[str]:
    """Note every sequence that is really computed."""
    seen: list[str] = []
    real = type(METHOD).attribute

    def noting(self, model, sequences, **options):
        seen.extend(sequences)
        return real(self, model, sequences, **options)

    monkeypatch.setattr(type(METHOD), "attribute", noting)
    return seen


def change(model: Path) -> None:
    """Give a model of GC content and length other numbers."""
    facts = json.loads(model.read_text())
    name, numbers = next((name, value) for name, value in facts.items() if isinstance(value, list))
    facts[name] = (np.array(numbers) * 2).tolist()
    model.write_text(json.dumps(facts))


def same(first, second) -> bool:
    return (
        (first.scores == second.scores).all()
        and (first.effects == second.effects).all()
        and np.array_equal(first.hypothetical, second.hypothetical)
        and all(getattr(first, name) == getattr(second, name) for name in attributions._FACTS)
    )


def test_what_was_computed_is_read_back_to_the_last_bit(run_id, computed):
    first = attributions.attribute(run_id, METHOD, SEQUENCES, target=1)
    assert computed == SEQUENCES[:3], "a sequence that stands twice is computed once"
    again = attributions.attribute(run_id, METHOD, SEQUENCES[::-1], target=1)
    assert len(computed) == 3
    assert [item.sequence for item in again] == SEQUENCES[::-1]
    assert all(same(one, other) for one, other in zip(first, again[::-1], strict=True))
    assert first[0].target == "late"
    direct = METHOD.attribute(fitted.load_fitted(run_id), SEQUENCES, target=1)
    assert all(same(one, replace(other, target="late")) for one, other in zip(first, direct, strict=True))


def test_tokens_and_errors_come_back_as_they_were(run_id, monkeypatch):
    tokens = (("[CLS]", 0, 0, 0.1), ("ACGTTGCAAC", 0, 10, 1 / 3))
    monkeypatch.setattr(
        type(METHOD),
        "attribute",
        lambda self, model, sequences, **options: [
            Attribution(
                sequence=s,
                scores=np.zeros(len(s)),
                method="m",
                reference="r",
                rule="u",
                target="t",
                prediction=1.0,
                reference_prediction=0.5,
                delta=0.0,
                special=0.1,
                tokens=tokens,
                standard_errors=np.arange(len(s)) / 7,
            )
            for s in sequences
        ],
    )
    attributions.attribute(run_id, METHOD, SEQUENCES[:1])
    kept = attributions.find_attribution(run_id, METHOD, SEQUENCES[0])
    assert kept.tokens == tokens and kept.special == 0.1
    assert kept.standard_errors.tolist() == [position / 7 for position in range(10)]


def test_another_target_seed_model_or_run_is_another_attribution(run_id, computed):
    def count(**options):
        before = len(computed)
        attributions.attribute(run_id, METHOD, SEQUENCES[:1], **options)
        return len(computed) - before

    assert [count(), count(), count(target=1), count(seed=1), count()] == [1, 0, 1, 1, 0]
    attributions.attribute(train(1), METHOD, SEQUENCES[:1])
    assert len(computed) == 4
    model = runs.folder(run_id) / "model.json"
    os.utime(model, ns=(1, 1))
    assert count() == 0, "the same model, however often it was written"
    change(model)
    assert count() == 1, "trained again"


def test_a_copied_workspace_keeps_its_attributions(run_id, computed, home, tmp_path):
    first = attributions.attribute(run_id, METHOD, SEQUENCES)
    copied = shutil.copytree(home, tmp_path / "renamed" / "home", copy_function=shutil.copyfile)  # other times too
    with using(copied):
        again = attributions.attribute(run_id, METHOD, SEQUENCES)
        assert len(computed) == 3 and all(map(same, first, again))
        change(runs.folder(run_id) / "model.json")
        attributions.attribute(run_id, METHOD, SEQUENCES[:1])
        assert len(computed) == 4, "the copy was trained again"


def test_attributions_under_the_name_of_an_older_version_are_found_wherever_they_go(
    run_id, computed, home, tmp_path, monkeypatch
):
    with monkeypatch.context() as older:
        older.setattr(fitted, "list_fingerprints", lambda run: (by_times(run),) * 2)
        first = attributions.attribute(run_id, METHOD, SEQUENCES)
    assert fitted.list_fingerprints(run_id)[1] == by_times(run_id) != fitted.fingerprint(run_id)
    assert all(map(same, first, attributions.attribute(run_id, METHOD, SEQUENCES)))
    with using(shutil.copytree(home, tmp_path / "renamed" / "home", copy_function=shutil.copyfile)):
        assert all(map(same, first, attributions.attribute(run_id, METHOD, SEQUENCES)))
    assert len(computed) == 3
    change(runs.folder(run_id) / "model.json")
    assert attributions.find_attribution(run_id, METHOD, SEQUENCES[0]) is None


def by_times(run_id: str) -> str:
    """Name a model as versions up to 0.9 did."""
    path = runs.folder(run_id) / "model.json"
    return content_id([str(path.parent), {"model.json": [path.stat().st_size, path.stat().st_mtime_ns]}])


def test_only_files_that_changed_are_hashed_and_members_count(run_id, monkeypatch):
    read, hashing = [], hashlib.file_digest
    monkeypatch.setattr(hashlib, "file_digest", lambda file, name: read.append(Path(file.name)) or hashing(file, name))
    folder = runs.folder(run_id)
    first = fitted.fingerprint(run_id)
    member = folder / "members" / "1-r" / "model.safetensors"
    member.parent.mkdir(parents=True)
    member.write_bytes(b"weights")
    second = fitted.fingerprint(run_id)
    fitted._hash_files.cache_clear()  # another process
    assert fitted.fingerprint(run_id) == second != first and read == [folder / "model.json", member]
    (folder / fitted.FINGERPRINT).write_text("[1]")
    fitted._hash_files.cache_clear()
    assert fitted.fingerprint(run_id) == second and len(read) == 4, "a damaged note is made again"


def test_a_damaged_file_is_computed_again(run_id, computed):
    [first] = attributions.attribute(run_id, METHOD, SEQUENCES[:1])
    [file] = (runs.folder(run_id) / "attributions").glob("*.npz")
    for damage in (b"", b"nonsense", file.read_bytes()[:-40]):
        file.write_bytes(damage)
        [again] = attributions.attribute(run_id, METHOD, SEQUENCES[:1])
        assert same(first, again)
    assert len(computed) == 4
    with np.load(file, allow_pickle=False) as kept:
        assert json.loads(kept["facts"].tobytes())["sequence"] == SEQUENCES[0]


def test_progress_counts_what_is_missing_and_a_cancellation_keeps_what_is_done(run_id, computed, monkeypatch):
    monkeypatch.setattr(attributions, "_BATCH", 2)
    seen = []
    stop = Callback(seen.append, cancelled=lambda: seen[-1].step == 3)
    with pytest.raises(Cancelled):
        attributions.attribute(run_id, METHOD, [*SEQUENCES, "CCCA"], progress=stop)
    assert {report.total for report in seen} == {4}
    assert [report.step for report in seen] == sorted(report.step for report in seen)
    computed.clear()
    attributions.attribute(run_id, METHOD, [*SEQUENCES, "CCCA"])
    assert computed == ["TTTTGACCAGTAC", "CCCA"], "the first two were kept"


def test_a_method_that_does_not_fit_says_so(run_id):
    with pytest.raises(UserError, match="no gradients"):
        attributions.attribute(run_id, METHODS.create("integrated-gradients"), SEQUENCES)
    with pytest.raises(UserError, match="2 targets; there is no target number 3"):
        attributions.attribute(run_id, METHOD, SEQUENCES, target=2)


def test_a_run_without_a_model_says_so(run_id):
    (runs.folder(run_id) / "metrics.json").unlink()
    with pytest.raises(UserError, match="no trained model yet"):
        attributions.attribute(run_id, METHOD, SEQUENCES)
    with pytest.raises(UserError, match="no run 'nosuch'"):
        attributions.attribute("nosuch", METHOD, SEQUENCES)


def test_models_are_kept_in_memory_a_few_at_a_time(run_id):
    first = fitted.load_fitted(run_id)
    assert fitted.load_fitted(run_id) is first
    others = [train(seed) for seed in range(1, fitted.KEPT + 1)]
    for other in others:
        fitted.load_fitted(other)
    assert len(fitted._models) == fitted.KEPT
    assert fitted.load_fitted(others[-1]) is fitted.load_fitted(others[-1])
    assert fitted.load_fitted(run_id) is not first, "the oldest has made room"
