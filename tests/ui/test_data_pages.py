"""The data pages from app.py: empty, demo, files, faults; and without torch."""

import io
import shutil
import subprocess
import sys

import numpy as np
import pandas as pd
import pytest
from streamlit.testing.v1 import AppTest

from lib.core.errors import UserError
from lib.core.spec import Choice, RunSpec
from lib.datasets import demo as simulated
from lib.datasets import pipeline, simulate
from lib.datasets.draft import ImportChoices
from lib.io.files import Source
from lib.store import datasets, runs
from lib.ui.datasets import actions
from lib.ui.upload import joining
from lib.ui.widgets.state import DATASETS, ROOT
from tests.finished import words

NASTY = "<img src=x onerror=alert(1)>"


def start(**query):
    app = AppTest.from_file(str(ROOT / "app.py"), default_timeout=120)
    for name, value in query.items():
        app.query_params[name] = value
    return app


def open_datasets(**query):
    app = start(**query).run()
    return app.switch_page(DATASETS).run()


def texts(app):
    """Everything that is said in words, without the backslashes of escaped markdown."""
    said = [*app.markdown, *app.caption, *app.error, *app.warning, *app.info, *app.subheader, *app.title]
    return " ".join(str(item.value) for item in said).replace("\\", "")


@pytest.fixture(autouse=True)
def workspace(home, monkeypatch):
    monkeypatch.delenv("MOTIFLENS_PASSWORD", raising=False)
    return home


@pytest.fixture(scope="module")
def made(tmp_path_factory):
    return simulate.write_demo(tmp_path_factory.mktemp("demo"), n=120)


@pytest.fixture(scope="module")
def demo_home(tmp_path_factory):
    """A workspace with the data of the demo, and no run."""
    folder = tmp_path_factory.mktemp("demo") / "home"
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("MOTIFLENS_HOME", str(folder))
        datasets.freeze(simulated.draft())
    return folder


@pytest.fixture
def demo(workspace, demo_home):
    """The Datasets page with the demo chosen, in a workspace of its own."""
    shutil.copytree(demo_home, workspace, dirs_exist_ok=True)
    (row,) = datasets.all()
    return open_datasets(dataset=row.id)


def drop(app, **files):
    """Put files (name, bytes) into their zones."""
    places = ("expression", "sequences", "rbp")
    for uploader in app.file_uploader:
        kind = next(place for place in places if f"drop-{place}-" in uploader.key)
        if kind in files:
            uploader.set_value((*files[kind], "application/octet-stream"))
    return app.run()


def three(made):
    return {
        kind: (path.name, path.read_bytes())
        for kind, path in (("expression", made.expression), ("sequences", made.sequences), ("rbp", made.rbp))
    }


def healthy(app):
    assert not app.exception, [item.value for item in app.exception]
    assert not app.error, [item.value for item in app.error]


def test_one_click_opens_the_finished_results_of_the_demo(workspace):
    app = start().run()
    app.button(key="demo").click().run()
    healthy(app)
    assert app.title[0].value == "Results"
    assert "SIM_00302" in app.query_params["sequence"]
    assert "Better than all baselines" in words(app) and "Attribution" in words(app)


def test_first_visit_offers_files_demo_and_public_data():
    app = start().run()
    healthy(app)
    assert len(app.file_uploader) == 3
    assert [button.label for button in app.button] == ["Explore the demo", "Get the public UTR-Seq data"]


def test_an_empty_list_of_datasets_says_what_to_do():
    app = open_datasets()
    healthy(app)
    assert "There is no dataset yet" in texts(app)


def test_one_click_makes_the_demo_and_opens_it(demo):
    healthy(demo)
    (row,) = datasets.all()
    assert row.simulated and row.rows == 2000
    assert demo.title[0].value == "Datasets"
    assert demo.query_params["dataset"] == row.id
    assert row.facts["files"]["rbp"]["name"] == "simulated_rbp.csv"
    assert len(datasets.load(row.id).facts["truth"]) > 0


def test_a_link_reproduces_the_view(demo):
    (row,) = datasets.all()
    app = open_datasets(dataset=row.id, courses="SIM_00007")
    healthy(app)
    assert app.text_input(key="courses").value == "SIM_00007"
    shown = next(table.value for table in app.dataframe if "Half-life" in table.value.columns)
    assert shown["Sequence"].tolist() == ["SIM_00007"]


def test_the_chosen_dataset_survives_a_change_of_page(demo):
    (row,) = datasets.all()
    demo.switch_page("pages/data/upload.py").run()
    assert demo.query_params["dataset"] == row.id


