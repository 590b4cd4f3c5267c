"""MotifLens: which motifs and which models explain the expression of your sequences."""

__version__ = "0.1.0"
