"""The Train page: choose a model, see what it will cost, start one run."""

from typing import Any

import streamlit as st

from lib.core.errors import UserError
from lib.datasets.dataset import Dataset
from lib.jobs import sweeps
from lib.jobs.axes import LARGEST_SEED
from lib.jobs.start import require_tokenizer, start
from lib.models import MODELS, uses_tokenizer
from lib.models.base import Model
from lib.store import runs
from lib.store.runs import Run
from lib.ui import errors
from lib.ui.pretrain import overlap
from lib.ui.train import cards as train_cards
from lib.ui.train import comparison, cost, device, sweep
from lib.ui.train import tokens as train_tokens
from lib.ui.widgets import cards, forms, progress, state
from lib.ui.widgets.text import plain

ONE, SWEEP = "One run", "Sweep"
HIGHEST = 9


def page() -> None:
    """Draw the page."""
    dataset = state.pick_dataset()
    if dataset is None:
        return
    _about(dataset)
    if comparison.is_open():
        comparison.panel(dataset)
        return
    _now(dataset)
    template = _template()
    name = train_cards.choose(dataset.task, template.model if template else "")
    if name is None:
        return
    comparison.offer()
    with st.container(border=True):
        model = _settings(name, template)
        tokens = uses_tokenizer(MODELS.get(name))
        chosen = tokens and not hasattr(MODELS.get(name), "own_tokenizer")
        if not chosen:
            cut = train_tokens.of_model(model, dataset)
            if model is not None:
                overlap.of_model(model, dataset)
        else:
            cut = train_tokens.choose(template, dataset, model=model, preset=_preset(name, template))
    if model is None or (tokens and cut.tokenizer is None):
        return
    try:
        require_tokenizer(cut.dataset, model, cut.tokenizer)
    except UserError as error:
        errors.show(error)
        return
    what = st.segmented_control(
        "What to start",
        (ONE, SWEEP),
        default=ONE,
        required=True,
        key="start",
        bind="query-params",
        help="A sweep trains the same model with many settings and finds the best by the validation part.",
    )
    with_cut = f" ({cut.tokenizer.label})" if chosen and cut.tokenizer is not None else ""
    label = f"{MODELS.get(name).label}{with_cut} on {dataset.name}"
    title, seed, priority = _facts(label, template, one=what != SWEEP)
    wish = device.choose(template, baseline=MODELS.get(name).baseline)
    payload = {**cut.payload, "device": wish.to_json()}
    cost.preflight(cut.dataset, model, cut.tokenizer, wish)
    if what == SWEEP:
        sweep.draw(sweeps.Base(cut.dataset, model, cut.tokenizer, seed, payload), title)
        return
    if st.button("Start training", type="primary", icon=":material/play_arrow:", key="start-training"):
        run_id = start(
            dataset.id,
            model,
            tokenizer=cut.tokenizer,
            seed=seed,
            payload=payload,
            name=title or label,
            owner=state.owner(),
            priority=priority,
        )
        st.query_params.pop("clone", None)
        state.choose(dataset=dataset.id, run=run_id, sequence=None)
        st.toast("Training has started. You may close this page; it goes on.", icon=":material/play_circle:")
        st.rerun()


def _about(dataset: Dataset) -> None:
    counts = ", ".join(f"{len(dataset.rows(part)):,} {part}" for part in ("train", "validation", "test"))
    targets = dataset.target_names
    target = plain(targets[0]) if len(targets) == 1 else f"{len(targets)} targets"
    with st.container(horizontal=True, vertical_alignment="center", gap="small"):
        st.markdown(f"**{plain(dataset.name)}** · {target} · n = {len(dataset):,} ({counts})", width="content")
        if dataset.simulated:
            cards.simulated_badge()


def _now(dataset: Dataset) -> None:
    """Draw the live card of the chosen run while it is active or has just ended; how it ended where that was before."""
    run = runs.find(state.run_id() or "")
    if run is None or run.dataset != dataset.id or run.kind != "train":
        return
    watched = st.session_state.get("train-watched")
    if not run.over:
        st.session_state["train-watched"] = run.id
    elif watched != run.id:
        with st.container(border=True, horizontal=True, vertical_alignment="center", horizontal_alignment="distribute"):
            progress.heading(run)
            progress.steer(run)
        if run.state == runs.FAILED:
            st.caption(f":material/error: {plain(run.message)}")
        return
    st.subheader("This run" if run.over else "Training now", anchor=False)
    progress.run_progress(run.id)
    st.subheader("Train another", anchor=False)


def _template() -> Run | None:
    """Give the run whose settings are to be cloned, None where there is none."""
    asked = st.query_params.get("clone")
    if not asked:
        return None
    found = runs.find(asked)
    if found is None or found.model not in MODELS.all():
        st.warning("The run whose settings were to be cloned is not there any more; these are the defaults.")
        return None
    st.info(
        f"Settings cloned from {plain(found.name)}. Change what you like, then start.", icon=":material/content_copy:"
    )
    return found


def _settings(name: str, template: Run | None) -> Model | None:
    cls: Any = MODELS.get(name)
    st.markdown(f"**Settings of {cls.label}**")
    cloned = template is not None and template.model == name
    values = template.spec.model.settings if template is not None and cloned else None
    try:
        model: Model = forms.configure(cls, _form(name, template), values)
    except UserError as error:
        errors.show(error)
        return None
    return model


def _preset(name: str, template: Run | None) -> str:
    """Give the preset that is chosen in the form of a model, empty where none is."""
    return str(st.session_state.get(f"{_form(name, template)}-{name}-preset", ""))


def _form(name: str, template: Run | None) -> str:
    """Name the form of a model: one of its own for the settings of each run that is cloned."""
    return f"train-{template.id if template is not None and template.model == name else 'new'}"


def _facts(label: str, template: Run | None, *, one: bool) -> tuple[str, int, int]:
    """Draw name, seed and, for one run, priority: runs of a sweep always let others go first."""
    left, middle, right = st.columns([3, 1, 1], vertical_alignment="bottom")
    key = template.id if template else "new"
    with left:
        title = st.text_input(
            "Name of the run" if one else "Name of the sweep",
            placeholder=label if one else "The settings that are varied",
            key=f"train-name-{key}",
            max_chars=120,
            help="How you will find it again; may stay empty.",
        )
    with middle:
        seed = st.number_input(
            "Seed",
            min_value=0,
            max_value=LARGEST_SEED,
            value=template.spec.seed if template else 0,
            step=1,
            key=f"train-seed-{key}",
            help="Makes everything random repeatable. Train with seeds 0, 1 and 2 to see how much chance matters.",
        )
    priority = 0
    if one:
        with right:
            priority = st.number_input(
                "Priority",
                min_value=-HIGHEST,
                max_value=HIGHEST,
                value=0,
                step=1,
                key=f"train-priority-{key}",
                help="Of the queued runs those of a higher priority start first.",
            )
    return title.strip(), int(seed), int(priority)
