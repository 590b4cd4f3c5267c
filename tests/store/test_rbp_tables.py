"""RBP tables of the workspace: what is kept comes back, and nothing half or foreign is used."""

import json
import logging

import numpy as np
import pytest

from lib.core.errors import DataError, UserError
from lib.io.decisions import Reading
from lib.io.files import Source
from lib.store import rbp_tables
from lib.store.files import folder_of

TABLE = b"Motif,Mean_RBP\nUUAG,3.5\nUGUAHAUA,-0.81\nGCACUU,1\n"
MEME = b"""MEME version 4
ALPHABET= ACGU
MOTIF a/b first
letter-probability matrix: alength= 4 w= 2
0.7 0.1 0.1 0.1
0 0 0 1
MOTIF ../../etc
letter-probability matrix: alength= 4 w= 3
0.25 0.25 0.25 0.25
1 0 0 0
0 1 0 0
"""


@pytest.fixture(autouse=True)
def workspace(home):
    return home


def test_a_table_comes_back_as_it_was_read():
    table_id = rbp_tables.keep(Source("Motifs.csv", TABLE))
    table = rbp_tables.load(table_id)
    assert table.frame["motif"].tolist() == ["TTAG", "TGTAHATA", "GCACTT"]
    assert table.frame["mean_rbp"].tolist() == [3.5, -0.81, 1.0]
    assert table.columns == ("Motif", "Mean_RBP") and table.pwms == {}
    row = rbp_tables.get(table_id)
    assert (row.id, row.name, row.motifs, row.pwms) == (table_id, "Motifs.csv", 3, 0)


def test_a_meme_file_comes_back_whatever_its_motifs_are_called():
    table = rbp_tables.load(rbp_tables.keep(Source("rbps.meme", MEME)))
    assert list(table.pwms) == ["a/b", "../../etc"] and len(table.frame) == 0
    np.testing.assert_allclose(table.pwms["a/b"], [[0.7, 0], [0.1, 0], [0.1, 0], [0.1, 1]])
    assert table.pwms["../../etc"].shape == (4, 3)


def test_the_id_is_of_the_content_and_the_first_name_stays():
    first = rbp_tables.keep(Source("one.csv", TABLE))
    tabs = TABLE.replace(b",", b"\t").replace(b"U", b"T")
    assert rbp_tables.keep(Source("two.tsv", tabs)) == first
    assert [row.name for row in rbp_tables.all()] == ["one.csv"]
    assert rbp_tables.keep(Source("other.csv", TABLE.replace(b"3.5", b"3.6"))) != first


def test_the_newest_stands_first_and_a_deleted_one_nowhere():
    ids = [rbp_tables.keep(Source(f"{n}.csv", TABLE.replace(b"3.5", str(n).encode()))) for n in (5, 6, 7)]
    assert [row.id for row in rbp_tables.all()] == ids[::-1]
    rbp_tables.delete(ids[1])
    assert [row.id for row in rbp_tables.all()] == [ids[2], ids[0]]
    with pytest.raises(UserError, match="no RBP table"):
        rbp_tables.load(ids[1])
    with pytest.raises(UserError, match="no RBP table"):
        rbp_tables.delete(ids[1])


def test_a_file_that_loses_many_rows_is_kept_with_consent_only():
    source = Source("bad.csv", b"Motif,Mean_RBP\nUUAG,3.5\nUU9G,1\nGGAC,strong\n")
    with pytest.raises(UserError, match=r"2 of 3 rows \(67%\) cannot be used.*line 3.*line 4.*--excluded-ok"):
        rbp_tables.keep(source)
    assert rbp_tables.all() == []
    assert len(rbp_tables.load(rbp_tables.keep(source, Reading(excluded_ok=True)))) == 1


def test_every_fault_of_a_file_is_listed_and_nothing_is_kept():
    with pytest.raises(DataError) as caught:
        rbp_tables.keep(Source("bad.csv", b"Motif,Mean_RBP\nUU9G,1\nGGAC,strong\n"))
    assert [problem.line for problem in caught.value.problems] == [2, 3]
    assert rbp_tables.all() == []


