"""The leakage of a frozen dataset: as counted at its import, or counted once and kept beside it where it is older."""

import json
from contextlib import suppress
from typing import Any

from lib.core.errors import UserError
from lib.datasets import classes, leakage
from lib.store import datasets
from lib.store.files import folder_of, replacing

FILE = "leakage.json"


def get(dataset_id: str) -> dict[str, Any]:
    """Give what ``lib.datasets.leakage.measure`` counts in a frozen dataset.

    Raises
    ------
    UserError
        If there is no such dataset.
    """
    known = datasets.get(dataset_id).facts.get("leakage")
    if known:
        return dict(known)
    path = folder_of(datasets.KIND, dataset_id) / FILE
    with suppress(OSError, ValueError):
        return dict(json.loads(path.read_text(encoding="utf-8")))
    dataset = datasets.load(dataset_id)
    labels = classes.numbers(dataset.targets) if dataset.classes else None
    facts = leakage.measure(dataset.sequences, dataset.parts, labels)
    with suppress(UserError), replacing(path) as temporary:  # where it cannot be kept it is counted again next time
        temporary.write_text(json.dumps(facts), encoding="utf-8")
    return facts
