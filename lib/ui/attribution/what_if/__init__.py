"""The what-if bench: change a sequence letter by letter and see what every chosen run says to it."""

from lib.ui.attribution.what_if.page import draw

__all__ = ["draw"]
