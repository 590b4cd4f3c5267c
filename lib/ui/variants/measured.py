"""Measured effects on the Variants page: which columns hold them, and how they go with the predicted ones."""

from collections.abc import Mapping
from functools import partial

import numpy as np
import pandas as pd
import streamlit as st

from lib.core.arrays import FloatArray
from lib.io.decisions import Reading
from lib.io.files import Source
from lib.io.measured import Measured, candidates, read_measured_columns, read_measured_table
from lib.io.sandbox import run_reader
from lib.io.tables import read_table
from lib.io.variant_input import KnownSequences, Understood
from lib.ui import errors
from lib.ui.widgets import charts, decisions, downloads
from lib.ui.widgets import columns as side
from lib.ui.widgets.text import plain
from lib.views import variants as views
from lib.views.variants import Answer

MOST = 12
"""Columns that are compared at most."""
TYPES = ["tsv", "csv", "txt", "xlsx", "parquet", "gz"]


def choose(read: Understood, known: KnownSequences, reading: Reading, key: str) -> Mapping[str, FloatArray] | None:
    """Draw the choice of measured effects and give them; None while something must be decided.

    Parameters
    ----------
    read, known, reading
        The variants, the sequences that they change, and what was said about the files.
    key
        Names the files.
    """
    with st.expander("Measured effects (optional)", icon=":material/scatter_plot:", key="variants-measured"):
        st.caption(
            "Effects that were measured, such as allelic skew, one column for each cell type. Predictions are compared "
            "with them by correlation."
        )
        uploaded = st.file_uploader(
            "Table of measured effects, if not in the table of variants",
            type=TYPES,
            key="variants-measured-file",
            help="A row for each variant, by its name or by sequence, position, ref and alt.",
        )
        with errors.guard():
            return _choose(
                read, known, reading, key, None if uploaded is None else (uploaded.name, uploaded.getvalue())
            )
    return None


def _choose(
    read: Understood, known: KnownSequences, reading: Reading, key: str, file: tuple[str, bytes] | None
) -> Mapping[str, FloatArray] | None:
    if file is not None:
        offered = candidates(run_reader(read_table, Source(*file), reading))
    elif read.table is not None and read.columns is not None:
        columns = read.columns
        used = [columns.sequence, columns.position, columns.end, columns.ref, columns.alt, columns.name, columns.strand]
        offered = candidates(read.table, used)
    else:
        offered = []
    if not offered:
        st.caption("The table of variants has no other column of numbers.")
        return {}
    names = st.multiselect(
        "Columns of measured effects",
        offered,
        key=f"{key}-measured-{'file' if file else 'own'}",
        max_selections=MOST,
        placeholder="None",
    )
    if not names:
        return {}
    if file is None:
        found = read_measured_columns(read, names, reading)
    else:
        found = _beside(file, tuple(names), reading, key, read, known.sequences)
    decisions.ask(found.decisions, key)
    for note in found.notes:
        st.caption(plain(note))
    known_here = {name: int(np.isfinite(values).sum()) for name, values in found.values.items()}
    counted = " · ".join(f"{plain(name)}: n = {count:,}" for name, count in known_here.items())
    st.caption(f"{counted} of {len(read.found):,} variants")
    decisions.decisions_table(found.decisions, f"{key}-measured", label="How measured effects were read")
    return None if decisions.is_open(found.decisions) else found.values


@st.cache_resource(max_entries=8, show_spinner="Reading the measured effects")
def _beside(
    file: tuple[str, bytes],
    names: tuple[str, ...],
    reading: Reading,
    key: str,
    _read: Understood,
    _sequences: Mapping[str, str],
) -> Measured:
    return run_reader(read_measured_table, Source(*file), names, _read, _sequences, reading)


def draw(answer: Answer, frame: pd.DataFrame, *, chosen: int | None) -> None:
    """Draw how the effects of the run that ranks go with measured ones, a scatter for each column; nothing without any.

    Parameters
    ----------
    answer, frame
        What was measured by the models, and its rows in their order.
    chosen
        Number of the variant that is looked at.
    """
    if not answer.measured:
        return
    from lib.figures import variants as plots

    st.subheader("Predicted against measured effects", anchor=False)
    numbers = views.tabulate_agreement(answer.tables, answer.names, answer.measured)
    _numbers(numbers, answer)
    columns: list[st.delta_generator.DeltaGenerator] = []
    for number, (name, values) in enumerate(answer.measured.items()):
        table = frame.assign(measured=values[frame["row"].to_numpy()])
        known = table[table["effect"].notna() & table["measured"].notna()]
        if not len(known):
            continue
        columns = columns or side.columns(2, key=f"variants-measured-{number}")
        with columns.pop(0):
            key = f"variants-measured-{number}"
            charts.draw(
                partial(plots.plot_measured_effects, table, column=name, effect=answer.axis, chosen=chosen),
                name=f"{answer.run.name} {name}",
                key=key,
                kept=f"{answer.run.id}-{answer.by}-{name}-{chosen}",
                alt=f"Predicted against measured effects of {len(known)} variants, {plain(name)}",
                numbers=partial(lambda shown: shown, known),
            )


def _numbers(numbers: pd.DataFrame, answer: Answer) -> None:
    """Draw n, the correlations and their intervals; of a column without any, why."""
    shown = pd.DataFrame(
        {
            "Measured": numbers["measured"],
            "Model": numbers["run"],
            "n": numbers["n"],
            "Pearson": numbers["pearson"],
            "95% interval": _intervals(numbers, "pearson"),
            "Spearman": numbers["spearman"],
            "95% interval ": _intervals(numbers, "spearman"),
            "Note": numbers["why"],
        }
    )
    if not numbers["why"].any():
        shown = shown.drop(columns="Note")
    if len(answer.tables) == 1:
        shown = shown.drop(columns="Model")
    form = st.column_config.NumberColumn(format="%.3f")
    st.dataframe(
        shown,
        hide_index=True,
        placeholder="–",
        key="variants-measured-numbers",
        column_config={"Pearson": form, "Spearman": form},
        alt="Correlations of predicted with measured effects, with n and 95% intervals",
    )
    st.caption(
        "Correlations of predicted with measured effects. Intervals: 95%, percentile bootstrap over variants (1,000 "
        "resamples). Measured effects may be on another scale than predictions."
    )
    downloads.csv_button(
        lambda: numbers, name=f"{answer.run.name} measured", key="variants-measured-csv", label="Correlations (CSV)"
    )


def _intervals(numbers: pd.DataFrame, name: str) -> list[str]:
    pairs = zip(numbers[f"{name}_low"], numbers[f"{name}_high"], strict=True)
    return [f"{low:.3f} to {high:.3f}" if np.isfinite(low) else "" for low, high in pairs]
