"""A workspace whose names are as nasty as users' names can be, with a finished run; made by the real parts."""

from pathlib import Path

import numpy as np
import pandas as pd

from lib.datasets import pipeline
from lib.datasets.draft import ImportChoices
from lib.datasets.targets import TargetChoice
from lib.io.files import Source
from lib.store import datasets, runs
from tests.finished import NASTY, Finished, trained, using

ROWS, LENGTH, HOURS = 90, 37, (0, 2, 5, 8)
IDS = [f"{NASTY} $x^2$ {number}" if number % 7 == 0 else f"=s{number}" for number in range(ROWS)]


def make(home: Path, model: str, settings: dict, *, target: TargetChoice | None = None) -> Finished:
    """Freeze a dataset of nasty ids, one of its rows rejected, and train on it."""
    rng = np.random.default_rng(3)
    letters = ["".join(rng.choice(list("ACGT"), LENGTH)) for _ in range(ROWS)]
    slopes = np.array([text.count("T") / LENGTH - 0.25 for text in letters]) + rng.normal(0, 0.01, ROWS)
    table = pd.DataFrame({f"{hour}h": 6 + slopes * (hour + 1) for hour in HOURS}, index=IDS).rename_axis("id")
    broken = pd.DataFrame([["x", 1.0, 2.0, 3.0]], columns=table.columns, index=["broken"])
    table = pd.concat([table.astype(object), broken]).rename_axis("id")
    folder = home.parent / f"{home.name}-files"
    folder.mkdir()
    table.to_csv(folder / "<b>expression.tsv", sep="\t")
    pd.DataFrame({"id": [*IDS, "broken"], "sequence": [*letters, "ACGT" * 9]}).to_csv(
        folder / "sequences.tsv", sep="\t", index=False
    )
    with using(home):
        read = pipeline.understand(*(Source(path.name, path) for path in sorted(folder.iterdir())))
        choices = ImportChoices(name=f"{NASTY} & 'data'", target=target or TargetChoice(), counts=False)
        dataset = datasets.freeze(pipeline.build(read, choices))
        run = trained(dataset, model, settings, name=f"</title>{NASTY}")
        assert runs.get(run).state == runs.FINISHED
    return Finished(home, dataset, run)
