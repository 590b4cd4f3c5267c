"""The results of a classifier by hand: the slider moves the calls, a click opens a sequence, duplicates leave."""

import re
from pathlib import Path

import pytest
from playwright.sync_api import expect

from tests import finished
from tests.browser.servers import wait_until_idle

# The point of the positive class with the highest probability: drawn last to the right, so that nothing covers it.
_POINT = """
plot => {
  const box = plot.getBoundingClientRect(), layout = plot._fullLayout, trace = plot._fullData[1];
  const xs = [...trace.x], far = xs.indexOf(Math.max(...xs));
  return [box.left + layout.xaxis._offset + layout.xaxis.l2p(trace.x[far]),
          box.top + layout.yaxis._offset + layout.yaxis.l2p(trace.y[far])];
}
"""


@pytest.fixture(scope="module")
def made(tmp_path_factory):
    home = tmp_path_factory.mktemp("classes") / "home"
    with finished.using(home):
        dataset = finished.freeze_classes(home.parent / "files")
        run = finished.trained(dataset, "kmer-logistic", {"k": 4}, name="Words")
    return finished.Finished(home, dataset, run)


def test_threshold_click_and_duplicates_stand_in_the_link(start_server, made, page, browser, picture):
    server = start_server(Path("app.py"), made.home)
    page.set_viewport_size({"width": 1440, "height": 1000})
    page.goto(f"{server.url}/results?run={made.run}")
    main = page.get_by_test_id("stMain")
    expect(main).to_contain_text("3 of 30 test sequences (10.0%) are duplicates of training sequences")
    wait_until_idle(page)

    slider = page.get_by_role("slider")
    slider.focus()
    slider.press("ArrowRight")
    expect(main).to_contain_text("threshold 0.501")
    wait_until_idle(page)
    assert re.search(r"threshold=0\.501", page.url), page.url

    page.get_by_text("Without duplicates", exact=True).click()
    expect(main).to_contain_text("They are excluded below")
    wait_until_idle(page)
    assert "without_copies=true" in page.url and "threshold=0.501" in page.url
    expect(main).to_contain_text("on n = 27 test sequences")

    plot = page.locator(".js-plotly-plot").first
    plot.scroll_into_view_if_needed()
    wait_until_idle(page)
    page.mouse.move(*plot.evaluate(_POINT))
    expect(plot.locator(".hoverlayer .hovertext")).to_be_visible()
    page.mouse.down()
    page.mouse.up()
    expect(main).to_contain_text("true class TATAAA")
    explain = page.get_by_role("link", name="Explain this sequence")
    expect(explain).to_be_visible()
    chosen = re.search(r"[?&]sequence=(s\d+)", page.url)
    assert chosen and chosen.group(1) in (explain.get_attribute("href") or ""), page.url
    picture(page, "classes")

    stranger = browser.new_context().new_page()
    stranger.goto(page.url)
    there = stranger.get_by_test_id("stMain")
    expect(there).to_contain_text("threshold 0.501")
    expect(there).to_contain_text("on n = 27 test sequences")
    expect(stranger.get_by_role("link", name="Explain this sequence")).to_be_visible()
    stranger.context.close()
