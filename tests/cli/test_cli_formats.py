"""Every format gives the same dataset as a plain table and FASTA, or exits 2 with what to do, on the command line."""

import bz2
import io
import json
import zipfile
from pathlib import Path

import numpy as np
import openpyxl
import pandas as pd
import pytest

from lib.store import datasets
from tests.cli.test_cli import run
from tests.io.r_writer import data_frame, generic, integers, rds, reals, strings

ROWS = 61
LETTERS = np.random.default_rng(5).choice(list("ACGT"), size=(ROWS, 40))
SEQUENCES = ["".join(row) for row in LETTERS]
IDS = [f"s{i:03}" for i in range(ROWS)]
EARLY, LATE = [i / 4 + 1.125 for i in range(ROWS)], [3 * i / 4 + 2.25 for i in range(ROWS)]
TARGETS = [i / 2 + 1.125 for i in range(ROWS)]
RECORDS = list(zip(IDS, EARLY, LATE, strict=True))
TSV = "id\t2h\t8h\n" + "".join(f"{name}\t{a}\t{b}\n" for name, a, b in RECORDS)
FASTA = "".join(f">{name}\n{text}\n" for name, text in zip(IDS, SEQUENCES, strict=True))


@pytest.fixture(scope="module", autouse=True)
def workspace(tmp_path_factory):
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("MOTIFLENS_HOME", str(tmp_path_factory.mktemp("home")))
        patch.delenv("MOTIFLENS_DATABASE_URL", raising=False)
        yield


def archive(files: dict[str, str | bytes]) -> bytes:
    stream = io.BytesIO()
    with zipfile.ZipFile(stream, "w", zipfile.ZIP_DEFLATED) as made:
        for name, data in files.items():
            made.writestr(name, data)
    return stream.getvalue()


def workbook(**sheets) -> bytes:
    book = openpyxl.Workbook()
    book.remove(book.active)
    for name, rows in sheets.items():
        sheet = book.create_sheet(name)
        for row in rows:
            sheet.append(row)
    stream = io.BytesIO()
    book.save(stream)
    return stream.getvalue()


def imported(folder: Path, table: str | bytes, *options: str, sequences: str | bytes = FASTA, name: str = "e.dat"):
    for path, data in ((folder / name, table), (folder / "s.dat", sequences)):
        path.write_bytes(data.encode() if isinstance(data, str) else data)
    files = ("--expression", str(folder / name), "--sequences", str(folder / "s.dat"))
    return run("import", "--name", "x", "--json", *files, *options)


def check(done) -> dict:
    """Check that a dataset holds every row with its own value and sequence."""
    assert done.returncode == 0, done.stderr
    answer = json.loads(done.stdout)
    dataset = datasets.load(answer["dataset"])
    assert dataset.ids.tolist() == IDS
    assert dataset.sequences.tolist() == SEQUENCES
    assert dataset.targets[:, 0].tolist() == pytest.approx(TARGETS, abs=1e-12)
    return answer


SHEET = [["id", "2h", "8h"], *map(list, RECORDS)]
LEGEND = [["Column", "Meaning"], ["2h", "after two hours"], ["8h", "after eight hours"]]
MEX = {
    "barcodes.tsv": "2h\n8h\n",
    "features.tsv": "".join(f"{name}\n" for name in IDS),
    "matrix.mtx": f"%%MatrixMarket matrix coordinate real general\n{ROWS} 2 {2 * ROWS}\n"
    + "".join(f"{i} 1 {a}\n{i} 2 {b}\n" for i, (_, a, b) in enumerate(RECORDS, start=1)),
}
SERIES = '!Sample_title\t"ctrl, 2h"\t"ctrl, 8h"\n!series_matrix_table_begin\n"ID_REF"\t"GSM1"\t"GSM2"\n'
SERIES += "".join(f'"{name}"\t{a}\t{b}\n' for name, a, b in RECORDS) + "!series_matrix_table_end\n"
GCT = f"#1.2\n{ROWS}\t2\nName\tDescription\t2h\t8h\n" + "".join(f"{name}\t{7}\t{a}\t{b}\n" for name, a, b in RECORDS)
SMALL = data_frame({"2h": reals([1.0])}, integers([-(2**31), -1]))
R = data_frame({"2h": reals(EARLY), "8h": reals(LATE)}, strings(IDS))
TABLES = {
    "bz2": (bz2.compress(TSV.encode()), None),
    "zip": (archive({"__MACOSX/._e.tsv": b"\0", "e.tsv": TSV, "README.md": "see"}), "File in the archive: e.tsv"),
    "UTF-16 without a mark": (TSV.encode("utf-16-be"), "Encoding: UTF-16"),
    "workbook": (workbook(Legend=LEGEND, Data=SHEET), "Sheet: Data: 62 rows, 3 columns"),
    "MEX": (archive(MEX), "Files read together"),
    "series matrix": (SERIES, "ctrl, 2h is GSM1"),
    "GCT": (GCT, None),
    "R": (rds(R), None),
    "Parquet": (pd.DataFrame(SHEET[1:], columns=SHEET[0]).set_index("id").to_parquet(), None),
}


@pytest.mark.parametrize("kind", TABLES)
def test_tables_of_every_format(tmp_path: Path, kind: str) -> None:
    data, told = TABLES[kind]
    done = imported(tmp_path, data)
    check(done)
    assert told is None or told in done.stderr


