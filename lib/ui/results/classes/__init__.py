"""The results of a classifier."""

from lib.ui.results.classes.page import draw

__all__ = ["draw"]
