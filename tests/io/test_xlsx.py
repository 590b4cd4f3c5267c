"""Of a workbook the sheet with the data is read, cell by cell as it was meant, and what Excel did to it is told."""

import datetime
import io
import re
import time
import zipfile
from collections.abc import Callable, Sequence

import openpyxl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from lib.core.errors import DataError
from lib.io import workbook
from lib.io.decisions import Decision, Reading
from lib.io.files import Source
from lib.io.numbers import inspect_numbers, numbers
from lib.io.table import Table
from lib.io.tables import read_table

VALUES = [["id", "2h", "8h"], *([f"g{i}", i / 4, i] for i in range(1, 5))]
LEGEND = [["Column", "Meaning"], ["2h", "two hours after the shift"], ["8h", "eight hours"], ["id", "gene"]]


def saved(book: openpyxl.Workbook) -> bytes:
    stream = io.BytesIO()
    book.save(stream)
    return stream.getvalue()


def made(sheets: dict[str, Sequence[Sequence[object]]]) -> openpyxl.Workbook:
    book = openpyxl.Workbook()
    book.remove(book.active)
    for name, rows in sheets.items():
        sheet = book.create_sheet(name)
        for row in rows:
            sheet.append(row)
    return book


def read(sheets: dict[str, Sequence[Sequence[object]]] | openpyxl.Workbook, sheet: str | None = None) -> Table:
    book = made(sheets) if isinstance(sheets, dict) else sheets
    return read_table(Source("e.xlsx", saved(book)), Reading(sheet=sheet))


def told(table: Table, topic: str) -> Decision:
    (decision,) = [one for one in table.decisions if one.topic == topic]
    return decision


def edited(data: bytes, change: Callable[[str], str], part: str = "xl/worksheets/sheet1.xml") -> bytes:
    """Change the XML of a sheet."""
    stream = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(data)) as old, zipfile.ZipFile(stream, "w", zipfile.ZIP_DEFLATED) as new:
        for info in old.infolist():
            text = old.read(info).decode()
            new.writestr(info.filename, change(text) if info.filename == part else text)
    return stream.getvalue()


def test_the_sheet_with_the_data_is_found_and_the_others_are_named() -> None:
    table = read({"Legend": LEGEND, "Blank": [], "Values": VALUES, "Notes": [["see the paper"]]})
    assert table.text("2h").tolist() == ["0.25", "0.5", "0.75", "1"]
    decision = told(table, "Sheet")
    assert (decision.chosen, decision.flag) == ("Values", "--sheet")
    assert "Legend (no table of numbers or sequences), Notes (no table of numbers or sequences)" in decision.evidence
    assert [(one.value, one.label) for one in decision.alternatives] == [
        ("Legend", "Legend: 4 rows, 2 columns"),
        ("Values", "Values: 5 rows, 3 columns"),
        ("Notes", "Notes: 1 row, 1 column"),
    ]
    assert read({"Values": VALUES}).decisions == ()
    assert read({"Values": VALUES, "Legend": LEGEND}, "legend").text("Column").tolist() == ["2h", "8h", "id"]


def test_two_sheets_of_data_are_asked_about() -> None:
    sequences = [["id", "utr"], *([f"g{i}", "ACGTACGTAC" + "ACGT"[i % 4]] for i in range(9))]
    table = read({"Values": VALUES, "Sequences": sequences, "Legend": LEGEND})
    decision = told(table, "Sheet")
    assert decision.is_open
    assert decision.evidence == "2 sheets hold tables of numbers or sequences: Values, Sequences."
    assert list(table.frame.columns) == ["id", "utr"], "the largest is shown until one is chosen"
    chosen = read({"Values": VALUES, "Sequences": sequences}, "Values")
    assert (told(chosen, "Sheet").chosen, list(chosen.frame.columns)) == ("Values", ["id", "2h", "8h"])
    with pytest.raises(
        DataError, match=r"e\.xlsx has no sheet called values 2 that is filled; choose one of Values, L"
    ):
        read({"Values": VALUES, "Legend": LEGEND}, "values 2")


def test_a_short_list_of_samples_is_no_rival() -> None:
    samples = [["sample", "hours"], ["s1", 2], ["s2", 8], ["s3", 9]]
    many = [["id", "2h"], *([f"g{i}", i] for i in range(80))]
    decision = told(read({"Samples": samples, "Counts": many}), "Sheet")
    assert (decision.chosen, decision.evidence[-27:]) == ("Counts", "Not read: Samples (4 rows only)."[-27:])


