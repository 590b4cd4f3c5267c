"""RBP tables in a real Chromium: a file is brought, a threshold moved, a link opened elsewhere; pictures to look at."""

import re
from pathlib import Path

import numpy as np
import pytest
from playwright.sync_api import expect

from lib.io.files import Source
from lib.store import rbp_tables
from tests import finished
from tests.browser.looks import in_four_ways
from tests.browser.servers import wait_until_idle

NASTY = "<img src=x onerror=alert(1)>"


def meme(count: int) -> bytes:
    rng = np.random.default_rng(0)
    lines = ["MEME version 4", "ALPHABET= ACGU"]
    for place in range(count):
        lines += [f"MOTIF RBP{place}", f"letter-probability matrix: alength= 4 w= {place % 5 + 4}"]
        lines += [" ".join(f"{value:.6f}" for value in rng.dirichlet(np.ones(4) / 4)) for _ in range(place % 5 + 4)]
    return "\n".join(lines).encode()


@pytest.fixture(scope="module")
def made(tmp_path_factory):
    """A workspace with the demo and a MEME file of 14 PWMs: its home, and the ids of both."""
    folder = tmp_path_factory.mktemp("rbp")
    with finished.using(folder / "home"):
        return folder / "home", finished.freeze(folder / "files"), rbp_tables.keep(Source("some.meme", meme(14)))


@pytest.fixture(scope="module")
def address(start_server, made):
    home, dataset, _ = made
    return f"{start_server(Path('app.py'), home).url}/vocabulary?view=RBP+tables&dataset={dataset}"


def settled(page):
    page.get_by_text("Hits per sequence, mean").wait_for()
    page.wait_for_timeout(300)
    wait_until_idle(page)


def numbers(page) -> list[str]:
    return page.locator(".ml-facts").all_inner_texts()


def test_a_file_is_brought_and_the_link_shows_the_same_elsewhere(address, browser, page):
    alerts = []
    page.on("dialog", lambda dialog: (alerts.append(dialog.message), dialog.dismiss()))
    page.goto(address)
    settled(page)
    page.get_by_role("button", name="Upload another table").click()
    table = b"Motif,Mean_RBP\nUUAG,3\nGCACUU,1\nUAUUUA,2\nGGACU,0.5\n"
    page.locator("input[type=file]").set_input_files(
        [{"name": f"{NASTY}.csv", "mimeType": "text/csv", "buffer": table}]
    )
    expect(page.get_by_text("is kept in the workspace and chosen")).to_be_visible()
    settled(page)
    expect(page.locator("input[type=file]")).to_have_count(0)  # the place for files is closed again
    slider = page.get_by_role("slider")
    slider.press("Home")
    for _ in range(50):  # steps of half a percent, to a quarter of the table
        slider.press("ArrowRight")
    expect(page.get_by_text("3 (75.0%)")).to_be_visible()
    page.wait_for_url(re.compile("rbp_min=1(&|$)"))
    settled(page)
    shown = numbers(page)
    assert "rbp=" in page.url
    other = browser.new_context(viewport={"width": 1280, "height": 900})
    again = other.new_page()
    again.goto(page.url)
    settled(again)
    assert numbers(again) == shown
    other.close()
    with page.expect_download() as got:
        page.get_by_role("button", name="3 motifs (CSV)").click()
    lines = Path(got.value.path()).read_text().splitlines()
    assert lines[0].startswith("motif,width,mean_rbp,hits,sequences") and len(lines) == 4
    page.get_by_role("link", name="Compare", exact=True).click()
    page.get_by_role("heading", name="Compare", level=1).wait_for()
    page.wait_for_url(re.compile("rbp="))
    assert alerts == []


def test_logos_go_page_by_page_and_to_a_file(address, made, page):
    page.goto(f"{address}&rbp={made[2]}&rna=true")
    settled(page)
    logos = page.get_by_role("img", name=re.compile("^Logo of RBP"))
    expect(logos).to_have_count(12)
    settled(page)
    shows(logos, 2, lambda: put(page.get_by_label("Page of 2"), "2"))
    settled(page)
    with page.expect_download() as got:
        page.get_by_role("button", name="SVG", exact=True).click()
    picture = Path(got.value.path()).read_text()
    assert picture.count("RBP") == 2 and "<svg" in picture
    shows(logos, 1, lambda: put(page.get_by_role("textbox", name="Search"), "rbp13"))


def put(box, text: str) -> None:
    box.fill(text)
    box.press("Enter")


def shows(found, count: int, ask) -> None:
    """Ask until something is shown: what is typed while a busy page is drawn anew may be lost."""
    for _ in range(4):
        ask()
        try:
            expect(found).to_have_count(count, timeout=5000)
        except AssertionError:
            continue
        return
    expect(found).to_have_count(count)


@pytest.mark.parametrize("kind", ["table", "pwms"])
def test_the_view_is_whole(address, made, browser, picture, kind):
    in_four_ways(browser, address + f"&rbp={made[2]}" * (kind == "pwms"), wait_until_idle, picture, f"rbp-{kind}")
