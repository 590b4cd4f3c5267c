"""How files of profiles are read: guessed, shown as chips, and changed by opening one."""

from collections.abc import Sequence
from typing import Any, cast

import pandas as pd
import streamlit as st

from lib.core.errors import UserError
from lib.datasets.profile_tables import Layout
from lib.io.files import Source
from lib.io.table import Table
from lib.io.tif_seq import End, Isoforms, TifChoice
from lib.io.windows import ProfileColumn
from lib.ui.upload.files import Held
from lib.ui.widgets.text import plain, short

STRANDS = ("", "+", "-")
_ENDS: dict[End, str] = {"t3": "3′ ends (poly(A) sites)", "t5": "5′ ends (start sites)"}


def layout(table: Table, guessed: Layout, *, digest: str) -> Layout:
    """Draw which columns of a table hold ids, sequences and places as chips that open, and give what was chosen."""
    names = [str(name) for name in table.frame.columns if str(name) not in guessed.profiles]
    chosen = {}
    chips = (
        ("id", "id", "ids: row numbers", ":material/fingerprint:"),
        ("sequence", "sequence", "", ":material/genetics:"),
    )
    for kind, label, nothing, icon in chips:
        current = getattr(guessed, kind)
        key = f"layout-{kind}-{digest}"
        shown = st.session_state.get(key, current)
        text = f"{label}: {plain(short(shown, 24))}" if shown else nothing
        with st.popover(text, icon=icon, help=f"Change the column of the {label}s"):
            options = names if kind == "sequence" else ["", *names]
            chosen[kind] = st.selectbox(
                f"Column of the {label}s",
                options,
                index=options.index(current),
                key=key,
                persist_state="session",
                format_func=lambda name: name or "none: number the rows",
            )
    places = [getattr(guessed, kind) for kind in ("chrom", "start", "end", "strand")]
    told = all(places[:3])
    with st.popover(
        f"places: {plain(', '.join(filter(None, places)))}" if told else "no places",
        icon=":material/location_on:",
        help="Change the columns that say where windows lie",
    ):
        st.markdown("Windows that overlap stay together in a split, and chromosomes can be split by.")
        for kind, label in (("chrom", "Chromosome"), ("start", "Start"), ("end", "End"), ("strand", "Strand")):
            options = ["", *names]
            chosen[kind] = st.selectbox(
                label,
                options,
                index=options.index(getattr(guessed, kind)),
                key=f"layout-{kind}-{digest}",
                persist_state="session",
                format_func=lambda name: name or "none",
            )
    return guessed._replace(**cast(dict[str, Any], {kind: value or "" for kind, value in chosen.items()}))


def tracks(columns: Sequence[ProfileColumn], *, digest: str) -> tuple[ProfileColumn, ...]:
    """Draw track and replicate of each column as a chip that opens, and give what was chosen.

    Raises
    ------
    UserError
        If no column is used.
    """
    rows = pd.DataFrame(
        [{"Column": one.name, "Use": True, "Track": one.track, "Replicate": one.replicate} for one in columns]
    )
    with st.popover(_label(columns), icon=":material/stacked_bar_chart:", help="Change tracks and replicates"):
        st.markdown("Tick the columns that are used. A column without a replicate holds **all** reads of its track.")
        edited = _edit(rows, f"tracks-{digest}", "Columns of counts with their track and replicate")
    chosen = tuple(
        ProfileColumn(str(row.Column), str(row.Track or "").strip(), str(row.Replicate or "").strip())
        for row in edited[edited["Use"].astype(bool)].itertuples()
    )
    if not chosen:
        raise UserError("No column of counts is ticked; open the list of tracks and tick at least one.")
    return chosen


def files(held: Sequence[Held], *, digest: str) -> list[tuple[Held, str, str, str]]:
    """Draw track, replicate and strand of each bigWig file as a chip that opens, and give what was chosen.

    Raises
    ------
    UserError
        If no file is used.
    """
    from lib.io.bigwig import guess_files

    guessed = guess_files([Source(file.source.name, b"") for file in held])
    rows = pd.DataFrame(
        [
            {
                "Column": one.source.name,
                "Use": True,
                "Track": one.track,
                "Replicate": one.replicate,
                "Strand": one.strand,
            }
            for one in guessed
        ]
    )
    columns = [ProfileColumn(one.source.name, one.track, one.replicate) for one in guessed]
    with st.popover(_label(columns), icon=":material/stacked_bar_chart:", help="Change tracks, replicates and strands"):
        st.markdown("Tick the files that are used. A track has one file, or one for each strand.")
        edited = _edit(rows, f"files-{digest}", "bigWig files with their track, replicate and strand")
    chosen = [
        (file, str(row.Track or "").strip(), str(row.Replicate or "").strip(), str(row.Strand or ""))
        for file, row in zip(held, edited.itertuples(), strict=True)
        if row.Use
    ]
    if not chosen:
        raise UserError("No bigWig file is ticked; open the list of tracks and tick at least one.")
    return chosen


def isoforms(read: Isoforms, *, digest: str) -> TifChoice:
    """Draw how windows are made of isoforms, and give what was chosen.

    Raises
    ------
    UserError
        If no condition is chosen.
    """
    first, second, third, fourth = st.columns([1.4, 1.4, 1, 1])
    end = first.segmented_control(
        "Count",
        list(_ENDS),
        default="t3",
        required=True,
        format_func=_ENDS.__getitem__,
        key=f"end-{digest}",
        persist_state="session",
    )
    conditions = second.multiselect(
        "Conditions, each a track",
        read.conditions,
        default=list(read.conditions),
        key=f"conditions-{digest}",
        persist_state="session",
    )
    length = third.number_input(
        "Window (nt)", 20, 10_000, TifChoice.length, 10, key=f"length-{digest}", persist_state="session"
    )
    least = fourth.number_input(
        "Least reads",
        1,
        1_000_000,
        TifChoice.least,
        key=f"least-{digest}",
        persist_state="session",
        help="Windows with fewer reads over the chosen conditions are not made.",
    )
    if not conditions:
        raise UserError("No condition is chosen; choose at least one.")
    return TifChoice("t5" if end == "t5" else "t3", tuple(conditions), int(length), int(least))


def _edit(rows: pd.DataFrame, key: str, alt: str) -> pd.DataFrame:
    edited: pd.DataFrame = st.data_editor(
        rows,
        hide_index=True,
        disabled=["Column"],
        key=key,
        width=620,
        height=min(420, 38 + 35 * len(rows)),
        alt=alt,
        column_config={
            "Use": st.column_config.CheckboxColumn(width="small"),
            "Column": st.column_config.TextColumn("File" if "Strand" in rows else "Column", width="medium"),
            "Replicate": st.column_config.TextColumn(help="Empty: all reads of the track", width="small"),
            "Strand": st.column_config.SelectboxColumn(options=list(STRANDS), width="small"),
        },
    )
    return edited


def _label(columns: Sequence[ProfileColumn]) -> str:
    names = list(dict.fromkeys(column.track for column in columns))
    count = len({column.replicate for column in columns if column.replicate})
    listed = plain(short(", ".join(names), 40))
    replicates = f", {count} replicates" if count > 1 else ""
    return f"{len(names)} track{'s' * (len(names) != 1)}: {listed}{replicates}"
