"""Results of profiles by hand: a click on a window opens it, the ruler tells counts and attribution at one base."""

import re
from pathlib import Path

import pytest
from playwright.sync_api import expect

from tests import finished
from tests.browser.servers import wait_until_idle

TINY = {"epochs": 2, "channels": 8, "layers": 2}
_POINT = """
plot => {
  const box = plot.getBoundingClientRect(), layout = plot._fullLayout, trace = plot._fullData[0];
  const worst = [...trace.x].indexOf(Math.min(...trace.x));
  const left = box.left + layout.xaxis._offset + layout.xaxis.l2p(trace.x[worst]);
  return [left, box.top + layout.yaxis2._offset + layout.yaxis2.l2p(trace.y[worst])];
}
"""


@pytest.fixture(scope="module")
def made(tmp_path_factory):
    home = tmp_path_factory.mktemp("profiles") / "home"
    with finished.using(home):
        dataset = finished.freeze_profiles(home.parent / "files", n=64)
        return finished.Finished(home, dataset, finished.trained(dataset, "bpnet", TINY))


def test_from_the_worst_window_to_its_bases(start_server, made, page, picture):
    server = start_server(Path("app.py"), made.home)
    page.set_viewport_size({"width": 1440, "height": 1000})
    page.goto(f"{server.url}/results?run={made.run}&dataset={made.dataset}&around=TGACTCA")
    main = page.get_by_test_id("stMain")
    expect(main).to_contain_text("with a median profile Pearson of")
    ruler = page.locator(".ruler")
    expect(ruler).to_be_visible()
    wait_until_idle(page)
    first = re.search(r"sequence=(SIMP_\d+)", page.url)
    assert first, page.url

    plot = page.locator(".js-plotly-plot").first
    plot.scroll_into_view_if_needed()
    wait_until_idle(page)
    page.mouse.click(*plot.evaluate(_POINT))
    expect(page).not_to_have_url(re.compile(first.group()))
    wait_until_idle(page)
    chosen = re.search(r"sequence=(SIMP_\d+)", page.url).group(1)
    expect(main.locator(".ml-facts", has_text=chosen)).to_be_visible()

    row = ruler.locator(".row").first
    row.scroll_into_view_if_needed()
    row.hover(position={"x": 400, "y": 90})
    tooltip = ruler.locator(".tooltip")
    for said in ("down (counts)", "up (counts)", "observed", "predicted", "Attribution of the profile, down"):
        expect(tooltip).to_contain_text(said)
    ruler.get_by_role("button", name="Zoom in").click()
    assert int(ruler.get_attribute("data-end")) - int(ruler.get_attribute("data-start")) < 60
    expect(main).to_contain_text("Around TGACTCA, test part")
    assert page.get_by_test_id("stException").count() == 0
    picture(page, "profiles")
