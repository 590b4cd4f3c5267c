"""The RBP tables of the Vocabulary page, from app.py: tables, PWMs, thresholds, links, and what cannot be shown."""

import itertools
import re
from dataclasses import replace

import numpy as np
import pandas as pd
import pytest

from lib.datasets import pipeline, simulate
from lib.datasets.draft import ImportChoices
from lib.datasets.targets import TargetChoice
from lib.io.decisions import Reading
from lib.io.files import Source
from lib.motifs.scan import Scanner
from lib.store import datasets, rbp_tables
from lib.ui.rbp import numbers
from lib.ui.rbp import table as rbp_table
from lib.ui.widgets import state
from tests import finished
from tests.finished import healthy, open_page, words

MEME = b"""MEME version 4
ALPHABET= ACGU
MOTIF <b>first</b>
letter-probability matrix: alength= 4 w= 4
0 0 0 1
0 0 0 1
1 0 0 0
0 0 1 0
MOTIF second
letter-probability matrix: alength= 4 w= 3
0.4 0.2 0.2 0.2
0 1 0 0
0 0 0 1
"""
TABLES = "RBP tables"


@pytest.fixture(autouse=True)
def workspace(home):
    return home


@pytest.fixture
def demo(tmp_path):
    return finished.freeze(tmp_path / "files")


def view(dataset, **query):
    return open_page(state.VOCABULARY, dataset=dataset, view=TABLES, **query)


def fact(app, label):
    """The number below a label of a line of facts."""
    html = " ".join(item.proto.body for item in app.get("html"))
    found = re.search(rf"<span>{re.escape(label)}</span> <b>(.*?)</b>", html)
    return found and found.group(1)


def motifs(app):
    return next(table.value for table in app.dataframe if "hits" in table.value.columns)


def kept(table, threshold, dataset):
    """What the scanner finds in the training part."""
    scanner = Scanner(table, threshold=threshold)
    return [len(scanner.hits(sequence)) for sequence in dataset.sequences[dataset.rows("train")]]


def test_the_table_of_the_demo_is_counted_in_the_training_part(demo):
    app = view(demo)
    healthy(app)
    dataset = datasets.load(demo)
    hits = kept(dataset.rbp, None, dataset)
    assert fact(app, "Motifs") == "13" and fact(app, "Width") == "4 to 8 nt" and fact(app, "Letters") == "IUPAC in 1"
    assert fact(app, "Training sequences") == str(len(dataset.rows("train"))) == "128"
    assert fact(app, "Hits per sequence, mean") == f"{np.mean(hits):.2f}"
    assert fact(app, "Median") == f"{np.median(hits):g}"
    assert "n = 128" in words(app) and "Pearson r" in words(app) and "Spearman ρ" in words(app)
    table = motifs(app)
    assert table["mean_rbp"].is_monotonic_decreasing and int(table["hits"].sum()) == sum(hits)
    assert len(app.get("plotly_chart")) == 5


def test_a_threshold_by_value_and_by_share_is_in_the_link_and_exact(demo):
    app = view(demo)
    dataset = datasets.load(demo)
    app.number_input(key="rbp-threshold").set_value(3.0).run()
    healthy(app)
    strong = dataset.rbp[dataset.rbp["mean_rbp"] >= 3.0]
    assert app.query_params["rbp_min"] == "3"
    assert fact(app, "Motifs kept") == f"{len(strong)} ({len(strong) / 13:.1%})"
    assert fact(app, "Hits per sequence, mean") == f"{np.mean(kept(dataset.rbp, 3.0, dataset)):.2f}"
    assert set(motifs(app)["motif"]) == set(strong["motif"])
    assert app.slider(key="rbp-share").value == pytest.approx(100 * (13 - len(strong)) / 13, abs=0.5)
    app.slider(key="rbp-share").set_value(50.0).run()
    healthy(app)
    values = np.sort(dataset.rbp["mean_rbp"])
    assert len(motifs(app)) == 7 and float(app.query_params["rbp_min"]) == pytest.approx(values[6], rel=1e-5)
    app.slider(key="rbp-share").set_value(50.5).run()
    assert app.slider(key="rbp-share").value == 50.5 and len(motifs(app)) == 7, "small steps add up in a small table"
    again = view(demo, rbp_min=app.query_params["rbp_min"])
    assert motifs(again)["motif"].tolist() == motifs(app)["motif"].tolist()


def test_no_motif_above_the_threshold_says_so_and_offers_a_way(demo):
    app = view(demo, rbp_min="99")
    healthy(app)
    assert "No motif has a Mean_RBP of at least 99; the highest is 3." in words(app)
    assert not app.get("plotly_chart")
    app.button(key="rbp-strongest").click().run()
    healthy(app)
    assert len(motifs(app)) == 1 and app.get("plotly_chart")


