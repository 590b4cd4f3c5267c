"""Attributions of many sequences: the same as one by one, nothing computed twice, nothing lost by a cancellation."""

import io
import shutil
from dataclasses import replace
from types import SimpleNamespace

import numpy as np
import pytest

from lib.attribution import METHODS
from lib.attribution.base import Attribution
from lib.attribution.trust import WORDS, judge
from lib.core.alphabet import one_hot
from lib.core.errors import Cancelled, UserError
from lib.core.progress import Callback
from lib.jobs import attribute as job
from lib.store import attribution_sets, datasets, fitted, runs, set_files
from lib.store.set_choice import SetChoice, rows_of
from lib.store.skills import find_skill
from tests import finished

MUTATIONS = "in-silico-mutagenesis"


@pytest.fixture(scope="module")
def made(tmp_path_factory):
    return finished.make(tmp_path_factory.mktemp("sets") / "home")


@pytest.fixture(autouse=True)
def workspace(made):
    with finished.using(made.home):
        yield


def test_a_set_is_what_the_method_gives(made):
    choice = SetChoice(made.run, MUTATIONS, parts=("validation", "test"), n=21, seed=3)
    found = attribution_sets.compute(choice)
    dataset = datasets.load(made.dataset)
    rows = rows_of(choice, dataset)
    assert len(found) == len(rows) == 21 and np.all(np.diff(rows) > 0)
    assert not np.isin(rows, dataset.rows("train")).any()
    one_by_one = METHODS.create(MUTATIONS).attribute(fitted.load_fitted(made.run), dataset.sequences[rows].tolist())
    for row, item in enumerate(one_by_one):
        assert found.ids[row] == dataset.ids[rows[row]] and found.lengths[row] == len(item.sequence)
        np.testing.assert_array_equal(found.one_hot[row], one_hot(item.sequence))
        np.testing.assert_allclose(found.attributions[row], item.scores, atol=1e-6)
        np.testing.assert_allclose(found.hypothetical[row], item.hypothetical, atol=1e-6)
        assert found.predictions[row] == pytest.approx(item.prediction)
    assert np.isnan(found.deltas).all()
    assert attribution_sets.find(choice) is not None
    assert attribution_sets.find(SetChoice(made.run, MUTATIONS, parts=("test",), n=2)) is None


def test_a_set_moves_with_its_workspace(made, tmp_path, monkeypatch):
    choice = SetChoice(made.run, MUTATIONS, parts=("test",), n=6)
    with monkeypatch.context() as older:
        older.setattr(fitted, "list_fingerprints", lambda run: (fitted._name_by_times(*_files(run)),) * 2)
        former = attribution_sets.compute(choice)
    assert attribution_sets.find(choice).ids.tolist() == former.ids.tolist(), "under the name of older versions"
    other = replace(choice, seed=1)
    now = attribution_sets.compute(other)
    with finished.using(shutil.copytree(made.home, tmp_path / "renamed", copy_function=shutil.copyfile)):
        assert attribution_sets.find(choice).ids.tolist() == former.ids.tolist()
        assert attribution_sets.find(other).ids.tolist() == now.ids.tolist()


def _files(run):
    folder = runs.folder(run)
    states = [(name, (folder / name).stat()) for name in ("model.json", "model.safetensors")]
    return folder, [fitted._File(name, state.st_size, state.st_mtime_ns) for name, state in states]


def test_a_cancelled_set_goes_on_where_it_was(made, monkeypatch):
    monkeypatch.setattr(attribution_sets, "CHUNK", 16)
    choice = SetChoice(made.run, MUTATIONS, n=40)
    seen = []
    stopping = Callback(seen.append, lambda: seen[-1].step >= 20)
    with pytest.raises(Cancelled):
        attribution_sets.compute(choice, stopping)
    assert {report.total for report in seen} == {40}
    chunks = sorted((runs.folder(made.run) / "attribution-sets").glob("*/chunk-*.npz"))
    assert [path.name for path in chunks] == ["chunk-000000.npz"]
    asked = []
    method = type(choice.method_made())
    plain = method.attribute
    monkeypatch.setattr(
        method, "attribute", lambda self, model, some, **kw: asked.extend(some) or plain(self, model, some, **kw)
    )
    found = attribution_sets.compute(choice)
    assert len(asked) == 24 and len(found) == 40
    assert attribution_sets.compute(choice).ids.tolist() == found.ids.tolist() and len(asked) == 24
    assert not list(chunks[0].parent.glob("chunk-*"))


