"""The controls of the Attribution page: which sequence, which target, which method."""

from typing import Any

import streamlit as st

from lib.attribution import METHODS, list_methods
from lib.attribution.base import Method, explain_refusal
from lib.attribution.profile_heads import COUNTS, PROFILE, list_heads
from lib.core.errors import UserError
from lib.datasets.dataset import Dataset
from lib.store.fitted import load_fitted
from lib.store.runs import Run
from lib.ui import errors
from lib.ui.attribution.data import Subject, pick, to_stored
from lib.ui.predict.input import read_text
from lib.ui.widgets import class_labels, forms, sequence_choice, state, url_widgets
from lib.ui.widgets.text import plain

LONGEST_LINK = 1000
HEAD_NAMES = {COUNTS: "Counts", PROFILE: "Profile"}
HEAD_HELP = (
    "Counts: which nucleotides make the window have many or few reads. Profile: which ones draw the reads to the "
    "positions where the model expects them."
)


def choose_subject(run: Run, dataset: Dataset, *, heads: bool = True) -> Subject | None:
    """Draw the choice of sequence, target and, with ``heads``, head of a model of profiles; give what is chosen."""
    target = class_labels.pick_target(dataset, width=180)
    head = choose_head(run) if heads and dataset.tracks else COUNTS
    pasted = _read_pasted()
    if pasted is None and not state.sequence_id():
        state.choose(sequence=pick(dataset, run, target, "highest"))
    sequence_choice.by_id(dataset, _choose, key=f"attribution-id-{run.id}")
    sequence_choice.telling(dataset, run, target, _choose, key="attribution-suggest")
    _paste()
    if pasted is not None:
        name, sequence = pasted
        if not sequence:
            st.error("The link holds no sequence. Paste one, or choose a sequence of the dataset.")
            return None
        return Subject(run, dataset, name, sequence, None, target, head)
    name = state.sequence_id() or ""
    row = dataset.position(name)
    if row is None:
        st.error(f"There is no sequence {plain(name)} in {plain(dataset.name)}. Choose another one above, or paste it.")
        return None
    return Subject(run, dataset, name, str(dataset.sequences[row]), row, target, head)


def _read_pasted() -> tuple[str, str] | None:
    """Give name and sequence of a pasted sequence: from the link, or from this session where it is too long for it."""
    text = st.query_params.get("seq")
    if text:
        state.choose(sequence=None)
        return st.query_params.get("name") or "pasted sequence", to_stored(text)
    kept = st.session_state.get("attribution-pasted")
    return kept if kept and st.query_params.get("name") == kept[0] else None


def _let_go() -> None:
    for name in ("seq", "name"):
        st.query_params.pop(name, None)
    st.session_state.pop("attribution-pasted", None)


def _choose(name: str) -> None:
    _let_go()
    state.choose(sequence=name)


def _paste() -> None:
    with st.popover("Paste", icon=":material/content_paste:", key="attribution-paste"):
        text = st.text_area("Sequence", key="attribution-text", height=140, placeholder="DNA or RNA, bare or as FASTA")
        if st.button("Explain this sequence", key="attribution-paste-now") and text.strip():
            try:
                found = read_text(text)
            except UserError as error:
                errors.show(error)
                return
            if found.problems or not len(found):
                errors.problems_table(found.problems)
                return
            name, sequence = found.ids[0], found.sequences[0]
            _let_go()
            state.choose(sequence=None)
            st.query_params["name"] = name
            if len(sequence) <= LONGEST_LINK:
                st.query_params["seq"] = sequence
            else:
                st.session_state["attribution-pasted"] = (name, sequence)
            st.rerun()


def choose_head(run: Run) -> str:
    """Draw the choice of the head that is explained, where a model has several, and give it."""
    with st.spinner("Opening the model"):
        known = list_heads(load_fitted(run.id))
    if len(known) == 1:
        return known[0]
    return url_widgets.segments("Explain", "head", {head: HEAD_NAMES[head] for head in known}, help=HEAD_HELP)


def choose_method(run: Run) -> Method | None:
    """Draw the choice of method with its settings; methods that cannot explain the model are left out."""
    every: dict[str, Any] = dict(METHODS.all())
    with st.spinner("Opening the model"):
        model = load_fitted(run.id)
    left_out = {explain_refusal(cls, model) for cls in every.values()} - {""}
    known = {name: cls for name, cls in every.items() if not explain_refusal(cls, model)}
    names, first = list(known), list_methods(model)[0]
    name = st.selectbox(
        "Method",
        names,
        index=names.index(first),
        format_func=lambda item: known[item].label,
        key=f"method-{not left_out}",
        help="  \n".join(f"**{cls.label}**: {cls.summary}" for cls in known.values()),
        width=210,
    )
    cls = known[name or first]
    with st.popover("Settings", icon=":material/tune:", key="method-settings"):
        st.caption(cls.summary)
        for reason in sorted(left_out):
            st.caption(reason)
        try:
            made: Method = forms.configure(cls, "attribution", columns=1)
        except UserError as error:
            errors.show(error)
            return None
    if why := explain_refusal(made, model):
        errors.show(UserError(why))
        return None
    return made
