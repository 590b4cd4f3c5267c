"""Prediction and attribution of many sequences, spread over the cluster where the runner is Ray, done here otherwise.

The sequences are cut into chunks, each one a task of Ray. A process of the cluster that does several chunks opens the
model once; a chunk whose process or node was lost is done again elsewhere. Between chunks progress is reported and a
request to cancel is heard. Only ids, settings, sequences and numbers travel; attributions come back through the files
of the run, so both ways give the same.
"""

import logging
import os
from collections.abc import Callable, Mapping, Sequence
from typing import TYPE_CHECKING, Any

import numpy as np

from lib.attribution.profile_heads import COUNTS
from lib.core.errors import UserError
from lib.core.progress import Progress, Report, Silent
from lib.core.registry import values_of
from lib.jobs import cluster, runner_name
from lib.store import attributions, runs

if TYPE_CHECKING:
    from lib.attribution.base import Attribution, Method
    from lib.core.arrays import FloatArray

PREDICTED, ATTRIBUTED = 512, 128
"""From how many sequences on it is worth while to spread them: starting processes elsewhere takes seconds."""
_PREDICTED_CHUNK, _ATTRIBUTED_CHUNK = 256, 64
_RETRIES = 3
_LOOK_SECONDS = 0.5
_JOB = "RAY_JOB_CONFIG_JSON_ENV_VAR"

log = logging.getLogger("worker")

Answer = tuple["FloatArray", "FloatArray | None"]


def is_spread(run: runs.Run) -> bool:
    """Say whether the work of a run is done by other processes of the cluster."""
    return run.kind == "predict" and int(run.payload.get("n", 0)) >= PREDICTED


def predict(run_id: str, sequences: Sequence[str], *, progress: Progress | None = None) -> Answer:
    """Predict N stored sequences with the model of a run: (N, T), and the deviation of an ensemble's members or None.

    Raises
    ------
    UserError
        If the run has no trained model, or the cluster lost the same chunk again and again.
    Cancelled
        If the listener asked for it.
    """
    listener = progress or Silent()
    if len(sequences) < PREDICTED or not join():
        return _predict_here(run_id, sequences, listener)
    chunks = _chunks(sequences, _PREDICTED_CHUNK)
    found = _map(_predict_there, [(run_id, chunk) for chunk in chunks], [len(chunk) for chunk in chunks], listener)
    means, deviations = zip(*found, strict=True)
    return np.concatenate(means), None if deviations[0] is None else np.concatenate(deviations)


def attribute(
    run_id: str,
    method: "Method",
    sequences: Sequence[str],
    *,
    target: int = 0,
    head: str = COUNTS,
    seed: int = 0,
    progress: Progress | None = None,
) -> "list[Attribution]":
    """Do what ``lib.store.attributions.attribute`` does, on the cluster where there is one and it is worth while.

    Raises
    ------
    UserError, Cancelled
        As there, or if the cluster lost the same chunk again and again.
    """
    listener = progress or Silent()
    options: dict[str, Any] = {"target": target, "head": head, "seed": seed}
    missing = [
        one for one in dict.fromkeys(sequences) if attributions.find_attribution(run_id, method, one, **options) is None
    ]
    if len(missing) >= ATTRIBUTED and join():
        chunks = _chunks(missing, _ATTRIBUTED_CHUNK)
        given = [(run_id, method.name, values_of(method), chunk, options) for chunk in chunks]
        _map(_attribute_there, given, [len(chunk) for chunk in chunks], listener)
    return attributions.attribute(run_id, method, sequences, progress=listener, **options)


def _predict_here(run_id: str, sequences: Sequence[str], progress: Progress) -> Answer:
    from lib.models.ensemble import predict_with_deviation
    from lib.store.fitted import load_fitted

    return predict_with_deviation(load_fitted(run_id), sequences, progress)


def _predict_there(run_id: str, sequences: Sequence[str]) -> Answer:
    return _predict_here(run_id, sequences, Silent())


def _attribute_there(
    run_id: str, method: str, settings: Mapping[str, Any], sequences: Sequence[str], options: Mapping[str, Any]
) -> None:
    from lib.attribution import METHODS

    attributions.attribute(run_id, METHODS.create(method, dict(settings)), sequences, **options)


def _chunks(sequences: Sequence[str], size: int) -> list[list[str]]:
    return [list(sequences[start : start + size]) for start in range(0, len(sequences), size)]


def join() -> bool:
    """Become a part of the cluster, if the runner is Ray and that can be from here."""
    if runner_name() != "ray":
        return False
    cluster.require()
    import ray

    if ray.is_initialized():
        return True
    where = cluster.address()
    if where.startswith(("http://", "https://")):
        log.info("RAY_ADDRESS is %s, through which jobs can be sent but no work be shared; this process does it", where)
        return False
    # The processes of a job inherit what the job was submitted with.
    given: dict[str, Any] = {} if _JOB in os.environ else {"runtime_env": {"env_vars": cluster.environment()}}
    try:
        ray.init(address=where, log_to_driver=False, logging_level=logging.ERROR, **given)
    except (ConnectionError, RuntimeError, ValueError) as error:
        log.warning("the cluster at %s cannot be joined (%s); this process does the work", where, error)
        return False
    return True


def _map(
    function: Callable[..., Any], given: Sequence[tuple[Any, ...]], sizes: Sequence[int], progress: Progress
) -> list[Any]:
    """Call a function on the cluster once for each tuple of arguments; gives the results in that order."""
    import ray
    from ray.exceptions import RayError, RayTaskError

    resources: dict[str, float] = ray.cluster_resources()
    gpus = 1 if resources.get("GPU", 0) else 0
    task = ray.remote(max_retries=_RETRIES, num_cpus=1, num_gpus=gpus)(function)
    places = {task.remote(*arguments): place for place, arguments in enumerate(given)}
    found: list[Any] = [None] * len(given)
    waiting, done, total = list(places), 0, sum(sizes)
    try:
        while waiting:
            ready, waiting = ray.wait(waiting, timeout=_LOOK_SECONDS)
            for one in ready:
                found[places[one]] = ray.get(one)
                done += sizes[places[one]]
            progress.report(Report(done, total, "On the cluster"))
    except RayTaskError as error:
        if isinstance(error.cause, UserError):
            raise UserError(str(error.cause)) from error
        raise
    except RayError as error:
        why = " ".join(str(error).split())[:200]
        tries = f"A part of the work was lost on the cluster {_RETRIES + 1} times ({why})"
        raise UserError(f"{tries}. Look whether its nodes have enough memory, and start it again.") from error
    finally:
        for one in waiting:
            ray.cancel(one, force=True)
    return found
