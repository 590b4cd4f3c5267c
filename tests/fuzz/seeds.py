"""Sound files of all formats, made here: what the fuzz harness damages."""

import bz2
import gzip
import io
import lzma
import re
import zipfile
from collections.abc import Callable, Mapping
from dataclasses import dataclass

import pandas as pd

from lib.io.export import to_xlsx
from tests.io import r_writer

# ruff: noqa: E501 - a row of a format is read more easily in one line

LETTERS = "ACGT"
N = 70


def sequence(number: int, length: int = 48) -> str:
    """Give a sequence of its own for each number."""
    state, letters = number * 7919 + 17, []
    for _ in range(length):
        state = (state * 1103515245 + 12345) & 0x7FFFFFFF
        letters.append(LETTERS[state >> 16 & 3])
    return "".join(letters)


_CONTROL = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f]")
"""What a workbook cannot hold."""
IDS = [f"gene{number:03d}" for number in range(N)]
SEQUENCES = {name: sequence(number) for number, name in enumerate(IDS)}
FASTA = "".join(f">{name} sym={number}\n{text}\n" for number, (name, text) in enumerate(SEQUENCES.items()))


@dataclass(frozen=True)
class Seed:
    """A sound file.

    Parameters
    ----------
    name
        File name.
    place
        Where it is brought: ``expression``, ``sequences``, ``rbp``, ``variants`` or ``windows``.
    data
        Its bytes before they are packed.
    pack
        Packs the bytes, where the format is packed.
    countable
        Whether it has one header line and then one row a line.
    """

    name: str
    place: str
    data: bytes
    pack: Callable[[bytes], bytes] | None = None
    countable: bool = False


def table(separator: str = ",", hours: tuple[str, ...] = ("1h", "2h", "4h", "8h"), *, mark: str = ".") -> str:
    """Write a table of logarithms."""
    rows = [separator.join(["id", *hours])]
    for number, name in enumerate(IDS):
        cells = [
            f"{number * 0.37 % 5 + place * 1.3 - number % 3:.3f}".replace(".", mark) for place in range(len(hours))
        ]
        rows.append(separator.join([name, *cells]))
    return "\n".join(rows) + "\n"


def counts(header: str, *, summary: bool = False) -> str:
    """Write a table of counts, separated by tabs."""
    rows = [header] if header else []
    rows += [f"{name}\t{100 + number * 31 % 700}\t{80 + number * 17 % 400}" for number, name in enumerate(IDS)]
    rows += ["__no_feature\t12\t13", "__ambiguous\t3\t4"] if summary else []
    return "\n".join(rows) + "\n"


def archive(**files: bytes) -> bytes:
    """Pack files into a zip archive; ``__`` stands for the dot."""
    stream = io.BytesIO()
    with zipfile.ZipFile(stream, "w", zipfile.ZIP_DEFLATED) as packed:
        for name, data in files.items():
            packed.writestr(name.replace("__", "."), data)
    return stream.getvalue()


def frame(data: bytes) -> pd.DataFrame:
    """Read CSV cell by cell, whatever it holds, as text."""
    rows = [line.split(",") for line in data.decode("utf-8", "replace").split("\n") if line]
    width = max(map(len, rows), default=1)
    rows = [row + [""] * (width - len(row)) for row in rows] or [[""]]
    names = [f"{name}.{place}" if name in rows[0][:place] else name for place, name in enumerate(rows[0])]
    return pd.DataFrame(rows[1:], columns=names)


def to_workbook(data: bytes) -> bytes:
    """Write CSV as a workbook."""
    made = frame(data)
    made = made.map(lambda cell: _CONTROL.sub("", cell)).rename(columns=lambda name: _CONTROL.sub("", str(name)))
    return to_xlsx(made)


