"""The views of the Attribution page: the badge and its checks, side by side, the what-if bench."""

import shutil

import numpy as np
import pytest

from lib.analysis import edits
from lib.attribution.checks import CHECKS
from lib.core.errors import UserError
from lib.store import datasets, runs
from lib.store.fitted import load_fitted
from lib.ui.attribution import checks, provenance
from lib.ui.attribution.data import Subject
from lib.ui.attribution.what_if import effects
from lib.ui.attribution.what_if.history import History
from lib.ui.widgets import attribution_comparison
from lib.ui.widgets.state import ATTRIBUTION
from tests.finished import Finished, healthy, make, open_page, trained, using, words

TINY = {"epochs": 1, "channels": 8, "blocks": 1}


@pytest.fixture(scope="module")
def made(tmp_path_factory):
    """A workspace with a k-mer ridge and a small network."""
    finished = make(tmp_path_factory.mktemp("attribution") / "home", settings={"k": 3})
    with using(finished.home):
        second = trained(finished.dataset, "cnn", TINY, name="Network")
    return finished, second


@pytest.fixture
def looked_at(made, monkeypatch):
    monkeypatch.setenv("MOTIFLENS_HOME", str(made[0].home))
    return made


def badges(app):
    """The labels of the badges on a page."""
    labels = [block.proto.popover.label for block in app.get("popover")]
    return [label for label in labels if "-badge[" in label]


def first_of_test(made: Finished):
    dataset = datasets.load(made.dataset)
    row = dataset.rows("test")[0]
    return str(dataset.ids[row]), str(dataset.sequences[row])


def test_the_badge_tells_of_every_check_and_the_curve_has_its_numbers(looked_at):
    finished, network = looked_at
    name, _ = first_of_test(finished)
    app = open_page(ATTRIBUTION, run=network, sequence=name)
    healthy(app)
    said = words(app)
    assert "-badge[:material/" in badges(app)[0] and "Reference: " in said
    for label in CHECKS:
        assert f"| **{label}** |" in said
    assert "95% of random orders stay below" in said and "not been checked yet" not in said
    assert any("deletion-csv" in button.key for button in app.get("download_button") if button.key)


def test_an_attribution_of_zeros_says_so(looked_at):
    finished, _ = looked_at
    mean = trained(finished.dataset, "mean", {}, name="Mean")
    app = open_page(ATTRIBUTION, run=mean)
    healthy(app)
    assert "Do not interpret" in badges(app)[0] and "Every attribution is 0" in words(app)
    assert "The model does not predict held-out sequences" in words(app)
    assert "nan" not in words(app).lower().split()


def test_side_by_side_aligns_runs_and_methods_and_says_how_well_they_agree(looked_at):
    finished, network = looked_at
    name, _ = first_of_test(finished)
    app = open_page(
        ATTRIBUTION,
        run=network,
        sequence=name,
        view="Side by side",
        runs=f"{network},{finished.run}",
        methods="in-silico-mutagenesis,integrated-gradients",
    )
    healthy(app)
    said = words(app)
    assert "The 3 attributions" in said and "chance: 10%" in said
    assert "Integrated gradients is left out for First run. This model has no gradients" in said, (
        "what does not fit is said"
    )
    table = app.dataframe[0].value
    assert table["attribution"].tolist()[0] == "Network, In-silico mutagenesis"
    assert table["badge"].str.fullmatch(r"Passes (\d) of \1 checks|Interpret with care|Do not interpret").all()
    assert len(badges(app)) == 3 and table["checks"].str.contains("deletion area").all(), "each has all its checks"
    assert np.isfinite(table["predicted"]).all()
    app.multiselect(key="lanes-runs").set_value([finished.run]).run()
    healthy(app)
    assert "Choose a second method or run" in words(app)
    assert app.query_params["runs"] == finished.run


def test_one_scale_is_shared_by_all_lanes(looked_at):
    from lib.figures.attribution_agreement import find_limits, stack_logos

    finished, network = looked_at
    name, sequence = first_of_test(finished)
    dataset = datasets.load(finished.dataset)
    subject = Subject(runs.get(network), dataset, name, sequence, dataset.position(name), 0)
    asked = attribution_comparison.Asked((runs.get(network), runs.get(finished.run)), ("in-silico-mutagenesis",))
    found, refused = attribution_comparison.explain_all(subject, asked)
    assert not refused
    compared = attribution_comparison.Compared.of(subject, found)
    assert compared.labels == ("Network", "First run")
    judged = [checks.run_quick_checks(lane.subject, lane.method, lane.attribution) for lane in found]
    scores = compared.scores_table(judged, rna=True)
    assert set(scores["Network, badge"]) == {judged[0].word}
    assert scores["base"].str.cat() == sequence.replace("T", "U") and scores["position"].tolist()[-1] == 110
    low, high = find_limits([lane.attribution.scores for lane in found])
    assert low == min(lane.attribution.scores.min() for lane in found) < 0 < high
    picture = stack_logos(
        compared.labels, [lane.attribution for lane in found], judged, one_scale=True, window=(0, len(sequence))
    )
    assert {axes.get_ylim() for axes in picture.axes} == {(low, high)}


