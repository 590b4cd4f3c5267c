"""The Variants page: what changes of sequences do to the predictions of trained models."""
