"""Experiments as jobs: planted motifs come out with the right sign; what was measured survives a stop."""

import numpy as np
import pandas as pd
import pytest

from lib.analysis.motifs import Motif, of_table, of_text
from lib.core.errors import Cancelled, UserError
from lib.core.progress import Callback, Silent
from lib.datasets.simulate import MOTIFS
from lib.jobs import experiment as job
from lib.store import datasets, experiments, runs
from lib.store.experiments import Asked
from tests import finished

INSERT = {"background": "shuffled", "part": "train", "count": 30, "grid": 3}
SIGNS = {planted.motif: np.sign(planted.effect) for planted in MOTIFS}


@pytest.fixture(scope="module")
def made(tmp_path_factory):
    workspace = finished.make(tmp_path_factory.mktemp("experiments") / "home")
    with finished.using(workspace.home):
        yield workspace


def done(asked, progress=None):
    """Make a run for an experiment and do its work in this process."""
    run = runs.create(
        spec=runs.get(asked.run).spec, kind=experiments.KIND, payload=experiments.payload(asked), name="Experiment"
    )
    results = job.experiment(run.id, runs.folder(run.id), progress or Silent())
    return run.id, results


def planted():
    return tuple(Motif(planted.name, planted.motif, planted.effect) for planted in MOTIFS)


def test_planted_motifs_put_in_have_the_right_sign(made):
    run, results = done(Asked("insert", made.run, 0, planted(), INSERT))
    table = experiments.effects(run)
    whole = table[table["place"].isna()]
    assert results["n"] == len(whole) == 5
    for row in whole.itertuples():
        assert np.sign(row.mean) == SIGNS[row.word], f"{row.motif} has the effect {row.mean:.2f}"
        assert row.low <= row.mean <= row.high
        assert (row.n, row.q < 0.05) == (30, True)
    single = table[table["place"].notna()]
    assert single.groupby("motif")["place"].apply(list).tolist() == [[0, 1, 2]] * 5
    assert not (runs.folder(run) / "parts").exists()


def test_planted_motifs_taken_out_have_the_right_sign(made):
    run, _ = done(Asked("ablate", made.run, 0, planted(), {"part": "train", "count": 100, "draws": 3}))
    table = experiments.effects(run).set_index("word")
    for motif, sign in SIGNS.items():
        assert np.sign(table.loc[motif, "mean"]) == sign, motif
    assert (table["with_hits"] > 5).all()


def test_a_linear_model_of_words_has_no_synergy_at_a_distance(made):
    motifs = (planted()[0], planted()[4])
    options = {"background": "real", "part": "test", "count": 8, "gaps": [0, 12]}
    run, results = done(Asked("pairs", made.run, 0, motifs, options))
    table = experiments.effects(run)
    assert results["n"] == 4, "each with itself, and both orders"
    assert (table.loc[table["gap"] == 12, "mean"] == 0).all(), "words of 6 nt do not reach over 12 nt"
    assert (table.loc[table["gap"] == 12, "p"] == 1).all()


def test_a_design_brings_planted_motifs(made):
    dataset = datasets.load(made.dataset)
    start = str(dataset.sequences[dataset.rows("test")[0]])
    options = {
        "sequence": start,
        "goal": 0.0,
        "keep": [[0, 20]],
        "gc_low": 0.2,
        "gc_high": 0.7,
        "forbidden": ["GGGG"],
        "edits": 30,
    }
    run, results = done(Asked("design", made.run, 0, tuple(of_table(dataset.rbp, dataset.pwms)), options))
    found = experiments.design(run)
    assert found["sequence"][:20] == start[:20]
    assert found["prediction"] == pytest.approx(results["prediction"])
    assert len(found["edits"]) == results["n"] == sum(a != b for a, b in zip(start, found["sequence"], strict=True))
    assert {"motif", "start", "change"} <= set(found["motifs"][0])


def test_what_was_measured_before_a_stop_is_not_measured_again(made, monkeypatch):
    asked = Asked("insert", made.run, 0, planted(), INSERT)
    seen = []

    def stop():
        return seen[-1].step == 3

    run = runs.create(spec=runs.get(made.run).spec, kind=experiments.KIND, payload=experiments.payload(asked))
    with pytest.raises(Cancelled):
        job.experiment(run.id, runs.folder(run.id), Callback(seen.append, cancelled=stop))
    assert seen[-1].stage == "Asking the model about poly-U"
    parts = sorted((runs.folder(run.id) / "parts").iterdir())
    assert len(parts) == 3
    marked = pd.read_parquet(parts[0]).assign(mean=99.0)
    marked.to_parquet(parts[0], index=False)
    job.experiment(run.id, runs.folder(run.id), Silent())
    table = experiments.effects(run.id)
    assert (table.loc[table["motif"] == planted()[0].name, "mean"] == 99).all(), "read back, not measured again"
    assert table["motif"].nunique() == 5


def test_motifs_survive_the_way_through_a_file(made):
    matrix = np.array([[0.5, 0.1], [0.25, 0.1], [0.25, 0.1], [0.0, 0.7]])
    motifs = (Motif("<b>x</b>", "MT", 0.5, matrix), *of_text("UUAG"))
    run = runs.create(
        spec=runs.get(made.run).spec,
        kind="experiment",
        payload=experiments.payload(Asked("ablate", made.run, 0, motifs)),
    )
    back = experiments.read_request(run)
    assert [(motif.name, motif.word) for motif in back.motifs] == [("<b>x</b>", "MT"), ("TTAG", "TTAG")]
    np.testing.assert_array_equal(back.motifs[0].pwm, matrix)
    assert np.isnan(back.motifs[1].strength)
    assert experiments.unique([*motifs, Motif("TTAG", "A")])[-1].word == "TTAG"
    assert experiments.of(made.run, "ablate")[0].id == run.id


def test_what_cannot_be_measured_is_said(made):
    with pytest.raises(UserError, match="no motif to measure"):
        job.start_experiment(Asked("insert", made.run, 0, (), INSERT))
    too_long = Asked("insert", made.run, 0, (Motif("long", "A" * 200),), INSERT)
    with pytest.raises(UserError, match="None of the motifs fits into the backgrounds, of at most 110 nt"):
        done(too_long)
    left = Asked("insert", made.run, 0, (Motif("long", "A" * 200), planted()[0]), INSERT)
    assert done(left)[1]["left_out"] == 1
