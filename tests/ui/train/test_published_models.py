"""The Train page with published models: their own tokenizer, and settings that stand there only when they matter."""

from lib.store import runs
from lib.ui.widgets.state import TRAIN
from tests.finished import freeze, healthy, open_page, words
from tests.jobs.workshop import processes_of, until
from tests.models import published


def labels(app):
    return [field.label for field in (*app.selectbox, *app.number_input, *app.text_input)]


def starts(app):
    return [button for button in app.button if button.key == "start-training"]


def test_a_published_model_is_started_with_the_tokens_that_it_was_trained_on(home, tmp_path):
    dataset = freeze(tmp_path / "files")
    folder = published.nucleotide_transformer(tmp_path / "tiny")
    app = open_page(TRAIN, dataset=dataset, model="hf-encoder")
    assert not app.exception and not starts(app)
    assert "no model is chosen" in words(app), "a published model is asked for"

    app.text_input(key="train-new-hf-encoder-weights").set_value(str(folder)).run()
    healthy(app)
    assert "cut into the tokens that the published model was trained on" in words(app)
    assert not {"Tokenizer", "Vocabulary size"} & {field.label for field in app.selectbox}, "no tokenizer is asked for"
    assert "Rank of LoRA" in labels(app) and "Top layers (layers)" not in labels(app)
    app.selectbox(key="train-new-hf-encoder-adaptation").set_value("top layers").run()
    healthy(app)
    assert "Rank of LoRA" not in labels(app) and "Top layers (layers)" in labels(app)

    app.number_input(key="train-new-hf-encoder-top_layers").set_value(1).run()
    starts(app)[0].click().run()
    healthy(app)
    run = runs.get(app.query_params["run"])
    runs.request_cancel(run.id)
    assert run.spec.model.settings["adaptation"] == "top layers" and run.spec.model.settings["top_layers"] == 1
    assert run.spec.tokenizer is not None
    assert (run.spec.tokenizer.name, run.spec.tokenizer.settings["path"]) == ("checkpoint", str(folder))
    for process in processes_of(home):
        process.kill()
    until(lambda: not processes_of(home), "all processes of the test are gone")
