"""The pieces of the Upload page, from the drop zones to the frozen dataset."""
