"""Read files in a process of their own, with limits of memory and time.

A file can be made, or damaged, so that reading it takes all memory or never ends. So ``run_reader`` has a child process
read it: whatever happens there, the caller gets a value or a sentence. The first call starts a process with the readers
loaded (``lib.io.reader_process``), which forks a child for each file, so that a small file costs some milliseconds.

Where a system has no ``fork`` and no limits of memory (Windows), and with ``MOTIFLENS_READERS=in-process``, files are
read by the calling process without limits.
"""

import atexit
import contextlib
import json
import logging
import os
import shutil
import socket
import subprocess
import sys
import tempfile
import threading
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any, ParamSpec, TypeVar, cast

from lib.core.errors import UserError
from lib.io.codec import Reader, Writer
from lib.io.companions import files_of
from lib.io.source import Source, fault

P = ParamSpec("P")
T = TypeVar("T")

ROOT = Path(__file__).resolve().parents[2]
PACKED = (b"PK", b"\x1f\x8b", b"BZh", b"\xfd7zXZ", b"PAR1", b"RDX")
MB, GB = 1e6, 1e9
LEAST_MEMORY, LEAST_SECONDS = 1 * GB, 10.0
_REQUEST, _RESULT = "request.json", "result.json"
_SLACK = 20.0
"""Seconds that a process may take to say that time is over."""
MOST_NAMED = 20
"""Arguments by name that are looked at for files."""
_LOG = logging.getLogger(__name__)
_lock = threading.Lock()
_server: "_Server | None" = None
_is_child = False


@dataclass(frozen=True)
class Limits:
    """What reading may take: bytes of memory, and seconds, of the processor and of the clock."""

    memory: float
    seconds: float


def limits_of(size: int, *, packed: bool) -> Limits:
    """Give the limits for files of so many bytes.

    1 GB or twelve times the size, 10 s and half a second for each MB; packed files may take four times as much for
    their size.

    >>> limits_of(50_000, packed=True), limits_of(150_000_000, packed=False)
    (Limits(memory=1000000000.0, seconds=10.1), Limits(memory=1800000000.0, seconds=85.0))
    """
    factor = 4 if packed else 1
    return Limits(max(LEAST_MEMORY, 12.0 * size * factor), LEAST_SECONDS + round(0.5 * factor * size / MB, 3))


def run_reader(function: Callable[P, T], /, *args: P.args, **kwargs: P.kwargs) -> T:
    """Call a reader in a child process and give what it gives.

    Parameters
    ----------
    function
        A function of this library at the top of its module.
    args, kwargs
        What it takes, files as ``Source``; see ``lib.io.codec`` for what can be carried.

    Raises
    ------
    DataError
        If reading takes more memory or time than it may, or the process breaks down.
    UserError
        What the reader raises.
    """
    if _is_child or not is_available():
        return function(*args, **kwargs)
    sources = list(_sources((args, kwargs)))
    limits = _limits(sources)
    folder = Path(tempfile.mkdtemp(prefix="motiflens-read-"))
    try:
        named = f"{function.__module__}:{function.__qualname__}"
        Writer(folder).write(_REQUEST, {"function": named, "args": tuple(args), "kwargs": dict(kwargs)})
        answer = _ask(folder, limits)
        if answer.get("status") != "done":
            raise _stop_error(sources, limits, answer)
        result = Reader(folder).read(_RESULT)
    finally:
        shutil.rmtree(folder, ignore_errors=True)  # what is mapped stays until it is let go
    if isinstance(result, UserError):
        raise result
    return cast(T, result)


def is_available() -> bool:
    """Say whether files are read in a process of their own."""
    can = hasattr(os, "fork") and hasattr(socket, "send_fds")
    return can and os.environ.get("MOTIFLENS_READERS") != "in-process"


def serve_here() -> None:
    """Say that this process is one that reads, so that readers that call readers stay in it."""
    global _is_child
    _is_child = True


