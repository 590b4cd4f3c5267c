"""The Experiments page: what motifs do to a prediction when they are put in, combined, taken out, or designed."""
