"""Start a discovery: which sequences, which method, how long it will take; and the discoveries that there were."""

from typing import Any

import streamlit as st

from lib.attribution import METHODS, list_methods
from lib.attribution.profile_heads import COUNTS
from lib.core.errors import UserError
from lib.core.registry import values_of
from lib.datasets.dataset import PARTS, Dataset
from lib.jobs import attribute as attribution_job
from lib.jobs import discover as job
from lib.jobs.discover import DEFAULT_SEQUENCES, NO_METHOD, suggest_settings
from lib.motifs.discover import Discovery
from lib.store import attribution_sets, runs
from lib.store.fitted import load_fitted
from lib.store.runs import Run
from lib.store.set_choice import SetChoice
from lib.ui import errors
from lib.ui.attribution import controls
from lib.ui.widgets import class_labels, forms, progress, state
from lib.ui.widgets.progress_text import LOOKS, ago, duration
from lib.ui.widgets.text import plain

PARAM = "discovery"
PARTS_OFFERED = {
    "All parts": PARTS,
    "Training part": ("train",),
    "Validation part": ("validation",),
    "Test part": ("test",),
}
FEWEST = 100
PER_SECOND = 20.0
"""Sequences that a cnn attributes in a second on one core, until a job of this run has told better."""


def draw(run: Run, dataset: Dataset, *, first: bool) -> None:
    """Draw the form; ``first`` where this run has no discovery yet, so that the form stands open."""
    with st.container(border=True):
        if first:
            st.markdown("**Find the motifs of this run**")
        elif not st.toggle("New discovery", key="discover-new", help="With another method, part, number or target"):
            return
        with errors.guard():
            _form(run, dataset)


def _form(run: Run, dataset: Dataset) -> None:
    st.markdown(
        "TF-MoDISco looks for recurring high-attribution segments in many sequences, without knowing any motif. "
        "Each group of similar segments becomes a pattern."
    )
    with st.spinner("Opening the model"):
        able = list_methods(load_fitted(run.id), hypothetical=True)
    if not able:
        st.info(NO_METHOD)
        return
    with st.container(horizontal=True, vertical_alignment="bottom", gap="small"):
        known = dict(METHODS.all())
        name = st.selectbox(
            "Attribution method",
            able,
            format_func=lambda item: known[item].label,
            key="discover-method",
            width=230,
            help="  \n".join(f"**{known[item].label}**: {known[item].summary}" for item in able),
        )
        part = st.selectbox(
            "Sequences",
            list(PARTS_OFFERED),
            key="discover-part",
            width=180,
            help="What the model learned shows in every part: a pattern says what it uses, not how well it predicts. "
            "The training part is therefore allowed; the test part alone shows that it uses the same elsewhere.",
        )
        parts = PARTS_OFFERED[part or "All parts"]
        there = sum(len(dataset.rows(one)) for one in parts)
        n = st.number_input(
            f"Number (of {there:,})",
            min(FEWEST, there),
            max(there, 1),
            min(DEFAULT_SEQUENCES, there),
            key=f"discover-n-{part}",
            width=170,
            help="Drawn at random. Rare motifs need more: a pattern needs at least 20 seqlets.",
        )
        target = class_labels.pick_target(dataset)
        head = controls.choose_head(run) if dataset.tracks else COUNTS
    asked = name or able[0]
    discovery, method = _more(asked)
    choice = SetChoice(
        run.id,
        asked,
        values_of(method),
        tuple(parts),
        int(n),
        target,
        head=head,
    )
    seconds, ready = estimate_seconds(run, dataset, choice, int(n))
    with st.container(horizontal=True, vertical_alignment="center", gap="medium"):
        if st.button("Start discovery", type="primary", icon=":material/travel_explore:", key="discover-start"):
            run_id = job.start_discovery(choice, discovery, owner=state.owner())
            st.query_params[PARAM] = run_id
            st.rerun(scope="app")
        known_part = " The attributions are there already." if ready else ""
        takes = f"About {duration(seconds)} on this machine, in the background.{known_part}"
        if ready and job.find_discovery(choice, discovery) is not None:
            takes = "This discovery has been made; it is opened."
        st.caption(
            f"{takes} "
            f"{'Single strand: a motif and its reverse complement stay two patterns.' if _single(discovery) else ''}",
            width="content",
        )


