"""Attributions of many sequences of a dataset, kept together: ``attribution-sets/<key>`` in the folder of the run.

While a set is made its sequences lie in chunks, one file for so many, so that work that is cancelled, lost or begun
anew goes on where it was; at the end they become one ``set.npz`` without pickled objects. The key covers the content of
the trained model, the method with its settings, the target, the head, the seed and the sequences: a set is never out of
date, moves with its workspace, two jobs that want the same one share it, and it may be deleted at any time.
"""

import json
import shutil
import zipfile
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from lib.attribution import profile_heads
from lib.core.alphabet import codes
from lib.core.errors import UserError
from lib.core.files import replacing
from lib.core.progress import Progress, Report, Silent, Stage
from lib.core.spec import content_id
from lib.datasets.dataset import Dataset
from lib.store import datasets, fitted, runs
from lib.store.set_choice import SetChoice, choice_of, rows_of

if TYPE_CHECKING:
    from lib.attribution.base import Attribution

CHUNK = 64
"""Sequences that are computed before they are written."""
MOST = 100_000_000
"""Nucleotides of a set at most, counted as N times the longest sequence: 2.1 GB in memory."""
LAYOUT = 2
"""Counts up where methods give other numbers, so that what an older version computed is never taken for new."""
_FILE = "set.npz"
_DAMAGED = (OSError, ValueError, KeyError, TypeError, EOFError, zipfile.BadZipFile)

Floats = NDArray[np.float32]


@dataclass(frozen=True)
class AttributionSet:
    """Attributions of N sequences; L is the longest, shorter ones are followed by zeros.

    Parameters
    ----------
    ids, rows, lengths
        (N,) id, row of the dataset and length in nt of each sequence.
    one_hot
        (N, 4, L) of 0 and 1, channels A C G T.
    attributions
        (N, L) one signed number per nucleotide, in the unit of the target.
    hypothetical
        (N, 4, L) contribution that each base would have; None where the method has none.
    predictions, deltas
        (N,) each; convergence deltas are NaN where none is promised.
    facts
        ``method``, ``reference``, ``rule`` and ``target`` in words.
    standard_errors
        (N, L) standard error of each attribution over random draws; None where nothing is random, and in older sets.
    relative_deltas
        (N,) convergence deltas relative to the way from reference to prediction, NaN where no sum is promised; None in
        older sets.
    """

    ids: NDArray[np.str_]
    rows: NDArray[np.int64]
    lengths: NDArray[np.int64]
    one_hot: NDArray[np.int8]
    attributions: Floats
    hypothetical: Floats | None
    predictions: NDArray[np.float64]
    deltas: NDArray[np.float64]
    facts: dict[str, str]
    standard_errors: Floats | None = None
    relative_deltas: NDArray[np.float64] | None = None

    def __len__(self) -> int:
        """Count the sequences."""
        return len(self.ids)

    def require_hypothetical(self) -> Floats:
        """Give the hypothetical contributions.

        Raises
        ------
        UserError
            If the method has none.
        """
        if self.hypothetical is None:
            raise UserError(
                "This attribution method gives no hypothetical contributions, and motifs need them. Choose another."
            )
        return self.hypothetical


