"""What every test may ask for."""

from pathlib import Path

import pytest

SHARED = Path(__file__).resolve().parents[2] / "shared" / "data"


@pytest.fixture(scope="session")
def shared() -> Path:
    """Give the folder of real public data that lies beside a checkout, or skip."""
    if not SHARED.is_dir():
        pytest.skip(f"the real data are not here: {SHARED.parent.name}/{SHARED.name} beside the checkout is missing")
    return SHARED


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
