"""Instances of a discovery are called once, kept, and leave as files that are read back."""

import dataclasses
import io

import numpy as np
import pandas as pd
import pytest
from modiscolite.cli import _read_npz_member

from lib.core.errors import UserError
from lib.datasets import demo, profile_tables
from lib.datasets import profiles as profile_data
from lib.io import bigwig
from lib.io.bigwig import BigWigFile
from lib.io.files import Source
from lib.motifs import spacing
from lib.motifs.instances import WORST
from lib.store import attribution_sets, datasets, genome_files, instances, profiles, runs
from tests import finished, motif_discovery

MOTIFS = {"+1": "TTAG", "-1": "GCACTT", "-2": "TGTAHATA"}


@pytest.fixture(scope="module")
def made(tmp_path_factory):
    return finished.make(tmp_path_factory.mktemp("instances") / "home")


@pytest.fixture(scope="module")
def job(made):
    with finished.using(made.home):
        return motif_discovery.make(made.run, MOTIFS)


@pytest.fixture(autouse=True)
def workspace(made):
    with finished.using(made.home):
        yield


def test_instances_are_called_once_and_lie_where_their_motif_was_planted(made, job):
    found = instances.find(job)
    assert (found["q"] <= WORST).all() and set(found["pattern"]) <= set(MOTIFS)
    pd.testing.assert_frame_equal(found, instances.find(job))
    assert (runs.folder(job) / instances.INSTANCES).exists()
    truth = {
        (name, int(start))
        for name, motif, start, _, _ in datasets.load(made.dataset).facts["truth"]
        if motif == "GCACTT"
    }
    sure = found[(found["q"] <= 0.05) & (found["pattern"] == "-1")]
    assert len(sure) > 20
    assert np.mean([(name, start) in truth for name, start in zip(sure["id"], sure["start"], strict=True)]) > 0.6, (
        "a ridge of 160"
    )


def test_the_spacing_of_a_discovery_is_read_back_as_it_was_tested(job, monkeypatch):
    monkeypatch.setattr(spacing, "FEWEST_SEQUENCES", 5)  # few of 160 sequences have two of these
    first, again = instances.find_spacing(job), instances.find_spacing(job)
    pd.testing.assert_frame_equal(first.table, again.table)
    assert len(first.table) == 6 and first.histograms.keys() == again.histograms.keys() != set()
    for pair, histogram in first.histograms.items():
        for one, other in zip(histogram, again.histograms[pair], strict=True):
            np.testing.assert_array_equal(one, other)


def test_damaged_files_are_made_anew(job):
    before = instances.find(job)
    (runs.folder(job) / instances.INSTANCES).write_bytes(b"no parquet")
    pd.testing.assert_frame_equal(instances.find(job), before)


def test_without_hypothetical_contributions_there_is_a_sentence(job, monkeypatch):
    without = dataclasses.replace(attribution_sets.load(job), hypothetical=None)
    monkeypatch.setattr(attribution_sets, "load", lambda _: without)
    monkeypatch.setattr(instances, "INSTANCES", "not there yet")
    for make in (instances.find, genome_files.modisco_files):
        with pytest.raises(UserError, match="no hypothetical contributions"):
            make(job)


def test_without_coordinates_there_are_tables_and_a_sentence(job):
    table = genome_files.instance_table(job, fdr=0.1)
    assert tuple(table.columns) == genome_files.TABLE and (table["q"] <= 0.1).all()
    for make in (
        lambda: genome_files.instance_bed(job),
        lambda: genome_files.attribution_files(job, "bigwig", "made"),
        lambda: genome_files.attribution_files(job, "bedgraph", "made"),
    ):
        with pytest.raises(UserError, match=r"no coordinates.*TSV"):
            make()
    files = genome_files.attribution_files(job, "tsv", "made")
    written, badges = (pd.read_csv(io.BytesIO(files[name]), sep="\t") for name in ("made.tsv", genome_files.TRUST))
    attributed = attribution_sets.load(job)
    assert badges["id"].tolist() == attributed.ids.tolist() and badges["faithfulness"].isin(["not checked"]).all()
    assert written.groupby("id", sort=False)["badge"].first().tolist() == badges["badge"].tolist()
    assert len(written) == attributed.lengths.sum()
    third = written[written["id"] == attributed.ids[2]]
    np.testing.assert_allclose(third["attribution"], attributed.attributions[2, : attributed.lengths[2]], rtol=1e-5)


def test_tfmodisco_reads_sequences_and_contributions(job, tmp_path):
    files = genome_files.modisco_files(job)
    assert genome_files.TRUST in files, "the badges lie beside them"
    for name, content in files.items():
        (tmp_path / name).write_bytes(content)
    attributed = attribution_sets.load(job)
    for name, expected in (("ohe.npz", attributed.one_hot), ("shap.npz", attributed.hypothetical)):
        read = _read_npz_member(tmp_path / name, "arr_0")
        read = np.load(tmp_path / name)["arr_0"] if read is None else read
        assert read.shape == (160, 4, 110)
        np.testing.assert_array_equal(read, expected)


