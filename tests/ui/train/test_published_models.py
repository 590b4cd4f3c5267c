"""The Train page with published models: their own tokenizer, and settings that stand there only when they matter."""

import io
import zipfile

import pytest

from lib.models.cards import CARDS
from lib.store import runs
from lib.ui.widgets import checkpoint_choice
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


def test_cards_say_what_a_published_model_was_trained_on_and_where_its_files_are(home, tmp_path):
    dataset = freeze(tmp_path / "files")
    for name, cards in (("hf-encoder", ("LAMAR", "3UTRBERT", "SpeciesLM")), ("utr-lm", ("UTR-LM",))):
        app = open_page(TRAIN, dataset=dataset, model=name)
        assert not app.exception
        shown = words(app)
        for card in (card for card in CARDS if card.model == name):
            for text in (card.name, card.trained_on, card.licence, card.size, card.doi):
                assert text in shown.replace("\\", ""), text
        assert set(cards) <= {card.name for card in CARDS if card.model == name}
    expanders = [item.label for item in open_page(TRAIN, dataset=dataset, model="cnn").expander]
    assert not any("published" in label for label in expanders), "a model of its own weights has no cards"


def zipped(folder, *, also=()):
    held = io.BytesIO()
    with zipfile.ZipFile(held, "w") as archive:
        for path in sorted(folder.iterdir()):
            archive.write(path, path.name)
        for name in also:
            archive.writestr(name, b"{}")
    return held.getvalue()


def test_a_zip_is_uploaded_checked_and_chosen(home, tmp_path):
    dataset = freeze(tmp_path / "files")
    folder, key = published.lamar(tmp_path / "lamar"), "train-new-hf-encoder-weights"
    app = open_page(TRAIN, dataset=dataset, model="hf-encoder")
    app.file_uploader(key=f"{key}-zip").set_value(
        ("LAMAR.zip", zipped(folder, also=["run.py"]), "application/zip")
    ).run()
    assert "LAMAR.zip holds run.py; only .safetensors, .json and .txt files are taken" in words(app).replace("\\", "")
    assert app.text_input(key=key).value == "" and not starts(app)

    app.file_uploader(key=f"{key}-zip").set_value(("LAMAR.zip", zipped(folder), "application/zip")).run()
    healthy(app)
    chosen = app.text_input(key=key).value
    assert chosen.startswith(str(home / "checkpoints")) and chosen.endswith("/LAMAR")
    assert starts(app) and "cut into the tokens that the published model was trained on" in words(app)

    other = open_page(TRAIN, dataset=dataset, model="hf-encoder")
    other.selectbox(key=f"{key}-folder").set_value(chosen).run()
    healthy(other)
    assert other.text_input(key=key).value == chosen, "it is listed for the next model"


def test_on_a_server_with_users_a_typed_path_is_refused(home, tmp_path, monkeypatch):
    dataset = freeze(tmp_path / "files")
    shelf = tmp_path / "shelf"
    folder, other = published.lamar(shelf / "lamar"), published.lamar(tmp_path / "other")
    monkeypatch.setenv("MOTIFLENS_CHECKPOINTS", str(shelf))
    monkeypatch.setattr(checkpoint_choice, "has_users", lambda: True)
    app = open_page(TRAIN, dataset=dataset, model="hf-encoder")
    field = app.text_input(key="train-new-hf-encoder-weights")
    field.set_value(str(other)).run()
    assert "A path of this server is not read here" in words(app) and not starts(app)
    app.text_input(key="train-new-hf-encoder-weights").set_value(str(folder)).run()
    healthy(app)
    assert starts(app)


def test_weights_of_utr_lm_are_chosen_beside_pretrainings(home, tmp_path, monkeypatch):
    dataset = freeze(tmp_path / "files")
    folder = published.utr_lm(tmp_path / "shelf" / "utr-lm").parent
    published.lamar(tmp_path / "shelf" / "lamar")
    monkeypatch.setenv("MOTIFLENS_CHECKPOINTS", str(tmp_path / "shelf"))
    app = open_page(TRAIN, dataset=dataset, model="utr-lm")
    field = app.selectbox(key="train-new-utr-lm-pretraining")
    assert field.options == ["none", "utr-lm (published weights)"]
    field.set_value(str(folder)).run()
    healthy(app)
    assert "Layers" not in labels(app), "its size is that of the weights"
    starts(app)[0].click().run()
    healthy(app)
    run = runs.get(app.query_params["run"])
    runs.request_cancel(run.id)
    assert run.spec.model.settings["pretraining"] == str(folder)
    for process in processes_of(home):
        process.kill()
    until(lambda: not processes_of(home), "all processes of the test are gone")


@pytest.mark.parametrize(
    ("password", "address", "users"),
    [("", None, False), ("", "localhost", False), ("", "127.0.0.1", False), ("", "0.0.0.0", True), ("x", None, True)],
)
def test_a_password_or_an_address_makes_a_server_with_users(monkeypatch, password, address, users):
    monkeypatch.setenv("MOTIFLENS_PASSWORD", password)
    monkeypatch.setattr(checkpoint_choice.st, "get_option", lambda name: address)
    assert checkpoint_choice.has_users() is users
