"""The Vocabulary page in a real Chromium: a click on a point and on a row, links, views, a tokenizer made by a job."""

from pathlib import Path
from urllib.parse import parse_qs, urlsplit

import pandas as pd
import pytest
from playwright.sync_api import expect

from lib.datasets import pipeline, simulate
from lib.datasets.draft import ImportChoices
from lib.io.files import Source
from lib.store import datasets, runs, token_reports
from lib.tokenizers import TOKENIZERS
from tests import finished
from tests.browser.servers import wait_until_idle

VOLCANO = ".st-key-side-volcano .js-plotly-plot"

# Where a token's point lies on the screen, read from the axes of the plot.
_PLACE = """
([selector, id]) => {
  const plot = document.querySelector(selector);
  const box = plot.querySelector('.nsewdrag').getBoundingClientRect();
  const {xaxis, yaxis} = plot._fullLayout;
  for (const trace of plot._fullData.filter(one => one.mode === 'markers')) {
    const place = [...trace.customdata].findIndex(values => values[0] === id);
    if (place >= 0) return {x: box.left + xaxis.d2p(trace.x[place]), y: box.top + yaxis.d2p(trace.y[place])};
  }
}
"""


@pytest.fixture(scope="module")
def made(tmp_path_factory):
    """A workspace with a demo of 1,200 sequences, so that the 6-mers need WebGL."""
    home = tmp_path_factory.mktemp("vocabulary") / "home"
    with finished.using(home):
        files = simulate.write_demo(home.parent / "files", n=1200)
        sources = (Source(path.name, path) for path in (files.expression, files.sequences, files.rbp))
        choices = ImportChoices(name=finished.NASTY, simulated=True, truth=Source(files.truth.name, files.truth))
        dataset = datasets.freeze(pipeline.build(pipeline.understand(*sources), choices))
    return home, dataset


@pytest.fixture(scope="module")
def server(start_server, made):
    return start_server(Path("app.py"), made[0])


def report(made, k: int) -> token_reports.TokenReport:
    with finished.using(made[0]):
        return token_reports.report(datasets.load(made[1]), TOKENIZERS.create("k-mer", {"k": k}))


def settled(page):
    page.wait_for_timeout(500)
    wait_until_idle(page)


def visit(page, url: str, made, query: str = ""):
    page.goto(f"{url}/vocabulary?dataset={made[1]}{query}")
    page.get_by_role("heading", name="Vocabulary", level=1).wait_for()
    settled(page)


def healthy(page):
    assert page.get_by_test_id("stException").count() == 0
    assert page.get_by_test_id("stAlertContentError").count() == 0, page.get_by_test_id("stMain").inner_text()


@pytest.mark.parametrize("k", [4, 6])
def test_a_click_on_a_point_opens_the_token_and_the_link_opens_it_again(server, page, made, k):
    visit(page, server.url, made, f"&tokenizer=k-mer(k={k})")
    healthy(page)
    table = report(made, k).of_target(0)
    assert (len(table) > 2000) == (k == 6), "above 2,000 points WebGL draws"
    expect(page.get_by_text(f"of {len(table):,} tokens tested go with the target")).to_be_visible()
    best = table.loc[table["p_mann_whitney"].idxmin()]
    page.locator(VOLCANO).scroll_into_view_if_needed()
    page.wait_for_function("selector => document.querySelector(selector)?._fullData", arg=VOLCANO)
    place = page.evaluate(_PLACE, [VOLCANO, int(best["id"])])
    page.mouse.move(place["x"], place["y"])
    page.wait_for_timeout(300)
    page.mouse.click(place["x"], place["y"])
    heading = page.get_by_role("heading", name=best["token"], exact=True)
    expect(heading).to_be_visible()
    settled(page)
    healthy(page)
    assert parse_qs(urlsplit(page.url).query)["token"] == [best["token"]]
    assert page.locator(".js-plotly-plot").count() == 4
    said = f"n = {best['n_with']:,} with it, {best['n_without']:,} without it"
    expect(page.get_by_text(said)).to_be_visible()
    page.goto(page.url)
    expect(heading).to_be_visible()
    expect(page.get_by_text(said)).to_be_visible()
    settled(page)
    page.get_by_role("button", name="Close").click()
    expect(heading).to_have_count(0)
    assert "token" not in parse_qs(urlsplit(page.url).query)


