"""How well two runs meet each of the common sequences, such as windows by their profiles."""

import numpy as np
import pandas as pd
import streamlit as st

from lib.core.arrays import FloatArray
from lib.figures.compared import met_by_both
from lib.ui.compare_runs import two
from lib.ui.compare_runs.data import View
from lib.ui.widgets import charts
from lib.ui.widgets.text import plain


def draw(view: View, each: FloatArray) -> None:
    """Draw two of the runs against each other; ``each`` (K, N) is how well each run meets each sequence."""
    name = view.judged.each_name
    st.subheader(f"Each window: {name}", anchor=False)
    first, second = two.choose(view, ("Along", "along"), ("Against", "against"))
    if first == second:
        st.info("Choose two different runs.")
        return
    runs = (view.series[first], view.series[second])
    charts.draw(
        lambda: met_by_both(view.found.ids.tolist(), each[first], each[second], runs, score=name),
        name=f"{view.name} {name}",
        key=f"compare-windows-{view.runs[first].id}-{view.runs[second].id}-{view.part}",
        kept=view.key,
        numbers=lambda: table(view, each),
        alt=f"{name} of {view.labels[second]} against that of {view.labels[first]} for {view.n:,} windows",
    )
    known = np.isfinite(each[[first, second]]).all(axis=0)
    better = int((each[first] > each[second])[known].sum())
    st.caption(
        f"{plain(view.labels[first])} meets {better:,} of {int(known.sum()):,} windows better than "
        f"{plain(view.labels[second])}. "
        "Above the dashed line the second run is better; colours are those of the better run."
    )


def table(view: View, each: FloatArray) -> pd.DataFrame:
    """Give one row for each common sequence: id, and how well each run meets it."""
    columns = {f"{view.judged.each_name}, {label}": values for label, values in zip(view.labels, each, strict=True)}
    return pd.DataFrame({"id": view.found.ids, **columns})
