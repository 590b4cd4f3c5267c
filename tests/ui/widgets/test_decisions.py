"""Decisions on a page: open ones are asked first and stay to be changed, told ones stand in one table."""

from streamlit.testing.v1 import AppTest

from lib.io.decisions import Alternative, Decision, Reading, choose


def _script():
    import streamlit as st

    from lib.io.decisions import Alternative, Decision
    from lib.ui.widgets import decisions

    marks = (Alternative("point", "1,046 is 1046"), Alternative("comma", "1,046 is 1.046"))
    key = st.session_state.get("files", "one")
    reading = decisions.answers(key)
    found = [
        Decision("a.tsv", "Format", "", "TSV", "Tabs on every line."),
        Decision("a.tsv", "Decimal mark", "decimal", reading.decimal, "*1,046* can be read in two ways.", marks),
        Decision("b.tsv", "Decimal mark", "decimal", reading.decimal, "2,000 can be read in two ways.", marks),
        Decision(
            "a.tsv",
            "Coordinates",
            "coordinates",
            str(1 if reading.coordinates is None else reading.coordinates),
            "",
            (Alternative("0", "from 0"), Alternative("1", "from 1")),
        ),
        Decision(
            "a.tsv",
            "Excluded rows",
            "excluded_ok",
            "yes" if reading.excluded_ok else None,
            "3 of 9 rows.",
            (Alternative("", "go on without them"),),
        ),
    ]
    said = decisions.ask(found, key)
    decisions.decisions_table(found, key)
    st.text(f"{said.facts()} {decisions.is_open(found)}")


def control(app, option, files="one"):
    found = (*app.radio, *app.checkbox, *app.selectbox)
    return next(one for one in found if one.key.startswith(f"{files}-") and one.key.endswith(f"-read-{option}"))


def test_open_decisions_are_asked_without_a_default_and_can_be_changed():
    app = AppTest.from_function(_script, default_timeout=30).run()
    assert not app.exception
    assert len(app.radio) == 1, "one control for both files"
    assert (control(app, "decimal").label, control(app, "decimal").value, control(app, "decimal").options) == (
        "Decimal mark",
        None,
        ["1,046 is 1046", "1,046 is 1\\.046"],
    )
    said = next(item.value for item in app.markdown if "Decimal mark" in item.value)
    assert "a\\.tsv: \\*1,046\\*" in said and "b\\.tsv: 2,000" in said
    assert app.text[0].value == "{} True"
    assert app.dataframe[0].value["What"].tolist() == ["Format", "Coordinates"]
    control(app, "decimal").set_value("comma").run()
    control(app, "excluded_ok").check().run()
    assert app.text[0].value == "{'decimal': 'comma', 'excluded_ok': True} False"
    table = app.dataframe[0].value
    assert table[["File", "What", "Taken as"]].values.tolist()[1:3] == [
        ["a.tsv", "Decimal mark", "1,046 is 1.046"],
        ["b.tsv", "Decimal mark", "1,046 is 1.046"],
    ]
    control(app, "decimal").set_value("point").run()
    assert "'decimal': 'point'" in app.text[0].value


def test_what_was_found_can_be_changed_and_other_files_start_anew():
    app = AppTest.from_function(_script, default_timeout=30).run()
    app.selectbox(key="one-change-coordinates").set_value("0").run()
    assert "'coordinates': 0" in app.text[0].value
    assert control(app, "coordinates").value == "0", "it stays to be changed again"
    app.session_state["files"] = "two"
    app.run()
    assert app.text[0].value == "{} True"
    assert control(app, "decimal", "two").value is None


def test_a_choice_is_a_value_of_the_reading():
    assert choose(Reading(), "header_line", "3") == Reading(header_line=3)
    assert choose(Reading(excluded_ok=True), "excluded_ok", "no") == Reading()
    assert Decision("f", "Rows", "excluded_ok", None, "", (Alternative("", "go on"),)).flag == "--excluded-ok"
