"""The Motifs page: patterns that a run used, where and how far apart they stand, known motifs, and changes in time."""

import streamlit as st

from lib.datasets.dataset import Dataset
from lib.store.runs import Run
from lib.ui import errors
from lib.ui.results import page as results
from lib.ui.widgets import cached

PATTERNS, INSTANCES, SPACING, SCAN, TIMES = "Patterns", "Instances", "Order and spacing", "Scan", "By time"
VIEWS = {
    PATTERNS: "Motifs that this run used, known and new",
    INSTANCES: "Positions of each pattern in the sequences",
    SPACING: "Co-occurrence, order and distance of patterns",
    SCAN: "Positions of known motifs in the sequences",
    TIMES: "Motifs associated with early and late changes",
}
"""The views, and what each shows."""


def page() -> None:
    """Draw the page."""
    run = results.choose_finished_run()
    if run is None:
        return
    dataset = cached.dataset(run.dataset)
    with results.headline(run, dataset):
        view = st.segmented_control(
            "View",
            list(VIEWS),
            default=PATTERNS,
            required=True,
            key="view",
            bind="query-params",
            label_visibility="collapsed",
            help="  \n".join(f"**{name}**: {shows}." for name, shows in VIEWS.items()),
        )
    with errors.guard():
        _draw(view or PATTERNS, run, dataset)


def _draw(view: str, run: Run, dataset: Dataset) -> None:
    if view == SCAN:
        from lib.ui.motifs import scan

        scan.draw(dataset)
    elif view == TIMES:
        from lib.ui.motifs import by_time

        by_time.draw(run, dataset)
    elif view in (INSTANCES, SPACING):
        from lib.ui.motifs import instances, patterns, spacing

        opened = patterns.open_discovery(run, dataset)
        if opened is not None:
            (instances if view == INSTANCES else spacing).draw(opened)
    else:
        from lib.ui.motifs import patterns

        patterns.draw(run, dataset)
