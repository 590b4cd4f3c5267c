"""Every page with real results, light and dark, wide and narrow: nothing broken or cut off."""

from pathlib import Path

import pytest
from playwright.sync_api import expect

from tests import finished
from tests.browser.looks import in_four_ways

PAGES = {
    "": "Bring your data",
    "datasets": "Datasets",
    "compare": "Compare",
    "vocabulary": "Vocabulary",
    "pretrain": "Pretrain UTR-LM",
    "train": "Train a model",
    "runs": "Runs",
    "groups": "Sweeps and comparisons",
    "results": "Results",
    "compare_runs": "Compare runs",
    "predict": "Predict",
    "attribution": "Attribution",
    "motifs": "Motifs",
    "experiments": "Experiments",
    "variants": "Variants",
}
MORE = {"vocabulary": "&tokenizer=k-mer(k=4)&token=TTAG"}
"""What the link of a page asks for beside dataset, run and sequence."""


@pytest.fixture(scope="module")
def made(tmp_path_factory) -> finished.Finished:
    """A workspace with the demo and a short training of the network, so that the ruler has gradients to show."""
    return finished.make(tmp_path_factory.mktemp("screens") / "home", model="cnn", settings={"epochs": 6})


@pytest.fixture(scope="module")
def second(made) -> str:
    """A run to compare that one with."""
    with finished.using(made.home):
        return finished.trained(made.dataset, "kmer-ridge", {}, name="Second run")


@pytest.fixture(scope="module")
def server(start_server, made):
    return start_server(Path("app.py"), made.home)


@pytest.mark.parametrize("name", PAGES)
def test_a_page_is_whole(server, browser, made, second, picture, name):
    def ready(page):
        page.get_by_role("heading", name=PAGES[name], level=1).wait_for()
        if name in ("attribution", "compare"):
            page.locator(".ruler").first.wait_for()
        if name not in ("", "predict"):
            expect(page.get_by_text("simulated").first, "made-up data are said to be so").to_be_visible()

    runs = f"&runs={made.run},{second}" if name == "compare_runs" else ""
    query = f"dataset={made.dataset}&run={made.run}&sequence=SIM_00007{MORE.get(name, '')}{runs}"
    in_four_ways(browser, f"{server.url}/{name}?{query}", ready, picture, name or "upload-first")
