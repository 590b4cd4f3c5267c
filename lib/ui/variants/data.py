"""Finished measurements as the Variants page opens them, kept for everybody."""

import pandas as pd
import streamlit as st

from lib.io.variants import Variant
from lib.store import variants as store
from lib.store.files import home
from lib.store.run import Run
from lib.store.variants import MEAN
from lib.views.variants import Answer


def load(run: Run, by: str) -> Answer:
    """Give what a finished measurement found, ranked by one of its runs."""
    offered = choices(run)
    return _open(str(home()), run.id, str(run.ended), run.name, by if by in offered else offered[0], run)


@st.cache_resource(max_entries=8, show_spinner="Ranking the variants")
def _open(home: str, run_id: str, ended: str, name: str, by: str, _run: Run) -> Answer:
    return Answer(_run, *_load(home, run_id, ended), by, store.read_measured(run_id))


def choices(run: Run) -> list[str]:
    """Give by what a measurement can be ranked: the mean where there is one, then each run."""
    tables = _load(str(home()), run.id, str(run.ended))[2]
    return sorted(tables, key=lambda name: name != MEAN)


@st.cache_resource(max_entries=8, show_spinner="Opening the effects")
def _load(home: str, run_id: str, ended: str) -> tuple[tuple[Variant, ...], dict[str, str], dict[str, pd.DataFrame]]:
    variants, sequences = store.of(run_id)
    return variants, sequences, store.effects(run_id)