def test_a_click_on_a_row_opens_the_token_and_everything_is_downloaded(server, page, made):
    alerts = []
    page.on("dialog", lambda dialog: (alerts.append(dialog.message), dialog.dismiss()))
    visit(page, server.url, made, "&tokenizer=k-mer(k=4)&find=UUAG&rna=true")
    grid = page.locator(".st-key-side-volcano [data-testid=stDataFrame]")
    box = grid.bounding_box()
    page.mouse.click(box["x"] + 18, box["y"] + 35 + 17)
    expect(page.get_by_role("heading", name="UUAG", exact=True)).to_be_visible()
    settled(page)
    healthy(page)
    with page.expect_download() as waiting:
        page.get_by_role("button", name="All statistics (CSV)").click()
    statistics = pd.read_csv(waiting.value.path())
    assert len(statistics) == len(report(made, 4).of_target(0)) and "UUAG" in set(statistics["token"])
    with page.expect_download() as waiting:
        page.get_by_role("button", name="Sequences (CSV)").click()
    sequences = pd.read_csv(waiting.value.path())
    row = statistics[statistics["token"] == "UUAG"].iloc[0]
    assert len(sequences) == row["n_with"] and sequences["Copies"].sum() == row["occurrences"]
    grid = page.locator(".st-key-side-token-second [data-testid=stDataFrame]")
    grid.scroll_into_view_if_needed()
    box = grid.bounding_box()
    page.mouse.click(box["x"] + 18, box["y"] + 35 + 17)
    page.get_by_role("link", name="How tokenizers read it").click()
    page.get_by_role("heading", name="Compare", level=1).wait_for()
    settled(page)
    assert parse_qs(urlsplit(page.url).query)["sequence"] == [sequences["Sequence"].iloc[0]]
    healthy(page)
    assert alerts == [] and page.locator("img[src=x]").count() == 0, "markup of users came alive"


def test_settings_and_views_stand_in_the_link(server, page, made):
    visit(page, server.url, made)
    word = page.get_by_role("spinbutton", name="Word length (nt)")
    word.fill("3")
    word.press("Enter")
    expect(page.get_by_text("of 64 tokens tested")).to_be_visible()
    settled(page)
    page.get_by_role("radio", name="Vocabulary").click()
    expect(page.get_by_text("64 of 64 tokens (100%)")).to_be_visible()
    settled(page)
    healthy(page)
    query = parse_qs(urlsplit(page.url).query)
    assert query["tokenizer"] == ["k-mer(k=3)"] and query["view"] == ["Vocabulary"]
    page.goto(page.url)
    expect(page.get_by_text("64 of 64 tokens (100%)")).to_be_visible()
    settled(page)
    assert page.locator(".js-plotly-plot").count() == 3
    page.get_by_role("radio", name="RBP tables").click()
    expect(page.get_by_role("spinbutton", name="Word length (nt)")).to_have_count(0)
    settled(page)
    healthy(page)
    page.get_by_role("radio", name="Tokens and the target").click()
    expect(page.get_by_text("of 64 tokens tested")).to_be_visible()


def test_a_tokenizer_that_takes_long_is_made_by_a_job(start_server, page, made):
    server = start_server(Path("tests/browser/impatient_app.py"), made[0])
    page.goto(f"{server.url}/?dataset={made[1]}&tokenizer=k-mer(k=5)")
    page.get_by_role("button", name="Train tokenizer").click()
    expect(page.get_by_text("tokens tested go with the target")).to_be_visible(timeout=90_000)
    settled(page)
    healthy(page)
    with finished.using(made[0]):
        (run,) = runs.all(kind="tokens")
    assert run.state == runs.FINISHED
