"""A real PostgreSQL for the cluster tests: found, installed where that can be, started on loopback and ended again.

``python -m tests.cluster.postgres`` says where its programs are; with ``--install`` it gets them first where there are
none: ``apt-get install postgresql`` as root on Debian.
"""

import argparse
import contextlib
import os
import pwd
import secrets
import shutil
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path

DEBIAN = Path("/usr/lib/postgresql")
ACCOUNT = "postgres"
PASSWORD = secrets.token_hex(8)
_START_SECONDS = 60


def find() -> Path | None:
    """Give the folder of PostgreSQL's server programs, None where there is none."""
    installed = sorted(DEBIAN.glob("*/bin/initdb"), key=lambda path: float(path.parts[-3]), reverse=True)
    on_path = shutil.which("initdb")
    found = [path.parent for path in installed] or ([Path(on_path).resolve().parent] if on_path else [])
    return found[0] if found else None


def install() -> Path | None:
    """Get PostgreSQL where there is none; give its folder, or None where that was not possible."""
    if find() is None and shutil.which("apt-get") and os.geteuid() == 0:
        environment = {**os.environ, "DEBIAN_FRONTEND": "noninteractive"}
        for command in (["update", "-qq"], ["install", "-y", "-qq", "--no-install-recommends", "postgresql"]):
            subprocess.run(["apt-get", *command], check=False, timeout=600, stdout=sys.stderr, env=environment)
    return find()


def free_port() -> int:
    """Give a port of the loopback that nobody uses."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


@contextlib.contextmanager
def serving() -> Iterator[str]:
    """Start a server of its own with nothing in it; gives its address without the name of a database."""
    programs = find()
    assert programs is not None
    folder = Path(tempfile.mkdtemp(prefix="motiflens-pg-"))
    port = free_port()
    try:
        word = folder / "password"
        word.write_text(PASSWORD)
        if os.geteuid() == 0:  # PostgreSQL refuses to be root
            account = pwd.getpwnam(ACCOUNT)
            for path in (folder, word):
                os.chown(path, account.pw_uid, account.pw_gid)
        data = folder / "data"
        made = ["-D", str(data), "-U", "motiflens", "-A", "scram-sha-256", "--pwfile", str(word), "-E", "UTF8", "-N"]
        subprocess.run(_as_account([str(programs / "initdb"), *made]), check=True, capture_output=True, cwd="/")
        options = [f"port={port}", "listen_addresses=127.0.0.1", f"unix_socket_directories={folder}", "fsync=off"]
        command = [str(programs / "postgres"), "-D", str(data), *(part for one in options for part in ("-c", one))]
        with (folder / "log").open("wb") as log:
            server = subprocess.Popen(_as_account(command), stdout=log, stderr=log, cwd="/")
            try:
                _wait(programs, port, server)
                yield f"postgresql+psycopg://motiflens:{PASSWORD}@127.0.0.1:{port}"
            finally:
                server.send_signal(2)  # a fast shutdown: open transactions are rolled back
                server.wait(30)
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def _as_account(command: list[str]) -> list[str]:
    if os.geteuid() != 0:
        return command
    return ["setpriv", f"--reuid={ACCOUNT}", f"--regid={ACCOUNT}", "--clear-groups", *command]


def _wait(programs: Path, port: int, server: "subprocess.Popen[bytes]") -> None:
    end = time.monotonic() + _START_SECONDS
    ask = [str(programs / "pg_isready"), "-q", "-h", "127.0.0.1", "-p", str(port)]
    while subprocess.run(ask, check=False).returncode != 0:
        assert server.poll() is None and time.monotonic() < end, "PostgreSQL did not start"
        time.sleep(0.05)


def main() -> int:
    """Say where PostgreSQL is; exit with 1 where ``CI=true`` and there is none."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--install", action="store_true")
    found = install() if parser.parse_args().install else find()
    missing = "none; the cluster tests will be skipped. As root on Debian: apt-get install postgresql"
    sys.stderr.write(f"PostgreSQL for the cluster tests: {found or missing}\n")
    return 1 if found is None and os.environ.get("CI") == "true" else 0


if __name__ == "__main__":
    sys.exit(main())
