"""Vocabulary: tokens and motifs associated with the target."""
