"""How the correlation of observed and predicted profile spreads over the windows of a part; a click opens a window."""

from typing import Any

import numpy as np

from lib.figures.profiles import Guide, each_window, known
from lib.tasks.scores import PART_NAMES
from lib.ui.results.profiles.data import ProfileView, windows_table
from lib.ui.widgets import charts

BASELINES = {"mean": "mean profile, median"}


def draw(view: ProfileView) -> str | None:
    """Draw the windows by their correlation and give the one that is chosen in the picture."""
    values, ids = view.pearson, view.rows["id"].tolist()
    rows = known(values)
    event: Any = charts.draw(
        lambda: each_window(ids, values, guides(view), title=title(view), score="Profile Pearson r"),
        name=f"{view.run.name} {view.part} profile Pearson",
        key=f"windows-{view.run.id}-{view.part}-{view.target}",
        kept=view.key,
        numbers=lambda: windows_table(view),
        on_select="rerun",
        selection_mode="points",
        alt=f"Histogram of the profile Pearson correlation of {len(rows):,} windows, and each window as a point",
    )
    chosen = [point["point_index"] for point in event.selection.points if point["curve_number"] == 0]
    return str(ids[rows[chosen[0]]]) if chosen and chosen[0] < len(rows) else None


def title(view: ProfileView) -> str:
    """Say what the distribution shows."""
    n = len(known(view.pearson))
    return f"Profile Pearson of each window, {PART_NAMES[view.part]} part (n = {n:,})"


def guides(view: ProfileView) -> list[Guide]:
    """Give the medians of the run and of what it is compared with."""
    found = [Guide("median", _median(view.pearson))]
    for name, label in BASELINES.items():
        values = view.correlation(name)
        if values is not None:
            found.append(Guide(label, _median(values)))
    if view.ceiling is not None:
        found.append(Guide("replicates, median", _median(view.ceiling)))
    return [guide for guide in found if np.isfinite(guide.value)]


def _median(values: np.ndarray) -> float:
    defined = values[np.isfinite(values)]
    return float(np.median(defined)) if len(defined) else float("nan")
