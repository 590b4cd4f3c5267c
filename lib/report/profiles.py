"""What a report tells of a model of profiles: how windows are met, beside what, and some of them in pictures."""

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from lib.core.arrays import FloatArray
from lib.figures.paper import on_paper
from lib.figures.profile_windows import WindowProfile, window_picture
from lib.figures.profiles import Guide, each_window
from lib.report.context import PART, Context
from lib.report.figures import learning, scatter
from lib.store import profiles as stored
from lib.tasks.profile_card import METRICS, sentence
from lib.tasks.profile_metrics import correlations
from lib.views.blocks import Block, Figure, Group, Heading, Numbers, Paragraph
from lib.views.profile_scores import CEILING, in_words, read_profile_scores
from lib.views.score_card import ScoreCard

EXAMPLES = {"best": 1.0, "median": 0.5, "worst": 0.0}
"""Windows that are drawn, by the share of the others that are met no better."""
FEWEST = 5.0
"""Counts of a window that may be an example, for few counts make no profile."""


def lead(context: Context) -> list[Block]:
    """Say in one sentence how good the run is."""
    found = read_profile_scores(context.metrics, context.models)
    said = sentence(found[0], in_words(found[1:]), n=int(context.metrics["test"]["n"]), part=PART)
    return [Paragraph(said.replace("**", ""), strong=found[0].label, style="lead")]


def results(context: Context) -> list[Block]:
    """Show the scores with their intervals beside mean and shuffled profiles and replicates, and each track."""
    metrics, tracks = context.metrics, context.dataset.tracks
    named = dict(zip(context.dataset.target_names, tracks, strict=True))
    of = f", mean over {len(tracks)} tracks" if len(tracks) > 1 else ""
    return [
        ScoreCard(
            read_profile_scores(context.metrics, context.models),
            "",
            int(metrics["test"]["n"]),
            f"Test part{of}",
            metrics=METRICS,
        ),
        Paragraph(
            "Mean profile: the average over the training windows, the same for all. Shuffled: what was observed in "
            "another window. Replicate ceiling: each replicate judged against the sum of the others; all reads "
            "together are less noisy, so a model may come out above it."
        ),
        context.intervals("windows"),
        *([context.tabulate_each("track", METRICS, named)] if len(tracks) > 1 else []),
    ]


def figures(context: Context) -> list[Block]:
    """Draw how windows are met, the counts, some windows, and how the model learned."""
    shares = stored.load(context.run.id)
    blocks: list[Block] = []
    for target, track in enumerate(context.dataset.tracks):
        met = _correlate(context, shares, target)
        blocks += [Heading(track)] if len(context.dataset.tracks) > 1 else []
        blocks.append(Group("pair", [_spread(context, shares, target, met), scatter(context, target)]))
    return [*blocks, *_windows(context, shares[stored.PREDICTED]), learning(context)]


def statistics(context: Context) -> list[str]:
    """Say how the run was judged, for the methods of a paper."""
    how = context.metrics.get("bootstrap", {})
    between = " and the agreement of replicates" if context.metrics.get(CEILING) else ""
    return [
        "Predicted and observed profiles were compared by Pearson correlation along each window (median and mean over "
        "windows), by the areas under the precision-recall and the receiver operating characteristic curve for bins "
        "of 10 nt that hold a peak, and by the multinomial negative log-likelihood of the counts; total counts by "
        "Pearson correlation and R² of log(1 + counts), as for BPNet (Avsec et al. 2021, "
        "doi:10.1038/s41588-021-00782-6). Given are values of the test part with percentile intervals of "
        f"{how.get('level', 0.95):.0%} from {how.get('replicates', 0):,} bootstrap resamples of its windows (Efron "
        f"1979, doi:10.1214/aos/1176344552), beside the mean profile of the training part, shuffled profiles{between}."
    ]


def _correlate(context: Context, shares: dict[str, NDArray[np.float32]], target: int) -> dict[str, FloatArray]:
    """Correlate observed profiles of the test part with those of the run and its baselines, (n,) each."""
    rows, counts = context.dataset.rows(PART), context.dataset.profiles
    assert counts is not None
    return {name: correlations(counts[rows, target], found[rows, target]) for name, found in shares.items()}


def _spread(context: Context, shares: dict[str, NDArray[np.float32]], target: int, met: dict[str, FloatArray]) -> Block:
    values = met[stored.PREDICTED]
    n = int(np.isfinite(values).sum())
    guides = {"median": values, "mean profile, median": met.get("mean")}
    medians = [Guide(name, float(np.nanmedian(one))) for name, one in guides.items() if one is not None and n]
    ids, title = context.rows["id"].tolist(), f"Test part (n = {n:,})"
    frame = pd.DataFrame({"window": context.rows["id"], **{f"profile Pearson, {name}": met[name] for name in shares}})
    return Figure(
        on_paper(each_window(ids, values, medians, title=title, score="Profile Pearson r"), size=(5.2, 3.8)),
        alt=f"Histogram of the profile Pearson correlation of {n:,} test windows",
        caption=f"Correlation of observed and predicted profile of each window, n = {n:,} test windows whose counts "
        "vary. Lines: medians.",
        numbers=Numbers(frame, "profile-pearson.csv"),
    )


def _windows(context: Context, shares: NDArray[np.float32]) -> list[Block]:
    """Draw the best, the median and the worst window of the first track."""
    dataset, rows = context.dataset, context.dataset.rows(PART)
    assert dataset.profiles is not None
    values = correlations(dataset.profiles[rows, 0], shares[rows, 0])
    enough = dataset.profiles[rows, 0].sum(axis=1) >= FEWEST
    known = np.flatnonzero(np.isfinite(values) & enough)
    if not len(known):
        return [Paragraph("No window has counts enough to be drawn.")]
    order = known[np.argsort(values[known], kind="stable")]
    made = []
    for what, share in EXAMPLES.items():
        row = int(rows[order[round(share * (len(order) - 1))]])
        made.append(_window(context, row, shares[row], what))
    track = f" of {dataset.tracks[0]}" if len(dataset.tracks) > 1 else ""
    return [Heading("Windows"), Paragraph(f"The best, the median and the worst met window{track}."), *made]


def _window(context: Context, row: int, shares: NDArray[np.float32], what: str) -> Block:
    frame, dataset = context.predictions, context.dataset
    totals = np.array([frame[f"predicted:{name}"].iloc[row] for name in dataset.target_names], dtype=float)
    window = WindowProfile.of(dataset, row, shares, np.expm1(totals).clip(min=0.0), scaled="predicted total")
    met = ", ".join(f"{value:.2f}".replace("-", "−") for value in window.pearson)
    return Figure(
        window_picture(window, title=f"{window.name} ({what})"),
        alt=f"Observed and predicted counts at each base of {window.name}",
        caption=f"{what.capitalize()}: {window.name}{f', {window.chromosome}' if window.chromosome else ''}, profile "
        f"Pearson {met}. Bars: observed counts; line: predicted share of each base times the predicted total.",
        numbers=Numbers(window.table(), f"window-{what}.csv"),
    )
