"""What watches a training: progress, cancellation, learning curve, the best epoch, and numbers gone wrong."""

import math
import time
from pathlib import Path
from typing import Any

import pandas as pd
from torch import Tensor
from transformers import TrainerCallback, TrainerControl, TrainerState, TrainingArguments

from lib.core.errors import Cancelled, Diverged, MotifLensError
from lib.core.files import replacing
from lib.core.progress import Progress, Report
from lib.training import checkpoint
from lib.training.process_group import ProcessGroup

HISTORY = "history.parquet"
SCORE = "validation_{}"
"""Column of the score of each epoch, with the key of the metric; its label is ``that of ``lib.tasks.metric````."""
SAVE_SECONDS = 600.0
"""Time after which a checkpoint is written within an epoch too, so that little is lost of long ones."""
_CHECK_STEPS = 10  # a look at the loss makes a GPU wait, so not at every step
_SAVE, _STOP = 1, 2


class Watch(TrainerCallback):
    """Follows one training, and keeps the weights of the epoch that predicts the validation part best.

    The best epoch has the highest score, and of equal ones the lowest loss.

    Where several processes train together each has a watch; that of the first reports and writes, and when it is told
    to stop, all of them do.

    Parameters
    ----------
    folder
        Run folder, where ``history.parquet`` is written.
    progress
        Told of every step; ends the training by raising ``Cancelled``.
    patience
        Epochs without a better one after which the training stops.
    metric
        Key of the metric that is the score; see ``lib.tasks.base.Loss``.
    """

    def __init__(self, folder: Path, progress: Progress, patience: int, metric: str = "r2") -> None:
        self.folder, self.progress, self.patience, self.metric = folder, progress, patience, metric
        self.processes: ProcessGroup | None = None
        self.stopped: MotifLensError | None = None
        self.note = ""
        self.rows: list[dict[str, float]] = []
        self.best: dict[str, Tensor] = {}
        self.best_score, self.best_epoch, self.epochs_without_improvement = -math.inf, 0, 0
        self._best_loss = math.inf
        self._losses: list[Tensor] = []
        self._sum, self._count = 0.0, 0
        self._shown: float | None = None
        self._started = self._saved = time.monotonic()
        self._before = 0.0

    def record_loss(self, loss: Tensor, note: str = "") -> None:
        """Take note of the loss of one training batch, and of what went otherwise than asked for."""
        self._losses.append(loss.detach())
        self.note = note

    @property
    def columns(self) -> tuple[str, ...]:
        """Give the columns of ``history.parquet``."""
        return ("step", "epoch", "seconds", "loss", "validation_loss", SCORE.format(self.metric), "learning_rate")

    @property
    def is_exhausted(self) -> bool:
        """True when no better epoch came for long enough."""
        return self.epochs_without_improvement >= self.patience

    def snapshot(self) -> dict[str, Any]:
        """Give all but the weights as plain values, for a checkpoint; NaN as None."""
        self._add_up()
        rows = [{key: value if math.isfinite(value) else None for key, value in row.items()} for row in self.rows]
        best = {"best_score": self.best_score, "best_epoch": self.best_epoch, "stale": self.epochs_without_improvement}
        return {**best, "rows": rows, "seconds": self._seconds(), "losses": [self._sum, self._count]}

    def restore(self, facts: dict[str, Any], best: dict[str, Tensor]) -> None:
        """Go on from what ``snapshot`` gave."""
        self.best = dict(best)
        # Trainings of earlier versions, which knew no other score, called it by its name.
        self.best_score = facts["best_score"] if "best_score" in facts else facts["best_r2"]
        self.best_epoch, self.epochs_without_improvement = facts["best_epoch"], facts["stale"]
        self.rows = [{key: math.nan if value is None else value for key, value in row.items()} for row in facts["rows"]]
        self._best_loss = next(
            (row["validation_loss"] for row in self.rows if round(row["epoch"]) == self.best_epoch), math.inf
        )
        self._before, (self._sum, self._count) = facts["seconds"], facts["losses"]

    def on_step_end(self, args: TrainingArguments, state: TrainerState, control: TrainerControl, **others: Any) -> None:
        """Report a step; stop if the loss is no number any more; ask for a checkpoint when the last one is old.

        Raises
        ------
        Diverged
            If the loss is NaN or infinite.
        Cancelled
            If the listener asked for it.
        """
        if state.global_step % _CHECK_STEPS == 1 or self._shown is None:
            self._shown = self._losses[-1].item()
            self._require_finite(self._shown, state)
        self.report(state)
        control.should_save |= self.agree(due=time.monotonic() - self._saved >= SAVE_SECONDS)

    def on_save(self, args: TrainingArguments, state: TrainerState, control: TrainerControl, **others: Any) -> None:
        """Take note that a checkpoint was written."""
        self._saved = time.monotonic()

    def on_evaluate(self, args: TrainingArguments, state: TrainerState, control: TrainerControl, **others: Any) -> None:
        """Write the learning curve, keep the weights if they are the best so far, stop if patience is over."""
        self._add_up()
        loss = self._sum / self._count if self._count else math.nan
        self._sum, self._count = 0.0, 0
        self._require_finite(loss, state)
        score, validation_loss = others["metrics"]["eval_score"], others["metrics"]["eval_loss"]
        self._require_finite(validation_loss, state)
        rate = others["lr_scheduler"].get_last_lr()[0]
        numbers = (state.global_step, state.epoch or 0.0, self._seconds(), loss, validation_loss, score, rate)
        self.rows.append(dict(zip(self.columns, map(float, numbers), strict=True)))
        quality = score if math.isfinite(score) else -validation_loss  # a constant validation part has no R2
        if (quality, -validation_loss) > (self.best_score, -self._best_loss) or not self.best:
            self.best = checkpoint.copy_trainable(others["model"])
            self.best_score, self.best_epoch, self.epochs_without_improvement = quality, round(state.epoch or 0), 0
            self._best_loss = validation_loss
        else:
            self.epochs_without_improvement += 1
        control.should_training_stop = control.should_training_stop or self.is_exhausted
        self._write()
        self.report(state)
        self.agree()

    def report(self, state: TrainerState) -> None:
        """Tell the listener how far the training is; a wish to stop is heard at once, or in the next ``agree``.

        Raises
        ------
        Cancelled
            If the listener asked for it, and no other process needs to hear of it.
        """
        if not self._is_chief:
            return
        metrics = {}
        if self.rows:
            metrics = {self.metric: self.rows[-1][SCORE.format(self.metric)], "loss": self.rows[-1]["validation_loss"]}
        report = Report(state.global_step, state.max_steps, "Training", state.epoch, self._shown, metrics, self.note)
        with self.deferring():
            self.progress.report(report)

    def deferring(self) -> "_Deferring":
        """Keep an error of the block for ``agree``, where other processes have to hear of it."""
        return _Deferring(self)

    def agree(self, *, due: bool = False) -> bool:
        """Stop if one process has to, all of them together; else say whether a checkpoint is due in one of them.

        Raises
        ------
        MotifLensError
            The error that this process met, or ``Cancelled`` if another one did.
        """
        wish = _STOP if self.stopped is not None else _SAVE if due else 0
        found = self.processes.max(wish) if self.processes else wish
        if found == _STOP:
            raise self.stopped or Cancelled("Another process of this training stopped.")
        return found == _SAVE

    @property
    def _is_chief(self) -> bool:
        return self.processes is None or self.processes.is_chief

    def _require_finite(self, loss: float, state: TrainerState) -> None:
        if not math.isfinite(loss):
            raise Diverged(
                f"The loss became {loss} at step {state.global_step}, so training stopped. Lower the learning rate."
            )

    def _add_up(self) -> None:
        for loss in self._losses:
            self._sum, self._count = self._sum + loss.item(), self._count + 1
        self._losses = []

    def _seconds(self) -> float:
        return self._before + time.monotonic() - self._started

    def _write(self) -> None:
        if not self._is_chief:
            return
        frame = pd.DataFrame(self.rows, columns=list(self.columns)).astype({"step": "int64"})
        with self.deferring(), replacing(self.folder / HISTORY) as temporary:
            frame.to_parquet(temporary, index=False)


class _Deferring:
    """Keeps an error for later where several processes train, and lets it through where one does."""

    def __init__(self, watch: Watch) -> None:
        self.watch = watch

    def __enter__(self) -> None:
        """Begin."""

    def __exit__(self, kind: object, error: BaseException | None, trace: object) -> bool:
        """Keep what everybody has to hear."""
        alone = self.watch.processes is None or self.watch.processes.world == 1
        if alone or not isinstance(error, MotifLensError):
            return False
        self.watch.stopped = self.watch.stopped or error
        return True
