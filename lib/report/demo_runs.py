"""The finished runs of the simulated demo that come with the program, so that a newcomer has results to look at.

They are bundles in ``assets/demo``, made by ``python -m docs.demo_runs``; opening one holds each file against its hash
and the dataset against its id.
"""

from pathlib import Path

import lib
from lib.report.unpack import unpack

FOLDER = Path(lib.__file__).resolve().parents[1] / "assets" / "demo"
MODELS = ("kmer-ridge", "legnet")
"""Trained with their defaults and seed 0; the last one is shown first."""
SEQUENCE = "SIM_00302"
"""A test sequence with two planted motifs that lower the target and one that raises it."""


def open_demo() -> tuple[str, str]:
    """Bring the demo and its runs into the workspace, where they are not there yet; give the dataset and a run.

    Raises
    ------
    UserError
        If a bundle is missing or damaged, or the disk is full.
    """
    dataset = run = ""
    for model in MODELS:
        found = unpack(FOLDER / f"{model}.zip")
        dataset, run = found["dataset"], found["run"]
    return dataset, run
