"""Sweeps and comparisons from their settings to queued runs, and one sweep through the real scheduler."""

from pathlib import Path

import pytest

from lib.core.errors import UserError
from lib.core.registry import settings_of
from lib.datasets import simulate
from lib.datasets.pipeline import ImportChoices, build, understand
from lib.io.files import Source
from lib.io.hub import find_local
from lib.jobs import comparison, sweep_axes, sweeps
from lib.jobs import groups as whole
from lib.jobs.groups import Base
from lib.jobs.sweep_axes import MODEL, SEED, SEEDS, TOKENIZER, Axis
from lib.models import MODELS
from lib.store import datasets, groups, runs
from lib.tokenizers import TOKENIZERS
from lib.tokenizers.dnabert_2 import HUB, PINNED
from tests.jobs.workshop import until


def frozen(folder: Path, *, rbp: bool = True) -> str:
    files = simulate.write_demo(folder, n=160)
    paths = (files.expression, files.sequences, *([files.rbp] if rbp else []))
    sources = [Source(path.name, path) for path in paths]
    return datasets.freeze(build(understand(*sources), ImportChoices(name="Demo", simulated=True)))


@pytest.fixture
def dataset(home, tmp_path):
    return datasets.load(frozen(tmp_path / "files"))


@pytest.fixture
def still(monkeypatch):
    """Let nothing start, so that the queue can be looked at."""
    monkeypatch.setattr("lib.jobs.local.start_scheduler", lambda *arguments: None)


def axis(of: str, registered: type, name: str, *values: object) -> Axis:
    return Axis(of, next(item for item in settings_of(registered) if item.name == name), values=values)


def test_what_can_be_varied_is_every_setting_but_files_and_the_seed():
    found = [one.key for one in sweeps.list_axes(MODELS.get("bert"), TOKENIZERS.get("k-mer"))]
    assert {"model.size", "model.learning_rate", "tokenizer.k", "tokenizer.stride"} <= set(found)
    assert found[-1] == "seed"
    assert [one.key for one in sweeps.list_axes(MODELS.get("kmer-ridge"), TOKENIZERS.get("k-mer"))] == [
        "model.k",
        "seed",
    ]


def test_members_have_the_settings_of_their_points_and_say_what_differs(dataset):
    bert, cut = MODELS.create("bert", {"size": "tiny", "epochs": 2}), TOKENIZERS.create("k-mer", {"k": 4})
    varied = [
        axis(MODEL, MODELS.get("bert"), "learning_rate", "1e-3", "0.0005"),
        axis(TOKENIZER, TOKENIZERS.get("k-mer"), "k", 3),
        Axis(SEED, SEEDS, values=(7,)),
    ]
    made = sweeps.make_members(Base(dataset, bert, cut), varied, sweep_axes.make_grid(varied))
    assert [one.name for one in made] == [
        f"Highest learning rate {rate}, Word length 3, Seed 7" for rate in ("0.001", "0.0005")
    ]
    second = made[1]
    assert (second.model.learning_rate, second.model.size, second.model.epochs) == (0.0005, "tiny", 2)
    assert (second.tokenizer.k, second.tokenizer.stride, second.seed) == (3, 1, 7)


def test_what_the_registry_or_the_dataset_refuses_is_told_for_all_points_together(home, tmp_path):
    bare = datasets.load(frozen(tmp_path / "files", rbp=False))
    bert, motif = MODELS.create("bert"), TOKENIZERS.create("motif")
    with pytest.raises(UserError, match="needs an RBP table"):
        sweeps.make_members(Base(bare, bert, motif), [], [{}])
    points = [{"model.k": 99}, {"model.k": 0}]
    with pytest.raises(UserError, match="at most.*at least"):
        sweeps.make_members(
            Base(bare, MODELS.create("kmer-ridge")), [axis(MODEL, MODELS.get("kmer-ridge"), "k")], points
        )


def test_a_sweep_is_queued_as_one_group_behind_single_runs(dataset, still):
    varied = [axis(MODEL, MODELS.get("kmer-ridge"), "k", 2, 3), Axis(SEED, SEEDS, values=(0, 1))]
    base = Base(dataset, MODELS.create("kmer-ridge"), payload={"rbp": ""})
    group = sweeps.start_sweep(base, varied, sweep_axes.make_grid(varied), name="Widths", owner="ada")
    members = groups.runs_of(group.id)
    assert [(run.spec.model.settings["k"], run.spec.seed) for run in members] == [(2, 0), (2, 1), (3, 0), (3, 1)]
    assert {(run.priority, run.owner, run.payload["device"]["kind"]) for run in members} == {(-1, "ada", "cpu")}
    assert all(run.payload["light"] for run in members), "baseline models need no GPU and wait for no training"
    assert group.facts["axes"][0] == {"key": "model.k", "label": "Longest word (nt)", "log": False, "number": True}
    assert [sweeps.value_of(members[2], key) for key in ("model.k", "seed", "tokenizer.k")] == [3, 0, None]
    whole.cancel(group.id)
    assert {run.state for run in groups.runs_of(group.id)} == {runs.CANCELLED}
    assert whole.resume(group.id) == 4 and len(runs.queue()) == 4
    whole.cancel(group.id)


