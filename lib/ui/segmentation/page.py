"""The Compare page: how every tokenizer reads one sequence, stacked on one ruler."""

import re
from dataclasses import replace

import streamlit as st

from lib.attribution.base import Attribution
from lib.attribution.trust import Trust, judge
from lib.core.alphabet import in_alphabet, to_dna
from lib.core.errors import UserError
from lib.datasets.dataset import Dataset
from lib.figures.colours import of_token
from lib.store import datasets, tokenizers
from lib.store.runs import Run
from lib.tasks.scores import PART_NAMES
from lib.ui import errors
from lib.ui.attribution.data import truth_track
from lib.ui.rbp import choice
from lib.ui.ruler import ArcsTrack, LettersTrack, Selection, TokensTrack, Track, ruler
from lib.ui.segmentation import files, numbers
from lib.ui.segmentation import reading as compare_read
from lib.ui.segmentation import sequence as compare_sequence
from lib.ui.segmentation import tokenizers as compare_tokenizers
from lib.ui.segmentation import tracks as compare_tracks
from lib.ui.segmentation.reading import Reading
from lib.ui.segmentation.sequence import Chosen
from lib.ui.segmentation.tokenizers import Entry
from lib.ui.segmentation.view import View
from lib.ui.widgets import cards, state, structure, trust_badge
from lib.ui.widgets.text import markup, plain
from lib.ui.widgets.tokenizer_jobs import ready

AT = "at"
"""What the link selects: ``31`` or ``31-36``, counted from 1 as on the screen."""
MOST = 12
_FIRST = "compare-at"
_RANGE = re.compile(r"(\d{1,6})(?:-(\d{1,6}))?")
_STYLE = """<style>
.ml-read{display:grid;grid-template-columns:max-content 1fr;gap:.3rem .9rem;align-items:baseline;font-size:.9rem}
.ml-read span{display:inline-block;font-family:monospace;border:1px solid;border-left-width:5px;border-radius:.25rem;
  padding:0 .35rem;margin:0 .3rem .2rem 0;overflow-wrap:anywhere}
.ml-read .ml-odd{border-style:dashed}.ml-read i{opacity:.8}
@media (max-width:640px){.ml-read{grid-template-columns:1fr}}
</style>"""


def first_sequence(chosen: Chosen) -> Selection | None:
    """Give the range that the link of this visit selects, for the sequence that it shows."""
    if _FIRST not in st.session_state:
        st.session_state[_FIRST] = (chosen.name, st.query_params.get(AT, ""))
    name, asked = st.session_state[_FIRST]
    match = _RANGE.fullmatch(asked) if name == chosen.name else None
    if match is None:
        return None
    return Selection.parse({"start": int(match[1]) - 1, "end": int(match[2] or match[1])}, len(chosen.sequence))


def draw_selection(view: View, selected: Selection | None) -> None:
    """Draw the tokens that touch the selected range and put it into the link, or say how to select one."""
    if selected is None:
        st.query_params.pop(AT, None)
    else:
        last = f"-{selected.end}" if selected.end > selected.start + 1 else ""
        st.query_params[AT] = f"{selected.start + 1}{last}"
    if selected is None:
        if view.readings:
            st.caption("Click a token, or drag over letters, to read how each tokenizer writes them.")
        return
    start, end = selected
    letters = in_alphabet(view.chosen.sequence[start:end], rna=view.rna)
    shortened = letters if len(letters) <= 40 else f"{letters[:37]}..."
    where = f"position {start + 1:,}" if end - start == 1 else f"positions {start + 1:,} to {end:,} ({end - start} nt)"
    touching = [hit[2] for item in view.hits for hit in item.track.hits if hit[0] < end and start < hit[1]]
    motifs = f" · RBP motifs {', '.join(markup(name) for name in dict.fromkeys(touching[:8]))}" if touching else ""
    rows = "".join(
        f"<b>{markup(label)}</b><div>{_tokens(reading, view, start, end)}</div>"
        for label, reading in zip(view.labels, view.readings, strict=True)
    )
    st.html(f"{_STYLE}<p><b>{markup(shortened)}</b> {where}{motifs}</p><div class='ml-read'>{rows}</div>")


def _tokens(reading: Reading, view: View, start: int, end: int) -> str:
    touching = [
        (token, bool(odd))
        for token, odd in zip(reading.tokens, reading.unknown, strict=True)
        if token.start < end and start < token.end
    ]
    if not touching:
        return "<i>no token: these letters are left out</i>"
    chips = []
    for token, odd in touching[:MOST]:
        colour = of_token(to_dna(token.text))
        where = f"{token.start + 1} to {token.end}" + (", unknown to the vocabulary" if odd else "")
        text = markup(in_alphabet(token.shown, rna=view.rna))
        classes = " class='ml-odd'" if odd else ""
        chips.append(f"<span{classes} style='border-color:{colour}' title='{where}'>{text}{' ?' if odd else ''}</span>")
    more = f"<i>and {len(touching) - MOST:,} more</i>" if len(touching) > MOST else ""
    return "".join(chips) + more


