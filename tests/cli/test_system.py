"""The installed command, ``serve``, ``--version``, and what ``doctor`` says of the build of torch."""

import os
import socket
import subprocess
import sys
import time
import tomllib
import urllib.error
import urllib.request
from pathlib import Path

import pytest
import torch

import lib
from lib import __main__
from lib.cli import main, system

ROOT = Path(lib.__file__).parents[1]
COMMAND = Path(sys.executable).with_name("motiflens")


def test_the_command_works_from_any_folder(tmp_path):
    (tmp_path / "mine.fa").write_text(">a\nACGTACGTTG\n>b\nACGTACGTT\n")
    told = subprocess.run([COMMAND, "--version"], cwd=tmp_path, capture_output=True, text=True, check=True)
    assert told.stdout == f"MotifLens {lib.__version__}\n"
    (tmp_path / "lib").mkdir()
    code = "import lib; print(lib.__version__)"
    found = subprocess.run([sys.executable, "-c", code], cwd=tmp_path, capture_output=True, text=True, check=False)
    assert found.stdout.strip() == lib.__version__, "a folder called lib, such as /lib in /, hides nothing"
    read = subprocess.run([COMMAND, "inspect", "mine.fa"], cwd=tmp_path, capture_output=True, text=True, check=False)
    assert read.returncode == 0 and "sequences, 2 rows" in read.stdout, read.stderr


def test_a_relative_workspace_stays_where_it_is_said_to_be(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("MOTIFLENS_HOME", "mine")
    monkeypatch.setattr(sys, "argv", ["motiflens", "--version"])
    with pytest.raises(SystemExit):
        __main__.main()
    assert os.environ["MOTIFLENS_HOME"] == str(tmp_path / "mine"), "the processes of a run work in another folder"


def test_the_version_stands_in_one_place():
    project = tomllib.loads((ROOT / "pyproject.toml").read_text())
    assert project["project"]["dynamic"] == ["version", "dependencies"] and "version" not in project["project"]
    assert project["tool"]["setuptools"]["dynamic"]["version"] == {"attr": "lib.__version__"}


def test_serve_starts_the_app_from_any_folder(tmp_path):
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        port = taken.getsockname()[1]
    environment = {**os.environ, "MOTIFLENS_HOME": str(tmp_path / "home")}
    with subprocess.Popen(
        [COMMAND, "serve", "--port", str(port), "--address", "127.0.0.1"],
        cwd=tmp_path, env=environment, stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
    ) as server:  # fmt: skip
        try:
            assert _answer(f"http://127.0.0.1:{port}/_stcore/health", server) == "ok"
        finally:
            server.terminate()


def _answer(address, server):
    while server.poll() is None:
        try:
            with urllib.request.urlopen(address, timeout=5) as answer:
                return answer.read().decode()
        except (urllib.error.URLError, TimeoutError):
            time.sleep(0.1)
    return server.stdout.read().decode()


@pytest.mark.parametrize("port", ["0", "65536"])
def test_serve_refuses_what_is_no_port(port, capsys):
    assert main(["serve", "--port", port]) == 2
    assert f"{port} is no port; choose a number from 1 to 65535" in capsys.readouterr().err


def test_serve_needs_the_checkout(tmp_path, monkeypatch, capsys):
    monkeypatch.setattr(lib, "__file__", str(tmp_path / "lib" / "__init__.py"))
    assert main(["serve"]) == 2
    assert "The app is served from a checkout: run make setup there." in capsys.readouterr().err


@pytest.mark.parametrize(
    ("cuda", "gpus", "usable", "ok", "says"),
    [
        (None, "", False, True, "built for the CPU: WHY"),
        ("13.0", "139:120:3", True, True, "built for CUDA 13.0: WHY"),
        (None, "139:120:3", False, False, "WHY; install the build with CUDA: make clean setup"),
        ("13.0", "139:120:3", False, False, "WHY; the driver may be too old for CUDA 13.0"),
        ("13.0", "", False, None, "WHY; it works, and its CUDA libraries are not used"),
    ],
)
def test_doctor_says_which_torch_is_there_and_why(gpus_here, monkeypatch, tmp_path, cuda, gpus, usable, ok, says):
    gpus_here(gpus)
    (tmp_path / "torch-build.txt").write_text("WHY\n")
    monkeypatch.setattr(system, "TORCH_NOTE", tmp_path / "torch-build.txt")
    monkeypatch.setattr(torch.version, "cuda", cuda)
    monkeypatch.setattr(torch.cuda, "is_available", lambda: usable)
    found, told = system._torch()
    assert found is ok and says in told and torch.__version__ in told


def test_doctor_reads_the_reason_where_make_wrote_it(tmp_path):
    assert system.TORCH_NOTE == Path(sys.prefix) / "torch-build.txt"
    assert system.TORCH_NOTE.name in (ROOT / "deploy" / "install.py").read_text()
