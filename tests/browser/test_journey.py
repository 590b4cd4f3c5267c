"""The whole journey of a biologist, by hand: three files, a dataset, a training that outlives the tab, results, a logo.

Files are uploaded, not put into session state; the worker is a real process; the data are the simulated demo.
"""

import re
from collections.abc import Callable, Iterator
from pathlib import Path

import pandas as pd
import pytest
from playwright.sync_api import Browser, Locator, Page, expect

from lib.datasets import simulate
from tests.browser.servers import Server, wait_until_idle

ROWS = 400
TRAINING_SECONDS = 240

# Where the first point of a plot lies on the screen, in pixels of the page.
_FIRST_POINT = """
plot => {
  const box = plot.getBoundingClientRect(), layout = plot._fullLayout;
  const trace = plot._fullData.findIndex(data => data.mode && data.mode.includes('markers') && data.x.length > 20);
  const x = plot._fullData[trace].x[0], y = plot._fullData[trace].y[0];
  return [box.left + layout.xaxis._offset + layout.xaxis.l2p(x), box.top + layout.yaxis._offset + layout.yaxis.l2p(y)];
}
"""


@pytest.fixture(scope="module")
def server(start_server: Callable[..., Server]) -> Server:
    return start_server(Path("app.py"))


@pytest.fixture(scope="module")
def files(tmp_path_factory: pytest.TempPathFactory) -> simulate.DemoFiles:
    return simulate.write_demo(tmp_path_factory.mktemp("demo"), seed=1, n=ROWS)


@pytest.fixture
def tab(browser: Browser) -> Iterator[Callable[[], Page]]:
    """Open tabs of one person's browser; each may be closed and another opened."""
    context = browser.new_context(viewport={"width": 1280, "height": 1000}, accept_downloads=True)
    context.set_default_timeout(45_000)
    yield context.new_page
    context.close()


def drop(page: Page, zone: str, path: Path) -> None:
    page.locator(f".st-key-zone-{zone} input[type=file]").set_input_files(path)
    expect(page.get_by_role("button", name=f"Remove {path.name}")).to_be_visible()
    if zone == "sequences":
        expect(page.get_by_text("Next: drop the sequences above")).to_have_count(0)
    wait_until_idle(page)


def run_of(page: Page) -> str:
    found = re.search(r"[?&]run=([0-9a-f]+)", page.url)
    assert found, page.url
    return found.group(1)


def saved(page: Page, button: str, folder: Path) -> Path:
    with page.expect_download() as download:
        page.get_by_role("button", name=button).click()
    path = folder / download.value.suggested_filename
    download.value.save_as(path)
    return path


def click_first_point(page: Page, plot: Locator) -> None:
    """Click as a hand does: move there, see the hover, press."""
    plot.scroll_into_view_if_needed()
    page.mouse.move(*plot.evaluate(_FIRST_POINT))
    expect(plot.locator(".hoverlayer .hovertext")).to_be_visible()
    page.mouse.down()
    page.mouse.up()


def freeze(page: Page, server: Server, files: simulate.DemoFiles) -> None:
    """Upload three files and freeze them."""
    page.goto(server.url)
    wait_until_idle(page)
    drop(page, "expression", files.expression)
    drop(page, "sequences", files.sequences)
    drop(page, "rbp", files.rbp)
    button = page.get_by_role("button", name=re.compile("Freeze dataset"))
    expect(button).to_contain_text(f"n = {ROWS}")
    button.click()
    page.wait_for_url(re.compile(r"/datasets\?.*dataset=[0-9a-f]{16}"))
    wait_until_idle(page)
    expect(page.get_by_test_id("stMain")).to_contain_text("log2 8h - 2h")


def start_training(page: Page) -> str:
    """Start the network with its default settings and give the run's id."""
    page.get_by_test_id("stSidebar").get_by_role("link", name="Train", exact=True).click()
    wait_until_idle(page)
    page.get_by_role("button", name="Choose Convolutional network").click()
    expect(page.get_by_text("Settings of Convolutional network")).to_be_visible()
    wait_until_idle(page)
    page.get_by_role("button", name="Start training").click()
    page.wait_for_url(re.compile(r"run=[0-9a-f]+"))
    expect(page.get_by_test_id("stMain")).to_contain_text(re.compile("queued|running", re.IGNORECASE))
    return run_of(page)


