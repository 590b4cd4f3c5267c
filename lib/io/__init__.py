"""One reader for each file format, and the writers: inspect what a file holds, then read it as decided."""
