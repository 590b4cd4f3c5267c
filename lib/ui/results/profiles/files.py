"""The files of the results of a model of profiles: predictions, scores and windows as CSV, pictures, the profiles."""

import io
from typing import TYPE_CHECKING

import numpy as np

from lib.figures.files import to_png, to_svg
from lib.figures.paper import on_paper
from lib.figures.scatter import predicted_against_real
from lib.tasks.scores import PART_NAMES
from lib.ui.results.diagnostics import Offer, learned, table
from lib.ui.results.profiles import scores
from lib.ui.results.profiles.data import ProfileView, windows_table
from lib.ui.widgets import cached

if TYPE_CHECKING:
    from matplotlib.figure import Figure


def offers(view: ProfileView) -> list[Offer]:
    """Give the files, each made when it is asked for."""

    def scatter() -> "Figure":
        title = f"{view.run.name}, {PART_NAMES[view.part]} part (n = {len(view.rows):,})"
        return on_paper(predicted_against_real(view.points, title=title), size=(4.2, 4.2))

    return [
        *table("Predicted counts", "predictions", lambda: cached.predictions(view.run.id)),
        Offer("Predicted profiles", "profiles", "npz", lambda: arrays(view)),
        *table("Scores", "scores", lambda: scores.frame(view)),
        *table("Windows", "windows", lambda: windows_table(view)),
        Offer("Scatter of counts", "scatter", "svg", lambda: to_svg(scatter())),
        Offer("Scatter of counts", "scatter", "png", lambda: to_png(scatter())),
        *learned(view),
    ]


def arrays(view: ProfileView) -> bytes:
    """Write the profiles of the part as npz: ``ids`` (n,), ``tracks`` (T,), ``observed``, ``predicted`` (n, T, L)."""
    rows, file = view.places, io.BytesIO()
    np.savez_compressed(
        file,
        allow_pickle=False,
        ids=np.asarray(view.dataset.ids[rows]).astype(np.str_),
        tracks=np.array(view.dataset.tracks, dtype=np.str_),
        observed=view.counts[rows],
        predicted=view.shares["predicted"][rows],
    )
    return file.getvalue()
