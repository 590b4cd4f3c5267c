"""What stands below the scatter: where the model errs, how it learned, how it was made, and the downloads."""

from collections.abc import Callable, Sequence
from functools import partial
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np
import pandas as pd
import streamlit as st

from lib.analysis.calibration import bins, coverage, factor
from lib.analysis.correlation import Correlation, spearman
from lib.analysis.slices import FEWEST
from lib.figures.calibration import plot_calibration
from lib.figures.curves import has_curve, learning_curve, score_label
from lib.figures.files import to_png, to_svg
from lib.figures.paper import on_paper
from lib.figures.residuals import MOST_DRAWN, residuals_against
from lib.figures.scatter import plot_predicted_against_observed
from lib.io.export import to_csv, to_xlsx
from lib.store import runs
from lib.tasks.scores import PART_NAMES, score_frame, write_signed
from lib.ui.results import checks, extremes, slices
from lib.ui.results.data import scores
from lib.ui.widgets import cached, charts, progress, run_files
from lib.ui.widgets.downloads import MIME as TABLES
from lib.ui.widgets.progress_text import duration
from lib.ui.widgets.text import file_name
from lib.views.learning import explain_missing_curve
from lib.views.run_view import RunView

if TYPE_CHECKING:
    from matplotlib.figure import Figure

MIME = {**TABLES, "svg": "image/svg+xml", "png": "image/png", "json": "application/json"}
MIME |= {"npz": "application/octet-stream"}


class Offer(NamedTuple):
    """A file that can be had: its label, what it holds, its form, and what makes it."""

    label: str
    kind: str
    form: str
    make: Callable[[], bytes]


def table(label: str, kind: str, make: Callable[[], pd.DataFrame]) -> list[Offer]:
    """Offer a table as CSV and as a workbook."""
    return [
        Offer(label, kind, "csv", lambda: to_csv(make())),
        Offer(label, kind, "xlsx", lambda: to_xlsx(make())),
    ]


def below(view: RunView) -> None:
    """Draw everything below the scatter."""
    slices.draw(view)
    st.subheader("Where it errs", anchor=False)
    extremes.draw(view)
    _residuals(view)
    draw_calibration(view)
    draw_training(view)


def _residuals(view: RunView) -> None:
    both = dict(zip(("GC content", "length"), view.residuals(), strict=True))
    same = {name: data for name, data in both.items() if np.ptp(data.x) == 0}
    drawn = {name: data for name, data in both.items() if name not in same}
    part = PART_NAMES[view.part]
    for place, (name, data) in zip(st.columns(max(1, len(drawn))), drawn.items(), strict=False):
        with place:
            charts.draw(
                partial(
                    residuals_against, data, title=f"Residuals against {name}, {part} part (n = {len(data.ids):,})"
                ),
                name=f"{view.run.name} residuals {name}",
                key=f"residuals-{name}-{view.run.id}-{view.part}-{view.target}",
                alt=f"Residuals of {len(data.ids):,} sequences against {name}, with the median of each tenth",
                kept=view.key,
                numbers=lambda: residual_frame(view),
            )
    said = ["The red line is the median of each tenth of the sequences; where it leaves zero, the model is biased."]
    if drawn and len(view.rows) > MOST_DRAWN:
        said.append(f"Drawn are {MOST_DRAWN:,} of {len(view.rows):,} points, chosen at random; the line is of all.")
    said += [
        f"All sequences have the same {name}, {data.x[0]:,.4g}: it explains no error." for name, data in same.items()
    ]
    st.caption(" ".join(said if drawn else said[1:]))


def draw_calibration(view: RunView) -> None:
    """Draw error against spread and what mean ± z SD holds, for a run with members."""
    if view.spread not in view.rows:
        return
    st.subheader("Does its spread say how far it is off?", anchor=False)
    spread = view.rows[view.spread].to_numpy(dtype=float)
    error = view.points.predicted - view.points.observed
    if len(spread) < 2 * FEWEST or not np.ptp(spread) > 0:
        found = f"n = {len(spread):,} sequences" if np.ptp(spread) > 0 else "the same spread everywhere"
        st.caption(f"Found {found}; this needs at least {2 * FEWEST} sequences whose spread differs.")
        return
    by, held = bins(spread, error), coverage(spread, error)
    st.markdown(
        describe_calibration(spearman(spread, np.abs(error)), held, factor(spread, error), part=PART_NAMES[view.part])
    )
    charts.draw(
        lambda: plot_calibration(by, held, unit=view.unit),
        name=f"{view.run.name} {view.part} calibration",
        key=f"calibration-{view.run.id}-{view.part}-{view.target}",
        kept=view.key,
        alt=f"Mean absolute error of {len(by)} groups of equal spread, and the share of observed values within mean ± "
        "z SD of the members",
        numbers=lambda: tabulate_calibration(by, held),
    )
    st.caption(
        f"n = {len(spread):,}. Left: each point is a group of sequences of about equal spread, with the 95% interval "
        "of its mean error; on the dashed line the spread would be as large as the error. Right: on the dashed line "
        "mean ± z SD would hold what it should if errors were normal."
    )


