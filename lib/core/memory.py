"""How much memory this machine can still give, asked before it is filled."""

from pathlib import Path

import psutil

from lib.core.errors import UserError

_GROUP = Path("/sys/fs/cgroup")


def free(group: Path = _GROUP) -> int:
    """Give the bytes of memory that are free, within the limit of the container or job where there is one.

    Parameters
    ----------
    group
        Folder of the control group (version 2) that this process is in.
    """
    available = int(psutil.virtual_memory().available)
    try:
        limit = (group / "memory.max").read_text(encoding="ascii").strip()
        if limit == "max":
            return available
        used = int((group / "memory.current").read_text(encoding="ascii"))
        rows = (line.split() for line in (group / "memory.stat").read_text(encoding="ascii").splitlines())
        cached = next((int(value) for name, value in rows if name == "inactive_file"), 0)  # given back when needed
        return max(0, min(available, int(limit) - used + cached))
    except (OSError, ValueError):
        return available


def require(needed: float, what: str, remedy: str) -> None:
    """Check that ``needed`` bytes of memory are free.

    Raises
    ------
    UserError
        If they are not; the sentence says what needs them and what to do.
    """
    left = free()
    if needed > left:
        sizes = f"needs about {needed / 1e9:,.1f} GB of memory, and {left / 1e9:,.1f} GB are free"
        raise UserError(f"{what} {sizes}. {remedy}")
