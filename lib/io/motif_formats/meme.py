"""MEME 4 and 5 (https://meme-suite.org/meme/doc/meme-format.html); the parser is ``lib.io.meme``."""

import re
from dataclasses import dataclass

from lib.io.matrices import MotifFile
from lib.io.meme import is_meme, parse_meme
from lib.io.motif_formats.base import MOTIF_FORMATS, MotifFormat

_MATRIX = re.compile(r"^\s*(letter-probability|log-odds)\s+matrix", re.IGNORECASE | re.MULTILINE)


@MOTIF_FORMATS.add
@dataclass(frozen=True)
class Meme(MotifFormat):
    """Motifs as MEME, DREME and STREME write them: MOTIF lines and letter-probability matrices."""

    name = "meme"
    label = "MEME"

    def claims(self, text: str) -> bool:
        """Look for the version line or a matrix."""
        return is_meme(text.lstrip("\ufeff").encode()) or bool(_MATRIX.search(text))

    def read(self, text: str, name: str) -> MotifFile:
        """Read the probabilities of every motif."""
        return parse_meme(text, name=name)
