"""The exceptions of MotifLens.

MotifLensError
├── UserError      the user can mend it: one sentence with what was found, what is needed and what to do
│   ├── DataError  faults of uploaded files, all of them together
│   └── Diverged   the loss of a training is no number any more
└── Cancelled      someone asked for the work to stop

``UserError`` is shown as it is. Anything else is a bug: it propagates, is logged with its traceback, and the page
shows one calm sentence with an id.
"""

from collections.abc import Sequence
from dataclasses import dataclass


class MotifLensError(Exception):
    """The root of all exceptions raised on purpose."""


class UserError(MotifLensError):
    """A sentence for the person at the screen: what was found, what is needed, what to do."""


class Diverged(UserError):
    """The loss of a training became NaN or infinite; a lower learning rate is what helps."""


class Cancelled(MotifLensError):
    """The work was stopped because somebody asked for it."""


class Pruned(Cancelled):
    """A search stopped a training early; the sentence says why."""


@dataclass(frozen=True)
class Problem:
    """One fault of a file: where it is, what was found and what was needed.

    Parameters
    ----------
    file
        Name of the file as the user knows it.
    line
        1-based line of the file, or None where a fault belongs to the whole file.
    column
        Name of the column, empty where a fault belongs to the whole line.
    found, needed
        What stands there, and what should stand there.
    """

    file: str
    line: int | None
    column: str
    found: str
    needed: str

    def __str__(self) -> str:
        """Say the fault in one sentence."""
        where = f", line {self.line}" if self.line is not None else ""
        where += f", column {self.column!r}" if self.column else ""
        return f"{self.file}{where}: found {self.found}, needed {self.needed}."


class DataError(UserError):
    """Faults of uploaded files, all of them reported together.

    Parameters
    ----------
    message
        One sentence that sums them up and says what to do.
    problems
        Every fault, in the order of the file.
    """

    def __init__(self, message: str, problems: Sequence[Problem] = ()) -> None:
        super().__init__(message)
        self.problems = tuple(problems)
