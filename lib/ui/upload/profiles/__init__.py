"""The pieces of the Upload page for counts at each base."""
