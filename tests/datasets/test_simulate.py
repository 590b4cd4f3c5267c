"""The simulated assay: its files are a real assay's, and its truth is the whole truth."""

import re
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from lib.core.alphabet import IUPAC, to_dna
from lib.core.errors import UserError
from lib.datasets import simulate
from lib.datasets.decay import fit
from lib.datasets.normalise import log2_counts
from lib.datasets.quality import noise_ceiling
from lib.datasets.simulate import HOURS, LENGTH, MOTIFS, DemoFiles, instances, write_demo
from lib.datasets.targets import TargetChoice
from lib.io.columns import ValueColumn
from lib.io.files import Source

N = 300


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> DemoFiles:
    return write_demo(tmp_path_factory.mktemp("demo"), seed=1, n=N)


def read_fasta(path: Path) -> dict[str, str]:
    records = [record.split("\n", 1) for record in path.read_text().split(">")[1:]]
    return {name: text.replace("\n", "") for name, text in records}


@pytest.fixture(scope="module")
def sequences(made: DemoFiles) -> dict[str, str]:
    return read_fasta(made.sequences)


@pytest.fixture(scope="module")
def truth(made: DemoFiles) -> pd.DataFrame:
    return pd.read_csv(made.truth, sep="\t")


@pytest.fixture(scope="module")
def counts(made: DemoFiles) -> pd.DataFrame:
    return pd.read_csv(made.expression, sep="\t", index_col="id")


def test_the_files_have_the_shapes_of_an_assay(sequences: dict, counts: pd.DataFrame, made: DemoFiles) -> None:
    assert list(counts.columns) == [f"{hour:g}h" for hour in HOURS]
    assert counts.index[:N].tolist() == list(sequences)
    assert counts.index[N:].tolist() == [f"SPIKE_{i}" for i in range(5)]
    assert (counts.to_numpy() >= 0).all()
    assert counts.to_numpy().dtype.kind == "i"
    assert {len(sequence) for sequence in sequences.values()} == {LENGTH}
    assert set("".join(sequences.values())) == set("ACGT")
    for path in (made.expression, made.sequences, made.rbp):
        assert "simulated" in path.name


def test_every_planted_motif_lies_where_the_truth_says(sequences: dict, truth: pd.DataFrame) -> None:
    effects = {planted.motif: planted.effect for planted in MOTIFS}
    for row in truth.itertuples():
        pattern = "".join(f"[{IUPAC[letter]}]" for letter in row.motif)
        assert re.fullmatch(pattern, sequences[row.id][row.start : row.end]), row
        assert row.effect == effects[row.motif]
    assert truth.groupby("id").size().between(1, 3).all()
    assert set(truth["id"]) == set(sequences)
    assert set(truth["motif"]) == set(effects)


def test_there_is_no_instance_beside_the_planted_ones(sequences: dict, truth: pd.DataFrame) -> None:
    planted = {name: {(r.motif, r.start, r.end) for r in group.itertuples()} for name, group in truth.groupby("id")}
    for name, sequence in sequences.items():
        for motif in MOTIFS:
            pattern = re.compile("(?=" + "".join(f"[{IUPAC[letter]}]" for letter in motif.motif) + ")")
            for found in pattern.finditer(sequence):
                assert (motif.motif, found.start(), found.start() + len(motif.motif)) in planted[name], (name, motif)


def test_instances_by_hand() -> None:
    assert instances("ACTTAGGTTTTTTTTCA") == [("TTAG", 2, 6, 0.20), ("TTTTTTT", 7, 15, 0.20)]
    assert instances("TGTACATATTTA") == [("TGTAHATA", 0, 8, -0.20), ("TATTTA", 6, 12, -0.24)]


def test_the_slopes_that_are_measured_are_those_that_were_planted(counts: pd.DataFrame, truth: pd.DataFrame) -> None:
    """Through counts, spike-in normalisation and the decay fit, the planted effects come back."""
    values = log2_counts(counts.iloc[:N].to_numpy(float), counts.iloc[N:].to_numpy(float)).values
    fits = fit(np.array(HOURS), values)
    design = truth.assign(one=1.0).pivot_table(index="id", columns="motif", values="one", aggfunc="sum", fill_value=0.0)
    design = design.loc[counts.index[:N]]
    slopes = -fits["rate"].to_numpy() / np.log(2)
    used = np.column_stack([np.ones(N), design.to_numpy()])
    found, *_ = np.linalg.lstsq(used, slopes, rcond=None)
    assert found[0] == pytest.approx(-0.40, abs=0.05)
    effects = {planted.motif: planted.effect for planted in MOTIFS}
    for motif, effect in zip(design.columns, found[1:], strict=True):
        assert effect == pytest.approx(effects[motif], abs=0.05), motif
    assert fits["onset"].median() == pytest.approx(2.5, abs=0.4)


def test_the_noise_leaves_a_high_ceiling(counts: pd.DataFrame) -> None:
    raw = counts.iloc[:N].to_numpy(float)
    columns = [ValueColumn(name, hour) for name, hour in zip(counts, HOURS, strict=True)]
    found = noise_ceiling(TargetChoice(), log2_counts(raw, counts.iloc[N:].to_numpy(float)).values, columns, raw)
    assert found is not None
    assert found.r2 > 0.95


def test_the_rbp_table_mixes_motifs_and_decoys(made: DemoFiles) -> None:
    table = pd.read_csv(made.rbp)
    motifs = set(map(to_dna, table["Motif"]))
    assert list(table.columns) == ["Motif", "Mean_RBP"]
    assert {planted.motif for planted in MOTIFS} < motifs
    assert len(motifs) == len(table) == len(MOTIFS) + len(simulate.DECOYS)


def test_the_seed_repeats_every_byte_and_matters(tmp_path: Path) -> None:
    one, two, other = (write_demo(tmp_path / name, seed=seed, n=60) for name, seed in [("a", 3), ("b", 3), ("c", 4)])
    for kind in ("expression", "sequences", "rbp", "truth"):
        assert getattr(one, kind).read_bytes() == getattr(two, kind).read_bytes()
        assert getattr(one, kind).read_bytes() != getattr(other, kind).read_bytes()


def test_the_files_are_understood_as_any_others(made: DemoFiles) -> None:
    from lib.io.layout import guess_columns
    from lib.io.tables import read_table

    table = read_table(Source(made.expression.name, made.expression))
    columns = guess_columns(table)
    assert columns.id == "id"
    assert [column.hours for column in columns.values] == list(HOURS)


def test_what_cannot_be_made_is_said(tmp_path: Path) -> None:
    with pytest.raises(UserError, match="at least 50"):
        write_demo(tmp_path, n=10)
    (tmp_path / "file").write_text("in the way")
    with pytest.raises(UserError, match="could not be written"):
        write_demo(tmp_path / "file", n=60)
