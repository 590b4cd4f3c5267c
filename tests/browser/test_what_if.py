"""The what-if bench in a real Chromium, by keyboard alone: letters, cursor, removal, insertion, paste, undo."""

import re
from pathlib import Path

import pytest
from playwright.sync_api import Page, expect

from lib.store import datasets
from tests.browser.servers import wait_until_idle
from tests.finished import Finished, make, using

PASTE = """
(stage, text) => {
  const clipboardData = new DataTransfer();
  clipboardData.setData("text", text);
  stage.dispatchEvent(new ClipboardEvent("paste", { clipboardData, bubbles: true, cancelable: true }));
}
"""


@pytest.fixture(scope="module")
def finished(tmp_path_factory) -> Finished:
    return make(tmp_path_factory.mktemp("what-if") / "home", settings={"k": 3})


def edits(page: Page, text: str) -> None:
    """Wait until the link holds these edits, which the server wrote."""
    expect(page).to_have_url(re.compile(rf"[?&]edits={re.escape(text)}(&|$)") if text else re.compile(r"^(?!.*edits=)"))


def test_a_sequence_is_edited_by_keyboard(serve, page, finished):
    with using(finished.home):
        dataset = datasets.load(finished.dataset)
    row = dataset.rows("test")[0]
    name = str(dataset.ids[row])
    page.goto(f"{serve(Path('app.py'), finished.home)}/attribution?run={finished.run}&sequence={name}&view=What+if")
    wait_until_idle(page)
    ruler, stage = page.locator(".ruler"), page.locator(".stage")
    expect(page.get_by_text("Nothing is edited yet")).to_be_visible()

    row = page.locator(".row").bounding_box()
    page.mouse.click(row["x"] + 48 + (row["width"] - 56) * 30.5 / 110, row["y"] + 30)
    expect(ruler).to_have_attribute("data-cursor", "30")
    page.get_by_role("button", name="C at the cursor").click()
    edits(page, "s30.C")
    expect(stage).to_be_focused()
    page.keyboard.press("Control+z")
    edits(page, "")

    page.keyboard.press("Home")
    page.keyboard.type("acg")
    expect(ruler).to_have_attribute("data-cursor", "3")
    edits(page, "s0.A_s1.C_s2.G")
    expect(page.get_by_text("3 edits", exact=False).first).to_be_visible()
    expect(stage).to_be_focused()

    for key in ("ArrowRight", "ArrowRight", "Delete", "Backspace"):
        page.keyboard.press(key)
    expect(ruler).to_have_attribute("data-length", "108")
    edits(page, "s0.A_s1.C_s2.G_d5-6_d4-5")

    page.keyboard.press("Insert")
    page.keyboard.type("uu")
    expect(ruler).to_have_attribute("data-length", "110")
    edits(page, "s0.A_s1.C_s2.G_d5-6_d4-5_i4.T_i5.T")
    stage.evaluate(PASTE, "ugua aua")
    expect(ruler).to_have_attribute("data-length", "117")
    edits(page, "s0.A_s1.C_s2.G_d5-6_d4-5_i4.T_i5.T_i6.TGTAATA")

    page.keyboard.press("Control+z")
    edits(page, "s0.A_s1.C_s2.G_d5-6_d4-5_i4.T_i5.T")
    page.keyboard.press("Control+y")
    edits(page, "s0.A_s1.C_s2.G_d5-6_d4-5_i4.T_i5.T_i6.TGTAATA")

    page.keyboard.press("Shift+ArrowRight")
    page.keyboard.press("Shift+ArrowRight")
    page.keyboard.press("Delete")
    expect(ruler).to_have_attribute("data-length", "114")
    edits(page, "s0.A_s1.C_s2.G_d5-6_d4-5_i4.T_i5.T_i6.TGTAATA_d13-16")

    # The same link shows the same elsewhere.
    url = page.url
    wait_until_idle(page)
    page.goto(url)
    wait_until_idle(page)
    expect(page.locator(".ruler")).to_have_attribute("data-length", "114")
    with page.expect_download() as download:
        page.get_by_role("button", name="Edited sequence (FASTA)").click()
    written = Path(download.value.path()).read_text().splitlines()
    assert written[0].startswith(f">{name} edited: ") and len("".join(written[1:])) == 114
    assert "".join(written[1:]).startswith("ACG")
