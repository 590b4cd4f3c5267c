"""Counts at each base on the data pages: files, mapping, faults, split, freeze; and what the Datasets page shows."""

import shutil

import numpy as np
import pandas as pd
import pybigtools
import pytest

from lib.datasets import demo, profile_tables, profiles
from lib.io.export import to_csv
from lib.io.files import Source
from lib.store import datasets
from lib.ui.datasets import actions
from lib.ui.widgets.state import DATASETS, UPLOAD
from tests.finished import NASTY, freeze_profiles, healthy, open_page, using, words


@pytest.fixture(autouse=True)
def workspace(home):
    return home


@pytest.fixture(scope="module")
def made(tmp_path_factory):
    """A table of 60 windows, with places on two chromosomes."""
    folder = tmp_path_factory.mktemp("made")
    files = demo.write_profiles(folder, n=60, length=40)
    table = pd.read_csv(files.profiles, sep="\t")
    table.insert(1, "chrom", np.where(np.arange(60) % 6 == 0, "XV", np.where(np.arange(60) % 5 == 0, "VII", NASTY)))
    table.insert(2, "start", np.arange(60) * 100)
    table.insert(3, "end", np.arange(60) * 100 + 40)
    return table


def drop(app, **files):
    for uploader in app.file_uploader:
        for kind, given in files.items():
            if f"drop-{kind}-" in uploader.key:
                uploader.set_value((*given, "application/octet-stream"))
    return app.run()


def as_file(table, name="windows.tsv"):
    return name, table.to_csv(sep="\t", index=False).encode()


def test_a_table_of_windows_becomes_a_dataset(made):
    app = open_page(UPLOAD, bring="profiles")
    healthy(app)
    app = drop(app, profiles=as_file(made))
    healthy(app)
    said = words(app)
    assert "The counts of down are the sum of profile_down_1, profile_down_2, profile_down_3" in said
    split = next(item for item in app.segmented_control if item.key.startswith("split-"))
    split.set_value("column").run()
    healthy(app)
    validation, test = app.multiselect
    assert (validation.value, test.value) == (["XV"], ["VII"])
    next(button for button in app.button if button.label.startswith("Freeze dataset")).click().run()
    (row,) = datasets.all()
    frozen = datasets.load(row.id)
    assert frozen.task == "profile"
    assert frozen.tracks == ("down", "up")
    assert (frozen.parts == "validation").sum() == 10
    assert (frozen.parts == "test").sum() == 10
    assert app.title[0].value == "Datasets"


def test_faults_are_listed_with_their_rows(made):
    table = made.copy()
    table.loc[3, "profile_down_1"] = "1,2,3"
    table.loc[5, "profile_up_2"] = ",".join(["-1"] * 40)
    for column in table.columns[5:]:
        table.loc[8, column] = ",".join(["0"] * 40)
    app = drop(open_page(UPLOAD, bring="profiles"), profiles=as_file(table))
    healthy(app)
    found = next(item.value for item in app.dataframe if "Line" in item.value)
    assert found["Line"].tolist() == [5, 7]
    assert found["Found"].tolist()[0] == "3 counts"
    assert any("3 rows are left out" in expander.label for expander in app.expander)


def test_a_file_that_holds_no_profiles_is_told(made):
    app = drop(
        open_page(UPLOAD, bring="profiles"), profiles=("x.csv", b"id,sequence\na,ACGTACGTACGT\nb,ACGTACGTACGA\n")
    )
    assert not app.exception
    assert "has no column of profiles" in words(app)


def test_isoforms_and_a_genome_become_windows():
    rng = np.random.default_rng(1)
    genome = "".join(rng.choice(list("ACGT"), 60_000))
    rows = ["chr strand t5 t3 ypd gal type"]
    for place in range(400, 59_000, 500):
        rows += [
            f"1 + {place - 300} {place + int(rng.integers(-9, 9))} {rng.integers(5, 30)} 3 some type" for _ in range(4)
        ]
    app = open_page(UPLOAD, bring="profiles", form="tif-seq")
    healthy(app)
    app = drop(app, isoforms=("tifs.txt", "\n".join(rows).encode()), genome=("g.fa", f">chrI\n{genome}\n".encode()))
    healthy(app)
    assert "windows of 300 nt around 3' ends" in words(app)
    assert next(button for button in app.button if button.label.startswith("Freeze dataset"))


