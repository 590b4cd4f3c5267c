"""In-silico experiments: what a trained model predicts when motifs are put in, taken out, or edited towards a goal."""