def test_a_folder_of_a_matrix_and_its_names(tmp_path: Path) -> None:
    folder = tmp_path / "counts"
    folder.mkdir()
    for name, text in MEX.items():
        (folder / name).write_text(text)
    (tmp_path / "s.fa").write_text(FASTA)
    for path in (folder, folder / "matrix.mtx"):
        files = ("--expression", str(path), "--sequences", str(tmp_path / "s.fa"))
        check(run("import", "--name", "x", "--json", *files))
    done = imported(tmp_path, MEX["matrix.mtx"], name="alone.mtx")
    assert done.returncode == 2
    assert (
        "matrix.mtx needs barcodes.tsv and features.tsv (or genes.tsv); put the three files into one zip" in done.stderr
    )


CHOICES = {
    "sheet of a workbook": (workbook(Old=[SHEET[0], *([n, 9, 1] for n in IDS)], New=SHEET), "New"),
    "file of an archive": (archive({"old.tsv": TSV.replace("\ts0", "\ts9"), "new.tsv": TSV}), "new.tsv"),
    "object of R": (rds(generic([R, SMALL], names=strings(["a", "b"]))), "a"),
}


@pytest.mark.parametrize("kind", CHOICES)
def test_several_tables_are_asked_about(tmp_path: Path, kind: str) -> None:
    data, name = CHOICES[kind]
    asked = imported(tmp_path, data)
    assert (asked.returncode, asked.stdout) == (2, "")
    assert "Choose --sheet" in asked.stderr and f"--sheet {name} (" in asked.stderr
    assert f"{name}: " not in asked.stderr.partition("Choose")[2], "each choice is named once"
    check(imported(tmp_path, data, "--sheet", name))
    wrong = imported(tmp_path, data, "--sheet", "none such")
    assert wrong.returncode == 2 and "none such" in wrong.stderr and "choose one of" in wrong.stderr


WIDTH = 43
GAPPED = [text[:7] + "---" + text[7:] for text in SEQUENCES]
FORMATS = {
    "FASTQ": "".join(f"@{name}\n{text}\n+\n{'I' * 40}\n" for name, text in zip(IDS, SEQUENCES, strict=True)),
    "GenBank": "".join(
        f"LOCUS       x   40 bp DNA\nVERSION     {name}\nORIGIN\n        1 {text.lower()}\n//\n"
        for name, text in zip(IDS, SEQUENCES, strict=True)
    ),
    "zip of FASTA": archive({"s.fa": FASTA}),
}
ALIGNED = {
    "FASTA": "".join(f">{name}\n{text}\n" for name, text in zip(IDS, GAPPED, strict=True)),
    "CLUSTAL": "CLUSTAL W\n\n" + "".join(f"{name}  {text}\n" for name, text in zip(IDS, GAPPED, strict=True)),
    "Stockholm": "# STOCKHOLM 1.0\n" + "".join(f"{n} {t}\n" for n, t in zip(IDS, GAPPED, strict=True)) + "//\n",
    "PHYLIP": f"{ROWS} {WIDTH}\n" + "".join(f"{name:10}{text}\n" for name, text in zip(IDS, GAPPED, strict=True)),
}


@pytest.mark.parametrize("kind", FORMATS)
def test_sequences_of_every_format(tmp_path: Path, kind: str) -> None:
    check(imported(tmp_path, TSV, sequences=FORMATS[kind]))


@pytest.mark.parametrize("kind", ALIGNED)
def test_gaps_are_asked_about(tmp_path: Path, kind: str) -> None:
    asked = imported(tmp_path, TSV, sequences=ALIGNED[kind])
    assert (asked.returncode, asked.stdout) == (2, "")
    assert (
        "Gaps (- or .) stand in 61 of 61 sequences, 183 in all, as in aligned ones. Choose --gaps remove"
        in asked.stderr
    )
    check(imported(tmp_path, TSV, "--gaps", "remove", sequences=ALIGNED[kind]))
    none = imported(tmp_path, TSV, "--gaps", "exclude", sequences=ALIGNED[kind])
    assert none.returncode == 2
    assert "No sequence of s.dat can be used: 61 excluded; the first, s000 in line" in none.stderr
    assert "has ." not in none.stderr


def test_cells_that_excel_broke_exclude_their_rows_by_name(tmp_path: Path) -> None:
    rows = [list(row) for row in SHEET]
    rows[5][1], rows[7][2], rows[9][1] = "#DIV/0!", "=B8*2", "#N/A"
    done = imported(tmp_path, workbook(Data=rows))
    assert done.returncode == 0, done.stderr
    answer = json.loads(done.stdout)
    assert answer["rows"] == ROWS - 3
    assert "Error cells" in done.stderr and "#DIV/0! in B6, #N/A in B10" in done.stderr
    assert "Formulas without a stored value: 1 (C8)" in done.stderr


def test_proteins_are_named(tmp_path: Path) -> None:
    proteins = "".join(f">{name}\nMKVLEEQLFP{'ACDE'[i % 4]}\n" for i, name in enumerate(IDS))
    done = imported(tmp_path, TSV, sequences=proteins)
    assert done.returncode == 2
    assert "s.dat looks like protein sequences: 61 of 61 hold amino acids" in done.stderr
