"""Side by side: one sequence, several methods and runs, aligned on one ruler, and how well they agree."""

from collections.abc import Sequence

import streamlit as st
from streamlit.delta_generator import DeltaGenerator

from lib.attribution.agreement import TOP
from lib.attribution.references import SHUFFLES
from lib.attribution.trust import Trust
from lib.datasets.dataset import Dataset
from lib.figures.attribution_agreement import find_limits, pair_map, stack_logos
from lib.figures.logo import LONGEST as LONGEST_PICTURE
from lib.store.runs import Run
from lib.tasks.scores import percent
from lib.ui.attribution import checks, controls, view
from lib.ui.attribution.data import Subject
from lib.ui.attribution.provenance import require_short
from lib.ui.ruler import LettersTrack, Track, ruler
from lib.ui.widgets import attribution_comparison, charts, downloads, run_tokens, trust_badge
from lib.ui.widgets.attribution_comparison import Compared
from lib.ui.widgets.text import plain

SCALES = OWN, ONE = "Each its own scale", "One scale"
HEIGHT = 96
"""Pixels of one logo with its caption."""
LONGEST_CHECKED = 500
"""Nucleotides up to which every attribution gets its deletion curve here: each needs hundreds of predictions."""


def draw(run: Run, dataset: Dataset) -> None:
    """Draw the view."""
    with st.container(horizontal=True, vertical_alignment="bottom", gap="small"):
        subject = controls.choose_subject(run, dataset)
        if subject is None:
            return
        wanted = view.draw_options(subject, longest=0, mutagenesis=False)
    require_short(subject)
    asked = attribution_comparison.choose(run)
    found, refused = attribution_comparison.explain_all(subject, asked)
    for sentence in refused:
        st.caption(f":material/block: {plain(sentence)}")
    if not found:
        st.info("Choose at least one run and one method that fit each other.")
        return
    compared = Compared.of(subject, found)
    _say_agreement(compared)
    scale = st.segmented_control(
        "Scale",
        SCALES,
        required=True,
        key="scale",
        bind="query-params",
        default=ONE if len({lane.subject.unit for lane in found}) == 1 and len(asked.runs) == 1 else OWN,
        label_visibility="collapsed",
        help="On one scale sizes can be compared; each on its own shows small ones too. Units may differ between runs.",
    )
    tracks = [*_make_tracks(compared, one_scale=scale == ONE, whiskers=wanted.whiskers), *wanted.annotations]
    badges = st.empty()
    judged = [checks.run_quick_checks(lane.subject, lane.method, lane.attribution) for lane in compared.lanes]
    _draw_badges(badges, compared, judged)
    height = 90 + sum(HEIGHT if isinstance(track, LettersTrack) else 60 for track in tracks)
    ruler(subject.sequence, tracks, key="lanes-ruler", rna=wanted.rna, height=height)
    _draw_agreement(compared)
    listed = st.empty()
    _draw_table(listed, compared, judged)
    _downloads(subject, compared, judged, wanted, one_scale=scale == ONE)
    if len(subject.sequence) > LONGEST_CHECKED:
        st.caption(f"Above {LONGEST_CHECKED:,} nt faithfulness is not checked here; open Explain to check it.")
        return
    with st.spinner("Checking each of them: replacing nucleotides in its order and in random orders"):
        for place, lane in enumerate(compared.lanes):  # the downloads read the same list when a file is made
            judged[place] = checks.run_checks(lane.subject, lane.method, lane.attribution).trust
    _draw_badges(badges, compared, judged)
    _draw_table(listed, compared, judged)


def _draw_badges(place: DeltaGenerator, compared: Compared, judged: Sequence[Trust]) -> None:
    with place.container():
        trust_badge.row(compared.labels, judged)


def _draw_table(place: DeltaGenerator, compared: Compared, judged: Sequence[Trust]) -> None:
    place.dataframe(
        compared.table(judged),
        hide_index=True,
        placeholder="–",
        alt=f"Badge, prediction, reference and convergence delta of {len(compared.lanes)} attributions",
        column_config={
            name: st.column_config.NumberColumn(format="%.3f")
            for name in ("predicted", "probability", "reference prediction", "sum of scores", "convergence delta (%)")
        },
    )