def test_shorter_sequences_end_in_zeros():
    scores = np.arange(1.0, 4.0)
    facts = {"method": "m", "reference": "r", "rule": "rule", "target": "t", "prediction": 2.0}
    item = Attribution(sequence="ACG", scores=scores, hypothetical=np.ones((4, 3)), delta=0.25, **facts)
    arrays = attribution_sets._pack([item], 5, "t")
    assert arrays["attributions"].tolist() == [[1, 2, 3, 0, 0]]
    assert arrays["hypothetical"].shape == (1, 4, 5) and arrays["hypothetical"].sum() == 12
    assert arrays["deltas"].tolist() == [0.25]
    without = Attribution(sequence="ACG", scores=scores, **facts)
    assert {"hypothetical", "standard_errors"}.isdisjoint(attribution_sets._pack([without], 3, "t"))
    random = Attribution(sequence="ACG", scores=scores, standard_errors=scores / 2, **facts)
    assert attribution_sets._pack([random], 4, "t")["standard_errors"].tolist() == [[0.5, 1, 1.5, 0]]


def test_an_older_set_without_what_is_new_loads_and_is_judged(made):
    choice = SetChoice(made.run, "occlusion", {"reference": "dinucleotide-shuffles", "shuffles": 2}, ("test",), n=2)
    assert attribution_sets.compute(choice).standard_errors.shape == (2, 110)
    path = attribution_sets.path_to(choice)
    with np.load(path, allow_pickle=False) as file:
        older = {name: file[name] for name in file.files if name not in ("standard_errors", "relative_deltas")}
    np.savez_compressed(path, allow_pickle=False, **older)
    found = attribution_sets.find(choice)
    assert found is not None and found.standard_errors is None and found.relative_deltas is None
    [judged, _] = set_files.judge_set(found, choice)
    assert judged.word in (*WORDS.values(), "Passes 1 of 3 checks, 2 not checked")
    [reproducible] = [check for check in judged.checks if check.name == "Reproducibility"]
    assert reproducible.verdict.value == "not checked", "draws at random, and holds no errors to say how much"


def test_a_set_leaves_with_a_badge_for_each_of_its_attributions(made):
    choice = SetChoice(made.run, MUTATIONS, parts=("test",), n=5)
    found = attribution_sets.compute(choice)
    judged = set_files.judge_set(found, choice)
    with np.load(io.BytesIO(set_files.to_npz(found, judged)), allow_pickle=False) as file:
        assert file["badges"].tolist() == [trust.word for trust in judged] and len(judged) == 5
        np.testing.assert_array_equal(file["attributions"], found.attributions)
        assert str(file["method"]) == "In-silico mutagenesis"
        assert set(file["check_findings"][:, 3]) == {f"{judged[0].model.finding} {judged[0].model.remedy}".strip()}
    one = METHODS.create(MUTATIONS).attribute(fitted.load_fitted(made.run), [str(_sequence(made, found))])[0]
    assert judged[0] == judge(one, find_skill(made.run)), "as one by one"


def test_completeness_of_a_set_is_judged_where_the_set_knows_it(made):
    choice = SetChoice(made.run, MUTATIONS, parts=("test",), n=2)
    found = attribution_sets.compute(choice)
    known = replace(found, deltas=np.array([0.1, 0.5]), relative_deltas=np.array([0.01, 0.5]))
    older = replace(known, relative_deltas=None)
    assert [trust.completeness.verdict.value for trust in set_files.judge_set(known, choice)] == ["pass", "fail"]
    assert {trust.completeness.verdict.value for trust in set_files.judge_set(older, choice)} == {"not checked"}


def _sequence(made, found):
    return datasets.load(made.dataset).sequences[found.rows[0]]


