"""Attribution methods, one file each."""

from lib.attribution.base import METHODS, Attribution, Method

__all__ = ["METHODS", "Attribution", "Method"]
