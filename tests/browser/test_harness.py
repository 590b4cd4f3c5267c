"""The harness of the browser tests works: a server starts, a page idles, a click reaches the script."""

from playwright.sync_api import expect

from tests.browser.servers import wait_until_idle

SCRIPT = """
import os
import streamlit as st

st.title("Harness")
st.write("home:", os.environ["MOTIFLENS_HOME"])
if st.button("Count"):
    st.write("counted")
"""


def test_a_script_is_served_with_a_workspace_of_its_own(serve, page, tmp_path):
    script = tmp_path / "harness.py"
    script.write_text(SCRIPT)
    home = tmp_path / "somewhere"
    page.goto(serve(script, home))
    wait_until_idle(page)
    assert page.get_by_text(str(home)).is_visible()
    page.get_by_role("button", name="Count").click()
    expect(page.get_by_text("counted")).to_be_visible()


def test_a_server_comes_back_on_the_same_port(start_server, page, tmp_path):
    script = tmp_path / "harness.py"
    script.write_text(SCRIPT)
    server = start_server(script)
    before = server.url
    server.restart()
    assert server.url == before
    page.goto(server.url)
    wait_until_idle(page)
    assert page.get_by_role("heading", name="Harness").is_visible()
