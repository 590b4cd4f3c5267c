"""How long a stranger waits: from a fresh clone to the app that answers. ``python -m tests.bench.bench_install``."""

import os
import resource
import socket
import subprocess
import sys
import tempfile
import time
import urllib.error
import urllib.request
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
ASKED = "<= 60 s"


def main() -> list[dict[str, str]]:
    """Clone this checkout's last commit, ``make run`` it without anything cached, and wait for its health endpoint."""
    with tempfile.TemporaryDirectory() as folder:
        clone, cache = Path(folder) / "motiflens", Path(folder) / "cache"
        environment = {**os.environ, "UV_CACHE_DIR": str(cache / "uv"), "PIP_CACHE_DIR": str(cache / "pip")}
        environment["MOTIFLENS_HOME"] = str(Path(folder) / "home")
        with socket.socket() as free:
            free.bind(("127.0.0.1", 0))
            port = free.getsockname()[1]
        started = time.perf_counter()
        subprocess.run(["git", "clone", "--quiet", str(ROOT), str(clone)], check=True)
        first = _serve(clone, port, environment)
        fresh, size = time.perf_counter() - started, _gigabytes(clone / ".venv")
        used = resource.getrusage(resource.RUSAGE_CHILDREN)
        started = time.perf_counter()
        second = _serve(clone, port, environment)
        again = time.perf_counter() - started
    how = "git clone and make run until /_stcore/health answers; nothing cached by uv or pip; "
    how += f"{used.ru_utime + used.ru_stime:.0f} s of processor time"
    return [
        {"what": "fresh clone to the served app", "figure": _told(first, fresh), "asked": ASKED, "how": how},
        {"what": "make run again", "figure": _told(second, again), "asked": "", "how": "nothing is installed"},
        {"what": "size of the environment", "figure": f"{size:.1f} GB", "asked": "", "how": ".venv of that clone"},
    ]


def _serve(clone: Path, port: int, environment: dict[str, str]) -> bool:
    """Start the app, wait until it answers and stop it; False where it ended instead."""
    command = ["make", "run", f"PORT={port}", f"PYTHON={sys.executable}"]
    with subprocess.Popen(command, cwd=clone, env=environment, stdout=sys.stderr, start_new_session=True) as run:
        try:
            while run.poll() is None:
                try:
                    urllib.request.urlopen(f"http://127.0.0.1:{port}/_stcore/health", timeout=5).close()
                    return True
                except (urllib.error.URLError, TimeoutError):
                    time.sleep(0.1)
            return False
        finally:
            if run.poll() is None:
                os.killpg(run.pid, 15)


def _told(served: bool, seconds: float) -> str:
    return f"{seconds:.0f} s" if served else f"make run ended after {seconds:.0f} s"


def _gigabytes(folder: Path) -> float:
    return sum(path.lstat().st_size for path in folder.rglob("*") if path.is_file()) / 1e9


if __name__ == "__main__":
    for row in main():
        sys.stdout.write(f"{row['what']}: {row['figure']} ({row['how']})\n")