def _single(discovery: Discovery) -> bool:
    from lib.motifs.discover import SINGLE

    return discovery.strands == SINGLE


def _more(name: str) -> tuple[Discovery, Any]:
    with st.popover("More settings", icon=":material/tune:", key="discover-more"):
        st.markdown("**Discovery**")
        discovery = forms.configure(Discovery, "discover", columns=1)
        cls = METHODS.get(name)
        st.markdown(f"**{cls.label}**")
        method = forms.configure(cls, "discover-method-settings", suggest_settings(name), columns=1)
    return discovery, method


def estimate_seconds(run: Run, dataset: Dataset, choice: SetChoice, n: int) -> tuple[float, bool]:
    """Estimate how long a discovery takes in seconds, and say whether its attributions are there already."""
    try:
        ready = attribution_sets.path_to(choice).is_file()
    except UserError:
        ready = False
    past = [one.results for one in attribution_job.list_jobs(run.id, job.KIND) if _same(one, choice)]
    pace = next(
        (one["n"] / one["attributed_seconds"] for one in past if one.get("attributed_seconds", 0) > 5), PER_SECOND
    )
    longest = max((len(sequence) for sequence in dataset.sequences[:1000]), default=0)
    return (0.0 if ready else n / pace) + job.estimate_seconds(n, longest), ready


def _same(one: Run, choice: SetChoice) -> bool:
    given = one.payload["set"]
    return bool(given["method"] == choice.method and given["settings"] == dict(choice.settings))


def discoveries(run: Run) -> list[Run]:
    """Give the discoveries that explain a run, the newest first."""
    return attribution_job.list_jobs(run.id, job.KIND)


def choose_discovery(found: list[Run]) -> Run | None:
    """Draw the list of discoveries where there are several, and those at work; give the finished one to show."""
    for one in found:
        if not one.over:
            progress.run_progress(one.id)
    failed = next((one for one in found[:1] if one.state in (runs.FAILED, runs.LOST, runs.CANCELLED)), None)
    if failed is not None:
        progress.run_card(failed)
    done = [one for one in found if one.state == runs.FINISHED]
    if not done:
        return None
    names = {one.id: describe(one) for one in done}
    asked = st.query_params.get(PARAM)
    at = next((place for place, one in enumerate(done) if one.id == asked), 0)
    if len(done) > 1:
        picked = st.selectbox(
            f"Discoveries of this run ({len(done)})",
            list(names),
            index=at,
            format_func=names.__getitem__,
            key=f"{PARAM}-{done[0].id}",
            width=640,
        )
        at = next((place for place, one in enumerate(done) if one.id == picked), 0)
    else:
        st.caption(f"{names[done[0].id]} {LOOKS[runs.FINISHED].badge}")
    st.query_params[PARAM] = done[at].id
    return done[at]


def describe(one: Run) -> str:
    """Name a discovery by what was looked at: method, parts, number, target where there are several, and when."""
    choice = SetChoice.from_json(one.payload["set"])
    known = METHODS.all()
    method = known[choice.method].label if choice.method in known else choice.method
    part = next(
        (label for label, parts in PARTS_OFFERED.items() if tuple(parts) == choice.parts), ", ".join(choice.parts)
    )
    n, found = int(one.results.get("n", choice.n)), one.results.get("patterns", 0)
    when = ago(one.ended or one.created)
    head = "" if choice.head == COUNTS else f", {choice.head}"
    return f"{plain(method)}{head} · {part.lower()}, n = {n:,} · {found} patterns · {when}"