def test_three_files_are_understood_and_frozen(made):
    app = drop(start().run(), **three(made))
    healthy(app)
    assert "120 usable rows" in " ".join(item.proto.body for item in app.get("html"))
    app.text_input(key=next(item.key for item in app.text_input if item.label == "Name of the dataset")).set_value(
        NASTY
    )
    freeze = next(button for button in app.button if button.label.startswith("Freeze dataset"))
    assert freeze.label == "Freeze dataset (n = 120)"
    freeze.click().run()
    healthy(app)
    (row,) = datasets.all()
    assert (row.name, row.rows, row.target_names) == (NASTY, 120, ("log2 8h - 2h",))
    assert app.title[0].value == "Datasets"
    assert NASTY in app.subheader[0].value.replace("\\", "") and NASTY not in app.subheader[0].value


def test_without_a_name_nothing_is_frozen_and_nothing_is_lost(made):
    app = drop(start().run(), **three(made))
    next(item for item in app.text_input if item.label == "Name of the dataset").set_value("")
    next(button for button in app.button if button.label.startswith("Freeze dataset")).click().run()
    assert "has no name" in texts(app)
    assert datasets.all() == []
    assert next(button for button in app.button if button.label.startswith("Freeze dataset"))


def test_files_stay_while_another_page_is_open(made):
    app = drop(start().run(), **three(made))
    app.switch_page(DATASETS).run()
    app.switch_page("pages/data/upload.py").run()
    healthy(app)
    assert next(button for button in app.button if button.label == "Freeze dataset (n = 120)")
    app.button(key="start-over").click().run()
    assert len(app.file_uploader) == 3 and not any(button.label.startswith("Freeze") for button in app.button)


def test_one_file_is_understood_alone(made):
    app = drop(start().run(), expression=three(made)["expression"])
    healthy(app)
    assert "Next: drop the sequences" in texts(app)
    preview = next(table.value for table in app.dataframe if "id" in table.value.columns)
    assert preview.shape == (10, len(simulate.HOURS) + 1)


def test_columns_without_times_ask_for_them(made):
    frame = pd.read_csv(made.expression, sep="\t")
    frame.columns = ["id", *(f"AR{place:02d}" for place in range(1, len(frame.columns)))]
    renamed = ("counts.tsv", frame.to_csv(sep="\t", index=False).encode())
    app = drop(start().run(), expression=renamed, sequences=three(made)["sequences"])
    healthy(app)
    times = next(item for item in app.text_input if "At which times" in item.label)
    assert "difference" not in kinds(app)
    times.set_value("0 1 2").run()
    assert "3 times were given for" in texts(app)
    times = next(item for item in app.text_input if "At which times" in item.label)
    times.set_value(" ".join(f"{hour:g}" for hour in simulate.HOURS)).run()
    healthy(app)
    assert kinds(app)[0] == "Difference of two time points"


def kinds(app):
    return next(box.options for box in app.selectbox if box.label == "What to predict")


@pytest.mark.parametrize("kind", ["decay", "slope", "column", "all"])
def test_every_target_can_be_chosen(made, kind):
    app = drop(start().run(), **three(made))
    box = next(box for box in app.selectbox if box.label == "What to predict")
    box.set_value(kind).run()
    healthy(app)
    next(button for button in app.button if button.label.startswith("Freeze dataset")).click().run()
    healthy(app)
    (row,) = datasets.all()
    assert row.facts["target"]["kind"] == kind


def test_swapped_files_are_said_and_swapped_back(made):
    files = three(made)
    app = drop(start().run(), expression=files["sequences"], sequences=files["expression"])
    assert "swapped" in texts(app).lower()
    swap = next(button for button in app.button if button.label == "Swap expression and sequences")
    swap.click().run()
    healthy(app)
    assert next(button for button in app.button if button.label == "Freeze dataset (n = 120)")


def test_a_file_in_the_wrong_zone_is_moved(made):
    app = drop(start().run(), expression=three(made)["sequences"])
    assert "holds sequences" in texts(app)
    next(button for button in app.button if button.label == "Move it to Sequences").click().run()
    healthy(app)
    assert "Next: drop the expression table" in texts(app)


@pytest.mark.parametrize(
    ("name", "data", "sentence"),
    [
        ("empty.csv", b"", "empty"),
        ("binary.csv", bytes(range(256)) * 20, "binary.csv"),
        ("header.csv", b"id,1h,2h\n", "no rows"),
        (f"{NASTY}.csv", b"id,1h,2h\n", NASTY),
    ],
)
def test_a_file_that_cannot_be_used_is_one_sentence(made, name, data, sentence):
    app = drop(start().run(), expression=(name, data), sequences=three(made)["sequences"])
    assert not app.exception
    assert sentence in texts(app)
    assert all("<img" not in error.value.replace("\\<", "") for error in app.error), "markup of users must be escaped"
    assert "id **" not in texts(app), "a fault of a file is no bug"


