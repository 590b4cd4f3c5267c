"""Segmentation: how tokenizers segment a sequence."""
