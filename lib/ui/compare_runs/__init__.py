"""The parts of the Compare runs page."""
