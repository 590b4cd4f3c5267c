"""The queue file of a workspace: other processes drop run ids, the consumer takes them out.

Huey pickles by default; here a message is JSON that holds the id of a run and nothing else, and no results are kept.
"""

import json
import logging
from collections.abc import Callable
from pathlib import Path

from huey import SqliteHuey
from huey.exceptions import HueyException
from huey.registry import Message
from huey.serializer import Serializer

_WAIT_SECONDS = 20

log = logging.getLogger("consumer")


class JsonSerializer(Serializer):
    """Writes a message of Huey as JSON; it cannot carry anything but plain values."""

    def _serialize(self, data: Message) -> bytes:
        return json.dumps(data._asdict(), allow_nan=False).encode()

    def _deserialize(self, data: bytes) -> Message:
        return Message(**json.loads(data))


class Mailbox:
    """Run ids on their way to the consumer of one workspace, kept in a file so that none gets lost.

    Parameters
    ----------
    file
        The queue file.
    deliver
        What the consumer does with a run id; senders need none.
    """

    def __init__(self, file: Path, deliver: Callable[[str], None] | None = None) -> None:
        self._huey = SqliteHuey(
            "motiflens",
            results=False,
            serializer=JsonSerializer(),
            filename=str(file),
            strict_fifo=True,
            timeout=_WAIT_SECONDS,
        )

        @self._huey.task()
        def run(run_id: str) -> None:
            (deliver or _undeliverable)(run_id)

        self._run = run

    def send(self, run_id: str) -> None:
        """Drop a run id."""
        self._run(run_id)

    def receive(self) -> None:
        """Deliver every run id that waits, in the order in which they were sent."""
        while len(self):
            try:
                message = self._huey.dequeue()
            except (HueyException, ValueError, TypeError) as error:
                log.warning("a message that nobody understands was dropped: %s", error)
                continue
            if message is not None:
                self._huey.execute(message)

    def __len__(self) -> int:
        """Count the run ids that wait."""
        return int(self._huey.pending_count())

    def close(self) -> None:
        """Close the queue file."""
        self._huey.storage.close()


def _undeliverable(run_id: str) -> None:
    raise RuntimeError(f"run {run_id} was taken out of the queue by a process that is not the consumer")
