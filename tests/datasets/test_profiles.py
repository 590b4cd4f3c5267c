"""From windows to a dataset of profiles: targets, tracks, replicates, splits, what is left out."""

from dataclasses import replace

import numpy as np
import pandas as pd
import pytest

from lib.core.errors import DataError, UserError
from lib.datasets import demo, profile_tables, profiles, splits
from lib.datasets.profiles import ProfileChoices
from lib.datasets.splits import SplitChoice
from lib.io.files import Source
from lib.io.windows import ProfileColumn
from lib.store import datasets

N, LENGTH = 60, 14


def named(validation, test, column="chrom"):
    return SplitChoice("column", column, validation=tuple(validation), test=tuple(test))


def table(n=N, **changed):
    """Windows on three chromosomes with two replicates of two tracks; every fourth overlaps the one before it."""
    rng = np.random.default_rng(4)
    rows = []
    for i in range(n):
        start = 100 * i - (95 if i % 4 == 3 else 0)
        counts = {name: ",".join(map(str, rng.integers(0, 7, LENGTH))) for name in ("a_1", "a_2", "b_1", "b_2")}
        place = {
            "chrom": f"chr{['II', 'VII', 'XV'][i % 12 // 4]}",
            "start": start,
            "end": start + LENGTH,
            "strand": "+-"[i % 2],
        }
        rows.append({"id": f"w{i}", "sequence": "".join(rng.choice(list("ACGT"), LENGTH)), **counts, **place})
    for place, cells in changed.items():
        rows[int(place[1:])].update(cells)
    return Source("t.tsv", pd.DataFrame(rows).to_csv(sep="\t", index=False).encode())


@pytest.fixture(scope="module")
def read():
    return profile_tables.read_windows(table())


def test_tracks_are_sums_of_replicates_and_targets_their_logarithms(read):
    draft = profiles.build(read, ProfileChoices("x"))
    made = draft.dataset
    assert (made.task, made.tracks) == ("profile", ("a", "b"))
    assert made.profiles.shape == (N, 2, LENGTH)
    assert set(made.replicates) == {"1", "2"}
    np.testing.assert_array_equal(made.profiles, made.replicates["1"] + made.replicates["2"])
    np.testing.assert_allclose(made.targets, np.log1p(made.profiles.sum(axis=2)))
    assert made.target_names == ("log(1 + counts), a", "log(1 + counts), b")
    assert made.replicates["2"][7, 1].tolist() == read.counts["b_2"][7].tolist()
    assert made.values.shape == (N, 0)
    assert profiles.window_positions(made).iloc[5].tolist() == ["chrVII", 500, 514, "-"]
    assert draft.join.matched == N
    assert any("The counts of a are the sum of a_1, a_2" in note for note in draft.notes)


def test_a_column_of_all_reads_is_taken_before_a_sum(read):
    columns = (ProfileColumn("a_1", "a"), ProfileColumn("a_2", "a", "1"), ProfileColumn("b_1", "a", "2"))
    draft = profiles.build(read, ProfileChoices("x", columns=columns))
    np.testing.assert_array_equal(draft.dataset.profiles[:, 0], read.counts["a_1"])
    assert draft.dataset.target_names == ("log(1 + counts)",)
    assert any("a_1 differs from their sum in" in note for note in draft.notes)


def test_overlapping_windows_stay_in_one_part(read):
    for kind in ("random", "homology"):
        made = profiles.build(read, ProfileChoices("x", split=SplitChoice(kind, seed=3))).dataset
        assert made.facts["windows"]["overlapping"] == 30
        for first in range(2, N, 4):
            assert made.parts[first] == made.parts[first + 1]
        assert {len(made.rows(part)) > 0 for part in ("train", "validation", "test")} == {True}


def test_chromosomes_are_named_for_parts_in_any_usual_way(read):
    split = named(["XV"], ["7"])
    made = profiles.build(read, ProfileChoices("x", split=split)).dataset
    chroms = profiles.window_positions(made)["chrom"].to_numpy()
    assert set(chroms[made.parts == "validation"]) == {"chrXV"}
    assert set(chroms[made.parts == "test"]) == {"chrVII"}
    assert set(chroms[made.parts == "train"]) == {"chrII"}
    assert made.facts["split"]["validation"] == ["chrXV"]


@pytest.mark.parametrize(
    ("split", "said"),
    [
        (named(["XV"], ["IV"]), "the column 'chrom' has no 'IV'. Its values are chrII, chrVII, chrXV"),
        (named(["XV"], []), "The test part cannot be made: the column 'chrom' gives nothing to it"),
        (named(["XV"], ["XV"]), "chrXV is named for validation and for test"),
        (named(["II", "XV"], ["VII"]), "No row is left to learn from"),
        (named([], ["x"], "gene"), "There is no column 'gene' to split by; choose one of chrom, start"),
    ],
)
def test_a_chromosome_that_is_missing_is_told(read, split, said):
    with pytest.raises(UserError, match=said):
        profiles.build(read, ProfileChoices("x", split=split))


