"""What a time budget gives: how many networks are trained in it on this machine, and in more time."""

import pandas as pd
import streamlit as st

from lib.datasets.dataset import Dataset
from lib.jobs.devices import DeviceRequest
from lib.models.base import Blending, Model
from lib.models.best import count_groups
from lib.models.members import ROUNDS
from lib.tasks.data import TrainingData
from lib.ui.train import cost
from lib.ui.widgets.progress_text import duration
from lib.ui.widgets.text import plain

MINUTES = (5, 15, 30, 60, 120, 240)


def draw(dataset: Dataset, model: Blending, wish: DeviceRequest) -> None:
    """Draw how many networks each time budget allows; while their pace is measured the place renews itself."""
    networks, folds = model.members(TrainingData.of(dataset))
    st.caption(
        ":material/timer: Simple models are always trained, in seconds. "
        + (
            f"Each network is trained {folds} times, on four fifths of the training and validation parts, and judged "
            "by the last fifth."
            if folds > 1
            else "Each network is trained on the training part and judged by the validation part."
        )
    )
    st.fragment(_measure, run_every=None if _recall(dataset, networks, wish) else cost.EVERY_SECONDS)(
        dataset, networks, folds, model.minutes, wish
    )


def _recall(dataset: Dataset, networks: list[tuple[str, Model]], wish: DeviceRequest) -> bool:
    return all(cost.recall(dataset, network, None, wish) is not None for _, network in networks)


def _measure(
    dataset: Dataset, networks: list[tuple[str, Model]], folds: int, minutes: float, wish: DeviceRequest
) -> None:
    seconds = []
    for label, network in networks:
        found = cost.ask(dataset, network, None, wish)
        if found is None:
            st.caption(f":material/hourglass_top: Measuring how long {plain(label)} takes on this machine.")
            return
        if found.seconds_low is None or found.seconds_high is None:
            st.caption(f":material/info: {plain(label)}: {plain(found.note)}")
            return
        seconds.append(folds * (found.seconds_low + found.seconds_high) / 2)
    st.dataframe(table(seconds, minutes), hide_index=True, width="content", key="budget-table")
    each = ", ".join(f"{plain(label)} {duration(one)}" for (label, _), one in zip(networks, seconds, strict=True))
    st.caption(
        f"Expected on this machine: {each}{' with all folds' if folds > 1 else ''}. At most {ROUNDS} seeds of each "
        "network are trained, of those that count in the blend."
    )


def table(seconds: list[float], minutes: float) -> pd.DataFrame:
    """Give how many networks each time budget allows, the chosen one marked.

    Parameters
    ----------
    seconds
        What each network takes, all folds included.
    minutes
        The budget that is chosen.
    """
    rows = sorted({*MINUTES, minutes})
    return pd.DataFrame(
        {
            "Time budget": [duration(60 * row) for row in rows],
            "Networks": [count_groups(seconds, 60 * row) for row in rows],
            "": ["chosen" if row == minutes else "" for row in rows],
        }
    )
