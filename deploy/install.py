"""Install packages into the environment of the Python that runs this: by uv where it can be had, else by pip.

``python deploy/install.py ARGUMENTS`` takes the arguments of ``pip install``; make calls it. torch comes first, in the
build for this machine: with CUDA where there is an NVIDIA driver, else for the CPU, which spares gigabytes. Where the
source of these builds does not answer, the pinned version comes from the sources that pip knows, in the build that they
have. ``torch-build.txt`` in the environment says which was taken and why; ``motiflens doctor`` shows it.

Nothing but the standard library: it runs before anything is installed.
"""

import ast
import importlib.metadata
import os
import shutil
import subprocess
import sys
import sysconfig
from pathlib import Path

CONSTRAINTS = Path(__file__).parents[1] / "constraints.txt"
NOTE = Path(sys.prefix) / "torch-build.txt"
DRIVER = (Path("/proc/driver/nvidia/version"), Path("/sys/module/nvidia/version"))
SETTINGS = {
    "index-url": "UV_DEFAULT_INDEX",
    "extra-index-url": "UV_INDEX",
    "find-links": "UV_FIND_LINKS",
    "no-index": "UV_NO_INDEX",
}
"""pip's settings that say where packages come from, and the variables by which uv takes them."""


def main(arguments: list[str]) -> int:
    """Install torch, then what the arguments name, and give the exit status."""
    uv = find_uv()
    note = "" if _version("torch") == pinned("torch") else install_torch(uv)
    status = install(uv, arguments)
    if note and not status:
        NOTE.write_text(note + "\n", encoding="utf-8")
    return status


def pinned(package: str) -> str:
    """Give the version of a package that constraints.txt pins."""
    lines = CONSTRAINTS.read_text(encoding="utf-8").splitlines()
    return next(line.partition("==")[2] for line in lines if line.startswith(f"{package}=="))


def find_uv() -> str | None:
    """Give the path of uv, installed by pip where it is missing; None where it cannot be had."""
    path = os.pathsep.join([sysconfig.get_path("scripts"), os.environ.get("PATH", "")])
    if not shutil.which("uv", path=path):
        _run([*_pip(), "--quiet", f"uv=={pinned('uv')}"])
    return shutil.which("uv", path=path)


def install_torch(uv: str | None) -> str:
    """Install the build of torch for this machine where it can be fetched, and say why that build was taken."""
    if not uv:
        return "taken from pip's sources, as uv, which chooses the build for a machine, could not be installed"
    if backend := os.environ.get("UV_TORCH_BACKEND", ""):
        reason = f"chosen by UV_TORCH_BACKEND={backend}"
    elif has_nvidia_driver():
        backend, reason = "auto", "chosen because an NVIDIA driver was found when it was installed"
    else:  # auto would take gigabytes for the Intel graphics of a laptop
        backend, reason = "cpu", "chosen because no NVIDIA driver was found when it was installed"
    patience = {"UV_HTTP_CONNECT_TIMEOUT": "5", "UV_HTTP_RETRIES": "1"}
    command = [*_uv(uv), "--torch-backend", backend, "--constraint", str(CONSTRAINTS), f"torch=={pinned('torch')}"]
    if _run(command, pip_sources() | patience) == 0:
        return reason
    _say(
        "The build of torch for this machine could not be fetched (see above). The pinned version comes from where pip "
        "looks, in the build that is there; one with CUDA takes several GB."
    )
    return "taken from pip's sources, as the build for this machine could not be fetched when it was installed"


def has_nvidia_driver() -> bool:
    """Say whether an NVIDIA driver is here, by the signs that uv goes by."""
    if any(path.exists() for path in DRIVER):
        return True
    smi = shutil.which("nvidia-smi")
    return smi is not None and subprocess.run([smi, "--list-gpus"], capture_output=True, check=False).returncode == 0


def install(uv: str | None, arguments: list[str]) -> int:
    """Install by uv from the sources that pip knows; by pip where uv is missing or fails."""
    if uv and _run([*_uv(uv), *arguments], pip_sources()) == 0:
        return 0
    if uv:
        _say("uv could not install that; pip tries.")
    return _run([*_pip(), *arguments])


def pip_sources() -> dict[str, str]:
    """Give what pip is told of mirrors as uv's variables, since uv does not read pip's configuration."""
    command = [sys.executable, "-m", "pip", "config", "list"]
    lines = subprocess.run(command, capture_output=True, text=True, check=False).stdout.splitlines()
    sources = {"UV_INDEX_STRATEGY": "unsafe-best-match"}  # pip's own: the best version of all indexes
    for section in ("global", "install", ":env:"):  # the last one wins
        for option, variable in SETTINGS.items():
            for line in lines:
                name, _, value = line.partition("=")
                if name == f"{section}.{option}":
                    values = str(ast.literal_eval(value)).split()
                    sources[variable] = ("," if option == "find-links" else " ").join(values)
    return sources


def _version(package: str) -> str | None:
    try:
        return importlib.metadata.version(package).partition("+")[0]
    except importlib.metadata.PackageNotFoundError:
        return None


def _uv(uv: str) -> list[str]:
    return [uv, "pip", "install", "--quiet", "--python", sys.executable]


def _pip() -> list[str]:
    return [sys.executable, "-m", "pip", "install", "--quiet", "--disable-pip-version-check"]


def _run(command: list[str], variables: dict[str, str] | None = None) -> int:
    """Give the exit status of a command; what the user set in the environment comes before the variables given."""
    return subprocess.run(command, env={**(variables or {}), **os.environ}, check=False).returncode


def _say(sentence: str) -> None:
    sys.stderr.write(f"{sentence}\n")


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
