"""The Pretrain page: the newest pretraining or the one that the link names, and the form for another."""

import streamlit as st

from lib.core.errors import UserError
from lib.datasets.dataset import Dataset
from lib.io.files import Source
from lib.jobs import pretrain as job
from lib.jobs.pretrain import Corpus
from lib.models.utr_pretraining import LEAST, UtrPretraining
from lib.motifs.folding import cores, estimate_seconds
from lib.store import datasets, pretrainings, runs
from lib.store.runs import Run
from lib.ui import errors
from lib.ui.predict import input
from lib.ui.pretrain import answer
from lib.ui.widgets import cached, cards, decisions, forms, progress, state, url_widgets
from lib.ui.widgets.progress_text import LOOKS, ago, duration
from lib.ui.widgets.text import plain

PARAM = "pretraining"
TRAIN_PART, FILE = "train", "file"


def draw() -> None:
    """Draw the form and the button that starts."""
    with st.container(border=True):
        st.markdown("**Pretrain on**")
        corpus = _corpus()
        try:
            settings = forms.configure(UtrPretraining, "pretrain")
            settings.sizes()
        except UserError as error:
            errors.show(error)
            return
        name = st.text_input(
            "Name of the pretraining",
            key="pretrain-name",
            max_chars=120,
            help="How you will find it again; may stay empty.",
        )
        if corpus is not None:
            _cost(settings, corpus)
        pressed = st.button(
            "Start pretraining",
            type="primary",
            icon=":material/play_arrow:",
            key="start-pretraining",
            disabled=corpus is None,
        )
    if pressed and corpus is not None:
        try:
            labels = {"name": name.strip(), "owner": state.owner()}
            st.query_params[PARAM] = job.start_pretraining(settings, corpus, labels=labels)  # type: ignore[arg-type]
        except UserError as error:
            errors.show(error)
        else:
            st.toast("Pretraining has started. You may close this page; it goes on.", icon=":material/play_circle:")
            st.rerun()


def _corpus() -> Corpus | None:
    """Draw the choice of what is read; None where there is nothing yet."""
    dataset = _dataset()
    names = {TRAIN_PART: "Training part of the dataset", FILE: "A file of sequences"}
    if dataset is None:
        names.pop(TRAIN_PART)
    chosen = url_widgets.segments("Sequences", "read", names)
    if chosen == TRAIN_PART and dataset is not None:
        count = len(dataset.rows("train"))
        if dataset.simulated:
            cards.draw_simulated_badge()
        st.caption(
            f"The n = {count:,} training sequences of {plain(dataset.name)}. No measurement is read, and nothing of "
            "the validation and test parts, so a test after fine-tuning stays a test."
        )
        return Corpus(dataset=dataset.id)
    if dataset is None:
        with st.container(horizontal=True, vertical_alignment="center", gap="small"):
            st.caption("To read the training part of a dataset, choose one first.", width="content")
            state.link(
                state.DATASETS if datasets.all() else state.UPLOAD, "Choose a dataset", icon=":material/dataset:"
            )
    return _file()


def _dataset() -> Dataset | None:
    chosen = state.dataset_id()
    if not chosen:
        return None
    try:
        return cached.dataset(chosen)
    except UserError as error:
        errors.show(error)
        return None


def _file() -> Corpus | None:
    brought = st.file_uploader(
        "FASTA, or a table with a column of sequences",
        key="pretrain-file",
        help="Such as all 5'UTRs of a genome; no measurements are needed. U is read as T.",
    )
    if brought is None:
        st.caption(f"Bring a file of {LEAST} or more sequences, such as all 5'UTRs of the genome.")
        return None
    try:
        source = Source(brought.name, brought.getvalue())
        key = f"pretrain-{source.sha256()[:16]}"
        found = input.inspect_file(source, decisions.answers(key))
    except UserError as error:
        errors.show(error)
        return None
    decisions.ask(found.decisions, key)
    decisions.decisions_table(found.decisions, key)
    if decisions.is_open(found.decisions):
        return None
    for note in found.notes:
        st.caption(plain(note))
    if found.problems:
        st.warning(f"{len(found.problems):,} entries are left out.", icon=":material/warning:")
        errors.problems_table(found.problems)
    return Corpus(file=brought.name, sequences=found.sequences)


def _cost(settings: UtrPretraining, corpus: Corpus) -> None:
    """Say how many sequences are read, and how long they take to fold."""
    read = settings.cut(corpus.read())
    seconds = estimate_seconds([len(sequence) for sequence in read])
    many = f"{cores()} cores" if cores() > 1 else "1 core"
    st.caption(
        f":material/timer: {len(read):,} distinct sequences; folding those that were never folded here takes "
        f"{'about ' * (seconds >= 1)}{duration(seconds)} on {many}. Training time is shown as soon as it has begun."
    )


def page() -> None:
    """Draw the page."""
    progress.look_after()
    known = {run.id: run for run in runs.all(kind=pretrainings.KIND)}
    run = _choose(known)
    if run is None:
        st.markdown(
            "A pretraining needs sequences and no measurements. It hides letters and lets the model guess them, and "
            "lets it say how each sequence folds. Training then begins with what was learned."
        )
        draw()
        return
    if run.state == runs.FINISHED:
        with st.container(border=True, horizontal=True, vertical_alignment="center", horizontal_alignment="distribute"):
            progress.heading(run)
            if run.dataset and cached.dataset(run.dataset).simulated:
                cards.draw_simulated_badge()
        answer.draw(run)
    else:
        progress.run_progress(run.id)
        answer.curve(run)
    if st.toggle("New pretraining", key="pretrain-new", help="On other sequences, or with other settings"):
        draw()


def _choose(known: dict[str, Run]) -> Run | None:
    """Draw the choice among the pretrainings; give the one of the link, else the newest that is not over in vain."""
    if not known:
        return None
    asked = str(st.query_params.get(PARAM, ""))
    if asked and asked not in known:
        st.warning("The pretraining of this link is not there any more; this is the newest one.")
    alive = (run for run in known.values() if run.state == runs.FINISHED or not run.over)
    shown = known.get(asked) or next(alive, next(iter(known.values())))
    if len(known) > 1:
        names = {run.id: f"{run.name} · {ago(run.created)} · {LOOKS[run.state].word}" for run in known.values()}
        state.put("pretraining-shown", shown.id, like=tuple(names.values()))

        def changed() -> None:
            st.query_params[PARAM] = st.session_state["pretraining-shown"]

        st.selectbox(
            "Pretraining",
            list(names),
            format_func=names.__getitem__,
            key="pretraining-shown",
            on_change=changed,
            width=480,
        )
    if asked != shown.id:
        st.query_params[PARAM] = shown.id
    return shown
