"""What a format of PWMs promises, and how the format of a file is found.

A registered format says by ``claims`` whether text is its own; no text belongs to two formats. ``read`` gives the
matrices with every fault by its line (``lib.io.matrices`` gathers them).
"""

from abc import ABC, abstractmethod
from typing import ClassVar

from lib.core.registry import Registry
from lib.io.matrices import MotifFile

HEAD = 1 << 16
"""Characters of a file that its format must show in."""


class MotifFormat(ABC):
    """A file format of PWMs. Letters of RNA and of DNA are one alphabet."""

    name: ClassVar[str]
    label: ClassVar[str]

    @abstractmethod
    def claims(self, text: str) -> bool:
        """Say whether text, at least the head of a file, is in this format."""

    @abstractmethod
    def read(self, text: str, name: str) -> MotifFile:
        """Read all matrices of a file; ``name`` is the file name as the user knows it."""


MOTIF_FORMATS: Registry[MotifFormat] = Registry("lib.io.motif_formats", "motif format")


def format_of(text: bytes) -> MotifFormat | None:
    """Find the format of PWMs that a text in UTF-8 is written in; None where it is none.

    Parameters
    ----------
    text
        The whole file; only its head is looked at.
    """
    head = text[:HEAD].decode("utf-8", "replace")
    if len(text) > HEAD:
        head = head[: head.rfind("\n") + 1]
    if not head.strip():
        return None
    return next((found for cls in MOTIF_FORMATS.all().values() if (found := cls()).claims(head)), None)


def number_filled_lines(text: str) -> list[tuple[int, str]]:
    """Give the lines that hold more than blanks and remarks (``#``), each with its 1-based number."""
    lines = ((number, line.strip()) for number, line in enumerate(text.lstrip("\ufeff").splitlines(), start=1))
    return [(number, line) for number, line in lines if line and not line.startswith("#")]
