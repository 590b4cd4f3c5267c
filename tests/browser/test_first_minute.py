"""The first minute of a newcomer: one click to results and a logo, and another click to the next logo."""

import re
from pathlib import Path

from playwright.sync_api import expect

from lib.report.demo_runs import SEQUENCE
from tests.browser.servers import wait_until_idle
from tests.browser.test_journey import click_first_point


def test_one_click_leads_to_a_logo_and_a_point_to_the_next(start_server, page, picture):
    page.goto(start_server(Path("app.py")).url)
    page.get_by_role("button", name="Explore the demo").click()
    main, logo = page.get_by_test_id("stMain"), page.locator(".ruler .row canvas").first
    expect(logo).to_be_visible(timeout=60_000)
    expect(main).to_contain_text("Better than all baselines")
    expect(main).to_contain_text(SEQUENCE)
    wait_until_idle(page)
    picture.whole(page, "first-minute")
    before = logo.evaluate("canvas => canvas.toDataURL()")
    click_first_point(page, page.locator(".js-plotly-plot").first)
    page.wait_for_url(re.compile(rf"[?&]sequence=(?!{SEQUENCE})SIM_\d+"))
    wait_until_idle(page)
    expect(main).not_to_contain_text(SEQUENCE)
    expect(logo).to_be_visible()
    assert logo.evaluate("canvas => canvas.toDataURL()") != before