@pytest.mark.parametrize("strange", ["nan", "abc", "inf", "<b>"])
def test_a_strange_threshold_in_a_link_is_as_none(demo, strange):
    app = view(demo, rbp_min=strange, pwm_min=strange)
    healthy(app)
    assert fact(app, "Motifs kept") == "13 (100.0%)"


def test_search_order_and_letters(demo):
    app = view(demo, rna="true", rbp_search="uuag")
    healthy(app)
    assert motifs(app)["motif"].tolist() == ["UUAG"]
    app.text_input(key="rbp_search").set_value("<b>no such</b>").run()
    healthy(app)
    assert "No motif of the 13 holds <b>no such</b>" in words(app) and "\\<b" in app.info[0].value
    app.text_input(key="rbp_search").set_value("").run()
    app.segmented_control(key="rbp-order").set_value(rbp_table.EFFECT).run()
    sizes = motifs(app)["r"].abs().fillna(-1)
    assert sizes.is_monotonic_decreasing


def test_pwms_have_logos_and_a_relative_score(demo):
    table = rbp_tables.keep(Source("rbps.meme", MEME))
    app = view(demo, rbp=table, rna="true")
    healthy(app)
    assert fact(app, "PWMs") == "2" and fact(app, "Width") == "3 to 4 nt"
    assert motifs(app)["consensus"].tolist() == ["UUAG", "ACU"]
    assert motifs(app)["bits"].tolist() == pytest.approx([8.0, 4.078], abs=1e-3)
    assert len(app.get("image")) == 2 and "\\<b\\>first" in " ".join(item.value for item in app.markdown)
    hits = int(motifs(app)["hits"].iloc[0])
    dataset = datasets.load(demo)
    assert hits == sum(kept(pd.DataFrame({"motif": ["TTAG"], "mean_rbp": [1.0]}), None, dataset))
    app.slider(key="pwm-threshold").set_value(0.75).run()
    healthy(app)
    assert app.query_params["pwm_min"] == "0.75" and int(motifs(app)["hits"].iloc[0]) >= hits
    app.text_input(key="rbp_search").set_value("second").run()
    assert len(app.get("image")) == 1


def test_motifs_longer_than_every_sequence_are_said(demo):
    table = rbp_tables.keep(Source("long.csv", b"Motif,Mean_RBP\n" + b"ACGU" * 30 + b",2\n" + b"N" * 119 + b"A,1\n"))
    app = view(demo, rbp=table)
    healthy(app)
    assert "at least 120 nt, and the longest training sequence has 110 nt" in words(app)
    assert not app.get("plotly_chart")


def test_motifs_that_hit_nothing_are_said(demo):
    table = rbp_tables.keep(Source("rare.csv", b"Motif,Mean_RBP\n" + b"ACGU" * 9 + b",2\n"))
    app = view(demo, rbp=table)
    healthy(app)
    assert "hits any of the 128 training sequences" in words(app)


def test_as_many_hits_in_every_sequence_are_no_fault(demo):
    table = rbp_tables.keep(Source("any.csv", b"Motif,Mean_RBP\nNR,1\nNY,1\n"))
    app = view(demo, rbp=table)
    healthy(app)
    assert "every sequence has the same number" in words(app) and fact(app, "Hits per sequence, mean") == "109.00"


def test_a_table_can_be_deleted_and_the_own_one_comes_back(demo):
    table = rbp_tables.keep(Source("rbps.meme", MEME))
    app = view(demo, rbp=table)
    app.button(key="rbp-delete").click().run()
    healthy(app)
    assert rbp_tables.all() == [] and "rbp" not in app.query_params and fact(app, "Motifs") == "13"


def test_another_table_starts_with_a_threshold_of_its_own(demo):
    table = rbp_tables.keep(Source("rbps.csv", b"Motif,Mean_RBP\nUUAG,300\nGCACUU,100\n"))
    app = view(demo, rbp_min="3")
    app.selectbox(key="rbp-choice").set_value(table).run()
    healthy(app)
    assert fact(app, "Motifs kept") == "2 (100.0%)" and "rbp_min" not in app.query_params


def test_no_table_at_all_says_what_to_do(tmp_path):
    files = simulate.write_demo(tmp_path / "files", n=160)
    read = pipeline.understand(*(Source(path.name, path) for path in (files.expression, files.sequences)))
    dataset = datasets.freeze(pipeline.build(read, ImportChoices(name="<i>Plain</i>")))
    app = view(dataset)
    healthy(app)
    assert "was frozen without an RBP table" in words(app) and "Upload another table" in words(app)
    app.file_uploader[0].set_value(("mine.csv", b"Motif,Mean_RBP\nUUAG,2\nGCACUU,1\n", "text/csv")).run()
    healthy(app)
    assert fact(app, "Motifs") == "2"


