"""The work of an experiment run: what the worker does for a run of kind ``experiment``, and how one is started.

Options by sort, positions 0-based and half-open:

- insert: ``background`` (real, shuffled), ``part``, ``count``, ``starts`` or ``grid`` (see ``Places``)
- pairs: ``background``, ``part``, ``count``, ``gaps`` (nt between the two); every two of the motifs, in both orders
- ablate: ``part``, ``count`` (sequences at most), ``draws``
- design: ``sequence``, ``goal``, ``keep``, ``gc_low``, ``gc_high``, ``forbidden`` (words), ``edits``, ``width``

Each motif (or pair) that is measured is kept at once, so that a resumed run goes on from there.
"""

import shutil
from collections.abc import Callable
from dataclasses import asdict, dataclass, field
from functools import partial
from itertools import combinations_with_replacement
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
import pandas as pd

from lib.analysis import ablation, insertion, pairs
from lib.analysis.asking import Ask, asking
from lib.analysis.backgrounds import REAL, backgrounds
from lib.analysis.constraints import Constraints
from lib.analysis.design import WIDTH, design
from lib.analysis.motifs import Motif, changes, of_text
from lib.analysis.statistics import with_q
from lib.core.errors import UserError
from lib.core.progress import Progress, Report
from lib.datasets.dataset import Dataset
from lib.jobs import runner
from lib.store import datasets, experiments, fitted, runs
from lib.store.experiments import ABLATE, DESIGN, INSERT, KIND, PAIRS, Asked
from lib.store.files import replacing

PARTS = "parts"
NAMES = {INSERT: "Insertion of", PAIRS: "Pairs of", ABLATE: "Removal of"}


class Unit(NamedTuple):
    """A piece of an experiment: its name in words, and what measures it."""

    name: str
    measure: Callable[[Ask], pd.DataFrame]


@dataclass
class _Watch:
    """Tells the listener again and again what is measured now."""

    progress: Progress
    now: Report = field(default_factory=lambda: Report(0, 1, "Asking the model about the sequences as they are"))

    def alive(self) -> None:
        self.progress.report(self.now)


def experiment(run_id: str, folder: Path, progress: Progress) -> dict[str, Any]:
    """Do an experiment into ``effects.parquet`` or ``design.json`` of its folder.

    Raises
    ------
    UserError
        If the trained model or the dataset is gone, or nothing can be measured with these options.
    Cancelled
        If somebody asked for it; motifs that were measured before then stay.
    """
    run = runs.get(run_id)
    asked = experiments.read_request(run)
    experiments.keep_motifs(run)
    progress.report(Report(0, max(1, len(asked.motifs)), "Loading"))
    dataset = datasets.load(run.spec.dataset)
    if asked.sort == DESIGN:
        return _design(asked, folder, progress)
    watch = _Watch(progress)
    ask = asking(fitted.load_fitted(asked.run), asked.target, alive=watch.alive)
    units = _units(asked, dataset, ask)
    (folder / PARTS).mkdir(exist_ok=True)
    frames = []
    for number, unit in enumerate(units):
        watch.now = Report(number, len(units), f"Asking the model about {unit.name}")
        watch.alive()
        path = folder / PARTS / f"{number:06d}.parquet"
        if not path.exists():
            made = unit.measure(ask)
            with replacing(path) as temporary:
                made.to_parquet(temporary, index=False)
        frames.append(pd.read_parquet(path))
    table = _correct_insertions(frames) if asked.sort == INSERT else with_q(frames)
    experiments.write_effects(run_id, table)
    shutil.rmtree(folder / PARTS, ignore_errors=True)
    left = len(asked.motifs) - table["motif"].nunique() if "motif" in table else 0
    return {"n": len(units), "left_out": left, "significant": int((table["q"] < 0.05).sum())}


def start_experiment(asked: Asked, *, name: str = "", owner: str = "") -> str:
    """Queue an experiment and give the id of the run; the same one that waits or works is given.

    Raises
    ------
    UserError
        If the run has no trained model, there is nothing to measure, or nothing can be written.
    """
    run = runs.get(asked.run)
    if run.state != runs.FINISHED or run.kind != "train":
        raise UserError(f"{run.name} has no trained model; an experiment asks one. Choose a finished run.")
    if not asked.motifs and asked.sort != DESIGN:
        raise UserError("There is no motif to measure. Choose an RBP table, or type motifs.")
    payload = experiments.payload(asked)
    same = next((one for one in experiments.of(asked.run, asked.sort) if not one.over and one.payload == payload), None)
    if same is not None:
        return same.id
    many = f"{len(asked.motifs):,} motif{'s' * (len(asked.motifs) != 1)}"
    label = f"Design for {asked.options['goal']:.3g}" if asked.sort == DESIGN else f"{NAMES[asked.sort]} {many}"
    made = runs.create(spec=run.spec, name=name or label, owner=owner, kind=KIND, payload=payload)
    runner().submit(made.id)
    return made.id


