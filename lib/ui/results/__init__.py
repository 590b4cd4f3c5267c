"""Results: the performance of a run against its baselines."""