def test_windows_without_counts_and_repeated_ones_are_left_out_with_reasons():
    nothing = dict.fromkeys(("a_1", "a_2", "b_1", "b_2"), ",".join(["0"] * LENGTH))
    read = profile_tables.read_windows(
        table(r5=nothing, r9={"a_1": "1,2"}, r11={"id": "w12"}, r20={"sequence": "ACGTNACGTACGTA"})
    )
    draft = profiles.build(read, ProfileChoices("x", ambiguity="reject"))
    reasons = dict(zip(draft.rejected["line"], draft.rejected["reason"], strict=True))
    assert sorted(reasons) == [7, 11, 13, 14, 22]
    assert reasons[7] == "no counts in the window"
    assert (
        reasons[11]
        == "column a_1: found 2 counts, needed 14 counts, one for each nucleotide: whole numbers of 0 or more"
    )
    assert "the ID has several rows with different content" in reasons[13]
    assert "IUPAC codes other than A C G T" in reasons[22]
    assert len(draft.dataset) == N - 5
    assert draft.join.rejected == 5


def test_a_minimum_of_counts_leaves_windows_out(read):
    totals = np.sum([values.sum(axis=1) for values in read.counts.values()], axis=0)
    least = int(np.sort(totals)[5])
    draft = profiles.build(read, ProfileChoices("x", least=least))
    assert len(draft.rejected) == (totals < least).sum() > 0
    assert set(draft.rejected["reason"]) == {f"fewer than {least} counts in the window"}
    assert draft.dataset.profiles.sum(axis=(1, 2)).min() == least


def test_too_few_windows_are_told_with_their_faults():
    source = table(n=52, **{f"r{i}": {"a_1": "1,2"} for i in range(5)})
    with pytest.raises(DataError, match="Usable windows: 47 of 52; at least 50 are needed") as caught:
        profiles.build(profile_tables.read_windows(source), ProfileChoices("x"))
    assert len(caught.value.problems) == 5


def test_a_mapping_that_contradicts_itself_is_told(read):
    twice = (ProfileColumn("a_1", "a", "1"), ProfileColumn("a_2", "a", "1"))
    with pytest.raises(UserError, match="a_1 and a_2 are both replicate 1 of the track a"):
        profiles.build(read, ProfileChoices("x", columns=twice))
    with pytest.raises(UserError, match="The column a_1 has no track"):
        profiles.build(read, ProfileChoices("x", columns=(ProfileColumn("a_1", ""),)))
    with pytest.raises(UserError, match="No column of counts is chosen"):
        profiles.build(read, ProfileChoices("x", columns=()))


def test_a_track_without_any_counts_is_named(read):
    silent = replace(read, counts={**read.counts, "b_1": np.zeros((N, LENGTH), dtype=np.float32)})
    columns = (ProfileColumn("a_1", "a"), ProfileColumn("b_1", "b"))
    with pytest.raises(DataError, match="The track b has no counts in any window"):
        profiles.build(silent, ProfileChoices("x", columns=columns))


def test_the_identity_is_that_of_the_content(read):
    one, other = (profiles.build(read, ProfileChoices(name)).dataset for name in ("one", "other"))
    assert one.id == other.id
    less = profiles.build(read, ProfileChoices("x", columns=read.columns[:2])).dataset
    assert less.id != one.id
    split = named(["XV"], ["VII"])
    assert profiles.build(read, ProfileChoices("x", split=split)).dataset.id != one.id


def test_splits_without_named_values_keep_their_facts():
    """The identity of datasets that were frozen before values could be named stays as it is."""
    assert SplitChoice().facts() == {"kind": "random", "column": "", "seed": 0, "fractions": [0.8, 0.1, 0.1]}


def test_rows_that_belong_together_share_a_part():
    ids = [str(i) for i in range(90)]
    sequences = [f"ACGT{'ACGT'[i % 4]}{i}" for i in range(90)]
    together = np.array([i // 3 for i in range(90)])
    parts = splits.assign(SplitChoice(seed=5), ids, sequences, together=together)
    for group in range(30):
        assert len(set(parts[together == group])) == 1


def test_a_simulated_dataset_is_frozen_and_read_back(home, tmp_path):
    files = demo.write_profiles(tmp_path, n=70, length=44, seed=2)
    read = profile_tables.read_windows(Source("p.tsv", files.profiles))
    truth = Source("truth.tsv", files.truth)
    draft = profiles.build(read, ProfileChoices("demo", simulated=True, truth=truth))
    made = datasets.load(datasets.freeze(draft))
    assert made.simulated
    np.testing.assert_array_equal(made.profiles, draft.dataset.profiles)
    assert set(made.replicates) == {"1", "2", "3"}
    planted = {name: start for name, motif, start, *_ in made.facts["truth"] if motif == demo.MOTIF}
    for row, name in enumerate(made.ids):
        at = planted[name]
        assert made.sequences[row][at : at + 7] == demo.MOTIF
        near = made.profiles[row, 0, at + 11 : at + 16].sum()
        assert near > 0.7 * made.profiles[row, 0].sum(), "reads of the track down lie behind the motif"


def test_yeast_start_sites_are_read_as_they_are(shared):
    path = shared / "yeast-tss" / "yeast_tss_chrII.tsv.gz"
    read = profile_tables.read_windows(Source(path.name, path))
    draft = profiles.build(read, ProfileChoices("yeast"))
    made = draft.dataset
    assert made.profiles.shape == (327, 1, 300)
    assert made.tracks == ("WT",)
    assert made.facts["windows"]["overlapping"] == 66
    assert not len(draft.rejected)
    totals = read.table.frame["total_WT"].astype(float).to_numpy()
    np.testing.assert_allclose(made.targets[:, 0], np.log1p(totals))
    with pytest.raises(UserError, match="has no 'XV'. Its values are II"):
        split = named(["XV"], ["VII"])
        profiles.build(read, ProfileChoices("yeast", split=split))
