"""The Ray cluster as the runner sees it: its jobs and its size, asked over HTTP, with a sentence where it is not there.

``RAY_ADDRESS`` names it: ``http://HEAD:8265`` from outside, ``HEAD:6379`` from one of its nodes. Where Ray asks for a
token, Ray's own ``RAY_AUTH_MODE`` and ``RAY_AUTH_TOKEN`` give it.
"""

import importlib.util
import os
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from functools import lru_cache
from typing import TYPE_CHECKING, Any

from lib.core.errors import UserError
from lib.jobs.local import CODE
from lib.store.files import home

if TYPE_CHECKING:
    from ray.job_submission import JobDetails, JobSubmissionClient

ANSWER_SECONDS, SUBMIT_SECONDS = 10, 60
"""How long a page waits for an answer of the cluster at most; the first job on a node takes longer than a question."""

_GONE = "does not exist"


@dataclass(frozen=True)
class Size:
    """What the living nodes of a cluster have together."""

    nodes: int
    cpus: float
    gpus: float

    def __str__(self) -> str:
        """Say it in a few words."""
        return f"{self.nodes} node{'s' * (self.nodes != 1)}, {self.cpus:g} CPU cores, {self.gpus:g} GPUs"


def require() -> None:
    """Check that Ray is installed.

    Raises
    ------
    UserError
        If it is not.
    """
    if importlib.util.find_spec("ray") is None or importlib.util.find_spec("ray.job_submission") is None:
        remedy = "install it with pip install -r requirements-cluster.txt, or set MOTIFLENS_RUNNER to local"
        raise UserError(f"MOTIFLENS_RUNNER is 'ray', and Ray is not installed; {remedy}.")


def address() -> str:
    """Give ``RAY_ADDRESS``, else ``auto``: the cluster that this machine belongs to."""
    return os.environ.get("RAY_ADDRESS", "").strip() or "auto"


def environment() -> dict[str, str]:
    """Give what every process on the cluster needs to know, but for the address of the database, which is secret."""
    return {"MOTIFLENS_HOME": str(home().resolve()), "MOTIFLENS_RUNNER": "ray", "PYTHONPATH": str(CODE)}


def jobs() -> "dict[str, JobDetails]":
    """Give all jobs that the cluster remembers, by the names under which they were submitted."""
    with _answering():
        return {job.submission_id: job for job in _client(address()).list_jobs() if job.submission_id}


def submit(name: str, command: str, *, cpus: float, gpus: float) -> None:
    """Submit a command under a name that no other job of the cluster has; a name that is taken is left as it is.

    Parameters
    ----------
    name, command
        Name of the job, and the shell command that a node runs as soon as it has room.
    cpus, gpus
        What is kept free for it.
    """
    with _answering():
        client = _client(address())
        try:
            client.submit_job(
                entrypoint=command,
                submission_id=name,
                entrypoint_num_cpus=cpus,
                entrypoint_num_gpus=gpus,
                runtime_env={"env_vars": environment()},
            )
        except RuntimeError:
            if name not in {job.submission_id for job in client.list_jobs()}:
                raise


def stop(name: str) -> None:
    """Ask the cluster to end a job: SIGTERM to all its processes, SIGKILL 3 s later; one that is over stays over."""
    with _answering():
        try:
            _client(address()).stop_job(name)
        except RuntimeError as error:
            if _GONE not in str(error):
                raise


def output(name: str) -> str:
    """Give what a job wrote, and what Ray wrote about it; empty for a job that the cluster does not know."""
    with _answering():
        try:
            return str(_client(address()).get_job_logs(name))
        except RuntimeError as error:
            if _GONE not in str(error):
                raise
            return ""


def size() -> Size:
    """Count what the cluster has."""
    from ray.util.state import list_nodes
    from ray.util.state.exception import RayStateApiException

    with _answering():
        where = _client(address()).get_address()
        try:
            nodes = [node for node in list_nodes(address=where, timeout=ANSWER_SECONDS) if node.state == "ALIVE"]
        except RayStateApiException as error:
            raise ConnectionError(str(error)) from error
    total = [dict(node.resources_total) for node in nodes]
    return Size(len(nodes), sum(one.get("CPU", 0) for one in total), sum(one.get("GPU", 0) for one in total))


@lru_cache(maxsize=4)
def _client(where: str) -> "JobSubmissionClient":
    """Connect to a cluster; the address only tells clients apart, Ray itself reads ``RAY_ADDRESS``."""
    from ray.job_submission import JobSubmissionClient

    class Client(JobSubmissionClient):
        """A client that does not wait for ever; Ray's own sets no time limit."""

        def _do_request(self, method: str, *given: Any, **named: Any) -> Any:
            seconds = SUBMIT_SECONDS if method == "POST" else ANSWER_SECONDS
            return super()._do_request(method, *given, **{"timeout": seconds, **named})

    return Client(where)


@contextmanager
def _answering() -> Iterator[None]:
    """Turn whatever Ray raises when it cannot be reached, or does not do what it should, into a sentence."""
    require()
    from ray.exceptions import RayError

    try:
        yield
    except (OSError, RuntimeError, ValueError, RayError) as error:  # requests' errors are OSErrors
        why = " ".join(str(error).split())[:300]
        remedy = "Check RAY_ADDRESS and that the cluster runs; runs that wait start when it answers"
        raise UserError(f"The Ray cluster at {address()} does not answer as it should ({why}). {remedy}.") from error
