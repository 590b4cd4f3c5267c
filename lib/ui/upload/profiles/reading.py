"""What was read from files of profiles and made of it, kept a while and bounded; keys are hashes of their bytes."""

from collections.abc import Sequence
from dataclasses import replace

import streamlit as st

from lib.datasets import profile_tables, profiles
from lib.datasets.draft import Draft
from lib.datasets.profile_tables import Layout
from lib.datasets.profiles import ProfileChoices
from lib.io import tif_seq
from lib.io.decisions import DEFAULT, Reading
from lib.io.sandbox import run_reader
from lib.io.table import Table
from lib.io.tables import read_table
from lib.io.tif_seq import Isoforms, TifChoice
from lib.io.windows import Windows
from lib.ui.upload.files import Held
from lib.ui.upload.reading import KEPT, KEPT_SECONDS


def table(held: Held, said: Reading = DEFAULT) -> Table:
    """Read a table of windows as it stands in the file, and as was ``said``.

    Raises
    ------
    DataError
        If the file is no table.
    """
    return _table(f"{held.digest}|{said!r}", held, said)


@st.cache_resource(max_entries=KEPT, ttl=KEPT_SECONDS, show_spinner="Reading the table")
def _table(key: str, _held: Held, _said: Reading) -> Table:
    return run_reader(read_table, _held.source, _said)


def of_table(held: Held, layout: Layout, said: Reading = DEFAULT) -> Windows:
    """Read the windows of a table."""
    return _of_table(f"{held.digest}|{layout!r}|{said!r}", held, layout, said)


@st.cache_resource(max_entries=KEPT, ttl=KEPT_SECONDS, show_spinner="Reading the profiles")
def _of_table(key: str, _held: Held, _layout: Layout, _said: Reading) -> Windows:
    return profile_tables.from_layout(table(_held, _said), _layout, _held.source, _said)


def of_tracks(
    bed: Held,
    genome: Held,
    files: Sequence[tuple[Held, str, str, str]],
    *,
    length: int | None,
    both: bool,
    said: Reading = DEFAULT,
) -> Windows:
    """Read windows of a genome browser's files; ``files`` are given with track, replicate and strand.

    Raises
    ------
    UserError
        If a file cannot be used, or what was ``said`` does not suit it.
    """
    named = ",".join(f"{held.digest}={more!r}" for held, *more in files)
    key = f"{bed.digest}|{genome.digest}|{named}|{length}|{both}|{said!r}"
    return _of_tracks(key, bed, genome, tuple(files), (length, both, said))


@st.cache_resource(max_entries=KEPT, ttl=KEPT_SECONDS, show_spinner="Reading counts along the genome")
def _of_tracks(
    key: str,
    _bed: Held,
    _genome: Held,
    _files: tuple[tuple[Held, str, str, str], ...],
    _how: tuple[int | None, bool, Reading],
) -> Windows:
    from lib.datasets import profile_tracks
    from lib.io.bigwig import BigWigFile

    files = [BigWigFile(held.source, *more) for held, *more in _files]
    length, both, said = _how
    return run_reader(
        profile_tracks.read_windows, _bed.source, _genome.source, files, length=length, both=both, reading=said
    )


def isoforms(held: Held) -> Isoforms:
    """Read a table of transcript isoforms, for its conditions.

    Raises
    ------
    DataError
        If the file is no such table.
    """
    return _isoforms(held.digest, held)


@st.cache_resource(max_entries=KEPT, ttl=KEPT_SECONDS, show_spinner="Reading the isoforms")
def _isoforms(digest: str, _held: Held) -> Isoforms:
    return run_reader(tif_seq.read_isoforms, _held.source)


def of_isoforms(held: Held, genome: Held, choice: TifChoice) -> Windows:
    """Make windows around the ends of isoforms."""
    return _of_isoforms(f"{held.digest}|{genome.digest}|{choice!r}", held, genome, choice)


@st.cache_resource(max_entries=KEPT, ttl=KEPT_SECONDS, show_spinner="Choosing windows around the ends")
def _of_isoforms(key: str, _held: Held, _genome: Held, _choice: TifChoice) -> Windows:
    return run_reader(tif_seq.read_windows, _held.source, _genome.source, _choice)


def draft(windows: Windows, choices: ProfileChoices, *, key: str) -> Draft:
    """Make the draft of a dataset; the name plays no part, so that typing it costs nothing.

    Raises
    ------
    UserError
        If these windows with these choices give no dataset.
    """
    nameless = replace(choices, name="")
    return _draft(f"{key}|{nameless!r}", windows, nameless)


@st.cache_resource(max_entries=KEPT, ttl=KEPT_SECONDS, show_spinner="Adding up replicates and splitting")
def _draft(key: str, _windows: Windows, _choices: ProfileChoices) -> Draft:
    return profiles.build(_windows, _choices)
