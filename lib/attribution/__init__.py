"""Attribution methods, one file each."""

from lib.attribution.base import METHODS, Attribution, Method, explain_refusal
from lib.attribution.defaults import list_methods

__all__ = ["METHODS", "Attribution", "Method", "list_methods", "explain_refusal"]