def test_too_few_rows_are_said(made):
    lines = made.expression.read_text().splitlines()[:31]
    app = drop(start().run(), expression=("few.tsv", "\n".join(lines).encode()), sequences=three(made)["sequences"])
    assert "30" in texts(app) and "at least 50" in texts(app)


def test_faulty_rows_are_listed_with_their_lines(made):
    lines = made.expression.read_text().splitlines()
    cells = lines[4].split("\t")
    lines[4] = "\t".join([cells[0], "abc", *cells[2:]])
    app = drop(start().run(), expression=("faults.tsv", "\n".join(lines).encode()), sequences=three(made)["sequences"])
    healthy(app)
    faults = next(table.value for table in app.dataframe if "Found" in table.value.columns)
    assert faults["Line"].tolist() == [5]
    assert "abc" in faults["Found"].iloc[0]


def test_one_file_may_hold_both():
    rng = np.random.default_rng(1)
    frame = pd.DataFrame(
        {
            "id": [f"u{i}" for i in range(70)],
            "utr": ["".join(rng.choice(list("ACGT"), 33)) for _ in range(70)],
            "growth": rng.normal(size=70),
            "chromosome": rng.choice(["chr1", "chr2", "chr3", "chr4"], 70),
        }
    )
    buffer = io.BytesIO()
    frame.to_parquet(buffer)
    app = drop(start().run(), expression=("both.parquet", buffer.getvalue()))
    healthy(app)
    assert next(button for button in app.button if button.label == "Freeze dataset (n = 70)")


def test_offline_is_a_sentence_and_the_form_stays(monkeypatch):
    monkeypatch.setenv("MOTIFLENS_CATALOG_BASE", "http://127.0.0.1:9/nowhere")
    app = start().run()
    app.button(key="public-utr-seq").click().run()
    assert not app.exception and len(app.error) == 1
    assert "id **" not in app.error[0].value
    assert len(app.file_uploader) == 3


def test_an_unknown_dataset_is_said_calmly():
    app = open_datasets(dataset="feedfacefeedface")
    assert not app.exception
    assert "There is no dataset" in texts(app)


def test_rename_and_delete(demo):
    (row,) = datasets.all()
    next(item for item in demo.text_input if item.label == "New name").set_value("=1+1")
    next(button for button in demo.button if button.label == "Rename dataset").click().run()
    healthy(demo)
    assert datasets.get(row.id).name == "=1+1"
    next(button for button in demo.button if button.label == "Delete").click().run()
    assert datasets.get(row.id), "deleting asks first"
    next(button for button in demo.button if button.label == "Delete dataset").click().run()
    assert datasets.all() == []
    assert "There is no dataset yet" in texts(demo)


def add_run(dataset):
    spec = RunSpec(dataset=dataset, split="s", task="regression", model=Choice("kmer-ridge"))
    return runs.create(spec=spec, name=NASTY)


def test_deleting_says_how_many_runs_go_with_it(demo):
    (row,) = datasets.all()
    add_run(row.id), add_run(row.id)
    next(button for button in demo.button if button.label == "Delete").click().run()
    assert "its 2 runs, with models and predictions" in texts(demo)
    next(button for button in demo.button if button.label == "Delete dataset and 2 runs").click().run()
    assert datasets.all() == [] and runs.all() == []


def test_a_running_run_keeps_its_dataset(demo):
    (row,) = datasets.all()
    run = add_run(row.id)
    runs.transition(run.id, runs.RUNNING)
    next(button for button in demo.button if button.label == "Delete").click().run()
    assert "1 of them is still running; cancel it under Runs first" in texts(demo)
    assert next(button for button in demo.button if button.label == "Delete dataset and 1 run").disabled
    with pytest.raises(UserError, match="is running"):
        actions.delete_with_runs(row.id)
    assert datasets.get(row.id) and runs.get(run.id)


def test_a_link_that_names_a_run_brings_its_dataset(demo):
    (row,) = datasets.all()
    run = add_run(row.id)
    app = open_datasets(run=run.id)
    healthy(app)
    assert app.query_params["dataset"] == row.id
    card = next(item.proto.body for item in app.get("html") if ">Run<" in item.proto.body)
    assert "queued" in card and "<img" not in card and "&lt;img" in card


def test_the_sidebar_changes_dataset_and_lets_go_of_the_run(demo, made):
    (first,) = datasets.all()
    run = add_run(first.id)
    read = pipeline.understand(*(Source(path.name, path) for path in (made.expression, made.sequences, made.rbp)))
    second = datasets.freeze(pipeline.build(read, ImportChoices(name="second")))
    app = open_datasets(dataset=first.id, run=run.id)
    app.selectbox(key="card-dataset-choice").set_value(second).run()
    healthy(app)
    assert app.query_params["dataset"] == second and "run" not in app.query_params
    assert app.subheader[0].value == "second"


