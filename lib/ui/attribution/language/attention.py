"""Attention of a layer and head on the ruler and as a map, with what it is not, and judged as attributions are."""

from collections.abc import Mapping

import streamlit as st

from lib.attribution import attention as attending
from lib.attribution.attention import CLS, EVERY, NO_EXPLANATION, Attention, AttentionScores
from lib.attribution.faithfulness import Deletion, compute_deletion_curve
from lib.figures.deletion import deletion_curve, deletion_table
from lib.figures.language import ATTENTION, map_figure
from lib.store.files import home
from lib.store.fitted import load_fitted
from lib.store.language_files import to_npz
from lib.tasks.scores import percent
from lib.ui.attribution.data import Subject
from lib.ui.attribution.language import asking, files
from lib.ui.attribution.view import Options
from lib.ui.ruler import LettersTrack, ruler
from lib.ui.widgets import charts, columns, pair_map, url_widgets

MEAN = "mean"
LONGEST_MAP, LONGEST_CHECK = 1000, 500
"""Nucleotides up to which attention is drawn as a map, and judged by hundreds of predictions."""
READERS = {"cls": "[CLS]", "every": "Every token"}


def draw(subject: Subject, wanted: Options) -> None:
    """Draw attention of the chosen layer and head."""
    with st.spinner("Opening the model"):
        why = attending.explain_refusal(load_fitted(subject.run.id))
    if why:
        st.info(why, icon=":material/info:")
        return
    found = _compute_attention(str(home()), subject.run.id, str(subject.run.ended), subject.sequence)
    with st.container(horizontal=True, vertical_alignment="bottom", gap="medium"):
        layer = _choose_number("Layer", "layer", len(found.weights))
        head = _choose_number("Head", "head-of", found.weights.shape[1])
        known = READERS if found.cls is not None else {"every": READERS["every"]}
        reader = url_widgets.segments(
            "Attention of",
            "reader",
            known,
            help="[CLS], the token that stands for the whole sequence, or the mean over every token.",
        )
    scores = found.scores(layer=layer, head=head, reader=CLS if reader == "cls" else EVERY)
    st.warning(NO_EXPLANATION, icon=":material/visibility:")
    ruler(
        subject.sequence,
        asking.make_tracks(subject, wanted, [LettersTrack(f"Attention, {_words(layer, head)}", scores.scores)]),
        key="attention-ruler",
        rna=wanted.rna,
    )
    st.caption(
        f"Attention of {READERS[reader]} to each nucleotide; a token shares its attention equally among its "
        f"nucleotides. {percent(scores.special)} goes to special tokens, which stand for none."
    )
    left, right = columns.columns([3, 2], key="attention")
    between = found.between(layer=layer, head=head)
    with left:
        if len(subject.sequence) <= LONGEST_MAP:
            pair_map.draw(between, subject.sequence, ATTENTION, key="attention-map", rna=wanted.rna)
        else:
            st.caption(f"The map of pairs is drawn up to {LONGEST_MAP:,} nt.")
    curves = _measure_deletion(subject, scores)
    with right:
        _draw_verdict(curves)
    if curves is not None:
        _draw_curves(subject, curves)
    name = f"{subject.name} {subject.run.name} attention"
    files.draw(
        name,
        lambda: files.table("attention", subject.name, scores, rna=wanted.rna),
        lambda: to_npz([subject.name], [found]),
        lambda: map_figure(
            between, subject.sequence, ATTENTION, title=f"{subject.name}: {ATTENTION.name}", rna=wanted.rna
        ),
    )


def _choose_number(label: str, name: str, count: int) -> int | None:
    """Draw the choice of a layer or head; None is the mean over all."""
    names: Mapping[str, str] = {MEAN: f"Mean of {count}"} | {str(one): str(one) for one in range(1, count + 1)}
    chosen = url_widgets.select(label, name, names, width=140)
    return None if chosen == MEAN else int(chosen) - 1


def _words(layer: int | None, head: int | None) -> str:
    if layer is None and head is None:
        return "mean over all layers and heads"
    which = "mean over all layers" if layer is None else f"layer {layer + 1}"
    return f"{which}, {'mean over all heads' if head is None else f'head {head + 1}'}"


@st.cache_resource(max_entries=4, show_spinner="Reading the attention of the encoder")
def _compute_attention(home: str, run_id: str, ended: str, sequence: str) -> Attention:
    return attending.attention(load_fitted(run_id), sequence)


def _measure_deletion(subject: Subject, scores: AttentionScores) -> Deletion | None:
    """Judge what is attended to by the check that attributions have too; None for a sequence that is too long."""
    if len(subject.sequence) > LONGEST_CHECK:
        return None
    key = (str(home()), subject.run.id, str(subject.run.ended), subject.sequence, subject.target)
    with st.spinner("Replacing bases in the order of the attention and in random orders"):
        return _compute_deletion(*key, str((scores.layer, scores.head, scores.reader)), scores)


def _draw_verdict(curves: Deletion | None) -> None:
    if curves is None:
        st.caption(f"The deletion curve is made up to {LONGEST_CHECK:,} nt.")
        return
    more = "more" if curves.beats_chance else "no more"
    st.markdown(
        f"**Deletion curve**: area {_area(curves)}; 95% of random orders stay below {curves.limit:.2f}. The prediction "
        f"depends {more} on the bases that get most attention than on random ones."
    )


def _draw_curves(subject: Subject, curves: Deletion) -> None:
    with st.expander("Deletion curve", icon=":material/rule:", key="attention-curve"):
        charts.draw(
            lambda: deletion_curve(curves, title=f"Deletion curve, area {_area(curves)}", unit=subject.unit),
            name=f"{subject.name} attention deletion",
            key="attention-deletion",
            alt=f"Change of the prediction against the share of replaced bases, by attention and at random; area "
            f"{_area(curves)}",
            numbers=lambda: deletion_table(curves),
        )


def _area(curves: Deletion) -> str:
    return f"{curves.area:+.2f}".replace("-", "−")


@st.cache_data(max_entries=128, show_spinner=False)
def _compute_deletion(
    home: str, run_id: str, ended: str, sequence: str, target: int, which: str, _scores: AttentionScores
) -> Deletion:
    model = load_fitted(run_id)
    return compute_deletion_curve(lambda texts: model.predict(texts)[:, target], _scores.sequence, _scores.scores)
