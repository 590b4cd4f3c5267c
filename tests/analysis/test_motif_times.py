"""What motifs do by time: against scipy in the data, and against a model whose effects are known."""

from dataclasses import replace

import numpy as np
import pandas as pd
import pytest
from scipy import sparse, stats

from lib.analysis import motif_times
from lib.analysis.ablation import remove_hits
from lib.analysis.motif_times import (
    association,
    half_time,
    hourly,
    model_effect,
    predicts_times,
    strongest,
    sure_at_largest,
)
from lib.analysis.motifs import Motif
from lib.datasets import pipeline, simulate
from lib.datasets.dataset import Dataset
from lib.datasets.draft import ImportChoices
from lib.datasets.targets import TargetChoice
from lib.io.files import Source
from lib.motifs.counting import count_motifs

HOURS = np.array([0.0, 2.0, 5.0])
ROWS, WITH = 25, 11


@pytest.fixture(scope="module")
def demo(tmp_path_factory: pytest.TempPathFactory) -> Dataset:
    files = simulate.write_demo(tmp_path_factory.mktemp("demo"), n=400)
    read = pipeline.understand(*(Source(path.name, path) for path in (files.expression, files.sequences, files.rbp)))
    target = TargetChoice(kind="all")
    return pipeline.build(read, ImportChoices(name="Demo", simulated=True, target=target)).dataset


def table_by_hand() -> tuple[sparse.csr_array, np.ndarray]:
    """Motif A stands in the first 11 of 25 sequences, B in the last two; a value of the first is missing."""
    rng = np.random.default_rng(0)
    values = rng.normal(8, 0.3, (ROWS, 1)) + np.zeros((ROWS, 3))
    values[:, 1] += rng.normal(0, 0.2, ROWS)
    values[:, 2] += rng.normal(0, 0.2, ROWS) - 2.0 * (np.arange(ROWS) < WITH)
    values[0, 1] = np.nan
    counts = np.zeros((ROWS, 2), dtype=int)
    counts[:WITH, 0] = 1 + np.arange(WITH) % 2
    counts[-2:, 1] = 1
    return sparse.csr_array(counts), values


def test_the_association_is_that_of_welch_with_q_over_all_cells():
    counts, values = table_by_hand()
    table = association(counts, ["A", "B"], HOURS, values, base=0.0)
    assert list(table.columns) == list(motif_times.COLUMNS)
    assert table[["hours", "motif"]].to_numpy().tolist() == [[2.0, "A"], [2.0, "B"], [5.0, "A"], [5.0, "B"]]
    p = []
    for place, first in ((1, 1), (2, 0)):
        change = values[:, place] - values[:, 0]
        having, lacking = change[first:WITH], change[WITH:]
        row = table[(table["motif"] == "A") & (table["hours"] == HOURS[place])].iloc[0]
        found = stats.ttest_ind(having, lacking, equal_var=False)
        wide = found.confidence_interval()
        p.append(found.pvalue)
        assert row["effect"] == pytest.approx(having.mean() - lacking.mean())
        assert (row["low"], row["high"]) == (pytest.approx(wide.low), pytest.approx(wide.high))
        assert row["p"] == pytest.approx(found.pvalue)
        assert (row["n_with"], row["n"]) == (WITH - first, ROWS - first)
    q = table.loc[table["motif"] == "A", "q"].to_numpy()
    assert q == pytest.approx(stats.false_discovery_control(p)), "two cells are tested: B has two sequences"
    assert q[1] < 1e-6 < q[0]
    assert table.loc[table["motif"] == "B", ["p", "q"]].isna().all(axis=None)


def test_effects_are_relative_to_the_base_which_has_no_row():
    counts, values = table_by_hand()
    table = association(counts, ["A", "B"], HOURS, values, base=5.0)
    assert sorted(table["hours"].unique()) == [0.0, 2.0]
    row = table[(table["motif"] == "A") & (table["hours"] == 0.0)].iloc[0]
    assert row["effect"] == pytest.approx(2.0, abs=0.3), "before the fall it lay higher"
    with pytest.raises(ValueError, match="none of the hours"):
        association(counts, ["A", "B"], HOURS, values, base=1.0)


def test_replicates_are_averaged_over_those_that_are_there(demo: Dataset):
    values = np.array([[1.0, 3.0, 5.0], [np.nan, 2.0, 4.0], [np.nan, np.nan, 1.0]])
    three = replace(demo, ids=demo.ids[:3], values=values, times=(1.0, 1.0, 0.0))
    hours, means = hourly(three)
    assert hours.tolist() == [0.0, 1.0]
    assert means[:2].tolist() == [[5.0, 2.0], [4.0, 2.0]]
    assert means[2, 0] == 1.0 and np.isnan(means[2, 1])