def test_hidden_sheets_of_data_give_way() -> None:
    book = made({"Old": VALUES, "New": [["id", "2h"], *VALUES[1:]]})
    book["Old"].sheet_state = "hidden"
    decision = told(read(book), "Sheet")
    assert (decision.chosen, "Old (hidden)" in decision.evidence) == ("New", True)


def test_blank_cells_far_away_cost_nothing() -> None:
    book = made({"Values": VALUES})
    book["Values"].cell(1_048_576, 16_384, " ")
    book["Values"].cell(900_000, 3).font = openpyxl.styles.Font(bold=True)
    started = time.monotonic()
    table = read(book)
    assert time.monotonic() - started < 2
    assert (table.frame.shape, table.lines.tolist()) == ((4, 3), [2, 3, 4, 5])


def test_a_filled_cell_far_away_is_one_more_row_and_column() -> None:
    book = made({"Values": VALUES})
    book["Values"].cell(1_048_576, 16_384, "note")
    table = read(book)
    assert table.frame.shape == (5, 4)
    assert table.lines.tolist() == [2, 3, 4, 5, 1_048_576]


def test_cells_scattered_over_a_sheet_are_refused() -> None:
    rows = "".join(f'<row r="{i}"><c r="{workbook_column(i)}{i}"><v>1</v></c></row>' for i in range(1, 9000))
    data = edited(saved(made({"S": VALUES})), lambda text: re.sub(r"<row.*</row>", rows, text))
    with pytest.raises(DataError, match="nearly all blank; keep only the table"):
        read_table(Source("e.xlsx", data))


def workbook_column(i: int) -> str:
    return openpyxl.utils.get_column_letter(i)


def test_dates_among_ids_are_shown_as_excel_does_and_named_as_mangled_genes() -> None:
    rows = [["gene", "2h"], *([f"G{i}", i] for i in range(8))]
    rows += [[datetime.datetime(2024, 9, 2), 7], [datetime.datetime(2024, 3, 1), 8]]
    book = made({"Values": rows})
    book["Values"]["A10"].number_format = book["Values"]["A11"].number_format = "d-mmm"
    table = read(book)
    assert table.text("gene").tolist()[-2:] == ["2-Sep", "1-Mar"]
    evidence = told(table, "Dates").evidence
    assert evidence.startswith("Dates among text or numbers: 2 (2-Sep in A10, 1-Mar in A11), probably gene names")
    assert "MARCH1, SEPT2" in evidence and "doi:10.1186/s13059-016-1044-7" in evidence


def test_a_column_of_dates_stays_one() -> None:
    day = datetime.datetime(2021, 5, 4)
    rows = [["id", "taken", "2h"], *([f"G{i}", day + datetime.timedelta(days=i), i] for i in range(4))]
    table = read({"Values": rows})
    assert table.text("taken").tolist() == ["2021-05-04", "2021-05-05", "2021-05-06", "2021-05-07"]
    assert table.decisions == ()


def test_a_number_that_excel_made_a_date_is_no_number() -> None:
    rows = [["id", "2h"], ["a", 1.25], ["b", datetime.datetime(2024, 5, 1)], ["c", 2.5], ["d", 3]]
    book = made({"Values": rows})
    book["Values"]["B3"].number_format = "d-mmm"
    table = read(book)
    assert table.text("2h").tolist() == ["1.25", "1-May", "2.5", "3"]
    assert "1-May in B3). Excel makes them" in told(table, "Dates").evidence


def test_errors_are_named_and_exclude_their_rows() -> None:
    book = made({"Values": [["id", "2h", "8h"], ["a", 1, 2], ["b", "#DIV/0!", 3], ["c", "#N/A", 4], ["d", "#REF!", 5]]})
    table = read(book)
    assert "Errors of Excel: 3 (#DIV/0! in B3, #N/A in B4, #REF! in B5)" in told(table, "Error cells").evidence
    _, faults = numbers(table, ["2h"], table.text("id").to_numpy(object))
    assert [(fault.line, fault.found) for fault in faults] == [
        (3, "#DIV/0!, an error of a spreadsheet"),
        (5, "#REF!, an error of a spreadsheet"),
    ]


