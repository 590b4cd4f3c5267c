"""Models, one file each."""

from lib.models.base import MODELS, Context, Differentiable, Fitted, Model, Part, TrainingData, uses_tokenizer

__all__ = ["MODELS", "Context", "Differentiable", "Fitted", "Model", "Part", "TrainingData", "uses_tokenizer"]