def test_edits_of_a_link_are_made_and_their_effects_are_those_of_the_model(looked_at):
    finished, network = looked_at
    name, sequence = first_of_test(finished)
    link = "s3.TTT_d10-12_i0.UGUA".replace("U", "T")
    app = open_page(
        ATTRIBUTION, run=network, sequence=name, view="What if", edits=link, runs=f"{network},{finished.run}"
    )
    healthy(app)
    table = app.dataframe[0].value
    steps = edits.steps(sequence, edits.read(link))
    assert table["length (nt)"].tolist() == [110, 110, 108, 112]
    expected = load_fitted(network).predict(steps)[:, 0]
    np.testing.assert_allclose(table["Network"], expected, atol=1e-6)
    np.testing.assert_allclose(table["Network, change by the edit"][1:], np.diff(expected), atol=1e-6)
    np.testing.assert_allclose(table["First run"], load_fitted(finished.run).predict(steps)[:, 0])
    assert "trained on 110 nt only" in words(app), "out of the domain"
    assert len(badges(app)) == 2, "one for each run"
    assert any(link.label == "Explain it with all checks" for link in app.get("page_link"))
    assert "The link of this page holds these edits" in words(app)

    app.button(key="whatif-undo").click().run()
    healthy(app)
    assert len(app.dataframe[0].value) == 3 and app.query_params["edits"] == "s3.TTT_d10-12"
    app.button(key="whatif-redo").click().run()
    assert app.query_params["edits"] == link
    app.button(key="whatif-reset").click().run()
    healthy(app)
    assert "edits" not in app.query_params and "Nothing is edited yet" in words(app)


def test_a_motif_is_pasted_at_a_position_and_another_sequence_begins_anew(looked_at):
    finished, _ = looked_at
    name, sequence = first_of_test(finished)
    app = open_page(ATTRIBUTION, run=finished.run, sequence=name, view="What if")
    app.text_input(key="whatif-letters").set_value("ugua aua").run()
    app.button(key="whatif-put").click().run()
    healthy(app)
    assert app.query_params["edits"] == "s0.TGTAATA"
    assert app.dataframe[0].value["edit"][1] == f"{sequence[:7]} at 1–7 to TGTAATA"
    app.text_input(key="whatif-letters").set_value("hello").run()
    assert "A, C, G, T and U only" in words(app) and app.button(key="whatif-put").disabled
    app.button(key="attribution-suggest-lowest").click().run()
    healthy(app)
    assert "edits" not in app.query_params


@pytest.mark.parametrize(("link", "said"), [("x3", "is no edit"), ("s400.A", "does not lie within the 110 nt")])
def test_a_link_with_wrong_edits_is_a_sentence(looked_at, link, said):
    finished, _ = looked_at
    app = open_page(ATTRIBUTION, run=finished.run, view="What if", edits=link)
    assert not app.exception
    assert said in app.error[0].value.replace("\\", "")


def test_a_run_without_its_model_is_a_sentence(made, home):
    shutil.copytree(made[0].home, home)
    for file in runs.folder(made[0].run).glob("model*"):
        file.unlink()
    app = open_page(ATTRIBUTION, run=made[0].run)
    assert not app.exception
    assert "has no trained model" in app.error[0].value.replace("\\", "")


def test_a_sequence_that_is_too_long_is_a_sentence(looked_at):
    finished, _ = looked_at
    dataset, run = datasets.load(finished.dataset), runs.get(finished.run)
    long = Subject(run, dataset, "long", "A" * 20_001, None, 0)
    with pytest.raises(UserError, match="has 20,001 nt; an attribution can have 20,000"):
        provenance.require_short(long)


def test_undo_redo_and_reset_by_hand():
    now = History("ACGTACGT")
    for text in ("s0.T", "d2-4", "i1.GG"):
        now.do(text)
    assert now.steps() == ["ACGTACGT", "TCGTACGT", "TCACGT", "TGGCACGT"]
    track = now.track(rna=False)
    assert [(start, end) for start, end, *_ in track.hits] == [(0, 1), (4, 5), (1, 3)], "places move with later edits"
    now.do("u")
    assert now.sequence == "TCACGT"
    now.do("r")
    assert now.sequence == "TGGCACGT"
    now.do("reset")
    assert (now.sequence, len(now.undone)) == ("ACGTACGT", 3)
    for _ in range(4):
        now.do("r")
    assert now.sequence == "TGGCACGT", "redo goes through what was reset"
    with pytest.raises(UserError):
        now.do("d0-8")
    assert len(now.edits) == 3, "an edit that does not fit changes nothing"
    now.do("u")
    now.do("s0.A")
    assert not now.undone, "a new edit forgets what was undone"
    assert effects.fasta("x", now, rna=True).splitlines() == [
        ">x edited: A1 to U; GU at 3–4 deleted; U1 to A",
        "ACACGU",
    ]


def test_quick_models_have_longer_maps_without_asking_and_members_share_the_length(looked_at):
    from types import SimpleNamespace

    from lib.ui.attribution.page import LONGEST_MAP, longest_map

    finished, network = looked_at
    ridge, net = load_fitted(finished.run), load_fitted(network)
    slow = load_fitted(trained(finished.dataset, "mean", {}, name="Slow"))
    assert longest_map(ridge) == longest_map(net) == 10_000 and longest_map(slow) == LONGEST_MAP == 2000
    assert longest_map(SimpleNamespace(members={"1": ridge, "2": net})) == 5000
    assert longest_map(SimpleNamespace(members={"1": ridge, "2": slow})) == 2000
    assert longest_map(SimpleNamespace(members=dict.fromkeys("123456789", net))) == 2000, "never less than by asking"