def _units(asked: Asked, dataset: Dataset, ask: Ask) -> list[Unit]:
    options, seed = asked.options, asked.seed
    if asked.sort == ABLATE:
        sequences = backgrounds(dataset, REAL, part=options["part"], count=options["count"], seed=seed)
        before = ask(sequences)
        measure = partial(_ablate, sequences=sequences, before=before, draws=options["draws"], seed=seed)
        return [Unit(motif.name, partial(measure, motif=motif)) for motif in asked.motifs]
    chosen = {"part": options["part"], "count": options["count"], "seed": seed}
    sequences = backgrounds(dataset, options["background"], **chosen)
    before = ask(sequences)
    longest = max(map(len, sequences))
    if asked.sort == PAIRS:
        ordered = [
            both
            for first, second in combinations_with_replacement(asked.motifs, 2)
            for both in pairs.orders(first, second)
            if len(first.word) + len(second.word) + min(options["gaps"]) <= longest
        ]
        measure = partial(_pair, sequences=sequences, before=before, gaps=options["gaps"], seed=seed)
        made = [Unit(f"{both[0].name} and {both[1].name}", partial(measure, both=both)) for both in ordered]
    else:
        places = insertion.Places(tuple(options.get("starts", ())), int(options.get("grid", 5)))
        fits = [motif for motif in asked.motifs if max(places.of(longest, len(motif.word)), default=-1) >= 0]
        measure = partial(_insert, sequences=sequences, before=before, places=places, seed=seed)
        made = [Unit(motif.name, partial(measure, motif=motif)) for motif in fits]
    if not made:
        raise UserError(
            f"None of the motifs fits into the backgrounds, of at most {longest:,} nt, at these places. Choose others."
        )
    return made


def _insert(
    ask: Ask, *, motif: Motif, sequences: list[str], before: np.ndarray, places: insertion.Places, seed: int
) -> pd.DataFrame:
    effects = insertion.insert(ask, motif, sequences, before, places=places, seed=seed)
    return insertion.summary(motif, sequences, effects, places)


def _pair(
    ask: Ask, *, both: tuple[Motif, Motif], sequences: list[str], before: np.ndarray, gaps: list[int], seed: int
) -> pd.DataFrame:
    rows = []
    for gap in gaps:
        together, synergy = pairs.pair(ask, both, sequences, before, gap=gap, seed=seed)
        rows.append(pairs.summary(both, gap, together, synergy))
    return pd.concat(rows, ignore_index=True)


def _ablate(ask: Ask, *, motif: Motif, sequences: list[str], before: np.ndarray, draws: int, seed: int) -> pd.DataFrame:
    return ablation.take_out(ask, motif, sequences, before, draws=draws, seed=seed)


def _correct_insertions(frames: list[pd.DataFrame]) -> pd.DataFrame:
    """Correct the rows over all places and the rows of single places apart: they are different questions."""
    whole = with_q([frame[frame["place"].isna()] for frame in frames])
    single = with_q([frame[frame["place"].notna()] for frame in frames])
    return pd.concat([whole, single], ignore_index=True)


def _design(asked: Asked, folder: Path, progress: Progress) -> dict[str, Any]:
    options = asked.options
    most = int(options["edits"])
    rules = Constraints(
        keep=tuple((int(start), int(end)) for start, end in options["keep"]),
        gc_low=float(options["gc_low"]),
        gc_high=float(options["gc_high"]),
        forbidden=tuple(of_text(" ".join(options["forbidden"]))),
        edits=most,
    )
    found = design(
        fitted.load_fitted(asked.run),
        str(options["sequence"]),
        float(options["goal"]),
        target=asked.target,
        constraints=rules,
        width=int(options.get("width", WIDTH)),
        alive=lambda made: progress.report(Report(min(made, most), most, "Searching for edits")),
    )
    gained = changes(asked.motifs, found.start, found.sequence)
    rows = [{**row, "strength": None} if pd.isna(row["strength"]) else row for row in gained.to_dict("records")]
    runs.write_json(folder / experiments.DESIGNED, {**asdict(found), "prediction": found.prediction, "motifs": rows})
    return {"n": len(found.edits), "reached": found.reached, "prediction": found.prediction}
