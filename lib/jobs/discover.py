"""The work of a discovery: what the worker does for a run of kind ``discover``, and how one is started."""

import subprocess
import sys
import tempfile
import time
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np

from lib.attribution import METHODS, list_methods
from lib.attribution.base import explain_refusal
from lib.core.errors import UserError
from lib.core.progress import Progress, Report
from lib.core.registry import settings_of, values_of
from lib.jobs import attribute, processes
from lib.motifs import modisco
from lib.motifs.discover import Coordinates, Discovery, patterns_of, require, require_enough
from lib.motifs.instances import FDR
from lib.motifs.match import gather_motifs, match
from lib.motifs.pattern import Pattern
from lib.store import attribution_sets, datasets, fitted, instances, patterns, runs
from lib.store.attribution_sets import AttributionSet
from lib.store.set_choice import SetChoice, choice_of, rows_of

FEWER: Mapping[str, object] = {"shuffles": 8, "tolerance": 0.2}
"""Settings of methods for many sequences: chance in the references of one sequence averages out over the others."""
DEFAULT_SEQUENCES = 2000
"""Sequences that are drawn."""
NO_METHOD = "No attribution method finds motifs in this model. Choose a run of another model."


def suggest_settings(method: str) -> dict[str, object]:
    """Give the settings of a method that suit many sequences, beside its defaults."""
    known = {item.name for item in settings_of(METHODS.get(method))}
    return {name: value for name, value in FEWER.items() if name in known}


def default_method(run_id: str) -> str:
    """Name the method that finds motifs in a run unless another is chosen.

    Raises
    ------
    UserError
        If the run is no trained model, or no method finds motifs in it.
    """
    attribute.require_finished(SetChoice(run_id, ""))
    able = list_methods(fitted.load_fitted(run_id), hypothetical=True)
    if not able:
        raise UserError(NO_METHOD)
    return able[0]


def parse_settings(values: Mapping[str, object]) -> Discovery:
    """Make the settings of a discovery from values that may be text.

    Raises
    ------
    UserError
        If there is no such setting, or a value breaks its limits.
    """
    known = {item.name: item for item in settings_of(Discovery)}
    for name in values:
        if name not in known:
            raise UserError(f"A discovery has no setting {name!r}; it has: {', '.join(known)}.")
    return Discovery(**{name: known[name].check(value) for name, value in values.items()})  # type: ignore[arg-type]


def normalise_choice(choice: SetChoice) -> SetChoice:
    """Write a choice in the one way in which jobs hold it: no number where all sequences are taken.

    Raises
    ------
    UserError
        If the parts are unknown or hold no sequence.
    """
    dataset = datasets.load(runs.get(choice.run).dataset)
    every = len(rows_of(replace(choice, n=0), dataset))
    return replace(choice, n=0) if choice.n >= every else choice


def require_possible(choice: SetChoice, settings: Discovery) -> None:
    """Check before any work that a discovery can be made.

    Raises
    ------
    UserError
        If the run has not finished, the method does not suit the model, or there are too few or too many sequences.
    """
    run = attribute.require_finished(choice)
    cls = METHODS.get(choice.method)
    choice.method_made()
    model = fitted.load_fitted(run.id)
    able = list_methods(model, hypothetical=True)
    if choice.method not in able:
        why = explain_refusal(cls, model) or (
            f"{cls.label} gives no hypothetical contributions of this model, and TF-MoDISco needs them."
        )
        named = " or ".join(f"{METHODS.get(name).label} ({name})" for name in able)
        raise UserError(f"{why} For motifs choose {named}." if able else f"{why} {NO_METHOD}")
    dataset = datasets.load(run.dataset)
    rows = rows_of(choice, dataset)
    require_enough(len(rows), settings)
    attribution_sets.require_size(dataset, rows)


KIND = "discover"
CODE = Path(__file__).resolve().parents[2]
_LOOK_SECONDS = 0.25


def discover(run_id: str, folder: Path, progress: Progress) -> dict[str, Any]:
    """Attribute the sequences where that was not done before, find patterns and their instances, and keep them.

    Raises
    ------
    UserError
        If the model is gone, nothing can be found in its attributions, or nothing was found.
    Cancelled
        If somebody asked for it; the attributions that were made stay.
    """
    job = runs.get(run_id)
    settings = Discovery(**job.payload["discovery"])
    began = time.monotonic()
    made = attribution_sets.compute(choice_of(job), progress)
    attributed = time.monotonic() - began
    found = find_patterns(made, settings, progress)
    patterns.keep(run_id, found)
    called = instances.find(run_id, progress)
    instances.find_spacing(run_id, progress)
    progress.report(Report(0, 0, "Comparing with known motifs"))
    dataset = datasets.load(job.dataset)
    known = gather_motifs(dataset.rbp, dataset.pwms)
    if known:  # the pages do this as well; here memelite compiles what it needs and keeps it for them
        match(found, known)
    return {
        "layout": attribution_sets.LAYOUT,
        "n": len(made),
        "patterns": len(found),
        "raise": sum(one.sign > 0 for one in found),
        "lower": sum(one.sign < 0 for one in found),
        "seqlets": sum(len(one.seqlets) for one in found),
        "instances": int((called["q"] <= FDR).sum()),
        "attributed_seconds": attributed,
        "seconds": time.monotonic() - began,
    }


