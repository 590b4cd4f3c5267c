"""A published model by hand: a hostile zip is refused in a sentence, a good one is unpacked and chosen; its card."""

import io
import re
import zipfile
from pathlib import Path

import pytest
from playwright.sync_api import expect

from tests import finished
from tests.browser.servers import wait_until_idle
from tests.models import published


@pytest.fixture(scope="module")
def home(tmp_path_factory):
    return tmp_path_factory.mktemp("checkpoints") / "home"


@pytest.fixture(scope="module")
def dataset(home):
    with finished.using(home):
        return finished.freeze(home.parent / "files")


@pytest.fixture(scope="module")
def server(start_server, home, dataset):
    return start_server(Path("app.py"), home)


def zipped(folder: Path, path: Path, **more: bytes) -> Path:
    held = io.BytesIO()
    with zipfile.ZipFile(held, "w") as archive:
        for file in sorted(folder.iterdir()):
            archive.write(file, file.name)
        for name, content in more.items():
            archive.writestr(name, content)
    path.write_bytes(held.getvalue())
    return path


def test_from_a_zip_to_the_start_of_a_training(server, page, home, dataset, tmp_path, picture):
    folder = published.lamar(tmp_path / "lamar")
    page.goto(f"{server.url}/train?dataset={dataset}&model=hf-encoder")
    main = page.get_by_test_id("stMain")
    expect(main).to_contain_text("Settings of Published encoder")
    wait_until_idle(page)
    start = page.get_by_role("button", name="Start training")
    expect(start).to_have_count(0)
    page.get_by_role("button", name="Choose or upload").first.click()
    upload = page.locator("input[type=file]").first
    upload.set_input_files(zipped(folder, tmp_path / "hostile.zip", **{"../../evil.json": b"{}"}))
    shown = page.get_by_test_id("stPopoverBody")
    expect(shown).to_contain_text("hostile.zip holds ../../evil.json, which would be a link or lead out of its folder")
    assert not (home / "checkpoints").exists() and not list(home.parent.rglob("evil.json"))

    page.get_by_test_id("stFileUploader").get_by_role("button", name=re.compile("Remove|Delete")).first.click()
    wait_until_idle(page)
    page.locator("input[type=file]").first.set_input_files(zipped(folder, tmp_path / "LAMAR.zip"))
    expect(page.get_by_role("textbox", name="Published model")).to_have_value(re.compile(r"checkpoints/\w+/LAMAR$"))
    page.keyboard.press("Escape")
    expect(start).to_be_visible()
    page.get_by_text("published models that can be used").click()
    expect(main).to_contain_text("15 million sequences")
    wait_until_idle(page)
    picture(page, "model-cards", full_page=True)
