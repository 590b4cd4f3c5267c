"""Attribution methods, one file each."""

from lib.attribution.base import METHODS, Attribution, Method, refusal

__all__ = ["METHODS", "Attribution", "Method", "refusal"]
