"""LoRA by hand: a published checkpoint in a folder, its form, what it costs, training, result, and new sequences."""

import re
import shutil
from pathlib import Path

import pytest
from playwright.sync_api import expect

from lib.store import datasets
from tests import finished
from tests.browser.servers import wait_until_idle
from tests.models import published

SECONDS = 240_000
NEW = "ACGTTGCAACGTAGGTTTGCATTTTTTTACGGA"


@pytest.fixture(scope="module")
def home(tmp_path_factory):
    return tmp_path_factory.mktemp("lora") / "home"


@pytest.fixture(scope="module")
def dataset(home):
    with finished.using(home):
        return finished.freeze(home.parent / "files")


@pytest.fixture(scope="module")
def checkpoint(tmp_path_factory):
    return published.dnabert2(tmp_path_factory.mktemp("published") / "tiny-dnabert-2")


@pytest.fixture(scope="module")
def server(start_server, home, dataset):
    return start_server(Path("app.py"), home, MOTIFLENS_COSTS="on")


def test_from_a_checkpoint_to_results(server, page, home, dataset, checkpoint, picture):
    page.set_viewport_size({"width": 1280, "height": 1000})
    page.goto(f"{server.url}/train?dataset={dataset}&model=dnabert-2")
    main = page.get_by_test_id("stMain")
    expect(main).to_contain_text("Settings of DNABERT-2")
    wait_until_idle(page)
    weights = page.get_by_role("textbox", name="Published model")
    weights.fill(str(checkpoint))
    weights.press("Enter")
    expect(page.get_by_role("button", name="Start training")).to_be_visible()
    expect(page.get_by_role("spinbutton", name="Rank of LoRA")).to_be_visible()
    expect(page.get_by_role("spinbutton", name="Top layers")).to_have_count(0)
    # Adapters of rank 8 in 2 layers beside 36 x 12 weights, and a head with a bias for the target and each time point.
    with finished.using(home):
        learned = 2 * 8 * (12 + 36) + 13 * (1 + datasets.load(dataset).values.shape[1])
    expect(main).to_contain_text(re.compile(rf"Parameters learned\s*{learned:,} of "), timeout=SECONDS)
    picture(page, "lora-form", full_page=True)

    page.get_by_role("button", name="Start training").click()
    expect(main).to_contain_text("finished", timeout=SECONDS)
    run = re.search(r"[?&]run=([0-9a-f]+)", page.url).group(1)
    folder = home / "runs" / run
    assert {"model.json", "model.safetensors", "predictions.parquet"} <= {path.name for path in folder.iterdir()}
    main.get_by_role("link", name="Open results").click()
    expect(main).to_contain_text(re.compile(r"of n = \d+"))
    picture(page, "lora-results", full_page=True)

    # The run is complete on its own: it predicts new sequences when the checkpoint is gone.
    shutil.rmtree(checkpoint)
    page.goto(f"{server.url}/predict?dataset={dataset}&run={run}")
    wait_until_idle(page)
    text = page.get_by_role("textbox").first
    text.fill(f">new\n{NEW}")
    text.press("Control+Enter")
    wait_until_idle(page)
    picture(page, "lora-predict", full_page=True)
    assert page.get_by_test_id("stAlertContentError").count() == 0