def test_a_run_without_profiles_has_no_predicted_tracks(made):
    with pytest.raises(UserError, match="predicts one number"):
        genome_files.prediction_files(made.run, "bigwig", "made")


@pytest.fixture(scope="module")
def windows(tmp_path_factory):
    """Windows of 60 nt on chrI, two that overlap every 200 nt, each strand in turn, and a run on their profiles."""
    home = tmp_path_factory.mktemp("windows") / "home"
    with finished.using(home):
        files = demo.write_profiles(home.parent / "files", n=80, length=60)
        table = pd.read_csv(files.profiles, sep="\t")
        number = np.arange(len(table))
        starts, strands = 1000 + 200 * (number // 2) + 50 * (number % 2), np.where(number % 4 < 2, "+", "-")
        table = table.assign(chrom="chrI", start=starts, end=starts + 60, strand=strands)
        content = table.to_csv(sep="\t", index=False).encode()
        read = profile_tables.read_windows(Source("windows.tsv", content))
        dataset = datasets.freeze(profile_data.build(read, profile_data.ProfileChoices("windows")))
        return home, datasets.load(dataset), finished.trained(dataset, "mean", {})


def test_predicted_profiles_lie_along_the_genome_by_track_and_strand(windows):
    home, dataset, run = windows
    with finished.using(home):
        files = genome_files.prediction_files(run, "bigwig", "made", sizes={"chrI": 9000})
        shares, predicted = profiles.load(run)[profiles.PREDICTED], runs.predictions(run)
    assert sorted(files) == [f"made-{track}.{strand}.bw" for track in ("down", "up") for strand in ("minus", "plus")]
    counts = predicted.set_index("id").loc[dataset.ids.tolist(), f"predicted:{dataset.target_names[1]}"]
    totals = np.expm1(counts.to_numpy())
    row = int(np.flatnonzero(dataset.ids == "SIMP_00003")[0])  # the first on the minus strand: 1200 to 1260
    after = int(np.flatnonzero(dataset.ids == "SIMP_00004")[0])  # 1250 to 1310
    with bigwig.open_signals([BigWigFile(Source("up", files["made-up.minus.bw"]), "up")]) as (signal,):
        assert signal.reader.chroms() == {"chrI": 9000}
        values = signal.values("chrI", 1200, 1260)
    one, other = (shares[at, 1][::-1] * max(totals[at], 0) for at in (row, after))
    np.testing.assert_allclose(values[:50], one[:50], rtol=1e-4)
    np.testing.assert_allclose(values[50:], (one[50:] + other[:10]) / 2, rtol=1e-4)


def test_tracks_whose_names_differ_in_signs_alone_have_a_file_each(windows, monkeypatch):
    home, dataset, run = windows
    renamed = dataclasses.replace(dataset, tracks=("ChIP (a)", "ChIP [a]"))
    monkeypatch.setattr(genome_files.datasets, "load", lambda _: renamed)
    with finished.using(home):
        files = genome_files.prediction_files(run, "bedgraph", "made")
    assert sorted(files) == [f"made-{n}-ChIP_a_.{strand}.bedgraph" for n in (1, 2) for strand in ("minus", "plus")]


def test_instances_and_attributions_of_windows_lie_in_the_genome(windows):
    home, dataset, run = windows
    with finished.using(home):
        job = motif_discovery.start(run)
        folder = runs.folder(job)
        found = pd.DataFrame(
            {
                "id": ["SIMP_00001", "SIMP_00002", "SIMP_00003", "SIMP_00003"],
                "row": [0, 1, 2, 2],
                "start": [53, 3, 0, 10],
                "end": [60, 10, 7, 17],
                "strand": "+",
                "pattern": "+1",
                "score": 1.0,
                "similarity": [0.8, 0.9, 0.7, 0.6],
                "contribution": 0.5,
                "q": [0.04, 0.01, 0.02, 0.15],
            }
        )
        found.to_parquet(folder / instances.INSTANCES)
        assert dataset.ids[:3].tolist() == ["SIMP_00001", "SIMP_00002", "SIMP_00003"]
        bed = genome_files.instance_bed(job).decode().splitlines()
        graphs = genome_files.attribution_files(job, "bedgraph", "made")
    # the first two windows overlap by 10 nt and hold the same instance; the third lies on the minus strand
    remarks, written = bed[:3], bed[3:]
    assert all(line.startswith("# ") for line in remarks) and "Do not interpret" in remarks[0]
    assert written == [
        "#chrom\tstart\tend\tname\tscore\tstrand\tcontribution\tq\tid\tbadge",
        "chrI\t1053\t1060\t+1\t900\t+\t0.5\t0.01\tSIMP_00002\tDo not interpret",
        "chrI\t1253\t1260\t+1\t700\t-\t0.5\t0.02\tSIMP_00003\tDo not interpret",
    ]
    lines = graphs["made.plus.bedgraph"].decode().splitlines()
    assert lines[1] == "chrI\t1000\t1110\t0", "a model that uses no nucleotide: zeros, over both windows"