class _Server:
    """The process that forks the readers; it ends with this one."""

    def __init__(self) -> None:
        self.owner = os.getpid()
        self._socket, theirs = socket.socketpair()
        quiet = {"OPENBLAS_NUM_THREADS": "1", "OMP_NUM_THREADS": "1", "MALLOC_ARENA_MAX": "2"}
        arrow = {"ARROW_DEFAULT_MEMORY_POOL": "system", "JE_ARROW_MALLOC_CONF": "background_thread:false"}
        environment = {**os.environ, **quiet, **arrow}  # without threads, so that the process can fork
        command = [sys.executable, "-m", "lib.io.reader_process"]
        with theirs:
            self._process = subprocess.Popen(
                command, cwd=ROOT, env=environment, stdin=theirs.fileno(), start_new_session=True
            )

    def connect(self) -> socket.socket:
        """Open a line to a new reader."""
        mine, theirs = socket.socketpair()
        with theirs:
            socket.send_fds(self._socket, [b"r"], [theirs.fileno()])
        return mine

    def close(self) -> None:
        """End the process, where it is of this one."""
        self._socket.close()
        if self.owner == os.getpid():
            self._process.kill()
            self._process.wait()

    def is_alive(self) -> bool:
        """Say whether the process takes requests of this one, which may be a fork of the one that started it."""
        return self.owner == os.getpid() and self._process.poll() is None


@atexit.register
def _close() -> None:
    if _server is not None:
        _server.close()


def prepare() -> None:
    """Start the process that reads before there is anything to read, so that it loads while other things do."""
    if is_available() and not _is_child:
        _connect().close()


def _connect() -> socket.socket:
    global _server
    with _lock:
        for _ in range(2):
            if _server is not None and not _server.is_alive():
                _server.close()
                _server = None
            _server = _server or _Server()
            try:
                return _server.connect()
            except OSError:
                _server.close()
                _server = None
    raise UserError("Files cannot be read: no process for it could be started. Free some memory, then try again.")


def _ask(folder: Path, limits: Limits) -> dict[str, Any]:
    """Have a reader do what lies in a folder; ``status`` is ``done``, ``memory``, ``time``, ``fault`` or ``broken``."""
    request = {"folder": str(folder), "memory": limits.memory, "seconds": limits.seconds}
    with _connect() as line:
        line.settimeout(limits.seconds + _SLACK)
        try:
            line.sendall(json.dumps(request).encode() + b"\n")
            said = b""
            while piece := line.recv(65536):
                said += piece
        except TimeoutError:
            return {"status": "time"}
        except OSError:
            return {"status": "broken"}
    return dict(json.loads(said)) if said else {"status": "broken"}


def _sources(value: Any) -> Iterator[Source]:
    """Find the files among the arguments of a reader."""
    if isinstance(value, Source):
        yield value
    elif isinstance(value, list | tuple):
        yield from (found for item in value for found in _sources(item))
    elif isinstance(value, dict) and len(value) <= MOST_NAMED:
        yield from (found for item in value.values() for found in _sources(item))
    elif hasattr(value, "source"):
        yield from _sources(value.source)


def _limits(sources: list[Source]) -> Limits:
    size, packed = 0, False
    for source in sources:
        with contextlib.suppress(OSError):
            paths = [] if isinstance(source.data, bytes) else files_of(source.data)
            heads = [source.data[:8]] if isinstance(source.data, bytes) else []
            size += len(source.data) if isinstance(source.data, bytes) else 0
            for path in paths:
                size += path.stat().st_size
                with path.open("rb") as stream:
                    heads.append(stream.read(8))
            packed |= any(head.startswith(PACKED) for head in heads)
    return limits_of(size, packed=packed)


def _stop_error(sources: list[Source], limits: Limits, answer: dict[str, Any]) -> Exception:
    """Say that reading was stopped: what was found, what is needed, what to do."""
    name = " and ".join(dict.fromkeys(source.name for source in sources)) or "The file"
    status = answer.get("status")
    if status == "fault":
        _LOG.info("a reader of %s failed:\n%s", name, answer.get("trace", ""))
    what = {
        "memory": f"takes more than {limits.memory / GB:.1f} GB of memory to read",
        "time": f"takes longer than {limits.seconds:,.0f} s to read",
        "fault": f"has content that the reader does not know ({answer.get('error', 'a fault')})",
    }.get(str(status), "broke the program that reads it")
    remedy = "It may be damaged, or hold far more than it seems to; save it again as plain CSV or FASTA"
    found = what.removeprefix("takes ").removeprefix("has ")
    return fault(name, f"{name} {what}. {remedy}.", found, "a file that can be read whole")
