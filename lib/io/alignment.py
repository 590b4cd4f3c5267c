"""Rows of alignments, which stand in blocks below each other in most formats."""

from collections.abc import Iterable, Mapping

import pyarrow as pa
import pyarrow.compute as pc

from lib.io.decisions import Alternative, Decision, Reading
from lib.io.file_format import Records
from lib.io.source import fault

GAPS = "[-.~]"


def treat_gaps(name: str, texts: pa.LargeStringArray, reading: Reading) -> tuple[pa.LargeStringArray, list[Decision]]:
    """Remove gaps from sequences, unless those with gaps are to be excluded; without a word from the user, ask.

    Parameters
    ----------
    name
        File name as the user knows it.
    texts
        (N,) sequences, letters unchecked.
    reading
        What the user said; ``exclude`` leaves the gaps, which are no letters of a sequence.

    Returns
    -------
    tuple
        The sequences, and the decision where any has gaps.
    """
    gapped = pc.match_substring_regex(texts, GAPS)
    count = pc.sum(gapped).as_py() or 0
    if not count:
        return texts, []
    bare = pc.replace_substring_regex(texts, GAPS, "")
    gaps = (pc.sum(pc.binary_length(texts)).as_py() or 0) - (pc.sum(pc.binary_length(bare)).as_py() or 0)
    options = (
        Alternative("remove", "the sequences without their gaps"),
        Alternative("exclude", f"the {len(texts) - count:,} of {len(texts):,} sequences without gaps"),
    )
    chosen = reading.gaps if reading.gaps in ("remove", "exclude") else None
    evidence = f"Gaps (- or .) stand in {count:,} of {len(texts):,} sequences, {gaps:,} in all, as in aligned ones."
    decision = Decision(name, "Gaps", "gaps", chosen, evidence, options)
    return (texts if chosen == "exclude" else bare), [decision]


def join_blocks(
    name: str, pieces: Iterable[tuple[int, str, str]], *, about: Mapping[str, str] | None = None
) -> Records:
    """Put the pieces of each row end to end.

    Parameters
    ----------
    name
        File name as the user knows it.
    pieces
        Line, id and letters (gaps too) of each piece, in the order of the file.
    about
        Descriptions by id.

    Raises
    ------
    DataError
        If there are no rows, or they differ in length, so that the file was cut or edited.
    """
    rows: dict[str, tuple[int, list[str]]] = {}
    for line, key, letters in pieces:
        rows.setdefault(key, (line, []))[1].append(letters)
    entries = [(key, (about or {}).get(key, ""), "".join(parts), line) for key, (line, parts) in rows.items()]
    if not entries:
        raise fault(name, f"{name} holds an alignment without rows.", "no rows", "one row a sequence")
    first = entries[0]
    for key, _, letters, line in entries:
        if len(letters) != len(first[2]):
            found = f"{len(letters)} letters of {key}, {len(first[2])} of {first[0]}"
            message = f"{name}: the rows of the alignment differ in length ({found}); the file may be cut."
            raise fault(name, message, found, "rows of equal length", line=line)
    return Records.of(entries)
