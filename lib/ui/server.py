"""What happens once when the server starts, before anybody visits."""

import importlib
import threading
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from streamlit.runtime.pages_manager import PagesManager
from streamlit.starlette import App

WARM = (
    "pandas",
    "plotly.graph_objects",
    "lib.store.datasets",
    "lib.store.runs",
    "lib.ui.frame",
    "lib.ui.upload.page",
    "lib.ui.upload.first",
    "lib.ui.datasets.quality",
    "lib.plots.timecourse",
)
"""What the data pages import, in the order in which the first page needs it; no torch."""


@asynccontextmanager
async def lifespan(app: App) -> AsyncIterator[None]:
    """Prepare the process, and import in the background what the first visit needs while its browser still loads.

    A folder called ``pages`` makes Streamlit run the first visit of a process in the mode of its first multipage apps,
    which does not know the pages of ``st.navigation`` and tells a cold deep link that its page does not exist.
    """
    PagesManager.uses_pages_directory = False
    threading.Thread(target=_warm, name="warm", daemon=True).start()
    yield


def _warm() -> None:
    for name in WARM:
        importlib.import_module(name)