def _say_agreement(compared: Compared) -> None:
    if len(compared.lanes) < 2:
        st.caption("Choose a second method or run to see whether they agree.")
        return
    correlation, overlap = compared.means()
    if correlation is None or overlap is None:
        st.markdown("**They cannot be compared:** at least one of them is 0 everywhere.")
        return
    word = "agree" if correlation >= 0.7 else "agree only in part" if correlation >= 0.3 else "disagree"
    st.markdown(
        f"**The {len(compared.lanes)} attributions {word}:** mean Spearman correlation {correlation:.2f}; of the top "
        f"{percent(TOP)} of the positions they share {percent(overlap)} on average (chance: "
        f"{percent(compared.agreement.chance)}). n = {len(compared.lanes[0].attribution.sequence):,} positions."
    )


def _make_tracks(compared: Compared, *, one_scale: bool, whiskers: bool) -> list[Track]:
    limits = find_limits([lane.attribution.scores for lane in compared.lanes]) if one_scale else None
    tracks: list[Track] = []
    read: set[str] = set()
    names = attribution_comparison.run_names([lane.subject.run for lane in compared.lanes])
    for label, lane in zip(compared.labels, compared.lanes, strict=True):
        item = lane.attribution
        tracks.append(
            LettersTrack(label, item.scores, lane.subject.unit, limits, item.standard_errors, whiskers=whiskers)
        )
        run = lane.subject.run
        if run.id not in read:
            read.add(run.id)  # its methods read the same tokens
            cut = run_tokens.track(run, lane.attribution, label=f"Tokens of {names[run.id]}")
            tracks += [] if cut is None else [cut]
    return tracks


def _draw_agreement(compared: Compared) -> None:
    if len(compared.lanes) < 2:
        return
    found = compared.agreement
    with st.container(key="side-agreement"):  # side by side where there is room, else one below the other
        left, right = st.columns(2, gap="medium")
    name = f"{compared.lanes[0].subject.name} agreement"
    with left:
        charts.draw(
            lambda: pair_map(
                compared.labels,
                found.spearman,
                title="Spearman correlation of position scores",
                name="Spearman",
                low=-1.0,
            ),
            name=f"{name} spearman",
            key="lanes-spearman",
            alt=f"Spearman correlation of the position scores of every two of {len(compared.lanes)} attributions",
            numbers=lambda: compared.matrix_table("spearman"),
        )
    with right:
        charts.draw(
            lambda: pair_map(
                compared.labels,
                found.overlap,
                name="overlap",
                title=f"Overlap of the top {percent(TOP)} (chance {found.chance:.2f})",
            ),
            name=f"{name} overlap",
            key="lanes-overlap",
            alt=f"Share of the top {percent(TOP)} positions that every two of {len(compared.lanes)} attributions share",
            numbers=lambda: compared.matrix_table("overlap"),
        )
    shuffled = any(SHUFFLES in lane.attribution.reference for lane in compared.lanes)
    note = " Where one method gives sizes only, sizes are compared."
    st.caption(
        "Methods answer different questions, so full agreement is not to be expected; trust positions highlighted by "
        f"several methods.{note}" + (" References are shuffles of the same seed." if shuffled else "")
    )


def _downloads(
    subject: Subject, compared: Compared, judged: Sequence[Trust], wanted: view.Options, *, one_scale: bool
) -> None:
    name = f"{subject.name} side by side"
    window = (0, min(LONGEST_PICTURE, len(subject.sequence)))
    with st.container(horizontal=True, gap="small", vertical_alignment="center"):
        downloads.csv_button(
            lambda: compared.scores_table(judged, rna=wanted.rna),
            name=name,
            key="lanes-scores",
            label="Scores (CSV)",
            help="One row for each position, one column for each attribution",
        )
        charts.files(
            lambda: stack_logos(
                compared.labels,
                [lane.attribution for lane in compared.lanes],
                judged,
                title=subject.name,
                rna=wanted.rna,
                one_scale=one_scale,
                whiskers=wanted.whiskers,
                window=window,
            ),
            name=name,
            key="lanes-logos",
        )
        st.caption("Logos as a picture", width="content")
