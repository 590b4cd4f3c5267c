"""The Predict page: sequences in, a row for each with what the chosen runs predict."""

from functools import partial
from typing import Any

import streamlit as st

from lib.core.errors import UserError
from lib.io.decisions import Reading
from lib.io.files import Source
from lib.jobs.predict import start_prediction
from lib.store import groups, runs
from lib.store.runs import Run
from lib.ui import errors
from lib.ui.predict import classes, profiles, table
from lib.ui.predict.input import Asked, inspect_file, read_pasted
from lib.ui.results.ensemble import SPREAD
from lib.ui.widgets import attribution_comparison, cached, cards, decisions, downloads, progress, run_score, state
from lib.ui.widgets.progress_text import LOOKS, ago
from lib.ui.widgets.text import plain

SHOWN = 5


def past() -> None:
    """Draw the newest predictions that a worker made or makes; nothing where there are none."""
    known = runs.all(kind="predict")[:SHOWN]
    if not known:
        return
    st.subheader("Predictions in the background", anchor=False)
    for run in known:
        if run.state != runs.FINISHED:
            progress.run_progress(run.id)
            continue
        with st.container(border=True, horizontal=True, vertical_alignment="center", gap="medium"):
            st.markdown(f"**{plain(run.name)}** {LOOKS[run.state].badge}", width="content")
            st.caption(f"n = {run.results.get('n', 0):,} · {ago(run.ended or run.created)}", width="content")
            downloads.csv_button(
                partial(runs.predictions, run.id),
                name=run.name,
                key=f"predicted-{run.id}",
                label="Download predictions (CSV)",
            )


INLINE = 2000
"""Sequences that are predicted at once on the page; more go to a worker."""
LONGEST_LINK = 1000
"""Nucleotides of a pasted sequence that still fit into a link."""
TEXT, CHOSEN = "predict-text", "predict-runs"
EXAMPLES = 3


def page() -> None:
    """Draw the page."""
    done = [run for run in runs.all(kind="train") if run.state == runs.FINISHED]
    if not done:
        state.empty("Predictions need a trained model, and no run has finished yet.", state.TRAIN, "Train a model")
        return
    above = st.container()
    chosen = _runs(done)
    with above:
        asked = _input(chosen[0] if chosen else done[0])
    st.button("Predict", type="primary", icon=":material/play_arrow:", key="predict-now")
    if asked is not None:
        _understood(asked)
        if not chosen:
            st.info("Choose at least one run to ask.")
        elif len(asked) > INLINE:
            _many(asked, chosen)
        elif len(asked):
            _few(asked, chosen)
    past()


def _runs(done: list[Run]) -> list[Run]:
    known, hidden = {run.id: run for run in done}, groups.runs_without_test(done)
    if CHOSEN not in st.session_state:
        first = state.run_id()
        st.session_state[CHOSEN] = [first if first in known else done[0].id]
    names = attribution_comparison.run_names(done)
    labels = {name: _label(names[name], run, hidden=name in hidden) for name, run in known.items()}
    state.put(CHOSEN, [name for name in st.session_state[CHOSEN] if name in known], like=tuple(labels.values()))
    picked = st.multiselect(
        "Runs to ask",
        list(known),
        format_func=labels.__getitem__,
        key=CHOSEN,
        placeholder="Choose finished runs",
        help="Every chosen run gets columns of its own, so that you can compare them.",
    )
    return [known[name] for name in picked]


def _label(name: str, run: Run, *, hidden: bool) -> str:
    score = run_score.say_test(run, hidden=hidden)
    return f"{name} ({score})" if score else name


def _input(run: Run) -> Asked | None:
    left, right = st.columns([2, 1], gap="medium")
    with right:
        uploaded = st.file_uploader(
            "or drop a file",
            key="predict-file",
            help="FASTA, FASTQ, GenBank, an alignment, or a table with an ID and a sequence; gz and zip too.",
        )
        st.button(
            "Use an example",
            icon=":material/lightbulb:",
            type="tertiary",
            on_click=_example,
            args=(run,),
            help=f"{EXAMPLES} test sequences of the dataset of {plain(run.name)}",
        )
    with left:
        text = st.text_area(
            "Sequences",
            key=TEXT,
            height=190,
            placeholder=">my 3'UTR\nUGUAAAUAUUAUUUAGCACUUUAUCC...\n\nor one bare sequence per line; DNA or RNA",
            help="FASTA, or one sequence per line. Upper or lower case, T or U.",
        )
    try:
        if uploaded is not None:
            return _from_file(Source(uploaded.name, uploaded.getvalue()))
        return _from_file(read_pasted(text)) if text.strip() else None
    except UserError as error:
        errors.show(error)
        return None


def _from_file(source: Source) -> Asked | None:
    """Read a file, ask what must be decided and tell what was found; None while something is open."""
    key = f"predict-{source.sha256()[:16]}"
    asked = _read(source.name, source.content(), decisions.answers(key))
    decisions.ask(asked.decisions, key)
    decisions.decisions_table(asked.decisions, key)
    return None if decisions.is_open(asked.decisions) else asked


@st.cache_data(max_entries=4, show_spinner="Reading the file")
def _read(name: str, data: bytes, reading: Reading) -> Asked:
    return inspect_file(Source(name, data), reading)