def test_formulas_without_a_stored_value_are_named() -> None:
    rows = [["id", "2h", "8h"], ["a", 1, "=B2*2"], ["b", 2, "=B3*2"], ["c", 3, 6]]
    table = read({"Values": rows})
    assert table.text("8h").tolist() == ["=B2*2", "=B3*2", "6"]
    evidence = told(table, "Formulas").evidence
    assert "Formulas without a stored value: 2 (C2, C3); open the workbook in Excel or LibreOffice, save it" in evidence
    with pytest.raises(DataError, match="formulas whose values were never stored .C2, C3.; open it in Excel or Libre"):
        read({"Values": [["id", "name", "8h"], ["a", "x", "=1+1"], ["b", "y", "=1+2"]]})


def test_stored_values_of_formulas_are_read() -> None:
    data = saved(made({"Values": VALUES}))
    change = lambda text: text.replace('t="n"><v>0.25</v>', "><f>1/4</f><v>0.25</v>")  # noqa: E731
    table = read_table(Source("e.xlsx", edited(data, change)))
    assert (table.text("2h")[0], table.decisions) == ("0.25", ())


def test_merged_cells_hold_their_value_everywhere() -> None:
    rows = [["Table S1", None, None], ["gene", "rep", "2h"], ["A", 1, 2.5], [None, 2, 3.5], ["B", 1, 4.5]]
    book = made({"Values": rows})
    for area in ("A1:C1", "A3:A4"):
        book["Values"].merge_cells(area)
    table = read(book)
    assert told(table, "Merged cells").evidence.startswith("Ranges of merged cells: 1 (A3:A4)")
    cells = table.frame.to_numpy(dtype=str).tolist()
    assert ["A", "2", "3.5"] in cells and ["A", "1", "2.5"] in cells
    assert sum("Table S1" in row for row in cells) <= 1, "a title is one cell"


def test_merged_ranges_on_each_other_are_refused() -> None:
    data = saved(made({"V": [["id", *map(str, range(60))], *([f"g{i}", *range(60)] for i in range(500))]}))
    merged = "<mergeCells>" + '<mergeCell ref="B2:ZZ9999"/>' * 2000 + "</mergeCells>"
    with pytest.raises(DataError, match="unmerge the cells"):
        read_table(Source("e.xlsx", edited(data, lambda text: text.replace("</sheetData>", "</sheetData>" + merged))))


def test_numbers_keep_their_digits_and_zeros_in_front() -> None:
    book = made({"Values": [["id", "2h"], [7, 2.5], [12, 1e-300], [130, 123456789012345], [5, 2.0]]})
    for row in range(2, 6):
        book["Values"].cell(row, 1).number_format = "000"
    table = read(book)
    assert table.text("id").tolist() == ["007", "012", "130", "005"]
    assert table.text("2h").tolist() == ["2.5", "1e-300", "123456789012345", "2"]


