"""RBP tables: their choice, their thresholds and their motifs, as several pages show them."""
