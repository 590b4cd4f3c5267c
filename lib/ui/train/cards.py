"""The cards to choose a model from: what it is, when to use it, how long it takes."""

from typing import Any

import streamlit as st

from lib.models import MODELS, uses_tokenizer
from lib.models.base import is_offered
from lib.ui.widgets.text import plain

MOST_PER_LINE = 3
_STYLE = """<style>
.st-key-model-card-{name} {{outline: 2px solid #12858D; outline-offset: -1px}}
</style>"""


def offered(task: str) -> dict[str, Any]:
    """Give the models to choose from for a task: those that read nucleotides, tokens, then baselines with settings."""
    known = [(name, cls) for name, cls in MODELS.all().items() if task in cls.tasks and is_offered(cls)]
    first = dict(sorted((pair for pair in known if not pair[1].baseline), key=lambda pair: uses_tokenizer(pair[1])))
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
    models = offered(task)
    if not models:
        st.info(f"No model learns the task {task.replace('_', ' ')} yet. Choose a dataset with another target.")
        return None
    asked = st.query_params.get("model") or first
    chosen = asked if asked in models else next(iter(models))
    names = list(models)
    width = min(MOST_PER_LINE, len(names))
    for start in range(0, len(names), width):
        for place, name in zip(st.columns(width), names[start : start + width], strict=False):
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
