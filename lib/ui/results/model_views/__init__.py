"""What a kind of model shows of itself on the Results page, below its scores.

A module here that is called as the model (``-`` as ``_``) and has ``draw(view)`` is all that it takes.
"""

import importlib
from importlib.util import find_spec

from lib.ui import errors
from lib.views.run_view import RunView


def draw(view: RunView) -> None:
    """Draw what the model of a finished run shows of itself; nothing where it has no view of its own."""
    name = f"{__name__}.{view.run.model.replace('-', '_')}"
    if find_spec(name) is None:
        return
    with errors.guard():
        importlib.import_module(name).draw(view)
