"""The Compare page from app.py: the demo, pasted sequences, links, and what goes wrong."""

import pytest

from lib.ui.state import COMPARE
from tests.finished import Finished, healthy, make, open_page


@pytest.fixture(scope="module")
def made(tmp_path_factory) -> Finished:
    return make(tmp_path_factory.mktemp("compare") / "home", settings={"k": 3})


@pytest.fixture
def looked_at(made, monkeypatch):
    monkeypatch.setenv("MOTIFLENS_HOME", str(made.home))
    return made


def test_the_demo_is_read_by_several_tokenizers(looked_at):
    app = open_page(COMPARE, dataset=looked_at.dataset)
    healthy(app)
