"""Readers in a process of their own: the same values, and a sentence where a file breaks them."""

import gzip
import io
import os
import signal
import time
import zipfile
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from lib.core.errors import DataError, Problem, UserError
from lib.io import sandbox
from lib.io.codec import Reader, Writer
from lib.io.decisions import Alternative, Decision, Reading, Undecided
from lib.io.rbp import read_rbp
from lib.io.sandbox import Limits, is_available, run_reader
from lib.io.sequences import Sequences, read_sequences
from lib.io.source import Source
from lib.io.table import Table
from lib.io.tables import read_table
from lib.io.variant_input import understand

pytestmark = pytest.mark.skipif(not is_available(), reason="this system has no fork, so files are read in one process")
CSV = b"id,1h,8h\na,1.5,2\nb,,-3\nc,4,x\n"


def same(first: Any, second: Any) -> None:
    """Compare two results of readers, field by field."""
    assert type(first) is type(second)
    if isinstance(first, pd.DataFrame):
        assert isinstance(second, pd.DataFrame)
        pd.testing.assert_frame_equal(first, second)
    elif isinstance(first, np.ndarray):
        np.testing.assert_array_equal(first, second)
        assert isinstance(second, np.ndarray)
        assert first.dtype == second.dtype
    elif isinstance(first, dict):
        assert isinstance(second, dict)
        assert first.keys() == second.keys()
        for key in first:
            same(first[key], second[key])
    elif hasattr(first, "__dataclass_fields__"):
        for name in first.__dataclass_fields__:
            same(getattr(first, name), getattr(second, name))
    elif isinstance(first, tuple):
        assert len(first) == len(second)
        for one, other in zip(first, second, strict=True):
            same(one, other)
    else:
        assert first == second


def wait_forever(source: Source) -> None:
    """Stand in for a reader that hangs."""
    time.sleep(600)


def take_memory(source: Source) -> int:
    """Stand in for a reader that takes all memory, in pieces that are used."""
    kept = [np.ones(2_000_000) for _ in range(10_000)]
    return len(kept)


def crash(source: Source) -> None:
    """Stand in for compiled code that breaks down."""
    os.kill(os.getpid(), signal.SIGSEGV)


def fail(source: Source) -> None:
    """Stand in for a reader with a bug."""
    raise KeyError("a column")


def name_process(source: Source) -> int:
    """Give the number of the process."""
    return os.getpid()


