"""Two models that nobody should interpret: one whose target is noise, and one that a k-mer model beats."""

from pathlib import Path

import numpy as np
import pandas as pd

from lib.datasets import pipeline
from lib.datasets.draft import ImportChoices
from lib.datasets.targets import TargetChoice
from lib.io.files import Source
from lib.store import datasets
from tests.finished import Finished, trained, using

ROWS, LENGTH = 300, 31
TINY = {"epochs": 1, "channels": 8, "blocks": 1}


def make(home: Path) -> tuple[Finished, Finished]:
    """Train a small network on a noise column, and G + C with length on a column that also depends on T.

    The second target is twice the G + C plus the T content: G + C alone explain most of it, k-mers all of it.
    """
    rng = np.random.default_rng(5)
    letters = ["".join(rng.choice(list("ACGT"), LENGTH)) for _ in range(ROWS)]
    composed = [2 * (text.count("G") + text.count("C")) + text.count("T") for text in letters]
    ids = [f"s{number}" for number in range(ROWS)]
    table = pd.DataFrame({"id": ids, "sequence": letters, "noise": rng.normal(size=ROWS), "composed": composed})
    home.parent.mkdir(parents=True, exist_ok=True)
    path = home.parent / f"{home.name}.csv"
    table.to_csv(path, index=False)
    with using(home):
        return _trained(home, path, "noise", "cnn", TINY), _trained(home, path, "composed", "gc-length", {})


def _trained(home: Path, path: Path, column: str, model: str, settings: dict) -> Finished:
    source = Source(path.name, path)
    choices = ImportChoices(name=column, target=TargetChoice("column", None, None, column=column), counts=False)
    dataset = datasets.freeze(pipeline.build(pipeline.understand(source, source), choices))
    return Finished(home, dataset, trained(dataset, model, settings, name=f"Model of {column}"))
