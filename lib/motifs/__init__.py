"""RBP tables, PWMs and their hits on sequences."""
