"""The results of a model of profiles."""

from lib.ui.results.profiles.page import draw

__all__ = ["draw"]
