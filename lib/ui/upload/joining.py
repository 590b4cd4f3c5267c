"""How two files came together, as a small diagram: what each brought, where they met, what is left."""

from lib.datasets.join import JoinReport
from lib.ui.widgets.text import markup, short

LEAST_PERCENT = 2.0
"""Slivers are widened to this share of the width, so that a single unmatched row can be seen."""


def diagram(report: JoinReport, usable: int, *, expression: str, sequences: str) -> str:
    """Draw the join as HTML: two bars, one per file, that lie above each other where their ids met.

    Parameters
    ----------
    report
        Counts of the join.
    usable
        Rows of the dataset.
    expression, sequences
        Names of the files; they are escaped here.
    """
    left, middle, right = shares(report.only_expression, report.matched, report.only_sequences)
    top = f"<b>{markup(short(expression, 60))}</b> {report.expression_rows:,} rows"
    bottom = f"<b>{markup(short(sequences, 60))}</b> {report.sequence_rows:,} rows"
    chips = "".join(
        f"<span class='ml-chip'>{count:,} {what}</span>" for count, what in count_unmatched(report) if count
    )
    return (
        f"<div class='ml-join' role='img' aria-label='{markup(sentence(report, usable))}'>"
        f"<div>{top}</div>"
        f"<div class='ml-bar ml-first' style='width:{left + middle:.2f}%'></div>"
        f"<div class='ml-met' style='margin-left:{left:.2f}%;width:{middle:.2f}%'>{report.matched:,} ids in both</div>"
        f"<div class='ml-bar ml-second' style='margin-left:{left:.2f}%;width:{middle + right:.2f}%'></div>"
        f"<div>{bottom}</div>"
        f"<div class='ml-chips'><span class='ml-chip ml-result'>{usable:,} usable rows</span>{chips}</div>"
        "</div>"
    )


def count_unmatched(report: JoinReport) -> tuple[tuple[int, str], ...]:
    """List what did not simply match, with its count."""
    return (
        (report.only_expression, "without a sequence"),
        (report.only_sequences, "without expression"),
        (report.spike_ins, f"{_plural(report.spike_ins, 'spike-in')}, used for normalisation"),
        (report.identical_duplicates, f"identical {_plural(report.identical_duplicates, 'duplicate')}"),
        (report.conflicting_duplicates, f"conflicting {_plural(report.conflicting_duplicates, 'duplicate')}"),
        (report.rejected, f"{_plural(report.rejected, 'row')} left out in all"),
    )


def _plural(count: int, word: str) -> str:
    return word if count == 1 else f"{word}s"


def sentence(report: JoinReport, usable: int) -> str:
    """Say the join in words."""
    parts = [f"{report.matched:,} ids are in both files", f"{usable:,} rows are usable"]
    return "; ".join([*parts, *(f"{count:,} {what}" for count, what in count_unmatched(report) if count)]) + "."


def shares(left: int, middle: int, right: int) -> tuple[float, float, float]:
    """Give the widths in percent of three counts, each that is not 0 at least ``LEAST_PERCENT`` before scaling."""
    total = max(left + middle + right, 1)
    widths = [max(100 * count / total, LEAST_PERCENT) if count else 0.0 for count in (left, middle, right)]
    scale = 100 / sum(widths) if sum(widths) else 0.0
    return widths[0] * scale, widths[1] * scale, widths[2] * scale
