"""What the pages say of close neighbours and duplicates between the parts of a dataset."""

from collections.abc import Mapping, Sequence
from typing import Any

import streamlit as st

from lib.datasets import leakage
from lib.datasets.dataset import Dataset, PartName
from lib.store import leakage as stored
from lib.store.files import home
from lib.ui.widgets.text import plain

_ICON = ":material/content_copy:"


def measure(dataset: Dataset) -> dict[str, Any]:
    """Give what was counted in a frozen dataset, which is done now where it is older than the count."""
    return _measure(str(home()), dataset.id)


@st.cache_data(max_entries=64, show_spinner="Comparing the sequences of train, validation and test")
def _measure(home: str, dataset_id: str) -> dict[str, Any]:
    return stored.get(dataset_id)


def summary(facts: Mapping[str, Any], *, classified: bool = False) -> None:
    """Draw what was counted: quietly where it is little, as a warning where a score will be too good.

    Parameters
    ----------
    facts
        What ``lib.datasets.leakage.measure`` gave.
    classified
        Whether results are given with and without duplicates.
    """
    said = leakage.summarise(facts)
    if not said:
        return
    found = leakage.read_overlaps(facts)
    both = classified and any(overlap.duplicates for overlap in found.values() if overlap.other == "train")
    said += " Results are given with and without duplicates." if both else ""
    if any(overlap.is_high for overlap in found.values()):
        st.warning(said, icon=_ICON)
        st.caption(leakage.CLOSE)
    else:
        st.caption(f"{_ICON} {said}", help=leakage.CLOSE)


def tile(facts: Mapping[str, Any]) -> tuple[str, str, str]:
    """Give name, value and meaning of the share of the test sequences that have a close neighbour in training."""
    found = leakage.read_overlaps(facts).get(("test", "train"))
    share = f"{found.close / found.compared:.0%} of test" if found and found.compared else "not known"
    return "Close neighbours in training", share, leakage.CLOSE


def headline(datasets: Sequence[Dataset], part: PartName = "test") -> None:
    """Draw the warning that belongs beside a score on a part of one or several datasets; nothing where few are close.

    Parameters
    ----------
    datasets
        Those of the runs that are looked at, named where there are several.
    part
        The part that the runs are judged by.
    """
    known = {dataset.id: dataset for dataset in datasets}
    for dataset in known.values():
        said = leakage.write_headline(measure(dataset), part)
        if said:
            st.warning(f"{plain(dataset.name)}: {said}" if len(known) > 1 else said, icon=_ICON)