def test_the_jobs_are_counted(demo):
    (row,) = datasets.all()
    add_run(row.id)
    app = open_datasets(dataset=row.id)
    labels = [link.proto.label for link in app.get("page_link")]
    assert "0 running, 1 queued" in labels


@pytest.mark.parametrize(
    ("counts", "widths"),
    [((0, 10, 0), (0, 100, 0)), ((10, 80, 10), (10, 80, 10)), ((1, 999, 0), (1.96, 98.04, 0)), ((0, 0, 0), (0, 0, 0))],
)
def test_the_join_is_drawn_in_proportion_and_slivers_can_be_seen(counts, widths):
    assert joining.shares(*counts) == pytest.approx(widths, abs=0.05)


def test_data_pages_import_no_torch(tmp_path):
    code = (
        "import sys\n"
        "from streamlit.testing.v1 import AppTest\n"
        "from lib.datasets import demo\n"
        "from lib.store import datasets\n"
        "chosen = datasets.freeze(demo.draft())\n"
        "app = AppTest.from_file('app.py', default_timeout=120).run()\n"
        "app.query_params['dataset'] = chosen\n"
        "app.switch_page('pages/data/datasets.py').run()\n"
        "assert app.title[0].value == 'Datasets', app.title\n"
        "heavy = {'torch', 'transformers', 'captum', 'accelerate'} & set(sys.modules)\n"
        "assert not heavy, heavy\n"
    )
    environment = {"MOTIFLENS_HOME": str(tmp_path), "PATH": "/usr/bin:/bin", "HOME": str(tmp_path), "PYTHONPATH": "."}
    done = subprocess.run(
        [sys.executable, "-c", code], cwd=ROOT, env=environment, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr[-2000:]


MANY = b"kmer\tA1CF\tPUM1\tELAVL1\nUUAG\t1\t2\t6\nUGUA\t2.5\t4\t5.5\nAUUU\t3\t1\t8\n"
JASPAR = b">MX1.1 one\nA [ 8 0 2 ]\nC [ 1 0 3 ]\nG [ 1 10 3 ]\nT [ 0 0 2 ]\n"


def test_a_table_of_many_proteins_asks_for_one(made):
    app = drop(start().run(), **three(made) | {"rbp": ("many.tsv", MANY)})
    healthy(app)
    (asked,) = [item for item in app.radio if item.label == "Protein"]
    assert (asked.value, asked.options[1:]) == (None, ["A1CF", "PUM1", "ELAVL1"])
    assert not [button for button in app.button if button.label.startswith("Freeze dataset")], "nothing is guessed"
    asked.set_value("ELAVL1").run()
    healthy(app)
    table = next(item.value for item in app.dataframe if "ELAVL1" in item.value.columns)
    assert table["ELAVL1"].tolist() == [6.0, 5.5, 8.0]
    next(button for button in app.button if button.label.startswith("Freeze dataset")).click().run()
    healthy(app)
    dataset = datasets.load(datasets.all()[0].id)
    assert dataset.rbp["mean_rbp"].tolist() == [6.0, 5.5, 8.0] and dataset.facts["rbp"]["protein"] == "ELAVL1"


def test_all_proteins_of_a_table_are_kept(made):
    app = drop(start().run(), **three(made) | {"rbp": ("many.tsv", MANY)})
    next(item for item in app.radio if item.label == "Protein").set_value("all").run()
    next(button for button in app.button if button.label.startswith("Freeze dataset")).click().run()
    healthy(app)
    dataset = datasets.load(datasets.all()[0].id)
    assert dataset.rbp["mean_rbp"].tolist() == [3.0, 4.0, 4.0] and dataset.rbp_collection.shape == (3, 3)


def test_pwms_of_other_formats_are_motifs_and_sequences_are_not(made):
    app = drop(start().run(), rbp=("one.txt", JASPAR))
    healthy(app)
    assert "MX1.1 one" in next(item.value for item in app.dataframe if "PWM" in item.value.columns)["PWM"].tolist()
    assert "JASPAR" in texts(app)
    app = drop(start().run(), rbp=("s.fa", made.sequences.read_bytes()))
    assert "holds sequences" in app.error[0].value


def test_the_column_of_the_score_can_be_chosen_instead(made):
    app = drop(start().run(), **three(made) | {"rbp": ("many.tsv", MANY)})
    picked = next(item for item in app.selectbox if item.label.startswith("Column of the binding score"))
    assert picked.value is None
    picked.set_value("A1CF").run()
    healthy(app)
    next(button for button in app.button if button.label.startswith("Freeze dataset")).click().run()
    healthy(app)
    dataset = datasets.load(datasets.all()[0].id)
    assert dataset.rbp["mean_rbp"].tolist() == [1.0, 2.5, 3.0] and dataset.facts["rbp"]["protein"] == "A1CF"
