"""Counts at each base on the command line: from files to a dataset, and predicted profiles as files."""

import argparse
import io
from collections.abc import Iterator, Sequence
from typing import Any

import numpy as np

from lib.cli import arguments
from lib.core.arrays import FloatArray
from lib.core.errors import UserError
from lib.datasets import profile_tables, profile_tracks, profiles
from lib.datasets.draft import Draft
from lib.datasets.profiles import ProfileChoices
from lib.datasets.splits import SplitChoice
from lib.io import bigwig, tif_seq
from lib.io.bigwig import BigWigFile
from lib.io.decisions import require
from lib.io.sandbox import run_reader
from lib.io.tables import read_table
from lib.io.tif_seq import TifChoice
from lib.io.windows import PLACES, ProfileColumn, Windows
from lib.store import runs
from lib.store.fitted import load_fitted

FORMS = ("profiles", "bigwig", "tif_seq")
KINDS = ("id", "sequence", *PLACES)


def add_import(command: argparse.ArgumentParser) -> None:
    """Add what ``import`` takes for counts at each base."""
    group = command.add_argument_group("counts at each base")
    group.add_argument("--profiles", metavar="FILE", help="table with a sequence and columns of comma-separated counts")
    group.add_argument("--bigwig", nargs="+", metavar="FILE", help="counts along the genome, with --bed and --genome")
    group.add_argument("--tif-seq", metavar="FILE", help="table chr strand t5 t3 and conditions, with --genome")
    group.add_argument("--bed", metavar="FILE", help="windows of one length, or of --window nt around their middles")
    group.add_argument("--genome", metavar="FILE", help="FASTA")
    group.add_argument(
        "--track",
        nargs="+",
        action="extend",
        type=_track,
        default=[],
        metavar="COLUMN=TRACK[:REPLICATE]",
        help="what a column or a bigWig file is (FILE=TRACK[:REPLICATE[:STRAND]], strand + or -; default: guessed by "
        "the names); those not named are left out",
    )
    group.add_argument(
        "--layout",
        nargs="+",
        action="extend",
        type=_place,
        default=[],
        metavar="KIND=COLUMN",
        help=f"which columns of --profiles hold {', '.join(KINDS)} (default: guessed; KIND= for none)",
    )
    group.add_argument("--both-strands", action="store_true", help="the strands of bigWig files are two tracks")
    group.add_argument("--window", type=int, metavar="NT", help="length of the windows (TIF-seq: 300)")
    group.add_argument("--ends", choices=("3", "5"), default="3", help="ends of transcripts of TIF-seq")
    group.add_argument("--least", type=int, metavar="N", help="counts that a window needs (default 1; TIF-seq 20)")


def has_profiles(options: argparse.Namespace) -> bool:
    """Say whether counts at each base are imported.

    Raises
    ------
    UserError
        If files of several kinds are named.
    """
    named = [form for form in FORMS if getattr(options, form)]
    others = [name for name in ("expression", "sequences", "parts") if getattr(options, name)]
    if len(named) > 1 or (named and others):
        listed = ", ".join(f"--{name.replace('_', '-')}" for name in [*named, *others])
        raise UserError(f"{listed} are imports of different kinds; bring one of them.")
    return bool(named)


def draft(options: argparse.Namespace, split: SplitChoice) -> Draft:
    """Read the files and make the draft of a dataset.

    Raises
    ------
    UserError
        If a file is missing or cannot be used, or the choices do not fit it.
    """
    windows = _windows(options)
    columns = None
    if options.track and not options.bigwig:
        columns = tuple(ProfileColumn(*named[:3]) for named in options.track)
    least = 1 if options.tif_seq else max(1, options.least or 1)  # windows of TIF-seq were made with it
    reading = arguments.reading(options)
    chosen = ProfileChoices(options.name, columns, split=split, least=least, excluded_ok=reading.excluded_ok)
    return profiles.build(windows, chosen)


