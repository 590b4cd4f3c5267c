"""The Pretrain page: empty, a form for a dataset and for a file, what was learned, and the way to fine-tuning."""

from types import SimpleNamespace

import numpy as np
import pytest

from lib.core.progress import Silent
from lib.jobs import pretrain as job
from lib.jobs.pretrain import Corpus, parse_settings
from lib.store import datasets, runs
from lib.ui.widgets.state import PRETRAIN, RUNS, TRAIN
from tests import finished
from tests.finished import healthy, open_page, words

TINY = {"layers": 1, "width": 16, "heads": 2, "epochs": 2, "longest": 42}


@pytest.fixture(scope="module")
def made(tmp_path_factory):
    home = tmp_path_factory.mktemp("pretrain") / "home"
    with finished.using(home):
        return SimpleNamespace(home=home, dataset=finished.freeze(home.parent / "files", name="<b>Demo</b>"))


@pytest.fixture(autouse=True)
def workspace(made, monkeypatch):
    monkeypatch.setattr(job, "runner", lambda: SimpleNamespace(submit=lambda run_id: None))
    with finished.using(made.home):
        yield


def start_button(app):
    return next(button for button in app.button if button.key == "start-pretraining")


def done(corpus):
    run_id = job.start_pretraining(parse_settings(TINY), corpus)
    runs.transition(run_id, runs.RUNNING)
    runs.set_results(run_id, job.pretrain(run_id, runs.folder(run_id), Silent()))
    runs.transition(run_id, runs.FINISHED)
    return run_id


def test_a_form_starts_a_pretraining_on_the_training_part(made):
    app = open_page(PRETRAIN, dataset=made.dataset)
    healthy(app)
    assert "needs sequences and no measurements" in words(app)
    assert "The n = 128 training sequences of <b>Demo</b>" in words(app)
    assert "distinct sequences; folding" in words(app)
    app.selectbox(key="pretrain-utr-lm-pretraining-preset").set_value("small").run()
    start_button(app).click().run()
    healthy(app)
    run = runs.get(app.query_params["pretraining"])
    assert (run.kind, run.dataset, run.spec.model.settings["width"]) == ("pretrain", made.dataset, 64)
    assert "UTR-LM pretrained on the training part of <b>Demo</b>" in words(app)
    runs.request_cancel(run.id)
    runs.delete(run.id)


def test_without_a_dataset_a_file_is_asked_for_and_read(made):
    app = open_page(PRETRAIN)
    healthy(app)
    assert "Bring a file of 40 or more sequences" in words(app)
    assert start_button(app).disabled
    rng = np.random.default_rng(0)
    fasta = "".join(f">s{number}\n{''.join(rng.choice(list('ACGU'), 30))}\n" for number in range(50))
    app.file_uploader(key="pretrain-file").set_value(("utrs.fasta", fasta.encode(), "text/plain")).run()
    healthy(app)
    assert "50 distinct sequences" in words(app)
    start_button(app).click().run()
    healthy(app)
    run = runs.get(app.query_params["pretraining"])
    assert (run.dataset, run.name) == ("", "UTR-LM pretrained on utrs.fasta")
    queue = open_page(RUNS)
    healthy(queue)
    assert "UTR-LM pretrained on utrs.fasta" in words(queue)
    runs.request_cancel(run.id)
    runs.delete(run.id)


def test_what_was_learned_is_said_and_leads_to_fine_tuning(made):
    dataset = datasets.load(made.dataset)
    first = done(Corpus(dataset=made.dataset))
    test = dataset.sequences[dataset.rows("test")[:2]].tolist()
    leaking = done(Corpus(file="all.fasta", sequences=[*dataset.sequences[dataset.rows("train")].tolist(), *test]))

    app = open_page(PRETRAIN, dataset=made.dataset, pretraining=first)
    healthy(app)
    said = words(app)
    assert "Says the structure of" in said and "always “unpaired”" in said and "a line in length and GC" in said
    assert f"None of the {len(dataset.rows('test'))} test sequences of <b>Demo</b>" in said
    assert "Without a model, " in " ".join(item.value for item in app.info), "two epochs of a tiny encoder learn little"
    table = app.dataframe[0].value
    assert table["Learned"].tolist() == ["Structure of a base", "Hidden letters", "Folding energy (MFE)"]
    assert len(app.get("plotly_chart")) == 1
    assert app.selectbox(key="pretraining-shown").value == first

    app.selectbox(key="pretraining-shown").set_value(leaking).run()
    assert app.query_params["pretraining"] == leaking
    assert f"2 of the {len(dataset.rows('test'))} test sequences" in " ".join(item.value for item in app.warning)

    train = open_page(TRAIN, dataset=made.dataset, model="utr-lm", pretraining=leaking)
    healthy(train)
    assert train.selectbox(key="train-new-utr-lm-pretraining").value == leaking
    assert "2 of the" in " ".join(item.value for item in train.warning)
    assert "Each nucleotide is a token" in words(train)
    labels = [field.label for field in train.number_input]
    assert "Layers" not in labels, "the size is that of the pretraining"
    train.selectbox(key="train-new-utr-lm-pretraining").set_value("").run()
    healthy(train)
    assert "Layers" in [field.label for field in train.number_input]

    listed = open_page(RUNS, run=first, dataset=made.dataset)
    healthy(listed)
    assert listed.dataframe[0].value["Model"].tolist() == ["Pretraining of UTR-LM"] * 2
