"""What several pages draw: forms, downloads, charts, choices, progress, and the state of the session."""
