"""The choice of an RBP table: the dataset's own, another of the workspace, a file, a link."""

import pytest
from streamlit.testing.v1 import AppTest

from lib.io.files import Source
from lib.store import rbp_tables
from tests import finished
from tests.finished import healthy, words

TABLE = b"Motif,Mean_RBP\nUUAG,3.5\nGCACUU,1\n"
MEME = b"MEME version 4\nMOTIF x\nletter-probability matrix: w= 2\n1 0 0 0\n0 0 0 1\n"
NASTY = "<img src=x onerror=alert(1)>.csv"


def page():
    import streamlit as st

    from lib.ui.rbp import choice
    from lib.ui.widgets import cached

    dataset = choice.with_rbp(cached.dataset(st.query_params["dataset"]))
    st.text(f"motifs {0 if dataset.rbp is None else len(dataset.rbp)} pwms {len(dataset.pwms)}")
    st.text(f"key {choice.table_id(dataset)}")


@pytest.fixture
def demo(home, tmp_path):
    return finished.freeze(tmp_path / "files")


def start(demo, **query):
    app = AppTest.from_function(page, default_timeout=60)
    for name, value in {"dataset": demo, **query}.items():
        app.query_params[name] = value
    return app.run()


def said(app):
    return app.text[0].value


def test_the_table_of_the_dataset_comes_first(demo):
    app = start(demo)
    healthy(app)
    assert said(app) == "motifs 13 pwms 0"
    assert app.selectbox[0].options == ["simulated_rbp.csv of the dataset (13 motifs)"]
    assert "rbp" not in app.query_params


def test_a_file_is_kept_chosen_and_in_the_link(demo):
    app = start(demo)
    app.file_uploader[0].set_value((NASTY, TABLE, "text/csv")).run()
    healthy(app)
    (row,) = rbp_tables.all()
    assert said(app) == "motifs 2 pwms 0" and app.text[1].value == f"key {row.id}"
    assert app.query_params["rbp"] == row.id
    assert "<img" not in words(app).replace("\\<", "")
    app.selectbox[0].select_index(0).run()
    assert said(app) == "motifs 13 pwms 0" and "rbp" not in app.query_params


def test_a_link_chooses_and_the_session_remembers(demo):
    table = rbp_tables.keep(Source("x.meme", MEME))
    app = start(demo, rbp=table)
    healthy(app)
    assert said(app) == "motifs 0 pwms 1"
    del app.query_params["rbp"]  # another page was opened by a link of the sidebar
    app.run()
    assert said(app) == "motifs 0 pwms 1" and app.query_params["rbp"] == table


def test_tables_of_one_name_can_be_told_apart(demo):
    ids = [rbp_tables.keep(Source("same.csv", TABLE.replace(b"3.5", number))) for number in (b"4", b"5")]
    app = start(demo)
    assert len(set(app.selectbox[0].options)) == 3
    for table in ids:
        app.selectbox[0].select(table).run()
        healthy(app)
        assert app.text[1].value == f"key {table}"


@pytest.mark.parametrize("bad", ["feedfacefeedface", "../../etc/passwd", "<b>x</b>"])
def test_a_bad_link_is_a_sentence_and_can_be_let_go(demo, bad):
    app = start(demo, rbp=bad)
    healthy(app)
    assert said(app) == "motifs 13 pwms 0"
    assert "not in this workspace" in app.warning[0].value and "<b>" not in app.warning[0].value
    app.button(key="rbp-let-go").click().run()
    healthy(app)
    assert not app.warning and "rbp" not in app.query_params


def test_faults_of_a_file_are_listed(demo):
    app = start(demo)
    app.file_uploader[0].set_value(("bad.csv", b"Motif,Mean_RBP\nU9,2\nGG,x\n", "text/csv")).run()
    assert not app.exception and "no row can be used" in app.error[0].value
    assert app.dataframe[0].value["Line"].tolist() == [2, 3]
    assert said(app) == "motifs 13 pwms 0" and rbp_tables.all() == []


def test_a_file_that_loses_many_rows_asks_first(demo):
    app = start(demo)
    app.file_uploader[0].set_value(("bad.csv", b"Motif,Mean_RBP\nUUAG,1\nU9,2\nGG,x\n", "text/csv")).run()
    assert not app.exception and not app.error and rbp_tables.all() == []
    assert app.dataframe[0].value["Line"].tolist() == [3, 4]
    app.checkbox[0].check().run()
    assert not app.exception and said(app) == "motifs 1 pwms 0" and rbp_tables.all()[0].motifs == 1


def test_a_damaged_table_is_a_sentence(demo):
    table = rbp_tables.keep(Source("x.csv", TABLE))
    (rbp_tables.folder_of(rbp_tables.KIND, table) / rbp_tables.FRAME).write_bytes(b"PAR1")
    app = start(demo, rbp=table)
    assert not app.exception and "bring its file again" in app.error[0].value.replace("\\", "")
    assert said(app) == "motifs 13 pwms 0"
