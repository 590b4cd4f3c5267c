"""What every browser test may ask for: a real Chromium, a page, and a server of its own.

def test_it(serve, page):
    page.goto(serve(Path("app.py")))
    wait_until_idle(page)                 # from tests.browser.servers
"""

import os
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page, expect, sync_playwright

from tests.browser.chromium import FLAGS, find
from tests.browser.looks import Picture
from tests.browser.servers import ROOT, Server, free_port

HERE = Path(__file__).resolve().parent
expect.set_options(timeout=15_000)  # a busy machine is slow, not wrong


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Mark every test of this folder."""
    for item in items:
        if HERE in item.path.parents:
            item.add_marker(pytest.mark.browser)


@pytest.fixture(scope="session")
def chromium_path() -> str:
    """Give the path of a Chromium; without one skip, or fail with CI=true."""
    path = find()
    if path is None:
        reason = "there is no Chromium: set CHROMIUM to its path, or run python -m tests.browser.chromium --install"
        if os.environ.get("CI") == "true":
            pytest.fail(reason)
        pytest.skip(reason)
    return path


@pytest.fixture(scope="session")
def browser(chromium_path: str) -> Iterator[Browser]:
    """Give one Chromium for the whole session."""
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=chromium_path, headless=True, args=list(FLAGS))
        yield browser
        browser.close()


@pytest.fixture
def page(browser: Browser) -> Iterator[Page]:
    """Give a page in a context of its own (no shared cookies or storage), 1280 x 900."""
    context = browser.new_context(viewport={"width": 1280, "height": 900}, accept_downloads=True)
    context.set_default_timeout(30_000)
    yield context.new_page()
    context.close()


@pytest.fixture(scope="module")
def start_server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Callable[..., Server]]:
    """Start servers by hand: ``start_server(script, home=None, **environment) -> Server``; all stop with the module."""
    servers: list[Server] = []

    def start(script: Path, home: Path | None = None, **environment: str) -> Server:
        home = home or tmp_path_factory.mktemp("workspace") / "home"
        servers.append(Server(ROOT / script, home, free_port(), environment))
        return servers[-1].start()

    yield start
    for server in servers:
        server.stop()


@pytest.fixture(scope="module")
def serve(start_server: Callable[..., Server]) -> Callable[[Path, Path | None], str]:
    """Serve a script: ``serve(script, home=None) -> url``; the same script and home share a server in a module."""
    known: dict[tuple[Path, Path | None], str] = {}

    def serve(script: Path, home: Path | None = None) -> str:
        if (script, home) not in known:
            known[script, home] = start_server(script, home).url
        return known[script, home]

    return serve


@pytest.fixture(scope="session")
def picture() -> Picture:
    """Take pictures into a folder that git ignores, where ``PICTURES`` is set; otherwise none."""
    if not os.environ.get("PICTURES"):
        return Picture(None)
    folder = ROOT / "screenshots"
    folder.mkdir(exist_ok=True)
    return Picture(folder)
