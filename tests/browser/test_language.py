"""The Language model view in a real browser: the map zooms, and a click on a cell shows the pair."""

import re
from pathlib import Path

import pytest
from playwright.sync_api import Page, expect

from tests.attribution import headed
from tests.browser.looks import in_four_ways
from tests.browser.servers import wait_until_idle


@pytest.fixture(scope="module")
def address(tmp_path_factory, serve):
    made = headed.make(tmp_path_factory.mktemp("language") / "home")
    return f"{serve(Path('app.py'), made.home)}/attribution?dataset={made.dataset}&run={made.run}&view=Language+model"


def open_map(page: Page, address: str):
    page.goto(f"{address}&look=dependency")
    canvas = page.locator(".pairs canvas")
    expect(canvas).to_be_visible(timeout=60_000)
    wait_until_idle(page)
    canvas.scroll_into_view_if_needed()
    return canvas


def test_a_click_on_a_cell_shows_the_pair_and_keys_move_on(page, address):
    canvas = open_map(page, address)
    canvas.click(position={"x": 200, "y": 150})
    said = page.get_by_text(re.compile(r"^[ACGT]\d+ mutated, [ACGT]\d+ as target$"))
    expect(said).to_be_visible()
    expect(page.locator(".ruler").get_by_text("Chosen pair").first).to_be_visible()
    wait_until_idle(page)
    first = said.inner_text()
    page.keyboard.press("ArrowDown")
    page.keyboard.press("Enter")
    expect(said).not_to_have_text(first)
    mutated = [int(re.match(r"[ACGT](\d+)", text).group(1)) for text in (first, said.inner_text())]
    assert mutated[1] == mutated[0] + 1, "down is the next mutated position"


def test_it_zooms_around_a_cell_and_back(page, address):
    canvas = open_map(page, address)
    canvas.hover(position={"x": 200, "y": 150})
    line = page.locator(".pairs .said")
    before = line.inner_text()
    assert re.match(r"Mutated position [ACGT]\d+ · Target position [ACGT]\d+ · [\d.e-]+", before)
    page.keyboard.down("Control")
    page.mouse.wheel(0, -400)
    page.keyboard.up("Control")
    canvas.hover(position={"x": 201, "y": 151})
    assert line.inner_text().split(" · ")[:2] == before.split(" · ")[:2], "the cell under the pointer stays"
    canvas.hover(position={"x": 80, "y": 40})
    zoomed = line.inner_text()
    page.get_by_role("button", name="Fit").last.click()
    canvas.hover(position={"x": 80, "y": 41})
    assert line.inner_text() != zoomed


@pytest.mark.parametrize("look", ["reconstruction", "dependency", "attention"])
def test_it_is_whole_in_both_themes_wide_and_narrow(browser, address, look, picture):
    def ready(page: Page) -> None:
        expect(page.locator(".ruler .row canvas").first).to_be_visible(timeout=60_000)
        if look != "reconstruction":
            expect(page.locator(".pairs canvas")).to_be_visible(timeout=60_000)

    in_four_ways(browser, f"{address}&look={look}", ready, picture, f"language-{look}")
