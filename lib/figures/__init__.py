"""Figures, returned and never drawn on a page."""
