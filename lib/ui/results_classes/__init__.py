"""The results of a classifier."""

from lib.ui.results_classes.page import draw

__all__ = ["draw"]
