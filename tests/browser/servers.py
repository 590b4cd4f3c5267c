"""Serve a Streamlit script for a browser test, and wait until its page is idle."""

import contextlib
import os
import signal
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from playwright.sync_api import Page

ROOT = Path(__file__).resolve().parents[2]
START_SECONDS = 60.0
STOP_SECONDS = 10.0

# True once the same page was connected, not running and without placeholders for 0.4 seconds.
_IDLE = """
() => {
  const app = document.querySelector('[data-testid="stApp"]');
  const busy = !app
    || app.getAttribute('data-test-connection-state') !== 'CONNECTED'
    || app.getAttribute('data-test-script-state') !== 'notRunning'
    || document.querySelector('[data-testid="stSkeleton"], [data-testid="stAppSkeleton"], [data-stale="true"]');
  if (busy) { window.__idleSince = undefined; return false; }
  window.__idleSince ??= performance.now();
  return performance.now() - window.__idleSince > 400;
}
"""


@dataclass
class Server:
    """A Streamlit server of one script, with a workspace of its own.

    Parameters
    ----------
    script, home
        What is served, and the workspace (``MOTIFLENS_HOME``) that it sees.
    port
        Where it listens; the same after ``restart``.
    environment
        Variables added to those of the test.
    """

    script: Path
    home: Path
    port: int
    environment: dict[str, str] = field(default_factory=dict)
    process: subprocess.Popen[bytes] | None = None

    @property
    def url(self) -> str:
        """Where a browser finds it."""
        return f"http://127.0.0.1:{self.port}"

    @property
    def log(self) -> Path:
        """What the server wrote, stdout and stderr together."""
        return self.home.parent / f"{self.home.name}-server-{self.port}.log"

    def start(self) -> "Server":
        """Start it and wait until it is healthy.

        Raises
        ------
        RuntimeError
            If it ends, or is not healthy within a minute; the message carries its log.
        """
        self.home.mkdir(parents=True, exist_ok=True)
        options = {
            "server.port": self.port,
            "server.address": "127.0.0.1",
            "server.headless": "true",
            "server.fileWatcherType": "none",
            "browser.gatherUsageStats": "false",
        }
        flags = [part for key, value in options.items() for part in (f"--{key}", str(value))]
        environment = {**os.environ, "MOTIFLENS_HOME": str(self.home), "PYTHONPATH": str(ROOT), **self.environment}
        with self.log.open("ab") as log:
            self.process = subprocess.Popen(
                [sys.executable, "-m", "streamlit", "run", str(self.script), *flags],
                cwd=ROOT,
                env=environment,
                stdout=log,
                stderr=subprocess.STDOUT,
                start_new_session=True,
            )
        deadline = time.monotonic() + START_SECONDS
        while not self._healthy():
            if self.process.poll() is not None or time.monotonic() > deadline:
                self.stop()
                raise RuntimeError(f"the server of {self.script.name} did not start:\n{self.log.read_text()}")
            time.sleep(0.05)
        return self

    def stop(self) -> None:
        """Stop the server with the processes of its group; detached ones of other groups live on."""
        if self.process is None:
            return
        with contextlib.suppress(ProcessLookupError):
            os.killpg(self.process.pid, signal.SIGTERM)
        try:
            self.process.wait(STOP_SECONDS)
        except subprocess.TimeoutExpired:
            os.killpg(self.process.pid, signal.SIGKILL)
            self.process.wait()
        self.process = None

    def restart(self) -> "Server":
        """Stop it and start it again on the same port and workspace."""
        self.stop()
        return self.start()

    def _healthy(self) -> bool:
        try:
            with urllib.request.urlopen(f"{self.url}/_stcore/health", timeout=1) as answer:
                return bool(answer.status == 200)
        except (urllib.error.URLError, OSError):
            return False


def free_port() -> int:
    """Give a port that nobody listens on."""
    with socket.socket() as candidate:
        candidate.bind(("127.0.0.1", 0))
        return int(candidate.getsockname()[1])


def wait_until_idle(page: "Page", *, timeout_seconds: float = 60.0) -> None:
    """Wait until the app is connected, its script has ended, and nothing on the page is stale or a placeholder.

    After a click on a busy machine the script may not have begun yet: assert what it brings by ``expect``, which waits.
    """
    page.evaluate("() => { window.__idleSince = undefined; }")
    page.wait_for_function(_IDLE, timeout=timeout_seconds * 1000, polling=50)


def pick_option(page: "Page", name: str) -> None:
    """Click an option of an open list until the list takes it.

    A list that is drawn anew between press and release loses the click, which happens on a busy machine; a person
    clicks again.
    """
    from playwright.sync_api import TimeoutError as NotYet

    option = page.get_by_role("option", name=name, exact=True)
    for wait in (5_000, 10_000, 30_000):
        option.click()
        try:
            option.wait_for(state="hidden", timeout=wait)
        except NotYet:
            continue
        return
    raise AssertionError(f"the list did not take {name}")
