"""Counts at each base on the command line: imports of all forms, predicted profiles, faults in one sentence."""

import json
import re
import shlex
from types import SimpleNamespace

import numpy as np
import pandas as pd
import pybigtools
import pytest

from lib.cli import main
from lib.cli.arguments import find_target
from lib.core.errors import UserError
from lib.datasets import demo
from lib.report.commands import importing
from lib.store import datasets
from tests import finished


@pytest.fixture
def run(capsys, home):
    def call(*words, status=0):
        code = main([*map(str, words), "--json"])
        out, err = capsys.readouterr()
        assert code == status, err
        return json.loads(out) if out.strip() else err

    return call


@pytest.fixture(scope="module")
def table(tmp_path_factory):
    return demo.write_profiles(tmp_path_factory.mktemp("made"), n=55, length=40).profiles


def test_a_table_is_imported_with_named_tracks(run, table):
    made = run(
        "import", "--name", "x", "--profiles", table, "--track", "profile_up_1=up:1", "profile_up_2=up:2", "--least", 30
    )
    frozen = datasets.load(made["dataset"])
    assert frozen.tracks == ("up",)
    assert set(frozen.replicates) == {"1", "2"}
    assert made["target"] == "log(1 + counts)"
    assert made["rows"] + made["rejected"] == 55
    assert frozen.profiles.sum(axis=(1, 2)).min() >= 30


def test_chromosomes_are_named_for_parts(run, table, tmp_path):
    frame = pd.read_csv(table, sep="\t").assign(chrom=np.resize(["I", "II", "VII", "XV"], 55))
    frame.to_csv(tmp_path / "t.tsv", sep="\t", index=False)
    words = ("import", "--name", "x", "--profiles", tmp_path / "t.tsv", "--split", "column=chrom", "--validation", "XV")
    assert run(*words, "--test", "VII")["parts"] == {"train": 28, "validation": 13, "test": 14}
    said = run(*words, "--test", "IX", status=2)
    assert "the column 'chrom' has no 'IX'. Its values are I, II, VII, XV" in said
    assert "name the column by --split column=NAME" in run(*words[:5], "--test", "VII", status=2)


def test_columns_are_named_where_guesses_are_wrong(run, table, tmp_path):
    frame = pd.read_csv(table, sep="\t")
    frame = frame.assign(scaffold=np.resize(["a", "b"], 55), note=[f"n{i}" for i in range(55)])
    frame.to_csv(tmp_path / "t.tsv", sep="\t", index=False)
    words = ("import", "--name", "x", "--profiles", tmp_path / "t.tsv", "--layout", "id=note")
    assert datasets.load(run(*words)["dataset"]).ids.tolist() == [f"n{i}" for i in range(55)]
    assert "has no column 'nothing'" in run(*words, "chrom=nothing", status=2)


def again(run, monkeypatch, identifier, folder):
    """Import once more by the command that a report gives; gives the id of the dataset."""
    row = datasets.get(identifier)
    command = importing(SimpleNamespace(dataset=datasets.load(identifier), row=row))
    monkeypatch.chdir(folder)
    return run(*shlex.split(command)[1:])["dataset"]


def test_the_command_of_a_report_brings_the_same_dataset(run, table, monkeypatch):
    tracks = ("--track", "profile_up_1=up:1", "profile_up_2=up:2")
    made = run("import", "--name", "x", "--profiles", table, *tracks, "--seed", 3)["dataset"]
    assert again(run, monkeypatch, made, table.parent) == made


def test_tracks_along_a_genome_are_imported(run, tmp_path, monkeypatch):
    rng = np.random.default_rng(0)
    genome, counts = "".join(rng.choice(list("ACGT"), 6_000)), rng.poisson(1.0, (2, 6_000))
    for name, values in zip(("a.plus.bw", "a.minus.bw"), counts, strict=True):
        entries = [("chrI", i, i + 1, float(value)) for i, value in enumerate(values) if value]
        pybigtools.open(str(tmp_path / name), "w").write({"chrI": 6_000}, iter(entries))
    (tmp_path / "g.fa").write_text(f">chrI\n{genome}\n")
    (tmp_path / "w.bed").write_text("".join(f"chrI\t{100 * i}\t{100 * i + 30}\tw{i}\t0\t-\n" for i in range(55)))
    files = ("--bigwig", tmp_path / "a.plus.bw", tmp_path / "a.minus.bw")
    made = run(
        "import", "--name", "x", *files, "--bed", tmp_path / "w.bed", "--genome", tmp_path / "g.fa", "--both-strands"
    )
    frozen = datasets.load(made["dataset"])
    assert frozen.tracks == ("a sense", "a antisense")
    assert frozen.profiles[3, 0].tolist() == counts[1, 300:330][::-1].tolist()
    assert frozen.profiles[3, 1].tolist() == counts[0, 300:330][::-1].tolist()
    assert again(run, monkeypatch, made["dataset"], tmp_path) == made["dataset"]
    assert "name a BED file by --bed" in run("import", "--name", "x", *files, "--genome", tmp_path / "g.fa", status=2)


