"""Class labels on the data pages: chosen on Upload, counted on Datasets, with duplicates across parts told."""

import numpy as np
import pytest

from lib.store import datasets
from tests import finished
from tests.ui.test_data_pages import drop, start, texts


@pytest.fixture(autouse=True)
def workspace(home, monkeypatch):
    monkeypatch.delenv("MOTIFLENS_PASSWORD", raising=False)
    return home


def labelled(parts=True):
    """A table of 90 sequences with a label, and a column of parts with one duplicate of a training sequence in test."""
    rng, rows = np.random.default_rng(0), []
    for number in range(90):
        letters = "".join(rng.choice(list("ACGT"), size=30)) if number < 89 else rows[0].split(",")[0]
        part = f",{('train', 'train', 'train', 'dev', 'test')[number % 5]}" if parts else ""
        rows.append(f"{letters},{'promoter' if number % 3 == 0 else 'none'}{part}")
    return "\n".join(["sequence,label" + ",part" * parts, *rows]).encode()


def test_a_column_of_labels_becomes_a_dataset_of_classes():
    app = drop(start().run(), expression=("promoters.csv", labelled()))
    assert not app.exception and not app.error, [item.value for item in [*app.exception, *app.error]]
    said = texts(app)
    assert "There is no column of ids, so the rows are called row-1, row-2" in said
    assert "1 of 18 test sequences has a close neighbour in training (1 duplicate, 1 with another label)" in said
    assert next(item for item in app.selectbox if item.label == "What to predict").value == "class"
    positive = next(item for item in app.button_group if item.label == "Positive class")
    assert positive.value == "promoter"
    next(item for item in app.button if "Freeze dataset" in item.label).click().run()
    (row,) = datasets.all()
    assert (row.task, row.target_names, row.split_kind) == ("classification", ("promoter",), "column")
    assert app.title[0].value == "Datasets"
    assert "1 of 18 test sequences has a close neighbour in training (1 duplicate, 1 with another label)" in texts(app)
    assert "**promoter** is the positive class" in texts(app)
    table = next(item.value for item in app.dataframe if "Class" in item.value)
    assert table["Class"].tolist() == ["none", "promoter"]
    assert table[["train", "validation", "test"]].sum().tolist() == [54, 18, 18]


def test_without_a_column_of_parts_the_split_is_random_and_the_other_class_can_be_positive():
    app = drop(start().run(), expression=("promoters.csv", labelled(parts=False)))
    next(item for item in app.button_group if item.label == "Positive class").set_value("none").run()
    next(item for item in app.button if "Freeze dataset" in item.label).click().run()
    (row,) = datasets.all()
    assert (row.target_names, row.split_kind) == (("none",), "random")


@pytest.mark.parametrize("classes", [2, 4])
def test_the_datasets_page_shows_simulated_classes(workspace, tmp_path, classes):
    dataset = finished.freeze_classes(tmp_path / "files", classes=classes)
    app = finished.open_page("pages/data/datasets.py", dataset=dataset)
    finished.healthy(app)
    tile = next(item for item in app.metric if item.label == "Classes")
    assert tile.value == str(classes)
    assert (
        "3 of 30 test sequences have a close neighbour in training (3 duplicates); try the homology split"
        in finished.words(app)
    )
