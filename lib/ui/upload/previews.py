"""What was understood of each file: chips above a preview of ten rows."""

from typing import Literal

import numpy as np
import pandas as pd
import streamlit as st

from lib.io.file_format import label_of
from lib.io.rbp import RbpTable
from lib.io.sequences import Sequences
from lib.io.table import Table
from lib.ui import errors
from lib.ui.upload import reading
from lib.ui.widgets.text import plain, short

ROWS, PROTEINS = 10, 8
KEEP, REJECT = "Keep them as N", "Leave these sequences out"

Ambiguity = Literal["keep", "reject"]


def expression(table: Table) -> None:
    """Show the first rows of an expression table as they stand in the file."""
    st.dataframe(
        table.frame.head(ROWS),
        hide_index=True,
        height="content",
        alt=f"The first {min(ROWS, len(table))} of {len(table)} rows of the expression table",
    )
    _say_shown(min(ROWS, len(table)), len(table), "rows")


def sequences(read: Sequences, *, digest: str) -> Ambiguity:
    """Show what was understood of the sequences, and give what to do with ambiguity codes."""
    lengths = reading.lengths(digest, read)
    chosen: Ambiguity = "keep"
    with st.container(horizontal=True, gap="small", vertical_alignment="center", key="chips-sequences"):
        st.badge(f"{len(read):,} sequences", icon=":material/format_list_numbered:", color="gray")
        st.badge(
            "table" if read.table is not None else label_of(read.format), icon=":material/description:", color="gray"
        )
        if len(lengths):
            low, high = int(lengths.min()), int(lengths.max())
            span = f"{low:,} nt" if low == high else f"{low:,} to {high:,} nt, median {np.median(lengths):,.0f}"
            st.badge(span, icon=":material/straighten:", color="gray")
        letters = "RNA letters (U)" if read.with_u else "DNA letters (T)"
        mixed = f", {read.with_u:,} with U" if 0 < read.with_u < len(read) else ""
        st.badge(letters + mixed, icon=":material/genetics:", color="gray")
        if read.lower_case:
            st.badge(f"{read.lower_case:,} with lower case", icon=":material/match_case:", color="gray")
        ambiguous = int(read.ambiguous.sum())
        if ambiguous:
            with st.popover(f"{ambiguous:,} with ambiguity codes", icon=":material/question_mark:"):
                picked = st.radio(
                    "Sequences with IUPAC codes other than A C G T",
                    [KEEP, REJECT],
                    key=f"ambiguity-{digest}",
                    persist_state="session",
                )
                chosen = "reject" if picked == REJECT else "keep"
    head = slice(0, ROWS)
    frame = pd.DataFrame(
        {"id": read.ids[head], "sequence": read.sequences[head], "length (nt)": lengths[head]}, dtype=object
    )
    st.dataframe(
        frame,
        hide_index=True,
        height="content",
        alt=f"The first {len(frame)} of {len(read)} sequences",
        column_config={"sequence": st.column_config.TextColumn(width="large")},
    )
    _say_shown(len(frame), len(read), "sequences, stored as DNA")
    return chosen


def rbp(read: RbpTable, table: Table | None, *, digest: str) -> tuple[str, str] | None:
    """Show what was understood of the RBP motifs, and give the columns where they were changed.

    Parameters
    ----------
    read
        The motifs; while it is open which protein is used, all are shown.
    table
        The table that they stand in; None for PWMs.
    digest
        Hash of the file, for the keys of widgets.
    """
    columns = None
    with st.container(horizontal=True, gap="small", vertical_alignment="center", key="chips-rbp"):
        st.badge(
            f"{len(read):,} {'PWMs' if read.pwms else 'motifs'}", icon=":material/format_list_numbered:", color="gray"
        )
        formats = [one.chosen for one in read.decisions if one.topic == "Format"]
        if read.pwms and formats:
            st.badge(plain(str(formats[0])), icon=":material/description:", color="gray")
        if read.proteins:
            count = 0 if read.collection is None else read.collection.shape[1]
            shown = f"{count:,} proteins" if count else plain(short(read.proteins, 40))
            st.badge(shown, icon=":material/bubble_chart:", color="gray")
        if table is not None and read.columns:
            columns = _rbp_columns(table, read.columns, digest)
    for note in read.notes:
        st.caption(f":material/info: {plain(note)}")
    if read.rejected:
        count = len(read.rejected)
        with st.expander(f"{count:,} row{'s' * (count != 1)} excluded", icon=":material/rule:", expanded=count <= 10):
            errors.problems_table(tuple(one.problem() for one in read.rejected), key=f"rbp-excluded-{digest}")
    if read.pwms:
        names = list(read.pwms)[:ROWS]
        frame = pd.DataFrame({"PWM": names, "width (nt)": [read.pwms[name].shape[1] for name in names]})
    elif read.collection is not None:
        frame = read.collection.iloc[:ROWS, :PROTEINS].rename_axis("motif").reset_index()
    else:
        frame = read.frame.head(ROWS).rename(columns={"mean_rbp": read.protein or "Mean_RBP"})
    st.dataframe(frame, hide_index=True, height="content", alt=f"The first {len(frame)} of {len(read)} RBP motifs")
    what = "motifs, stored as DNA"
    if read.collection is not None and read.collection.shape[1] > PROTEINS:
        what += f"; {PROTEINS} of {read.collection.shape[1]:,} proteins"
    _say_shown(len(frame), len(read), what)
    return columns


def _rbp_columns(table: Table, read: tuple[str, ...], digest: str) -> tuple[str, str] | None:
    names = list(map(str, table.frame.columns))
    if read[0] not in names:  # of a table that was turned
        return None
    guess = (read[0], read[1] if len(read) > 1 else "")
    scored = plain(short(guess[1], 20)) if guess[1] in names else "several columns" if guess[1] else "no score"
    with st.popover(
        f"{plain(short(guess[0], 20))} and {scored}",
        icon=":material/view_column:",
        help="Change the columns of motif and binding score",
    ):
        motif = st.selectbox(
            "Column of the motifs",
            names,
            index=names.index(guess[0]),
            key=f"rbp-motif-{digest}-{guess}",
            persist_state="session",
        )
        number = st.selectbox(
            "Column of the binding score (Mean_RBP)",
            names,
            index=names.index(guess[1]) if guess[1] in names else None,
            key=f"rbp-number-{digest}-{guess}",
            persist_state="session",
            placeholder="several, as they are" if guess[1] else "none: every motif counts 1",
        )
    if number is None and guess[1] not in names and motif == guess[0]:
        return None
    picked = (motif, number or "")
    return None if picked == guess else picked


def _say_shown(shown: int, total: int, what: str) -> None:
    st.caption(f"The first {shown} of {total:,} {what}." if shown < total else f"All {total:,} {what}.")
