"""The Motifs page: empty, with a discovery, one pattern, without an RBP table, hits, and a discovery that failed."""

from types import SimpleNamespace

import numpy as np
import pandas as pd
import pytest

from lib.jobs import attribute, discover
from lib.motifs.discover import Discovery
from lib.motifs.pattern import Pattern
from lib.store import attribution_sets, datasets, patterns, runs
from lib.store.set_choice import SetChoice
from tests import finished

PAGE = "pages/explain/motifs.py"
MUTATIONS = "in-silico-mutagenesis"


@pytest.fixture(scope="module")
def made(tmp_path_factory):
    return finished.make(tmp_path_factory.mktemp("motifs") / "home")


@pytest.fixture(autouse=True)
def workspace(made, monkeypatch):
    monkeypatch.setattr(attribute, "runner", lambda: SimpleNamespace(submit=lambda run_id: None))
    with finished.using(made.home):
        yield


@pytest.fixture(scope="module")
def discovery(made):
    """A finished discovery whose patterns are the planted UUAG and Pumilio sites of the demo."""
    with finished.using(made.home):
        dataset = datasets.load(made.dataset)
        run = runs.get(made.run)
        choice = SetChoice(made.run, MUTATIONS)
        payload = {"set": choice.to_json(), "discovery": {"strands": "single strand"}}
        job = runs.create(spec=run.spec, kind="discover", name="Motifs of First run", payload=payload)
        runs.transition(job.id, runs.RUNNING)
        found = [pattern_of(dataset, "TTAG", "+1", 1), pattern_of(dataset, "TGTAHATA", "-1", -1)]
        patterns.keep(job.id, found)
        runs.set_results(job.id, {"n": len(dataset), "patterns": 2})
        runs.transition(job.id, runs.FINISHED)
        return job.id


def pattern_of(dataset, motif, name, sign):
    planted = [(name_, start, end) for name_, word, start, end, _ in dataset.facts["truth"] if word == motif]
    table = pd.DataFrame(planted, columns=["id", "start", "end"])
    ppm = np.zeros((4, len(motif)))
    at = {str(one): row for row, one in enumerate(dataset.ids)}
    for one, start, end in planted:
        for place, letter in enumerate(dataset.sequences[at[one]][start:end]):
            ppm["ACGT".index(letter), place] += 1 / len(planted)
    return Pattern(name, sign, ppm, sign * 0.2 * ppm, table.assign(contribution=sign * 0.9, reversed=False))


def test_without_a_discovery_the_page_offers_one(made, monkeypatch):
    app = finished.open_page(PAGE, dataset=made.dataset, run=made.run)
    finished.healthy(app)
    said = finished.words(app)
    assert (
        "TF-MoDISco looks for recurring high-attribution segments" in said
        and "Single strand" in said
        and "About" in said
    )
    method = next(box for box in app.selectbox if box.label == "Attribution method")
    assert method.options == ["In-silico mutagenesis"], "a kmer-ridge has no gradients"
    app.button(key="discover-start").click().run()
    finished.healthy(app)
    job = discover.attribute.list_jobs(made.run, "discover")[0]
    assert job.payload["set"]["method"] == MUTATIONS and job.payload["discovery"]["strands"] == "single strand"
    assert "Motifs of First run" in finished.words(app)
    runs.transition(job.id, runs.CANCELLED)
    runs.delete(job.id)


def test_patterns_are_shown_with_what_they_do_and_resemble(made, discovery):
    app = finished.open_page(PAGE, dataset=made.dataset, run=made.run)
    finished.healthy(app)
    said = finished.words(app)
    assert "2 patterns in 160 sequences" in said.replace("*", "") and "1 raise" in said and "1 lower it" in said
    assert "2 resemble a known motif" in said and "a motif and its reverse complement are two patterns" in said
    assert "UUAG, q = 0.049" in said and "UGUAHAUA, q =" in said
    assert "UGUA" in said, "RNA letters are shown"


def test_one_pattern_in_depth(made, discovery):
    app = finished.open_page(PAGE, dataset=made.dataset, run=made.run, pattern="-1")
    finished.healthy(app)
    said = finished.words(app)
    assert (
        "Pattern -1: UGUA" in said
        and "lowers the prediction: the attributions of a copy sum to -1.60" in said.replace("−", "-")
    )
    assert "lower than that of the" in said and "TOMTOM, single strand" in said
    assert any("Seqlets" in str(item.value) for item in app.markdown)
    table = app.dataframe[0].value
    dataset = datasets.load(made.dataset)
    row = table.iloc[0]
    sequence = str(dataset.sequences[dataset.position(row["Sequence"])])
    assert sequence[row["From (nt)"] - 1 : row["To (nt)"]].replace("T", "U") == row["Letters"]


def test_hits_are_scanned(made):
    app = finished.open_page(PAGE, dataset=made.dataset, run=made.run, view="Scan")
    finished.healthy(app)
    table = app.dataframe[0].value
    assert {"Sequence", "Motif", "From (nt)", "To (nt)", "Mean_RBP"} <= set(table.columns)
    assert table["Motif"].str.contains("U").any() and not table["Motif"].str.contains("T").any()


def test_times_are_shown(made):
    finished.healthy(finished.open_page(PAGE, dataset=made.dataset, run=made.run, view="By time"))


def test_a_discovery_that_failed_says_what_to_change(made, discovery):
    choice = SetChoice(made.run, MUTATIONS, n=30)
    run_id = discover.start_discovery(choice, Discovery())
    runs.transition(run_id, runs.RUNNING)
    runs.transition(run_id, runs.FAILED, "There are 30 sequences; a pattern needs at least 20 seqlets.")
    app = finished.open_page(PAGE, dataset=made.dataset, run=made.run)
    assert not app.exception
    assert "a pattern needs at least 20 seqlets" in finished.words(app) and "2 patterns" in finished.words(app)
    runs.delete(run_id)


def test_without_a_table_nothing_is_compared_and_that_is_said(made, discovery, monkeypatch):
    from dataclasses import replace

    from lib.ui.widgets import cached

    plain = cached.dataset
    monkeypatch.setattr(cached, "dataset", lambda dataset_id: replace(plain(dataset_id), rbp=None, pwms={}))
    app = finished.open_page(PAGE, dataset=made.dataset, run=made.run, pattern="+1")
    finished.healthy(app)
    assert "no RBP table to compare them with" in finished.words(app)
    app = finished.open_page(PAGE, dataset=made.dataset, run=made.run, view="Scan")
    finished.healthy(app)
    assert "has no RBP table, so there is nothing to scan with" in finished.words(app)


def test_patterns_are_read_back_as_they_were_kept(made, discovery):
    some = patterns.load(discovery)
    dataset = datasets.load(made.dataset)
    again = pattern_of(dataset, "TTAG", "+1", 1)
    assert [one.name for one in some] == ["+1", "-1"] and some[0].sign == 1
    np.testing.assert_array_equal(some[0].ppm, again.ppm)
    pd.testing.assert_frame_equal(some[0].seqlets, again.seqlets, check_dtype=False)
    assert attribution_sets.choice_of(runs.get(discovery)).run == made.run
