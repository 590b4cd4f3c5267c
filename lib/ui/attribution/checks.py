"""The checks of an attribution that cost predictions: made after the logo is there, and kept for everybody."""

from collections.abc import Callable
from typing import NamedTuple

import streamlit as st

from lib.attribution import faithfulness
from lib.attribution.agreement import Repetition, repeat
from lib.attribution.base import Attribution, Method
from lib.attribution.faithfulness import ORDERS, SHARES, SHUFFLES, Deletion
from lib.attribution.trust import Trust, judge
from lib.core.registry import values_of
from lib.figures.deletion import deletion_curve, deletion_table
from lib.store.files import home
from lib.store.fitted import load_fitted
from lib.ui.attribution.data import Subject
from lib.ui.widgets import charts, trust_badge

LONGEST = 2000
"""Nucleotides up to which the checks are made without asking."""
PREDICTIONS = ORDERS * len(SHARES) * SHUFFLES


class Checked(NamedTuple):
    """The badge, and the deletion curve where it was computed."""

    trust: Trust
    deletion: Deletion | None = None


def quick(subject: Subject, method: Method, explained: Attribution) -> Trust:
    """Make the checks that cost nothing."""
    return trust_badge.quick(explained, method, subject.run, target=subject.target, head=subject.head)


def draw(subject: Subject, method: Method, explained: Attribution, show: Callable[[Trust], None]) -> None:
    """Make the costly checks, show the badge of them, and draw the deletion curve."""
    if not explained.scores.any() or (len(subject.sequence) > LONGEST and not _is_wanted(subject, method)):
        return
    with st.spinner("Checking the attribution: replacing nucleotides in its order and in random orders"):
        found = checked(subject, method, explained)
    show(found.trust)
    if found.deletion is not None:
        _curve(subject, explained, found.deletion)


def checked(subject: Subject, method: Method, explained: Attribution) -> Checked:
    """Make all checks of an attribution, or read what was found before."""
    if not explained.scores.any():
        return Checked(quick(subject, method, explained))
    settings = tuple(sorted(values_of(method).items()))
    key = (str(home()), subject.run.id, str(subject.run.ended), subject.target, subject.head, method.name, settings)
    curve, repeated = _deletion(*key, subject.sequence, explained), _repetition(*key, subject.sequence, explained)
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


Settings = tuple[tuple[str, object], ...]


@st.cache_data(max_entries=256, show_spinner=False)
def _deletion(
    home: str,
    run_id: str,
    ended: str,
    target: int,
    head: str,
    method: str,
    settings: Settings,
    sequence: str,
    _explained: Attribution,
) -> Deletion:
    return faithfulness.measure_deletion(_explained, load_fitted(run_id), target=target, head=head)


@st.cache_data(max_entries=256, show_spinner=False)
def _repetition(
    home: str,
    run_id: str,
    ended: str,
    target: int,
    head: str,
    method: str,
    settings: Settings,
    sequence: str,
    _explained: Attribution,
) -> Repetition | None:
    from lib.attribution import METHODS

    return repeat(_explained, METHODS.create(method, dict(settings)), load_fitted(run_id), target=target, head=head)


def _curve(subject: Subject, explained: Attribution, curves: Deletion) -> None:
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