def test_a_file_that_is_too_large_is_said(monkeypatch):
    monkeypatch.setattr(rbp_tables, "LARGEST", 10)
    with pytest.raises(UserError, match="at most"):
        rbp_tables.keep(Source("Motifs.csv", TABLE))


@pytest.mark.parametrize("harm", ["no json", "cut json", "no motifs", "other motifs", "garbage", "no name"])
def test_a_damaged_table_is_told_and_mended_by_its_file(harm, caplog):
    sound = rbp_tables.keep(Source("sound.csv", TABLE.replace(b"3.5", b"9")))
    table_id = rbp_tables.keep(Source("Motifs.csv", TABLE))
    folder = folder_of(rbp_tables.KIND, table_id)
    facts = folder / rbp_tables.FACTS
    frame = folder / rbp_tables.FRAME
    if harm == "no json":
        facts.unlink()
    elif harm == "cut json":
        facts.write_text(facts.read_text()[:20])
    elif harm == "no name":
        facts.write_text(json.dumps({"motifs": 3}))
    elif harm == "no motifs":
        frame.unlink()
    elif harm == "garbage":
        frame.write_bytes(b"PAR1 not really")
    else:
        frame.write_bytes((folder_of(rbp_tables.KIND, sound) / rbp_tables.FRAME).read_bytes())
    with pytest.raises(UserError, match="damaged .*bring its file again"):
        rbp_tables.load(table_id)
    with caplog.at_level(logging.WARNING, "motiflens"):
        listed = {row.id for row in rbp_tables.all()}
    assert listed in ({sound}, {sound, table_id}) and (listed == {sound}) == (table_id in caplog.text)
    assert rbp_tables.keep(Source("Motifs.csv", TABLE)) == table_id
    assert len(rbp_tables.load(table_id)) == 3


def test_a_foreign_id_leads_nowhere():
    for strange in ("../datasets", "", "a b", "feedface"):
        with pytest.raises(UserError):
            rbp_tables.load(strange)
    assert rbp_tables.all() == []


def test_real_pwms_are_kept(shared):
    path = shared / "rbp-motifs" / "Ray2013_rbp_Homo_sapiens.dna_encoded.meme"
    table_id = rbp_tables.keep(Source(path.name, path))
    assert rbp_tables.get(table_id).pwms == 102
    assert all(matrix.shape[0] == 4 for matrix in rbp_tables.load(table_id).pwms.values())


MANY = b"kmer\tA1CF\tPUM1\nUGUA\t1\t4\nCCCC\t2\t\nUUUU\t3\t5\n"


def test_a_table_of_many_is_kept_by_protein():
    source = Source("many.tsv", MANY)
    with pytest.raises(UserError, match="--rbp-column A1CF"):
        rbp_tables.keep(source)
    one = rbp_tables.keep(source, Reading(rbp_column="A1CF"))
    every = rbp_tables.keep(source, Reading(rbp_column="all"))
    assert (
        rbp_tables.get(one).title == "many.tsv: A1CF" and rbp_tables.get(every).title == "many.tsv: mean of 2 proteins"
    )
    loaded = rbp_tables.load(every)
    assert loaded.collection.columns.tolist() == ["A1CF", "PUM1"] and loaded.collection.index.tolist() == [
        "TGTA",
        "CCCC",
        "TTTT",
    ]
    np.testing.assert_array_equal(loaded.collection["PUM1"], [4.0, np.nan, 5.0])
    assert loaded.frame["mean_rbp"].tolist() == [2.5, 2.0, 4.0]
    assert rbp_tables.load(one).protein == "A1CF" and rbp_tables.load(one).collection is None


def test_the_same_scores_of_another_protein_are_another_table():
    found = {
        name: rbp_tables.keep(Source("m.tsv", f"kmer\t{name}\nUGUA\t1\nUUUU\t2\n".encode())) for name in ("FUS", "PUM1")
    }
    assert found["FUS"] != found["PUM1"]
    assert {row.protein for row in rbp_tables.all()} == {"FUS", "PUM1"}
