"""The Language model view of the Attribution page: reconstruction, dependency map, attention, and what has none."""

import pytest

from lib.store import datasets, language, runs
from lib.ui.attribution.language import asking
from lib.ui.widgets.state import ATTRIBUTION
from tests.attribution import headed
from tests.finished import healthy, open_page, trained, using, words

VIEW = {"view": "Language model"}


@pytest.fixture(scope="module")
def made(tmp_path_factory):
    finished = headed.make(tmp_path_factory.mktemp("language") / "home")
    with using(finished.home):
        ridge = trained(finished.dataset, "kmer-ridge", {}, name="Ridge")
    return finished, ridge


@pytest.fixture
def looked_at(made, monkeypatch):
    monkeypatch.setenv("MOTIFLENS_HOME", str(made[0].home))
    return made


def sequence_of(made):
    dataset = datasets.load(made[0].dataset)
    row = dataset.rows("test")[0]
    return str(dataset.ids[row]), str(dataset.sequences[row])


def endings(app):
    return {button.key for button in app.get("download_button") if button.key and button.key.startswith("language.")}


def test_reconstruction_says_what_it_recovers_and_whose_head_it_is(looked_at):
    name, sequence = sequence_of(looked_at)
    app = open_page(ATTRIBUTION, run=looked_at[0].run, sequence=name, **VIEW)
    healthy(app)
    said, found = words(app), language.find_answer(looked_at[0].run, language.RECONSTRUCTION, sequence)
    assert "Recovered" in said and f"{found.accuracy:.0%}" in said and f"{found.perplexity:.2f}" in said
    assert "the pretraining of this run" in said and "was trained further on the target" in said
    assert {"language.svg", "language.tsv", "language.npz"} <= endings(app)


def test_the_strongest_dependency_and_then_a_pair(looked_at):
    name, sequence = sequence_of(looked_at)
    query = {"run": looked_at[0].run, "sequence": name, "look": "dependency", **VIEW}
    app = open_page(ATTRIBUTION, **query)
    healthy(app)
    found = language.find_answer(looked_at[0].run, language.DEPENDENCY, sequence)
    assert "Strongest dependency" in words(app) and f"{found.values[found.strongest]:.2f}" in words(app)
    assert "within 2 nt of the diagonal says little" in words(app), "3-mers share letters"
    app.session_state["dependency-map"] = {"pair": {"row": 12, "column": 20}}
    app.run()
    healthy(app)
    assert f"{sequence[12]}13 mutated, {sequence[20]}21 as target" in words(app)
    [table] = [one.value for one in app.dataframe if "base" in one.value.columns]
    before, after = found.pair(12, 20)
    assert table.shape == (4, 5) and table.iloc[:, 1].tolist() == pytest.approx(before.tolist())
    others = [base for base in range(4) if "ACGT"[base] != sequence[12]]
    assert table.iloc[2, 2:].tolist() == pytest.approx(after[others, 2].tolist())


def test_attention_is_not_an_explanation_and_is_judged(looked_at):
    name, _ = sequence_of(looked_at)
    query = {"run": looked_at[0].run, "sequence": name, "look": "attention", "layer": "2", "head-of": "1", **VIEW}
    app = open_page(ATTRIBUTION, **query)
    healthy_but_warned = [item.value for item in app.warning]
    assert not app.exception and any("Attention is not an explanation" in said for said in healthy_but_warned)
    assert "Deletion curve" in words(app) and "goes to special tokens" in words(app)


def test_what_takes_long_waits_for_a_click_and_becomes_a_job(looked_at, monkeypatch):
    from lib.jobs import attribute as job

    class Nobody:
        def submit(self, run_id):
            assert runs.get(run_id).state == runs.QUEUED

    monkeypatch.setattr(job, "runner", Nobody)
    monkeypatch.setattr(asking, "QUICK_SECONDS", 0.0)
    name = str(datasets.load(looked_at[0].dataset).ids[1])
    query = {"run": looked_at[0].run, "sequence": name, "look": "dependency", **VIEW}
    app = open_page(ATTRIBUTION, **query)
    healthy(app)
    [button] = [one for one in app.button if one.key == "language-dependency"]
    assert "can be cancelled" in words(app)
    button.click().run()
    healthy(app)
    [run] = runs.all(kind="language")
    assert run.payload["question"] == "dependency" and f"Dependency map of {name}" in words(app)
    runs.request_cancel(run.id)


def test_a_model_without_a_language_model_is_told_so(looked_at):
    name, _ = sequence_of(looked_at)
    for look, said in (
        ("reconstruction", "no encoder of tokens"),
        ("dependency", "no encoder of tokens"),
        ("attention", "no attention"),
    ):
        app = open_page(ATTRIBUTION, run=looked_at[1], sequence=name, look=look, **VIEW)
        healthy(app)
        assert said in words(app)
