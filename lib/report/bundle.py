"""``bundle.zip``: a finished run, its dataset, and a script that repeats it on another machine.

The zip holds ``runs/<id>/`` without ``LEFT_OUT``, ``datasets/<id>/``, the RBP table that was chosen for the run,
``bundle.json`` with the SHA-256 of every file, ``reproduce.py`` and ``README.md``. Files go to the disk piece by piece;
none is held in memory. Nothing in it is pickled: files of other kinds than those of ``KINDS`` are left out and named.
"""

import hashlib
import json
import zipfile
from collections.abc import Iterator
from datetime import datetime
from pathlib import Path
from typing import Any

import lib
from lib.core.files import replacing
from lib.core.progress import Progress, Report, Silent
from lib.report import commands
from lib.report.context import Context, gather
from lib.store import rbp_tables
from lib.store.files import folder_of
from lib.store.runs import Run
from lib.tasks import headline

FORMAT = 1
FACTS, SCRIPT, README = "bundle.json", "reproduce.py", "README.md"
KINDS = (".json", ".txt", ".csv", ".tsv", ".parquet", ".npz", ".safetensors", ".model", ".meme")
"""Endings of the files that a bundle holds; none of them can run anything when it is opened."""
LEFT_OUT = ("checkpoints", "attributions", "attribution-sets")
"""Folders of a run that only a training that goes on needs, and what is kept so that it is not computed twice."""
_PACKED = (".json", ".txt", ".csv", ".tsv", ".meme")  # the others are compressed already
_BLOCK = 1 << 20


def write(run_id: str, out: Path, *, progress: Progress | None = None) -> dict[str, Any]:
    """Write the bundle of a finished run and say how large it is and what it holds.

    Raises
    ------
    UserError
        If the run is not finished, or nothing can be written.
    Cancelled
        If the listener asked for it; nothing is left behind.
    """
    listener = progress or Silent()
    context = gather(run_id)
    files, skipped = members(context)
    facts = {**describe(context), "left_out": skipped}
    hashes: dict[str, str] = {}
    with (
        replacing(out) as temporary,
        zipfile.ZipFile(temporary, "w", allowZip64=True, strict_timestamps=False) as packed,
    ):
        for number, (name, path) in enumerate(files.items()):
            listener.report(Report(number, len(files), "Packing"))
            hashes[name] = _add(packed, name, path)
        for name, content in (
            (FACTS, json.dumps({**facts, "files": hashes}, indent=1, allow_nan=False)),
            (SCRIPT, (Path(__file__).parent / SCRIPT).read_text(encoding="utf-8")),
            (README, readme(context)),
        ):
            packed.writestr(zipfile.ZipInfo(name, (1980, 1, 1, 0, 0, 0)), content, zipfile.ZIP_DEFLATED)
        listener.report(Report(len(files), len(files), "Packing"))
    size = out.stat().st_size
    return {"run": run_id, "out": str(out), "bytes": size, "files": len(files), "left_out": skipped}


def members(context: Context) -> tuple[dict[str, Path], list[str]]:
    """Name what a bundle holds, each with its place on the disk, and what is left out because of its kind."""
    run = context.run
    places = [("runs", run.id), ("datasets", run.dataset)]
    if run.payload.get("rbp") and folder_of(rbp_tables.KIND, str(run.payload["rbp"])).is_dir():
        places.append((rbp_tables.KIND, str(run.payload["rbp"])))
    found: dict[str, Path] = {}
    skipped = []
    for kind, name in places:
        for path in _files(folder_of(kind, name)):
            inside = path.relative_to(folder_of(kind, name)).as_posix()
            if path.suffix.lower() in KINDS:
                found[f"{kind}/{name}/{inside}"] = path
            else:
                skipped.append(f"{kind}/{name}/{inside}")
    return found, skipped


def _files(folder: Path) -> Iterator[Path]:
    """Give the files of a folder, sorted: no links, nothing hidden, no checkpoints."""
    for path in sorted(folder.rglob("*")):
        parts = path.relative_to(folder).parts
        if path.is_file() and not path.is_symlink() and not any(part.startswith(".") for part in parts):
            if parts[0] not in LEFT_OUT:
                yield path


def describe(context: Context) -> dict[str, Any]:
    """Give what another workspace needs to know of the run and the dataset beside their files."""
    run = context.run
    return {
        "format": FORMAT,
        "motiflens": lib.__version__,
        "run": {
            "id": run.id,
            "name": run.name,
            "kind": run.kind,
            "payload": run.payload,
            "results": run.results,
            "created": run.created.isoformat(),
            "started": _time(run.started),
            "ended": _time(run.ended),
        },
        "dataset": {"id": context.dataset.id, "name": context.row.name},
        "train": commands.training_arguments(context),
    }


def _time(moment: datetime | None) -> str | None:
    return None if moment is None else moment.isoformat()


def _add(packed: zipfile.ZipFile, name: str, path: Path) -> str:
    """Copy a file into the zip a piece at a time, and give its SHA-256."""
    digest = hashlib.sha256()
    info = zipfile.ZipInfo.from_file(path, name, strict_timestamps=False)
    info.compress_type = zipfile.ZIP_DEFLATED if path.suffix.lower() in _PACKED else zipfile.ZIP_STORED
    with path.open("rb") as source, packed.open(info, "w", force_zip64=info.file_size > 1 << 31) as target:
        while block := source.read(_BLOCK):
            digest.update(block)
            target.write(block)
    return digest.hexdigest()


def readme(context: Context) -> str:
    """Say in plain text what the bundle is and what to do with it."""
    run: Run = context.run
    versions = ", ".join(f"{name} {version}" for name, version in run.spec.versions.items())
    by = headline(context.dataset.task)
    value, name = context.metrics["test"].get(by.key), by.label.replace("²", "2")
    score = f"Test {name}: {value!r} (n = {context.metrics['test']['n']:,}).\n" if value is not None else ""
    note = "The data are simulated, no measurement.\n" if context.dataset.simulated else ""
    return f"""# {" ".join(run.name.split())}

A finished run of MotifLens with its dataset.

{note}{score}
- `runs/{run.id}/`: specification, environment, log, learning curve, predictions, metrics, the trained model.
- `datasets/{context.dataset.id}/`: sequences, targets and split.
- `bundle.json`: names, and the SHA-256 of every file.

## Repeat it

Unzip this file. In the folder of a MotifLens that is installed ({versions}):

    python WHERE-YOU-UNZIPPED/reproduce.py            # judge the saved model again
    python WHERE-YOU-UNZIPPED/reproduce.py --train    # train it again with the same settings and seed

Both work in a folder of their own and leave your workspace as it is. To look at the run in the app:

    motiflens unpack WHERE-YOU-UNZIPPED

With the same versions on the same kind of machine the numbers are the same to the last digit; other versions and GPUs
may differ in the last digits.
"""
