"""The simulated demo: made up, written in the users' own file formats, and read like any other files."""

import tempfile
from pathlib import Path

from lib.core.progress import Progress
from lib.data import importing, simulate
from lib.data.draft import Draft, ImportChoices
from lib.data.files import Source
from lib.data.splits import SplitChoice

NAME = "Simulated demo"


def draft(*, split: SplitChoice | None = None, progress: Progress | None = None) -> Draft:
    """Simulate sequences with planted motifs and read them into a dataset that is labelled simulated."""
    with tempfile.TemporaryDirectory(prefix="motiflens-demo-") as folder:
        files = simulate.write_demo(Path(folder))
        read = importing.understand(
            *(Source(path.name, path) for path in (files.expression, files.sequences, files.rbp))
        )
        choices = ImportChoices(
            name=NAME, split=split or SplitChoice(), simulated=True, truth=Source(files.truth.name, files.truth)
        )
        return importing.build(read, choices, progress=progress)
