"""Where files live, and how they are written: to a temporary name, then renamed."""

from lib.core.files import cannot_write, replacing
from lib.core.home import folder_of, home

__all__ = ["cannot_write", "folder_of", "home", "replacing"]
