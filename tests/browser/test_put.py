"""What is pressed or typed while a slow page is drawn anew is not lost to the value that the page gives its widget."""

import pytest
from playwright.sync_api import expect

from tests.browser.servers import wait_until_idle

SCRIPT = """
import time
import streamlit as st
from lib.ui.widgets import state

state.put("share", int(st.query_params.get("share", "3")))
st.slider("Share", 0, 50, key="share", on_change=lambda: st.query_params.update(share=str(st.session_state["share"])))
state.put("word", st.query_params.get("word", ""))
st.text_input("Word", key="word", on_change=lambda: st.query_params.update(word=st.session_state["word"]))
if st.button("Begin again"):
    st.query_params.clear()
    st.rerun()
time.sleep(0.3)
st.write(f"Seen: {st.session_state['share']}, {st.session_state['word']}.")
"""


@pytest.fixture
def slow(serve, page, tmp_path):
    script = tmp_path / "slow.py"
    script.write_text(SCRIPT)
    page.goto(serve(script))
    wait_until_idle(page)
    return page


def test_no_key_is_lost_on_a_slow_page(slow):
    slider = slow.get_by_role("slider")
    expect(slider).to_have_value("3")
    for _ in range(12):
        slider.press("ArrowRight")
        slow.wait_for_timeout(30)
    expect(slow.get_by_text("Seen: 15,")).to_be_visible()
    box = slow.get_by_label("Word")
    for text in ("UGUA", "UGUAA"):
        box.fill(text)
        box.press("Enter")
    expect(slow.get_by_text("Seen: 15, UGUAA.")).to_be_visible()
    slow.get_by_role("button", name="Begin again").click()
    expect(slow.get_by_text("Seen: 3, .")).to_be_visible()
    expect(slider).to_have_value("3")