def describe_calibration(rank: Correlation, held: pd.DataFrame, times: float, *, part: str) -> str:
    """Say in Markdown whether the spread warns, how much it holds, and that it is no confidence interval."""
    row = held[held["expected"] == 0.95].iloc[0]
    low, high = 100 * row["low"], 100 * row["high"]
    said = f"Mean ± 1.96 SD of the members holds **{100 * row['observed']:.0f}%** [{low:.0f}, {high:.0f}] of the {part}"
    said += " part, where 95% would be right"
    if np.isfinite(times):
        said += f"; errors are on the whole about **{times:.1f} times** as large as the spread"
    said += "."
    if rank.known:
        more = "Where the members lie further apart it errs more" if rank.low > 0 else "The spread is no sure warning"
        ends = f"[{write_signed(rank.low, 2)}, {write_signed(rank.high, 2)}]"
        said += f" {more}: rank correlation ρ {write_signed(rank.r, 2)} {ends}."
    return f"{said} It is a spread, and no confidence interval."


def tabulate_calibration(by: pd.DataFrame, held: pd.DataFrame) -> pd.DataFrame:
    """Give both panels in one table."""
    return pd.concat([by.assign(panel="error by spread"), held.assign(panel="coverage")], ignore_index=True)


def draw_training(view: RunView) -> None:
    """Draw how the run learned and how it was made; the same for every task."""
    st.subheader("How it learned", anchor=False)
    _learning(view)
    checks.draw(view.run)
    _settings(view)


def _learning(view: RunView) -> None:
    found = runs.history(view.run.id)
    if "members" in view.run.payload or not has_curve(found):
        why = explain_missing_curve(view.run.payload, view.metrics, progress.model_label(view.run.model))
        st.caption(f"There is no learning curve: {why}.")
        return
    charts.draw(
        lambda: learning_curve(found, height=300),
        name=f"{view.run.name} learning curve",
        key=f"learning-{view.run.id}",
        alt=f"Losses and {score_label(found)} over {len(found)} evaluations",
        kept=view.key,
        numbers=lambda: found,
    )


def offers(view: RunView) -> list[Offer]:
    """Give the files of a result: predictions, scores and residuals as CSV, pictures as SVG and PNG."""
    points = view.points
    title = f"{view.run.name}, {PART_NAMES[view.part]} part (n = {len(points.ids):,})"

    def scatter() -> "Figure":
        return on_paper(plot_predicted_against_observed(points, title=title), size=(4.2, 4.2))

    def residuals() -> "Figure":
        found = [residuals_against(panel, title="") for panel in view.residuals()]
        return on_paper(*found, title=title, size=(4.0 * len(found), 3.0))

    made = [
        *table("Predictions", "predictions", lambda: cached.predictions(view.run.id)),
        *table("Scores", "scores", lambda: _score_frame(view)),
        Offer("Scatter", "scatter", "svg", lambda: to_svg(scatter())),
        Offer("Scatter", "scatter", "png", lambda: to_png(scatter())),
        *table("Residuals", "residuals", lambda: residual_frame(view)),
        Offer("Residuals", "residuals", "svg", lambda: to_svg(residuals())),
    ]
    return [*made, *offer_learning(view)]


def offer_learning(view: RunView) -> list[Offer]:
    """Give the files of how a run learned; none where it has no learning curve."""
    history, name = runs.history(view.run.id), view.run.name
    if not has_curve(history):
        return []

    def picture() -> bytes:
        return to_svg(on_paper(learning_curve(history), title=name, size=(8.0, 3.0)))

    return [*table("Learning curve", "learning", lambda: history), Offer("Learning curve", "learning", "svg", picture)]


def downloads(view: RunView, made: Sequence[Offer] | None = None) -> None:
    """Draw the downloads, those of a regression unless others are given; each file is made when it is asked for."""
    name = f"{view.run.name} {view.part}" + (f" {view.target_name}" if len(view.dataset.target_names) > 1 else "")
    with st.popover("Download", icon=":material/download:", key="results-downloads"):
        for offer in offers(view) if made is None else made:
            st.download_button(
                f"{offer.label} ({offer.form.upper()})",
                data=offer.make,
                file_name=file_name(f"{name} {offer.kind}", f".{offer.form}"),
                mime=MIME[offer.form],
                key=f"download-{offer.kind}-{offer.form}",
                on_click="ignore",
                width="stretch",
            )
    run_files.buttons(view.run)


def residual_frame(view: RunView) -> pd.DataFrame:
    """Give the numbers behind the residual charts: id, residual, GC content and length."""
    gc, length = view.residuals()
    residual = f"predicted - observed {view.target_name}"
    columns = {"id": gc.ids, "part": view.part, residual: gc.residual, gc.measure: gc.x, length.measure: length.x}
    return pd.DataFrame(columns)


def _score_frame(view: RunView) -> Any:
    bound = view.ceiling
    return score_frame(
        scores(view),
        unit=view.unit,
        n=len(view.rows),
        part=view.part,
        ceiling=bound[0] if bound else None,
        metrics=view.judged_by,
    )


def _settings(view: RunView) -> None:
    with st.expander("How this run was made", icon=":material/fact_check:"):
        spec = view.run.spec
        seconds = view.metrics.get("seconds", {})
        parts = view.metrics.get("parts", {})
        st.markdown(
            f"Seed {spec.seed} · "
            + ", ".join(f"{count:,} {PART_NAMES.get(part, part)}" for part, count in parts.items())
            + " sequences · "
            + ", ".join(f"{name} {duration(value)}" for name, value in seconds.items())
        )
        bootstrap = view.metrics.get("bootstrap", {})
        st.caption(
            f"Intervals: percentile bootstrap over sequences, {bootstrap.get('replicates', 0):,} resamples, "
            f"seed {bootstrap.get('seed', 0)}. The baselines are judged on the same sequences."
        )
        st.json(spec.to_json(), expanded=2)
