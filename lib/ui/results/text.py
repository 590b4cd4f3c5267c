"""What a result says in words; it stands in ``lib.analysis.scorecard``, where reports find it too."""

from lib.analysis.scorecard import (
    METRICS,
    PART_NAMES,
    STYLE,
    Metric,
    Scores,
    card,
    percent,
    score_frame,
    sentence,
    signed,
    unit_of,
)

__all__ = [
    "METRICS",
    "PART_NAMES",
    "STYLE",
    "Metric",
    "Scores",
    "card",
    "percent",
    "score_frame",
    "sentence",
    "signed",
    "unit_of",
]
