"""The trust badge in a real Chromium: it opens its four checks, and standard errors are drawn on demand."""

from pathlib import Path

import pytest
from playwright.sync_api import Page, expect

from lib.attribution.checks import CHECKS
from tests.browser.looks import in_four_ways
from tests.browser.servers import wait_until_idle
from tests.finished import Finished
from tests.uninformative_models import make

PIXELS = "all => all.map(one => one.toDataURL()).join()"


@pytest.fixture(scope="module")
def noise(tmp_path_factory: pytest.TempPathFactory) -> Finished:
    return make(tmp_path_factory.mktemp("trust") / "home")[0]


def badge(page: Page):
    return page.get_by_role("button", name="Do not interpret")


def test_the_badge_of_a_worthless_model_opens_its_four_checks(serve, browser, noise, picture):
    def ready(page: Page) -> None:
        expect(badge(page)).to_be_visible()
        badge(page).click()
        for name in CHECKS:
            expect(page.get_by_role("cell", name=name, exact=True)).to_be_visible()
        expect(page.get_by_role("cell", name="The model")).to_contain_text("better than the mean or chance (test R²")
        page.keyboard.press("Escape")
        expect(page.get_by_role("cell", name=CHECKS[0], exact=True)).to_be_hidden()

    in_four_ways(browser, f"{serve(Path('app.py'), noise.home)}/attribution?run={noise.run}", ready, picture, "trust")


def test_standard_errors_stand_in_the_table_and_are_drawn_on_demand(serve, page, noise):
    page.goto(f"{serve(Path('app.py'), noise.home)}/attribution?run={noise.run}")
    wait_until_idle(page)
    page.get_by_role("combobox", name="Method").click()
    page.get_by_role("option", name="GradientShap").click()
    expect(page.locator(".ruler")).to_contain_text("GradientShap")
    wait_until_idle(page)
    canvases = page.locator(".ruler canvas")
    bare = canvases.evaluate_all(PIXELS)
    page.get_by_role("button", name="Tracks").click()
    page.get_by_text("Standard errors", exact=True).click()
    expect(page.get_by_text("Whiskers: one standard error above and below.")).to_be_visible()
    page.keyboard.press("Escape")
    wait_until_idle(page)
    assert bare and canvases.evaluate_all(PIXELS) != bare
    page.get_by_role("button", name="Table").click()
    expect(page.get_by_role("columnheader", name="Standard error")).to_be_visible()
    expect(page.locator(".ruler td", has_text="±").first).to_be_visible()