def to_parquet(data: bytes) -> bytes:
    """Write CSV as Parquet, numbers typed where a column has nothing else."""
    made = frame(data)
    for name in made.columns:
        numbers = pd.to_numeric(made[name], errors="coerce")
        made[name] = numbers if numbers.notna().all() else made[name]
    stream = io.BytesIO()
    made.to_parquet(stream)
    return stream.getvalue()


def r_frame() -> bytes:
    """Write a data frame of R."""
    attributes = {
        "names": r_writer.strings(["id", "2h", "8h"]),
        "class": r_writer.strings(["data.frame"]),
        "row.names": r_writer.strings([str(i) for i in range(N)]),
    }
    columns = [
        r_writer.strings(IDS),
        r_writer.reals([i * 0.5 for i in range(N)]),
        r_writer.reals([i % 7 - 1.5 for i in range(N)]),
    ]
    return r_writer.HEADER + r_writer.vector(19, 3, b"".join(columns), attributes)


def matrices() -> Mapping[str, bytes]:
    """Write motif matrices in every format."""
    rows = ["0.7 0.1 0.1 0.1", "0.1 0.7 0.1 0.1", "0.2 0.2 0.3 0.3", "0.1 0.1 0.1 0.7"]
    turned = list(zip(*(row.split() for row in rows), strict=True))
    tabbed = ["\t".join([str(place), *row.split()]) for place, row in enumerate(rows, start=1)]
    counted = [[str(int(float(cell) * 100)) for cell in row] for row in turned]
    meme = "MEME version 4\n\nALPHABET= ACGT\n\n" + "".join(
        f"MOTIF M{i}\nletter-probability matrix: alength= 4 w= 4 nsites= 20\n" + "\n".join(rows) + "\n\n"
        for i in (1, 2)
    )
    jaspar = "".join(
        f">MA000{i}.1 X{i}\n"
        + "".join(f"{letter} [ {' '.join(row)} ]\n" for letter, row in zip(LETTERS, counted, strict=True))
        for i in (1, 2)
    )
    homer = "".join(f">ACGT\tM{i}\t5.0\n" + "\n".join(row.replace(" ", "\t") for row in rows) + "\n" for i in (1, 2))
    transfac = "".join(
        f"AC M{i}\nXX\nID X{i}\nP0\tA\tC\tG\tT\n"
        + "".join(
            f"{place:02d}\t" + "\t".join(column) + "\n" for place, column in enumerate(zip(*counted, strict=True), 1)
        )
        + "XX\n//\n"
        for i in (1, 2)
    )
    cisbp = "Pos\tA\tC\tG\tU\n" + "\n".join(tabbed) + "\n"
    encode = "".join(f">M{i}_disc1 X\n" + "\n".join(f"A {row}" for row in rows) + "\n" for i in (1, 2))
    return {
        "m.meme": meme.encode(),
        "m.jaspar": jaspar.encode(),
        "m.homer": homer.encode(),
        "m.transfac": transfac.encode(),
        "m.cisbp.txt": cisbp.encode(),
        "m.encode.txt": encode.encode(),
    }


def variants() -> Mapping[str, bytes]:
    """Write variants of the sequences in every format."""
    made = [(name, 5 + number % 9, SEQUENCES[name]) for number, name in enumerate(IDS[:20])]
    changed = [
        (name, place, text[place - 1], LETTERS[(LETTERS.index(text[place - 1]) + 1) % 4]) for name, place, text in made
    ]
    vcf = "##fileformat=VCFv4.2\n#CHROM\tPOS\tID\tREF\tALT\tQUAL\tFILTER\tINFO\n"
    vcf += "".join(
        f"{name}\t{place}\tv{i}\t{ref}\t{alt}\t.\tPASS\t.\n" for i, (name, place, ref, alt) in enumerate(changed)
    )
    maf = "Hugo_Symbol\tChromosome\tStart_Position\tEnd_Position\tReference_Allele\tTumor_Seq_Allele1\tTumor_Seq_Allele2\n"
    maf += "".join(f"G\t{name}\t{place}\t{place}\t{ref}\t{ref}\t{alt}\n" for name, place, ref, alt in changed)
    annovar = "".join(f"{name}\t{place}\t{place}\t{ref}\t{alt}\n" for name, place, ref, alt in changed)
    plain = "sequence,position,ref,alt,effect\n" + "".join(
        f"{n},{p},{r},{a},{i / 7:.2f}\n" for i, (n, p, r, a) in enumerate(changed)
    )
    pairs = "".join(
        f">v{i}_ref\n{SEQUENCES[name]}\n>v{i}_alt\n{SEQUENCES[name][: place - 1]}{alt}{SEQUENCES[name][place:]}\n"
        for i, (name, place, _, alt) in enumerate(changed)
    )
    return {
        "v.vcf": vcf.encode(),
        "v.maf": maf.encode(),
        "v.avinput": annovar.encode(),
        "v.csv": plain.encode(),
        "v.fa": pairs.encode(),
    }


