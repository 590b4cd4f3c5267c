"""Look at an open page in four ways, light and dark, wide and narrow: nothing failed or cut off.

Pictures are taken where somebody wants to look at them: ``PICTURES=1 make test ARGS=tests/browser``.
"""

from collections.abc import Callable
from dataclasses import dataclass
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


@dataclass(frozen=True)
class Picture:
    """Takes pictures of pages, ``picture(page, name)``, into a folder; without one none."""

    folder: Path | None

    def __call__(self, page: "Page", name: str, *, full_page: bool = False) -> None:
        """Take what the window shows, or all of a page that scrolls as a whole."""
        if self.folder is not None:
            page.screenshot(path=self.folder / f"{name}.png", full_page=full_page)

    def whole(self, page: "Page", name: str) -> None:
        """Take all of a page of the app, which scrolls in its main part, and give the window its height back."""
        if self.folder is None or page.viewport_size is None:
            return
        size = page.viewport_size
        height = page.evaluate("document.querySelector('[data-testid=stMain]').scrollHeight")
        page.set_viewport_size({**size, "height": max(size["height"], min(height + 20, TALLEST))})
        page.wait_for_timeout(SETTLE_MS)
        wait_until_idle(page)
        self(page, name)
        page.set_viewport_size(size)


def in_four_ways(
    browser: "Browser", address: str, ready: Callable[["Page"], None], picture: Picture, name: str
) -> None:
    """Open an address once and hold in each of four ways that it is whole.

    Parameters
    ----------
    browser, address
        Who opens what.
    ready
        Waits until the page shows what it is for, and may hold more of it.
    picture, name
        Takes pictures; the beginning of their names, without theme and width.
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
                page.wait_for_timeout(SETTLE_MS)
                page.keyboard.press("r")  # colours of charts are chosen when the script runs
            for width in (WIDE, NARROW):
                page.set_viewport_size({"width": width, "height": HEIGHT})
                page.wait_for_timeout(SETTLE_MS)
                wait_until_idle(page)
                ready(page)
                assert page.get_by_test_id("stException").count() == 0
                errors = page.get_by_test_id("stAlertContentError")
                assert errors.count() == 0, errors.all_inner_texts()
                assert page.evaluate(_STICKS_OUT) == [], f"cut off at {width}"
                picture.whole(page, f"{name}-{theme}-{width}")
            backgrounds.add(page.evaluate(_BACKGROUND))
        assert len(backgrounds) == 2, "the dark theme is another one"
    finally:
        context.close()
