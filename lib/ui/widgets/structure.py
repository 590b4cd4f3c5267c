"""The fold of a sequence beside other tracks: a switch that the link keeps, and the arcs."""

import streamlit as st

from lib.motifs.folding import estimate_seconds
from lib.store import folds
from lib.ui.ruler import ArcsTrack

LONGEST = 2000
"""Nucleotides of the longest sequence that a page folds, for the time grows with the cube of it."""
LABEL = "Structure (ViennaRNA, 37 °C)"


def choose(sequence: str) -> ArcsTrack | None:
    """Draw the switch, and give the track of the structure where it is on."""
    wanted = st.toggle(
        LABEL,
        key="structure",
        bind="query-params",
        help="Arcs join the bases that pair in the structure of least free energy (MFE), as ViennaRNA folds the "
        "sequence on its own.",
    )
    if not wanted:
        return None
    if len(sequence) > LONGEST:
        st.caption(
            f"The sequence has {len(sequence):,} nt. The time to fold grows with the cube of the length, so up to "
            f"{LONGEST:,} nt are folded here; the command fold takes longer ones."
        )
        return None
    with st.spinner("Folding", show_time=estimate_seconds([len(sequence)], 1) > 1):
        found = folds.fold(sequence)
    st.caption(f"{found.structure.count('('):,} base pairs, minimum free energy {found.energy:.2f} kcal/mol")
    return ArcsTrack(LABEL, found)
