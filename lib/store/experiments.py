"""In-silico experiments as runs: what was asked, and the tables that came of it.

The motifs of an experiment lie under ``experiments/<content hash>/motifs.json``, so that a run names them by a word and
lists of runs stay small; the worker copies them into the folder of the run.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import numpy as np

from lib.analysis.motifs import Motif
from lib.core.errors import UserError
from lib.core.spec import content_id
from lib.store import runs
from lib.store.files import folder_of, replacing
from lib.store.runfiles import read_json, write_json
from lib.store.runs import Run

if TYPE_CHECKING:
    import pandas as pd

KIND = "experiment"
INSERT, PAIRS, ABLATE, DESIGN = SORTS = ("insert", "pairs", "ablate", "design")
FOLDER, MOTIFS = "experiments", "motifs.json"
EFFECTS, DESIGNED = "effects.parquet", "design.json"


@dataclass(frozen=True)
class Asked:
    """What an experiment asks of a trained model.

    Parameters
    ----------
    sort
        One of ``SORTS``.
    run
        Id of the run whose model is asked.
    target
        Number of the target that is predicted.
    motifs
        Those that are put in, combined or taken out; of a design those whose gain and loss is told.
    options
        Plain JSON, by sort; see ``lib.jobs.experiment``.
    seed
        Seeds backgrounds and letters that are drawn.
    """

    sort: str
    run: str
    target: int
    motifs: tuple[Motif, ...]
    options: Mapping[str, Any] = field(default_factory=dict)
    seed: int = 0


def payload(asked: Asked) -> dict[str, Any]:
    """Keep the motifs of an experiment and give what a run says about it, plain JSON.

    Raises
    ------
    UserError
        If nothing can be written.
    """
    written = {"motifs": [_to_json(motif) for motif in asked.motifs]}
    key = content_id(written, length=24)
    path = folder_of(FOLDER, key) / MOTIFS
    if not path.exists():
        path.parent.mkdir(parents=True, exist_ok=True)
        write_json(path, written)
    return {
        "experiment": asked.sort,
        "run": asked.run,
        "target": asked.target,
        "motifs": key,
        "n": len(asked.motifs),
        "options": dict(asked.options),
        "seed": asked.seed,
    }


def read_request(run: Run) -> Asked:
    """Read back what a run asks; its motifs come from its own folder once it has begun.

    Raises
    ------
    UserError
        If the motifs are gone.
    """
    said = run.payload
    own = runs.folder(run.id) / MOTIFS
    kept = read_json(own if own.exists() else folder_of(FOLDER, str(said["motifs"])) / MOTIFS)
    motifs = tuple(_of_json(item) for item in kept["motifs"])
    return Asked(said["experiment"], said["run"], int(said["target"]), motifs, said["options"], int(said["seed"]))


def keep_motifs(run: Run) -> None:
    """Copy the motifs of a run into its folder, so that the folder is complete on its own."""
    write_json(runs.folder(run.id) / MOTIFS, {"motifs": [_to_json(motif) for motif in read_request(run).motifs]})


def of(run_id: str, sort: str) -> list[Run]:
    """Give the experiments of one sort that ask the model of a run, the newest first."""
    dataset = runs.get(run_id).dataset
    return [
        run
        for run in runs.all(dataset=dataset, kind=KIND)
        if run.payload.get("run") == run_id and run.payload.get("experiment") == sort
    ]


def effects(run_id: str) -> "pd.DataFrame":
    """Read the table of a finished experiment.

    Raises
    ------
    UserError
        If it is not there or damaged.
    """
    import pandas as pd
    import pyarrow

    path = runs.folder(run_id) / EFFECTS
    try:
        return pd.read_parquet(path)
    except (OSError, pyarrow.ArrowInvalid) as error:
        raise UserError(f"The table of the experiment {run_id} cannot be read. Start the experiment again.") from error


def write_effects(run_id: str, table: "pd.DataFrame") -> None:
    """Keep the table of an experiment."""
    with replacing(runs.folder(run_id) / EFFECTS) as temporary:
        table.to_parquet(temporary, index=False)


def design(run_id: str) -> dict[str, Any]:
    """Read what came of a design, as ``lib.analysis.design.Design`` in plain JSON.

    Raises
    ------
    UserError
        If it is not there or damaged.
    """
    return read_json(runs.folder(run_id) / DESIGNED)


def _to_json(motif: Motif) -> dict[str, Any]:
    strength = motif.strength if np.isfinite(motif.strength) else None
    matrix = None if motif.pwm is None else motif.pwm.tolist()
    return {"name": motif.name, "word": motif.word, "strength": strength, "pwm": matrix}


def _of_json(item: Mapping[str, Any]) -> Motif:
    strength = float("nan") if item["strength"] is None else float(item["strength"])
    matrix = None if item["pwm"] is None else np.array(item["pwm"], dtype=np.float64)
    return Motif(str(item["name"]), str(item["word"]), strength, matrix)


def unique(motifs: Sequence[Motif]) -> tuple[Motif, ...]:
    """Give motifs of which no two have the same name, the first of each."""
    return tuple({motif.name: motif for motif in reversed(motifs)}.values())[::-1]
