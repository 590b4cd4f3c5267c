"""The checks of an attribution that cost predictions: made after the logo is there, and kept for everybody."""

from collections.abc import Callable
from typing import Any, NamedTuple

import streamlit as st

from lib.attribution.agreement import Repetition, repeat
from lib.attribution.base import Attribution, Method
from lib.attribution.faithfulness import ORDERS, SHARES, SHUFFLES, Deletion, measure_deletion
from lib.attribution.trust import Trust, judge
from lib.figures.deletion import deletion_curve, deletion_table
from lib.store.fitted import load_fitted
from lib.ui.attribution.data import Subject
from lib.ui.attribution.provenance import Question, make_question
from lib.ui.widgets import charts, trust_badge

LONGEST = 2000
"""Nucleotides up to which the checks are made without asking."""
PREDICTIONS = ORDERS * len(SHARES) * SHUFFLES


class Checked(NamedTuple):
    """The badge, and the deletion curve where it was computed."""

    trust: Trust
    deletion: Deletion | None = None


def run_quick_checks(subject: Subject, method: Method, explained: Attribution) -> Trust:
    """Make the checks that cost nothing."""
    return trust_badge.quick(explained, method, subject.run, target=subject.target, head=subject.head)


def draw(subject: Subject, method: Method, explained: Attribution, show: Callable[[Trust], None]) -> None:
    """Make the costly checks, show the badge of them, and draw the deletion curve."""
    if not explained.scores.any() or (len(subject.sequence) > LONGEST and not _is_wanted(subject, method)):
        return
    with st.spinner("Checking the attribution: replacing nucleotides in its order and in random orders"):
        found = run_checks(subject, method, explained)
    show(found.trust)
    if found.deletion is not None:
        _draw_curve(subject, explained, found.deletion)


def run_checks(subject: Subject, method: Method, explained: Attribution) -> Checked:
    """Make all checks of an attribution, or read what was found before."""
    if not explained.scores.any():
        return Checked(run_quick_checks(subject, method, explained))
    asked = make_question(subject, method)
    curve, repeated = _measure_deletion(asked, explained), _repeat(asked, explained)
    skill = trust_badge.skill(subject.run, subject.target, subject.head)
    return Checked(judge(explained, skill, deletion=curve, repeated=repeated), curve)


def _is_wanted(subject: Subject, method: Method) -> bool:
    """Ask before a long sequence is checked."""
    key = f"check-{subject.run.id}-{method.name}-{hash(subject.sequence)}"
    if st.session_state.get(key):
        return True
    letters = len(subject.sequence)
    with st.container(horizontal=True, vertical_alignment="center", gap="small"):
        if st.button("Check this attribution", key=f"{key}-now", icon=":material/rule:"):
            st.session_state[key] = True
            return True
        st.caption(f"The deletion curve needs about {PREDICTIONS:,} predictions of {letters:,} nt.", width="content")
    return False


@st.cache_data(max_entries=256, show_spinner=False)
def _measure_deletion(asked: Question, _explained: Attribution) -> Deletion:
    return measure_deletion(_explained, load_fitted(asked.run_id), target=asked.target, head=asked.head)


@st.cache_data(max_entries=256, show_spinner=False)
def _repeat(asked: Question, _explained: Attribution) -> Repetition | None:
    options: dict[str, Any] = {"target": asked.target, "head": asked.head}
    return repeat(_explained, asked.create_method(), load_fitted(asked.run_id), **options)


def _draw_curve(subject: Subject, explained: Attribution, curves: Deletion) -> None:
    with st.expander("Deletion curve", icon=":material/trending_down:", key="attribution-why"):
        st.caption(
            f"Nucleotides are replaced by those of {SHUFFLES} dinucleotide shuffles, in the order of the attribution "
            f"and in {len(curves.random)} random orders. The further the curves lie outside the grey band, the more "
            "the prediction rests on high-attribution nucleotides. The area between them is divided by the largest "
            "change: 0 is chance, 1 the maximum."
        )
        area = f"{curves.area:+.2f}".replace("-", "−")
        charts.draw(
            lambda: deletion_curve(curves, title=f"Deletion curve, area {area}", unit=subject.unit),
            name=f"{subject.name} {explained.method} deletion",
            key="deletion",
            alt="Change of the prediction against the share of replaced nucleotides, by the attribution and at random; "
            f"area {area}, 95% of random orders stay below {curves.limit:.2f}",
            numbers=lambda: deletion_table(curves),
        )
