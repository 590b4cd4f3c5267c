"""A packed file is read like the file itself; what unpacks to more than any data does is refused early."""

import bz2
import gzip
import io
import lzma
import tarfile
import time
import zipfile

import numpy as np
import openpyxl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from lib.core.errors import DataError
from lib.io import containers
from lib.io.decisions import Reading, Undecided
from lib.io.files import Source, open_source, read_unpacked
from lib.io.sequences import read_sequences
from lib.io.tables import read_table

TEXT = b"id,2h,8h\n007,1.5,2\nb,3,4\n"
PACKINGS = {"gz": gzip.compress, "bz2": bz2.compress, "xz": lzma.compress}


def archive(files: dict[str, bytes], packing: int = zipfile.ZIP_DEFLATED) -> bytes:
    stream = io.BytesIO()
    with zipfile.ZipFile(stream, "w", packing) as made:
        for name, data in files.items():
            made.writestr(name, data)
    return stream.getvalue()


def refusal(data: bytes, reading: Reading | None = None) -> str:
    with pytest.raises(DataError) as caught:
        open_source(Source("e.zip", data), reading or Reading())
    assert caught.value.problems[0].file == "e.zip"
    return str(caught.value)


@pytest.mark.parametrize("pack", PACKINGS.values(), ids=PACKINGS)
def test_a_packed_table(pack) -> None:
    table = read_table(Source("t.csv", pack(TEXT)))
    assert table.text("id").tolist() == ["007", "b"]
    assert table.decisions == (), "what is plain needs no words"


@pytest.mark.parametrize("pack", PACKINGS.values(), ids=PACKINGS)
def test_several_streams_put_end_to_end(pack) -> None:
    """bgzip, pbzip2 and pixz write files of many parts."""
    assert read_unpacked(Source("t", pack(TEXT[:9]) + pack(b"") + pack(TEXT[9:]))) == TEXT


@settings(max_examples=40, deadline=None)
@given(data=st.binary(min_size=1), cut=st.integers(1, 40), packing=st.sampled_from(sorted(PACKINGS)))
def test_a_cut_file_is_damaged_and_a_whole_one_comes_back(data: bytes, cut: int, packing: str) -> None:
    data = b"id," + data
    packed = PACKINGS[packing](data)
    assert containers.unpack_stream("t", packed) == data
    with pytest.raises(DataError, match=r"damaged .*; compress or upload it again"):
        containers.unpack_stream("t", packed[: max(len(packed) - cut, 10)])


def test_the_one_file_of_a_zip_is_taken_and_told() -> None:
    aside = {"__MACOSX/._e.tsv": b"\0\5", ".DS_Store": b"\0", "a/README.txt": b"see the paper", "a/b/": b""}
    table = read_table(Source("e.zip", archive({**aside, "a/e.csv": TEXT})))
    assert table.text("2h").tolist() == ["1.5", "3"]
    (told,) = table.decisions
    assert (told.file, told.chosen, told.is_open) == ("e.zip", "a/e.csv", False)
    assert told.evidence == "The archive holds a/e.csv. Not read: a/README.txt."


def test_several_files_of_a_zip_are_asked_about() -> None:
    data = archive({"one.csv": TEXT, "x/two.csv": TEXT.replace(b"007", b"008") + b"c,5,6\n"})
    table = read_table(Source("e.zip", data))
    (asked,) = table.decisions
    assert asked.is_open and asked.flag == "--sheet"
    assert [one.value for one in asked.alternatives] == ["x/two.csv", "one.csv"]
    assert len(table) == 3, "the largest is shown until one is chosen"
    with pytest.raises(Undecided, match="Choose --sheet x/two.csv .* or --sheet one.csv"):
        read_unpacked(Source("e.zip", data))
    for name, first in (("one.csv", "007"), ("two.csv", "008"), ("x/two.csv", "008")):
        chosen = read_table(Source("e.zip", data), Reading(sheet=name))
        assert chosen.text("id")[0] == first
        assert chosen.decisions[0].chosen is not None
    assert "holds no file called three; choose one of one.csv, x/two.csv" in refusal(data, Reading(sheet="three"))


def test_a_workbook_in_a_zip_keeps_the_choice_of_its_sheet() -> None:
    book = openpyxl.Workbook()
    book.active.append(["id", "2h"])
    book.active.append(["a", 1])
    stream = io.BytesIO()
    book.save(stream)
    data = archive({"e.xlsx": stream.getvalue()})
    assert read_table(Source("e.zip", data)).format == "xlsx"
    assert open_source(Source("e.zip", data), Reading(sheet="Sheet")).reading.sheet == "Sheet"
    more = archive({"e.xlsx": stream.getvalue(), "t.csv": TEXT})
    assert open_source(Source("e.zip", more), Reading(sheet="e.xlsx/Sheet")).reading.sheet == "Sheet"
    assert open_source(Source("e.zip", more), Reading(sheet="e.xlsx")).reading.sheet is None


