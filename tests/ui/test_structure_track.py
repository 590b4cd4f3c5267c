"""The structure as a track where sequences are looked at: a switch that the link keeps, and a limit that is said."""

import pytest

from lib.motifs.folding import fold
from lib.store import datasets
from lib.ui.attribution import side_by_side
from lib.ui.attribution import view as attribution_view
from lib.ui.widgets import structure
from lib.ui.widgets.state import ATTRIBUTION, COMPARE
from tests import finished
from tests.finished import healthy, open_page, words


@pytest.fixture(scope="module")
def made(tmp_path_factory):
    return finished.make(tmp_path_factory.mktemp("structure") / "home", settings={"k": 2})


@pytest.mark.parametrize("page", [COMPARE, ATTRIBUTION])
def test_the_fold_of_the_sequence_is_a_track_when_asked_for(made, page, monkeypatch):
    with finished.using(made.home):
        dataset = datasets.load(made.dataset)
        row = dataset.rows("test")[0]
        chosen = {"dataset": made.dataset, "run": made.run, "sequence": str(dataset.ids[row])}
        app = open_page(page, **chosen)
        healthy(app)
        assert "minimum free energy" not in words(app), "only when asked for"
        app = open_page(page, **chosen, structure="true")
        healthy(app)
        found = fold(str(dataset.sequences[row]))
        assert f"{found.structure.count('(')} base pairs, minimum free energy {found.energy:.2f} kcal/mol" in words(app)
        monkeypatch.setattr(structure, "LONGEST", 100)
        app = open_page(page, **chosen, structure="true")
        healthy(app)
        assert "has 110 nt" in words(app) and "up to 100 nt are folded here" in words(app)


def test_each_view_of_a_sequence_draws_the_arcs(made, monkeypatch):
    drawn = []

    def draw(sequence, tracks, **_):
        drawn.append([track.kind for track in tracks])

    for view in (attribution_view, side_by_side):
        monkeypatch.setattr(view, "ruler", draw)
    with finished.using(made.home):
        sequence = str(datasets.load(made.dataset).ids[0])
        chosen = {"dataset": made.dataset, "run": made.run, "sequence": sequence, "methods": "occlusion"}
        for view in ("Explain", "Side by side"):
            healthy(open_page(ATTRIBUTION, **chosen, view=view, structure="true"))
    assert len(drawn) >= 2 and all(kinds.count("arcs") == 1 for kinds in drawn)
