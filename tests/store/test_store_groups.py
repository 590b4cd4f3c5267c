"""Groups of runs: kept with their runs, chosen among by validation, and deleted with them or without."""

from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

import pytest
from alembic import command
from alembic.config import Config
from sqlalchemy import inspect, text

from lib.core.errors import UserError
from lib.core.spec import Choice, RunSpec
from lib.store import datasets, db, groups, runs

MIGRATIONS = Path(__file__).resolve().parents[2] / "lib" / "store" / "migrations"


@pytest.fixture
def spec(home) -> RunSpec:
    with db.session() as session:
        session.add(
            db.DatasetRecord(
                id="d1",
                name="Zebrafish",
                rows=120,
                rejected=3,
                task="regression",
                target_names=["log2 8h - 2h"],
                target_units=["log2 fold change"],
                split_kind="random",
                created=datetime.now(UTC),
                facts={},
            )
        )
    return RunSpec("d1", "s1", "regression", Choice("cnn", {"batch_size": 64}))


def member(spec: RunSpec, group: str, r2: float | None, *, state: str = runs.FINISHED, name: str = "") -> str:
    run = runs.create(spec=spec, group=group, name=name)
    if state == runs.QUEUED:
        return run.id
    runs.transition(run.id, runs.RUNNING)
    if r2 is not None:
        runs.set_results(run.id, {"r2": 0.9 - r2, "n": 12, "validation": {"r2": r2, "n": 13}})
    if state != runs.RUNNING:
        runs.transition(run.id, state)
    return run.id


def test_a_group_keeps_its_runs_in_their_order_and_what_was_asked(spec):
    group = groups.create("sweep", name=" Width ", dataset="d1", facts={"method": "grid", "rate": float("nan")})
    made = [runs.create(spec=spec, group=group.id).id for _ in range(3)]
    alone = runs.create(spec=spec)
    assert groups.get(group.id) == group
    assert (group.name, group.facts) == ("Width", {"method": "grid", "rate": None})
    assert [run.id for run in groups.runs_of(group.id)] == made
    assert alone.group_id is None and runs.get(made[0]).group_id == group.id
    later = groups.create("comparison", name="", dataset="d1")
    assert [found.id for found in groups.all("d1")] == [later.id, group.id]
    assert later.name == "Comparison" and groups.all("d2") == []
    groups.rename(group.id, "Widths")
    assert groups.get(group.id).name == "Widths"


@pytest.mark.parametrize(
    ("broken", "expected"),
    [
        (lambda: groups.get("gone"), "no sweep or comparison 'gone'"),
        (lambda: groups.rename("gone", "x"), "no sweep or comparison 'gone'"),
        (lambda: groups.delete("gone"), "no sweep or comparison 'gone'"),
        (lambda: groups.rename("gone", " "), "empty"),
        (lambda: groups.create("sweep", name="x", dataset="gone"), "no dataset 'gone'"),
    ],
)
def test_what_is_not_there_is_a_sentence(spec, broken, expected):
    with pytest.raises(UserError, match=expected):
        broken()


def test_the_best_is_chosen_by_validation_and_of_equal_ones_the_first(spec):
    group = groups.create("sweep", name="x", dataset="d1")
    ids = [member(spec, group.id, r2) for r2 in (0.2, 0.6, 0.6, None)]
    failed = member(spec, group.id, 0.8, state=runs.FAILED)
    members = groups.runs_of(group.id)
    assert groups.best(members).id == ids[1], "a failed run is never the best"
    assert groups.validation(runs.get(failed)) is None
    assert groups.best([run for run in members if run.id == ids[3]]) is None


def test_validation_of_older_runs_is_read_from_their_folder(spec):
    run = runs.create(spec=spec)
    runs.write_json(runs.folder(run.id) / "metrics.json", {"validation": {"r2": 0.25}})
    assert groups.validation(replace(run, state=runs.FINISHED)) == 0.25


