"""Variants from the page: the example is measured by a worker, a row is looked at, and What if opens with the edit."""

from pathlib import Path

import pytest
from playwright.sync_api import expect

from lib.store import datasets
from tests.browser.servers import pick_option, wait_until_idle
from tests.finished import make, using
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


def test_a_table_counted_from_0_is_asked_and_then_measured(finished, serve, page, tmp_path):
    with using(finished.home):
        dataset = datasets.load(finished.dataset)
    rows = ["id\tstart\tref\talt\tskew"]
    for number, (name, text) in enumerate(zip(dataset.ids[:8], dataset.sequences[:8], strict=True)):
        for at in (5, 20, 41):
            rows.append(f"{name}\t{at}\t{text[at]}\t{'CATG'['ACGT'.index(text[at])]}\t{number - at / 50}")
    (tmp_path / "v.tsv").write_text("\n".join(rows) + "\n")
    url = serve(Path("app.py"), finished.home)
    page.goto(f"{url}/variants?run={finished.run}&dataset={finished.dataset}")
    wait_until_idle(page)
    if not page.get_by_text("or drop a file").is_visible():  # closed where something was measured before
        page.get_by_text("Upload variants", exact=True).click()
        wait_until_idle(page)
    page.locator("input[type=file]").first.set_input_files(str(tmp_path / "v.tsv"))
    expect(page.get_by_text("counted from 0, 24 of 24")).to_be_visible()
    wait_until_idle(page)
    expect(page.get_by_role("button", name="Measure effects")).to_be_disabled()
    page.get_by_text("counted from 0", exact=True).click()
    expect(page.get_by_text("24 variants of 8 sequences match: 24 SNVs")).to_be_visible()
    wait_until_idle(page)
    page.get_by_text("Measured effects (optional)").click()
    wait_until_idle(page)
    page.get_by_role("combobox", name="Columns of measured effects").click()
    pick_option(page, "skew")
    expect(page.get_by_text("skew: n = 24 of 24 variants")).to_be_visible()
    page.keyboard.press("Escape")
    wait_until_idle(page)
    assert page.get_by_role("radio", name="counted from 0").is_checked(), "it stays to be changed"
    page.get_by_role("button", name="Measure effects").click()
    expect(page.get_by_text("Predicted against measured effects", exact=True)).to_be_visible(timeout=60_000)