def test_what_an_older_version_computed_stays_with_its_job_and_is_not_taken_for_new(made, monkeypatch):
    monkeypatch.setattr(job, "runner", lambda: SimpleNamespace(submit=lambda run_id: None))
    choice = SetChoice(made.run, "occlusion", {"window": 4}, ("test",), n=2)
    run_id = job.start_attribution(choice)
    path = attribution_sets.path_to(choice)
    with monkeypatch.context() as older:
        older.setattr(attribution_sets, "LAYOUT", 1)
        older.setattr(attribution_sets._place, "__defaults__", (1,))
        first = attribution_sets.compute(choice)
    assert attribution_sets.find(choice) is None and not path.is_file()
    assert attribution_sets.load(run_id).ids.tolist() == first.ids.tolist()
    assert attribution_sets.path_of(run_id).is_file() and attribution_sets.path_of(run_id) != path
    older_path = attribution_sets.path_of(run_id)
    runs.transition(run_id, runs.RUNNING)
    runs.transition(run_id, runs.FINISHED)
    attribution_sets.compute(choice)
    assert path.is_file() and attribution_sets.path_of(run_id) == older_path, "nothing newer stands beside its patterns"
    runs.set_results(run_id, {"layout": attribution_sets.LAYOUT})
    assert attribution_sets.path_of(run_id) == path, "a job that says what it made is believed"
    runs.set_results(run_id, {})
    older_path.unlink()
    with pytest.raises(UserError, match="are gone"):
        attribution_sets.load(run_id)


def test_a_job_whose_attributions_are_gone_says_what_to_do(made, monkeypatch):
    monkeypatch.setattr(job, "runner", lambda: SimpleNamespace(submit=lambda run_id: None))
    run_id = job.start_attribution(SetChoice(made.run, "occlusion", {"window": 5}, ("test",), n=2))
    with pytest.raises(UserError, match="wait until it has finished"):
        attribution_sets.load(run_id)
    runs.transition(run_id, runs.RUNNING)
    runs.transition(run_id, runs.FINISHED)
    with pytest.raises(UserError, match=r"are gone: files were deleted, .* Start it again with the same settings"):
        attribution_sets.load(run_id)


def test_a_damaged_set_is_made_again(made):
    choice = SetChoice(made.run, MUTATIONS, parts=("test",), n=3)
    first = attribution_sets.compute(choice)
    path = next(p for p in (runs.folder(made.run) / "attribution-sets").glob("*/set.npz") if _holds(p, first.ids))
    path.write_bytes(b"no npz")
    assert attribution_sets.find(choice) is None
    assert attribution_sets.compute(choice).ids.tolist() == first.ids.tolist()


def _holds(path, ids):
    with np.load(path, allow_pickle=False) as file:
        return file["ids"].tolist() == ids.tolist()


def test_what_cannot_be_is_said(made, monkeypatch):
    dataset = datasets.load(made.dataset)
    with pytest.raises(UserError, match="no part holdout"):
        rows_of(SetChoice(made.run, MUTATIONS, parts=("holdout",)), dataset)
    with pytest.raises(UserError, match="has 1 targets; there is no target number 3"):
        attribution_sets.compute(SetChoice(made.run, MUTATIONS, target=2))
    monkeypatch.setattr(attribution_sets, "MOST", 1100)
    with pytest.raises(UserError, match=r"160 sequences of up to 110 nt .* take at most 10 sequences"):
        attribution_sets.compute(SetChoice(made.run, MUTATIONS))
    with pytest.raises(UserError, match="makes no attributions"):
        attribution_sets.load(made.run)


def test_a_job_is_queued_once(made, monkeypatch):
    sent = []
    monkeypatch.setattr(job, "runner", lambda: SimpleNamespace(submit=sent.append))
    choice = SetChoice(made.run, MUTATIONS, parts=("test",), n=4)
    run_id = job.start_attribution(choice, owner="ada")
    assert job.start_attribution(choice) == run_id and sent == [run_id]
    assert job.list_jobs(made.run, job.KIND)[0].id == run_id
    with pytest.raises(UserError, match="wait until it has finished"):
        attribution_sets.load(run_id)
    seen = []
    assert job.attribute(run_id, runs.folder(run_id), Callback(seen.append))["n"] == 4
    assert len(attribution_sets.load(run_id)) == 4 and attribution_sets.path_of(run_id).is_file()
    with pytest.raises(UserError, match="only a model that has finished training"):
        job.start_attribution(SetChoice(run_id, MUTATIONS))
    runs.transition(run_id, runs.CANCELLED)


def test_a_run_without_a_checkpoint_says_so(made):
    path = runs.folder(made.run) / "model.json"
    moved = path.rename(path.with_suffix(".moved"))
    try:
        with pytest.raises(UserError, match="model.json is missing"):
            attribution_sets.compute(SetChoice(made.run, MUTATIONS))
    finally:
        moved.rename(path)
