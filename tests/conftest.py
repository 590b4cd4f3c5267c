"""What every test may ask for."""

import os
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from hypothesis import HealthCheck, settings

# A busy machine is slow, not wrong.
settings.register_profile(
    "tests", deadline=None, suppress_health_check=[HealthCheck.too_slow]
)  # a busy machine is slow
settings.load_profile("tests")

NVML = Path(__file__).with_name("standin_nvml")
SHARED = Path(__file__).resolve().parents[2] / "shared" / "data"


@pytest.fixture(scope="session")
def shared() -> Path:
    """Give the folder of real public data that lies beside a checkout, or skip."""
    if not SHARED.is_dir():
        pytest.skip(f"the real data are not here: {SHARED.parent.name}/{SHARED.name} beside the checkout is missing")
    return SHARED


@pytest.fixture(scope="session", autouse=True)
def made_once(tmp_path_factory: pytest.TempPathFactory) -> None:
    """Let all processes of this session share the workspaces that ``tests.finished`` makes, and measure no costs."""
    base = tmp_path_factory.getbasetemp()
    folder = (base.parent if "PYTEST_XDIST_WORKER" in os.environ else base) / "made-once"
    folder.mkdir(exist_ok=True)
    os.environ["TESTS_MADE_ONCE"] = str(folder)
    os.environ["MOTIFLENS_COSTS"] = "off"  # whoever looks at what Train measures turns it on


@pytest.fixture(autouse=True)
def plain_settings(monkeypatch: pytest.MonkeyPatch) -> None:
    """Keep the password and the database of whoever runs the tests away from them."""
    monkeypatch.delenv("MOTIFLENS_PASSWORD", raising=False)
    monkeypatch.delenv("MOTIFLENS_DATABASE_URL", raising=False)


@pytest.fixture
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Give every test that asks a workspace of its own."""
    folder = tmp_path / "home"
    monkeypatch.setenv("MOTIFLENS_HOME", str(folder))
    return folder


@pytest.fixture
def gpus_here(monkeypatch: pytest.MonkeyPatch) -> Iterator[Callable[[str], None]]:
    """Let this process and those that it starts see GPUs by a stand-in for NVIDIA's library (``standin_nvml``)."""
    monkeypatch.syspath_prepend(str(NVML))
    monkeypatch.setenv("PYTHONPATH", str(NVML))
    monkeypatch.delenv("CUDA_VISIBLE_DEVICES", raising=False)
    real = sys.modules.pop("pynvml", None)

    def have(gpus: str) -> None:
        monkeypatch.setenv("STANDIN_GPUS", gpus)
        if not gpus.strip():
            monkeypatch.delenv("STANDIN_GPUS")

    yield have
    sys.modules.pop("pynvml", None)
    if real is not None:
        sys.modules["pynvml"] = real
