"""What happens once when the server starts, before anybody visits."""

import importlib
import threading
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from streamlit.runtime.pages_manager import PagesManager
from streamlit.starlette import App

FIRST = (
    "pandas",
    "lib.store.datasets",
    "lib.store.runs",
    "lib.ui.layout",
    "lib.ui.upload.page",
    "lib.ui.upload.first",
)
"""What the first page imports; done before the server answers, so that a server that answers is quick."""

LATER = (
    "plotly.graph_objects",
    "lib.ui.datasets.quality",
    "lib.figures.data",
    "lib.figures.timecourse",
    "lib.ui.segmentation.page",
    "lib.figures.agreement",
    "numba",
)
"""What the next pages import, in the background; no torch, which only models need."""
LATER_SECONDS = 3.0


@asynccontextmanager
async def lifespan(app: App) -> AsyncIterator[None]:
    """Prepare the process before the first visit.

    A folder called ``pages`` makes Streamlit run the first visit of a process in the mode of its first multipage apps,
    which does not know the pages of ``st.navigation`` and tells a cold deep link that its page does not exist.
    """
    PagesManager.uses_pages_directory = False
    _import(FIRST)
    later = threading.Timer(LATER_SECONDS, _import, [LATER])
    later.daemon = True
    later.start()
    yield
    later.cancel()


def _import(names: tuple[str, ...]) -> None:
    for name in names:
        importlib.import_module(name)