def find_patterns(made: AttributionSet, settings: Discovery, progress: Progress) -> list[Pattern]:
    """Find the patterns of an attribution set, in a process of its own.

    Raises
    ------
    UserError
        If nothing can be found in the attributions, or nothing was found; the sentence says what to change.
    Cancelled
        If the listener asked for it.
    """
    contribution = require(made.one_hot, made.hypothetical, settings)
    found = _run_modisco(made, settings, progress)
    some = patterns_of(found, made.one_hot, contribution, made.ids.tolist(), made.lengths)
    if not some:
        raise UserError(
            f"In {len(made):,} sequences no {settings.least} seqlets look alike, so there is no pattern. Take more "
            f"sequences, allow smaller patterns (now {settings.least} seqlets), or allow more false seqlets "
            f"(now {settings.fdr:.0%})."
        )
    return some


def start_discovery(choice: SetChoice, settings: Discovery, *, name: str = "", owner: str = "") -> str:
    """Queue a discovery and give the id of its run; the same one that waits, works or has finished is given.

    Page and command line both start discoveries here, so that each shows what the other made.

    Raises
    ------
    UserError
        If it cannot be made (``require_possible``), or nothing can be written.
    """
    require_possible(choice, settings)
    choice = normalise_choice(choice)
    same = find_discovery(choice, settings)
    if same is not None:
        return same.id
    name = name or f"Motifs of {attribute.require_finished(choice).name}"
    return attribute.queue_job(KIND, choice, {"discovery": values_of(settings)}, name=name, owner=owner)


def find_discovery(choice: SetChoice, settings: Discovery) -> runs.Run | None:
    """Give the newest finished discovery of the same sequences by the same method and settings, None without one."""
    choice = normalise_choice(choice)
    wanted = {"set": choice.to_json(), "discovery": values_of(settings)}
    current = attribution_sets.path_to(choice)
    if not current.is_file():
        return None  # removed, or of weights that were trained anew
    made = [
        job for job in attribute.list_jobs(choice.run, KIND) if job.state == runs.FINISHED and job.payload == wanted
    ]
    same = (job for job in made if attribution_sets.path_of(job.id) == current)  # not in numbers of an older version
    return next((job for job in same if patterns.is_whole(job.id)), None)


def estimate_seconds(n: int, longest: int) -> float:
    """Estimate how long TF-MoDISco takes for N sequences on two cores, without the attributions.

    Parameters
    ----------
    n
        Sequences.
    longest
        Nucleotides of the longest.
    """
    return 15 + 0.02 * n * max(1.0, longest / 110)


def _run_modisco(made: AttributionSet, settings: Discovery, progress: Progress) -> list[Coordinates]:
    expected = estimate_seconds(len(made), made.one_hot.shape[2])
    hypothetical = np.zeros(0) if made.hypothetical is None else made.hypothetical
    with tempfile.TemporaryDirectory(prefix="modisco-") as temporary:
        folder = Path(temporary)
        modisco.give(folder, made.one_hot, hypothetical, settings)
        began = time.monotonic()
        child = subprocess.Popen(
            [sys.executable, "-m", "lib.motifs.modisco", str(folder)], cwd=CODE, stdin=subprocess.DEVNULL
        )
        try:
            while child.poll() is None:
                elapsed = time.monotonic() - began
                total = max(expected, 1.1 * elapsed)
                progress.report(Report(int(elapsed), int(total), "Finding motifs (seconds)"))
                time.sleep(_LOOK_SECONDS)
        finally:
            if child.poll() is None:
                processes.terminate(child.pid, grace_seconds=0.0)
            child.wait()
        if child.returncode < 0:
            raise UserError(
                f"TF-MoDISco was ended by the system (signal {-child.returncode}), most likely because memory ran "
                "out. Take fewer sequences, or fewer seqlets of one sign."
            )
        if child.returncode:
            raise RuntimeError(f"TF-MoDISco ended with status {child.returncode}; its words stand above in the log")
        return modisco.read_found(folder)
