"""Models, one file each."""

from lib.models.base import MODELS, Context, Differentiable, Fitted, Model, uses_tokenizer

__all__ = ["MODELS", "Context", "Differentiable", "Fitted", "Model", "uses_tokenizer"]
