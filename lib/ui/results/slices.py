"""The score card on parts of the sequences: by homology, GC content, length, and hits of motifs."""

from collections.abc import Callable
from typing import Any, NamedTuple

import numpy as np
import pandas as pd
import streamlit as st

from lib.analysis.slices import FEWEST, Slice, by_answer, by_value, replicates_for
from lib.datasets.dataset import Dataset
from lib.datasets.leakage import CLOSE, find_close
from lib.figures import colours
from lib.figures.dots import Row, Series, rows_of_dots
from lib.figures.residuals import gc_percent
from lib.motifs.counting import HitCounts
from lib.store.files import home
from lib.tasks.scores import PART_NAMES, Metric, unit_of, write_signed
from lib.ui import errors
from lib.ui.rbp import choice
from lib.ui.rbp import threshold as rbp_threshold
from lib.ui.rbp.numbers import MOST_LETTERS, MOST_WORK, sample_rows
from lib.ui.widgets import charts, state, url_widgets
from lib.ui.widgets.text import plain
from lib.views.run_view import RunView

ALL = "all"
MOST_LISTED = 5000
"""Motifs that can be chosen by name, those with the highest Mean_RBP."""


class Hits(NamedTuple):
    """Hits of the chosen motifs: number in each sequence (n,), what they are, a key, and rows of the part looked at."""

    hits: np.ndarray
    about: str
    key: str
    rows: np.ndarray


def choose(view: RunView) -> Hits | None:
    """Draw the choice of table, motif and threshold, and give the hits in each sequence; None where there are none."""
    dataset = choice.with_rbp(view.dataset)
    if dataset is None or (dataset.rbp is None and not dataset.pwms):
        state.empty(
            "The dataset has no RBP table. Upload one above: **Upload another table**.",
            state.VOCABULARY,
            "Open Vocabulary",
        )
        return None
    by_words = dataset.rbp is not None
    counted, rows = _count(str(home()), view.dataset.id, view.judged, choice.table_id(dataset), view, dataset)
    names = {ALL: "All motifs at or above the threshold"}
    order = (
        np.argsort(-dataset.rbp["mean_rbp"].to_numpy(dtype=float))
        if dataset.rbp is not None
        else range(len(counted.motifs))
    )
    names |= {counted.motifs[place]: counted.motifs[place] for place in list(order)[:MOST_LISTED]}
    with st.container(horizontal=True, gap="medium", vertical_alignment="bottom"):
        motif = url_widgets.select("Motif", "motif", names)
        threshold = -np.inf
        if motif == ALL or not by_words:
            lengths = [len(text) for text in view.sequences[:1000]]
            threshold = rbp_threshold.choose(dataset, length=int(np.median(lengths or [0])))
    if len(rows) < len(view.rows):
        st.caption(f"Hits are counted in {len(rows):,} of {len(view.rows):,} sequences, drawn at random.")
    if motif == ALL:
        hits, about = counted.per_sequence(threshold), f"all motifs of at least {threshold:.4g}"
    else:
        hits, about = hits_of(counted, counted.motifs.index(motif), threshold), motif
    return Hits(hits, about, f"hits-{choice.table_id(dataset)}-{motif}-{threshold}", rows)


def hits_of(counted: HitCounts, motif: int, threshold: float) -> np.ndarray:
    """Count the hits of one motif in each sequence, (N,), at a threshold of its level."""
    columns = np.flatnonzero((counted.motif == motif) & counted.mark_kept(threshold))
    return np.asarray(counted.counts[:, columns].sum(axis=1), dtype=np.int64).ravel()


