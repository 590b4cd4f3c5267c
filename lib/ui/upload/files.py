"""The files of an import while it is being chosen: kept in the session only, and through faults and page changes."""

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

import streamlit as st

from lib.io.files import Source
from lib.ui.widgets.text import plain, short

Kind = Literal["expression", "sequences", "rbp", "profiles", "bed", "genome", "bigwig", "isoforms"]

_FILES, _MANY, _ROUND = "upload-files", "upload-several", "upload-round"


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
    several: bool = False


ZONES = (
    Zone(
        "expression",
        "Expression",
        "An id, then one column per time point or measurement; raw counts, logs, or class labels.",
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
        "A table of motifs with a binding score each, or PWMs: MEME, JASPAR, HOMER, TRANSFAC, CIS-BP, ENCODE.",
        "Motif     Mean_RBP\nUGUAHAUA  -0.81\nUUAG       0.42",
        optional=True,
    ),
)


TABLE_ZONES = (
    Zone(
        "profiles",
        "Windows with counts",
        "A sequence in each row, and columns of counts at each base; ids and places where there are any.",
        "id   chrom start end  sequence   profile_1  profile_2\nw1   II    100   112  ACGTTGCA…  0,3,0,1…   1,0,0,2…",
    ),
)
BIGWIG_ZONES = (
    Zone(
        "bigwig",
        "Counts",
        "bigWig, one for each track, strand and replicate; raw counts.",
        "WT_rep1.plus.bw\nWT_rep1.minus.bw",
        several=True,
    ),
    Zone(
        "bed",
        "Windows",
        "BED: chromosome, start, end, name, score, strand.",
        "chrII  100  400  w1  0  +\nchrII  900  1200 w2  0  -",
    ),
    Zone("genome", "Genome", "FASTA, one sequence for each chromosome.", ">chrI\nCCACACCACACCCACACAC"),
)
TIF_ZONES = (
    Zone(
        "isoforms",
        "Transcript isoforms",
        "TIF-seq: ends of each isoform, and its reads in each condition.",
        "chr strand t5  t3   ypd gal type\n1   +      335 649  12  3   …",
    ),
    BIGWIG_ZONES[2],
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
    st.session_state[_FILES] = {**_hold(), kind: _keep(name, data, hours, title)}


def _keep(name: str, data: bytes | Path, hours: tuple[float, ...] = (), title: str = "") -> Held:
    source = Source(name, data)
    content = source.content()
    digest = hashlib.sha256(name.encode() + b"\0" + content).hexdigest()[:24]
    return Held(source, digest, len(content), hours, title)


def several() -> tuple[Held, ...]:
    """Give the files that wait in the zone that takes several."""
    held: tuple[Held, ...] = st.session_state.get(_MANY, ())
    return held


def all_held(zones: Sequence[Zone] = ZONES) -> dict[Kind, Held]:
    """Give the files that wait in some zones, by kind."""
    kinds = {zone.kind for zone in zones}
    return {kind: held for kind, held in _hold().items() if kind in kinds}


def _hold() -> dict[Kind, Held]:
    held: dict[Kind, Held] = st.session_state.get(_FILES, {})
    return held


def drop(kind: Kind) -> None:
    """Let go of one file."""
    st.session_state[_FILES] = {other: held for other, held in _hold().items() if other != kind}
    _next_round()


def clear() -> None:
    """Let go of all files and start over."""
    st.session_state.pop(_FILES, None)
    st.session_state.pop(_MANY, None)
    _next_round()


def swap() -> None:
    """Exchange expression and sequences, for files that were dropped into each other's zone."""
    held = _hold()
    turned: dict[Kind, Kind] = {"expression": "sequences", "sequences": "expression"}
    st.session_state[_FILES] = {turned.get(kind, kind): file for kind, file in held.items()}
    _next_round()


def _next_round() -> None:
    st.session_state[_ROUND] = st.session_state.get(_ROUND, 0) + 1


def drop_zones(zones: Sequence[Zone] = ZONES) -> None:
    """Draw drop zones side by side."""
    for place, zone in zip(st.columns(len(zones), gap="medium"), zones, strict=True):
        with place, st.container(border=True, height="stretch", key=f"zone-{zone.kind}"):
            st.markdown(f"**{zone.title}**" + (" (optional)" if zone.optional else ""))
            st.caption(zone.format)
            (_zone_of_several if zone.several else _zone)(zone)


def _zone(zone: Zone) -> None:
    key = f"drop-{zone.kind}-{st.session_state.get(_ROUND, 0)}"
    held = _hold().get(zone.kind)
    if held is not None and st.session_state.get(key) is None:
        with st.container(horizontal=True, vertical_alignment="center", horizontal_alignment="distribute"):
            st.markdown(f":material/check_circle: {plain(short(held.source.name))}, {_size(held.size)}")
            st.button(
                "Remove",
                key=f"remove-{zone.kind}",
                type="tertiary",
                icon=":material/close:",
                on_click=drop,
                args=(zone.kind,),
            )
        return

    def landed() -> None:
        file = st.session_state[key]
        if file is None:
            st.session_state[_FILES] = {kind: kept for kind, kept in _hold().items() if kind != zone.kind}
        else:
            hold(zone.kind, file.name, file.getvalue())

    if held is None:
        st.code(zone.example, language=None)
    file = st.file_uploader(f"{zone.title} file", key=key, on_change=landed, label_visibility="collapsed")
    if file is not None and zone.kind not in _hold():  # it landed while another change was on its way
        landed()
        st.rerun()


def _zone_of_several(zone: Zone) -> None:
    key, held = f"drop-{zone.kind}-{st.session_state.get(_ROUND, 0)}", several()
    if held and not st.session_state.get(key):
        for file in held:
            st.markdown(f":material/check_circle: {plain(short(file.source.name))}, {_size(file.size)}")
        st.button("Remove", key=f"remove-{zone.kind}", type="tertiary", icon=":material/close:", on_click=_drop_several)
        return

    def landed() -> None:
        st.session_state[_MANY] = tuple(_keep(file.name, file.getvalue()) for file in st.session_state[key])

    if not held:
        st.code(zone.example, language=None)
    files = st.file_uploader(
        f"{zone.title} files", key=key, on_change=landed, label_visibility="collapsed", accept_multiple_files=True
    )
    if len(files) != len(held):  # they landed while another change was on its way
        landed()
        st.rerun()


def _drop_several() -> None:
    st.session_state.pop(_MANY, None)
    _next_round()


def _size(size: int) -> str:
    for unit, scale in (("GB", 1e9), ("MB", 1e6), ("kB", 1e3)):
        if size >= scale:
            return f"{size / scale:.1f} {unit}"
    return f"{size} bytes"
