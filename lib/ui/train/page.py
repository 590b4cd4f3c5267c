"""The Train page: choose a model, see what it will cost, start one run."""

from typing import Any

import streamlit as st

from lib.core.errors import UserError
from lib.datasets.dataset import Dataset
from lib.jobs import groups
from lib.jobs.start import require_tokenizer, start_training
from lib.jobs.sweep_axes import LARGEST_SEED
from lib.models import MODELS, uses_tokenizer
from lib.models.base import Blending, Model, is_offered, is_recommended
from lib.store import runs
from lib.store.runs import Run
from lib.ui import errors
from lib.ui.pretrain import answer
from lib.ui.train import budget, comparison, cost, device, model_cards, sweep
from lib.ui.train import tokens as train_tokens
from lib.ui.widgets import cards, forms, progress, state
from lib.ui.widgets.text import plain

MOST_PER_LINE = 3
_STYLE = """<style>
.st-key-model-card-{name} {{outline: 2px solid #12858D; outline-offset: -1px}}
</style>"""


def list_models(task: str) -> dict[str, Any]:
    """Give the models to choose from for a task: the best first, nucleotides, tokens, then baselines with settings."""
    known = [(name, cls) for name, cls in MODELS.all().items() if task in cls.tasks and is_offered(cls)]
    chosen = (pair for pair in known if not pair[1].baseline)
    first = dict(sorted(chosen, key=lambda pair: (not is_recommended(pair[1]), uses_tokenizer(pair[1]))))
    return first | {name: cls for name, cls in known if cls.baseline and _has_settings(cls)}


def choose(task: str, first: str = "") -> str | None:
    """Draw the cards and give the name of the chosen model; the URL keeps it.

    Parameters
    ----------
    task
        The task of the dataset; models that cannot learn it are left out.
    first
        The model that is chosen while the URL names none.
    """
    models = list_models(task)
    if not models:
        st.info(f"No model learns the task {task.replace('_', ' ')} yet. Choose a dataset with another target.")
        return None
    asked = st.query_params.get("model") or first
    chosen = asked if asked in models else next(iter(models))
    names = list(models)
    width = min(MOST_PER_LINE, len(names))
    for at in range(0, len(names), width):
        for place, name in zip(st.columns(width), names[at : at + width], strict=False):
            with place:
                _card(name, models[name], chosen=name == chosen)
    automatic = [cls.label for cls in MODELS.all().values() if cls.baseline and task in cls.tasks]
    if automatic:
        st.caption(
            f":material/info: {', '.join(automatic)} are trained beside every model automatically, so that each result "
            "has something to be compared with."
        )
    return chosen


def _card(name: str, cls: Any, *, chosen: bool) -> None:
    with st.container(border=True, key=f"model-card-{name}", height="stretch", gap="xsmall"):
        if chosen:
            st.html(_STYLE.format(name=name))
        st.markdown(f"**{cls.label}**")
        st.markdown(cls.summary)
        st.caption(f"Typical time: {plain(cls.typical_time)}")
        if chosen:
            st.button("Chosen", key=f"chosen-{name}", icon=":material/check:", disabled=True)
        else:
            st.button(f"Choose {cls.label}", key=f"choose-{name}", on_click=_pick, args=(name,))


def _pick(name: str) -> None:
    st.query_params["model"] = name


def _has_settings(cls: Any) -> bool:
    from lib.core.registry import settings_of

    return bool(settings_of(cls))


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
    name = choose(dataset.task, template.model if template else "")
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
                answer.of_model(model, dataset)
        else:
            cut = train_tokens.choose(template, dataset, model=model, preset=_preset(name, template))
        model_cards.draw(name)
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
    if isinstance(model, Blending):
        budget.draw(cut.dataset, model, wish)
    else:
        cost.preflight(cut.dataset, model, cut.tokenizer, wish)
    if what == SWEEP:
        sweep.draw(groups.Base(cut.dataset, model, cut.tokenizer, seed, payload), title)
        return
    if st.button("Start training", type="primary", icon=":material/play_arrow:", key="start-training"):
        run_id = start_training(
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
            cards.draw_simulated_badge()


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
