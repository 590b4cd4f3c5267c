"""How the columns of an expression table are read: guessed, shown as chips, and changed by opening one."""

import re
from collections.abc import Sequence
from dataclasses import dataclass, replace

import pandas as pd
import streamlit as st

from lib.core.errors import UserError
from lib.datasets.classes import candidates
from lib.io import decisions as io
from lib.io.columns import Columns, ReadColumns, Role, ValueColumn, assign_times, choose_condition, value_columns
from lib.io.decisions import DEFAULT
from lib.io.file_format import label_of
from lib.io.layout import VALUE_OPTIONS
from lib.io.table import Table
from lib.io.times import parse_hours
from lib.ui.upload import reading
from lib.ui.widgets.text import plain, short

DELIMITERS = {"\t": "tabs", ",": "commas", ";": "semicolons", "|": "bars", None: ""}
COUNTS, LOGS = "Raw counts", "Logs (log2)"


@dataclass(frozen=True)
class Reading:
    """What was chosen for an expression table."""

    columns: Columns
    counts: bool
    spike_prefix: str


def chips(
    table: Table,
    guessed: Columns,
    *,
    counts: bool,
    digest: str,
    hours: Sequence[float] = (),
    said: io.Reading = DEFAULT,
) -> Reading:
    """Draw what was understood of an expression table as chips that open, and give what was chosen.

    Raises
    ------
    UserError
        If no column is left as expression.
    """
    if not guessed.has_times and len(guessed.values) > 1:
        guessed = _ask_times(table, guessed, digest, hours, said)
    with st.container(horizontal=True, gap="small", vertical_alignment="center", key="chips-expression"):
        separated = DELIMITERS.get(table.delimiter, "")
        kind = (
            ("text table" if table.format == "csv" else label_of(table.format))
            + (f", {separated}" if separated else "")
            + ("" if table.header else ", no header")
        )
        st.badge(f"{len(table):,} rows", icon=":material/table_rows:", color="gray")
        st.badge(kind, icon=":material/description:", color="gray")
        identifier = _id_chip(table, guessed, digest)
        read = _values_chip(table, guessed, digest, said)
        values = read.values
        labels = [] if guessed.has_times else candidates(table, guessed)
        numbers = any(column.name not in labels for column in values)
        is_counts = numbers and _unit_chip(digest, counts=counts)
        prefix = _spike_chip(table, identifier, digest) if is_counts else "SPIKE_"
    used = {identifier, guessed.sequence, *(column.name for column in values)}
    ignored = tuple(name for name in map(str, table.frame.columns) if name not in used)
    return Reading(replace(read, id=identifier, ignored=ignored), is_counts, prefix)


def _ask_times(table: Table, guessed: Columns, digest: str, hours: Sequence[float], said: io.Reading) -> Columns:
    names = ", ".join(column.name for column in guessed.values[:4]) + (", …" if len(guessed.values) > 4 else "")
    with st.container(border=True, key=f"ask-times-{digest}"):
        given = st.text_input(
            f"**At which times were the {len(guessed.values)} columns taken?** Their names ({plain(names)}) "
            "do not say. Type the hours in the order of the columns.",
            value=" ".join(f"{hour:g}" for hour in hours),
            placeholder="such as 0 1 2 3 4 or 30min 1h 2h; leave empty where the columns are no times",
            key=f"times-{digest}",
            persist_state="session",
            icon=":material/schedule:",
        )
    words = [word for word in re.split(r"[\s,;]+", given or "") if word]
    if not words:
        return guessed
    try:
        return assign_times(guessed, [parse_hours(word) for word in words], said, file=table.name)
    except UserError as error:
        st.error(plain(str(error)), icon=":material/schedule:")
        return guessed


def _id_chip(table: Table, guessed: Columns, digest: str) -> str:
    names = ["", *map(str, table.frame.columns)]
    key = f"id-column-{digest}"
    current = st.session_state.get(key, guessed.id)
    label = f"id: {plain(short(current, 24))}" if current else "ids: row numbers"
    with st.popover(label, icon=":material/fingerprint:", help="Change the column of the ids"):
        picked = st.selectbox(
            "Column of the ids",
            names,
            index=names.index(guessed.id) if guessed.id in names else 0,
            format_func=lambda name: name or "none: number the rows",
            key=key,
            persist_state="session",
        )
    return picked or ""