def test_from_three_files_to_a_logo(server, files, tab, tmp_path, picture):
    page = tab()
    freeze(page, server, files)
    run = start_training(page)

    # The tab is closed while the worker trains; the same link finds the run again, and it has gone on.
    expect(page.get_by_role("button", name="Cancel run")).to_be_visible(timeout=60_000)
    picture(page, "journey-training")
    link = page.url
    page.close()
    page = tab()
    page.goto(link)
    wait_until_idle(page)
    expect(page.get_by_test_id("stMain")).to_contain_text("finished", timeout=TRAINING_SECONDS * 1000)

    # Results: one sentence with an interval and n, beside the baselines; a click on a point names its sequence.
    page.goto(f"{server.url}/results?run={run}")
    wait_until_idle(page)
    main = page.get_by_test_id("stMain")
    expect(main).to_contain_text(re.compile(r"explains \d+% of the variance \[\d+, \d+\]"))
    expect(main).to_contain_text(re.compile(r"k-mer ridge \d+%"))
    plot = page.locator(".js-plotly-plot").first
    expect(plot).to_be_visible()
    click_first_point(page, plot)
    explain = page.get_by_role("link", name="Explain this sequence")
    expect(explain).to_be_visible()
    picture(page, "journey-results", full_page=True)
    chosen = re.search(r"[?&]sequence=(SIM_\d+)", page.url)
    assert chosen, f"the click on a point names its sequence in the link: {page.url}"
    explain.click()

    # Attribution: the logo on the ruler, with the reference stated; zoom by keyboard; downloads.
    page.wait_for_url(re.compile(r"/attribution\?"))
    ruler = page.locator(".ruler")
    expect(ruler).to_be_visible(timeout=60_000)
    wait_until_idle(page)
    expect(page.get_by_test_id("stMain")).to_contain_text(chosen.group(1))
    expect(page.get_by_test_id("stMain")).to_contain_text("dinucleotide shuffles")
    expect(page.get_by_role("button", name=re.compile("Passes|Interpret with care|Do not interpret"))).to_be_visible()
    picture(page, "journey-attribution")

    svg = saved(page, "Logo (SVG)", tmp_path).read_text()
    assert svg.lstrip().startswith("<?xml") and "<svg" in svg
    assert saved(page, "Logo (PDF)", tmp_path).read_bytes().startswith(b"%PDF")
    scores = pd.read_csv(saved(page, "Numbers (TSV)", tmp_path), sep="\t")
    assert list(scores.columns[:4]) == ["id", "position", "base", "attribution"]
    assert len(scores) == 110 and scores["attribution"].abs().sum() > 0

    # The link is the view: a stranger's browser shows the same.
    other = tab()
    other.goto(page.url)
    wait_until_idle(other)
    expect(other.get_by_test_id("stMain")).to_contain_text(chosen.group(1))


def test_the_best_for_this_data_from_its_card_to_a_logo(server, files, tab, picture):
    """Of the little time that it is given only simple models are trained, and that is said."""
    page = tab()
    freeze(page, server, files)
    page.get_by_test_id("stSidebar").get_by_role("link", name="Train", exact=True).click()
    wait_until_idle(page)
    expect(page.get_by_text("Settings of Best for this data")).to_be_visible()
    expect(page.get_by_test_id("stMain")).to_contain_text("Simple models are always trained")
    budget = page.get_by_role("textbox", name="Time budget (min)")
    budget.fill("0.05")
    budget.press("Enter")
    wait_until_idle(page)
    page.get_by_role("button", name="Start training").click()
    main = page.get_by_test_id("stMain")
    expect(main).to_contain_text("finished", timeout=TRAINING_SECONDS * 1000)
    main.get_by_role("link", name="Open results").click()
    expect(main).to_contain_text(re.compile(r"Blend of k-mer ridge, words up to \d nt \d\.\d\d"))
    expect(main).to_contain_text("is no member: it needs about")
    wait_until_idle(page)
    main.get_by_text("Members and their weights").click()
    wait_until_idle(page)
    picture(page, "journey-best", full_page=True)
    click_first_point(page, page.locator(".js-plotly-plot").filter(has_text="Predicted against observed").first)
    page.get_by_role("link", name="Explain this sequence").click()
    expect(page.locator(".ruler")).to_be_visible(timeout=60_000)
    wait_until_idle(page)
    expect(page.get_by_role("button", name=re.compile("Passes|Interpret with care|Do not interpret"))).to_be_visible()


def test_the_same_on_real_data(server, shared, tab, picture):
    """UTR-Seq: 12,322 reporters whose columns must be told their hours; k-mer ridge, explained by feature ablation."""
    page = tab()
    page.goto(server.url)
    wait_until_idle(page)
    drop(page, "expression", shared / "utr-seq" / "reporter_counts.txt")
    drop(page, "sequences", shared / "utr-seq" / "reporter_seq.txt")
    times = page.get_by_placeholder("such as 0 1 2 3 4")
    times.fill("0 1 2 3 4 5 6 7 8 10 12")
    times.press("Enter")
    expect(page.get_by_test_id("stMain")).to_contain_text("5 spike-ins, used for normalisation")
    button = page.get_by_role("button", name="Freeze dataset (n = 12,322)")
    expect(button).to_be_visible()
    wait_until_idle(page)
    button.click()
    page.wait_for_url(re.compile(r"/datasets\?.*dataset=[0-9a-f]{16}"))
    wait_until_idle(page)
    page.get_by_test_id("stSidebar").get_by_role("link", name="Train", exact=True).click()
    page.get_by_role("button", name="Choose k-mer ridge").click()
    expect(page.get_by_text("Settings of k-mer ridge")).to_be_visible()
    wait_until_idle(page)
    page.get_by_role("button", name="Start training").click()
    expect(page.get_by_test_id("stMain")).to_contain_text("finished", timeout=TRAINING_SECONDS * 1000)
    page.get_by_test_id("stMain").get_by_role("link", name="Open results").click()
    main = page.get_by_test_id("stMain")
    expect(main).to_contain_text(re.compile(r"explains \d+% of the variance \[\d+, \d+\] of n = 1,232"))
    expect(main).to_contain_text("noise ceiling 96%")
    wait_until_idle(page)
    plot = page.locator(".js-plotly-plot").first
    click_first_point(page, plot)
    page.get_by_role("link", name="Explain this sequence").click()
    expect(page.locator(".ruler")).to_be_visible(timeout=60_000)
    wait_until_idle(page)
    expect(page.get_by_test_id("stMain")).to_contain_text("Feature ablation")
    picture(page, "journey-utr-seq")