def page() -> None:
    """Draw the page."""
    own = _dataset()
    run = compare_sequence.find_finished_run(own)
    if own is not None:
        _head(own, run)
    chosen = compare_sequence.choose_sequence(own, run)
    above = st.container()
    with st.container(horizontal=True, vertical_alignment="bottom", gap="small"):
        dataset = choice.with_rbp(own)
        with above:
            entries = compare_tokenizers.choose_tokenizers(dataset)
        if chosen is None:
            return
        chosen = replace(chosen, dataset=dataset)
        known = compare_tracks.find_attribution(chosen)
        with st.popover("Tracks", icon=":material/layers:", key="compare-tracks"):
            rna = st.toggle("Show U instead of T", key="rna", bind="query-params", help="RNA or DNA letters; U is T")
            folded = structure.choose(chosen.sequence)
            hits = compare_tracks.hits(chosen, rna=rna)
        _explanation(chosen, known)
    found = [(entry, _reading(_corpus_of(entry, own, dataset), entry, chosen.sequence)) for entry in entries]
    read = [(entry, item) for entry, item in found if item is not None]
    view = View(chosen, tuple(entry.label for entry, _ in read), tuple(item for _, item in read), tuple(hits), rna)
    _title(chosen)
    first = first_sequence(chosen)
    if known is not None and chosen.run is not None:
        trust_badge.button(_judge(chosen.run, known, chosen.target), label=known.method)
    selected = ruler(chosen.sequence, _tracks(view, known, folded), key="compare-ruler", rna=rna, selected=first)
    draw_selection(view, selected)
    for entry in (entry for entry, item in found if item is None):
        _make_ready(_corpus_of(entry, own, dataset), entry)
    if not entries:
        st.info("No tokenizer is chosen. Choose one or more above to see how they cut.", icon=":material/content_cut:")
    if read:
        numbers.draw(view)
        files.downloads(view)


def _dataset() -> Dataset | None:
    if state.dataset_id() or datasets.all():
        return state.pick_dataset()
    with st.container(horizontal=True, vertical_alignment="center", gap="small"):
        st.markdown("There is no dataset yet; some tokenizers learn from one.", width="content")
        state.link(state.UPLOAD, "Bring data", icon=":material/arrow_forward:")
    return None


def _head(dataset: Dataset, run: Run | None) -> None:
    with st.container(horizontal=True, vertical_alignment="center", gap="small"):
        learned = f"tokenizers learn from the n = {len(dataset.rows('train')):,} training sequences"
        explained = f" · run **{plain(run.name)}**" if run is not None else ""
        st.markdown(f"**{plain(dataset.name)}** · {learned}{explained}", width="content")
        if dataset.simulated:
            cards.draw_simulated_badge()


def _title(chosen: Chosen) -> None:
    part = f"{PART_NAMES[chosen.part]} part" if chosen.part else "pasted"
    learned = " :orange-badge[:material/school: tokenizers learned from it]" if chosen.part == "train" else ""
    st.markdown(f"**{plain(chosen.name)}** · {len(chosen.sequence):,} nt · {part}{learned}")


def _explanation(chosen: Chosen, known: Attribution | None) -> None:
    """Offer the attribution of the run where it is not there yet, and the page that says more where it is."""
    if chosen.run is None:
        return
    if known is not None and chosen.row is not None:
        state.link(state.ATTRIBUTION, "Open its attribution", icon=":material/biotech:")
    elif known is None and st.button(
        "Explain this sequence",
        icon=":material/biotech:",
        key="compare-explain",
        help=f"Which nucleotides {plain(chosen.run.name)} used, as letters above the tokens",
    ):
        try:
            with st.spinner("Asking the model which nucleotides it used"):
                compare_tracks.explain(chosen)
        except UserError as error:
            errors.show(error)
        else:
            st.rerun()


def _reading(dataset: Dataset | None, entry: Entry, sequence: str) -> Reading | None:
    try:
        return compare_read.reading(dataset, entry.tokenizer, sequence)
    except UserError:
        return None  # said where the tokenizer is made ready


def _judge(run: Run, known: Attribution, target: int) -> Trust:
    """Make the checks that cost nothing, without opening the model."""
    return judge(known, trust_badge.skill(run, target), repeatable="members" in run.payload)


def _tracks(view: View, known: Attribution | None, folded: ArcsTrack | None) -> list[Track]:
    tracks: list[Track] = []
    if known is not None and view.chosen.run is not None and view.chosen.dataset is not None:
        unit = view.chosen.dataset.target_units[view.chosen.target]
        label = f"Attribution by {view.chosen.run.name}, {known.method}"
        tracks.append(LettersTrack(label, known.scores, unit=unit, errors=known.standard_errors))
    truth = truth_track(view.chosen, rna=view.rna)
    if truth is not None:
        tracks.append(truth)
    tracks += [] if folded is None else [folded]
    tracks += [item.track for item in view.hits]
    for label, reading in zip(view.labels, view.readings, strict=True):
        spans = [(token.start, token.end, token.shown) for token in reading.tokens]
        count = reading.summary.tokens
        note = reading.why_none if count == 0 else f"{count:,} token{'' if count == 1 else 's'}"
        tracks.append(TokensTrack(label, spans, unknown=reading.unknown.tolist(), note=note))
    return tracks


def _make_ready(dataset: Dataset | None, entry: Entry) -> None:
    """Fit what is not fitted yet in a place of its own; what cannot be fitted says why and hides nothing else."""
    with st.container(gap="small"):
        st.markdown(f"**{plain(entry.label)}**")
        try:
            fitted = ready(dataset, entry.tokenizer)
        except UserError as error:
            errors.show(error)
            return
    if fitted is not None and tokenizers.has(dataset, entry.tokenizer):
        st.rerun()


def _corpus_of(entry: Entry, own: Dataset | None, dataset: Dataset | None) -> Dataset | None:
    """Give what a tokenizer learns from: where it reads no RBP table, another table makes no other tokenizer of it."""
    needs = getattr(entry.tokenizer, "needs", ())
    return own if "sequences" in needs and "rbp" not in needs else dataset
