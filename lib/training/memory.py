"""Whether this machine can hold what a training needs, asked before it is filled."""

import psutil

from lib.core.errors import UserError


def require(needed: float, what: str, remedy: str) -> None:
    """Check that ``needed`` bytes of memory are free.

    Raises
    ------
    UserError
        If they are not; the sentence says what needs them and what to do.
    """
    free = psutil.virtual_memory().available
    if needed > free:
        sizes = f"needs about {needed / 1e9:,.1f} GB of memory, and {free / 1e9:,.1f} GB are free"
        raise UserError(f"{what} {sizes}. {remedy}")
