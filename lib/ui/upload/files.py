"""The files of an import while it is being chosen: kept in the session only, and through faults and page changes."""

import hashlib
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

import streamlit as st

from lib.data.files import Source
from lib.ui.text import plain, short

Kind = Literal["expression", "sequences", "rbp"]

_FILES, _ROUND = "upload-files", "upload-round"


@dataclass(frozen=True)
class Zone:
    """A place to drop a file: what belongs there, its format in one line, and an example.

    Any file may be dropped: what it holds decides, not how its name ends, and a file in the wrong zone is told so.
    """

    kind: Kind
    title: str
    format: str
    example: str
    optional: bool = False


ZONES = (
    Zone(
        "expression",
        "Expression",
        "An id, then one column per time point or measurement; raw counts or logs.",
        "id     1h    2h    8h\nutr-1  5.2   5.0   3.1\nutr-2  4.8   4.9   4.7",
    ),
    Zone(
        "sequences",
        "Sequences",
        "FASTA, or a table with an id and a sequence; DNA or RNA letters.",
        ">utr-1\nUUAGCAUUUUUGCACUU\n>utr-2",
    ),
    Zone(
        "rbp",
        "RBP motifs",
        "A table of motifs with one number each, or PWMs as a MEME file.",
        "Motif     Mean_RBP\nUGUAHAUA  -0.81\nUUAG       0.42",
        optional=True,
    ),
)


@dataclass(frozen=True)
class Held:
    """A file that waits to be frozen, with the hash of its bytes; the catalogue adds hours of columns and a title."""

    source: Source
    digest: str
    size: int
    hours: tuple[float, ...] = ()
    title: str = ""


def hold(kind: Kind, name: str, data: bytes | Path, *, hours: tuple[float, ...] = (), title: str = "") -> None:
    """Keep a file for the import that is being chosen."""
    source = Source(name, data)
    content = source.content()
    digest = hashlib.sha256(name.encode() + b"\0" + content).hexdigest()[:24]
    held = Held(source, digest, len(content), hours, title)
    st.session_state[_FILES] = {**all_held(), kind: held}


def all_held() -> dict[Kind, Held]:
    """Give the files that wait, by kind."""
    held: dict[Kind, Held] = st.session_state.get(_FILES, {})
    return held


def drop(kind: Kind) -> None:
    """Let go of one file."""
    st.session_state[_FILES] = {other: held for other, held in all_held().items() if other != kind}
    _next_round()


def clear() -> None:
    """Let go of all files and start over."""
    st.session_state.pop(_FILES, None)
    _next_round()


def swap() -> None:
    """Exchange expression and sequences, for files that were dropped into each other's zone."""
    held = all_held()
    turned: dict[Kind, Kind] = {"expression": "sequences", "sequences": "expression"}
    st.session_state[_FILES] = {turned.get(kind, kind): file for kind, file in held.items()}
    _next_round()


def _next_round() -> None:
    st.session_state[_ROUND] = st.session_state.get(_ROUND, 0) + 1


def drop_zones() -> None:
    """Draw the three drop zones side by side."""
    for place, zone in zip(st.columns(3, gap="medium"), ZONES, strict=True):
        with place, st.container(border=True, height="stretch", key=f"zone-{zone.kind}"):
            _zone(zone)


def _zone(zone: Zone) -> None:
    st.markdown(f"**{zone.title}**" + (" (optional)" if zone.optional else ""))
    st.caption(zone.format)
    key = f"drop-{zone.kind}-{st.session_state.get(_ROUND, 0)}"
    held = all_held().get(zone.kind)
    if held is not None and st.session_state.get(key) is None:
        with st.container(horizontal=True, vertical_alignment="center", horizontal_alignment="distribute"):
            st.markdown(f":material/check_circle: {plain(short(held.source.name))}, {_size(held.size)}")
            st.button(
                "Remove", key=f"remove-{zone.kind}", type="tertiary", icon=":material/close:", on_click=drop,
                args=(zone.kind,),
            )  # fmt: skip
        return

    def landed() -> None:
        file = st.session_state[key]
        if file is None:
            st.session_state[_FILES] = {kind: kept for kind, kept in all_held().items() if kind != zone.kind}
        else:
            hold(zone.kind, file.name, file.getvalue())

    if held is None:
        st.code(zone.example, language=None)
    file = st.file_uploader(f"{zone.title} file", key=key, on_change=landed, label_visibility="collapsed")
    if file is not None and zone.kind not in all_held():  # it landed while another change was on its way
        landed()
        st.rerun()


def _size(size: int) -> str:
    for unit, scale in (("GB", 1e9), ("MB", 1e6), ("kB", 1e3)):
        if size >= scale:
            return f"{size / scale:.1f} {unit}"
    return f"{size} bytes"
