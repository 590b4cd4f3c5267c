"""The Compare page from app.py: the demo, pasted sequences, links, and what goes wrong; and without torch."""

import html
import json
import random
import re
import shutil
import subprocess
import sys

import pandas as pd
import pytest

from lib.datasets import pipeline, simulate
from lib.datasets.draft import ImportChoices
from lib.io.files import Source
from lib.jobs import runner
from lib.store import datasets, rbp_tables, runs, tokenizers
from lib.tokenizers import TOKENIZERS
from lib.ui.segmentation import sequence
from lib.ui.segmentation import tokenizers as compare_tokenizers
from lib.ui.widgets import tokenizer_jobs
from lib.ui.widgets.state import COMPARE, ROOT
from tests.finished import NASTY, Finished, healthy, make, open_page, words

LONG = "".join(random.Random(4).choices("ACGT", k=4003))
EXAMPLE = "acguuuauuuaugcacuuNNgg"


@pytest.fixture(scope="module")
def made(tmp_path_factory) -> Finished:
    return make(tmp_path_factory.mktemp("compare") / "home", settings={"k": 3})


@pytest.fixture
def looked_at(made, monkeypatch):
    """The finished workspace itself, for tests that change nothing but caches."""
    monkeypatch.setenv("MOTIFLENS_HOME", str(made.home))
    return made


def numbers(app) -> pd.DataFrame:
    """The table of numbers, by tokenizer."""
    return next(table.value for table in app.dataframe if "Tokenizer" in table.value.columns).set_index("Tokenizer")


def open_settings(app):
    app.session_state[compare_tokenizers.SETTINGS] = True
    return app.run()


def on_ruler(app) -> dict:
    """What the ruler shows: its sequence, and each track by its label."""
    shown = next(item for item in app.get("bidi_component") if "sequence" in item.proto.json)
    data = json.loads(shown.proto.json)
    return {"sequence": data["sequence"], "tracks": {track["label"]: track for track in data["tracks"]}}


