"""Gaps of aligned sequences: named, and removed or excluded as the user says."""

import pyarrow as pa
import pyarrow.compute as pc

from lib.io.decisions import Alternative, Decision, Reading

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
