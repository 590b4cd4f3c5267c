"""A cold deep link meets the login and nothing else, on every page."""

from pathlib import Path

import pytest

from tests.browser.servers import wait_until_idle

PAGES = ("", "datasets", "train", "runs", "results", "predict", "attribution", "no-such-page")


@pytest.fixture(scope="module")
def locked(start_server):
    return start_server(Path("app.py"), MOTIFLENS_PASSWORD="open sesame")


@pytest.mark.parametrize("name", PAGES)
def test_a_cold_deep_link_shows_the_login_only(locked, page, name):
    page.goto(f"{locked.url}/{name}?dataset=abc&run=def")
    wait_until_idle(page)
    assert page.get_by_label("Password", exact=True).is_visible()
    assert page.get_by_test_id("stMain").get_by_role("heading").count() == 0
    assert page.get_by_test_id("stSidebar").get_by_role("link").count() == 0


def test_after_the_login_the_link_leads_where_it_should(locked, page):
    page.goto(f"{locked.url}/datasets")
    wait_until_idle(page)
    page.get_by_label("Password", exact=True).fill("wrong")
    page.get_by_role("button", name="Log in").click()
    page.get_by_text("not the password").wait_for()
    page.get_by_label("Password", exact=True).fill("open sesame")
    page.get_by_role("button", name="Log in").click()
    page.get_by_role("heading", name="Datasets").wait_for()


def test_the_first_visit_of_a_server_may_be_a_deep_link(start_server, page):
    """Streamlit's legacy mode, which a folder called pages switches on, would say that the page does not exist."""
    page.goto(f"{start_server(Path('app.py')).url}/datasets")
    page.get_by_role("heading", name="Datasets").wait_for()
    wait_until_idle(page)
    assert page.get_by_role("dialog").count() == 0
