"""From files to a joined, validated dataset: tables, targets, splits, quality."""
