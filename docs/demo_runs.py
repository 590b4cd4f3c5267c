"""Make the runs of the simulated demo that come with the program: ``python -m docs.demo_runs``, some minutes.

Run it again when the demo, the files of a run or the models of ``lib.report.demo_runs`` have changed; the tests say so.
"""

import os
import tempfile
from pathlib import Path


def main() -> None:
    """Simulate, train and bundle in a workspace of its own."""
    with tempfile.TemporaryDirectory() as folder:
        os.environ["MOTIFLENS_HOME"] = str(Path(folder) / "home")
        from lib.cli import main as motiflens
        from lib.report.demo_runs import FOLDER, MODELS
        from lib.store import datasets, runs

        FOLDER.mkdir(exist_ok=True)
        motiflens(["demo", "--json"])
        [dataset] = datasets.all()
        for model in MODELS:
            motiflens(["train", "--dataset", dataset.id, "--model", model, "--wait", "--json"])
            [run] = [run for run in runs.all(kind="train") if run.model == model]
            motiflens(["bundle", "--run", run.id, "--out", str(FOLDER / f"{model}.zip")])


if __name__ == "__main__":
    main()
