"""The Attribution page: which nucleotides a run used for one sequence, and how reliable that explanation is."""

import streamlit as st

from lib.datasets.dataset import Dataset
from lib.models.base import Fitted, Mutagenic
from lib.store.fitted import load_fitted
from lib.store.runs import Run
from lib.ui.attribution import checks, controls, files, side_by_side, what_if
from lib.ui.attribution import view as attribution_view
from lib.ui.attribution.language import page as language
from lib.ui.attribution.provenance import explain, require_short
from lib.ui.results import page as results
from lib.ui.widgets import cached, state

LONGEST_MAP, LONGEST_QUICK_MAP = 2000, 10_000
"""Nucleotides up to which the mutagenesis map is made without asking: by three predictions of each, or by a model that
computes what mutations change (``Mutagenic``)."""
VIEWS = EXPLAIN, SIDE, WHAT_IF, LANGUAGE = "Explain", "Side by side", "What if", "Language model"


def page() -> None:
    """Draw the page."""
    run = results.choose_finished_run()
    if run is None:
        return
    dataset = cached.dataset(run.dataset)
    with results.headline(run, dataset):
        view = st.segmented_control(
            "View",
            VIEWS,
            default=EXPLAIN,
            required=True,
            key="view",
            bind="query-params",
            label_visibility="collapsed",
            help="Explain one attribution, compare several, change the sequence and see what happens, or see what the "
            "language model in the run expects.",
        )
    draw = {SIDE: side_by_side.draw, WHAT_IF: what_if.draw, LANGUAGE: language.draw}.get(view or EXPLAIN, _explain)
    draw(run, dataset)


def _explain(run: Run, dataset: Dataset) -> None:
    with st.container(horizontal=True, vertical_alignment="bottom", gap="small"):
        subject = controls.choose_subject(run, dataset)
        method = controls.choose_method(run) if subject is not None else None
        if subject is None or method is None:
            return
        wanted = attribution_view.draw_options(subject, longest=longest_map(load_fitted(run.id)))
    require_short(subject)
    explained = explain(subject, method)
    mutated = None
    if wanted.mutagenesis and explained.effects is None:
        from lib.attribution import METHODS
        from lib.attribution.defaults import ANY_MODEL

        mutated = explain(subject, METHODS.create(ANY_MODEL))
    effects = explained if explained.effects is not None else mutated
    trust = checks.run_quick_checks(subject, method, explained)
    badge = attribution_view.draw(subject, explained, effects if wanted.mutagenesis else None, wanted, trust)
    below = st.container()
    files.downloads(subject, explained, effects, wanted, trust=lambda: badge.trust)
    if (state.ROOT / state.EXPERIMENTS).is_file():
        state.link(state.EXPERIMENTS, "Design a sequence, or insert motifs into many", icon=":material/science:")
    with below:
        checks.draw(subject, method, explained, badge.show)


def longest_map(model: Fitted) -> int:
    """Give the nucleotides up to which the mutagenesis map of a model is made without asking; members share them."""
    members = list(getattr(model, "members", {"": model}).values())
    if all(isinstance(member, Mutagenic) for member in members):
        return max(LONGEST_MAP, LONGEST_QUICK_MAP // len(members))
    return LONGEST_MAP
