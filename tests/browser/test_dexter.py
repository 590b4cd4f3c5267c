"""What DExTER found, in a real Chromium: a click on a word of the tree shows its regions."""

import re
from pathlib import Path

import pytest
from playwright.sync_api import expect

from tests import finished
from tests.browser.servers import wait_until_idle


@pytest.fixture(scope="module")
def made(tmp_path_factory) -> finished.Finished:
    """A workspace with the demo and a DExTER that found a few words."""
    settings = {"bins": 4, "chance": 1.0, "longest": 4}
    return finished.make(tmp_path_factory.mktemp("dexter") / "home", model="dexter", settings=settings)


def test_a_click_on_a_word_shows_its_regions(start_server, made, page, picture):
    server = start_server(Path("app.py"), made.home)
    page.goto(f"{server.url}/results?run={made.run}")
    expect(page.get_by_text("What DExTER found")).to_be_visible()
    wait_until_idle(page)
    expect(page.get_by_text(": correlation with the target by region")).to_be_visible()
    assert "word=" not in page.url

    tree = page.locator("[class*=st-key-chart-dexter-tree]")
    tree.scroll_into_view_if_needed()
    wait_until_idle(page)
    tree.locator(".scatterlayer .points path.point").first.click(force=True)
    page.wait_for_url(re.compile("word="))  # the link reproduces the view
    word = re.findall("word=([ACGT]+)", page.url)[0]
    expect(page.get_by_text(f"{word} is one of the 16 words that every search begins with")).to_be_visible()
    expect(page.get_by_text(f"{word}: correlation with the target by region").first).to_be_visible()
    wait_until_idle(page)
    picture(page, "dexter", full_page=True)

    for kind in ("elements", "lattice", "tree"):
        chart = page.locator(f"[class*=st-key-chart-dexter-{kind}]")
        expect(chart.get_by_role("button", name="SVG")).to_be_visible()
        expect(chart.get_by_role("button", name="CSV")).to_be_visible()
