"""Variants from the page: the example is measured by a worker, a row is looked at, and What if opens with the edit."""

from pathlib import Path

import pytest
from playwright.sync_api import expect

from tests.browser.servers import wait_until_idle
from tests.finished import make
from tests.jobs.workshop import processes_of


@pytest.fixture(scope="module")
def finished(tmp_path_factory):
    made = make(tmp_path_factory.mktemp("variants-browser") / "home", settings={"k": 4})
    yield made
    for process in processes_of(made.home):
        process.kill()


def test_example_variants_are_measured_and_one_is_edited_further(finished, serve, page):
    url = serve(Path("app.py"), finished.home)
    page.goto(f"{url}/variants?run={finished.run}&dataset={finished.dataset}")
    wait_until_idle(page)
    page.get_by_role("button", name="Use an example").click()
    expect(page.get_by_text("14 variants of 4 sequences match")).to_be_visible()
    page.get_by_role("button", name="Measure effects").click()
    expect(page.get_by_text("the prediction most, by")).to_be_visible(timeout=60_000)
    wait_until_idle(page)
    assert "variants=" in page.url
    page.goto(f"{page.url}&variant=1")
    expect(page.get_by_text("Blue frame: the variant")).to_be_visible()
    wait_until_idle(page)
    page.get_by_role("link", name="Open in What if").click()
    expect(page.get_by_text("Edits and what each of them did")).to_be_visible()
    wait_until_idle(page)
    assert "edits=s" in page.url
