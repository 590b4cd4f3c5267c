"""The checks of an attribution that cost predictions: made after the logo is there, and kept for everybody."""

from collections.abc import Callable
from typing import NamedTuple

import numpy as np
import streamlit as st

from lib.attribution import agreement
from lib.attribution.agreement import Agreement
from lib.attribution.base import Attribution, Method, refusal
from lib.attribution.faithfulness import ORDERS, SHARES, SHUFFLES, Deletion, deletion
from lib.attribution.heads import attribute, head_of
from lib.attribution.trust import Check, Trust, at_once, follows, overall, quick, repeats
from lib.core.arrays import FloatArray
from lib.core.registry import values_of
from lib.plots.deletion import deletion_curve, deletion_table
from lib.store.files import home
from lib.store.fitted import fitted
from lib.ui import charts
from lib.ui.attribution_data import Subject
from lib.ui.text import plain

LONGEST = 2000
"""Nucleotides up to which the checks are made without asking."""
SEEDS = 3
RANDOM = frozenset({"reference", "noise", "samples", "shuffles"})
"""Settings of methods that may draw: one that has none of them is not made again with another seed."""
MOST_MEMBERS = 5
PREDICTIONS = ORDERS * len(SHARES) * SHUFFLES
_TABLE = "| | Check | What was found |\n|---|---|---|\n"


class Checked(NamedTuple):
    """What the costly checks found; None for what was not made."""

    deletion: Deletion | None
    repeated: Agreement | None
    what: str
    trust: Trust


def draw(subject: Subject, method: Method, explained: Attribution, slot: Callable[[Trust], None]) -> Checked:
    """Make the costly checks, tell the badge of them by ``slot``, and draw the details below."""
    made = at_once(explained)
    if not explained.scores.any():
        found = Checked(None, None, "", overall(made))
    elif len(subject.sequence) > LONGEST and not _asked_for(subject, method):
        found = Checked(None, None, "", quick(explained))
    else:
        with st.spinner("Checking the attribution: replacing bases in its order and in random orders"):
            found = checked(subject, method, explained)
    slot(found.trust)
    _details(subject, explained, found)
    return found


def checked(subject: Subject, method: Method, explained: Attribution) -> Checked:
    """Make the costly checks of an attribution that is not all zero, or read what was found before."""
    settings = tuple(sorted(values_of(method).items()))
    key = (str(home()), subject.run.id, str(subject.run.ended), subject.sequence, subject.target, subject.head)
    dropped = _deletion(*key, method.name, settings, explained.scores)
    repeated, what = _repeated(*key, method.name, settings)
    trust = overall((*at_once(explained), follows(dropped), repeats(repeated, what)))
    return Checked(dropped, repeated, what, trust)


def _asked_for(subject: Subject, method: Method) -> bool:
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
def _deletion(
    home: str,
    run_id: str,
    ended: str,
    sequence: str,
    target: int,
    head: str,
    method: str,
    settings: tuple[tuple[str, object], ...],
    _scores: FloatArray,
) -> Deletion:
    model = head_of(fitted(run_id), head, sequence)
    return deletion(lambda texts: model.predict(texts)[:, target], sequence, _scores)


@st.cache_data(max_entries=256, show_spinner=False)
def _repeated(
    home: str,
    run_id: str,
    ended: str,
    sequence: str,
    target: int,
    head: str,
    method: str,
    settings: tuple[tuple[str, object], ...],
) -> tuple[Agreement | None, str]:
    """Attribute again, by each member of an ensemble or with other seeds; None where nothing is random."""
    from lib.attribution import METHODS

    model, made = fitted(run_id), METHODS.create(method, dict(settings))
    members = list(getattr(model, "members", {}).values())
    usable = [member for member in members if not refusal(made, member)][:MOST_MEMBERS]
    if len(usable) > 1:
        found = [attribute(made, member, [sequence], head=head, target=target)[0].scores for member in usable]
        return agreement.matrix(found), f"{len(usable)} members"
    if not RANDOM & set(values_of(made)):
        return None, ""
    found = []
    for seed in range(SEEDS):
        found.append(attribute(made, model, [sequence], head=head, target=target, seed=seed)[0].scores)
        if seed == 1 and np.array_equal(*found):
            return None, ""  # such as with a reference of zeros and no noise
    return agreement.matrix(found), f"{SEEDS} seeds"


def _details(subject: Subject, explained: Attribution, found: Checked) -> None:
    with st.expander("Why this badge: the checks", icon=":material/rule:", key="attribution-why"):
        st.markdown(table(found.trust.checks))
        st.caption(f"Reference: {plain(explained.reference)}. Rule: {plain(explained.rule)}.")
        if found.deletion is None:
            return
        curves = found.deletion
        st.caption(
            f"Deletion curve: bases get the letters of {SHUFFLES} dinucleotide shuffles, in the order of the "
            f"attribution and in {len(curves.random)} random orders. The further its curves lie outside the grey band, "
            "the more the prediction rests on the bases it names. The area between them is divided by the largest "
            "change: 0 is chance, 1 the most there can be."
        )
        area = f"{curves.area:+.2f}".replace("-", "−")
        charts.draw(
            lambda: deletion_curve(curves, title=f"Deletion curve, area {area}", unit=subject.unit),
            name=f"{subject.name} {explained.method} deletion",
            key="deletion",
            alt=f"Change of the prediction against the share of replaced bases, by the attribution and at random; area "
            f"{area}, 95% of random orders stay below {curves.limit:.2f}",
            numbers=lambda: deletion_table(curves),
        )


def table(checks: tuple[Check, ...]) -> str:
    """Write the checks as a Markdown table."""
    rows = (
        f"| :{check.verdict}[:material/{check.icon}:] | {check.label} | {check.said} {check.remedy} |"
        for check in checks
    )
    return _TABLE + "\n".join(rows)
