"""A fault of the user is said as it is; a bug becomes a calm sentence with an id, and the log gets its traceback."""

import logging
import re

from streamlit.testing.v1 import AppTest


def user_error():
    from lib.core.errors import UserError
    from lib.ui import errors

    with errors.guard():
        raise UserError("3 rows; at least 50 are needed. Bring <b>more</b> *data*.")


def data_error():
    from lib.core.errors import DataError, Problem
    from lib.ui import errors

    with errors.guard():
        raise DataError("One fault.", [Problem("=cmd.csv", 7, "1h", "'abc'", "a number")])


def whole_file():
    from lib.core.errors import DataError, Problem
    from lib.ui import errors

    with errors.guard():
        raise DataError("x.csv is empty; bring a table.", [Problem("x.csv", None, "", "an empty file", "a table")])


def bug():
    import streamlit as st

    from lib.ui import errors

    with errors.guard():
        raise ZeroDivisionError("secret path")
    st.write("the rest of the page")


def control_flow():
    import streamlit as st

    from lib.ui import errors

    with errors.guard():
        st.stop()
    st.write("never")


def test_a_user_error_is_one_sentence_without_markup():
    at = AppTest.from_function(user_error).run()
    assert [error.value.replace("\\", "") for error in at.error] == [
        "3 rows; at least 50 are needed. Bring <b>more</b> *data*."
    ]
    assert r"\<b\>" in at.error[0].value and r"\*data\*" in at.error[0].value


def test_faults_of_a_file_stand_in_a_table():
    at = AppTest.from_function(data_error).run()
    table = at.dataframe[0].value
    assert table.iloc[0].tolist() == ["=cmd.csv", 7, "1h", "'abc'", "a number"]


def test_a_fault_of_a_whole_file_needs_no_table():
    at = AppTest.from_function(whole_file).run()
    assert len(at.error) == 1 and not at.dataframe


def test_a_bug_is_calm_and_logged_with_its_id(caplog):
    with caplog.at_level(logging.ERROR, logger="motiflens"):
        at = AppTest.from_function(bug).run()
    assert not at.exception
    sentence = at.error[0].value
    identifier = re.search(r"\*\*([0-9a-f]{8})\*\*", sentence).group(1)
    assert "secret path" not in sentence
    assert identifier in caplog.text and "ZeroDivisionError" in caplog.text
    assert at.markdown[0].value == "the rest of the page"


def test_control_flow_passes_through():
    at = AppTest.from_function(control_flow).run()
    assert not at.error and not at.exception and not at.markdown
