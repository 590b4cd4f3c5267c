"""What became of every row: in = used + set aside + excluded, checked at every import."""

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from typing import Any

import pandas as pd

from lib.io.decisions import Alternative, Decision
from lib.io.rbp_table import RbpTable

MOST_EXCLUDED = 0.2
"""Share of a file above which its loss needs consent."""
EXAMPLES = 3


@dataclass(frozen=True)
class FileAccount:
    """Rows of one file.

    Parameters
    ----------
    file
        Name of the file.
    rows
        How many rows, or records, it has.
    used
        Rows that went into the dataset.
    set_aside
        Rows that are no sequences: spike-ins and summary rows.
    excluded
        Rows in the list of excluded rows.
    unneeded
        Of these, sequences for which the expression table has no values.
    """

    file: str
    rows: int
    used: int
    set_aside: int
    excluded: int
    unneeded: int = 0

    @property
    def lost(self) -> int:
        """Rows that were excluded although they might have been wanted."""
        return self.excluded - self.unneeded

    def check(self) -> None:
        """Check that every row is accounted for.

        Raises
        ------
        RuntimeError
            If rows were lost; this is a bug.
        """
        if self.rows != self.used + self.set_aside + self.excluded:
            raise RuntimeError(
                f"{self.file}: {self.rows} rows, but {self.used} used, {self.set_aside} set aside, "
                f"{self.excluded} excluded"
            )

    def facts(self) -> dict[str, Any]:
        """Give the account as JSON facts."""
        return asdict(self)


def account_motifs(name: str, table: RbpTable) -> FileAccount:
    """Account for every row, or matrix, of a file of RBP motifs."""
    excluded = len(table.rejected)
    account = FileAccount(name, table.rows, table.rows - table.set_aside - excluded, table.set_aside, excluded)
    account.check()
    return account


def count_reasons(excluded: pd.DataFrame) -> list[dict[str, Any]]:
    """Count excluded rows by file and reason, the commonest first, with the first lines and IDs of each."""
    if not len(excluded):
        return []
    kinds = excluded["reason"].str.replace(r"'[^']*'|\"[^\"]*\"|\b\d[\d,.]*\b", "…", regex=True)
    grouped = excluded.groupby([excluded["file"], kinds], sort=False, dropna=False)
    rows = [
        {
            "file": str(frame["file"].iloc[0]),
            "reason": str(frame["reason"].iloc[0]) if frame["reason"].nunique() == 1 else str(kind),
            "rows": len(frame),
            "examples": [_example(line, name) for line, name in zip(frame["line"], frame["id"], strict=True)][
                :EXAMPLES
            ],
        }
        for (_, kind), frame in grouped
    ]
    return sorted(rows, key=lambda row: -int(row["rows"]))


def _example(line: object, name: object) -> str:
    where = "" if pd.isna(line) else f"line {int(line):,}"  # type: ignore[call-overload]
    return f"{where}: {name}".strip(": ") if name else where


def consent(accounts: Sequence[FileAccount], excluded: pd.DataFrame, *, given: bool) -> list[Decision]:
    """Ask whether a file may lose more than a fifth of its rows; nothing where none does."""
    found = []
    for account in accounts:
        if account.rows and account.lost > MOST_EXCLUDED * account.rows:
            share = f"{account.lost:,} of {account.rows:,} rows ({account.lost / account.rows:.0%})"
            reasons = count_reasons(excluded[excluded["file"] == account.file])
            said = "; ".join(f"{row['rows']:,} {row['reason']} ({row['examples'][0]})" for row in reasons[:EXAMPLES])
            evidence = f"{share} are excluded: {said}."
            option = Alternative("", "continue without these rows")
            found.append(
                Decision(account.file, "Excluded rows", "excluded_ok", "yes" if given else None, evidence, (option,))
            )
    return found
