"""The choice of sequences that motifs are put into."""

from typing import Any

import streamlit as st

from lib.analysis.backgrounds import REAL, SHUFFLED
from lib.datasets.dataset import PARTS
from lib.tasks.scores import PART_NAMES
from lib.ui.experiments.subject import Subject

_KINDS = {SHUFFLED: "shuffled sequences", REAL: "real sequences"}


def choose(subject: Subject, *, count: int = 100) -> dict[str, Any] | None:
    """Draw the choice and give it as options of an experiment; None where the chosen part is empty."""
    kind = st.segmented_control(
        "Background",
        list(_KINDS),
        format_func=_KINDS.__getitem__,
        default=SHUFFLED,
        required=True,
        key="background",
        bind="query-params",
        help="Shuffled sequences keep their dinucleotides but not their motifs, so that an effect is that of the motif "
        "alone. Real ones show what it does among others.",
    )
    chosen = part(subject)
    if chosen is None:
        return None
    most = len(subject.dataset.rows(chosen))
    many = st.number_input(
        "Sequences",
        2,
        2000,
        min(count, max(2, most)),
        key=f"backgrounds-{count}",
        width=140,
        help=f"How many backgrounds; the part has {most:,}. More make narrower intervals and take longer.",
    )
    return {"background": kind or SHUFFLED, "part": chosen, "count": int(many)}


def part(subject: Subject) -> Any:
    """Draw the choice of the part of the dataset that sequences come from; None, with a word, where it is empty."""
    offered = [name for name in reversed(PARTS) if len(subject.dataset.rows(name))]
    if not offered:
        st.info("The dataset holds no sequences.")
        return None
    return st.selectbox(
        "Part of the dataset",
        offered,
        format_func=lambda name: PART_NAMES[name].capitalize(),
        key="from_part",
        bind="query-params",
        width=180,
        help="Test sequences were never seen in training.",
    )
