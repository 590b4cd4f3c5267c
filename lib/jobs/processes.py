"""The processes of a job: found by group and descent, and ended so that none is left."""

import contextlib
import ctypes
import os
import signal
import sys
import time
from collections.abc import Container

import psutil

_PR_SET_PDEATHSIG, _PR_SET_CHILD_SUBREAPER = 1, 36
_LOOK_SECONDS = 0.05
_FORCED_ROUNDS = 40


def find_members(pid: int) -> list[psutil.Process]:
    """Find a process, everything in the process group that it leads, and their descendants; zombies do not count."""
    roots = [process for process in psutil.process_iter() if process.pid == pid or _group(process.pid) == pid]
    found: dict[int, psutil.Process] = {}
    for root in roots:
        with contextlib.suppress(psutil.NoSuchProcess):
            found |= {process.pid: process for process in [root, *root.children(recursive=True)]}
    found.pop(os.getpid(), None)
    return [process for process in found.values() if not is_over(process)]


def terminate(pid: int, *, grace_seconds: float) -> None:
    """End a process and all its members: ask (SIGTERM), then after the grace force (SIGKILL) until none is left."""
    found = find_members(pid)
    _signal(found, force=False)
    until = time.monotonic() + grace_seconds
    while time.monotonic() < until and not all(is_over(process) for process in found):
        time.sleep(_LOOK_SECONDS)
    for _ in range(_FORCED_ROUNDS):
        # Look again each time: a process may have started others while it was asked to end.
        found = [process for process in {*found, *find_members(pid)} if not is_over(process)]
        if not found:
            return
        _signal(found, force=True)
        time.sleep(_LOOK_SECONDS)


def is_over(process: psutil.Process) -> bool:
    """Say whether a process is gone or only waits for its parent to take note."""
    try:
        return not process.is_running() or process.status() == psutil.STATUS_ZOMBIE
    except psutil.NoSuchProcess:
        return True


def adopt_orphans() -> None:
    """Become the parent of processes whose own parent dies, where the system can do that (Linux).

    Where process 1 takes no note of ended processes, as in many containers, they would stay in the process table.
    """
    if sys.platform == "linux":
        ctypes.CDLL(None).prctl(_PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0)


def die_with_parent() -> None:
    """Let this process be killed as soon as its parent is gone, where the system can do that (Linux)."""
    if sys.platform == "linux":
        parent = os.getppid()
        ctypes.CDLL(None).prctl(_PR_SET_PDEATHSIG, signal.SIGKILL, 0, 0, 0)
        if os.getppid() != parent:  # it died before it could be watched
            os.kill(os.getpid(), signal.SIGKILL)


def reap_orphans(known: Container[int]) -> None:
    """Take note of ended children of this process that it adopted; ``known`` are those that it started itself."""
    if sys.platform != "linux":
        return
    with contextlib.suppress(ChildProcessError):
        while (ended := os.waitid(os.P_ALL, 0, os.WEXITED | os.WNOHANG | os.WNOWAIT)) and ended.si_pid not in known:
            os.waitpid(ended.si_pid, os.WNOHANG)


def memory_mb() -> float:
    """Give the memory of this process and its descendants in megabytes (10^6 bytes), shared pages counted each time."""
    total = 0
    this = psutil.Process()
    for process in [this, *this.children(recursive=True)]:
        try:
            total += process.memory_info().rss
        except psutil.NoSuchProcess:
            continue
    return total / 1e6


def _signal(processes: list[psutil.Process], *, force: bool) -> None:
    for process in processes:
        try:
            if not is_over(process):
                process.kill() if force else process.terminate()
        except psutil.NoSuchProcess:
            continue


def _group(pid: int) -> int | None:
    if not hasattr(os, "getpgid"):
        return None
    try:
        return os.getpgid(pid)
    except (ProcessLookupError, PermissionError):
        return None