def by_hand(rows: str, strings: str = "") -> Table:
    """Read a workbook of the fewest parts."""
    kind = "http://schemas.openxmlformats.org/officeDocument/2006/relationships/"
    link = f'<Relationship Id="r%d" Type="{kind}%s" Target="%s"/>'.__mod__
    links = link((1, "worksheet", "/xl/a.xml")) + link((2, "sharedStrings", "s.xml"))
    parts = {
        "_rels/.rels": f"<r>{link((1, 'officeDocument', 'xl/workbook.xml'))}</r>",
        "xl/_rels/workbook.xml.rels": f"<r>{links}</r>",
        "xl/workbook.xml": '<w xmlns:r="x"><sheets><sheet name="S" r:id="r1"/></sheets></w>',
        "xl/a.xml": f"<worksheet><sheetData>{rows}</sheetData></worksheet>",
        "xl/s.xml": f"<sst>{strings}</sst>",
    }
    stream = io.BytesIO()
    with zipfile.ZipFile(stream, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, text in parts.items():
            archive.writestr(name, text)
    return read_table(Source("e.xlsx", stream.getvalue()))


@settings(max_examples=25, deadline=None)
@given(
    cells=st.lists(
        st.tuples(st.floats(allow_nan=False, allow_infinity=False), st.integers(-(10**14), 10**14)),
        min_size=2,
        max_size=6,
    )
)
def test_numbers_come_back_exactly(cells: list[tuple[float, int]]) -> None:
    rows = "<row><c t='str'><v>id</v></c><c t='str'><v>2h</v></c><c t='str'><v>8h</v></c></row>"
    for i, (real, whole) in enumerate(cells):
        rows += f"<row><c t='str'><v>g{i}</v></c><c><v>{real!r}</v></c><c><v>{whole}</v></c></row>"
    table = by_hand(rows)
    assert list(map(float, table.text("2h"))) == [pair[0] for pair in cells]
    assert list(map(int, table.text("8h"))) == [pair[1] for pair in cells]


def test_texts_of_any_shape() -> None:
    book = made({"V": [["id", "ok", "2h"], ["Müller <&> ", True, 1], ["  b", False, 2], ["c", True, 3]]})
    assert read(book).frame["id"].tolist() == ["Müller <&> ", "  b", "c"]
    assert read(book).text("ok").tolist() == ["True", "False", "True"]
    rich = "<si><r><t>ge</t></r><r><t xml:space='preserve'>ne </t></r><rPh><t>no</t></rPh></si><si><t>2h</t></si>"
    header = "<row><c t='s'><v>0</v></c><c t='s'><v>1</v></c></row>"
    table = by_hand(
        header + "<row><c t='inlineStr'><is><r><t>a</t></r><r><t>b</t></r></is></c><c><v>3</v></c></row>", rich
    )
    assert (list(table.frame.columns), table.text("gene")[0], table.text("2h")[0]) == (["gene", "2h"], "ab", "3")


def test_cells_without_references_and_with_prefixes() -> None:
    def change(text: str) -> str:
        text = re.sub(r' r="[A-Z]*\d+"', "", text)
        text = text.replace('xmlns="', 'xmlns:x="')
        return re.sub(r"<(/?)(\w)", r"<\1x:\2", text)

    table = read_table(Source("e.xlsx", edited(saved(made({"V": VALUES})), change)))
    assert table.text("8h").tolist() == ["1", "2", "3", "4"]


def test_bombs_and_damage_are_one_sentence() -> None:
    data = saved(made({"V": VALUES}))
    blank = '<row r="9">' + "<c/>" * 5_000_000 + "</row></sheetData>"
    bomb = edited(data, lambda text: text.replace("</sheetData>", blank))
    with pytest.raises(DataError, match="unpacks to over 200 times its size .*; if it is yours, save the sheet as CSV"):
        read_table(Source("e.xlsx", bomb))
    entities = '<!DOCTYPE x [<!ENTITY a "aaaa">]><worksheet'
    for broken in (
        data[:-40],
        edited(data, lambda text: text.replace("<worksheet", entities)),
        edited(data, lambda text: text[:-200]),
        edited(data, lambda text: text.replace('<c r="A2"', '<c s="x"')),
        edited(data, lambda text: text.replace('t="n"', 't="s"')),
        edited(data, lambda text: text[:200], "xl/workbook.xml"),
    ):
        with pytest.raises(DataError, match=r"e\.xlsx cannot be opened as a workbook; save it again"):
            read_table(Source("e.xlsx", broken))


def test_a_sheet_of_too_many_cells_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(workbook, "MOST_CELLS", 10)
    with pytest.raises(DataError, match="the sheet V holds more than 10 filled cells; save it as CSV"):
        read({"V": VALUES})
    monkeypatch.setattr(workbook, "MOST_CELLS", 1000)
    monkeypatch.setattr(workbook, "MOST_TEXT", 10)
    with pytest.raises(DataError, match="the sheet V holds over 10 letters; save it as CSV"):
        read({"V": VALUES})


def test_an_empty_or_binary_workbook() -> None:
    with pytest.raises(DataError, match="holds no filled cells"):
        read({"A": [], "B": [[" "]]})
    change = lambda text: text.replace("xl/workbook.xml", "xl/workbook.bin")  # noqa: E731
    with pytest.raises(DataError, match=r"binary workbook \(\.xlsb\); save it as \.xlsx"):
        read_table(Source("e.xlsb", edited(saved(made({"V": VALUES})), change, "_rels/.rels")))


def test_numbers_with_a_type_have_points_and_texts_are_asked_about() -> None:
    table = read({"V": [["id", "2h"], ["a", 2.906], ["b", 12], ["c", 1.5 - 0.123]]})
    marks = inspect_numbers(table, ["2h"])
    assert marks.decisions == ()
    assert numbers(table, ["2h"], table.text("id").to_numpy(object), marks)[0][:, 0].tolist() == [2.906, 12, 1.377]
    texts = read({"V": [["id", "2h"], ["a", "2,906"], ["b", "12"], ["c", "1,377"]]})
    assert [one.is_open for one in inspect_numbers(texts, ["2h"]).decisions] == [True]
