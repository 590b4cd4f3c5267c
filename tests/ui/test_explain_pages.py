"""The pages Predict and Attribution from app.py: empty, demo, pasted sequences, and what goes wrong."""

import html
import io
import shutil

import numpy as np
import pytest

from lib.attribution import METHODS
from lib.attribution.trust import judge
from lib.store import datasets, runs
from lib.ui.attribution import data, view
from lib.ui.attribution import files as attribution_files
from lib.ui.attribution import page as attribution
from lib.ui.predict import input
from lib.ui.predict import page as predict
from lib.ui.predict import table as predict_table
from lib.ui.widgets import sequence_choice
from lib.ui.widgets.state import ATTRIBUTION, PREDICT
from tests.finished import NASTY, Finished, healthy, make, open_page, trained, words
from tests.jobs.workshop import processes_of, until


@pytest.fixture(scope="module")
def made(tmp_path_factory) -> Finished:
    return make(tmp_path_factory.mktemp("explain") / "home", settings={"k": 3})


@pytest.fixture
def looked_at(made, monkeypatch):
    """The finished workspace itself, for tests that change nothing but caches."""
    monkeypatch.setenv("MOTIFLENS_HOME", str(made.home))
    return made


@pytest.fixture
def finished(made, home):
    """A copy of the finished workspace for one test."""
    shutil.copytree(made.home, home)
    yield Finished(home, made.dataset, made.run)
    for process in processes_of(home):
        process.kill()
    until(lambda: not processes_of(home), "all processes of the test are gone")


def a_sequence(made, part="test", place=0):
    dataset = datasets.load(made.dataset)
    row = dataset.rows(part)[place]
    return str(dataset.ids[row]), str(dataset.sequences[row])


def paste(made, text):
    app = open_page(PREDICT, run=made.run)
    app.text_area(key="predict-text").set_value(text).run()
    return app


@pytest.mark.parametrize("page", [PREDICT, ATTRIBUTION])
def test_without_data_the_pages_say_what_to_do(home, page):
    app = open_page(page)
    healthy(app)
    assert {link.label for link in app.get("page_link")} & {"Train a model", "Bring data"}


def test_an_example_is_one_click_away(looked_at):
    app = open_page(PREDICT, run=looked_at.run)
    healthy(app)
    example = next(button for button in app.button if button.label == "Use an example")
    example.click().run()
    healthy(app)
    table = app.dataframe[0].value
    assert len(table) == 3
    assert table["id"][0] == a_sequence(looked_at)[0]
    assert table["remarks"].tolist() == ["in the test part of the dataset"] * 3


def test_pasted_sequences_are_predicted_as_the_model_does(looked_at):
    name, sequence = a_sequence(looked_at)
    rna = sequence.lower().replace("t", "u")
    app = paste(looked_at, f">mine\n{rna[:50]}\n{rna[50:]}\n>short\nACGTNN\n")
    healthy(app)
    table = app.dataframe[0].value
    stored = runs.predictions(looked_at.run).set_index("id")
    assert table["log2 8h - 2h"][0] == pytest.approx(stored.loc[name, "predicted:log2 8h - 2h"])
    assert table["log2 8h - 2h, low"][0] < table["log2 8h - 2h"][0] < table["log2 8h - 2h, high"][0]
    assert table["length (nt)"].tolist() == [110, 6]
    assert table["remarks"][1] == "trained on 110 nt only; 2 unknown letters (N)"
    assert "read as T" in words(app) and "read as N" in words(app)


def test_every_chosen_run_has_columns_of_its_own(finished):
    second = trained(finished.dataset, "mean", {}, name="Second run")
    app = open_page(PREDICT, run=finished.run)
    app.multiselect(key="predict-runs").set_value([finished.run, second]).run()
    app.text_area(key="predict-text").set_value("ACGT" * 20).run()
    healthy(app)
    table = app.dataframe[0].value
    assert {"First run", "Second run", "First run, low", "Second run, high"} <= set(table.columns)
    train = datasets.load(finished.dataset)
    assert table["Second run"][0] == pytest.approx(train.targets[train.rows("train")].mean())


def test_letters_that_are_no_nucleotides_are_a_table_of_faults_and_the_rest_is_predicted(looked_at):
    app = paste(looked_at, f">good\n{'ACGT' * 10}\n>{NASTY.replace(' ', '_')}\nACGTEZ\n")
    assert not app.exception and not app.error
    assert "1 of the sequences cannot be read" in words(app)
    assert "'E'" in app.dataframe[0].value["Found"][0]
    assert app.dataframe[1].value["id"].tolist() == ["good"]