def test_a_real_sweep_of_four_runs_names_the_best_by_validation(dataset):
    """All four through a real scheduler and real workers."""
    varied = [axis(MODEL, MODELS.get("kmer-ridge"), "k", 1, 2, 3, 4)]
    group = sweeps.start_sweep(Base(dataset, MODELS.create("kmer-ridge")), varied, sweep_axes.make_grid(varied))
    until(lambda: groups.over(groups.runs_of(group.id)), "the sweep is over", seconds=180)
    members = groups.runs_of(group.id)
    assert {run.state for run in members} == {runs.FINISHED}, [run.message for run in members]
    told = {run.id: runs.metrics(run.id)["validation"]["r2"] for run in members}
    winner = groups.best(members)
    assert told[winner.id] == max(told.values()) == groups.validation(winner)
    assert groups.runs_without_test(members) == set(told) - {winner.id}
    assert whole.summarise(members).over == whole.summarise(members).total == 4
    assert whole.summarise(members).eta_seconds is None
    with pytest.raises(UserError, match="none to resume"):
        whole.resume(group.id)


def test_the_comparison_says_what_cannot_run_and_why(dataset, home, tmp_path, monkeypatch):
    monkeypatch.setenv("HF_HUB_CACHE", str(tmp_path / "cache"))
    found = {entry.key: entry for entry in comparison.list_entries(dataset, size="tiny")}
    assert list(found) == ["morph-d", "morph-o", "bert-bpe", "bert-6-mers", "cnn", "kmer-ridge", "dnabert-2"]
    assert "no motif of 7 nt" in found["morph-d"].missing, "none of the table is that strong"
    assert found["dnabert-2"].missing, "there are no weights"
    for key in ("bert-bpe", "bert-6-mers", "cnn", "kmer-ridge"):
        assert not found[key].missing, found[key].missing
    assert found["bert-6-mers"].tokenizer.k == 6 and found["bert-bpe"].model.size == "tiny"
    bare = datasets.load(frozen(tmp_path / "bare", rbp=False))
    assert (
        "needs an RBP table"
        in {entry.key: entry for entry in comparison.list_entries(bare, size="tiny")}["morph-o"].missing
    )


def test_the_comparison_is_queued_without_what_cannot_run(dataset, still):
    able = [
        entry
        for entry in comparison.list_entries(dataset, size="tiny")
        if entry.key in ("morph-d", "cnn", "kmer-ridge")
    ]
    group = comparison.start_comparison(dataset, able, seed=4, payload={})
    members = groups.runs_of(group.id)
    assert [(comparison.entry_of(run), run.spec.seed) for run in members] == [("cnn", 4), ("kmer-ridge", 4)]
    assert [run.payload.get("light", False) for run in members] == [False, True]
    assert set(group.facts["left_out"]) == {"morph-d"}
    assert groups.runs_without_test(members) == frozenset(), "members of a comparison show their test metrics"
    with pytest.raises(UserError, match="None of the models can run"):
        comparison.start_comparison(dataset, able[:1], seed=0, payload={})


def test_weights_are_found_without_a_network(tmp_path, monkeypatch):
    files = ("config.json", "model.safetensors", "pytorch_model.bin", "tokenizer.json")
    folder = tmp_path / "published"
    folder.mkdir()
    for name in ("config.json", "tokenizer.json"):
        (folder / name).write_text("{}")
    assert find_local(str(folder), files=files, pinned=PINNED) is None, "the weights are missing"
    (folder / "pytorch_model.bin").write_bytes(b"")
    assert find_local(str(folder), files=files, pinned=PINNED) == folder
    assert find_local("", files=files, pinned=PINNED) is None
    assert find_local("no such thing", files=files, pinned=PINNED) is None
    monkeypatch.setattr("huggingface_hub.constants.HF_HUB_CACHE", str(tmp_path / "cache"))
    snapshot = tmp_path / "cache" / f"models--{HUB.replace('/', '--')}" / "snapshots" / PINNED[HUB]
    snapshot.mkdir(parents=True)
    for name in ("config.json", "tokenizer.json"):
        (snapshot / name).write_text("{}")
    monkeypatch.setattr("huggingface_hub.file_download.HF_HUB_CACHE", str(tmp_path / "cache"), raising=False)
    assert find_local(HUB, files=files, pinned=PINNED) is None
    (snapshot / "model.safetensors").write_bytes(b"")
    assert find_local(HUB, files=files, pinned=PINNED) == snapshot
