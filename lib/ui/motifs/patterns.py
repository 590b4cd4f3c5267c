"""The Patterns view: patterns as logos with what they do and what they resemble; then one of them."""

from typing import Any

import streamlit as st

from lib.datasets.dataset import Dataset
from lib.figures.pattern_logos import consensus
from lib.store.files import home
from lib.store.runs import Run
from lib.ui import errors
from lib.ui.motifs import data, files, one, start
from lib.ui.rbp import choice
from lib.ui.widgets import progress, theme, trust_badge
from lib.ui.widgets.text import plain
from lib.views import patterns as views
from lib.views.patterns import PatternView

PARAM = "pattern"
OPENED = "pattern-opened"
"""Key of what is drawn of the open pattern, and of how often one was opened."""
SHOWN = 12
_STRAND = {
    False: "Single strand: sequences are compared as they are written, never with their reverse complement, so a motif "
    "and its reverse complement are two patterns.",
    True: "Both strands: a motif and its reverse complement count as one pattern.",
}


def open_discovery(run: Run, dataset: Dataset, *, compares: bool = False) -> PatternView | None:
    """Draw the choice of a discovery and of letters, and give the view; without a discovery the form to start one.

    With ``compares`` the choice of the RBP table is drawn as well.
    """
    progress.look_after()
    found = start.discoveries(run)
    with st.container(horizontal=True, vertical_alignment="center", gap="medium"):
        done = start.choose_discovery(found)
        if done is not None:
            rna = st.toggle(
                "Show U instead of T", value=True, key="rna", bind="query-params", help="RNA or DNA letters; U is T"
            )
    if done is None:
        start.draw(run, dataset, first=not any(not one.over for one in found))
        return None
    chosen = (choice.with_rbp(dataset) or dataset) if compares else dataset
    view = data.open_view(run, chosen, done, rna=rna)
    trust_badge.notice(run, view.choice.target, view.choice.head)
    return view


def draw(run: Run, dataset: Dataset) -> None:
    """Draw the view for a finished run."""
    view = open_discovery(run, dataset, compares=True)
    if view is None:
        return
    picked = _pick(view)
    _sentence(view)
    if picked is not None:
        with st.container(key=OPENED), errors.guard():
            one.draw(view, picked, close=lambda: _open(None))
        _show_it()
    _cards(view, picked)
    files.draw(view)
    start.draw(run, dataset, first=False)


def _sentence(view: PatternView) -> None:
    n, raising = len(view.patterns), sum(pattern.sign > 0 for pattern in view.patterns)
    known = [pattern.name for pattern in view.patterns if views.find_match(view, pattern.name)]
    compared = (
        f"{len(known)} resemble a known motif (q ≤ 0.05)."
        if view.matches is not None
        else ("The dataset has no RBP table to compare them with; upload one above.")
    )
    st.markdown(
        f"**{n} patterns** in {len(view.rows):,} sequences: {raising} raise the predicted {plain(view.target_name)}, "
        f"{n - raising} lower it. {compared}",
        help=f"{_STRAND[view.both_strands]} Patterns come from the attributions alone; no motif was told to the "
        "method. A pattern may come out more than once where what stands beside it differs.",
    )
    st.caption(_STRAND[view.both_strands])


def _pick(view: PatternView) -> str | None:
    """Give the pattern of the link, where this discovery has it."""
    asked = st.query_params.get(PARAM)
    if asked and view.find_pattern(asked) is None:
        st.query_params.pop(PARAM, None)
        return None
    return asked


def _open(name: str | None) -> None:
    if name:
        st.query_params[PARAM] = name
        st.session_state[f"{OPENED}-now"] = True
    else:
        st.query_params.pop(PARAM, None)


def _show_it() -> None:
    """Bring the pattern that was just opened into sight; its card may lie far below."""
    if not st.session_state.pop(f"{OPENED}-now", False):
        return
    count = st.session_state[f"{OPENED}-count"] = st.session_state.get(f"{OPENED}-count", 0) + 1  # else it runs once
    st.html(
        f"<script data-count='{count:d}'>(() => {{const found = document.querySelector('.st-key-{OPENED}'); if (found) "
        "{found.style.scrollMarginTop = '4rem'; found.scrollIntoView({block: 'start'});}})()</script>",
        unsafe_allow_javascript=True,
    )


def _cards(view: PatternView, picked: str | None) -> None:
    for sign, words in views.GROUPS.items():
        group = [pattern for pattern in view.patterns if pattern.sign == sign]
        if not group:
            st.caption(f"No pattern {'raises' if sign > 0 else 'lowers'} the prediction.")
            continue
        colour, icon = ("violet", "trending_up") if sign > 0 else ("orange", "trending_down")
        st.markdown(f":{colour}[:material/{icon}: **Patterns that {words}**] ({len(group)})")
        key = f"more-{sign}-{view.job.id}"
        every = len(group) <= SHOWN or st.session_state.get(key, False)
        with st.container(horizontal=True, gap="small", key=f"patterns-{sign}"):
            for pattern in group if every else group[:SHOWN]:
                _card(view, pattern.name, chosen=pattern.name == picked)
        if len(group) > SHOWN:
            st.toggle(f"Show all {len(group)}", key=key)


def _card(view: PatternView, name: str, *, chosen: bool) -> None:
    pattern, match = view.find_pattern(name), views.find_match(view, name)
    if pattern is None:
        return
    effect: Any = view.effects.loc[name]
    word = consensus(pattern.ppm, rna=view.rna)
    with st.container(border=True, width=236, gap="xsmall"):
        st.markdown(f"**{plain(name)}** · {plain(word)}")
        st.image(
            _logos(str(home()), view.job.id, str(view.job.ended), name, view.rna, theme.is_dark(), view),
            width="stretch",
            alt=f"Logo of pattern {name}, {word}: {pattern.width} positions from {len(pattern.seqlets)} seqlets that "
            f"{views.GROUPS[pattern.sign]}",
        )
        if view.matches is None:
            said = ":gray[no RBP table]"
        else:
            said = (
                f"{plain(views.write_motif(view, match[0]))}, q = {match[1]:.2g}"
                if match
                else ":gray[no known motif, q > 0.05]"
            )
        st.markdown(said)
        st.caption(
            f"{len(pattern.seqlets):,} seqlets in {int(effect['n_with']):,} sequences; target with it "
            f"{data.write_signed(float(effect['difference']))} "
            f"[{float(effect['low']):.2f}, {float(effect['high']):.2f}]"
        )
        st.button(
            "Close" if chosen else "Open",
            key=f"open-{name}",
            on_click=_open,
            args=(None if chosen else name,),
            help="Seqlets, positions, match and effect of this pattern",
        )


@st.cache_data(max_entries=400, show_spinner=False)
def _logos(home: str, job_id: str, ended: str, name: str, rna: bool, dark: bool, _view: PatternView) -> str:  # noqa: FBT001 (a cache key)
    from lib.figures.files import to_svg
    from lib.figures.pattern_logos import logos

    pattern = _view.find_pattern(name)
    return "" if pattern is None else to_svg(logos(pattern, rna=rna, dark=dark)).decode("utf-8")