@st.cache_resource(max_entries=4, show_spinner="Counting the hits of motifs")
def _count(
    home: str, dataset_id: str, part: str, table: str, _view: RunView, _dataset: Dataset
) -> tuple[HitCounts, np.ndarray]:
    from lib.motifs.counting import count_motifs, count_pwms

    lengths = np.array([len(text) for text in _view.sequences], dtype=np.int64)
    most = MOST_LETTERS if _dataset.rbp is not None else min(MOST_LETTERS, MOST_WORK // len(_dataset.pwms))
    rows = sample_rows(np.arange(len(lengths)), lengths, most=most)
    texts = [_view.sequences[row] for row in rows]
    found = count_motifs(texts, _dataset.rbp) if _dataset.rbp is not None else count_pwms(texts, _dataset.pwms)
    return found, rows


KINDS = {"homology": "Homology", "gc": "GC content", "length": "Length", "hits": "Hits of motifs"}


class Cut(NamedTuple):
    """Slices of the part of a view: rows of the part that were looked at, and what the slices are."""

    slices: list[Slice]
    about: str
    key: str
    rows: "np.ndarray | None" = None


@st.fragment
def draw(view: RunView) -> None:
    """Draw the choice of slices and metric, the picture and the table; a change renews only this."""
    with errors.guard():
        st.subheader("Is it good everywhere?", anchor=False)
        with st.container(horizontal=True, gap="medium", vertical_alignment="bottom"):
            kind = url_widgets.segments("Cut by", "slices", KINDS)
            known = {one.key: one for one in view.judged_by}
            metric = known[url_widgets.select("Judged by", "slices_by", {key: one.label for key, one in known.items()})]
        cut = _CUTS[kind](view)
        if cut is None:
            return
        frame = _score(view, cut, (metric.key,))
        labels = view.models
        if np.isfinite(frame["value"]).any():
            _picture(view, kind, cut, frame, metric)
        shown = table(frame, labels)
        st.dataframe(
            shown,
            hide_index=True,
            key=f"slices-{kind}-{view.part}",
            height="content",
            alt=f"{metric.label} of the run and its baselines in {len(cut.slices)} slices by {KINDS[kind]}",
            column_config={"share": st.column_config.NumberColumn("Share", format="%.0f%%")},
        )
        few = sorted({str(name) for name in frame.loc[frame["n"] < FEWEST, "slice"]})
        said = f" Slices of fewer than {FEWEST} sequences are counted and not scored: {', '.join(few)}." if few else ""
        falls = " R² also falls where observed values vary less: look at RMSE too." if metric.key == "r2" else ""
        st.caption(
            f"{cut.about} Intervals: 95%, bootstrap over the sequences of a slice, "
            f"{replicates_for(int(frame['n'].max())):,} resamples.{falls}{said}"
        )


def _homology(view: RunView) -> Cut | None:
    if view.part == "train":
        st.info("Every training sequence is its own neighbour. Choose the test part above.", icon=":material/info:")
        return None
    close = _near(str(home()), view.dataset.id, view.judged, view)
    yes, no = "close neighbour in training", "no close neighbour"
    many = (
        f"{int(close.sum()):,} of {len(close):,} {PART_NAMES[view.part]} sequences have a close neighbour in training."
    )
    return Cut(by_answer(close, yes=yes, no=no), f"{many} {CLOSE}", "homology")


@st.cache_data(max_entries=32, show_spinner="Looking for close neighbours in the training part")
def _near(home: str, dataset_id: str, part: str, _view: RunView) -> np.ndarray:
    return find_close(_view.dataset.sequences, _view.dataset.parts, _view.places, "train")


def _gc(view: RunView) -> Cut | None:
    return _quarters(view, gc_percent(view.sequences), "%", "GC content", "gc")


def _length(view: RunView) -> Cut | None:
    lengths = np.array([len(text) for text in view.sequences], dtype=float)
    return _quarters(view, lengths, " nt", "length", "length")


def _quarters(view: RunView, values: np.ndarray, unit: str, name: str, key: str) -> Cut | None:
    if len(values) and not np.ptp(values) > 0:
        st.info(
            f"All {len(values):,} sequences have the same {name}, {values[0]:,.0f}{unit}, so there is nothing to "
            f"cut by {name}.",
            icon=":material/straighten:",
        )
        return None
    if not enough(len(values)):
        return None
    slices = by_value(values, "{:,.0f}".format, unit=unit)
    return Cut(slices, f"Slices of about equal size by {name}; equal values stay together.", key)


def enough(count: int) -> bool:
    """Say whether so many sequences can be cut; where not, say why and what to do."""
    if count >= 2 * FEWEST:
        return True
    st.info(
        f"The part has n = {count:,} sequences; to be cut it needs at least {2 * FEWEST}, {FEWEST} in each slice. "
        "Choose another part, or bring more data.",
        icon=":material/info:",
    )
    return False


def _hits(view: RunView) -> Cut | None:
    if not enough(len(view.rows)):
        return None
    found = choose(view)
    if found is None:
        return None
    if not found.hits.any():
        st.info(
            f"{plain(found.about)} hits none of the {len(found.hits):,} sequences. Lower the threshold, or choose "
            "another."
        )
        return None
    slices = by_value(found.hits.astype(float), "{:,.0f}".format, unit=" hits")
    slices = [Slice("1 hit", part.rows) if part.label == "1 hits" else part for part in slices]
    if len(slices) == 1:
        st.info(
            f"Nearly all sequences have the same number of hits of {plain(found.about)}, so there is nothing to cut by."
        )
        return None
    return Cut(
        slices, f"Hits of {plain(found.about)} on the given strand; overlapping ones count.", found.key, found.rows
    )


_CUTS: dict[str, Callable[[RunView], Cut | None]] = {"homology": _homology, "gc": _gc, "length": _length, "hits": _hits}


def _score(view: RunView, cut: Cut, metrics: tuple[str, ...]) -> pd.DataFrame:
    return _keep(str(home()), f"{view.key}-{cut.key}", metrics, view, cut)


@st.cache_data(max_entries=128, show_spinner="Scoring the slices")
def _keep(home: str, key: str, metrics: tuple[str, ...], _view: RunView, _cut: Cut) -> pd.DataFrame:
    whole = Slice("all", np.arange(len(_view.rows if _cut.rows is None else _cut.rows)))
    return _view.score_slices([whole, *_cut.slices], metrics, _cut.rows)


def _picture(view: RunView, kind: str, cut: Cut, frame: pd.DataFrame, metric: Metric) -> None:
    labels = view.models
    series = [
        Series(label, colours.of_run(place), colours.symbol_of_run(place))
        for place, label in enumerate(labels.values())
    ]
    unit = unit_of(metric, view.unit)
    charts.draw(
        lambda: rows_of_dots(
            dot_rows(frame, list(labels)),
            series,
            title=f"{metric.label} by {KINDS[kind].lower()}",
            score=f"{metric.label} ({unit})" if unit else metric.label,
        ),
        name=f"{view.run.name} {view.part} {metric.key} by {kind}",
        key=f"slices-dots-{view.run.id}-{view.part}-{view.target}",
        alt=f"{metric.label} with 95% interval of {', '.join(labels.values())} in all sequences and in "
        + ", ".join(f"{part.label} (n = {len(part.rows):,})" for part in cut.slices),
        numbers=lambda: _score(view, cut, tuple(one.key for one in view.judged_by)).replace({"model": labels}),
    )


def dot_rows(frame: pd.DataFrame, names: list[str]) -> list[Row]:
    """Give a line of dots for each slice of one metric, the models in the order of ``names``."""
    rows = []
    for label, part in frame.groupby("slice", sort=False):
        by: Any = part.set_index("model")
        values = [
            None if not np.isfinite(by.loc[name, "value"]) else tuple(by.loc[name, ["value", "low", "high"]])
            for name in names
        ]
        rows.append(Row(str(label), int(part["n"].iloc[0]), values))
    return rows


def table(frame: pd.DataFrame, labels: dict[str, str]) -> pd.DataFrame:
    """Give one row for each slice of one metric: n, share, and each model's value with its interval in words."""
    rows = []
    for label, part in frame.groupby("slice", sort=False):
        row: dict[str, object] = {
            "Slice": label,
            "n": int(part["n"].iloc[0]),
            "share": 100 * float(part["share"].iloc[0]),
        }
        one: Any
        for one in part.itertuples():
            known = np.isfinite(one.value)
            row[labels[str(one.model)]] = (
                f"{write_signed(one.value)} [{write_signed(one.low)}, {write_signed(one.high)}]" if known else "–"
            )
        rows.append(row)
    return pd.DataFrame(rows)
