"""Arguments that several commands take."""

import argparse
import csv
import sys
from collections.abc import Iterable, Sequence
from pathlib import Path

from lib.core.errors import UserError
from lib.core.progress import Callback, Eta, Report
from lib.core.spec import Choice
from lib.io.export import quoted
from lib.io.files import Source
from lib.io.sequences import read_sequences
from lib.jobs import devices, runner_name, slots
from lib.jobs.devices import Wish
from lib.tokenizers import TOKENIZERS, Tokenizer


def source(path: str) -> Source:
    """Name a file on disk as a source.

    Raises
    ------
    UserError
        If there is no such file.
    """
    file = Path(path)
    if not file.is_file():
        raise UserError(f"There is no file {path}; check the path.")
    return Source(file.name, file)


def sequences(path: str) -> list[tuple[str, str]]:
    """Read ids and stored sequences from a file; rows that cannot be used are said on stderr.

    Raises
    ------
    UserError
        If no sequence can be used.
    """
    read = read_sequences(source(path))
    for rejected in read.rejected:
        sys.stderr.write(f"left out: {rejected.problem()}\n")
    if not len(read.ids):
        raise UserError(f"{path} holds no sequence that can be used; see the lines above.")
    return list(zip(map(str, read.ids), map(str, read.sequences), strict=True))


def add_settings(command: argparse.ArgumentParser) -> None:
    """Add ``--set key=value ...``."""
    what = "settings of the tokenizer, model or method; repeat it, or give several"
    command.add_argument("--set", nargs="+", type=_pair, action="extend", default=[], metavar="key=value", help=what)


def add_tokenizer(command: argparse.ArgumentParser) -> None:
    """Add ``--tokenizer NAME`` and ``--tokenizer-set key=value ...``."""
    command.add_argument("--tokenizer", metavar="NAME", help="what cuts the sequences, for a model that reads tokens")
    what = "settings of the tokenizer; repeat it, or give several"
    command.add_argument(
        "--tokenizer-set", nargs="+", type=_pair, action="extend", default=[], metavar="key=value", help=what
    )


def add_device(command: argparse.ArgumentParser) -> None:
    """Add ``--device auto|cpu|gpu|mps|0,1,...`` and ``--gpus N``."""
    what = "auto (a GPU where there is one), cpu, gpu, mps (Apple), or the numbers of GPUs that doctor lists: 0,1"
    command.add_argument("--device", metavar="auto|cpu|gpu|mps|0,1,...", help=what)
    command.add_argument("--gpus", type=int, metavar="N", help="on how many GPUs, which share every batch")


def device(options: argparse.Namespace) -> Wish:
    """Give where ``--device`` and ``--gpus`` let a run compute.

    Raises
    ------
    UserError
        If they do not go together, or this machine, where runs are done on it, has no such device.
    """
    named = options.device or (devices.AUTO if options.gpus is None else devices.GPU)
    if named in devices.KINDS:
        wish = Wish(named, 1 if options.gpus is None else options.gpus)
    else:
        which = tuple(name.strip() for name in named.split(","))
        wish = Wish(devices.GPU, len(which) if options.gpus is None else options.gpus, which)
    why = slots.impossible(wish, slots.slots()) if runner_name() == "local" else ""
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


def _pair(text: str) -> tuple[str, str]:
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
    """Write rows as tab-separated text to a file, or to stdout where none is named.

    Raises
    ------
    UserError
        If the file cannot be written.
    """
    if out is None:
        _write(header, rows, sys.stdout)
        return
    try:
        with Path(out).open("w", encoding="utf-8", newline="") as file:
            _write(header, rows, file)
    except OSError as error:
        raise UserError(f"{out} could not be written ({error.strerror}); choose another place.") from error


def _write(header: Sequence[str], rows: Iterable[Sequence[object]], file: object) -> None:
    writer = csv.writer(file, delimiter="\t", lineterminator="\n")  # type: ignore[arg-type]
    writer.writerow(header)
    writer.writerows([quoted(cell) for cell in row] for row in rows)
