"""The structure on the ruler in a real Chromium: arcs where bases pair, their partners in words, and a table."""

import re
from pathlib import Path

import pytest
from playwright.sync_api import expect

from lib.motifs.folding import fold, partners
from tests.browser.servers import wait_until_idle

APP = Path("tests/browser/ruler_arcs_app.py")
SEQUENCE = "GGGGTTTTCCCCAAGGCGAAAAGCGCCTTA"
GUTTER, MARGIN, ARCS, BRACKETS = 48, 8, 84, 15
TOP = """
() => {
  const root = document.querySelector('[data-testid=stBidiComponentIsolated]').shadowRoot;
  return root.querySelector('.caption').offsetTop + 24;
}
"""
ALPHA = """
([x, y]) => {
  const root = document.querySelector('[data-testid=stBidiComponentIsolated]').shadowRoot;
  const context = root.querySelector('.row canvas').getContext('2d');
  const { data } = context.getImageData(Math.round(x) - 2, Math.round(y) - 2, 5, 5);
  return Math.max(...data.filter((_, at) => at % 4 === 3));
}
"""


@pytest.fixture
def opened(serve, page):
    page.goto(f"{serve(APP, None)}/?seq={SEQUENCE}")
    wait_until_idle(page)
    expect(page.locator(".ruler")).to_have_attribute("data-drawn-ms", re.compile(r"^[\d.]+$"))
    return page


def test_arcs_stand_over_pairs_and_say_their_partners(opened):
    page = opened
    found = partners(fold(SEQUENCE).structure)
    row = page.locator(".row").first
    box = row.bounding_box()
    scale = (box["width"] - GUTTER - MARGIN) / len(SEQUENCE)
    base = page.evaluate(TOP) + ARCS - BRACKETS

    def x(position: float) -> float:
        return GUTTER + (position + 0.5) * scale

    widest = max(abs(other - place) for place, other in enumerate(found) if other >= 0)
    steep = min(1, (ARCS - BRACKETS - 3) / (widest * scale / 2))
    for first, second in ((0, 11), (3, 8)):
        assert found[first] == second
        height = max(2, (second - first) * scale / 2 * steep)
        assert page.evaluate(ALPHA, [x((first + second) / 2), base - height]) > 120, "the top of the arc"
    assert page.evaluate(ALPHA, [x(5.5), base - 6]) == 0, "below the innermost arc of a hairpin there is nothing"

    page.mouse.move(box["x"] + x(3), box["y"] + base - 4)
    tooltip = page.locator(".tooltip")
    expect(tooltip).to_contain_text("pairs with C at 9")
    expect(tooltip).to_contain_text(re.compile(r"MFE −\d+\.\d\d kcal/mol"))
    page.mouse.move(box["x"] + x(5), box["y"] + base - 4)
    expect(tooltip).to_contain_text("unpaired")

    page.mouse.click(box["x"] + x(3), box["y"] + base - 4)
    expect(page.get_by_text("Python sees: 3 to 9", exact=True)).to_be_visible()
    cells = page.locator(".table tbody tr")
    assert "( pairs with C at 12" in (cells.first.text_content() or "")
    assert ". unpaired" in (cells.nth(4).text_content() or "")