@pytest.fixture(scope="module")
def stranded(tmp_path_factory):
    """Counts of both strands along one chromosome, whose genome is beside them."""
    folder = tmp_path_factory.mktemp("stranded")
    rng = np.random.default_rng(4)
    genome, counts = "".join(rng.choice(list("ACGT"), 6_000)), rng.poisson(1.0, (2, 6_000)) + 1
    for name, values in zip(("a.plus.bw", "a.minus.bw"), counts, strict=True):
        entries = [("chrI", i, i + 1, float(value)) for i, value in enumerate(values)]
        pybigtools.open(str(folder / name), "w").write({"chrI": 6_000}, iter(entries))
    (folder / "g.fa").write_text(f">chrI\n{genome}\n")
    files = ["--bigwig", folder / "a.plus.bw", folder / "a.minus.bw", "--genome", folder / "g.fa"]
    return SimpleNamespace(folder=folder, counts=counts, words=("import", "--name", "x", *files, "--bed"))


def windows(stranded, name, *columns):
    """Write 55 windows of 30 nt with more columns behind, each a function of the number of the window."""
    rows = (["chrI", 100 * i, 100 * i + 30, *(column(i) for column in columns)] for i in range(55))
    path = stranded.folder / name
    path.write_text("".join("\t".join(map(str, row)) + "\n" for row in rows))
    return path


@pytest.mark.parametrize(
    ("name", "columns"),
    [
        ("five.bed", (lambda i: f"w{i}", lambda i: "+-"[i % 2])),
        ("four.bed", (lambda i: ("plus", "minus")[i % 2],)),
        ("seven.bed", (lambda i: f"w{i}", lambda i: i, lambda i: 0.5, lambda i: (1, -1)[i % 2])),
    ],
)
def test_windows_take_the_counts_of_their_strand_wherever_it_stands(run, stranded, monkeypatch, name, columns):
    made = run(*stranded.words, windows(stranded, name, *columns))["dataset"]
    frozen = datasets.load(made)
    plus, minus = stranded.counts
    assert frozen.profiles[2, 0].tolist() == plus[200:230].tolist()
    assert frozen.profiles[3, 0].tolist() == minus[300:330][::-1].tolist()
    told = {one["option"]: one for one in frozen.facts["decisions"]}
    assert told["strand_column"]["chosen"] == str(3 + len(columns))
    assert frozen.facts["accounts"] == [
        {"file": name, "rows": 55, "used": 55, "set_aside": 0, "excluded": 0, "unneeded": 0}
    ]
    assert again(run, monkeypatch, made, stranded.folder) == made


def test_strands_that_are_not_known_are_asked(run, stranded, monkeypatch):
    bare = windows(stranded, "bare.bed", lambda i: f"w{i}")
    said = run(*stranded.words, bare, status=2)
    assert "Choose --strand-column none (every window on the plus strand)." in said
    assert datasets.all() == []
    made = run(*stranded.words, bare, "--strand-column", "none")["dataset"]
    assert datasets.load(made).profiles[3, 0].tolist() == stranded.counts[0, 300:330].tolist()
    assert again(run, monkeypatch, made, stranded.folder) == made
    two = windows(stranded, "two.bed", lambda i: f"w{i}", lambda i: "+-"[i % 2], lambda i: "+-"[i % 3 == 0])
    assert "Choose --strand-column 5 (column 5: + in 28 rows, - in 27), --strand-column 6" in run(
        *stranded.words, two, status=2
    )
    made = run(*stranded.words, two, "--strand-column", "6")["dataset"]
    assert datasets.load(made).profiles[6, 0].tolist() == stranded.counts[1, 600:630][::-1].tolist()
    both = run(*stranded.words, bare, "--both-strands")["dataset"]
    assert datasets.load(both).tracks == ("a +", "a -"), "where both are tracks nothing depends on it"


def test_the_summits_of_narrow_peaks_are_asked(run, stranded, monkeypatch):
    rest = [
        lambda i: f"w{i}",
        lambda i: 0,
        lambda i: "+",
        lambda i: 2.5,
        lambda i: 3,
        lambda i: -1,
        lambda i: 5 + i % 7,
    ]
    peaks = windows(stranded, "x.narrowPeak", *rest)
    assert "Choose --centre middle (20 nt around the middle of each region) or --centre summit" in run(
        *stranded.words, peaks, "--window", 20, status=2
    )
    made = run(*stranded.words, peaks, "--window", 20, "--centre", "summit")["dataset"]
    frozen = datasets.load(made)
    row = frozen.ids.tolist().index("w8")  # its summit is 800 + 6
    assert frozen.profiles[row, 0].tolist() == stranded.counts[0, 796:816].tolist()
    assert again(run, monkeypatch, made, stranded.folder) == made


