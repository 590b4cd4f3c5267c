"""What is chosen: ids of the dataset, the run and the sequence, in the URL so that a link reproduces the view.

The session keeps the same ids, and nothing but ids, so that they outlive a change of page that drops the URL's query.
"""

from collections.abc import Mapping
from pathlib import Path
from typing import NoReturn

import streamlit as st

from lib.core.errors import UserError
from lib.datasets.dataset import Dataset
from lib.ui import errors
from lib.ui.widgets import cached

ROOT = Path(__file__).resolve().parents[3]
ASSETS = ROOT / "assets"

NAMES = ("dataset", "run", "sequence")
UPLOAD, DATASETS = "pages/data/upload.py", "pages/data/datasets.py"
COMPARE, VOCABULARY = "pages/tokens/compare.py", "pages/tokens/vocabulary.py"
TRAIN, RUNS, RESULTS = "pages/models/train.py", "pages/models/runs.py", "pages/models/results.py"
GROUPS, COMPARE_RUNS = "pages/models/groups.py", "pages/models/compare_runs.py"
PRETRAIN = "pages/models/pretrain.py"
PREDICT, ATTRIBUTION = "pages/explain/predict.py", "pages/explain/attribution.py"
MOTIFS, EXPERIMENTS = "pages/explain/motifs.py", "pages/explain/experiments.py"
VARIANTS = "pages/explain/variants.py"

_KEY = "chosen-{}"


def keep() -> None:
    """Make URL and session agree: the URL wins, and a page without a query gets the session's ids back."""
    for name in NAMES:
        given = st.query_params.get(name)
        kept = st.session_state.get(_KEY.format(name))
        if given:
            st.session_state[_KEY.format(name)] = given
        elif kept:
            st.query_params[name] = kept


def choose(**ids: str | None) -> None:
    """Choose a ``dataset``, a ``run`` or a ``sequence``; None lets go of it. Works in callbacks too.

    Another dataset lets go of the run and the sequence unless they are given as well.
    """
    if "dataset" in ids and ids["dataset"] != dataset_id():
        ids = {"run": None, "sequence": None, **ids}
    for name, value in ids.items():
        if name not in NAMES:
            raise KeyError(name)
        if value:
            st.session_state[_KEY.format(name)] = value
            if st.query_params.get(name) != value:
                st.query_params[name] = value
        else:
            st.session_state.pop(_KEY.format(name), None)
            st.query_params.pop(name, None)


def put(key: str, value: object, *, like: object = None) -> None:
    """Give a widget its value, where it has another one.

    A value that is written goes to the browser, over anything that was typed or dragged there since; so none is written
    that stands there already. A slider with other bounds is another widget, and a list whose options read otherwise has
    lost what was chosen: ``like``, the bounds or what is read, tells when a value must be given once more.
    """
    kept = f"{key}-like"
    if key not in st.session_state or st.session_state[key] != value or st.session_state.get(kept) != like:
        st.session_state[key] = value
    if like is not None:
        st.session_state[kept] = like


def dataset_id() -> str | None:
    """Give the id of the chosen dataset."""
    return _choose("dataset")


def run_id() -> str | None:
    """Give the id of the chosen run."""
    return _choose("run")


def sequence_id() -> str | None:
    """Give the id of the chosen sequence."""
    return _choose("sequence")


def _choose(name: str) -> str | None:
    found = st.query_params.get(name) or st.session_state.get(_KEY.format(name))
    return str(found) if found else None


def query(**changes: str | None) -> dict[str, str]:
    """Give the query of a link to another page: what is chosen, with changes (None leaves one out)."""
    current: Mapping[str, str | None] = {name: _choose(name) for name in NAMES} | changes
    return {name: value for name, value in current.items() if value}


def go(page: str, **changes: str | None) -> NoReturn:
    """Leave for another page (``state.RUNS`` and the like), choosing ids on the way."""
    choose(**{name: value for name, value in changes.items() if name in NAMES})
    st.switch_page(page, query_params=query(**changes))


def link(page: str, label: str, *, icon: str | None = None, **changes: str | None) -> None:
    """Draw a link to another page that carries what is chosen, with changes."""
    st.page_link(page, label=label, icon=icon, query_params=query(**changes))


def owner() -> str:
    """Give the name of the person at the screen where a login knows it, else an empty text."""
    user = st.user.to_dict()
    return str(user.get("email") or user.get("name") or "")


def pick_dataset() -> Dataset | None:
    """Give the chosen dataset, or the only one; where there are several or none, draw what to do next and give None."""
    chosen = dataset_id()
    if chosen:
        try:
            return cached.dataset(chosen)
        except UserError as error:
            errors.show(error)
            choose(dataset=None)
    from lib.store import datasets

    known = datasets.all()
    if not known:
        empty("There is no dataset yet. Bring your own files, or try the simulated demo.", UPLOAD, "Bring data")
        return None
    names = {row.id: row.name for row in known}
    picked = known[0].id if len(known) == 1 and not chosen else None
    picked = picked or st.selectbox(
        "Dataset", list(names), index=None, format_func=names.__getitem__, placeholder="Choose a dataset", width=420
    )
    if picked:
        choose(dataset=picked)
        st.rerun()
    return None


def empty(sentence: str, page: str, label: str, *, icon: str = ":material/arrow_forward:") -> None:
    """Draw an empty state: what is missing, and the link to where it is made."""
    with st.container(border=True, horizontal_alignment="center", gap="small"):
        st.space("small")
        st.markdown(sentence, text_alignment="center")
        link(page, label, icon=icon)
        st.space("small")
