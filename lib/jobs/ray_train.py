"""Several processes that train one network together on a cluster, on one node or on many: Ray Train around our loop.

Every process of Ray's worker group does what one that accelerate starts does on a single machine
(``lib.jobs.ranks.main``): Ray chooses the nodes, gives each process its GPU and brings them together in torch's
process group, and nothing but the id of the run goes to them. What one of them raised lies in the run folder.
"""

import logging
from typing import Any

from lib.core.errors import UserError
from lib.jobs import cluster, ranks, spreading
from lib.jobs.devices import GPU
from lib.store import runs

SCRATCH = "ray"
"""Folder of a run for what Ray Train writes about itself; it goes when the training has ended."""

log = logging.getLogger("worker")


class Across(ranks.Together):
    """Fits the model of a run in several processes of the cluster; given to ``train_run`` in place of ``Model.fit``."""

    def train(self) -> int:
        """Train until all processes have ended; gives 1 where one of them failed, else 0.

        Raises
        ------
        UserError
            If this process cannot join the cluster.
        """
        if not spreading.joined():
            where = f"This process cannot join the Ray cluster at {cluster.address()}"
            raise UserError(f"{where}, so {self.wish} cannot train together. Start the run from one of its nodes.")
        from ray.train import RunConfig, ScalingConfig
        from ray.train.torch import TorchTrainer
        from ray.train.v2.api.exceptions import TrainingFailedError

        scratch = runs.folder(self.run_id) / ranks.FOLDER / SCRATCH
        trainer = TorchTrainer(
            one_rank,
            train_loop_config={"run": self.run_id},
            scaling_config=ScalingConfig(num_workers=self.wish.ranks, use_gpu=self.wish.kind == GPU),
            run_config=RunConfig(name=self.run_id, storage_path=str(scratch.resolve())),
        )
        try:
            trainer.fit()
        except TrainingFailedError as error:
            log.error("the processes of the cluster stopped: %s", error)
            return 1
        return 0


def one_rank(asked: dict[str, Any]) -> None:
    """Be one of the processes; Ray has made torch's process group already, and ends the process itself."""
    from ray.train import get_context

    ranks.main(asked["run"], get_context().get_world_rank())