def test_what_is_packed_twice_or_otherwise_is_refused_with_the_remedy() -> None:
    tar = io.BytesIO()
    with tarfile.open(fileobj=tar, mode="w") as made:
        made.addfile(tarfile.TarInfo("e.csv"), io.BytesIO())
    assert "packed twice: e.csv.gz in it is a gzip file" in refusal(archive({"e.csv.gz": gzip.compress(TEXT)}))
    assert "packed twice: in.zip in it is a zip archive" in refusal(archive({"in.zip": archive({"e.csv": TEXT})}))
    assert "packed twice: e in it is a zip archive" in refusal(gzip.compress(archive({"e.csv": TEXT})))
    assert "packed twice: e in it is a tar archive" in refusal(gzip.compress(tar.getvalue()))
    assert "is a tar archive, which is not unpacked here; unpack it" in refusal(tar.getvalue())
    assert "is a 7z archive, which is not unpacked here; unpack it" in refusal(b"7z\xbc\xaf\x27\x1c" + bytes(50))
    assert "holds no file with data (README.md)" in refusal(archive({"README.md": b"x"}))
    assert "holds no file with data (no files)" in refusal(archive({}))
    assert "is empty" in refusal(archive({"e.csv": b" \n"}))


@pytest.mark.parametrize("packing", [zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED, zipfile.ZIP_BZIP2])
def test_every_packing_of_a_zip(packing: int) -> None:
    assert read_unpacked(Source("e.zip", archive({"e.csv": TEXT * 9000}, packing))) == TEXT * 9000
    assert "damaged zip archive" in refusal(archive({"e.csv": TEXT}, zipfile.ZIP_LZMA))
    data = archive({"e.csv": TEXT * 9}, packing)
    assert "damaged zip archive" in refusal(
        data.replace(b"PK\x03\x04", b"PK\x03\x05", 1).replace(b"PK\x03\x05", b"PK\x03\x04" + b"x", 1)
    )


def test_documents_that_hold_no_plain_table_are_named() -> None:
    assert "is an OpenDocument file; save the table in it as .xlsx or CSV" in refusal(archive({"content.xml": b"<x/>"}))
    locked = b"\xd0\xcf\x11\xe0" + bytes(900) + "EncryptedPackage".encode("utf-16-le")
    for data, said in (
        (locked, "locked by a password; save it without one"),
        (b"\n<!DOCTYPE html><html>Please log in</html>", "is a web page or a formatted document, not data"),
        (b"{\\rtf1 id,2h}", "is a web page or a formatted document, not data"),
    ):
        with pytest.raises(DataError, match=said):
            read_table(Source("t.csv", data))


def test_a_locked_or_damaged_zip() -> None:
    data = archive({"e.csv": TEXT})
    locked = bytearray(data)
    for at in (6, data.index(b"PK\x01\x02") + 8):
        locked[at] |= 1
    assert "is locked by a password; unpack it and upload e.csv" in refusal(bytes(locked))
    assert "damaged zip archive" in refusal(data[:-20])
    assert "damaged zip archive" in refusal(data[:35] + b"zzzz" + data[39:])


BOMB = 400_000_000


@pytest.mark.parametrize("kind", ["gz", "bz2", "xz", "zip", "zip of bz2"])
def test_a_bomb_is_refused_early(kind: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """What a few kB unpack to is cut off long before its 400 MB, in the piece where it passes the bound."""
    monkeypatch.setattr(containers, "FREE", 2_000_000)
    zeros = bytes(20_000_000)
    if kind.startswith("zip"):
        packed = archive({"e.csv": zeros * 5}, zipfile.ZIP_BZIP2 if "bz2" in kind else zipfile.ZIP_DEFLATED)
    else:
        packed = PACKINGS[kind](zeros) * (BOMB // len(zeros))
    started = time.monotonic()
    message = refusal(packed)
    assert time.monotonic() - started < 3
    assert "over 200 times its size" in message and "unpack it and upload the file inside" in message


def test_data_that_packs_well_is_read(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(containers, "FREE", 100_000)
    numbers = np.random.default_rng(0).poisson(0.2, 400_000)
    text = b"id,n\n" + b"".join(b"s%d,%d\n" % pair for pair in enumerate(numbers))
    assert read_unpacked(Source("t.csv", gzip.compress(text))) == text


def test_sequences_in_a_zip() -> None:
    read = read_sequences(Source("s.zip", archive({"s.fa": b">a\nACGT\n"})))
    assert (read.ids.tolist(), [one.chosen for one in read.decisions]) == (["a"], ["s.fa"])


ENCODINGS = ["utf-16-le", "utf-16-be", "utf-32-le", "utf-32-be"]


@pytest.mark.parametrize("mark", ["", "\ufeff"], ids=["no mark", "mark"])
@pytest.mark.parametrize("encoding", ENCODINGS)
def test_wide_encodings(encoding: str, mark: str) -> None:
    text = "id\t2h\r\nÄ1\t1.5\r\nβ-actin\t2\r\n"
    table = read_table(Source("t.txt", (mark + text).encode(encoding)))
    assert table.text("id").tolist() == ["Ä1", "β-actin"]
    assert [(one.topic, one.chosen) for one in table.decisions] == [("Encoding", encoding[:6].upper())]


@pytest.mark.parametrize("encoding", ENCODINGS)
@pytest.mark.parametrize("text", ["\ufeff", "\ufeff\r\n ", "\n"])
def test_a_mark_alone_is_an_empty_file(encoding: str, text: str) -> None:
    with pytest.raises(DataError, match=r"t\.txt is empty"):
        read_table(Source("t.txt", text.encode(encoding)))


def test_a_cut_character_and_windows_text() -> None:
    with pytest.raises(DataError, match="UTF-16 text that is damaged or cut; save it again, as CSV UTF-8"):
        read_table(Source("t.txt", "id,2h\na,1\n".encode("utf-16-le")[:-1]))
    table = read_table(Source("t.csv", "id,2h\nMüller,1\n".encode("cp1252")))
    assert table.decisions[0].chosen == "Windows-1252"
    assert table.decisions[0].evidence == "Line 2 is not UTF-8."
