"""Arguments that several commands take."""

import argparse
import sys
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import fields
from pathlib import Path
from typing import Any

import pandas as pd

from lib.core.errors import UserError
from lib.core.progress import Callback, Eta, Report
from lib.core.spec import Choice
from lib.io.decisions import DEFAULT, Decision, Reading, require
from lib.io.export import to_xlsx, write_rows
from lib.io.files import Source
from lib.io.rbp import RbpTable, read_rbp
from lib.io.sandbox import run_reader
from lib.io.sequences import read_sequences
from lib.jobs import devices, runner_name, slots
from lib.jobs.devices import DeviceRequest
from lib.tokenizers import TOKENIZERS, Tokenizer


def source(path: str) -> Source:
    """Name a file on disk as a source.

    Raises
    ------
    UserError
        If there is no such file.
    """
    file = Path(path)
    if not file.exists():
        raise UserError(f"There is no file {path}; check the path.")
    return Source(file.name or file.resolve().name, file)


def sequences(path: str, reading: Reading = DEFAULT) -> list[tuple[str, str]]:
    """Read ids and stored sequences from a file; rows that cannot be used are said on stderr.

    Raises
    ------
    UserError
        If no sequence can be used.
    """
    read = run_reader(read_sequences, source(path), reading=reading)
    require(read.decisions)
    tell(read.decisions)
    for rejected in read.rejected:
        sys.stderr.write(f"left out: {rejected.problem()}\n")
    if not len(read.ids):
        raise UserError(f"{path} holds no sequence that can be used; see the lines above.")
    return list(zip(map(str, read.ids), map(str, read.sequences), strict=True))


def rbp_table(path: str, reading: Reading = DEFAULT) -> RbpTable:
    """Read an RBP table that is to be used, and say on stderr how.

    Raises
    ------
    UserError
        If it cannot be read, or something is left to decide.
    """
    table = run_reader(read_rbp, source(path), reading=reading)
    require(table.decisions)
    tell(table.decisions)
    sys.stderr.writelines(f"{note}\n" for note in table.notes)
    return table


READING: Mapping[str, tuple[str, str]] = {
    "sheet": ("NAME", "sheet of a workbook, or file within a zip"),
    "header_line": ("N", "line of the header, counted from 1; 0 for a table without one"),
    "decimal": ("point|comma", "decimal mark of numbers: 1,046.5 or 1.046,5"),
    "id": ("COLUMN", "column of the ids; several are joined: chrom+start"),
    "sequence_column": ("COLUMN", "column of the sequences; several are put end to end: UTR5+CDS+UTR3"),
    "columns": (
        "NAME=TIME[:CONDITION[:REPLICATE]],...",
        "value columns and what they hold; or first|last of several times",
    ),
    "time_unit": ("h|min|s|d|none", "unit of times whose columns give none"),
    "conditions": ("NAME", "condition to use, or A-B for the difference of two (log2); tracks of TIF-seq"),
    "strand_column": ("N", "column of the strand, by number or name; none for the plus strand"),
    "centre": ("middle|summit", "what windows of a narrowPeak file lie around, with --window"),
    "coordinates": ("0|1", "what the first nucleotide is counted as"),
    "rbp_column": ("PROTEIN", "protein (or column) of an RBP table; all keeps every one, none has each motif count 1"),
    "match_ids": ("RULE", "rule that makes the IDs of two files comparable, such as before-pipe; exact for none"),
    "repeated_ids": ("number|average|exclude|COLUMN=VALUE", "what becomes of rows that share an ID"),
    "labels": ("merge|keep", "class labels that differ in case or blanks"),
    "gaps": ("remove|exclude", "gaps of aligned sequences, or sequences with gaps"),
    "swap_alleles": ("yes|no", "exchange reference and alternative alleles"),
    "allele_strand": ("as-is|complement|column", "strand on which alleles are written; column: that of each row"),
    "insertions": ("before|after", "where an insertion without reference letters lies beside its position"),
    "variant_columns": ("ROLE=NAME,...", "columns of variants: sequence, position, end, ref, alt, name, strand"),
}
"""Options that say how files are read, with what they take and what they are for; the fields of ``Reading``."""
_WHOLE = ("header_line", "coordinates")


def add_reading(command: argparse.ArgumentParser) -> None:
    """Add the options that say how files are read; every command that reads files takes all of them."""
    group = command.add_argument_group("how files are read", "each is found in the file; give what has to be asked")
    for name, (metavar, what) in READING.items():
        kind = int if name in _WHOLE else str
        group.add_argument(f"--{name.replace('_', '-')}", dest=f"read_{name}", metavar=metavar, type=kind, help=what)
    group.add_argument(
        "--excluded-ok",
        dest="read_excluded_ok",
        action="store_true",
        help="go on although more than a fifth of a file is excluded",
    )


def reading(options: argparse.Namespace) -> Reading:
    """Give what the options say about how files are read."""
    given: dict[str, Any] = {one.name: getattr(options, f"read_{one.name}", one.default) for one in fields(Reading)}
    return Reading(**given)


def tell(decisions: Iterable[Decision]) -> None:
    """Write on stderr how files were read, a line for each decision that was taken."""
    for decision in dict.fromkeys(decisions):
        if not decision.is_open:
            sys.stderr.write(
                f"{decision.file}: {decision.topic}: {decision.label}. {decision.evidence}".rstrip() + "\n"
            )


