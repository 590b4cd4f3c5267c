"""Files of counts along a genome: bigWig, each with its track, replicate and strand."""

import io
import re
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager
from typing import Any, NamedTuple

import numpy as np
import pybigtools  # type: ignore[import-untyped]
from numpy.typing import NDArray

from lib.core.errors import DataError, Problem
from lib.io import strands
from lib.io.files import Source
from lib.io.genome import Genome
from lib.io.windows import guess_columns

_ENDING = re.compile(r"\.(bw|bigwig)$", re.IGNORECASE)
_WORDS = re.compile(r"[A-Za-z0-9]+|[+-](?![A-Za-z0-9])")


class BigWigFile(NamedTuple):
    """A file of counts: its track, its replicate (empty for all reads) and its strand (``+``, ``-`` or empty)."""

    source: Source
    track: str
    replicate: str = ""
    strand: str = ""


class Signal(NamedTuple):
    """A file of counts that is open.

    Parameters
    ----------
    file
        What it is.
    reader
        The open bigWig.
    names
        Its chromosomes.
    negated
        Whether its values stand with a minus and are taken without it.
    """

    file: BigWigFile
    reader: Any
    names: Genome
    negated: bool

    def values(self, chrom: str, start: int, end: int) -> NDArray[np.float64]:
        """Give the value of each base, half-open from 0, (end - start,); bases and chromosomes without one have 0.

        Raises
        ------
        DataError
            If the file is damaged there.
        """
        name = self.names.find(chrom)
        if name is None:
            return np.zeros(end - start)
        try:
            found = np.asarray(self.reader.values(name, start, end, fillna=0.0, oob=0.0), dtype=np.float64)
        except (OSError, ValueError, pybigtools.BBIReadError) as error:
            raise _unreadable([_problem(self.file.source, error)]) from error
        return -found + 0.0 if self.negated else found


def guess_files(sources: Sequence[Source]) -> tuple[BigWigFile, ...]:
    """Guess track, replicate and strand of files from their names.

    >>> made = guess_files([Source(f"OCT4_{end}.bw", b"") for end in ("1.plus", "1.minus", "2.plus", "2.minus")])
    >>> [(file.track, file.replicate, file.strand) for file in made]
    [('OCT4', '1', '+'), ('OCT4', '1', '-'), ('OCT4', '2', '+'), ('OCT4', '2', '-')]
    """
    read = []
    for source in sources:
        words = _WORDS.findall(_ENDING.sub("", source.name))
        signs = [strands.sign(word) for word in words if strands.sign(word)]
        rest = "_".join(word for word in words if not strands.sign(word))
        read.append((rest, "" if not signs else "+" if signs[-1] > 0 else "-"))
    distinct = list(dict.fromkeys(rest for rest, _ in read))
    known = dict(zip(distinct, guess_columns(distinct), strict=True))
    return tuple(
        BigWigFile(source, known[rest].track, known[rest].replicate, strand)
        for source, (rest, strand) in zip(sources, read, strict=True)
    )


@contextmanager
def open_signals(files: Sequence[BigWigFile]) -> Iterator[list[Signal]]:
    """Open files of counts for the block.

    Raises
    ------
    DataError
        If there is none, or some cannot be read; these are reported together.
    """
    if not files:
        raise DataError("There is no bigWig file; bring one for each track, or one for each strand of a track.")
    problems, signals = [], []
    with ExitStack() as stack:
        for file in files:
            data = file.source.data
            try:  # never by its path: pybigtools takes what is no local file for an address
                handle = stack.enter_context(io.BytesIO(data) if isinstance(data, bytes) else data.open("rb"))
                reader = pybigtools.open(handle)
                if not reader.is_bigwig:
                    raise ValueError("a bigBed file")
                summary, names = reader.info()["summary"], Genome.from_names(file.source.name, reader.chroms())
            except (OSError, ValueError, pybigtools.BBIReadError) as error:
                problems.append(_problem(file.source, error))
                continue
            negated = file.strand == "-" and summary["min"] < 0 and summary["max"] <= 0
            signals.append(Signal(file, reader, names, negated))
        if problems:
            raise _unreadable(problems)
        yield signals


def _problem(source: Source, error: Exception) -> Problem:
    found = str(error).splitlines()[0][:160] if str(error) else "a damaged file"
    return Problem(source.name, None, "", found, "a whole bigWig file")


def _unreadable(problems: list[Problem]) -> DataError:
    named = ", ".join(problem.file for problem in problems)
    return DataError(f"No counts can be read from {named}; needed is a whole bigWig file. Bring it again.", problems)
