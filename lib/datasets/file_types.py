"""Which file is which: notice files that were brought in each other's place."""

from collections.abc import Mapping
from typing import Literal

from lib.core.errors import DataError, Problem, UserError
from lib.io import sniff
from lib.io.decisions import DEFAULT
from lib.io.file_format import sequence_format_of
from lib.io.files import Source, open_content
from lib.io.layout import guess_columns
from lib.io.motif_formats import format_of
from lib.io.rbp import read_rbp
from lib.io.rbp_columns import has_motifs
from lib.io.rbp_pwms import read_archive
from lib.io.sandbox import run_reader
from lib.io.tables import table_of

Role = Literal["sequences", "values", "both", "motifs", "unknown"]
_HOLDS: dict[Role, str] = {"sequences": "sequences", "values": "values per id", "motifs": "motifs"}
_NEEDED = {
    "expression": ("the expression table", "values"),
    "sequences": ("the sequences", "sequences"),
    "rbp": ("the RBP table", "motifs"),
}


def role_of(source: Source) -> Role:
    """Say what a file holds: sequences, values per id, both, motifs, or something unknown."""
    try:
        if read_archive(source, DEFAULT) is not None:
            return "motifs"
        content = open_content(source)
        if content.is_text:
            if format_of(content.data) is not None:  # whose headers may look like those of FASTA
                return "motifs"
            if sequence_format_of(source.name, content.data) is not None:
                return "sequences"
        table = table_of(source.name, content)
    except DataError:
        return "unknown"
    columns = guess_columns(table)
    ids = [] if not columns.id else [cell for cell in table.text(columns.id).head(200) if cell]
    if columns.sequence:
        return "both" if columns.values else "sequences"
    if ids and all(3 <= len(cell) < 10 and sniff.is_nucleotides(cell) for cell in ids):
        return "motifs"
    if len(set(ids)) < len(ids) and has_motifs(table):  # a long table, whose ids are proteins
        return "motifs"
    return "values" if columns.values else "unknown"


def _is_rbp(source: Source) -> bool:
    try:
        return bool(len(read_rbp(source)))
    except UserError:
        return False


def find_misplaced(sources: Mapping[str, Source]) -> DataError | None:
    """Say which files stand in the place of another, None where none does.

    Parameters
    ----------
    sources
        Files by the place they were brought to: ``expression``, ``sequences``, ``rbp``.
    """
    roles = {place: run_reader(role_of, source) for place, source in sources.items()}
    if roles.get("rbp") == "values" and _is_rbp(sources["rbp"]):
        roles["rbp"] = "motifs"
    wrong = {place: role for place, role in roles.items() if role in _HOLDS and role != _NEEDED[place][1]}
    if not wrong:
        return None
    said = [
        f"{sources[place].name}, brought as {_NEEDED[place][0]}, holds {_HOLDS[role]}" for place, role in wrong.items()
    ]
    problems = [
        Problem(sources[place].name, None, "", _HOLDS[role], _NEEDED[place][0]) for place, role in wrong.items()
    ]
    swapped = {_NEEDED[place][1] for place in wrong} <= set(wrong.values()) and len(wrong) > 1
    what = (
        "The files look swapped" if swapped else "A file looks misplaced" if len(wrong) == 1 else "Files look misplaced"
    )
    remedy = "Exchange them." if swapped else "Bring each file in its own place."
    return DataError(f"{what}: {'; '.join(said)}. {remedy}", problems)
