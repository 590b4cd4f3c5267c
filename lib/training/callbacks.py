"""What watches a training: progress, cancellation, learning curve, the best epoch, and numbers gone wrong."""

import math
import time
from pathlib import Path
from typing import Any

import pandas as pd
from torch import Tensor, nn
from transformers import TrainerCallback, TrainerControl, TrainerState, TrainingArguments

from lib.core.errors import UserError
from lib.core.files import replacing
from lib.core.progress import Progress, Report

HISTORY = "history.parquet"
COLUMNS = ("step", "epoch", "seconds", "loss", "validation_loss", "validation_r2", "learning_rate")
_CHECK_STEPS = 10  # a look at the loss makes a GPU wait, so not at every step


class Watch(TrainerCallback):
    """Follows one training, and keeps the weights of the epoch that predicts the validation part best.

    Parameters
    ----------
    folder
        Run folder, where ``history.parquet`` is written.
    progress
        Told of every step; ends the training by raising ``Cancelled``.
    patience
        Epochs without a better one after which the training stops.
    """

    def __init__(self, folder: Path, progress: Progress, patience: int) -> None:
        self.folder, self.progress, self.patience = folder, progress, patience
        self.rows: list[dict[str, float]] = []
        self.best: dict[str, Tensor] = {}
        self.best_r2, self.best_epoch, self.stale = -math.inf, 0, 0
        self._losses: list[Tensor] = []
        self._shown: float | None = None
        self._started, self._before = time.monotonic(), 0.0

    def took(self, loss: Tensor) -> None:
        """Take note of the loss of one training batch."""
        self._losses.append(loss.detach())

    @property
    def exhausted(self) -> bool:
        """True when no better epoch came for long enough."""
        return self.stale >= self.patience

    def facts(self) -> dict[str, Any]:
        """Give all but the weights as plain values, for a checkpoint; NaN as None."""
        rows = [{key: value if math.isfinite(value) else None for key, value in row.items()} for row in self.rows]
        best = {"best_r2": self.best_r2, "best_epoch": self.best_epoch, "stale": self.stale}
        return {**best, "rows": rows, "seconds": self._seconds()}

    def restore(self, facts: dict[str, Any], best: dict[str, Tensor]) -> None:
        """Go on from what ``facts`` gave."""
        self.best = dict(best)
        self.best_r2, self.best_epoch, self.stale = facts["best_r2"], facts["best_epoch"], facts["stale"]
        self.rows = [{key: math.nan if value is None else value for key, value in row.items()} for row in facts["rows"]]
        self._before = facts["seconds"]

    def on_step_end(self, args: TrainingArguments, state: TrainerState, control: TrainerControl, **others: Any) -> None:
        """Report a step; stop if the loss is no number any more.

        Raises
        ------
        UserError
            If the loss is NaN or infinite.
        Cancelled
            If the listener asked for it.
        """
        if len(self._losses) % _CHECK_STEPS == 1:
            self._shown = self._losses[-1].item()
            self._require_finite(self._shown, state)
        self._report(state)

    def on_prediction_step(
        self, args: TrainingArguments, state: TrainerState, control: TrainerControl, **others: Any
    ) -> None:
        """Say that the validation part is being predicted, so that a training can be cancelled there too."""
        self._report(state)

    def on_evaluate(
        self,
        args: TrainingArguments,
        state: TrainerState,
        control: TrainerControl,
        *,
        metrics: dict[str, float],
        model: nn.Module,
        **others: Any,
    ) -> None:
        """Write the learning curve, keep the weights if they are the best so far, stop if patience is over."""
        loss = sum(loss.item() for loss in self._losses) / len(self._losses) if self._losses else math.nan
        self._losses = []
        self._require_finite(loss, state)
        r2, validation_loss = metrics["eval_r2"], metrics["eval_loss"]
        self._require_finite(validation_loss, state)
        rate = others["lr_scheduler"].get_last_lr()[0]
        numbers = (state.global_step, state.epoch or 0.0, self._seconds(), loss, validation_loss, r2, rate)
        self.rows.append(dict(zip(COLUMNS, map(float, numbers), strict=True)))
        self._write()
        quality = r2 if math.isfinite(r2) else -validation_loss  # a constant validation part has no R2
        if quality > self.best_r2 or not self.best:
            self.best = {key: tensor.detach().cpu().clone() for key, tensor in model.state_dict().items()}
            self.best_r2, self.best_epoch, self.stale = quality, round(state.epoch or 0), 0
        else:
            self.stale += 1
        control.should_training_stop = control.should_training_stop or self.exhausted
        self._report(state)

    def _require_finite(self, loss: float, state: TrainerState) -> None:
        if not math.isfinite(loss):
            raise UserError(
                f"The loss became {loss} at step {state.global_step}, so training stopped. Lower the learning rate."
            )

    def _report(self, state: TrainerState) -> None:
        metrics = {}
        if self.rows:
            metrics = {"r2": self.rows[-1]["validation_r2"], "loss": self.rows[-1]["validation_loss"]}
        report = Report(state.global_step, state.max_steps, "Training", state.epoch, self._shown, metrics)
        self.progress.report(report)

    def _seconds(self) -> float:
        return self._before + time.monotonic() - self._started

    def _write(self) -> None:
        frame = pd.DataFrame(self.rows, columns=list(COLUMNS)).astype({"step": "int64"})
        with replacing(self.folder / HISTORY) as temporary:
            frame.to_parquet(temporary, index=False)
