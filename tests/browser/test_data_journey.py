"""From files to a frozen dataset in a real Chromium, with names that try to be markup; pictures in both themes."""

from pathlib import Path

import pandas as pd
import pytest

from lib.datasets import simulate
from tests.browser.servers import wait_until_idle

NASTY = "<img src=x onerror=alert(1)>"


@pytest.fixture(scope="module")
def made(tmp_path_factory):
    """Three files whose names and one of whose ids are markup."""
    folder = tmp_path_factory.mktemp("files")
    files = simulate.write_demo(folder, n=200)
    expression = folder / f"{NASTY}.tsv"
    expression.write_text(files.expression.read_text().replace("SIM_00001\t", f"{NASTY}\t"))
    sequences = folder / "sequences <b>.tsv"
    ids = [line[1:] for line in files.sequences.read_text().splitlines() if line.startswith(">")]
    texts = files.sequences.read_text().replace("\n>", "\n\n>").split("\n\n")
    rows = [f"{name}\t{''.join(text.splitlines()[1:])}" for name, text in zip(ids, texts, strict=True)]
    sequences.write_text("id\tsequence\n" + "\n".join(rows).replace("SIM_00001\t", f"{NASTY}\t") + "\n")
    return expression, sequences, files.rbp


def settled(page):
    page.wait_for_timeout(300)
    wait_until_idle(page)


def test_files_become_a_dataset(start_server, browser, made, picture):
    context = browser.new_context(
        viewport={"width": 1440, "height": 900}, color_scheme="dark", accept_downloads=True, reduced_motion="reduce"
    )
    context.set_default_timeout(60_000)
    page = context.new_page()
    alerts = []
    page.on("dialog", lambda dialog: (alerts.append(dialog.message), dialog.dismiss()))
    server = start_server(Path("app.py"))
    page.goto(server.url)
    page.get_by_role("heading", name="Bring your data").wait_for()
    settled(page)
    picture.whole(page, "upload-empty")
    for place, waited in enumerate(("Next: drop the sequences", "How the files join", "RBP motifs")):
        page.locator("input[type=file]").nth(place).set_input_files(made[place])
        page.get_by_text(waited).last.wait_for()
        settled(page)
    assert page.get_by_text("200 usable rows").is_visible()
    assert page.get_by_text("5 spike-ins, used for normalisation").is_visible()
    picture.whole(page, "upload")
    name = page.get_by_label("Name of the dataset")
    name.fill(NASTY)
    name.press("Enter")
    settled(page)
    page.get_by_role("button", name="Freeze dataset (n = 200)").click()
    page.get_by_role("heading", name="Datasets").wait_for()
    settled(page)
    assert "dataset=" in page.url
    assert page.get_by_role("heading", name=NASTY).is_visible()
    picture.whole(page, "datasets")
    search = page.get_by_label("Sequences by id")
    search.fill("onerror")
    search.press("Enter")
    settled(page)
    page.get_by_role("button", name="Download", exact=True).click()
    with page.expect_download() as waiting:
        page.get_by_role("button", name="All 200 sequences (CSV)").click()
    table = pd.read_csv(waiting.value.path())
    assert waiting.value.suggested_filename == "img-src-x-onerror-alert-1.csv"
    assert len(table) == 200 and NASTY in set(table["id"])
    assert alerts == [] and page.locator("img[src=x]").count() == 0, "markup of users came alive"
    link = page.url
    page.goto(link)
    page.get_by_role("heading", name=NASTY).wait_for()
    settled(page)
    assert page.get_by_label("Sequences by id").input_value() == "onerror", "a link reproduces the view"
    context.close()
