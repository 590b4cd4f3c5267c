"""The Compare page by hand: a sequence, tokenizers with their settings, a token, files, and the link for a stranger."""

import json
import random
import re
from collections.abc import Iterator
from pathlib import Path

import pandas as pd
import pytest
from playwright.sync_api import Browser, Locator, Page, expect

from lib.store import datasets
from tests import finished
from tests.browser.servers import pick_option, wait_until_idle

LONG = "".join(random.Random(4).choices("ACGT", k=4003))
GUTTER, MARGIN = 48, 8


@pytest.fixture(scope="module")
def made(tmp_path_factory) -> finished.Finished:
    return finished.make(tmp_path_factory.mktemp("compare") / "home", settings={"k": 3})


@pytest.fixture(scope="module")
def server(start_server, made):
    return start_server(Path("app.py"), made.home)


@pytest.fixture
def tab(browser: Browser) -> Iterator:
    """Open tabs, each of another person."""
    contexts = []

    def tab() -> Page:
        contexts.append(browser.new_context(viewport={"width": 1440, "height": 1100}, accept_downloads=True))
        contexts[-1].set_default_timeout(45_000)
        return contexts[-1].new_page()

    yield tab
    for context in contexts:
        context.close()


def main_of(page: Page) -> Locator:
    return page.get_by_test_id("stMain")


def saved(page: Page, button: str, folder: Path) -> Path:
    with page.expect_download() as download:
        page.get_by_role("button", name=button, exact=True).first.click()
    path = folder / download.value.suggested_filename
    download.value.save_as(path)
    return path


def spot(page: Page, label: str, position: float) -> tuple[float, float]:
    """Where a position of a token track is on the screen."""
    ruler = page.locator(".ruler")
    start, end = (int(ruler.get_attribute(f"data-{name}") or 0) for name in ("start", "end"))
    row = page.locator(".ruler .row").first.bounding_box()
    title = page.locator(".ruler .caption", has=page.locator(".name", has_text=re.compile(f"^{re.escape(label)}$")))
    title.first.scroll_into_view_if_needed()
    row = page.locator(".ruler .row").first.bounding_box()
    scale = (row["width"] - GUTTER - MARGIN) / (end - start)
    below = title.first.bounding_box()
    return row["x"] + GUTTER + (position - start + 0.5) * scale, below["y"] + 24 + 9


def test_a_biologist_compares_how_tokenizers_read_a_sequence(server, made, tab, tmp_path, picture):
    page = tab()
    page.goto(f"{server.url}/compare?dataset={made.dataset}&run={made.run}&tokenizers=k-mer,motif")
    page.get_by_role("heading", name="Compare", level=1).wait_for()
    wait_until_idle(page)

    # A sequence of the dataset, by a part of its id.
    box = page.get_by_role("combobox", name=re.compile("^Sequence"))
    box.fill("_00007")
    box.press("Enter")
    page.wait_for_url(re.compile(r"sequence=SIM_00007"))
    wait_until_idle(page)
    expect(main_of(page)).to_contain_text("110 nt")

    # One more tokenizer, and longer words to step by.
    page.get_by_role("combobox", name=re.compile("Tokenizers")).click()
    pick_option(page, "Nucleotides")
    page.wait_for_url(re.compile("tokenizers=k-mer%2Cmotif%2Cnucleotide|tokenizers=k-mer,motif,nucleotide"))
    page.keyboard.press("Escape")
    wait_until_idle(page)
    page.get_by_text("Settings of the tokenizers").click()
    page.get_by_role("spinbutton", name="Word length (nt)").first.fill("4")
    page.get_by_role("spinbutton", name="Word length (nt)").first.press("Enter")
    page.wait_for_url(re.compile(r"k-mer(\(|%28)k(=|%3D)4"))
    wait_until_idle(page)
    expect(page.get_by_role("spinbutton", name="Word length (nt)").first).to_be_visible()
    page.get_by_text("Settings of the tokenizers").click()

    # Which nucleotides the run used, above the tokens.
    page.get_by_role("button", name="Explain this sequence").click()
    expect(page.locator(".ruler .caption", has_text="Attribution by First run")).to_be_visible(timeout=60_000)
    wait_until_idle(page)

    # The pointer over a token tells of it; a click reads it in every tokenizer.
    _, sequence = known(made, "SIM_00007")
    page.mouse.move(*spot(page, "Nucleotides", 30))
    expect(page.locator(".ruler .tooltip")).to_contain_text("31")
    page.mouse.click(*spot(page, "Nucleotides", 30))
    read = page.locator(".ml-read")
    expect(read).to_be_visible()
    expect(read.locator("b")).to_have_text(["k-mers (k=4)", "Motif cover", "Nucleotides"])
    words = [sequence[start : start + 4] for start in range(27, 31)]
    expect(read.locator("div").first.locator("span")).to_have_text(words)
    expect(read.locator("div").last.locator("span")).to_have_text([sequence[30]])
    page.wait_for_url(re.compile("at=31"))
    picture(page, "compare", full_page=True)

    check_files(page, sequence, tmp_path)

    # The link is the view: a stranger's browser shows the same.
    other = tab()
    other.goto(page.url)
    other.locator(".ruler").wait_for()
    wait_until_idle(other)
    expect(other.locator(".ruler .caption .name")).to_have_text(page.locator(".ruler .caption .name").all_inner_texts())
    expect(main_of(other)).to_contain_text("SIM_00007")
    expect(other.locator(".ml-read div").first.locator("span")).to_have_text(words)


