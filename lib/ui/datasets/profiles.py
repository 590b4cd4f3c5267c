"""Are these counts at each base good? Where they lie, how many there are, and whether replicates agree."""

from typing import TYPE_CHECKING

import numpy as np
import pandas as pd
import streamlit as st

from lib.datasets.dataset import Dataset
from lib.store.files import home
from lib.ui import errors
from lib.ui.widgets import charts, columns
from lib.ui.widgets.text import plain, short

if TYPE_CHECKING:
    from lib.core.arrays import FloatArray


@st.fragment
@errors.guard()
def profiles(dataset: Dataset) -> None:
    """Draw the profiles of a dataset: a heat map of one track, the mean of all, the agreement of replicates."""
    st.subheader("Profiles", anchor=False)
    place = 0
    if len(dataset.tracks) > 1:
        tracks = list(dataset.tracks)
        picked = st.segmented_control(
            "Track",
            tracks,
            default=tracks[0],
            required=True,
            key="profile-track",
            format_func=lambda name: plain(short(name, 30)),
        )
        place = tracks.index(str(picked))
    draw_profiles(dataset, place, key="profiles")
    replicates(dataset)


def tile(dataset: Dataset) -> tuple[str, str, str]:
    """Give the number that says how good a model can be: name, value and what it is."""
    found = agreement(dataset)
    about = "Median correlation of a replicate with the sum of the others along a window, mean over the tracks."
    if found is None:
        return "Replicates (Pearson)", "none", "It needs replicates: columns or files of the same track."
    return "Replicates (Pearson)", f"{np.nanmean(np.nanmedian(found, axis=0)):.3f}", about


def draw_profiles(dataset: Dataset, place: int, *, key: str) -> None:
    """Draw the heat map of one track and the mean profile of all."""
    from lib.figures import profile_data as plots

    assert dataset.profiles is not None
    counts, track = dataset.profiles, dataset.tracks[place]
    n, length = counts.shape[0], counts.shape[2]
    left, right = columns.columns([1.3, 1], key=key)
    with left:
        charts.draw(
            lambda: plots.heat_map(counts[:, place], track=track),
            name=f"{dataset.name}-{track}-heat-map",
            key=f"{key}-heat-map",
            kept=f"{dataset.id} {place}",
            alt=f"Heat map of the counts of {track} in {n:,} windows of {length:,} nt, windows with most counts on top",
        )
    with right:
        charts.draw(
            lambda: plots.mean_figure(counts, dataset.tracks, height=420),
            name=f"{dataset.name}-mean-profile",
            key=f"{key}-mean",
            kept=dataset.id,
            alt=f"Mean share of the counts at each of {length:,} positions, {n:,} windows",
            numbers=lambda: _means(dataset),
        )


def replicates(dataset: Dataset) -> None:
    """Draw how well replicates agree, or say that there are none."""
    from lib.figures import profile_data as plots

    found = agreement(dataset)
    if found is None:
        st.caption("There are no replicates, so nobody knows how well a perfect model could do.")
        return
    medians = ", ".join(
        f"{plain(track)} **{np.nanmedian(found[:, place]):.2f}**" for place, track in enumerate(dataset.tracks)
    )
    left, right = columns.columns([1.3, 1], key="replicates", align="center")
    with left:
        charts.draw(
            lambda: plots.agreement_figure(found, dataset.tracks, replicates=len(dataset.replicates)),
            name=f"{dataset.name}-replicates",
            key="replicates",
            kept=dataset.id,
            alt="Histogram over windows of the correlation of each replicate with the sum of the others",
            numbers=lambda: pd.DataFrame({"id": dataset.ids, **dict(zip(dataset.tracks, found.T, strict=True))}),
        )
    with right:
        st.markdown(f"Median over windows: {medians}. A model that is judged against one replicate can do no better.")
        st.dataframe(
            plots.totals_table(dict(dataset.replicates), dataset.tracks),
            hide_index=True,
            key="replicate-totals",
            alt="Counts of each replicate, and how its log counts correlate with those of the others over windows",
            column_config={
                "Counts": st.column_config.NumberColumn(format="localized"),
                "Pearson r": st.column_config.NumberColumn(
                    format="%.3f", help="of log(1 + counts) with the sum of the other replicates, over windows"
                ),
            },
        )


def agreement(dataset: Dataset) -> "FloatArray | None":
    """Give how each replicate correlates with the others along each window, (N, T); None without replicates."""
    return _agreement(str(home()), dataset.id, dataset)


@st.cache_resource(max_entries=4, show_spinner="Comparing replicates")
def _agreement(home: str, dataset_id: str, _dataset: Dataset) -> "FloatArray | None":
    from lib.tasks.profile import between_replicates

    return between_replicates(_dataset, np.arange(len(_dataset)))


def _means(dataset: Dataset) -> pd.DataFrame:
    from lib.tasks.profile import mean_profile

    assert dataset.profiles is not None
    means = mean_profile(dataset.profiles)
    return pd.DataFrame({"position": np.arange(1, means.shape[1] + 1), **dict(zip(dataset.tracks, means, strict=True))})
