"""A table that writes each variant in one cell: ``chr1:9:A:G``, ``seq_9_A_G``, ``seq:9 A>G``, ``n.9A>G`` or ``A9G``."""

import re
from dataclasses import dataclass, replace
from typing import ClassVar

import pandas as pd

from lib.io.decisions import Decision
from lib.io.table import Table
from lib.io.variant_columns import NAMES, find_columns, plain
from lib.io.variant_format import VARIANT_FORMATS, VariantFile, VariantRows
from lib.io.variant_tables import take_rows

_LETTERS = "[ACGTUacgtu]+|-"
_WAYS = (
    re.compile(rf"(?P<sequence>.+?)[:_|-](?P<position>\d+)[:_| -]?(?P<ref>{_LETTERS})[:_|>/-](?P<alt>{_LETTERS})"),
    re.compile(rf"(?:(?P<sequence>[^:]+):)?(?:[cgnr]\.)?(?P<position>\d+)(?P<ref>{_LETTERS})>(?P<alt>{_LETTERS})"),
    re.compile(r"(?P<ref>[ACGTUacgtu])(?P<position>\d+)(?P<alt>[ACGTUacgtu])(?P<sequence>(?!))?"),
)
_ROLES = ("sequence", "position", "ref", "alt")
_SAMPLE, _MOST = 200, 0.9


@VARIANT_FORMATS.add
@dataclass(frozen=True)
class OneColumn:
    """A table with a column that holds position and alleles, and maybe the sequence, in one cell."""

    name: ClassVar[str] = "one-column"
    label: ClassVar[str] = "variants in one column"
    order: ClassVar[int] = 50

    def claims(self, file: VariantFile) -> bool:
        """Look for such a column where no column is called as one of positions."""
        if file.reading.variant_columns:
            return False
        names = {plain(str(name)) for name in file.table.frame.columns}
        return not names & set(NAMES["position"]) and _column(file.table) is not None

    def read(self, file: VariantFile) -> VariantRows:
        """Take the cells apart; one that is written otherwise is excluded."""
        table, (column, way) = file.table, _column(file.table) or ("", _WAYS[0])
        parts = [way.fullmatch(cell) for cell in table.text(column)]
        made = {role: [found[role] or "" if found else "" for found in parts] for role in _ROLES}
        # What a cell does not say stays as it is written there, so that its fault shows it.
        made["position"] = [
            place or cell for place, cell in zip(made["position"], table.text(column).tolist(), strict=True)
        ]
        roles = [role for role in _ROLES if role != "sequence" or any(made["sequence"])]
        called = {role: f"{role} in {column}" for role in roles}
        added = pd.DataFrame({called[role]: made[role] for role in roles}, dtype="str")
        whole = replace(table, frame=pd.concat([table.frame, added], axis=1))
        given = ",".join(f'"{role}={name}"' for role, name in {**called, "name": column}.items())
        columns, _ = find_columns(whole, file.known, replace(file.reading, variant_columns=given))
        only = "" if columns.sequence else next(iter(file.known))
        taken = take_rows(whole, columns, only=only)
        said = f"The column {column} holds {', '.join(roles)}, such as {next(found[0] for found in parts if found)}."
        told = Decision(file.name, "Format", "", self.label, said)
        return VariantRows(
            file.name,
            self.label,
            tuple(taken.rows),
            tuple(taken.rejected),
            taken.total,
            None,
            "",
            columns,
            whole,
            (told,),
            taken.notes,
        )


def _column(table: Table) -> tuple[str, "re.Pattern[str]"] | None:
    """Find the column whose cells hold whole variants, and the way in which they are written."""
    for name in map(str, table.frame.columns):
        cells = [cell for cell in table.text(name).head(_SAMPLE) if cell]
        for way in _WAYS:
            if cells and sum(bool(way.fullmatch(cell)) for cell in cells) >= _MOST * len(cells):
                return name, way
    return None
