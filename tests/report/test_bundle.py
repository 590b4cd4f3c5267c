"""A bundle brings a run and its dataset elsewhere and reproduces its metrics to the last digit, or is refused."""

import json
import subprocess
import sys
import zipfile
from pathlib import Path

import pytest

from lib.cli import main
from lib.core.errors import UserError
from lib.report import bundle, unpack
from lib.report.evaluation import evaluate
from lib.store import datasets, runs
from tests.finished import Finished, using
from tests.report.workshop import make

ROOT = Path(__file__).resolve().parents[2]


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Finished:
    return make(tmp_path_factory.mktemp("ridge") / "home", "kmer-ridge", {"k": 3})


@pytest.fixture(scope="module")
def packed(made: Finished, tmp_path_factory: pytest.TempPathFactory) -> Path:
    out = tmp_path_factory.mktemp("bundle") / "bundle.zip"
    (made.home / "runs" / made.run / "checkpoints").mkdir()
    (made.home / "runs" / made.run / "checkpoints" / "state.json").write_text("{}")
    (made.home / "runs" / made.run / "tool.pkl").write_bytes(b"\x80\x04.")
    with using(made.home):
        assert main(["bundle", "--run", made.run, "--out", str(out), "--json"]) == 0
    return out


def test_a_bundle_holds_the_run_the_dataset_and_the_script_but_nothing_pickled(packed: Path, made: Finished):
    with zipfile.ZipFile(packed) as opened:
        names = opened.namelist()
        facts = json.loads(opened.read("bundle.json"))
    for name in ("spec.json", "metrics.json", "predictions.parquet", "model.json", "baselines/mean/model.json"):
        assert f"runs/{made.run}/{name}" in names
    assert {f"datasets/{made.dataset}/{name}" for name in ("dataset.json", "table.parquet")} <= set(names)
    assert {"README.md", "reproduce.py", "bundle.json"} <= set(names)
    assert not [name for name in names if "checkpoints" in name or name.endswith(".pkl")]
    assert facts["left_out"] == [f"runs/{made.run}/tool.pkl"]
    assert facts["train"][:5] == ["train", "--dataset", made.dataset, "--model", "kmer-ridge"]


