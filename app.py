"""MotifLens: the login gate, the navigation, and the page that was asked for; nothing else."""

from lib.ui import errors, frame, gate

page = frame.navigation()
if gate.is_open():
    frame.sidebar()
    with errors.guard():
        page.run()
