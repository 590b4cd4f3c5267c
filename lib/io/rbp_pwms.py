"""PWMs as an RBP table: all of a file or an archive, or one that is chosen by its name."""

import io
import zipfile

import pandas as pd

from lib.core.arrays import FloatArray
from lib.core.errors import UserError
from lib.io.containers import DAMAGED, is_hidden, packing_of
from lib.io.decisions import Alternative, Decision, Reading
from lib.io.encodings import decode
from lib.io.files import Content, Source
from lib.io.matrices import MotifFile, free_name
from lib.io.motif_formats import MotifFormat, format_of
from lib.io.motif_formats.base import HEAD
from lib.io.rbp_protein import ALL, unknown_name
from lib.io.rbp_table import OPTION, RbpTable

FEWEST = 2
"""Files of motifs that make an archive a collection."""
LARGEST_ARCHIVE = 64_000_000
"""Bytes that the files of an archive unpack to at most."""


def read_pwms(name: str, content: Content, kind: MotifFormat) -> RbpTable:
    """Read all PWMs of a file, or the one that ``rbp_column`` names by its name or second name.

    Raises
    ------
    DataError
        If matrices have faults, or there is none.
    UserError
        If there is no PWM of this name.
    """
    read = kind.read(content.data.decode("utf-8"), name).require_usable(name)
    count = len(read.pwms)
    found = Decision(name, "Format", "", kind.label, f"It holds {count:,} PWM{'s' * (count != 1)}.")
    return _table(name, read, (*content.decisions, found), content.reading)


def read_archive(source: Source, reading: Reading) -> RbpTable | None:
    """Read the PWMs of an archive with a file for each motif, as CIS-BP passes them on; None for any other file.

    Files that hold no motifs are named and not read. ``reading.sheet`` names one file; then this reads nothing.

    Raises
    ------
    DataError
        If matrices have faults; those of all files are listed.
    """
    if reading.sheet is not None:
        return None
    data = source.content()
    if packing_of(data) != "a zip archive":
        return None
    try:
        with zipfile.ZipFile(io.BytesIO(data)) as archive:
            members = [info for info in archive.infolist() if not is_hidden(info) and not info.flag_bits & 1]
            kinds = {info.filename: kind for info in members if (kind := _kind(archive, info)) is not None}
            size = sum(info.file_size for info in members if info.filename in kinds)
            if len(kinds) < FEWEST or size > LARGEST_ARCHIVE:
                return None
            texts = {name: archive.read(name) for name in kinds}
    except (*DAMAGED, RuntimeError):
        return None  # and opening it says what is wrong
    others = [info.filename for info in members if info.filename not in kinds]
    read = _join_files(source.name, {name: kinds[name].read(_text(name, data), name) for name, data in texts.items()})
    aside = f" Not read: {', '.join(others[:5])}{' and more' if len(others) > 5 else ''}." if others else ""
    evidence = f"It holds {len(kinds):,} files of PWMs.{aside}"
    labels = ", ".join(sorted({kind.label for kind in kinds.values()}))
    found = Decision(source.name, "Format", "", f"{labels}, {len(kinds):,} files of an archive", evidence)
    return _table(source.name, read.require_usable(source.name), (found,), reading)


def _kind(archive: zipfile.ZipFile, info: zipfile.ZipInfo) -> MotifFormat | None:
    with archive.open(info) as stream:
        head = stream.read(HEAD)
    return None if b"\0" in head else format_of(head)


def _text(name: str, data: bytes) -> str:
    return decode(name, data)[0].decode("utf-8")


def _join_files(name: str, files: dict[str, MotifFile]) -> MotifFile:
    """Put the motifs of several files together; an empty matrix of one of them is told."""
    pwms: dict[str, FloatArray] = {}
    aliases: dict[str, str] = {}
    for file in files.values():
        for title, pwm in file.pwms.items():
            free = free_name(title, pwms)
            pwms[free] = pwm
            aliases.update({free: file.aliases[title]} if title in file.aliases else {})
    left_out = tuple(one for file in files.values() for one in file.left_out)
    notes = tuple(
        dict.fromkeys(note for file in files.values() for note in file.notes if "without a matrix" not in note)
    )
    if left_out:
        count = len(left_out)
        listed = ", ".join(one.id for one in left_out[:5]) + (", ..." if count > 5 else "")
        said = "1 motif without a matrix was" if count == 1 else f"{count:,} motifs without a matrix were"
        notes += (f"{name}: {said} excluded: {listed}.",)
    return MotifFile(pwms, notes, tuple(one for file in files.values() for one in file.problems), left_out, aliases)


def _table(name: str, read: MotifFile, decisions: tuple[Decision, ...], reading: Reading) -> RbpTable:
    pwms, protein = dict(read.pwms), ""
    wanted = reading.rbp_column
    if wanted is not None and wanted != ALL:
        kept = [motif for motif in pwms if motif.lower() == wanted.lower()]
        kept = kept or [motif for motif, alias in read.aliases.items() if alias.lower() == wanted.lower()]
        if not kept:
            raise UserError(unknown_name(name, wanted, [*pwms, *dict.fromkeys(read.aliases.values())]))
        protein = kept[0] if kept[0].lower() == wanted.lower() else read.aliases[kept[0]]
        options = tuple(Alternative(motif, read.aliases.get(motif, "")) for motif in pwms)
        decisions += (Decision(name, "Protein", OPTION, protein, "As chosen.", options),)
        pwms = {motif: pwms[motif] for motif in kept}
    empty = pd.DataFrame({"motif": pd.Series(dtype="str"), "mean_rbp": pd.Series(dtype=float)})
    rows = len(read.pwms) + len(read.left_out)
    return RbpTable(
        empty, pwms, (), read.notes, protein, None, decisions, read.left_out, rows, len(read.pwms) - len(pwms)
    )
