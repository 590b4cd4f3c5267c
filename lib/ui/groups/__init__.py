"""Sweeps and comparisons: groups of runs on one split of one dataset."""