@pytest.fixture
def here(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let readers of this module be carried too."""
    monkeypatch.setattr("lib.io.codec._LIBRARY", ("lib.", "tests."))


@pytest.mark.parametrize(
    ("reader", "name", "data"),
    [
        (read_table, "a.csv", CSV),
        (read_sequences, "a.fa", b">a x y\nACGU\n>b\nACGN\n>c\nAC!G\n"),
        (read_sequences, "a.csv", b"id,sequence,n\na,ACGTTTACGA,1\nb,ACGTTTNNAA,2\n"),
        (read_rbp, "r.tsv", b"motif\tscore\nUGCAU\t1.5\nACC\t2\nACC\t4\n"),
        (
            read_rbp,
            "r.meme",
            b"MEME version 4\n\nALPHABET= ACGU\n\nMOTIF X\nletter-probability matrix: w= 2\n"
            b"0.7 0.1 0.1 0.1\n0.1 0.7 0.1 0.1\n",
        ),
    ],
)
def test_a_reader_gives_the_same_in_another_process(reader: object, name: str, data: bytes) -> None:
    assert callable(reader)
    same(reader(Source(name, data)), run_reader(reader, Source(name, data)))


def test_variants_with_their_sequences(tmp_path: Path) -> None:
    sequences = {f"s{number}": "ACGTACGT" for number in range(500)}
    path = tmp_path / "v.vcf"
    path.write_text("##fileformat=VCFv4.2\n#CHROM\tPOS\tID\tREF\tALT\ns3\t2\tx\tC\tT\ns4\t2\ty\tG\tT\n")
    found, asked = (
        read(Source("v.vcf", path), sequences, Reading(excluded_ok=True))
        for read in (understand, lambda *more: run_reader(understand, *more))
    )
    same(found, asked)
    assert [one.name for one in asked.found.variants] == ["x"]


def test_errors_come_whole() -> None:
    with pytest.raises(DataError, match="is empty") as told:
        run_reader(read_table, Source("a.csv", b""))
    assert told.value.problems == (Problem("a.csv", None, "", "an empty file", "a table or FASTA"),)
    with pytest.raises(UserError, match="column"):
        run_reader(read_table, Source("a.csv", b"a\n1\n"))


@pytest.mark.parametrize("cells", [["é", "", "ACGT"], []])
def test_texts_in_one_buffer_come_back(tmp_path: Path, cells: list[str]) -> None:
    texts = pa.array(["before", *cells], type=pa.large_string()).slice(1)
    Writer(tmp_path).write("x.json", [texts, texts])
    back, again = Reader(tmp_path).read("x.json")
    assert back is again
    assert back.type == texts.type and back.to_pylist() == cells


def test_values_of_every_kind_come_back(tmp_path: Path) -> None:
    frame = pd.DataFrame({"a": [1, 2], "b": ["x", None], "c": [1.5, np.nan]}, index=["p", "q"])
    shared = np.arange(6.0).reshape(2, 3)
    value = {
        "frame": frame,
        "objects": np.array(["a", None], dtype=object),
        "pair": (shared, shared),
        "none": None,
        "bytes": b"\0\xff",
        "path": tmp_path,
        "texts": {str(i): "v" * i for i in range(300)},
        "set": {1, 2},
        "unicode": np.array(["ä", "bc"]),
        "bool": np.array([True, False]),
        "nan": [float("inf"), -0.0],
        "table": Table("t", frame.reset_index(drop=True), 2, "csv", ",", header=True),
        "error": 3,
    }
    Writer(tmp_path).write("x.json", value)
    back = Reader(tmp_path).read("x.json")
    same(value, back)
    assert back["pair"][0] is back["pair"][1]
    decision = Decision("f", "t", "decimal", None, "why", (Alternative("point", "1"),))
    Writer(tmp_path).write("e.json", Undecided([decision]))
    error = Reader(tmp_path).read("e.json")
    assert isinstance(error, Undecided)
    assert error.decisions == (decision,)
    with pytest.raises(TypeError, match="cannot be carried"):
        Writer(tmp_path).write("y.json", object())
    with pytest.raises(TypeError, match="no class of data"):
        Reader(tmp_path).decode({"class": "os:path", "fields": {}})


def test_limits_stop_a_reader_with_a_sentence(here: None, monkeypatch: pytest.MonkeyPatch) -> None:
    source = Source("odd.csv", CSV)
    with pytest.raises(DataError, match=r"odd\.csv broke the program that reads it\. It may be damaged"):
        run_reader(crash, source)
    with pytest.raises(DataError, match=r"content that the reader does not know \(KeyError: 'a column'\)"):
        run_reader(fail, source)
    monkeypatch.setattr(sandbox, "limits_of", lambda size, packed: Limits(3e8, 1.0))
    started = time.monotonic()
    with pytest.raises(DataError, match=r"odd\.csv takes longer than 1 s to read"):
        run_reader(wait_forever, source)
    monkeypatch.setattr(sandbox, "limits_of", lambda size, packed: Limits(3e8, 30.0))
    with pytest.raises(DataError, match=r"odd\.csv takes more than 0\.3 GB of memory to read"):
        run_reader(take_memory, source)
    assert time.monotonic() - started < 30
    assert len(run_reader(read_table, Source("a.csv", CSV))) == 3


def test_a_new_process_comes_where_the_old_one_died(here: None) -> None:
    first = run_reader(name_process, Source("a", b"x"))
    assert sandbox._server is not None
    sandbox._server._process.kill()
    sandbox._server._process.wait()
    assert run_reader(name_process, Source("a", b"x")) not in (first, os.getpid())


def test_one_process_where_that_is_wanted(here: None, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("MOTIFLENS_READERS", "in-process")
    assert run_reader(name_process, Source("a", b"x")) == os.getpid()


def zip_of(data: bytes) -> bytes:
    """Pack bytes into a zip archive."""
    stream = io.BytesIO()
    with zipfile.ZipFile(stream, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("a.csv", data)
    return stream.getvalue()


def parquet_of(*columns: pa.Array, names: list[str]) -> bytes:
    """Write columns, whose names may be equal, as Parquet."""
    stream = io.BytesIO()
    pq.write_table(pa.Table.from_arrays([*columns], names=names), stream)
    return stream.getvalue()


ZEROS = b"0,0\n" * 50_000_000
STRANGE = {
    "names.csv": b"id,"
    + b",".join([b"same"] * 10_000)
    + b"\n"
    + b"\n".join(b"g%d," % row + b",".join([b"1.5"] * 10_000) for row in range(3)),
    "bom.csv": b"\xef\xbb\xbf",
    "bom16.csv": b"\xff\xfe",
    "quotes.csv": b'id,"' * 20_000,
    "long.csv": b"a,b\n" + b"1" * 5_000_000 + b",2\n",
    "nul.csv": b"id,1h\n" + b"\0" * 3_000_000,
    "tabs.tsv": b"\t" * 2_000_000,
}


def readable(name: str, data: bytes) -> str:
    """Read a file in every place, and give the longest sentence."""
    said = ""
    for reader in (read_table, read_sequences, read_rbp):
        try:
            run_reader(reader, Source(name, data))
        except UserError as error:
            said = max(said, str(error), key=len)
            assert "the reader does not know" not in said
    return said


@pytest.mark.parametrize("name", [*STRANGE])
def test_strange_files_are_read_or_refused(name: str) -> None:
    started = time.process_time()
    readable(name, STRANGE[name])
    assert time.process_time() - started < 10


def test_bombs_are_refused() -> None:
    for name, data in (("bomb.csv.gz", gzip.compress(ZEROS, 1)), ("bomb.zip", zip_of(ZEROS))):
        assert len(data) < 5_000_000
        assert name in readable(name, data)


def test_parquet_of_odd_types() -> None:
    odd = parquet_of(
        pa.array(["a", "b", "c"]),
        pa.array([[1], [2, 3], None]),
        pa.array([{"x": 1}, None, {"x": 2}]),
        pa.array([1, 2, 3], pa.timestamp("ns")),
        pa.array([b"\xff", b"", None]),
        pa.array([1.5, None, 2.0]),
        pa.array(["1.10", "2.20", None]).cast(pa.decimal128(10, 2)),
        pa.nulls(3),
        pa.array([1, 2, 3], pa.duration("s")),
        names=["id", "list", "struct", "when", "raw", "8h", "money", "null", "span"],
    )
    read = run_reader(read_table, Source("odd.parquet", odd))
    same(read_table(Source("odd.parquet", odd)), read)
    assert read.text("id").tolist() == ["a", "b", "c"]
    twice = parquet_of(pa.array(["a", "b"]), pa.array([1.0, 2.0]), pa.array([3.0, 4.0]), names=["id", "1h", "1h"])
    assert len(run_reader(read_table, Source("twice.parquet", twice)).frame.columns) == 3


def test_one_warm_process_serves_all_files() -> None:
    """The libraries are loaded once, which is what keeps small files quick."""
    run_reader(read_table, Source("a.csv", CSV))
    server = sandbox._server
    for _ in range(10):
        assert isinstance(run_reader(read_sequences, Source("a.fa", b">a\nACGT\n")), Sequences)
    assert sandbox._server is server


def test_a_damaged_archive_is_no_bug_of_the_reader_of_motifs() -> None:
    data = bytearray(zip_of(b"MOTIF a\n" + bytes(range(256)) * 40))
    start = data.index(b"a.csv") + 5
    data[start + 8 : start + 60] = b"\xa5" * 52
    assert "a.zip" in readable("a.zip", bytes(data))