def mex() -> bytes:
    """Write a sparse matrix with the names beside it."""
    entries = [(row + 1, column + 1, 20 + row * 3 + column) for row in range(N) for column in range(2)]
    head = f"%%MatrixMarket matrix coordinate integer general\n{N} 2 {len(entries)}\n"
    body = head + "".join(f"{a} {b} {c}\n" for a, b, c in entries)
    names = "".join(f"{name}\t{name}\tGene Expression\n" for name in IDS)
    return archive(matrix__mtx=body.encode(), features__tsv=names.encode(), barcodes__tsv=b"2h\n8h\n")


def seeds() -> list[Seed]:
    """Make all sound files."""
    plain, fasta = table().encode(), FASTA.encode()
    tabs = table("\t").replace("\t", "\t")
    gct_rows = "\n".join(line.replace("\t", "\tna\t", 1) for line in tabs.strip().split("\n")[1:])
    gct = f"#1.2\n{N}\t4\nName\tDescription\t1h\t2h\t4h\t8h\n{gct_rows}\n"
    gct3 = f"#1.3\n{N}\t4\t1\t1\nid\tDescription\t1h\t2h\t4h\t8h\nbatch\tna\t1\t1\t2\t2\n{gct_rows}\n"
    series = '!Series_title\t"x"\n!Sample_title\t"1h"\t"2h"\t"4h"\t"8h"\n!Sample_geo_accession\t"GSM1"\t"GSM2"\t"GSM3"\t"GSM4"\n'
    series += '!series_matrix_table_begin\n"ID_REF"\t"GSM1"\t"GSM2"\t"GSM3"\t"GSM4"\n'
    series += "".join(line + "\n" for line in tabs.strip().split("\n")[1:]) + "!series_matrix_table_end\n"
    feature = "# Program:featureCounts v2.0\nGeneid\tChr\tStart\tEnd\tStrand\tLength\t2h.bam\t8h.bam\n"
    feature += "".join(f"{n}\tchr1\t{i}\t{i + 50}\t+\t50\t{90 + i}\t{70 + i * 3 % 50}\n" for i, n in enumerate(IDS))
    long = "id,time,value\n" + "".join(f"{n},{h},{i * h * 7 % 11 / 3:.2f}\n" for i, n in enumerate(IDS) for h in (2, 8))
    both = "id,sequence,2h,8h\n" + "".join(
        f"{n},{t},{i % 5}.5,{i % 3}.25\n" for i, (n, t) in enumerate(SEQUENCES.items())
    )
    european = table(";", mark=",")
    fastq = "".join(f"@{n}\n{t}\n+\n{'I' * len(t)}\n" for n, t in SEQUENCES.items())
    genbank = "".join(
        f"LOCUS       {n}    {len(t)} bp    DNA     linear   UNK\nDEFINITION  x.\nACCESSION   {n}\nORIGIN\n        1 {t.lower()}\n//\n"
        for n, t in SEQUENCES.items()
    )
    clustal = "CLUSTAL W (1.8)\n\n" + "".join(f"{n}    {t[:10]}-{t[10:]}\n" for n, t in SEQUENCES.items())
    stockholm = "# STOCKHOLM 1.0\n\n" + "".join(f"{n} {t[:10]}-{t[10:]}\n" for n, t in SEQUENCES.items()) + "//\n"
    bed = "".join(f"chr1\t{i * 10}\t{i * 10 + 20}\tw{i}\t0\t{'+-'[i % 2]}\n" for i in range(N))
    peaks = "".join(f"chr1\t{i * 10}\t{i * 10 + 20}\tw{i}\t0\t.\t5.1\t3\t2\t{i % 20}\n" for i in range(N))
    rbp = "motif\tHuR\tPUM2\n" + "".join(f"{sequence(i, 6)}\t{i * 0.1:.2f}\t{i % 7 / 7:.2f}\n" for i in range(30))
    one = "motif,Mean_RBP\n" + "".join(f"{sequence(i, 5)},{i * 0.1:.2f}\n" for i in range(30))
    found = [
        Seed("e.csv", "expression", plain, countable=True),
        Seed("e.tsv", "expression", tabs.encode(), countable=True),
        Seed("semicolon.csv", "expression", european.encode()),
        Seed("replicates.csv", "expression", table(",", ("2h_rep1", "2h_rep2", "8h_rep1", "8h_rep2")).encode()),
        Seed("conditions.csv", "expression", table(",", ("ctrl_2h", "ctrl_8h", "drug_2h", "drug_8h")).encode()),
        Seed("titled.csv", "expression", b"# made by hand\nTable 1\n\n" + plain),
        Seed("e.csv.gz", "expression", plain, gzip.compress),
        Seed("e.csv.bz2", "expression", plain, bz2.compress),
        Seed("e.csv.xz", "expression", plain, lzma.compress),
        Seed("e.zip", "expression", plain, lambda data: archive(e__csv=data)),
        Seed("utf16.csv", "expression", plain, lambda data: data.decode("utf-8", "replace").encode("utf-16")),
        Seed("utf16-plain.csv", "expression", plain, lambda data: data.decode("utf-8", "replace").encode("utf-16-le")),
        Seed("e.xlsx", "expression", plain, to_workbook),
        Seed("e.parquet", "expression", plain, to_parquet),
        Seed("e.gct", "expression", gct.encode()),
        Seed("e3.gct", "expression", gct3.encode()),
        Seed("series_matrix.txt", "expression", series.encode()),
        Seed("mex.zip", "expression", mex()),
        Seed("counts.txt", "expression", feature.encode()),
        Seed("htseq.txt", "expression", counts("id\t2h\t8h", summary=True).encode()),
        Seed("counts.tsv", "expression", counts("id\t2h\t8h").encode(), countable=True),
        Seed("long.csv", "expression", long.encode()),
        Seed("e.rds", "expression", r_frame(), gzip.compress),
        Seed("both.csv", "both", both.encode()),
        Seed("s.fa", "sequences", fasta),
        Seed("s.fa.gz", "sequences", fasta, gzip.compress),
        Seed("s.fastq", "sequences", fastq.encode()),
        Seed("s.gb", "sequences", genbank.encode()),
        Seed("s.aln", "sequences", clustal.encode()),
        Seed("s.sto", "sequences", stockholm.encode()),
        Seed("s.tsv", "sequences", "".join(f"{n}\t{t}\n" for n, t in SEQUENCES.items()).encode()),
        Seed("windows.bed", "windows", bed.encode()),
        Seed("peaks.narrowPeak", "windows", peaks.encode()),
        Seed("many.tsv", "rbp", rbp.encode()),
        Seed("one.csv", "rbp", one.encode()),
    ]
    found += [Seed(name, "rbp", data) for name, data in matrices().items()]
    found += [Seed(name, "variants", data) for name, data in variants().items()]
    return found
