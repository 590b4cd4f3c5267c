"""What Results, Compare runs and reports show, as plain data: no widgets, no HTML."""