def compute(choice: SetChoice, progress: Progress | None = None) -> AttributionSet:
    """Give a set: read where it was made before, else made, going on from the chunks that are there.

    Raises
    ------
    UserError
        If the run has no trained model, the method does not fit it, or the set would not fit into memory.
    Cancelled
        If the listener asked for it; the chunks that are done stay.
    """
    listener = progress or Silent()
    dataset = datasets.load(runs.get(choice.run).dataset)
    method, rows = choice.method_made(), rows_of(choice, dataset)
    names = runs.metrics(choice.run).get("targets", [])
    place = _place(choice, dataset, rows)
    done = _read(place)
    if done is not None:
        return done
    longest = require_size(dataset, rows)
    if not 0 <= choice.target < len(names):
        raise UserError(
            f"The run {choice.run} has {len(names)} targets; there is no target number {choice.target + 1}."
        )
    chunks = [rows[start : start + CHUNK] for start in range(0, len(rows), CHUNK)]
    for number, chunk in enumerate(chunks):
        path, before = place / f"chunk-{number:06d}.npz", number * CHUNK
        if _arrays(path) is None:
            made = profile_heads.attribute(
                method,
                fitted.load_fitted(choice.run),
                dataset.sequences[chunk].tolist(),
                head=choice.head,
                target=choice.target,
                seed=choice.seed,
                progress=Stage(listener, before=before, after=len(rows) - before - len(chunk)),
            )
            _write(path, _pack(made, longest, profile_heads.name_target(choice.head, names[choice.target])))
        listener.report(Report(min(before + CHUNK, len(rows)), len(rows), "Attribution"))
    return _join(place, [place / f"chunk-{number:06d}.npz" for number in range(len(chunks))], dataset, rows)


def require_size(dataset: Dataset, rows: NDArray[np.int64]) -> int:
    """Give the length in nt of the longest of some sequences.

    Raises
    ------
    UserError
        If a set of them would not fit into memory.
    """
    longest = max(len(sequence) for sequence in dataset.sequences[rows])
    if len(rows) * longest > MOST:
        found = f"{len(rows):,} sequences of up to {longest:,} nt"
        raise UserError(f"{found} are more than fit into memory at once; take at most {MOST // longest:,} sequences.")
    return longest


def find(choice: SetChoice) -> AttributionSet | None:
    """Give a set where it was made before, else None.

    Raises
    ------
    UserError
        If the run has no trained model any more.
    """
    return _read(path_to(choice).parent)


def load(job_id: str) -> AttributionSet:
    """Read the set that a job of kind ``attribute`` or ``discover`` made, by this version or an older one.

    Raises
    ------
    UserError
        If there is no such job, it has not finished, or its files are gone.
    """
    found = _read(path_of(job_id).parent)
    if found is None:
        if runs.get(job_id).state == runs.FINISHED:
            raise UserError(
                f"The attributions of job {job_id} are gone: files were deleted, the model was trained again, or the "
                "workspace was moved under an older version. Start it again with the same settings."
            )
        raise UserError(f"The attributions of job {job_id} are not there; wait until it has finished, or resume it.")
    return found


def path_of(job_id: str) -> Path:
    """Give the npz of the set that a job made, for download and other programs; it may not be there yet.

    A finished job says which layout its set has. One of an older version does not: its set was written before it
    ended, so that what was computed anew since then is never shown beside what was found in other numbers.
    """
    job = runs.get(job_id)
    choice = choice_of(job)
    dataset = datasets.load(runs.get(choice.run).dataset)
    rows = rows_of(choice, dataset)
    if known := job.results.get("layout"):
        return _place(choice, dataset, rows, int(known)) / _FILE
    paths = [_place(choice, dataset, rows, layout) / _FILE for layout in range(LAYOUT, 0, -1)]
    latest = job.ended.timestamp() if job.state == runs.FINISHED and job.ended else float("inf")
    made = [path for path in paths if path.is_file() and path.stat().st_mtime <= latest]
    return made[0] if made else paths[-1 if latest < float("inf") else 0]


def path_to(choice: SetChoice) -> Path:
    """Give the npz of a set; it may not be there yet."""
    dataset = datasets.load(runs.get(choice.run).dataset)
    return _place(choice, dataset, rows_of(choice, dataset)) / _FILE


def _place(choice: SetChoice, dataset: Dataset, rows: NDArray[np.int64], layout: int = LAYOUT) -> Path:
    asked = {
        "layout": layout,
        "method": choice.method,
        "settings": dict(choice.settings),
        "target": choice.target,
        "seed": choice.seed,
        "dataset": dataset.id,
        "rows": rows.tolist(),
        **({} if choice.head == profile_heads.COUNTS else {"head": choice.head}),
    }
    folder = runs.folder(choice.run) / "attribution-sets"
    models = fitted.list_fingerprints(choice.run)
    places = [folder / content_id({**asked, "model": model}, length=24) for model in models]
    return next((place for place in places if place.exists()), places[0])


