"""The process that reads files for another one: ``python -m lib.io.reader_process``, started by ``lib.io.sandbox``.

It loads the readers, waits for requests on its standard input, and forks twice for each: a process that watches, and
one that reads under limits of memory and time. It has no threads of its own, so that forking it is safe, and ends when
the process that started it does.
"""

import gc
import importlib
import json
import os
import pkgutil
import resource
import signal
import socket
import sys
import time
import traceback
from pathlib import Path
from typing import Any

import lib.io
from lib.core.errors import UserError
from lib.io.codec import Reader, Writer
from lib.io.sandbox import serve_here

TICK = 0.02
ADDRESSES = 2e9
"""Bytes of addresses beside the memory that is used: libraries, and what allocators reserve."""
_PAGE = os.sysconf("SC_PAGE_SIZE")
_MEMORY, _FAULT = 70, 71
"""Exit codes."""


def main() -> None:
    """Fork a process for each request until the standard input ends."""
    serve_here()
    for found in pkgutil.walk_packages(lib.io.__path__, "lib.io."):
        importlib.import_module(found.name)
    import pyarrow.pandas_compat  # noqa: F401 - what every table needs, and is loaded when it does

    gc.collect()
    gc.freeze()  # so that children leave the memory of all this as it is
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C is for the process that asks
    signal.signal(signal.SIGCHLD, signal.SIG_IGN)  # so that nothing has to wait for those that watch
    requests = socket.socket(fileno=os.dup(0))
    while True:
        said, lines, _, _ = socket.recv_fds(requests, 1, 1)
        if not said:
            return
        if os.fork() == 0:
            requests.close()
            os._exit(watch(socket.socket(fileno=lines[0])))
        for line in lines:
            os.close(line)


def watch(line: socket.socket) -> int:
    """Carry out one request in a process of its own, stop it at its limits, and answer what became of it."""
    signal.signal(signal.SIGCHLD, signal.SIG_DFL)
    asked = line.makefile().readline()
    if not asked:
        return 0  # whoever asked has only made sure that somebody is here
    request = json.loads(asked)
    folder = Path(request["folder"])
    reader = os.fork()
    if reader == 0:
        line.close()
        os._exit(read(folder, request))
    answer = json.dumps(_answer(folder, *_wait(reader, request)))
    line.sendall(answer.encode())
    line.close()
    return 0


def _wait(reader: int, request: dict[str, Any]) -> tuple[str, int, float]:
    """Wait for a process, and kill it where it takes too much; give why, how it ended, and its largest memory."""
    until = time.monotonic() + request["seconds"]
    stopped = ""
    tick = 0.001
    while True:
        done, status, usage = os.wait4(reader, os.WNOHANG)
        if done:
            return stopped, os.waitstatus_to_exitcode(status), usage.ru_maxrss * 1024.0
        if not stopped and _resident_memory(reader) > request["memory"]:
            stopped = "memory"
        elif not stopped and time.monotonic() > until:
            stopped = "time"
        if stopped:
            os.kill(reader, signal.SIGKILL)
        time.sleep(tick)
        tick = min(TICK, tick * 1.5)


def _resident_memory(process: int) -> float:
    """Give the memory that a process holds, in bytes; 0 where the system does not say."""
    try:
        sizes = Path(f"/proc/{process}/statm").read_text(encoding="ascii").split()
    except OSError:
        return 0.0
    return float(int(sizes[1]) * _PAGE)


def _answer(folder: Path, stopped: str, code: int, peak: float) -> dict[str, Any]:
    if stopped or code == -signal.SIGXCPU:
        return {"status": stopped or "time", "peak": peak}
    if code == _FAULT:
        return {"status": "fault", "peak": peak, **json.loads((folder / "fault.json").read_text(encoding="utf-8"))}
    status = {0: "done", _MEMORY: "memory"}.get(code, "broken")
    return {"status": status, "peak": peak, "code": code}


def read(folder: Path, request: dict[str, Any]) -> int:
    """Call a reader under limits and write what it gives or raises; give the exit code."""
    try:
        _limit(request)
        asked = Reader(folder).read("request.json")
        module, _, name = asked["function"].partition(":")
        function = getattr(importlib.import_module(module), name)
        try:
            result = function(*asked["args"], **asked["kwargs"])
        except UserError as error:
            result = error
        Writer(folder).write("result.json", result)
    except MemoryError:
        return _MEMORY
    except BaseException as error:  # noqa: BLE001 - whatever it is, the caller hears of it
        said = {"error": f"{type(error).__name__}: {error}"[:200], "trace": traceback.format_exc()}
        (folder / "fault.json").write_text(json.dumps(said), encoding="utf-8")
        return _FAULT
    return 0


def _limit(request: dict[str, Any]) -> None:
    mapped = int(Path("/proc/self/statm").read_text(encoding="ascii").split()[0]) * _PAGE if _has_proc() else 0
    most = int(mapped + request["memory"] + ADDRESSES)
    seconds = int(request["seconds"]) + 1
    for kind, limit in ((resource.RLIMIT_AS, most), (resource.RLIMIT_CPU, seconds), (resource.RLIMIT_CORE, 0)):
        hard = resource.getrlimit(kind)[1]
        if hard == resource.RLIM_INFINITY or limit <= hard:
            try:
                resource.setrlimit(kind, (limit, hard))
            except (OSError, ValueError):  # a system without this limit; memory and time are watched as well
                continue


def _has_proc() -> bool:
    return Path("/proc/self/statm").exists()


if __name__ == "__main__":
    main()
    sys.exit(0)
