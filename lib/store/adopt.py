"""Datasets and runs that come from another workspace: their folders are there, their rows in the database are made."""

import json
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any

from sqlalchemy.exc import IntegrityError

from lib.core.errors import UserError
from lib.core.spec import RunSpec
from lib.datasets.identity import identity
from lib.store import datasets, db, runfiles
from lib.store.db import DatasetRecord, RunRecord
from lib.store.files import folder_of
from lib.store.states import FINISHED


def adopt_dataset(dataset_id: str, name: str, *, owner: str = "") -> None:
    """Make the row of a dataset whose folder lies in the workspace, and hold its content against its id.

    Raises
    ------
    UserError
        If a file is missing or damaged, or the content is not that of the id.
    """
    try:
        facts = json.loads((folder_of(datasets.KIND, dataset_id) / datasets.FACTS).read_text(encoding="utf-8"))
        record = DatasetRecord(
            id=dataset_id,
            name=name,
            rows=int(facts["join"]["matched"]),
            rejected=int(facts["join"]["rejected"]),
            task=facts["task"],
            target_names=list(facts["target_names"]),
            target_units=list(facts["target_units"]),
            split_kind=facts["facts"]["split"]["kind"],
            simulated=bool(facts["simulated"]),
            created=datetime.now(UTC),
            owner=owner,
            facts={key: value for key, value in facts["facts"].items() if key != "truth"},
        )
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise UserError(f"The dataset {dataset_id} is damaged; ask for the bundle again.") from error
    try:
        with db.session() as session:
            session.add(record)
    except IntegrityError:  # another process adopted the same content at the same moment
        return
    try:
        loaded = datasets.load(dataset_id)
        good = identity(loaded) == dataset_id
    except (OSError, ValueError, KeyError) as error:
        datasets.delete(dataset_id)
        raise UserError(f"The dataset {dataset_id} is damaged; ask for the bundle again.") from error
    if not good:
        datasets.delete(dataset_id)
        raise UserError(f"The dataset {dataset_id} does not hold what its id says; ask for the bundle again.")
    with db.session() as session:
        session.get_one(DatasetRecord, dataset_id).rows = len(loaded)


def adopt_run(run_id: str, facts: Mapping[str, Any], *, owner: str = "") -> None:
    """Make the row of a finished run whose folder lies in the workspace.

    Parameters
    ----------
    run_id
        Its id, which its folder is called by.
    facts
        ``name``, ``kind``, ``payload``, ``results``, and ``created``, ``started``, ``ended`` as ISO times.

    Raises
    ------
    UserError
        If its specification is missing or damaged, or its dataset is not in the workspace.
    """
    try:
        spec = RunSpec.from_json(runfiles.read_json(runfiles.folder(run_id) / "spec.json"))
        moments = {name: _moment(facts.get(name)) for name in ("created", "started", "ended")}
        created = moments["created"] or datetime.now(UTC)
        datasets.get(spec.dataset)
        record = RunRecord(
            id=run_id,
            name=str(facts["name"]),
            kind=str(facts["kind"]),
            dataset=spec.dataset,
            model=spec.model.name,
            owner=owner,
            state=FINISHED,
            created=created,
            queued=created,
            started=moments["started"],
            ended=moments["ended"] or created,
            spec=spec.to_json(),
            payload=dict(facts["payload"]),
            metrics={},
            results=dict(facts["results"]),
            group_id=None,
        )
    except (KeyError, TypeError, ValueError) as error:
        raise UserError(f"The run {run_id} is damaged; ask for the bundle again.") from error
    with db.session() as session:
        session.add(record)


def _moment(text: str | None) -> datetime | None:
    return None if text is None else datetime.fromisoformat(text).astimezone(UTC)
