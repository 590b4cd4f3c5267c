"""Datasets, runs and files that outlive a session."""