def test_gaps_are_asked_about_before_anything_is_predicted(looked_at):
    name, sequence = a_sequence(looked_at)
    aligned = f">{name}\n{sequence[:30]}---{sequence[30:]}\n>other\n{'ACGT' * 9}\n"
    app = paste(looked_at, aligned)
    healthy(app)
    (asked,) = [item for item in app.radio if item.label == "Gaps"]
    assert asked.options == ["the sequences without their gaps", "the 1 of 2 sequences without gaps"]
    assert asked.value is None and not app.dataframe
    assert "Gaps (- or .) stand in 1 of 2 sequences, 3 in all" in words(app)
    asked.set_value("remove").run()
    healthy(app)
    predicted = app.dataframe[-1].value.set_index("id")
    stored = runs.predictions(looked_at.run).set_index("id")
    assert predicted.loc[name, "log2 8h - 2h"] == pytest.approx(stored.loc[name, "predicted:log2 8h - 2h"])
    app.file_uploader(key="predict-file").set_value(("s.fastq", b"@a\nACGTACGT\n+\nIIIIIIII\n", "text/plain")).run()
    healthy(app)
    assert app.dataframe[-1].value["id"].tolist() == ["a"]
    assert app.dataframe[0].value["What"].tolist() == ["Qualities"], "what was found is told"


@pytest.mark.parametrize("text", ["hello, world", "1 2 3", ">only a header"])
def test_text_without_a_sequence_is_a_sentence(looked_at, text):
    app = paste(looked_at, text)
    assert not app.exception
    assert app.error or app.warning


def test_many_sequences_become_a_job_whose_result_can_be_downloaded(finished, monkeypatch):
    monkeypatch.setattr(predict, "INLINE", 3)
    text = "".join(f">s{number}\n{'ACGT' * (5 + number)}\n" for number in range(5))
    app = paste(finished, text)
    healthy(app)
    app.button(key="predict-many").click().run()
    healthy(app)
    (job,) = runs.all(kind="predict")
    until(lambda: runs.get(job.id).over, "the prediction ends", seconds=120)
    assert runs.get(job.id).state == runs.FINISHED, runs.get(job.id).message
    found = runs.predictions(job.id)
    assert found["id"].tolist() == ["s0", "s1", "s2", "s3", "s4"]
    assert found.columns[1] == f"First run [{finished.run}]: log2 8h - 2h (log2 fold change)"
    assert np.isfinite(found.iloc[:, 1]).all()
    app.run()
    healthy(app)
    assert "Prediction of 5 sequences" in words(app)


def test_pasted_text_is_fasta_or_one_sequence_per_line():
    assert input.read_text("ACGU\n\nttag\n").ids == ("sequence-1", "sequence-2")
    assert input.read_text(">a b\nAC\nGT\n").sequences == ("ACGT",)
    same = input.read_text(">a\nAC\n>a\nGG\n")
    assert same.ids == ("a", "a (2)")
    assert "id of another" in same.notes[-1]


def test_the_interval_holds_the_share_it_promises():
    errors = np.abs(np.random.default_rng(0).normal(size=(2, 999)))
    wide = predict_table.reach(errors)
    assert wide.shape == (2,)
    assert (errors <= wide[:, None]).mean() == pytest.approx(0.9, abs=0.002)
    assert np.isinf(predict_table.reach(errors[:, :5])).all(), "five sequences cannot promise 90%"


def test_attribution_of_a_link_shows_prediction_observation_and_trust(looked_at):
    name, _ = a_sequence(looked_at, place=1)
    app = open_page(ATTRIBUTION, run=looked_at.run, sequence=name)
    healthy(app)
    said = words(app)
    dataset = datasets.load(looked_at.dataset)
    observed = dataset.targets[dataset.position(name), 0]
    assert f"<strong>{name}</strong>" in said and "110 nt · test part" in said
    assert f"{observed:.2f}".replace("-", "−") in said
    assert "| **Model** |" in said and "Reference: N (unknown)" in said
    assert app.query_params["dataset"] == looked_at.dataset


