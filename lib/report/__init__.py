"""What leaves the app about a run: ``report.html``, one file to read, and ``bundle.zip``, all that repeats it."""