def known(made: finished.Finished, name: str) -> tuple[int, str]:
    with finished.using(made.home):
        dataset = datasets.load(made.dataset)
    row = dataset.position(name)
    return row, str(dataset.sequences[row])


def check_files(page: Page, sequence: str, folder: Path) -> None:
    """Every export holds what the ruler shows."""
    table = pd.read_csv(saved(page, "Tokens (CSV)", folder), keep_default_na=False)
    assert list(table.columns) == ["tokenizer", "settings", "id", "start", "end", "token", "piece", "unknown"]
    assert set(table["id"]) == {"SIM_00007"}
    assert table.groupby("tokenizer", sort=False).size().to_dict()["nucleotide"] == 110
    words = table[table["tokenizer"] == "k-mer"]
    assert words["token"].tolist() == [sequence[start : start + 4] for start in range(107)]
    assert json.loads(words["settings"].iloc[0]) == {"k": 4, "stride": 1}
    for row in table.itertuples():
        assert sequence[row.start : row.end] == row.token

    facts = json.loads(saved(page, "Tokens (JSON)", folder).read_text())
    assert (facts["id"], facts["sequence"], facts["dataset"]["simulated"]) == ("SIM_00007", sequence, True)
    assert [item["tokenizer"] for item in facts["segmentations"]] == ["k-mer", "motif", "nucleotide"]
    assert sum(len(item["tokens"]) for item in facts["segmentations"]) == len(table)

    picture = saved(page, "Picture (SVG)", folder).read_text()
    assert picture.lstrip().startswith("<?xml") and "SIM_00007, 110 nt (simulated)" in picture
    assert "Motif cover" in picture and sequence[:4] in picture

    rows = pd.read_csv(saved(page, "Numbers (CSV)", folder))
    assert rows["Tokens"].tolist()[0] == 107


def test_four_thousand_letters_are_pasted_and_read(server, made, tab, picture):
    page = tab()
    page.goto(f"{server.url}/compare?dataset={made.dataset}")
    page.locator(".ruler").wait_for()
    wait_until_idle(page)
    page.get_by_role("button", name="Paste").click()
    page.get_by_role("textbox", name="Sequence", exact=True).fill(f">long\n{LONG}\n")
    page.get_by_role("button", name="Show this sequence").click()
    expect(main_of(page)).to_contain_text("4,003 nt · pasted", timeout=60_000)
    wait_until_idle(page)
    assert "seq=" not in page.url
    ruler = page.locator(".ruler")
    expect(ruler).to_have_attribute("data-end", "4003")
    expect(ruler).to_have_attribute("data-drawn-ms", re.compile(r"^[\d.]+$"))
    expect(page.locator(".ruler .caption", has_text="k-mers")).to_contain_text("3,998 tokens")
    picture(page, "compare-long", full_page=True)


def test_without_a_dataset_an_example_is_a_click_away(start_server, tab, tmp_path):
    page = tab()
    server = start_server(Path("app.py"), tmp_path / "home")
    page.goto(f"{server.url}/compare?tokenizers=nucleotide,bpe")
    page.get_by_role("button", name="Use an example").click()
    page.locator(".ruler").wait_for()
    wait_until_idle(page)
    expect(main_of(page)).to_contain_text("learns its tokens from sequences")
    expect(page.locator(".ruler .caption .name")).to_have_text(["Nucleotides"])
