"""Attribution: which nucleotides a run used, and how reliable that is."""