def test_test_metrics_of_a_sweep_are_kept_back_but_for_the_best_once_it_is_over(spec):
    sweep = groups.create("sweep", name="x", dataset="d1")
    comparison = groups.create("comparison", name="y", dataset="d1")
    low, high = (member(spec, sweep.id, r2) for r2 in (0.2, 0.6))
    waits = member(spec, sweep.id, None, state=runs.QUEUED)
    alone, compared = member(spec, "", 0.3), member(spec, comparison.id, 0.4)
    known = runs.all()
    assert groups.runs_without_test(known) == {low, high, waits}, "while it goes on nothing is shown"
    runs.request_cancel(waits)
    assert groups.runs_without_test(runs.all()) == {low, waits}
    assert groups.runs_without_test([runs.get(alone), runs.get(compared)]) == frozenset()


def test_a_group_is_deleted_alone_or_with_its_runs(spec):
    first, second = (groups.create("sweep", name=name, dataset="d1") for name in ("one", "two"))
    kept, gone = member(spec, first.id, 0.1), member(spec, second.id, 0.2)
    working = member(spec, second.id, None, state=runs.RUNNING)
    groups.delete(first.id)
    assert runs.get(kept).group_id is None and groups.all() == [second]
    with pytest.raises(UserError, match="1 of its runs is running"):
        groups.delete(second.id, with_runs=True)
    runs.transition(working, runs.CANCELLED)
    groups.delete(second.id, with_runs=True)
    assert [run.id for run in runs.all()] == [kept] and groups.all() == []
    assert not runs.folder(gone).exists()


def test_a_dataset_goes_with_its_empty_groups(spec):
    group = groups.create("sweep", name="x", dataset="d1")
    run = runs.create(spec=spec, group=group.id)
    with pytest.raises(UserError, match="used by 1 run"):
        datasets.delete("d1")
    runs.delete(run.id)
    datasets.delete("d1")
    assert groups.all() == []


def test_runs_of_an_older_database_are_kept_by_the_migration(home):
    config = Config()
    config.set_main_option("script_location", str(MIGRATIONS))
    bound = db.engine()
    with bound.begin() as connection:
        config.attributes["connection"] = connection
        command.downgrade(config, "0001")
        assert "group_id" not in {column["name"] for column in inspect(connection).get_columns("runs")}
        connection.execute(
            text(
                "INSERT INTO datasets VALUES ('d1', 'Old', 12, 0, 'regression', '[\"t\"]', '[\"\"]', 'random', false,"
                " '2026-01-02 03:04:05', '', '{}')"
            )
        )
        names = [column["name"] for column in inspect(connection).get_columns("runs")]
        spec = (
            '{"dataset": "d1", "split": "s", "task": "regression", "model": {"name": "cnn"}, "seed": 3, "versions": {}}'
        )
        row = dict.fromkeys(names) | {
            "id": "r1",
            "name": "Old run",
            "kind": "train",
            "dataset": "d1",
            "model": "cnn",
            "owner": "",
            "spec": spec,
            "payload": "{}",
            "results": '{"r2": 0.5}',
            "state": "finished",
            "message": "",
            "priority": 2,
            "cancel_requested": False,
            "created": "2026-01-02 03:04:05",
            "queued": "2026-01-02 03:04:05",
            "step": 7,
            "total": 9,
            "stage": "",
            "metrics": "{}",
            "runner": "local",
            "host": "h",
            "slot": "",
        }
        places = ", ".join(f":{name}" for name in names)
        connection.execute(text(f"INSERT INTO runs ({', '.join(names)}) VALUES ({places})"), row)
    db._engines.clear()
    found = runs.get("r1")
    assert (found.name, found.priority, found.step, found.spec.seed, found.results) == ("Old run", 2, 7, 3, {"r2": 0.5})
    assert found.created == datetime(2026, 1, 2, 3, 4, 5, tzinfo=UTC)
    assert found.group_id is None
    with db.engine().connect() as connection:
        assert {index["name"] for index in inspect(connection).get_indexes("runs")} == {
            "runs_state",
            "ix_runs_dataset",
            "ix_runs_group_id",
        }
        keys = {
            (key["constrained_columns"][0], key["referred_table"])
            for key in inspect(connection).get_foreign_keys("runs")
        }
    assert keys == {("dataset", "datasets"), ("group_id", "groups")}
