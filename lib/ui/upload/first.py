"""No files at hand: the simulated demo in one click, and public data from the catalogue."""

import tempfile
from pathlib import Path

import streamlit as st

from lib.core.progress import Callback, Report
from lib.ui import errors, state
from lib.ui.text import plain
from lib.ui.upload import files

DEMO = "Simulated demo"


def offers() -> None:
    """Draw the two offers; what they do happens below them, so that the page stays as it is when they fail."""
    with st.container(horizontal=True, vertical_alignment="center", gap="small", key="offers"):
        st.markdown("No files at hand?")
        demo = st.button("Try the simulated demo", icon=":material/play_circle:", key="demo")
        public = st.button("Get the public UTR-Seq data", icon=":material/cloud_download:", key="public")
    if demo:
        with errors.guard(), st.spinner("Simulating sequences with planted motifs"):
            chosen = make_demo()
            state.go(state.DATASETS, dataset=chosen)
    if public:
        with errors.guard():
            _fetch()
            st.rerun()


def make_demo() -> str:
    """Simulate the demo's three files, import them like any others and freeze them; gives the dataset id."""
    from lib.data import importing, simulate
    from lib.data.draft import ImportChoices
    from lib.data.files import Source
    from lib.store import datasets

    with tempfile.TemporaryDirectory(prefix="motiflens-demo-") as folder:
        made = simulate.write_demo(Path(folder))
        sources = [Source(path.name, path) for path in (made.expression, made.sequences, made.rbp)]
        read = importing.understand(*sources)
        draft = importing.build(read, ImportChoices(name=DEMO, simulated=True))
        return datasets.freeze(draft, owner=state.owner())


def _fetch() -> None:
    from lib.data import catalog
    from lib.store.files import home

    entry = next(iter(catalog.ENTRIES.values())) if isinstance(catalog.ENTRIES, dict) else catalog.ENTRIES[0]
    bar = st.progress(0.0, text="Asking for the public data")

    def show(report: Report) -> None:
        bar.progress(min(report.step / max(report.total, 1), 1.0), text=plain(report.stage or "Downloading"))

    try:
        paths = catalog.fetch(entry, home() / "catalog", Callback(show))
    finally:
        bar.empty()
    files.clear()
    for kind in ("expression", "sequences", "rbp"):
        if kind in paths:
            hours = tuple(entry.hours) if kind == "expression" else ()
            files.hold(kind, paths[kind].name, paths[kind], hours=hours)
