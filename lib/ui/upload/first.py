"""No files at hand: the simulated demo with finished runs in one click, and public data from the catalogue."""

from typing import TYPE_CHECKING

import streamlit as st

from lib.core.progress import Callback, Report
from lib.ui import errors
from lib.ui.upload import files
from lib.ui.widgets import state
from lib.ui.widgets.text import plain

if TYPE_CHECKING:
    from lib.datasets.catalog import Entry


DEMO = "Opens 2,000 simulated sequences with planted motifs, and the results of two models trained on them."


def offers() -> None:
    """Draw the offers; what they do happens below them, so that the page stays as it is when they fail."""
    from lib.datasets import catalog

    asked = ""
    with st.container(horizontal=True, vertical_alignment="center", gap="small", key="offers"):
        st.markdown("No files at hand?", width="content")
        demo = st.button("Explore the demo", icon=":material/play_circle:", key="demo", help=DEMO)
        for name, entry in catalog.ENTRIES.items():
            label, about = f"Get the public {entry.label} data", f"{entry.summary} {entry.reference}; {entry.licence}."
            if st.button(label, icon=":material/cloud_download:", key=f"public-{name}", help=plain(about)):
                asked = name
    with errors.guard():
        if demo:
            from lib.report import demo_runs

            with st.spinner("Opening the simulated demo with its finished runs"):
                dataset, run = demo_runs.open_demo()
            state.go(state.RESULTS, dataset=dataset, run=run, sequence=demo_runs.SEQUENCE)
        if asked:
            _fetch(catalog.ENTRIES[asked])
            st.rerun()


def _fetch(entry: "Entry") -> None:
    from lib.datasets import catalog
    from lib.store.files import home

    bar = st.progress(0.0, text=f"Asking for the {entry.label} data")

    def show(report: Report) -> None:
        bar.progress(min(report.step / max(report.total, 1), 1.0), text=plain(report.stage))

    try:
        paths = catalog.fetch(entry, home() / "catalog", Callback(show))
    finally:
        bar.empty()
    files.clear()
    for file in entry.files:
        hours = entry.hours if file.kind == "expression" else ()
        files.hold(file.kind, file.name, paths[file.kind], hours=hours, title=entry.label)