def test_tracks_of_a_genome_browser_become_windows(tmp_path):
    rng = np.random.default_rng(2)
    genome, counts = "".join(rng.choice(list("ACGT"), 9_000)), rng.poisson(0.6, 9_000)
    path = tmp_path / "WT_rep1.bw"
    pybigtools.open(str(path), "w").write(
        {"chrI": 9_000}, iter([("chrI", i, i + 1, float(c)) for i, c in enumerate(counts) if c])
    )
    bed = "".join(
        f"chrI\t{start}\t{start + 50}\tw{start}\t0\t{'+-'[start % 20 // 10]}\n" for start in range(0, 8_000, 130)
    )
    app = open_page(UPLOAD, bring="profiles", form="bigwig")
    for uploader in app.file_uploader:
        if "drop-bigwig-" in uploader.key:
            uploader.set_value([(path.name, path.read_bytes(), "application/octet-stream")])
    app = drop(app, bed=("w.bed", bed.encode()), genome=("g.fa", f">chrI\n{genome}\n".encode()))
    healthy(app)
    next(button for button in app.button if button.label.startswith("Freeze dataset")).click().run()
    (row,) = datasets.all()
    frozen = datasets.load(row.id)
    assert frozen.profiles.shape == (62, 1, 50)
    assert frozen.profiles[0, 0].tolist() == counts[:50].tolist()
    assert frozen.profiles[1, 0].tolist() == counts[130:180][::-1].tolist()


def test_strands_that_are_not_known_are_asked_before_anything_is_made(tmp_path):
    """bigWig files of each strand, and windows without one: a question, and no button until it is answered."""
    rng = np.random.default_rng(3)
    genome, counts = "".join(rng.choice(list("ACGT"), 9_000)), rng.poisson(0.6, (2, 9_000)) + 1
    tracks = []
    for name, values in zip(("a.plus.bw", "a.minus.bw"), counts, strict=True):
        entries = [("chrI", i, i + 1, float(value)) for i, value in enumerate(values)]
        pybigtools.open(str(tmp_path / name), "w").write({"chrI": 9_000}, iter(entries))
        tracks.append((name, (tmp_path / name).read_bytes(), "application/octet-stream"))
    bed = "".join(f"chrI\t{start}\t{start + 50}\tw{start}\n" for start in range(0, 8_000, 130))
    app = open_page(UPLOAD, bring="profiles", form="bigwig")
    next(one for one in app.file_uploader if "drop-bigwig-" in one.key).set_value(tracks)
    app = drop(app, bed=("w.bed", bed.encode()), genome=("g.fa", f">chrI\n{genome}\n".encode()))
    healthy(app)
    assert "No column holds strands" in words(app)
    assert not [button for button in app.button if button.label.startswith("Freeze dataset")]
    (radio,) = app.radio
    assert radio.label == "Strand column" and radio.value is None
    radio.set_value("none").run()
    healthy(app)
    next(button for button in app.button if button.label.startswith("Freeze dataset")).click().run()
    (stored,) = datasets.all()
    assert datasets.load(stored.id).profiles[1, 0].tolist() == counts[0, 130:180].tolist()


def test_losing_more_than_a_fifth_is_asked(made):
    table = made.copy()
    table["sequence"] = table["sequence"].astype(object)
    extra = made.head(20).assign(window_id=[f"x{i}" for i in range(20)], sequence="ACGT")
    table = pd.concat([table, extra], ignore_index=True)
    app = drop(open_page(UPLOAD, bring="profiles"), profiles=as_file(table))
    healthy(app)
    assert "20 of 80 rows (25%) are excluded" in words(app)
    assert not [button for button in app.button if button.label.startswith("Freeze dataset")]
    next(box for box in app.checkbox if box.label == "Continue without these rows").set_value(True).run()
    healthy(app)
    assert next(box for box in app.checkbox if box.label == "Continue without these rows").value is True
    assert [button for button in app.button if button.label.startswith("Freeze dataset")]


@pytest.fixture(scope="module")
def frozen(tmp_path_factory):
    folder = tmp_path_factory.mktemp("frozen")
    with using(folder / "home"):
        return folder / "home", freeze_profiles(folder / "files", n=60, length=40)


def test_the_datasets_page_shows_profiles(frozen, workspace):
    home, dataset = frozen
    shutil.copytree(home, workspace, dirs_exist_ok=True)
    app = open_page(DATASETS, dataset=dataset)
    healthy(app)
    tiles = {item.label: item.value for item in app.metric}
    assert float(tiles["Replicates (Pearson)"]) > 0.8
    assert "Profiles" in [item.value for item in app.subheader]
    assert "Median over windows: down" in words(app)
    assert "Time courses" not in [item.value for item in app.subheader]


def test_a_downloaded_dataset_brings_the_same_profiles_again(frozen, tmp_path):
    home, identifier = frozen
    with using(home):
        dataset = datasets.load(identifier)
    path = tmp_path / "whole.csv"
    path.write_bytes(to_csv(actions.whole(dataset)))
    read = profile_tables.read_windows(Source(path.name, path))
    again = profiles.build(read, profiles.ProfileChoices("again")).dataset
    assert again.tracks == dataset.tracks
    np.testing.assert_array_equal(again.profiles, dataset.profiles)
    assert set(again.replicates) == set(dataset.replicates)
    np.testing.assert_array_equal(again.replicates["2"], dataset.replicates["2"])
    assert again.sequences.tolist() == dataset.sequences.tolist()
