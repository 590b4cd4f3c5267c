"""The Language model view of the Attribution page."""
