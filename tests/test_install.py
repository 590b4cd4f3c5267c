"""``deploy/install.py``: which build of torch is installed, from where, and what is left to do where that fails.

Everything is real but the wheels: environments of their own, pip, uv, a package index of this machine that holds a
torch of one line, and a source of torch's builds that does not answer, since its proxy is a closed port.
"""

import os
import shutil
import subprocess
import sys
import threading
import venv
import zipfile
from functools import partial
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest

INSTALL = Path(__file__).parents[1] / "deploy" / "install.py"
UV = shutil.which("uv", path=os.pathsep.join([str(Path(sys.executable).parent), os.environ["PATH"]]))
DRIVER = any(Path(path).exists() for path in ("/proc/driver/nvidia/version", "/sys/module/nvidia/version"))
TORCH = "2.13.0"

needs_uv = pytest.mark.skipif(UV is None, reason="uv is not here; make setup installs it where it can be had")


class Index(SimpleHTTPRequestHandler):
    """A package index: folders of wheels. Keeps who asked for what."""

    def log_message(self, *_):
        program = self.headers["User-Agent"].partition("/")[0]
        self.server.asked.append((program, self.path))


@pytest.fixture(scope="module")
def index(tmp_path_factory):
    folder = tmp_path_factory.mktemp("index")
    name = f"torch-{TORCH}"
    (folder / "torch").mkdir()
    with zipfile.ZipFile(folder / "torch" / f"{name}-py3-none-any.whl", "w") as wheel:
        wheel.writestr("torch.py", "")
        wheel.writestr(f"{name}.dist-info/METADATA", f"Metadata-Version: 2.1\nName: torch\nVersion: {TORCH}\n")
        wheel.writestr(f"{name}.dist-info/WHEEL", "Wheel-Version: 1.0\nRoot-Is-Purelib: true\nTag: py3-none-any\n")
        wheel.writestr(f"{name}.dist-info/RECORD", "")
    server = ThreadingHTTPServer(("127.0.0.1", 0), partial(Index, directory=str(folder)))
    server.asked = []
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    yield server
    server.shutdown()
    thread.join()
    server.server_close()


@pytest.fixture(scope="module")
def empty(tmp_path_factory):
    """An environment with pip alone, to be copied."""
    folder = tmp_path_factory.mktemp("empty") / "venv"
    venv.create(folder, with_pip=True)
    return folder


@pytest.fixture
def machine(empty, index, tmp_path, monkeypatch):
    """Install torch on a machine that reaches the index alone, with the given programs on its path."""
    index.asked.clear()
    folder, programs = tmp_path / "venv", tmp_path / "programs"
    shutil.copytree(empty, folder, symlinks=True)
    programs.mkdir()
    for name in [name for name in os.environ if name.startswith(("PIP_", "UV_"))]:
        monkeypatch.delenv(name)
    for name in ("HTTP_PROXY", "HTTPS_PROXY", "ALL_PROXY"):
        monkeypatch.setenv(name, "http://127.0.0.1:9")
        monkeypatch.setenv(name.lower(), "http://127.0.0.1:9")
    monkeypatch.setenv("NO_PROXY", "127.0.0.1")
    monkeypatch.setenv("no_proxy", "127.0.0.1")
    monkeypatch.setenv("PATH", str(programs))
    monkeypatch.setenv("PIP_CONFIG_FILE", os.devnull)
    monkeypatch.setenv("PIP_INDEX_URL", f"http://127.0.0.1:{index.server_port}")
    monkeypatch.setenv("UV_CACHE_DIR", str(tmp_path / "cache"))
    monkeypatch.setenv("UV_NO_CONFIG", "1")

    def install(*arguments, **scripts):
        for name, script in scripts.items():
            path = programs / name.replace("_", "-")
            if script.startswith("#!"):
                path.write_text(script)
                path.chmod(0o755)
            else:
                path.symlink_to(script)
        command = [str(folder / "bin" / "python"), str(INSTALL), *(arguments or [f"torch=={TORCH}"])]
        done = subprocess.run(command, capture_output=True, text=True, check=False, cwd=tmp_path)
        note = folder / "torch-build.txt"
        return done, note.read_text(encoding="utf-8").strip() if note.exists() else ""

    install.folder = folder
    return install


def installed(machine):
    return [path.name for path in machine.folder.glob("lib/python*/site-packages/torch-*.dist-info")]


@needs_uv
@pytest.mark.skipif(DRIVER, reason="this machine has an NVIDIA driver")
def test_a_laptop_asks_for_the_cpu_build_and_falls_back_to_the_pin(machine, index):
    done, note = machine(uv=UV)
    assert done.returncode == 0, done.stderr
    assert "/whl/cpu" in done.stderr, "the build for the CPU is asked for first"
    assert "could not be fetched" in done.stderr and "several GB" in done.stderr
    assert installed(machine) == [f"torch-{TORCH}.dist-info"]
    assert note == "taken from pip's sources, as the build for this machine could not be fetched when it was installed"
    assert {program for program, path in index.asked if path.endswith(".whl")} == {"uv"}, "told of pip's sources"


@needs_uv
def test_a_machine_with_a_driver_asks_for_the_cuda_build_of_its_age(machine):
    done, note = machine(uv=UV, nvidia_smi="#!/bin/sh\necho 580.95.05\n")
    assert done.returncode == 0, done.stderr
    assert "/whl/cu1" in done.stderr and "/whl/cpu" not in done.stderr
    assert installed(machine) and note.startswith("taken from pip's sources")


@needs_uv
def test_the_user_may_choose_the_build(machine, monkeypatch):
    monkeypatch.setenv("UV_TORCH_BACKEND", "cu126")
    monkeypatch.setenv("UV_HTTP_RETRIES", "0")
    done, _ = machine(uv=UV)
    assert "/whl/cu126" in done.stderr


def test_without_uv_pip_installs(machine, index):
    done, note = machine()
    assert done.returncode == 0, done.stderr
    assert installed(machine) == [f"torch-{TORCH}.dist-info"]
    assert note == "taken from pip's sources, as uv, which chooses the build for a machine, could not be installed"
    assert {program for program, _ in index.asked} == {"pip"}


@needs_uv
def test_where_uv_fails_pip_tries_and_a_failure_is_the_exit_status(machine, index):
    done, note = machine("no-such-package==1.0", uv=UV)
    assert done.returncode != 0 and "uv could not install that; pip tries." in done.stderr
    assert {program for program, path in index.asked if "no-such-package" in path} == {"uv", "pip"}
    assert note == "", "no reason is kept for a build that is not there"


@needs_uv
def test_a_torch_that_is_there_is_left_alone(machine):
    first, _ = machine(uv=UV)
    assert first.returncode == 0, first.stderr
    second, note = machine()
    assert second.returncode == 0 and "could not be fetched" not in second.stderr
    assert note.startswith("taken from pip's sources"), "and the reason is kept"
