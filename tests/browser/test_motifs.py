"""The Motifs page in a real Chromium: a discovery is started, done by a worker, and one of its patterns opened."""

import re
from pathlib import Path

import pytest
from playwright.sync_api import expect

from tests import finished
from tests.browser.servers import wait_until_idle


@pytest.fixture(scope="module")
def made(tmp_path_factory) -> finished.Finished:
    """A workspace with the demo and a kmer-ridge, which in-silico mutagenesis explains in no time."""
    return finished.make(tmp_path_factory.mktemp("motifs") / "home")


def test_motifs_are_found_and_one_is_followed(start_server, made, page, picture):
    server = start_server(Path("app.py"), made.home)
    page.goto(f"{server.url}/motifs?dataset={made.dataset}&run={made.run}")
    page.get_by_role("button", name="Start discovery").click()
    found = page.get_by_text("patterns in 160 sequences")
    found.wait_for(timeout=300_000)  # the first discovery on a machine compiles its kernels
    wait_until_idle(page)
    expect(page.get_by_text("Patterns that raise the prediction")).to_be_visible()
    logos = page.get_by_role("img", name="Logo of pattern")
    assert logos.count() >= 5, "the planted motifs of the demo"
    expect(page.get_by_role("img", name="GCACUU: ").first).to_be_visible()
    assert "discovery=" in page.url
    picture(page, "motifs-patterns", full_page=True)

    page.get_by_role("button", name="Open", exact=True).nth(1).click()
    expect(page.get_by_text("What it resembles")).to_be_visible()
    wait_until_idle(page)
    assert "pattern=" in page.url
    expect(page.get_by_role("button", name="Close", exact=True).first).to_be_in_viewport()  # however far down the card
    expect(page.get_by_text("TOMTOM, single strand")).to_be_visible()
    picture(page, "motifs-one", full_page=True)
    again = page.context.new_page()
    again.goto(page.url)
    expect(again.get_by_text("What it resembles")).to_be_visible()
    word = again.get_by_role("heading", level=3, name="Pattern").inner_text().split(": ")[1]
    again.get_by_role("link", name="Insert it").click()
    expect(again.get_by_role("heading", level=1)).to_have_text("Experiments")
    expect(again.get_by_role("textbox", name="Motifs, one a line")).to_have_value(re.compile(f"^[A-Z]{{{len(word)}}}$"))
    again.close()

    page.get_by_text("Instances", exact=True).click()
    expect(page.get_by_text("per sequence.")).to_be_visible()
    wait_until_idle(page)
    table = page.get_by_test_id("stDataFrame").first
    table.scroll_into_view_if_needed()
    shown = page.get_by_text("instance of").inner_text()
    table.click(position={"x": 300, "y": 35 * 3 + 17})  # a cell of the third row, not its box
    expect(page.get_by_text("instance of")).not_to_have_text(shown)
    expect(page.get_by_text(re.compile(r"^Selected \d+–\d+ "))).to_be_visible()
    picture(page, "motifs-instances", full_page=True)

    page.get_by_text("Order and spacing", exact=True).click()
    page.get_by_text("Co-occurrence", exact=True).click()
    wait_until_idle(page)
    squares = page.locator(".scatterlayer .points path.point")
    squares.last.scroll_into_view_if_needed()
    box = squares.last.bounding_box()
    page.mouse.click(box["x"] + box["width"] / 2, box["y"] + box["height"] / 2)  # plotly lays its own layer above
    expect(page.get_by_text("have two or more of it").or_(page.get_by_text("Most above chance"))).to_be_visible()
    name = page.url.split("pair=")[1].split("&")[0].split("%2C")
    assert name[0] == name[1], "the last square is a pattern and itself"
    picture(page, "motifs-spacing", full_page=True)

    page.get_by_text("Scan", exact=True).click()
    expect(page.get_by_text("Sequences with a hit")).to_be_visible()
    wait_until_idle(page)
    picture(page, "motifs-scan", full_page=True)