def test_windows_are_inspected(run, stranded):
    (found,) = run("inspect", windows(stranded, "seen.bed", lambda i: f"w{i}", lambda i: "+-"[i % 2]))
    assert (found["holds"], found["rows"], found["excluded"]) == ("windows", 55, 0)
    told = {one["option"]: one["taken"] for one in found["decisions"]}
    assert told == {
        "--coordinates": "from 0: 0 to 30 are 30 nt",
        "--strand-column": "column 5: + in 28 rows, - in 27",
    }


def test_losing_more_than_a_fifth_of_the_windows_needs_consent(run, stranded, monkeypatch):
    short = windows(stranded, "short.bed", lambda i: f"w{i}", lambda i: "+")
    rows = short.read_text().splitlines()
    rows += [f"chrI\t{100 * i}\t{100 * i + 29}\tshort{i}\t+" for i in range(20)]
    short.write_text("\n".join(rows))
    said = run(*stranded.words, short, status=2)
    assert "20 of 75 rows (27%) are excluded" in said and "--excluded-ok" in said
    made = run(*stranded.words, short, "--excluded-ok")
    assert (made["rows"], made["rejected"]) == (55, 20)
    assert made["accounts"][0]["used"] == 55 and made["excluded"][0]["rows"] == 20
    assert again(run, monkeypatch, made["dataset"], stranded.folder) == made["dataset"]


def test_annotations_are_no_windows(run, stranded):
    path = stranded.folder / "x.bed"
    path.write_text("".join(f"chrI\tsgd\tgene\t{100 * i + 1}\t{100 * i + 30}\t.\t+\t.\tID=g{i}\n" for i in range(55)))
    assert "x.bed is GFF or GTF, not BED: its starts count from 1" in run(*stranded.words, path, status=2)


def test_isoforms_are_imported(run, tmp_path, monkeypatch):
    rng = np.random.default_rng(1)
    genome = "".join(rng.choice(list("ACGT"), 9_000))
    rows = [f"1 + {90 + 130 * i} {120 + 130 * i} {rng.integers(2, 9)} 1 x" for i in range(60)]
    (tmp_path / "t.txt").write_text("\n".join(["chr strand t5 t3 ypd gal type", *rows]))
    (tmp_path / "g.fa").write_text(f">chrI\n{genome}\n")
    words = ("import", "--name", "x", "--tif-seq", tmp_path / "t.txt", "--window", 50, "--least", 3)
    made = run(*words, "--genome", tmp_path / "g.fa", "--conditions", "ypd")
    assert made["rows"] > 50
    assert datasets.load(made["dataset"]).tracks == ("ypd",)
    assert again(run, monkeypatch, made["dataset"], tmp_path) == made["dataset"]
    assert "name its FASTA by --genome" in run(*words, status=2)


def test_kinds_of_imports_are_not_mixed(run, table):
    said = run("import", "--name", "x", "--profiles", table, "--sequences", table, status=2)
    assert "--profiles, --sequences are imports of different kinds" in said


def test_predicted_profiles_are_written(run, home, tmp_path):
    made = run("demo", "--profiles")
    assert made["simulated"] is True
    dataset = datasets.load(made["dataset"])
    trained = finished.trained(made["dataset"], "mean", {})
    (tmp_path / "s.fa").write_text(f">a\n{dataset.sequences[0]}\n>b\n{dataset.sequences[1]}\n")
    words = ("predict", "--run", trained, "--sequences", tmp_path / "s.fa")
    run(*words, "--profiles", "--out", tmp_path / "p.npz")
    with np.load(tmp_path / "p.npz", allow_pickle=False) as stored:
        assert stored["ids"].tolist() == ["a", "b"]
        assert stored["tracks"].tolist() == ["down", "up"]
        assert stored["shares"].shape == (2, 2, 120)
        totals = stored["counts"]
    run(*words, "--profiles", "--out", tmp_path / "p.tsv")
    frame = pd.read_csv(tmp_path / "p.tsv", sep="\t")
    assert list(frame.columns) == ["id", "track", "position", "share", "counts"]
    assert len(frame) == 2 * 2 * 120
    sums = frame.groupby(["id", "track"])["counts"].sum()
    assert sums["a", "up"] == pytest.approx(totals[0, 1], rel=1e-6)
    assert run(*words, "--profiles", "--out", tmp_path / "p.npz")["unlike"] == {"n": 0, "of": 2, "examples": []}
    assert {"id", "prediction:log(1 + counts), up"} <= set(run(*words)["predictions"][0])


def test_targets_whose_names_hold_commas_are_listed_apart():
    names = ["log(1 + counts), down", "log(1 + counts), up"]
    assert [find_target(name, names, "This run") for name in names] == [0, 1]
    for asked in (None, "up"):
        with pytest.raises(UserError, match=re.escape('"log(1 + counts), down"; "log(1 + counts), up"')):
            find_target(asked, names, "This run")
    assert find_target(None, names[:1], "This run") == 0