def _pack(made: "Sequence[Attribution]", longest: int, target: str) -> dict[str, NDArray[Any]]:
    """Turn attributions into arrays whose last axis has the length of the longest sequence."""
    scores = np.zeros((len(made), longest), dtype=np.float32)
    for row, item in enumerate(made):
        scores[row, : len(item.sequence)] = item.scores
    first = made[0]
    facts = {"method": first.method, "reference": first.reference, "rule": first.rule, "target": target}
    arrays: dict[str, NDArray[Any]] = {
        "attributions": scores,
        "predictions": np.array([item.prediction for item in made]),
        "deltas": np.array([item.delta for item in made], dtype=np.float64),
        "relative_deltas": np.array([item.relative_delta for item in made], dtype=np.float64),
        "facts": np.frombuffer(json.dumps(facts).encode(), dtype=np.uint8),
    }
    for name, shape in (("hypothetical", (4, longest)), ("standard_errors", (longest,))):
        each = [getattr(item, name) for item in made]
        if all(values is not None for values in each):
            arrays[name] = np.zeros((len(made), *shape), dtype=np.float32)
            for row, values in enumerate(each):
                arrays[name][row, ..., : values.shape[-1]] = values
    return arrays


def _join(place: Path, chunks: list[Path], dataset: Dataset, rows: NDArray[np.int64]) -> AttributionSet:
    """Write the chunks as one file and remove them."""
    read = [_arrays(path) for path in chunks]
    parts = [part for part in read if part is not None]
    if len(parts) < len(read):
        raise UserError("A part of the attributions was removed while they were made. Resume the job to make it again.")
    names = set.intersection(*map(set, parts)) - {"facts"}  # all that an older chunk lacks is left out
    arrays = {name: np.concatenate([part[name] for part in parts]) for name in names}
    longest = arrays["attributions"].shape[1]
    numbers = np.full((len(rows), longest), 4, dtype=np.uint8)
    for at, sequence in enumerate(dataset.sequences[rows]):
        numbers[at, : len(sequence)] = codes(str(sequence))
    arrays["one_hot"] = (numbers[:, None, :] == np.arange(4, dtype=np.uint8)[None, :, None]).astype(np.int8)
    arrays |= {"ids": dataset.ids[rows].astype(np.str_), "rows": rows, "facts": parts[0]["facts"]}
    arrays["lengths"] = np.array([len(sequence) for sequence in dataset.sequences[rows]], dtype=np.int64)
    _write(place / _FILE, arrays)
    made = _read(place)
    if made is None:
        shutil.rmtree(place, ignore_errors=True)
        raise UserError("The attributions could not be read back after they were written. Start the job again.")
    for path in chunks:
        path.unlink(missing_ok=True)
    return made


def _write(path: Path, arrays: Mapping[str, NDArray[Any]]) -> None:
    with replacing(path) as temporary, temporary.open("wb") as file:
        np.savez_compressed(file, allow_pickle=False, **dict(arrays))


def _arrays(path: Path) -> dict[str, NDArray[Any]] | None:
    try:
        with path.open("rb") as opened, np.load(opened, allow_pickle=False) as file:
            return {name: file[name] for name in file.files}
    except _DAMAGED:
        return None


def _read(place: Path) -> AttributionSet | None:
    arrays = _arrays(place / _FILE)
    try:
        if arrays is None:
            return None
        facts = json.loads(arrays.pop("facts").tobytes())
        whole: dict[str, Any] = {"hypothetical": None, **arrays}
        return AttributionSet(facts=facts, **whole)
    except _DAMAGED:
        return None
