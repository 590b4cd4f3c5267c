"""The script that goes into a bundle."""
