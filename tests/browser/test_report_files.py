"""What leaves the Results page: a report that opens without any request, a bundle, and each chart as three files."""

import csv
import zipfile
from pathlib import Path

import pytest
from playwright.sync_api import Locator, Page, Route, expect

from tests import finished
from tests.browser.looks import Picture
from tests.browser.servers import wait_until_idle
from tests.finished import NASTY
from tests.report.workshop import make

# Words of the heads of tables that stand on more than one line.
_BROKEN_WORDS = """
() => [...document.querySelectorAll('thead th')].flatMap(cell => {
  const range = document.createRange(), text = cell.firstChild;
  if (text?.nodeType !== Node.TEXT_NODE) return [];
  return [...text.textContent.matchAll(/\\S+/g)].filter(({0: word, index}) => {
    range.setStart(text, index);
    range.setEnd(text, index + word.length);
    return new Set([...range.getClientRects()].map(box => Math.round(box.top))).size > 1;
  }).map(([word]) => word);
})
"""
WIDE, NARROW = {"width": 1440, "height": 1000}, {"width": 800, "height": 1000}


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> finished.Finished:
    return make(tmp_path_factory.mktemp("report") / "home", "kmer-ridge", {"k": 3})


def saved(page: Page, button: Locator, folder: Path) -> Path:
    with page.expect_download() as download:
        button.click()
    path = folder / download.value.suggested_filename
    download.value.save_as(path)
    return path


def test_a_run_leaves_as_report_bundle_and_figures(serve, made, page, tmp_path, picture):
    page.set_viewport_size(WIDE)
    page.goto(f"{serve(Path('app.py'), made.home)}/results?dataset={made.dataset}&run={made.run}")
    page.locator(".js-plotly-plot").first.wait_for()
    wait_until_idle(page)
    chart = page.locator("[class*='st-key-chart-scatter']")
    svg = saved(page, chart.locator(".files button[data-format=svg]"), tmp_path).read_text(encoding="utf-8")
    assert svg.lstrip().startswith("<svg") and "Predicted against observed" in svg
    png = saved(page, chart.locator(".files button[data-format=png]"), tmp_path).read_bytes()
    assert png.startswith(b"\x89PNG") and len(png) > 20_000
    with saved(page, chart.get_by_role("button", name="CSV"), tmp_path).open(encoding="utf-8") as file:
        rows = list(csv.reader(file))
    assert len(rows) >= 1 + 9, "the nine sequences of the test part, below the names of the columns"

    with zipfile.ZipFile(saved(page, page.get_by_role("button", name="Bundle"), tmp_path)) as bundle:
        assert f"runs/{made.run}/metrics.json" in bundle.namelist() and bundle.testzip() is None
    report = saved(page, page.get_by_role("button", name="Report"), tmp_path)
    opens_offline(page, report, picture)


def opens_offline(page: Page, report: Path, picture: Picture) -> None:
    """Open the report with every request caught: only the file itself is asked for, and no text becomes markup."""
    asked: list[str] = []

    def caught(route: Route) -> None:
        asked.append(route.request.url)
        route.continue_() if route.request.url.startswith("file://") else route.abort()

    fresh = page.context.new_page()
    said: list[str] = []
    fresh.on("console", lambda message: said.append(message.text))
    fresh.on("dialog", lambda dialog: said.append(dialog.message))
    fresh.route("**/*", caught)
    fresh.on("request", lambda request: asked.append(request.url))
    fresh.set_viewport_size(NARROW)
    fresh.goto(report.as_uri())
    expect(fresh.get_by_role("heading", level=1)).to_have_text(f"</title>{NASTY}")
    outside = [url[:80] for url in asked if not url.startswith(("data:", report.as_uri()))]
    assert asked and not outside, outside
    assert not said, said
    assert fresh.evaluate("document.documentElement.scrollWidth") <= 800, "nothing runs out of a narrow page"
    fresh.evaluate("document.querySelectorAll('details').forEach(part => (part.open = true))")
    assert fresh.evaluate(_BROKEN_WORDS) == [], "no head of a table is broken within a word"
    broken = "[...document.images].filter(image => !(image.complete && image.naturalWidth)).map(image => image.alt)"
    assert fresh.evaluate(broken) == [] and fresh.locator("figure img").count() == 2 + 4
    for scheme in ("light", "dark"):
        fresh.emulate_media(color_scheme=scheme)
        picture(fresh, f"report-{scheme}", full_page=True)
    fresh.emulate_media(media="print")
    expect(fresh.get_by_role("navigation")).to_be_hidden()
    fresh.close()
