"""Predict: what the trained models expect of sequences that a person gives."""
