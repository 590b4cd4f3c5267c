"""The sequence viewer with tracks, the same everywhere: ``ruler(sequence, tracks, key=...)``."""

from lib.ui.ruler.component import Editing, read_typed, ruler
from lib.ui.ruler.token_track import ArcsTrack, ProfileTrack, StackTrack, TokensTrack
from lib.ui.ruler.tracks import HeatTrack, Hit, HitsTrack, LettersTrack, LineTrack, Selection, Track, payload

__all__ = [
    "ArcsTrack",
    "Editing",
    "HeatTrack",
    "Hit",
    "HitsTrack",
    "LettersTrack",
    "LineTrack",
    "ProfileTrack",
    "Selection",
    "StackTrack",
    "TokensTrack",
    "Track",
    "payload",
    "ruler",
    "read_typed",
]
