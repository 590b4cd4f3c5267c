"""Every page with real results, light and dark, wide and narrow: nothing broken or cut off, and pictures to look at."""

from pathlib import Path

import pytest

from tests import finished
from tests.browser.servers import wait_until_idle

PAGES = {
    "": "Bring your data",
    "datasets": "Datasets",
    "compare": "Compare",
    "vocabulary": "Vocabulary",
    "train": "Train a model",
    "runs": "Runs",
    "groups": "Sweeps and comparisons",
    "results": "Results",
    "predict": "Predict",
    "attribution": "Attribution",
}
MORE = {"vocabulary": "&tokenizer=k-mer(k=4)&token=TTAG"}
"""What the link of a page asks for beside dataset, run and sequence."""
WIDE, NARROW = 1440, 800

# Elements of the main part that stick out to the right of the window, tables and plots with their own bars left out.
_STICKS_OUT = """
() => [...document.querySelectorAll('[data-testid=stMain] *')]
  .filter(element => element.checkVisibility() && element.getBoundingClientRect().right > innerWidth + 1)
  .filter(element => !element.closest('[data-testid=stDataFrame], .js-plotly-plot, [role=tablist], pre, .ruler'))
  .map(element => element.outerHTML.slice(0, 120))
"""


@pytest.fixture(scope="module")
def made(tmp_path_factory) -> finished.Finished:
    """A workspace with the demo and a short training of the network, so that the ruler has gradients to show."""
    return finished.make(tmp_path_factory.mktemp("screens") / "home", model="cnn", settings={"epochs": 6})


@pytest.fixture(scope="module")
def server(start_server, made):
    return start_server(Path("app.py"), made.home)


@pytest.mark.parametrize("name", PAGES)
def test_a_page_is_whole(server, browser, made, screenshots, name):
    context = browser.new_context(
        viewport={"width": WIDE, "height": 1000}, color_scheme="light", reduced_motion="reduce"
    )
    context.set_default_timeout(60_000)
    page = context.new_page()
    try:
        page.goto(f"{server.url}/{name}?dataset={made.dataset}&run={made.run}&sequence=SIM_00007{MORE.get(name, '')}")
        page.get_by_role("heading", name=PAGES[name], level=1).wait_for()
        backgrounds = set()
        for theme in ("light", "dark"):
            page.emulate_media(color_scheme=theme)
            for width in (WIDE, NARROW):
                page.set_viewport_size({"width": width, "height": 1000})
                page.wait_for_timeout(300)
                if name in ("attribution", "compare"):
                    page.locator(".ruler").first.wait_for()
                wait_until_idle(page)
                whole(page, simulated=name not in ("", "predict"))
                height = page.evaluate("document.querySelector('[data-testid=stMain]').scrollHeight")
                page.set_viewport_size({"width": width, "height": max(1000, min(height + 20, 5000))})
                page.wait_for_timeout(300)
                wait_until_idle(page)
                page.screenshot(path=screenshots / f"{name or 'upload-first'}-{theme}-{width}.png")
            backgrounds.add(page.evaluate("getComputedStyle(document.querySelector('[data-testid=stApp]')).background"))
        assert len(backgrounds) == 2, "the dark theme is another one"
    finally:
        context.close()


def whole(page, *, simulated: bool) -> None:
    """Hold that nothing failed, sticks out, or hides that data are made up."""
    assert page.get_by_test_id("stException").count() == 0
    assert page.get_by_test_id("stAlertContentError").count() == 0, page.get_by_test_id("stMain").inner_text()
    assert page.evaluate(_STICKS_OUT) == []
    if simulated:
        assert page.get_by_text("simulated").first.is_visible(), "made-up data are said to be so"
