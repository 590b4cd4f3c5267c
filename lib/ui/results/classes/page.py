"""The results of a classifier, one section below the other."""

import streamlit as st

from lib.datasets.dataset import Dataset
from lib.store import groups
from lib.store.runs import Run
from lib.tasks.class_card import say_duplicates, sentence
from lib.tasks.scores import PART_NAMES, signed
from lib.ui.results import diagnostics, ensemble, model_views, slices, split_selector
from lib.ui.results.classes import curves, extremes, files, judge
from lib.ui.results.classes.data import ClassView, class_scores
from lib.ui.widgets import leakage
from lib.ui.widgets.text import plain


def draw(run: Run, dataset: Dataset) -> None:
    """Draw the results of a run of the task ``classification``."""
    said = st.container()
    hidden = bool(groups.runs_without_test([run]))
    with st.container(horizontal=True, gap="medium", vertical_alignment="bottom"):
        number = _class(dataset)
        part = split_selector.part(hidden=hidden)
        view = ClassView(run, dataset, number, part)
        if view.duplicated.any() and _apart():
            view = ClassView(run, dataset, number, part, apart=True)
        diagnostics.downloads(view, files.offers(view))
    if hidden:
        split_selector.kept_back(run)
    n, names = len(view.places), [plain(name) for name in dataset.classes]
    if not n:
        st.info(f"The {PART_NAMES[part]} part holds no sequences that can be judged. Choose another part.")
        return
    scores = class_scores(view)
    with said:
        words = sentence(scores[0], scores[1:], n=n, part=part, classes=names)
        about = "MCC is 1 for a perfect classifier and 0 for guessing."
        about += f" Positive class: {names[1]}." if view.binary else ""
        st.markdown(f"### {plain(scores[0].label)} {words}", help=f"{about} Numbers in brackets: 95% interval.")
        leakage.headline([dataset], part)
        _duplicated(view)
        ensemble.draw(view)
    judge.draw(view)
    model_views.draw(view)
    curves.draw(view)
    slices.draw(view)
    st.subheader("Where it errs", anchor=False)
    extremes.draw(view)
    diagnostics.made(view)


def _class(dataset: Dataset) -> int:
    """Draw the choice of the class that is looked at, where there are more than two."""
    if len(dataset.classes) == 2:
        return 0
    chosen = st.selectbox(
        "Class against the rest",
        dataset.classes,
        key="class",
        bind="query-params",
        width=240,
        help="Whose probability, curves and calibration are drawn. The score card is that of all classes together.",
    )
    return dataset.classes.index(chosen or dataset.classes[0])


def _apart() -> bool:
    return st.toggle(
        "Without duplicates",
        key="without_copies",
        bind="query-params",
        help="Exclude the sequences that stand in the training part too, and judge by the others.",
    )


def _duplicated(view: ClassView) -> None:
    """Say how many sequences are duplicates of training sequences, and what the run reaches with and without them."""
    found, part = int(view.duplicated.sum()), view.part
    if not found or part == "train":
        return
    both = []
    for apart in (False, True):
        other = ClassView(view.run, view.dataset, view.target, part, apart)
        if not len(other.places):
            continue
        score = class_scores(other)[0]
        value, ends = score.value("mcc"), score.interval("mcc")
        wide = "" if ends is None else f" [{signed(ends[0])}, {signed(ends[1])}]"
        known = "–" if value is None else f"**{signed(value)}**{wide}"
        both.append(f"{'without' if apart else 'with'} them MCC {known}, n = {len(other.places):,}")
    now = " They are excluded below." if view.apart else ""
    st.markdown(
        f":material/content_copy: {say_duplicates(found, len(view.duplicated), part=part)} "
        f"{'; '.join(both)[:1].upper()}{'; '.join(both)[1:]}.{now}"
    )