def test_the_script_reproduces_the_metrics_to_the_last_digit(packed: Path, made: Finished, tmp_path: Path):
    folder = tmp_path / "unzipped"
    with zipfile.ZipFile(packed) as opened:
        opened.extractall(folder)
    done = subprocess.run(
        [sys.executable, str(folder / "reproduce.py"), "--motiflens", str(ROOT)],
        cwd=tmp_path,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    assert done.stdout.endswith("The same to the last digit.\n")
    kept = json.loads((made.home / "runs" / made.run / "metrics.json").read_text())["test"]
    assert done.stdout.count(repr(kept["rmse"])) == 2, "kept, and from the saved model"


def test_another_workspace_gets_both_and_the_same_bundle_twice_changes_nothing(
    packed: Path, made: Finished, home: Path
):
    first = unpack.unpack(packed)
    assert (first["run"], first["dataset"], first["new"]) == (made.run, made.dataset, True)
    assert unpack.unpack(packed)["new"] is False
    run = runs.get(made.run)
    with using(made.home):
        before, row = runs.get(made.run), datasets.get(made.dataset)
    assert (run.name, run.state, run.spec, run.results) == (before.name, "finished", before.spec, before.results)
    assert (run.created, run.ended) == (before.created, before.ended)
    found = datasets.get(made.dataset)
    assert (found.name, found.rows, found.rejected, found.target_names) == (
        row.name,
        row.rows,
        row.rejected,
        row.target_names,
    )
    judged = evaluate(made.run)
    assert judged["same"] and judged["largest_difference"] == 0 and judged["largest_prediction_difference"] == 0


def test_evaluate_says_when_the_numbers_are_others(made: Finished):
    path = made.home / "runs" / made.run / "metrics.json"
    whole = path.read_text()
    metrics = json.loads(whole)
    metrics["test"]["rmse"] *= 1.5
    path.write_text(json.dumps(metrics))
    try:
        with using(made.home):
            judged = evaluate(made.run)
    finally:
        path.write_text(whole)
    assert judged["same"] is False and judged["largest_difference"] == pytest.approx(1 / 3)


def changed(packed: Path, out: Path, *, name: str = "", content: bytes = b"", facts: dict | None = None) -> Path:
    """Write the bundle anew with one more file, or with other facts."""
    with zipfile.ZipFile(packed) as opened, zipfile.ZipFile(out, "w") as written:
        for item in opened.infolist():
            data = opened.read(item)
            if item.filename == "bundle.json":
                known = json.loads(data)
                if name:
                    known["files"][name] = "0" * 64
                data = json.dumps({**known, **(facts or {})}).encode()
            if item.filename != name:
                written.writestr(item.filename, data)
        if name:
            written.writestr(name, content)
    return out


@pytest.mark.parametrize(
    ("name", "said"),
    [
        ("../../evil.json", "leads out of it"),
        ("/etc/evil.json", "leads out of it"),
        ("runs/x/..\\..\\evil.json", "leads out of it"),
        ("C:evil.json", "leads out of it"),
        ("runs/other/spec.json", "no bundle holds"),
        ("runs/{run}/model.pkl", "no bundle holds"),
        ("runs/{run}/.hidden.json", "no bundle holds"),
        ("runs/{run}/log.txt", "is damaged"),
    ],
)
def test_a_bundle_that_names_what_it_must_not_is_not_opened(
    packed: Path, made: Finished, home: Path, tmp_path: Path, name: str, said: str
):
    bad = changed(packed, tmp_path / "bad.zip", name=name.format(run=made.run), content=b"evil")
    with pytest.raises(UserError, match=said):
        unpack.unpack(bad)
    assert not runs.all() and not datasets.all(), "nothing is left behind"
    assert not list(tmp_path.rglob("evil*")) and not [path for path in home.glob("*/*") if path.is_dir()]


def test_an_id_that_leads_elsewhere_is_refused(packed: Path, home: Path, tmp_path: Path):
    bad = changed(packed, tmp_path / "bad.zip", facts={"dataset": {"id": "../..", "name": "x"}})
    with pytest.raises(UserError, match="is not an id"):
        unpack.unpack(bad)


def test_a_dataset_with_another_content_than_its_id_says_is_refused(
    packed: Path, made: Finished, home: Path, tmp_path: Path
):
    other = "0123456789abcdef"
    with zipfile.ZipFile(packed) as opened:
        facts = json.loads(opened.read("bundle.json"))
    facts["dataset"]["id"] = other
    facts["files"] = {name.replace(made.dataset, other): value for name, value in facts["files"].items()}
    bad = tmp_path / "bad.zip"
    with zipfile.ZipFile(packed) as opened, zipfile.ZipFile(bad, "w") as written:
        for item in opened.infolist():
            data = json.dumps(facts).encode() if item.filename == "bundle.json" else opened.read(item)
            written.writestr(item.filename.replace(made.dataset, other), data)
    with pytest.raises(UserError, match="does not hold what its id says"):
        unpack.unpack(bad)
    assert not datasets.all()


@pytest.mark.parametrize(
    ("facts", "said"), [({"format": 99}, "newer MotifLens"), ({"files": []}, "damaged"), ({"run": {}}, "damaged")]
)
def test_facts_that_cannot_be_used_are_said(packed: Path, home: Path, tmp_path: Path, facts: dict, said: str):
    with pytest.raises(UserError, match=said):
        unpack.unpack(changed(packed, tmp_path / "bad.zip", facts=facts))


def test_what_is_no_bundle_is_said(home: Path, tmp_path: Path, capsys: pytest.CaptureFixture):
    text = tmp_path / "table.zip"
    text.write_text("no zip")
    with zipfile.ZipFile(tmp_path / "other.zip", "w") as written:
        written.writestr("a.txt", "x")
    for path, said in (
        (text, "no bundle"),
        (tmp_path / "other.zip", "holds no bundle.json"),
        (tmp_path / "none", "no file"),
    ):
        assert main(["unpack", str(path)]) == 2
        assert said in capsys.readouterr().err


def test_only_known_kinds_go_in():
    assert not {".pkl", ".pickle", ".pt", ".pth", ".bin", ".py", ".npy"} & set(bundle.KINDS)
