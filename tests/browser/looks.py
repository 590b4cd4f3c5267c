"""Look at an open page in four ways, light and dark, wide and narrow: nothing failed or cut off, and pictures of it."""

from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

from tests.browser.servers import wait_until_idle

if TYPE_CHECKING:
    from playwright.sync_api import Browser, Page

WIDE, NARROW, HEIGHT, TALLEST = 1440, 800, 1000, 5000
SETTLE_MS = 300

# Elements of the main part that stick out to the right of the window, tables and plots with their own bars left out.
_STICKS_OUT = """
() => {
const scrolls = element => !!element && element.dataset.testid !== 'stMain'
  && (element.getAttribute('role') === 'region' && getComputedStyle(element).overflowX === 'auto'
    || scrolls(element.parentElement));
return [...document.querySelectorAll('[data-testid=stMain] *')]
  .filter(element => element.checkVisibility() && element.getBoundingClientRect().right > innerWidth + 1)
  .filter(element => !element.closest('[data-testid=stDataFrame], .js-plotly-plot, [role=tablist], pre, .ruler'))
  .filter(element => !scrolls(element.parentElement))
  .map(element => element.outerHTML.slice(0, 120));
}
"""
_BACKGROUND = "getComputedStyle(document.querySelector('[data-testid=stApp]')).background"


def in_four_ways(browser: "Browser", address: str, ready: Callable[["Page"], None], pictures: Path) -> None:
    """Open an address once and hold in each of four ways that it is whole.

    Parameters
    ----------
    browser, address
        Who opens what.
    ready
        Waits until the page shows what it is for, and may hold more of it.
    pictures
        Beginning of the names of the pictures, without theme, width and ``.png``.
    """
    context = browser.new_context(
        viewport={"width": WIDE, "height": HEIGHT}, color_scheme="light", reduced_motion="reduce"
    )
    context.set_default_timeout(60_000)
    page = context.new_page()
    try:
        page.goto(address)
        backgrounds = set()
        for theme in ("light", "dark"):
            page.emulate_media(color_scheme=theme)
            if backgrounds:
                _settle(page)
                page.keyboard.press("r")  # colours of charts are chosen when the script runs
            for width in (WIDE, NARROW):
                page.set_viewport_size({"width": width, "height": HEIGHT})
                _settle(page)
                ready(page)
                wait_until_idle(page)
                assert page.get_by_test_id("stException").count() == 0
                errors = page.get_by_test_id("stAlertContentError")
                assert errors.count() == 0, errors.all_inner_texts()
                assert page.evaluate(_STICKS_OUT) == [], f"cut off at {width}"
                _picture(page, width, pictures.with_name(f"{pictures.name}-{theme}-{width}.png"))
            backgrounds.add(page.evaluate(_BACKGROUND))
        assert len(backgrounds) == 2, "the dark theme is another one"
    finally:
        context.close()


def _picture(page: "Page", width: int, path: Path) -> None:
    height = page.evaluate("document.querySelector('[data-testid=stMain]').scrollHeight")
    page.set_viewport_size({"width": width, "height": max(HEIGHT, min(height + 20, TALLEST))})
    _settle(page)
    page.screenshot(path=path)


def _settle(page: "Page") -> None:
    page.wait_for_timeout(SETTLE_MS)
    wait_until_idle(page)