def _values_chip(table: Table, guessed: Columns, digest: str, said: io.Reading) -> Columns:
    """Tell what each column of numbers was taken for, and take what is changed there."""
    known = {column.name: column for column in guessed.values}
    roles = guessed.roles or tuple(Role(c.name, c.hours, c.condition, c.replicate, used=True) for c in guessed.values)
    listed = {role.name for role in roles}
    others = value_columns([name for name in guessed.ignored if name not in listed])
    roles += tuple(Role(c.name, c.hours, c.condition, c.replicate, used=False) for c in others)
    rows = pd.DataFrame(
        [
            {
                "Column": role.name,
                "Use": role.name in known,
                "Hours": role.hours,
                "Condition": role.condition,
                "Replicate": role.replicate,
                "Why": role.why,
            }
            for role in roles
        ]
    ).astype({"Hours": "float64"})
    signature = abs(hash(tuple(zip(rows["Column"], rows["Use"], rows["Hours"].fillna(-1.0), strict=True))))
    with st.popover(_times_label(guessed), icon=":material/schedule:", help="Change columns, times and replicates"):
        st.markdown("Columns of numbers: tick those that hold expression, and correct what they are.")
        edited = st.data_editor(
            rows,
            hide_index=True,
            disabled=["Column", "Why"],
            key=f"columns-{digest}-{signature:x}",
            width=720,
            height=min(420, 38 + 35 * len(rows)),
            alt="Columns of the expression table with their use, time in hours, condition and replicate",
            column_config={
                "Hours": st.column_config.NumberColumn("Time (hours)", format="%g"),
                "Use": st.column_config.CheckboxColumn("Expression", width="small"),
                "Why": st.column_config.TextColumn("Not used because"),
            },
        )
    if edited.equals(rows):
        return guessed
    chosen = edited[edited["Use"].astype(bool)]
    if chosen.empty and guessed.values:
        raise UserError("No column is ticked as expression; open the list of columns and tick at least one.")
    values = tuple(
        ValueColumn(column, None if pd.isna(hours) else float(hours), replicate or "", condition or "")
        for column, hours, replicate, condition in zip(
            *(chosen[name].tolist() for name in ("Column", "Hours", "Replicate", "Condition")), strict=True
        )
    )
    read = choose_condition(ReadColumns(values, values), said, table.name)
    told = tuple(one for one in guessed.decisions if one.option not in VALUE_OPTIONS)
    return replace(
        guessed,
        values=read.used,
        difference=read.difference,
        decisions=(*told, *read.decisions),
        roles=tuple(Role(c.name, c.hours, c.condition, c.replicate, used=c in read.used) for c in values),
    )


def _times_label(columns: Columns) -> str:
    hours = sorted({column.hours for column in columns.values if column.hours is not None})
    count = len(columns.values)
    if not hours:
        return f"{count} value column{'s' * (count != 1)}"
    listed = ", ".join(f"{hour:g}" for hour in hours[:4])
    listed += f" … {hours[-1]:g}" if len(hours) > 5 else (f", {hours[4]:g}" if len(hours) == 5 else "")
    replicates = "" if count == len(hours) else f", {count} columns"
    return f"{len(hours)} time{'s' * (len(hours) != 1)}: {listed} h{replicates}"


def _unit_chip(digest: str, *, counts: bool) -> bool:
    picked = st.segmented_control(
        "Unit of the values",
        [COUNTS, LOGS],
        default=COUNTS if counts else LOGS,
        required=True,
        key=f"unit-{digest}",
        persist_state="session",
        label_visibility="collapsed",
    )
    return picked == COUNTS


def _spike_chip(table: Table, identifier: str, digest: str) -> str:
    key = f"spikes-{digest}"
    prefix = str(st.session_state.get(key, "SPIKE_"))
    count = reading.spike_ins(digest, identifier, prefix, table)
    label = f"{count} spike-in{'s' * (count != 1)} ({plain(short(prefix, 12))}…)" if count else "no spike-ins"
    with st.popover(label, icon=":material/science:", help="Change how spike-ins are recognised"):
        given = st.text_input(
            "Ids of spike-ins start with",
            value="SPIKE_",
            key=key,
            persist_state="session",
            help="Counts are divided by the spike-in total of their column; without spike-ins, by the column's total.",
        )
    return given or ""
