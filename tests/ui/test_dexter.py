"""What the Results page shows of a DExTER run, and that the other pages work for it."""

import numpy as np
import pytest

from lib.analysis import edits
from lib.figures import dexter_words
from lib.models.dexter.bins import Bins
from lib.models.dexter.explore import CHANCE, PARENT, PART, ROOT, Step
from lib.models.dexter.lasso import Linear, Variable
from lib.report import report
from lib.store import datasets, fitted
from lib.ui.widgets.state import ATTRIBUTION, COMPARE_RUNS, PREDICT, RESULTS
from tests.finished import freeze, healthy, open_page, trained, using, words

BINS = Bins((-20, -5, 30), "centre")


@pytest.fixture(scope="module")
def made(tmp_path_factory):
    folder = tmp_path_factory.mktemp("dexter")
    with using(folder / "home"):
        dataset = freeze(folder / "files")
        pair = [
            trained(dataset, "dexter", {"bins": 4, "chance": 1.0, "longest": 3}, name="First run"),
            trained(dataset, "kmer-ridge", {"k": 2}, name="Ridge"),
        ]
    return folder / "home", dataset, *pair


@pytest.fixture
def looked_at(made, monkeypatch):
    monkeypatch.setenv("MOTIFLENS_HOME", str(made[0]))
    return made


def test_the_page_says_what_was_found(looked_at):
    app = open_page(RESULTS, run=looked_at[2])
    healthy(app)
    said = words(app)
    assert "What DExTER found" in said
    assert "the prediction:" in said
    model = fitted.load_fitted(looked_at[2])
    shown = next(item.value for item in app.dataframe if "coefficient" in item.value)
    assert len(shown) == len(model.linear[0].variables)
    choice = next(item for item in app.selectbox if item.label == "Word")
    assert choice.value == shown["word"].iloc[0], "the word with the largest coefficient comes first"
    assert set(choice.options) == set(model.explored[0].lattices)
    refused = next(step.kmer for step in model.explored[0].steps if not step.accepted)
    choice.set_value(refused).run()
    healthy(app)
    assert f"{refused} was grown from" in words(app)
    next(item for item in app.toggle if "refused too" in item.label).set_value(True).run()
    healthy(app)


def test_a_link_names_the_word(looked_at):
    word = fitted.load_fitted(looked_at[2]).explored[0].steps[20].kmer
    app = open_page(RESULTS, run=looked_at[2], word=word)
    assert next(item for item in app.selectbox if item.label == "Word").value == word
    healthy(open_page(RESULTS, run=looked_at[2], word="NOWORD"))


def test_a_model_without_a_view_shows_none(looked_at):
    app = open_page(RESULTS, run=looked_at[3])
    healthy(app)
    assert "DExTER" not in words(app)


def variable(kmer, cell, coefficient, correlation):
    return Variable(kmer, cell, coefficient, 0.02, 0.2, correlation)


def test_the_sentence_names_words_whose_sign_is_their_own():
    kept = (
        variable("TTTT", (0, 2), 0.9, 0.5),
        variable("TTT", (0, 2), -0.8, 0.4),
        variable("GCA", (1, 2), -0.3, -0.2),
        variable("AA", (0, 2), 0.0, 0.1),
    )
    assert dexter_words.sentence(Linear(kept, 0.0, 0.1), BINS) == (
        "**3 words in regions** make the prediction: 1 raise it, 2 lower it. **TTTT** anywhere raises it most, "
        "**GCA** at −5 to 30 nt lowers it most."
    )
    assert (
        dexter_words.sentence(Linear(kept[3:], 0.0, 0.1), BINS) == "None of 1 words in regions was kept by the LASSO."
    )


@pytest.mark.parametrize(
    ("against", "said"),
    [
        (PARENT, "was grown from AC. At −5 to 30 nt it reaches |ρ| = 0.300; 0.400 was needed to beat AC. **Refused.**"),
        (PART, "0.400 was needed to beat its parts AC and CG there. **Refused.**"),
        (CHANCE, "0.400 was needed to be beyond chance. **Refused.**"),
    ],
)
def test_why_a_word_was_refused_stands_below_its_lattice(against, said):
    root = Step("AC", -1, (0, 2), (0, 2), 0.2, 0.0, ROOT, ((0, 2), (1, 2)))
    assert said in dexter_words.why(Step("ACG", 0, (0, 2), (1, 2), -0.3, 0.4, against, ()), (root,), BINS)
    assert "clearly better in 1 region (◇)" in dexter_words.why(root, (root,), BINS)


def test_tables_count_as_biologists_do():
    frame = dexter_words.table(
        Linear((variable("AC", (0, 1), 0.1, 0.2), variable("G", (0, 2), -0.5, 0.2)), 0.0, 0.1), BINS
    )
    assert frame["word"].tolist() == ["G", "AC"]
    assert frame[["first nt", "last nt"]].to_numpy().tolist() == [[-20, 30], [-20, -6]]
    np.testing.assert_allclose(frame["in a sequence"], [0.02 * 50, 0.02 * 15])


def test_other_pages_take_the_run(looked_at):
    _, dataset, run, ridge = looked_at
    frozen = datasets.load(dataset)
    row = frozen.rows("test")[0]
    name, sequence = str(frozen.ids[row]), str(frozen.sequences[row])
    app = open_page(PREDICT, run=run)
    app.text_area(key="predict-text").set_value(sequence).run()
    healthy(app)
    model = fitted.load_fitted(run)
    app = open_page(ATTRIBUTION, run=run, sequence=name, view="What if", edits="s3.TTT_d10-12")
    healthy(app)
    steps = edits.steps(sequence, edits.read("s3.TTT_d10-12"))
    np.testing.assert_allclose(app.dataframe[0].value["First run"], model.predict(steps)[:, 0])
    healthy(open_page(ATTRIBUTION, run=run, sequence=name))
    healthy(open_page(COMPARE_RUNS, runs=f"{run},{ridge}"))


def test_the_report_holds_the_run_and_what_its_nucleotides_change(looked_at):
    content, names = report.render_report(looked_at[2])
    assert "DExTER" in content
    assert names[:3] == ["Results", "Figures", "What DExTER found"]
    assert "words-in-regions.csv" in content
    assert "What DExTER found" not in report.render_report(looked_at[3])[1]
    assert "by Feature ablation" in content