def test_one_of_several_targets_is_chosen(tmp_path):
    dataset = finished.freeze(tmp_path / "files", target=TargetChoice(kind="all"))
    app = view(dataset)
    healthy(app)
    names = datasets.load(dataset).target_names
    first = motifs(app)["r"].tolist()
    app.selectbox(key="rbp_target").set_value(names[-1]).run()
    healthy(app)
    assert f"{names[-1]}" in words(app) and motifs(app)["r"].tolist() != first


def test_very_large_training_parts_are_sampled_and_the_same_each_time():
    rows, lengths = np.arange(50, 150), np.full(100, 10)
    assert numbers.sample_rows(rows, lengths, most=1000) is rows
    few = numbers.sample_rows(rows, lengths, most=255)
    assert len(few) == 25 and set(few) <= set(rows) and (np.diff(few) > 0).all()
    np.testing.assert_array_equal(few, numbers.sample_rows(rows, lengths, most=255))


def test_what_was_counted_never_holds_the_test_part(demo):
    dataset = datasets.load(demo)
    known = numbers.count_hits(dataset)
    assert set(dataset.parts[known.rows]) == {"train"}
    other = replace(dataset, rbp=pd.DataFrame({"motif": ["TTAG"], "mean_rbp": [1.0]}))
    assert numbers.count_hits(other).hits.motifs == ("TTAG",), "another table is counted anew"


def test_real_pwms_and_kmers_on_the_page(demo, shared):
    path = shared / "rbp-motifs" / "Ray2013_rbp_Homo_sapiens.dna_encoded.meme"
    app = view(demo, rbp=rbp_tables.keep(Source(path.name, path)))
    healthy(app)
    assert fact(app, "PWMs") == "102" and len(app.get("image")) == 12
    page = next(item for item in app.number_input if item.label == "Page of 9")
    page.set_value(9).run()
    healthy(app)
    assert len(app.get("image")) == 102 - 8 * 12
    path = shared / "transite" / "transite_kmers_enrichment.csv"
    app = view(demo, rbp=rbp_tables.keep(Source(path.name, path)), rbp_min="0")
    healthy(app)
    assert fact(app, "Hits per sequence, mean") == "105.00", "every window of 110 nt is one of the 4,096 6-mers"


def many(proteins=("A1CF", "PUM1", "ELAVL1")):
    """A table of all 3-mers and several proteins, one of them with a hostile name."""
    kmers = ["".join(letters) for letters in itertools.product("ACGU", repeat=3)]
    rng = np.random.default_rng(3)
    scores = rng.random((64, len(proteins))).round(3)
    rows = [f"{kmer}\t" + "\t".join(map(str, row)) for kmer, row in zip(kmers, scores, strict=True)]
    return "\n".join(["kmer\t" + "\t".join(proteins), *rows]).encode(), scores


def test_a_table_of_many_asks_for_its_protein_and_shows_the_name(demo):
    text, scores = many()
    app = view(demo)
    app.file_uploader[0].set_value(("many.tsv", text, "text/plain")).run()
    healthy(app)
    (asked,) = [item for item in app.radio if item.label == "Protein"]
    assert asked.value is None and len(asked.options) == 4 and rbp_tables.all() == []
    asked.set_value("PUM1").run()
    healthy(app)
    (row,) = rbp_tables.all()
    assert row.title == "many.tsv: PUM1" and row.id in app.query_params["rbp"]
    html = " ".join(item.proto.body for item in app.get("html"))
    assert "many.tsv: PUM1" in html and fact(app, "PUM1 score") is not None and fact(app, "Mean_RBP") is None
    table = next(item.value for item in app.dataframe if "specificity" in item.value.columns)
    assert table["protein"].tolist() == ["PUM1"]
    assert table["specificity"].tolist() == [scores[:, 1].max() / np.median(scores[:, 1])]


def test_all_proteins_are_kept_and_described(demo):
    table_id = rbp_tables.keep(Source("many.tsv", many()[0]), Reading(rbp_column="all"))
    app = view(demo, rbp=table_id)
    healthy(app)
    table = next(item.value for item in app.dataframe if "specificity" in item.value.columns)
    assert table["protein"].tolist() == ["A1CF", "PUM1", "ELAVL1"] and table["mutants"].tolist() == [9, 9, 9]
    assert "many.tsv: mean of 3 proteins" in " ".join(item.proto.body for item in app.get("html"))


def test_a_faulty_table_of_many_is_one_sentence(demo):
    app = view(demo)
    app.file_uploader[0].set_value(("s.fa", b">a\nACGTACGTACGT\n>b\nACGTACGTACGA\n", "text/plain")).run()
    assert "holds sequences" in app.error[0].value and rbp_tables.all() == []