def add_settings(command: argparse.ArgumentParser) -> None:
    """Add ``--set key=value ...``."""
    what = "settings of the tokenizer, model or method; repeat it, or give several"
    command.add_argument("--set", nargs="+", type=pair, action="extend", default=[], metavar="key=value", help=what)


def add_tokenizer(command: argparse.ArgumentParser) -> None:
    """Add ``--tokenizer NAME`` and ``--tokenizer-set key=value ...``."""
    command.add_argument("--tokenizer", metavar="NAME", help="what cuts the sequences, for a model that reads tokens")
    what = "settings of the tokenizer; repeat it, or give several"
    command.add_argument(
        "--tokenizer-set", nargs="+", type=pair, action="extend", default=[], metavar="key=value", help=what
    )


def add_device(command: argparse.ArgumentParser) -> None:
    """Add ``--device auto|cpu|gpu|mps|0,1,...`` and ``--gpus N``."""
    what = "auto (a GPU where there is one), cpu, gpu, mps (Apple), or the numbers of GPUs that doctor lists: 0,1"
    command.add_argument("--device", metavar="auto|cpu|gpu|mps|0,1,...", help=what)
    command.add_argument("--gpus", type=int, metavar="N", help="on how many GPUs, which share every batch")


def device(options: argparse.Namespace) -> DeviceRequest:
    """Give where ``--device`` and ``--gpus`` let a run compute.

    Raises
    ------
    UserError
        If they do not go together, or this machine, where runs are done on it, has no such device.
    """
    named = options.device or (devices.AUTO if options.gpus is None else devices.GPU)
    if named in devices.KINDS:
        wish = DeviceRequest(named, 1 if options.gpus is None else options.gpus)
    else:
        which = tuple(name.strip() for name in named.split(","))
        wish = DeviceRequest(devices.GPU, len(which) if options.gpus is None else options.gpus, which)
    why = slots.explain_refusal(wish, slots.list_slots()) if runner_name() == "local" else ""
    if why:
        raise UserError(why)
    return wish


def tokenizer(options: argparse.Namespace) -> Tokenizer | None:
    """Make the tokenizer of ``--tokenizer`` with its settings; None where none is named.

    Raises
    ------
    UserError
        If there is no such tokenizer, a setting breaks its limits, or settings are given for none.
    """
    if options.tokenizer is None:
        if options.tokenizer_set:
            raise UserError("--tokenizer-set gives settings of a tokenizer; name it by --tokenizer.")
        return None
    return TOKENIZERS.create(options.tokenizer, dict(options.tokenizer_set))


def settings(options: argparse.Namespace) -> dict[str, str]:
    """Give the settings named by ``--set``; the registry checks them."""
    return dict(options.set)


def choice(name: str, options: argparse.Namespace) -> Choice:
    """Name something registered with the settings of ``--set``."""
    return Choice(name, settings(options))


def find_target(name: str | None, names: Sequence[str], run: str) -> int:
    """Give the number of the target of a run that ``--target`` names, which may be left out where there is one.

    Raises
    ------
    UserError
        If there are several and none is named, or there is no such target; the sentence lists them in quotation marks,
        for names hold commas.
    """
    listed = "; ".join(f'"{each}"' for each in names)
    if name is None and len(names) > 1:
        raise UserError(f"{run} has {len(names)} targets; name one by --target: {listed}.")
    if name is not None and name not in names:
        raise UserError(f"{run} has no target {name!r}; choose from {listed}.")
    return names.index(name) if name else 0


def pair(text: str) -> tuple[str, str]:
    """Split ``key=value``."""
    key, equals, value = text.partition("=")
    if not equals or not key:
        raise argparse.ArgumentTypeError(f"{text!r} is not key=value")
    return key, value


def show_progress() -> Callback:
    """Give a listener that writes one changing line to stderr where that is a terminal, and nothing elsewhere."""
    eta = Eta()

    def show(report: Report) -> None:
        if not sys.stderr.isatty():
            return
        left = eta.remaining(report)
        ending = f", about {left:.0f} s left" if left is not None else ""
        sys.stderr.write(f"\r\033[K{report.stage} {report.step:,} of {report.total:,}{ending}")
        if report.step == report.total:
            sys.stderr.write("\n")
        sys.stderr.flush()

    return Callback(show)


def write_table(header: Sequence[str], rows: Iterable[Sequence[object]], out: str | None) -> None:
    """Write rows to a file whose ending says how (``.csv``, ``.xlsx``, else tab-separated), or to stdout as TSV.

    Raises
    ------
    UserError
        If the file cannot be written, or a worksheet cannot hold the table.
    """
    if out is None:
        write_rows(header, rows, sys.stdout)
        return
    ending = Path(out).suffix.lower()
    if ending == ".xlsx":
        write_file(out, to_xlsx(pd.DataFrame(list(rows), columns=list(header), dtype=object)))
        return
    with writing(out), Path(out).open("w", encoding="utf-8", newline="") as file:
        write_rows(header, rows, file, delimiter="," if ending == ".csv" else "\t")


def write_file(out: str | Path, content: bytes) -> None:
    """Write a file that a command made.

    Raises
    ------
    UserError
        If it cannot be written.
    """
    with writing(out):
        Path(out).write_bytes(content)


@contextmanager
def writing(out: str | Path) -> Iterator[None]:
    """Say in a sentence that a file or folder could not be written.

    Raises
    ------
    UserError
        If that is so.
    """
    try:
        yield
    except OSError as error:
        raise UserError(f"{out} could not be written ({error.strerror}); choose another place.") from error