def test_a_first_visit_without_data_offers_to_paste(home):
    app = open_page(COMPARE)
    healthy(app)
    assert "Paste a sequence to see how it is read" in words(app)
    assert "Bring data" in [link.label for link in app.get("page_link")]
    app.button(key="compare-example").click().run()
    healthy(app)
    assert numbers(app).index.tolist() == ["Nucleotides", "k-mers", "k-mers (k=3, stride=3)"]
    length = len(sequence.EXAMPLE[1])
    assert numbers(app)["Tokens"].tolist() == [length, length - 5, length // 3]


def test_without_data_the_others_say_what_they_need(home):
    app = open_page(COMPARE, seq=EXAMPLE, tokenizers="bpe,nucleotide,motif,dnabert-2")
    said = [error.value.replace("\\", "") for error in app.error]
    assert not app.exception and len(said) == 3
    assert any("learns its tokens from sequences" in text for text in said)
    assert any("needs an RBP table" in text for text in said)
    assert any("tokenizer.json" in text for text in said)
    assert numbers(app).index.tolist() == ["Nucleotides"], "one that cannot be fitted hides no other"


def test_the_demo_is_read_by_several_tokenizers(looked_at):
    app = open_page(COMPARE, dataset=looked_at.dataset)
    healthy(app)
    assert {"k-mers", "Byte-pair encoding (size=128)", "Motif cover"} <= set(numbers(app).index)
    dataset = datasets.load(looked_at.dataset)
    assert app.query_params["sequence"] == str(dataset.ids[dataset.rows("test")[0]])
    row = numbers(app).loc["k-mers"]
    assert (row["Tokens"], row["Letters per token (nt)"], row["Letters covered (%)"]) == (105, 6.0, 100.0)
    assert "simulated" in words(app)


def test_a_telling_sequence_of_a_run_comes_first_and_others_are_a_click_away(looked_at):
    app = open_page(COMPARE, dataset=looked_at.dataset, run=looked_at.run, tokenizers="nucleotide")
    healthy(app)
    frame = runs.predictions(looked_at.run)
    test = frame[frame["part"] == "test"]
    predicted, observed = test["predicted:log2 8h - 2h"], test["observed:log2 8h - 2h"]
    assert app.query_params["sequence"] == test["id"][predicted.idxmax()]
    app.button(key="compare-suggest-worst").click().run()
    healthy(app)
    assert app.query_params["sequence"] == test["id"][(predicted - observed).abs().idxmax()]


def test_a_random_sequence_is_the_same_again_from_its_seed(looked_at):
    app = open_page(COMPARE, dataset=looked_at.dataset, tokenizers="nucleotide")
    app.button(key="compare-random").click().run()
    first = app.query_params["sequence"]
    app.button(key="compare-random").click().run()
    healthy(app)
    assert app.query_params["random"] == "1"
    again = open_page(COMPARE, dataset=looked_at.dataset, tokenizers="nucleotide", random="0")
    assert again.query_params["sequence"] == first
    box = again.selectbox(key=f"compare-id-{looked_at.dataset}")
    box.set_value(next(name for name in box.options if name != first)).run()
    assert "random" not in again.query_params, "what was chosen by hand was not drawn"


def test_a_link_names_tokenizers_with_their_settings_in_its_order(looked_at):
    asked = "k-mer(k=5),nucleotide,k-mer(k=3,stride=3),nucleotide"
    app = open_page(COMPARE, dataset=looked_at.dataset, tokenizers=asked)
    healthy(app)
    names = ["k-mers (k=5)", "Nucleotides", "k-mers (k=3, stride=3)", "Nucleotides (2)"]
    assert numbers(app).index.tolist() == names
    assert app.query_params["tokenizers"] == asked
    assert [label for label in on_ruler(app)["tracks"] if label in names] == names


def test_a_changed_setting_goes_into_the_link_and_the_same_tokenizer_may_stand_there_twice(looked_at):
    app = open_settings(open_page(COMPARE, dataset=looked_at.dataset, tokenizers="k-mer(k=5),nucleotide"))
    number = next(item for item in app.number_input if item.label == "Word length (nt)")
    number.set_value(4).run()
    healthy(app)
    assert app.query_params["tokenizers"] == "k-mer(k=4),nucleotide"
    assert next(item for item in app.number_input if item.label == "Word length (nt)").key == number.key
    box = app.multiselect(key="compare-tokenizers")
    box.set_value([*box.value, "k-mer"]).run()
    healthy(app)
    assert app.query_params["tokenizers"] == "k-mer(k=4),nucleotide,k-mer"
    assert numbers(app).index.tolist() == ["k-mers (k=4)", "Nucleotides", "k-mers"]
    box = app.multiselect(key="compare-tokenizers")
    box.set_value(box.value[2:]).run()
    assert app.query_params["tokenizers"] == "k-mer"


def test_the_tokenizers_survive_a_change_of_page(looked_at):
    app = open_page(COMPARE, dataset=looked_at.dataset, tokenizers="k-mer(k=5)")
    app.switch_page("pages/data/datasets.py").run()
    app.query_params.pop("tokenizers", None)
    app.switch_page(COMPARE).run()
    healthy(app)
    assert app.query_params["tokenizers"] == "k-mer(k=5)"


def test_no_tokenizer_is_an_empty_state(looked_at):
    app = open_page(COMPARE, dataset=looked_at.dataset, tokenizers="nucleotide")
    app.multiselect(key="compare-tokenizers").set_value([]).run()
    healthy(app)
    assert app.query_params["tokenizers"] == "none"
    assert "No tokenizer is chosen" in words(app)


@pytest.mark.parametrize(
    ("asked", "sentence"),
    [
        ("nope,nucleotide", "no tokenizer called 'nope'"),
        (f"{NASTY},nucleotide", "is no tokenizer with settings"),
        ("k-mer(k=99),nucleotide", "must be at most 12"),
        ("k-mer(k=),nucleotide", "must be a whole number"),
        ("k-mer(width=3),nucleotide", "no setting 'width'"),
        ("dnabert-2(path=../../etc/passwd),nucleotide", "cannot name the file"),
        ("k-mer((,nucleotide", "is no tokenizer with settings"),
    ],
)
def test_a_bad_link_is_a_sentence_and_the_rest_is_shown(looked_at, asked, sentence):
    app = open_page(COMPARE, dataset=looked_at.dataset, tokenizers=asked)
    assert not app.exception
    assert sentence in app.error[0].value.replace("\\", "")
    assert NASTY not in app.error[0].value
    if asked != "k-mer((,nucleotide":
        assert numbers(app).index.tolist() == ["Nucleotides"]


def test_too_many_tokenizers_are_cut_short(looked_at):
    app = open_page(COMPARE, dataset=looked_at.dataset, tokenizers=",".join(["nucleotide"] * 14))
    healthy(app)
    assert "the first 12 are shown" in app.warning[0].value
    assert len(numbers(app)) == 12


@pytest.mark.parametrize(("name", "value"), [("sequence", "no such id"), ("dataset", "feedfacefeedface")])
def test_an_unknown_id_is_a_sentence(looked_at, name, value):
    query = {"dataset": looked_at.dataset, "tokenizers": "nucleotide", name: value}
    app = open_page(COMPARE, **query)
    assert not app.exception
    assert "There is no" in app.error[0].value.replace("\\", "")


def test_a_pasted_sequence_lives_in_the_link(looked_at):
    app = open_page(COMPARE, dataset=looked_at.dataset, seq=EXAMPLE, name=NASTY, tokenizers="k-mer(k=3),nucleotide")
    healthy(app)
    assert f"**{NASTY}** · 22 nt · pasted" in words(app)
    assert html.escape(NASTY) not in on_ruler(app)["sequence"]
    assert on_ruler(app)["sequence"] == "ACGTTTATTTATGCACTTNNGG"
    assert numbers(app)["Tokens"].tolist() == [20, 22]
    assert numbers(app)["Unknown (%)"].tolist() == pytest.approx([100 * 4 / 20, 100 * 2 / 22])


def test_u_is_shown_for_those_who_prefer_rna(looked_at):
    app = open_page(COMPARE, dataset=looked_at.dataset, seq=EXAMPLE, tokenizers="nucleotide", rna="true")
    healthy(app)
    assert on_ruler(app)["sequence"] == "ACGUUUAUUUAUGCACUUNNGG"


@pytest.mark.parametrize(("at", "read"), [("4-6", ["TTT"]), ("22", ["G"]), ("23", None), ("9-2", None), ("x", None)])
def test_a_link_selects_what_it_says(looked_at, at, read):
    app = open_page(COMPARE, dataset=looked_at.dataset, seq=EXAMPLE, tokenizers="nucleotide", at=at)
    healthy(app)
    letters = re.findall(
        "title='[^']*'>([^<]*)</span>", words(app).partition("class='ml-read'")[2].partition("</div></div>")[0]
    )
    assert "".join(letters) == "".join(read or [])
    assert app.query_params.get("at", None) in ((at, [at]) if read else (None,))


def paste(app, text):
    app.text_area(key="compare-text").set_value(text)
    return app.button(key="compare-paste-now").click().run()


def test_the_first_of_several_pasted_sequences_is_shown(looked_at):
    app = paste(
        open_page(COMPARE, dataset=looked_at.dataset, tokenizers="nucleotide"), f">mine\n{EXAMPLE}\n>other\nAC\n"
    )
    healthy(app)
    assert (app.query_params["name"], app.query_params["seq"]) == ("mine", "ACGTTTATTTATGCACTTNNGG")
    assert "sequence" not in app.query_params
    assert any("first of 2 sequences" in toast.value for toast in app.toast)


@pytest.mark.parametrize("text", ["hello, world", "1 2 3", ">only a header", ">odd\nACGTE!\n"])
def test_text_without_a_sequence_is_a_sentence(looked_at, text):
    app = paste(open_page(COMPARE, dataset=looked_at.dataset, tokenizers="nucleotide"), text)
    assert not app.exception
    assert len(app.error) == 1
    assert len(numbers(app)) == 1, "what was shown before stays"


def test_a_link_without_letters_is_a_sentence(looked_at):
    app = open_page(COMPARE, dataset=looked_at.dataset, seq=" ", tokenizers="nucleotide")
    assert "The link holds no sequence" in app.error[0].value


def test_four_thousand_letters_are_read_and_stay_out_of_the_link(looked_at):
    app = paste(open_page(COMPARE, dataset=looked_at.dataset, run=looked_at.run), f">long\n{LONG}\n")
    healthy(app)
    assert app.query_params["name"] == "long" and "seq" not in app.query_params
    assert "4,003 nt · pasted" in words(app) and "too long for a link" in words(app)
    assert numbers(app).loc["k-mers", "Tokens"] == 3998
    assert on_ruler(app)["sequence"] == LONG


def test_more_than_can_be_drawn_is_a_sentence(looked_at):
    app = paste(open_page(COMPARE, dataset=looked_at.dataset), f">huge\n{'ACGT' * 5001}\n")
    assert not app.exception
    assert "huge has 20,004 nt; the tokens of up to 20,000 can be drawn" in app.error[0].value.replace("\\", "")


def test_a_threshold_that_no_motif_exceeds_is_a_sentence_in_its_own_place(looked_at):
    asked = "nucleotide,sliding-window(by=value,threshold=99)"
    app = open_page(COMPARE, dataset=looked_at.dataset, tokenizers=asked)
    assert not app.exception and len(app.error) == 1
    assert "99" in app.error[0].value
    assert numbers(app).index.tolist() == ["Nucleotides"]


def test_motifs_longer_than_the_sequence_hit_nothing(looked_at):
    app = open_page(COMPARE, dataset=looked_at.dataset, seq="AC", tokenizers="nucleotide,k-mer,motif,sliding-window")
    healthy(app)
    assert "No RBP motif hits" in " ".join(info.value for info in app.info)
    assert numbers(app)["Tokens"].tolist() == [2, 0, 2, 0]
    assert "need at least 6" in on_ruler(app)["tracks"]["k-mers"]["note"]


def test_the_threshold_of_the_link_decides_which_motifs_count(looked_at):
    dataset = datasets.load(looked_at.dataset)
    name = dataset.facts["truth"][0][0]
    low = float(dataset.rbp["mean_rbp"].min())
    query = {"dataset": looked_at.dataset, "sequence": name, "tokenizers": "nucleotide"}
    every = open_page(COMPARE, **query, rbp_min=f"{low:.3f}")
    some = open_page(COMPARE, **query, rbp_min="nonsense")
    healthy(every), healthy(some)
    count = [len(on_ruler(app)["tracks"]["RBP motifs"]["starts"]) for app in (every, some)]
    assert count[0] >= count[1] > 0
    every.slider(key="compare-rbp_min").set_value(float(dataset.rbp["mean_rbp"].max())).run()
    healthy(every)
    assert float(every.query_params["rbp_min"]) == pytest.approx(dataset.rbp["mean_rbp"].max(), rel=1e-5)


def test_the_truth_and_the_attribution_stand_above_the_tokens(made, home):
    shutil.copytree(made.home, home)
    name = datasets.load(made.dataset).facts["truth"][0][0]
    app = open_page(COMPARE, dataset=made.dataset, run=made.run, sequence=name, tokenizers="nucleotide")
    healthy(app)
    assert list(on_ruler(app)["tracks"]) == ["Planted motifs (the truth)", "RBP motifs", "Nucleotides"]
    app.button(key="compare-explain").click().run()
    healthy(app)
    first = next(iter(on_ruler(app)["tracks"].values()))
    assert first["kind"] == "letters" and "First run" in first["label"]
    assert not [button for button in app.button if button.key == "compare-explain"]
    again = open_page(COMPARE, dataset=made.dataset, run=made.run, sequence=name, tokenizers="nucleotide")
    assert next(iter(on_ruler(again)["tracks"].values()))["kind"] == "letters", "it is read from the run's folder"


def test_a_dataset_without_a_table_has_no_motifs_to_cut(home, tmp_path):
    files = simulate.write_demo(tmp_path / "files", n=80)
    read = pipeline.understand(*(Source(path.name, path) for path in (files.expression, files.sequences)))
    dataset = datasets.freeze(pipeline.build(read, ImportChoices(name=NASTY)))
    app = open_page(COMPARE, dataset=dataset)
    healthy(app)
    assert "Byte-pair encoding (size=128)" in numbers(app).index
    assert "There is no RBP table" in " ".join(info.value for info in app.info)
    assert NASTY in words(app), "the name stays text"


def test_opening_the_page_imports_no_torch(made):
    code = (
        "import sys\n"
        "from tests.finished import healthy, open_page\n"
        f"app = open_page('pages/tokens/compare.py', dataset={made.dataset!r}, run={made.run!r})\n"
        "healthy(app)\n"
        "assert app.title[0].value == 'Compare', app.title\n"
        "heavy = {'torch', 'transformers', 'captum', 'accelerate'} & set(sys.modules)\n"
        "assert not heavy, heavy\n"
    )
    # tests.finished names the training, which imports torch only when something is trained
    environment = {"MOTIFLENS_HOME": str(made.home), "PATH": "/usr/bin:/bin", "HOME": str(made.home), "PYTHONPATH": "."}
    done = subprocess.run(
        [sys.executable, "-c", code], cwd=ROOT, env=environment, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr[-2000:]


def test_a_file_named_by_its_path_is_taken_into_the_workspace_for_the_link(made, home, tmp_path):
    from tokenizers import Tokenizer, models

    shutil.copytree(made.home, home)
    merges = [("A", "C"), ("G", "T")]
    words = ["[UNK]", "[CLS]", "[SEP]", "[PAD]", "[MASK]", "A", "C", "G", "T", "AC", "GT"]
    model = models.BPE({word: number for number, word in enumerate(words)}, merges, unk_token="[UNK]")
    Tokenizer(model).save(str(tmp_path / "tokenizer.json"))
    app = open_page(COMPARE, dataset=made.dataset, seq="ACGTGTT", tokenizers="dnabert-2")
    assert len(app.error) == 1, "no file is chosen yet"
    open_settings(app)
    next(item for item in app.text_input if item.label == "tokenizer.json").set_value(str(tmp_path)).run()
    healthy(app)
    asked = app.query_params["tokenizers"]
    assert asked.startswith("dnabert-2(path=") and str(tmp_path) not in asked
    (tmp_path / "tokenizer.json").unlink()
    stranger = open_page(COMPARE, dataset=made.dataset, seq="ACGTGTT", tokenizers=asked)
    healthy(stranger)
    assert numbers(stranger)["Tokens"].tolist() == [4]


MEME = """MEME version 4

ALPHABET= ACGT

MOTIF AURICH
letter-probability matrix: alength= 4 w= 4
0.97 0.01 0.01 0.01
0.01 0.01 0.01 0.97
0.97 0.01 0.01 0.01
0.01 0.01 0.01 0.97
"""


def test_pwms_of_a_table_that_was_brought_are_hits_too(made, home):
    shutil.copytree(made.home, home)
    table = rbp_tables.keep(Source("pwms.meme", MEME.encode()))
    query = {"dataset": made.dataset, "seq": "CCATATCCATATATCC", "tokenizers": "k-mer(k=3,stride=3)", "rbp": table}
    app = open_page(COMPARE, **query)
    healthy(app)
    hits = on_ruler(app)["tracks"]["RBP motifs (PWM)"]
    assert sorted(zip(hits["starts"], hits["ends"], strict=True)) == [(2, 6), (8, 12), (10, 14)]
    assert "Hits with relative score ≥ 0.9" in words(app)
    motifs = open_page(COMPARE, **{**query, "tokenizers": "motif,nucleotide"})
    assert "PWMs do not do" in motifs.error[0].value.replace("\\", "")


def test_names_of_users_stay_text_on_the_ruler(made, home):
    shutil.copytree(made.home, home)
    runs.rename(made.run, NASTY)
    app = open_page(COMPARE, dataset=made.dataset, run=made.run, tokenizers="nucleotide")
    healthy(app)
    assert NASTY in words(app)
    assert NASTY not in " ".join(text.value for text in app.markdown), "it is escaped where markdown is written"


def test_another_table_makes_other_tokens_of_motifs_and_no_others_of_sequences(made, home, monkeypatch):
    shutil.copytree(made.home, home)
    monkeypatch.setattr(tokenizer_jobs, "INLINE_SECONDS", -1.0)  # whatever would become a job becomes one
    table = rbp_tables.keep(Source("mine.csv", b"Motif,Mean_RBP\nCCC,2.5\nACGT,1.5\n"))
    query = {"dataset": made.dataset, "seq": "ACGTCCCA", "rbp": table}
    monkeypatch.setattr(type(runner()), "submit", lambda self, run_id: None)
    app = open_page(COMPARE, **query, tokenizers="motif")
    next(button for button in app.button if button.label == "Train tokenizer").click().run()
    (run,) = runs.all(dataset=made.dataset, kind="tokens")
    assert run.payload["rbp"] == table, "the job takes the table that was chosen"
    chosen = rbp_tables.with_table(datasets.load(made.dataset), table)
    tokenizers.load_or_fit(chosen, TOKENIZERS.create("motif"))
    app = open_page(COMPARE, **query, tokenizers="motif")
    healthy(app)
    assert numbers(app)["Tokens"].tolist() == [3]
    app = open_page(COMPARE, **query, tokenizers="motif,bpe(size=64)")
    healthy(app)
    assert numbers(app).index.tolist() == ["Motif cover"]
    assert [button.label for button in app.button if button.label == "Train tokenizer"]
    tokenizers.load_or_fit(datasets.load(made.dataset), TOKENIZERS.create("bpe", {"size": 64}))
    app.run()
    healthy(app)
    assert numbers(app).index.tolist() == ["Motif cover", "Byte-pair encoding (size=64)"], (
        "it is the same with any table"
    )


def test_a_setting_that_is_no_number_is_said_and_nothing_changes(looked_at):
    app = open_settings(open_page(COMPARE, dataset=looked_at.dataset, tokenizers="sliding-window,nucleotide"))
    next(item for item in app.text_input if item.label == "Share of motifs left out").set_value("half").run()
    assert not app.exception and len(app.error) == 1
    assert "must be a number" in app.error[0].value
    assert len(numbers(app)) == 2


def test_tokens_of_a_folder_of_a_published_model_are_kept_and_named_by_the_link(home, tmp_path):
    from tests.models import published  # loads torch

    folder = published.utrbert(tmp_path / "3UTRBERT")
    app = open_settings(open_page(COMPARE, tokenizers="checkpoint"))
    field = next(field for field in app.text_input if field.key.endswith("-checkpoint-path"))
    field.set_value(str(folder)).run()
    healthy(app)
    kept = next((home / "tokenizer-files").iterdir())
    assert {path.name for path in kept.iterdir()} == {"vocab.txt", "tokenizer_config.json"}
    assert kept.name in app.query_params["tokenizers"]
