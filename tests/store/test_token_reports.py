"""Token reports: right, of the train part alone, made once, read back, mended when damaged."""

import dataclasses

import numpy as np
import pandas as pd
import pytest

from lib.analysis.association import LEAST
from lib.core.errors import Cancelled
from lib.core.progress import Callback
from lib.datasets.dataset import Dataset
from lib.store import token_reports, tokenizers
from lib.tokenizers import TOKENIZERS

PARTS = ("train",) * 9 + ("test",) + ("train",) * 4 + ("validation",)


def made(n: int = 330, *, seed: int = 0, **changes: object) -> Dataset:
    """Sequences of 40 to 52 nt; those with TTAG have a target higher by 1, and a second target that is only noise."""
    rng = np.random.default_rng(seed)
    sequences = ["".join(rng.choice(list("ACGT"), 40 + row % 13)) for row in range(n)]
    has = np.array(["TTAG" in sequence for sequence in sequences], dtype=float)
    targets = np.column_stack([has + rng.normal(0, 0.5, n), rng.normal(0, 1, n)])
    dataset = Dataset(
        id="d" * 16,
        split_id="s",
        name="made",
        ids=np.array([f"u{row}" for row in range(n)]),
        sequences=np.array(sequences),
        targets=targets,
        target_names=("8h - 2h", "noise"),
        target_units=("log2 fold change", ""),
        values=np.empty((n, 0)),
        times=(),
        value_names=(),
        parts=np.array([PARTS[row % len(PARTS)] for row in range(n)]),
        task="multi_regression",
    )
    return dataclasses.replace(dataset, **changes)


def four(**settings: object):
    return TOKENIZERS.create("k-mer", {"k": 4, **settings})


def test_what_was_planted_is_found(home):
    dataset = made()
    report = token_reports.report(dataset, four())
    train = dataset.rows("train")
    found = report.of_target(0).sort_values("p_mann_whitney", kind="stable")
    assert found["token"].iloc[0] == "TTAG"
    row = found.iloc[0]
    has = np.array(["TTAG" in sequence for sequence in dataset.sequences[train]])
    one, other = dataset.targets[train, 0][has], dataset.targets[train, 0][~has]
    assert (row.n_with, row.n_without) == (has.sum(), (~has).sum())
    assert row.difference == pytest.approx(one.mean() - other.mean())
    assert row.q_mann_whitney < 1e-6 and row.low > 0
    assert report.of_target(1)["q_mann_whitney"].min() > 0.01
    assert (found[["n_with", "n_without"]].min() >= LEAST).all()
    assert report.facts["summary"]["sequences"] == len(train)
    assert report.per_sequence["sequences"].sum() == len(train)


def test_places_are_where_the_token_stands(home):
    dataset = made()
    report = token_reports.report(dataset, four(stride=2))
    for token in ("TTAG", "ACGT"):
        number = report.tokens.index[report.tokens["token"] == token][0]
        rows, starts = report.places(number)
        wanted = [
            (row, start)
            for row in dataset.rows("train")
            for start in range(0, len(dataset.sequences[row]) - 3, 2)
            if dataset.sequences[row][start : start + 4] == token
        ]
        assert list(zip(rows.tolist(), starts.tolist(), strict=True)) == wanted
        assert len(rows) == report.tokens.loc[number, "occurrences"]


def test_it_is_made_once_and_read_back_the_same(home, monkeypatch):
    dataset = made()
    assert not token_reports.has(dataset, four())
    first = token_reports.report(dataset, four())
    assert token_reports.has(dataset, four()) and not token_reports.has(dataset, four(k=3))
    monkeypatch.setattr(token_reports, "_write", None)
    again = token_reports.report(dataset, four())
    assert again.facts == first.facts
    for name in ("tokens", "association", "per_sequence"):
        pd.testing.assert_frame_equal(getattr(again, name), getattr(first, name))


@pytest.mark.parametrize("name", ["report.json", "tokens.parquet", "association.parquet", "places.npy"])
def test_a_damaged_report_is_made_again(home, name):
    dataset = made()
    first = token_reports.report(dataset, four())
    path = first.folder / name
    path.unlink() if name == "places.npy" else path.write_bytes(b"{}")
    again = token_reports.report(dataset, four())
    pd.testing.assert_frame_equal(again.association, first.association)
    assert len(again.places(5)[0])


@pytest.mark.parametrize("part", ["test", "validation"])
def test_other_parts_never_touch_it(home, tmp_path, monkeypatch, part):
    """Other sequences and targets in the test part leave every number of the report as it was."""
    dataset = made()
    other, rng = made(seed=1), np.random.default_rng(2)
    chosen = dataset.parts == part
    changed = dataclasses.replace(
        dataset,
        sequences=np.where(chosen, other.sequences, dataset.sequences),
        targets=np.where(chosen[:, None], 1000 * rng.normal(size=dataset.targets.shape), dataset.targets),
    )
    assert (changed.sequences != dataset.sequences).sum() == chosen.sum() > 10
    first = token_reports.report(dataset, four())
    monkeypatch.setenv("MOTIFLENS_HOME", str(tmp_path / "elsewhere"))
    monkeypatch.setattr(tokenizers, "_known", type(tokenizers._known)())
    second = token_reports.report(changed, four())
    assert second.folder != first.folder
    for name in ("tokens", "association", "per_sequence"):
        pd.testing.assert_frame_equal(getattr(second, name), getattr(first, name))
    assert second.facts["summary"] == first.facts["summary"]
    assert (np.load(second.folder / "places.npy") == np.load(first.folder / "places.npy")).all()


def test_it_stops_when_asked_and_leaves_nothing_half_made(home):
    dataset, seen = made(), []
    listener = Callback(seen.append, cancelled=lambda: len(seen) == 2)
    with pytest.raises(Cancelled):
        token_reports.report(dataset, four(), progress=listener)
    assert [report.stage for report in seen] == ["Cutting sequences", "Comparing tokens with the target"]
    assert not token_reports.has(dataset, four())
    assert len(token_reports.report(dataset, four()).association)


def test_the_oldest_reports_go(home, monkeypatch):
    monkeypatch.setattr(token_reports, "KEPT", 2)
    dataset = made(60)
    for k in (1, 2, 3):
        token_reports.report(dataset, four(k=k))
    assert [token_reports.has(dataset, four(k=k)) for k in (1, 2, 3)] == [False, True, True]
