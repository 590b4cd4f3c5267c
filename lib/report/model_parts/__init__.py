"""What a report tells of one kind of model alone.

A module here that is called as the model (``-`` as ``_``) and has ``HEADING`` and ``section(context)`` is all that it
takes.
"""

import importlib
from importlib.util import find_spec

from lib.report.context import Context
from lib.views.blocks import Block


def sections(context: Context) -> dict[str, list[Block]]:
    """Give what the model of a run shows of itself by its heading; nothing where it shows nothing."""
    name = f"{__name__}.{context.run.model.replace('-', '_')}"
    if find_spec(name) is None:
        return {}
    module = importlib.import_module(name)
    return {module.HEADING: module.section(context)}