def _example(run: Run) -> None:
    with errors.guard():
        dataset = cached.dataset(run.dataset)
        rows = dataset.rows("test")[:EXAMPLES]
        st.session_state[TEXT] = "".join(f">{dataset.ids[row]}\n{dataset.sequences[row]}\n" for row in rows)


def _understood(asked: Asked) -> None:
    letters = sum(map(len, asked.sequences))
    found = f"{len(asked):,} sequence{'' if len(asked) == 1 else 's'}, {letters:,} nt."
    st.caption(" ".join([found, *(plain(note) for note in asked.notes)]))
    if asked.problems:
        count = len(asked.problems)
        st.warning(f"{count:,} of the sequences cannot be read and {'is' if count == 1 else 'are'} left out.")
        errors.problems_table(asked.problems, key="predict-problems")


def _many(asked: Asked, chosen: list[Run]) -> None:
    st.info(
        f"{len(asked):,} sequences are predicted in the background; up to {INLINE:,} appear here at once.",
        icon=":material/schedule_send:",
    )
    if st.button(f"Predict {len(asked):,} sequences in the background", key="predict-many"):
        start_prediction([run.id for run in chosen], asked.ids, asked.sequences, owner=state.owner())
        st.toast("The prediction has been queued.", icon=":material/schedule_send:")
        st.rerun()


@st.fragment
def _few(asked: Asked, chosen: list[Run]) -> None:
    with errors.guard():
        found = table.answers(asked, chosen)
        frame = table.table(asked, found)
        with st.container(horizontal=True, vertical_alignment="center", gap="small"):
            st.markdown(f"**Predictions** for n = {len(asked):,}", width="content")
            if any(answer.dataset.simulated for answer in found):
                cards.draw_simulated_badge()
        event: Any = st.dataframe(
            frame,
            key="predictions",
            hide_index=True,
            on_select="rerun",
            selection_mode="single-row",
            alt=f"Predictions of {len(asked)} sequences by {len(found)} runs, with 90% intervals and remarks",
            column_config=_columns(found),
        )
        held = "Low and high hold 90% of the observed values of test sequences like those of the dataset (split "
        held += "conformal interval)."
        kinds = {bool(answer.dataset.classes) for answer in found}
        said = [held] * (False in kinds) + [classes.SETS] * (True in kinds)
        st.caption(
            f"{' '.join(said)} Sequences unlike them may be predicted worse. Select a row to see which nucleotides "
            "count." + (f" ± SD of members: {SPREAD[0].lower()}{SPREAD[1:]}" if _any_ensemble(found) else "")
        )
        rows = event.selection.rows
        if rows and rows[0] < len(asked):
            _explain(asked.ids[rows[0]], asked.sequences[rows[0]], chosen)
        one = rows[0] if rows else 0
        if (rows or len(asked) == 1) and one < len(asked):
            profiles.draw(asked.ids[one], asked.sequences[one], chosen)
        downloads.csv_button(
            lambda: frame, name="predictions", key="predictions-csv", label="Download predictions (CSV)"
        )


def _any_ensemble(found: list[table.Answer]) -> bool:
    return any(answer.deviation is not None for answer in found)


def _columns(found: list[table.Answer]) -> dict[str, Any]:
    made: dict[str, Any] = {
        "id": st.column_config.TextColumn(pinned=True),
        "length (nt)": st.column_config.NumberColumn(format="%d", width="small"),
        "remarks": st.column_config.TextColumn(help="What makes a prediction doubtful, or that the model knows it"),
    }
    for answer in found:
        n = answer.run.results.get("n")
        if answer.dataset.classes:
            made |= classes.config(list(table.of_classes(answer, found)), answer.dataset, n)
            continue
        for target, unit in zip(answer.dataset.target_names, answer.dataset.target_units, strict=True):
            label = table.column(answer, target, found)
            if answer.dataset.tracks:
                counts = profiles.column(answer.dataset, answer.dataset.target_names.index(target))
                made[label.replace(target, counts)] = st.column_config.NumberColumn(
                    format="%.1f", help="Counts of the whole window"
                )
            help_text = (
                f"{target} in {unit}, {progress.model_label(answer.run.model)}; judged on n = {n} test sequences"
            )
            for name in (label, f"{label}, low", f"{label}, high"):
                made[name] = st.column_config.NumberColumn(format="%.3f", help=plain(help_text))
            if answer.deviation is not None:
                made[f"{label}{table.SPREAD}"] = st.column_config.NumberColumn(format="%.3f", help=SPREAD)
    return made


def _explain(name: str, sequence: str, chosen: list[Run]) -> None:
    with st.container(border=True, horizontal=True, vertical_alignment="center", gap="large"):
        st.markdown(f"**{plain(name)}** · {len(sequence):,} nt", width="content")
        for run in chosen:
            label = "Explain this sequence" if len(chosen) == 1 else f"Explain by {plain(run.name)}"
            query = state.query(run=run.id, dataset=run.dataset, sequence=None)
            if len(sequence) <= LONGEST_LINK:
                link = {**query, "seq": sequence, "name": name}
                st.page_link(state.ATTRIBUTION, label=label, icon=":material/biotech:", query_params=link)
            elif st.button(label, icon=":material/biotech:", key=f"explain-{run.id}"):
                st.session_state["attribution-pasted"] = (name, sequence)
                state.choose(dataset=run.dataset, run=run.id, sequence=None)
                st.switch_page(state.ATTRIBUTION, query_params={**query, "name": name})
