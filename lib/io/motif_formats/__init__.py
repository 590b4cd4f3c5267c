"""Files of PWMs, one module per format; adding a format is adding a module."""

from lib.io.motif_formats.base import MOTIF_FORMATS, MotifFormat, format_of

__all__ = ["MOTIF_FORMATS", "MotifFormat", "format_of"]
