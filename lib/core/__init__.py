"""The vocabulary every part shares: errors, registry, alphabet, specifications, progress. No streamlit, no torch."""
