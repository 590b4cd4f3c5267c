"""The Motifs page: patterns that were discovered, hits of motifs, and when motifs act."""
