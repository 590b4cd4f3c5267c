"""The trust badge as every page shows it: one button that names the verdict and opens its four checks."""

from collections.abc import Sequence

import streamlit as st

from lib.analysis.skill import Skill
from lib.attribution.agreement import is_repeatable
from lib.attribution.base import Attribution, Method
from lib.attribution.checks import Verdict, check_model
from lib.attribution.profile_heads import COUNTS
from lib.attribution.trust import WORDS, Trust, judge
from lib.store import groups, skills
from lib.store.files import home
from lib.store.fitted import load_fitted
from lib.store.runs import Run
from lib.ui.widgets.text import plain

_LOOKS = {
    Verdict.PASS: ("green", "verified"),
    Verdict.NOT_CHECKED: ("gray", "hourglass_empty"),
    Verdict.NOT_APPLICABLE: ("gray", "remove"),
    Verdict.CARE: ("orange", "warning"),
    Verdict.FAIL: ("red", "error"),
}
"""Colour and icon of a verdict, so that colour never says it alone."""


def write_badge(trust: Trust) -> str:
    """Write the badge in Markdown."""
    colour, icon = _LOOKS[trust.verdict]
    return f":{colour}-badge[:material/{icon}: {trust.word}]"


def table(trust: Trust) -> str:
    """Write the four checks as a Markdown table; names of runs in it are shown letter by letter."""
    rows = []
    for check in trust.checks:
        colour, icon = _LOOKS[check.verdict]
        said = plain(f"{check.finding} {check.remedy}")
        rows.append(f"| :{colour}[:material/{icon}:] | **{check.name}** | {said} |")
    return "| | Check | Finding |\n|---|---|---|\n" + "\n".join(rows)


def button(trust: Trust, *, label: str = "", below: str = "") -> None:
    """Draw the badge as a button that opens the four checks.

    Parameters
    ----------
    label
        Whose badge it is, where several stand together.
    below
        What else is said of the attribution, in Markdown.
    """
    text = f"{plain(label)} {write_badge(trust)}" if label else write_badge(trust)
    with st.popover(text, type="tertiary"):
        st.markdown(table(trust))
        if below:
            st.caption(below)


def row(labels: Sequence[str], judged: Sequence[Trust]) -> None:
    """Draw the badges of several attributions side by side."""
    with st.container(horizontal=True, vertical_alignment="center", gap="small"):
        for label, trust in zip(labels, judged, strict=True):
            button(trust, label=label)


def describe(explained: Attribution) -> str:
    """Say in Markdown what an attribution was compared with, and by which rule."""
    return f"Reference: {plain(explained.reference)}. Rule: {plain(explained.rule)}."


def notice(run: Run, target: int = 0, head: str = COUNTS) -> None:
    """Say above what is made of many attributions why they are not to be interpreted; nothing where the model passes.

    Whether single attributions are complete, faithful and reproducible is not said.
    """
    check = check_model(skill(run, target, head))
    if check.verdict is not Verdict.PASS:
        colour, icon = _LOOKS[check.verdict]
        word = WORDS.get(check.verdict, "Model not judged")
        st.markdown(f":{colour}-badge[:material/{icon}: {word}] {plain(f'{check.finding} {check.remedy}')}")


def skill(run: Run, target: int = 0, head: str = COUNTS) -> Skill | str:
    """Give how well a run predicts held-out sequences, or why nobody knows."""
    return _skill(str(home()), run.id, str(run.ended), target, head, held_back=bool(groups.runs_without_test([run])))


@st.cache_data(max_entries=256, show_spinner=False)
def _skill(home: str, run_id: str, ended: str, target: int, head: str, *, held_back: bool) -> Skill | str:
    return skills.find_skill(run_id, target=target, head=head)


def quick(explained: Attribution, method: Method, run: Run, *, target: int = 0, head: str = COUNTS) -> Trust:
    """Make the checks of an attribution that cost nothing."""
    repeatable = is_repeatable(explained, method, load_fitted(run.id))
    return judge(explained, skill(run, target, head), repeatable=repeatable)
