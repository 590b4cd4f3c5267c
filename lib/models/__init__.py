"""Models, one file each."""

from lib.models.base import MODELS, Differentiable, Fitted, Model, uses_tokenizer
from lib.models.context import Context

__all__ = ["MODELS", "Context", "Differentiable", "Fitted", "Model", "uses_tokenizer"]
