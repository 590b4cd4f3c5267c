"""An experiment from the page: a motif is typed in, a worker asks the model, and the answer stands on the page."""

from pathlib import Path

import pytest
from playwright.sync_api import expect

from tests.browser.servers import wait_until_idle
from tests.finished import make
from tests.jobs.workshop import processes_of


@pytest.fixture(scope="module")
def finished(tmp_path_factory):
    made = make(tmp_path_factory.mktemp("experiments-browser") / "home", settings={"k": 6})
    yield made
    for process in processes_of(made.home):
        process.kill()


def test_a_typed_motif_is_put_into_sequences_and_has_the_planted_sign(finished, serve, page):
    url = serve(Path("app.py"), finished.home)
    page.goto(f"{url}/experiments?run={finished.run}&dataset={finished.dataset}&motifs_from=Typed+in")
    wait_until_idle(page)
    box = page.get_by_role("textbox", name="Motifs, one a line")
    box.fill("UUAG\nGCACUU")
    box.press("Control+Enter")
    wait_until_idle(page)
    page.get_by_role("button", name="Start experiment").click()
    said = page.get_by_text("motifs change the prediction (q at most 0.05)")
    expect(said).to_be_visible(timeout=60_000)
    words = said.inner_text()
    assert words.startswith("2 of 2 motifs change the prediction")
    assert "Strongest upwards: UUAG" in words
    assert "Strongest downwards: GCACUU" in words
    assert "experiment=" in page.url
    wait_until_idle(page)
    expect(page.get_by_text("UUAG by position").or_(page.get_by_text("GCACUU by position")).first).to_be_visible()
