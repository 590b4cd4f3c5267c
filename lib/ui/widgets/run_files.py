"""Buttons for what leaves the app about a run: the report as one HTML file, and the bundle that repeats it."""

import tempfile
from pathlib import Path

import streamlit as st

from lib.store import groups, runs
from lib.store.files import home
from lib.store.runs import Run
from lib.ui.widgets.text import file_name

MOST = 1_000_000_000
"""Bytes of a run's folder up to which its bundle is handed out here: the server holds a download in its memory."""


def buttons(run: Run) -> None:
    """Draw both buttons for a finished training; a file is made when it is asked for, and the button says so.

    A run of a sweep whose test results are kept back has neither, for both files hold them.
    """
    if groups.runs_without_test([run]):
        return
    st.download_button(
        "Report",
        data=lambda: _report(run.id),
        file_name=file_name(f"{run.name} report", ".html"),
        mime="text/html",
        key="download-report",
        on_click="ignore",
        icon=":material/description:",
        help="All about this run in one file that opens anywhere: data, settings, results, figures, logos, methods "
        "with references. It takes some seconds to make.",
    )
    large = _size(run.id) > MOST
    st.download_button(
        "Bundle",
        data=lambda: _bundle(run.id),
        file_name=file_name(f"{run.name} bundle", ".zip"),
        mime="application/zip",
        key="download-bundle",
        on_click="ignore",
        icon=":material/folder_zip:",
        disabled=large,
        help=f"This run has more than 1 GB; write its bundle by: motiflens bundle --run {run.id} --out bundle.zip"
        if large
        else "The run, its dataset and a script that repeats the numbers with MotifLens, as one zip file.",
    )


def _report(run_id: str) -> bytes:
    from lib.report import report

    return report.render_report(run_id)[0].encode("utf-8")


def _bundle(run_id: str) -> bytes:
    from lib.report import bundle

    with tempfile.TemporaryDirectory(prefix=".bundle.", dir=home()) as folder:
        path = Path(folder) / "bundle.zip"
        bundle.write(run_id, path)
        return path.read_bytes()


def _size(run_id: str) -> int:
    return sum(path.stat().st_size for path in runs.folder(run_id).glob("*") if path.is_file())
