"""Attribution methods, one file each."""

from lib.attribution.base import METHODS, Attribution, Method, refusal
from lib.attribution.defaults import methods_of

__all__ = ["METHODS", "Attribution", "Method", "methods_of", "refusal"]
