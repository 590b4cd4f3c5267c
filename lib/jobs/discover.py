"""The work of a discovery: what the worker does for a run of kind ``discover``, and how one is started."""

import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import Any

import numpy as np

from lib.core.errors import UserError
from lib.core.progress import Progress, Report
from lib.core.registry import values_of
from lib.jobs import attribute, processes
from lib.jobs.discovery_choice import as_kept, require_possible
from lib.motifs import modisco
from lib.motifs.discover import Coordinates, Discovery, patterns_of, require
from lib.motifs.instances import FDR
from lib.motifs.match import known_motifs, match
from lib.motifs.pattern import Pattern
from lib.store import attribution_sets, datasets, instances, patterns, runs
from lib.store.attribution_sets import AttributionSet
from lib.store.set_choice import SetChoice, choice_of

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
    found = patterns_in(made, settings, progress)
    patterns.keep(run_id, found)
    called = instances.find(run_id, progress)
    instances.find_spacing(run_id, progress)
    progress.report(Report(0, 0, "Comparing with known motifs"))
    dataset = datasets.load(job.dataset)
    known = known_motifs(dataset.rbp, dataset.pwms)
    if known:  # the pages do this as well; here memelite compiles what it needs and keeps it for them
        match(found, known)
    return {
        "n": len(made), "patterns": len(found), "raise": sum(one.sign > 0 for one in found),
        "lower": sum(one.sign < 0 for one in found), "seqlets": sum(len(one.seqlets) for one in found),
        "instances": int((called["q"] <= FDR).sum()),
        "attributed_seconds": attributed, "seconds": time.monotonic() - began,
    }  # fmt: skip


def patterns_in(made: AttributionSet, settings: Discovery, progress: Progress) -> list[Pattern]:
    """Find the patterns of an attribution set, in a process of its own.

    Raises
    ------
    UserError
        If nothing can be found in the attributions, or nothing was found; the sentence says what to change.
    Cancelled
        If the listener asked for it.
    """
    contribution = require(made.one_hot, made.hypothetical, settings)
    found = _found(made, settings, progress)
    some = patterns_of(found, made.one_hot, contribution, made.ids.tolist(), made.lengths)
    if not some:
        raise UserError(
            f"In {len(made):,} sequences no {settings.least} seqlets look alike, so there is no pattern. Take more "
            f"sequences, allow smaller patterns (now {settings.least} seqlets), or allow more false seqlets "
            f"(now {settings.fdr:.0%})."
        )
    return some


def start(choice: SetChoice, settings: Discovery, *, name: str = "", owner: str = "") -> str:
    """Queue a discovery and give the id of its run; the same one that waits, works or has finished is given.

    Page and command line both start discoveries here, so that each shows what the other made.

    Raises
    ------
    UserError
        If it cannot be made (``lib.jobs.discovery_choice.require_possible``), or nothing can be written.
    """
    require_possible(choice, settings)
    choice = as_kept(choice)
    same = find(choice, settings)
    if same is not None:
        return same.id
    name = name or f"Motifs of {attribute.explained(choice).name}"
    return attribute.queue(KIND, choice, {"discovery": values_of(settings)}, name=name, owner=owner)


def find(choice: SetChoice, settings: Discovery) -> runs.Run | None:
    """Give the newest finished discovery of the same sequences by the same method and settings, None without one."""
    choice = as_kept(choice)
    wanted = {"set": choice.to_json(), "discovery": values_of(settings)}
    if not attribution_sets.path_to(choice).is_file():
        return None  # removed, or of weights that were trained anew
    made = [job for job in attribute.of(choice.run, KIND) if job.state == runs.FINISHED and job.payload == wanted]
    return next((job for job in made if patterns.is_whole(job.id)), None)


def expected_seconds(n: int, longest: int) -> float:
    """Estimate how long TF-MoDISco takes for N sequences on two cores, without the attributions.

    Parameters
    ----------
    n
        Sequences.
    longest
        Nucleotides of the longest.
    """
    return 15 + 0.02 * n * max(1.0, longest / 110)


def _found(made: AttributionSet, settings: Discovery, progress: Progress) -> list[Coordinates]:
    expected = expected_seconds(len(made), made.one_hot.shape[2])
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
                processes.end(child.pid, grace_seconds=0.0)
            child.wait()
        if child.returncode < 0:
            raise UserError(
                f"TF-MoDISco was ended by the system (signal {-child.returncode}), most likely because memory ran "
                "out. Take fewer sequences, or fewer seqlets of one sign."
            )
        if child.returncode:
            raise RuntimeError(f"TF-MoDISco ended with status {child.returncode}; its words stand above in the log")
        return modisco.found(folder)