def test_the_effect_on_a_model_is_the_one_it_was_made_with():
    """The model falls by 0.5 per hour and TTAG and rises by 0.1 per hour and G; one sequence has two TTAG."""
    motif = Motif("UUAG", "TTAG")
    ones = ["ACCACCTTAGCCACCAACC", "CCATTAGCAACCCACCACAACA"]
    two = "ACCTTAGCAACCACTTAGCCACCAACACCAACCAACACA"

    def predict(texts):
        return np.array(
            [[(-0.5 * text.count("TTAG") + 0.1 * text.count("G")) * hour for hour in HOURS] for text in texts]
        )

    changed = []
    for text in (*ones, two):
        found = remove_hits(motif, text, draws=4)
        assert found is not None and all("TTAG" not in one for one in found.without)
        changed.append((text, found.without, found.control))
    table = model_effect(predict, [("UUAG", changed), ("none", [])], HOURS, base=2.0)
    rows = table[table["motif"] == "UUAG"].set_index("hours")
    # Shuffling keeps every G, so G has no effect of its own: -0.5 per hour for one hit, -1 for two.
    each = np.array([-0.5, -0.5, -1.0])
    for hour in (0.0, 5.0):
        assert rows.loc[hour, "effect"] == pytest.approx(each.mean() * (hour - 2.0))
        found = stats.ttest_1samp(each * (hour - 2.0), 0)
        assert rows.loc[hour, "p"] == pytest.approx(found.pvalue)
        assert rows.loc[hour, "low"] == pytest.approx(found.confidence_interval().low)
    assert rows["n"].tolist() == [3, 3]
    assert table.loc[table["motif"] == "none", "effect"].isna().all(), "no sequence, no effect"


def test_half_of_the_largest_effect_is_reached_on_its_own_side():
    table = pd.DataFrame(
        {
            "motif": ["early"] * 3 + ["late"] * 3 + ["none"] * 3,
            "hours": [1.0, 2.0, 6.0] * 3,
            "effect": [1.0, 1.0, 1.0, 0.5, -1.0, -3.0, 0.0, 0.0, np.nan],
        }
    )
    found = half_time(table, base=0.0)
    # early: half of 1 between 0 h (0) and 1 h (1); late: -1.5 between 2 h (-1) and 6 h (-3).
    assert found.index.tolist() == ["early", "late", "none"]
    assert found["early"] == pytest.approx(0.5) and found["late"] == pytest.approx(3.0) and np.isnan(found["none"])
    assert half_time(table, base=2.0)["early"] == pytest.approx(4.0), "later than the base alone counts"


def test_the_surest_come_first_then_the_largest():
    table = pd.DataFrame(
        {
            "motif": list("aabbccdd"),
            "effect": [0.1, 2, 0.2, 0.3, -5, 0, 1, 1],
            "q": [0.5, 0.01, 0.001, 1] + [np.nan] * 4,
        }
    )
    assert strongest(table, 3) == ["b", "a", "c"] and strongest(table, 9) == ["b", "a", "c", "d"]


def test_a_motif_is_sure_by_its_largest_effect_after_the_base():
    rows = [
        ("late", 1.0, 0.9, 0.001),
        ("late", 3.0, 0.1, 0.5),
        ("late", 4.0, -0.7, 0.04),
        ("early star", 1.0, 0.0, 0.9),
        ("early star", 3.0, -0.04, 0.02),
        ("early star", 4.0, -0.3, 0.6),
        ("before", 1.0, 0.5, 0.01),
        ("before", 3.0, 0.2, 0.3),
        ("before", 4.0, 0.1, 0.3),
        ("rare", 1.0, 0.2, np.nan),
        ("rare", 3.0, 0.8, np.nan),
        ("rare", 4.0, np.nan, np.nan),
    ]
    table = pd.DataFrame(rows, columns=["motif", "hours", "effect", "q"])
    assert sure_at_largest(table, base=2.0).to_dict() == {"late": -0.7}
    assert sure_at_largest(table, base=0.0).to_dict() == {"late": 0.9, "before": 0.5}
    assert sure_at_largest(table, base=4.0).empty


def test_planted_motifs_act_with_the_right_sign_after_the_onset(demo: Dataset):
    assert predicts_times(demo) and not predicts_times(replace(demo, facts={"target": {"kind": "difference"}}))
    hours, values = hourly(demo)
    hits = count_motifs(demo.sequences.tolist(), demo.rbp)
    table = association(sparse.csr_array(hits.per_motif(-np.inf)), hits.motifs, hours, values, base=0.0)
    last = table[table["hours"] == 10.0].set_index("motif")
    for planted in simulate.MOTIFS:
        row = last.loc[planted.motif]
        assert np.sign(row["effect"]) == np.sign(planted.effect) and row["q"] < 0.05, planted.name
    early = table[table["hours"] <= 2.0].set_index("motif").loc[[planted.motif for planted in simulate.MOTIFS]]
    assert (early["q"] > 0.05).all(), "nothing happens before the onset"
