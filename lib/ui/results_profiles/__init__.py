"""The results of a model of profiles."""

from lib.ui.results_profiles.page import draw

__all__ = ["draw"]