def test_without_a_sequence_a_telling_one_is_shown(looked_at):
    app = open_page(ATTRIBUTION, run=looked_at.run)
    healthy(app)
    frame = runs.predictions(looked_at.run)
    test = frame[frame["part"] == "test"]
    highest = test["id"].iloc[int(np.argmax(test["predicted:log2 8h - 2h"]))]
    assert app.query_params["sequence"] == highest
    app.button(key="attribution-suggest-lowest").click().run()
    healthy(app)
    lowest = test["id"].iloc[int(np.argmin(test["predicted:log2 8h - 2h"]))]
    assert app.query_params["sequence"] == lowest


def test_a_model_without_gradients_is_explained_by_hiding_nucleotides_unless_asked_otherwise(looked_at):
    app = open_page(ATTRIBUTION, run=looked_at.run)
    method = app.selectbox(key="method-False")
    assert method.value == "feature-ablation" and "Integrated gradients" not in method.options


def test_a_pasted_sequence_lives_in_the_link(looked_at):
    sequence = "ACGT" * 9
    app = open_page(ATTRIBUTION, run=looked_at.run, seq=sequence, name=NASTY)
    healthy(app)
    said = words(app)
    assert "36 nt · pasted" in said and html.escape(NASTY) in said
    assert NASTY not in said, "the name stays text"
    assert "Observed" not in said


def test_another_sequence_is_chosen_by_its_id(looked_at):
    app = open_page(ATTRIBUTION, run=looked_at.run)
    box = app.selectbox(key=f"attribution-id-{looked_at.run}")
    other = next(name for name in box.options if name != app.query_params["sequence"])
    box.set_value(other).run()
    healthy(app)
    assert app.query_params["sequence"] == other
    assert f"<strong>{other}</strong>" in words(app)


def test_an_unknown_id_is_a_sentence(looked_at):
    app = open_page(ATTRIBUTION, run=looked_at.run, sequence="no such id")
    assert "There is no sequence" in app.error[0].value.replace("\\", "")


def test_an_id_may_be_typed_in_part(looked_at):
    dataset = datasets.load(looked_at.dataset)
    name = str(dataset.ids[7])
    assert sequence_choice.matching(dataset, name) == name
    assert sequence_choice.matching(dataset, name[-4:].lower()) == name
    assert sequence_choice.matching(dataset, "no such id") == "no such id"


def test_the_truth_of_simulated_data_is_a_track(looked_at):
    dataset = datasets.load(looked_at.dataset)
    name, motif, start, end, _ = dataset.facts["truth"][0]
    row = dataset.position(name)
    subject = data.Subject(runs.get(looked_at.run), dataset, name, str(dataset.sequences[row]), row, 0)
    track = data.truth_track(subject, rna=True)
    assert track is not None
    assert (start, end, motif.replace("T", "U")) in [hit[:3] for hit in track.hits]


def test_every_download_of_an_attribution_is_what_it_says(looked_at):
    dataset, run = datasets.load(looked_at.dataset), runs.get(looked_at.run)
    name, sequence = a_sequence(looked_at)
    subject = data.Subject(run, dataset, name, sequence, dataset.position(name), 0)
    track, _ = data.rbp_track(subject, 0.0)
    wanted = view.Options(rna=True, mutagenesis=True, hits=(track,))
    explained = attribution.explain(subject, METHODS.create("in-silico-mutagenesis"))
    trust = judge(explained, "No test part.")
    offers = attribution_files.list_downloads(subject, explained, explained, wanted, trust=lambda: trust)
    files = {offer.label: offer.make() for offer in offers}
    assert b"<svg" in files["Logo (SVG)"] and files["Logo (PDF)"].startswith(b"%PDF")
    assert files["Logo (PNG)"].startswith(b"\x89PNG")
    numbers = files["Numbers (CSV)"].decode().splitlines()
    assert numbers[0].startswith('id,"position (nt, from 0)",base') and len(numbers) == 1 + len(explained.sequence)
    rows = files["Numbers (TSV)"].decode().splitlines()
    assert rows[0].split("\t") == ["id", "position", "base", "attribution", "badge"]
    assert [row.split("\t")[2] for row in rows[1:]] == list(sequence.replace("T", "U"))
    assert len(files["Mutations (TSV)"].splitlines()) == 1 + 3 * 110
    with np.load(io.BytesIO(files["Numbers (npz)"]), allow_pickle=False) as arrays:
        assert arrays["scores"].shape == (110,) and arrays["effects"].shape == (4, 110)
        assert arrays["badges"].tolist() == [trust.word] and arrays["check_verdicts"].shape == (1, 4)
