"""The simulated demo: made up, written in the users' own file formats, and read like any other files."""

import tempfile
from pathlib import Path

from lib.core.progress import Progress
from lib.datasets import pipeline, profile_tables, profiles, simulate, simulate_profiles
from lib.datasets.draft import Draft, ImportChoices
from lib.datasets.splits import SplitChoice
from lib.io.files import Source

NAME, PROFILE_NAME = "Simulated demo", "Simulated profiles"


def draft(*, split: SplitChoice | None = None, progress: Progress | None = None) -> Draft:
    """Simulate sequences with planted motifs and read them into a dataset that is labelled simulated."""
    with tempfile.TemporaryDirectory(prefix="motiflens-demo-") as folder:
        files = simulate.write_demo(Path(folder))
        brought = (files.expression, files.sequences, files.rbp)
        expression, sequences, rbp = (Source(path.name, path) for path in brought)
        read = pipeline.understand(expression, sequences, rbp)
        choices = ImportChoices(
            name=NAME, split=split or SplitChoice(), simulated=True, truth=Source(files.truth.name, files.truth)
        )
        return pipeline.build(read, choices, progress=progress)


def profile_draft(*, split: SplitChoice | None = None) -> Draft:
    """Simulate windows whose counts are decided by a planted motif, and read them into a dataset of profiles."""
    with tempfile.TemporaryDirectory(prefix="motiflens-demo-") as folder:
        files = simulate_profiles.write_profiles(Path(folder))
        read = profile_tables.read_windows(Source(files.profiles.name, files.profiles))
        truth = Source(files.truth.name, files.truth)
        choices = profiles.ProfileChoices(PROFILE_NAME, split=split or SplitChoice(), simulated=True, truth=truth)
        return profiles.build(read, choices)
