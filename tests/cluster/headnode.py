"""A real Ray cluster for the tests: one head, on ports and in a folder of its own; nothing of it is left afterwards."""

import contextlib
import os
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import psutil

from tests.cluster.postgres import free_port

MARK = "MOTIFLENS_TEST_CLUSTER"
_START_SECONDS = 180
_STOP_SECONDS = 20


@dataclass(frozen=True)
class Head:
    """Where the cluster answers: for jobs from outside, for those who join it."""

    jobs: str
    join: str


@contextlib.contextmanager
def cluster(*, cpus: int, environment: dict[str, str]) -> Iterator[Head]:
    """Start a cluster whose processes find ``environment``; afterwards nothing of it is left.

    ``ray stop`` would end every cluster of this machine, so the processes of this one are ended by descent.
    """
    folder = Path(tempfile.mkdtemp(prefix="ml-ray-", dir="/tmp"))  # the paths of Ray's sockets must stay short
    gcs, dashboard = free_port(), free_port()
    ports = {"port": gcs, "dashboard-port": dashboard, "ray-client-server-port": free_port(), "min-worker-port": 0}
    ports |= {"max-worker-port": 0, "dashboard-agent-listen-port": free_port()}
    size = {"num-cpus": cpus, "num-gpus": 0, "object-store-memory": 100_000_000}
    given = {**ports, **size, "node-ip-address": "127.0.0.1", "dashboard-host": "127.0.0.1", "temp-dir": folder}
    flags = ["--head", "--block", "--disable-usage-stats", "--include-dashboard=true", "--include-log-monitor=false"]
    command = [sys.executable, "-m", "ray.scripts.scripts", "start", *flags]
    command += [f"--{name}={value}" for name, value in given.items()]
    # Ray makes its workers nice; beside other tests they would hardly get on.
    variables = {**os.environ, "RAY_USAGE_STATS_ENABLED": "0", "RAY_worker_niceness": "0", MARK: folder.name}
    variables |= environment
    variables.pop("RAY_ADDRESS", None)
    for last in (False, True):  # Ray gives itself 30 s to start, which a busy machine may take; then once more
        with (folder / "start.log").open("wb") as log:
            head = subprocess.Popen(command, stdout=log, stderr=log, env=variables, cwd=folder, start_new_session=True)
        if _answers(f"http://127.0.0.1:{dashboard}", head, folder):
            break
        said = (folder / "start.log").read_text(errors="replace")
        _end(head, folder)
        assert not last, f"Ray did not start:\n{said}"
    try:
        yield Head(f"http://127.0.0.1:{dashboard}", f"127.0.0.1:{gcs}")
    finally:
        left = _end(head, folder)
    shutil.rmtree(folder, ignore_errors=True)
    assert not left, f"processes of the cluster are left: {left}"


def processes(folder: str) -> list[psutil.Process]:
    """Find every process that was started for a cluster, also those whose parents have ended."""
    found = []
    for process in psutil.process_iter():
        try:
            marked = process.environ().get(MARK) == folder or any(folder in part for part in process.cmdline())
            if marked and process.status() != psutil.STATUS_ZOMBIE and process.pid != os.getpid():
                found.append(process)
        except (psutil.NoSuchProcess, psutil.AccessDenied):
            continue
    return found


def _end(head: "subprocess.Popen[bytes]", folder: Path) -> list[psutil.Process]:
    """End all processes; gives those that could not be ended."""
    known = set(psutil.Process(head.pid).children(recursive=True)) if head.poll() is None else set()
    head.terminate()
    with contextlib.suppress(subprocess.TimeoutExpired):
        head.wait(_STOP_SECONDS)
    end = time.monotonic() + _STOP_SECONDS
    while left := [one for one in known | set(processes(folder.name)) if one.is_running() and _lives(one)]:
        if time.monotonic() > end:
            return left
        for process in left:
            with contextlib.suppress(psutil.NoSuchProcess):
                process.kill()
        time.sleep(0.1)
    head.wait(_STOP_SECONDS)
    return []


def _lives(process: psutil.Process) -> bool:
    try:
        return process.status() != psutil.STATUS_ZOMBIE
    except psutil.NoSuchProcess:
        return False


def _answers(address: str, head: "subprocess.Popen[bytes]", folder: Path) -> bool:
    """Wait until the cluster can take jobs; False where it will not."""
    import requests

    end = time.monotonic() + _START_SECONDS
    while head.poll() is None and time.monotonic() < end:
        if "Ray runtime started" in (folder / "start.log").read_text(errors="replace"):
            with contextlib.suppress(requests.RequestException):
                if requests.get(f"{address}/api/jobs/", timeout=5).status_code == 200:
                    return True
        time.sleep(0.2)
    return False