def _windows(options: argparse.Namespace) -> Windows:
    if options.profiles:
        source = arguments.source(options.profiles)
        table = run_reader(read_table, source, arguments.reading(options))
        require(table.decisions)
        layout = profile_tables.guess_layout(table)._replace(**dict(options.layout))
        return profile_tables.from_layout(table, layout, source, arguments.reading(options))
    if not options.genome:
        raise UserError("The sequences are cut from the genome; name its FASTA by --genome.")
    genome = arguments.source(options.genome)
    if options.tif_seq:
        conditions = tuple(filter(None, (options.read_conditions or "").split(",")))
        least = TifChoice.least if options.least is None else options.least
        choice = TifChoice("t5" if options.ends == "5" else "t3", conditions, options.window or TifChoice.length, least)
        return run_reader(tif_seq.read_windows, arguments.source(options.tif_seq), genome, choice)
    if not options.bed:
        raise UserError("bigWig files need windows; name a BED file by --bed.")
    files = _files(bigwig.guess_files([arguments.source(path) for path in options.bigwig]), options.track)
    bed = arguments.source(options.bed)
    return run_reader(
        profile_tracks.read_windows,
        bed,
        genome,
        files,
        length=options.window,
        both=options.both_strands,
        reading=arguments.reading(options),
    )


def _files(files: Sequence[BigWigFile], tracks: Sequence[tuple[str, str, str, str]]) -> list[BigWigFile]:
    """Give files the tracks that were named for them."""
    if not tracks:
        return list(files)
    named = {name: rest for name, *rest in tracks}
    missing = set(named) - {file.source.name for file in files}
    if missing:
        listed = ", ".join(file.source.name for file in files)
        raise UserError(f"--track names {sorted(missing)[0]}, which is not among the bigWig files {listed}.")
    chosen: list[BigWigFile] = []
    for file in files:
        if file.source.name in named:
            track, replicate, strand = named[file.source.name]
            chosen.append(BigWigFile(file.source, track, replicate, strand or file.strand))
    return chosen


def _track(text: str) -> tuple[str, str, str, str]:
    name, equals, rest = text.rpartition("=")
    track, replicate, strand = [*rest.split(":"), "", ""][:3]
    if not (equals and name and track) or rest.count(":") > 2 or strand not in ("", "+", "-"):
        raise argparse.ArgumentTypeError(f"{text!r} is not COLUMN=TRACK, COLUMN=TRACK:REPLICATE or FILE=TRACK::+")
    return name, track, replicate, strand


def _place(text: str) -> tuple[str, str]:
    kind, equals, column = text.partition("=")
    if not equals or kind not in KINDS or (kind == "sequence" and not column):
        raise argparse.ArgumentTypeError(f"{text!r} is not KIND=COLUMN; the kinds are {', '.join(KINDS)}")
    return kind, column


def predict(options: argparse.Namespace, pairs: Sequence[tuple[str, str]], counts: FloatArray) -> dict[str, Any] | None:
    """Write predicted profiles: an npz, or a table ``id, track, position (0-based), share, counts``.

    Parameters
    ----------
    options
        Those of ``predict``.
    pairs
        Ids and stored sequences of N windows.
    counts
        (N, T) predicted log(1 + counts).

    Raises
    ------
    UserError
        If the model of the run predicts no profiles, a sequence has another length than its windows, or the file
        cannot be written.
    """
    from lib.tasks.profile import Profiled

    model = load_fitted(options.run_id)
    if not isinstance(model, Profiled):
        raise UserError(f"The model of run {options.run_id} predicts no profiles; leave --profiles out.")
    shares = model.predict_profiles([sequence for _, sequence in pairs], progress=arguments.show_progress())
    totals = np.maximum(np.expm1(counts), 0.0)
    tracks = list(runs.metrics(options.run_id).get("tracks", range(shares.shape[1])))
    ids = [identifier for identifier, _ in pairs]
    if (options.out or "").endswith(".npz"):
        made = {"ids": np.array(ids), "tracks": np.array(tracks), "shares": shares.astype(np.float32), "counts": totals}
        file = io.BytesIO()
        np.savez_compressed(file, allow_pickle=False, **made)
        arguments.write_file(options.out, file.getvalue())
    elif options.out or not options.json:
        header = ("id", "track", "position", "share", "counts")
        arguments.write_table(header, _rows(ids, tracks, shares, totals), options.out)
    if not options.json:
        return None
    facts = {"run": options.run_id, "windows": len(ids), "tracks": tracks, "length": int(shares.shape[2])}
    return {**facts, "out": options.out}


def _rows(
    ids: Sequence[str], tracks: Sequence[str], shares: FloatArray, totals: FloatArray
) -> Iterator[tuple[str, str, int, float, float]]:
    for identifier, each, total in zip(ids, shares, totals, strict=True):
        for track, profile, reads in zip(tracks, each, total.tolist(), strict=True):
            for position, share in enumerate(profile.tolist()):
                yield identifier, track, position, share, share * reads
