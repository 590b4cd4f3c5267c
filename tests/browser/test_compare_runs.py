"""Compare runs by hand: two rows of the Runs table, another metric, a click on a point, and the link for a stranger."""

import re
from pathlib import Path

import pytest
from playwright.sync_api import expect

from tests import finished
from tests.browser.servers import wait_until_idle

_POINT = """
plot => {
  const box = plot.getBoundingClientRect(), layout = plot._fullLayout, trace = plot._fullData[0];
  const apart = [...trace.x].map((x, i) => Math.abs(x - trace.y[i]));
  const far = apart.indexOf(Math.max(...apart));
  const left = box.left + layout.xaxis._offset + layout.xaxis.l2p(trace.x[far]);
  return [left, box.top + layout.yaxis._offset + layout.yaxis.l2p(trace.y[far])];
}
"""


@pytest.fixture(scope="module")
def made(tmp_path_factory):
    first = finished.make(tmp_path_factory.mktemp("compared") / "home", settings={"k": 1})
    with finished.using(first.home):
        return first, finished.trained(first.dataset, "kmer-ridge", {"k": 4}, name="Four letters")


def test_two_runs_from_the_table_to_a_sequence(start_server, made, page, browser, picture):
    first, second = made
    server = start_server(Path("app.py"), first.home)
    page.set_viewport_size({"width": 1440, "height": 1000})
    page.goto(f"{server.url}/compare_runs?runs={first.run},{second}")
    main = page.get_by_test_id("stMain")
    expect(main).to_contain_text("Both runs have the same test part, n = 16 sequences")
    wait_until_idle(page)
    page.get_by_text("MAE", exact=True).first.click()
    expect(main).to_contain_text("has the best MAE")
    wait_until_idle(page)
    assert "metric=mae" in page.url

    plot = page.locator(".js-plotly-plot").last
    plot.scroll_into_view_if_needed()
    wait_until_idle(page)
    page.mouse.move(*plot.evaluate(_POINT))
    expect(plot.locator(".hoverlayer .hovertext")).to_be_visible()
    page.mouse.down()
    page.mouse.up()
    explain = page.get_by_role("link", name="Explain by Four letters")
    expect(explain).to_be_visible()
    chosen = re.search(r"[?&]sequence=(SIM_\d+)", page.url)
    assert chosen, page.url
    assert chosen.group(1) in (explain.get_attribute("href") or "") and second in (explain.get_attribute("href") or "")
    picture(page, "compare-runs")

    stranger = browser.new_context().new_page()
    stranger.goto(page.url)
    expect(stranger.get_by_test_id("stMain")).to_contain_text("has the best MAE")
    expect(stranger.get_by_role("link", name="Explain by Four letters")).to_be_visible()
    stranger.context.close()
