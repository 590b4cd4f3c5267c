"""What the score card of a model of profiles shows, and how good it is in one sentence; for pages and reports."""

from collections.abc import Sequence

from lib.tasks.scores import PART_NAMES, Metric, Scores, write_signed

METRICS = (
    Metric(
        "profile_pearson",
        "Profile Pearson, median",
        "correlation of predicted and observed counts along a window: the median over windows; 1 is perfect",
    ),
    Metric("profile_pearson_mean", "Profile Pearson, mean", "the mean over windows of the same correlation"),
    Metric(
        "profile_auprc",
        "AUPRC of peaks",
        "area below the precision-recall curve for finding bins of 10 nt with a "
        "peak; the share of such bins is guessing",
    ),
    Metric(
        "profile_auroc",
        "AUROC of peaks",
        "chance that a bin of 10 nt with a peak gets a higher share than one without; 0.5 is guessing",
    ),
    Metric(
        "profile_nll",
        "NLL per read",
        "multinomial negative log-likelihood of the counts of a window, in nats a "
        "read: how surprising they are; mean over windows",
        higher=False,
    ),
    Metric(
        "profile_jsd",
        "Jensen-Shannon distance",
        "of observed and predicted shares: 0 is the same, 1 has nothing in common; mean over windows",
        higher=False,
    ),
    Metric("pearson", "Counts: Pearson r", "correlation of predicted and observed log(1 + counts) of windows"),
    Metric("r2", "Counts: R²", "share of the variance of log(1 + counts) that the model explains"),
    Metric(
        "loss",
        "Loss",
        "0.8 × multinomial negative log-likelihood of a window + 0.2 × squared error of "
        "log(1 + counts), mean over windows: the test loss of published studies",
        higher=False,
    ),
)
"""Means over the tracks where there are several; the first is the one that models are chosen and spoken of by."""

HEADLINE = METRICS[0].key


def sentence(model: Scores, beside: Sequence[Scores], *, n: int, part: str) -> str:
    """Say how well a model meets the profiles and against what, in Markdown.

    >>> mean = Scores("mean profile", {"profile_pearson": 0.412})
    >>> bpnet = Scores("BPNet", {"profile_pearson": 0.73}, {"profile_pearson": (0.69, 0.76)})
    >>> sentence(bpnet, [mean, Scores("replicates", {"profile_pearson": 0.861})], n=33, part="test")
    'predicts where the counts lie with a median profile Pearson of **0.73** [0.69, 0.76] over n = 33 test windows; \
mean profile 0.41, replicates 0.86.'
    """
    windows = f"n = {n:,} {PART_NAMES[part]} window{'' if n == 1 else 's'}"
    value, ends = model.value(HEADLINE), model.interval(HEADLINE)
    if value is None:
        return f"has no profile Pearson over {windows}: none of them has counts that vary."
    wide = "" if ends is None else f" [{write_signed(ends[0], 2)}, {write_signed(ends[1], 2)}]"
    others = [f"{one.label} {write_signed(known, 2)}" for one in beside if (known := one.value(HEADLINE)) is not None]
    said = f"predicts where the counts lie with a median profile Pearson of **{write_signed(value, 2)}**{wide} over "
    said += windows
    return said + (f"; {', '.join(others)}" if others else "") + "."
