"""The training loop: transformers' Trainer, made quiet, deterministic, resumable and free of pickle."""

import dataclasses
import json
import logging
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import torch
import transformers
from safetensors import SafetensorError
from torch import Tensor, nn
from torch.utils.data import DataLoader
from transformers import EvalPrediction, PrinterCallback, Trainer, TrainingArguments
from transformers.trainer import TRAINER_STATE_NAME

from lib.evaluation.metrics import scores
from lib.models.base import Context
from lib.training import checkpoint, device
from lib.training.callbacks import Watch
from lib.training.collate import Examples, by_length, loader
from lib.training.loss import MaskedLoss
from lib.training.plan import Plan

log = logging.getLogger(__name__)


@dataclass(frozen=True)
class Outcome:
    """The weights of the best epoch, which epoch it was, and its validation R2."""

    weights: Mapping[str, Tensor]
    epoch: int
    r2: float


def train(
    network: nn.Module, train: Examples, validation: Examples, *, loss: MaskedLoss, plan: Plan, context: Context
) -> Outcome:
    """Train a network that turns ``sequences`` and ``mask`` into standardised (N, T + A); the first T are targets.

    The learning rate rises linearly over the first part of the steps and falls along a cosine to zero. After every
    epoch the validation part is predicted, and a checkpoint written; a training finds the last checkpoint in
    ``context.folder`` and goes on from there, with the very batches and random numbers it would have had.

    Raises
    ------
    Cancelled
        If the listener asked for it.
    UserError
        If the loss is no number any more, the device is not there, or nothing can be written.
    """
    transformers.logging.set_verbosity_error()
    where = device.choose(context.device)
    folder = context.folder / checkpoint.FOLDER
    arguments = TrainingArguments(
        output_dir=str(folder),
        num_train_epochs=plan.epochs,
        per_device_train_batch_size=plan.batch_size,
        learning_rate=plan.learning_rate,
        weight_decay=plan.weight_decay,
        lr_scheduler_type="cosine",
        warmup_steps=plan.warmup,
        eval_strategy="epoch",
        save_strategy="epoch",
        logging_strategy="no",
        logging_nan_inf_filter=False,
        use_cpu=where.type == "cpu",
        seed=context.seed,
        disable_tqdm=True,
        report_to="none",
        log_level="error",
        label_names=["labels"],
        remove_unused_columns=False,
        dataloader_pin_memory=False,
    )
    if where.type == "cuda":
        arguments._n_gpu = 1  # a run has one GPU; several that are visible would each get a part of every batch
    watch = Watch(context.folder, context.progress, plan.patience)
    drawn = torch.get_rng_state()
    trainer = Loop(
        model=network,
        args=arguments,
        train_dataset=train,
        eval_dataset=validation,
        compute_metrics=_r2(loss.targets),
        callbacks=[watch],
        masked_loss=loss,
        watch=watch,
    )
    torch.set_rng_state(drawn)  # the Trainer seeds everything again; the network was drawn before
    trainer.remove_callback(PrinterCallback)
    last = trainer.last_checkpoint()
    if last is None or not (watch.exhausted or watch.rows[-1]["epoch"] >= plan.epochs):
        trainer.train(resume_from_checkpoint=str(last) if last else None)
    return Outcome(watch.best, watch.best_epoch, watch.best_r2)


class Loop(Trainer):
    """A Trainer with batches of similar length, a loss that leaves missing labels out, and checkpoints of its own."""

    def __init__(self, *, masked_loss: MaskedLoss, watch: Watch, **options: Any) -> None:
        super().__init__(**options)
        self.masked_loss, self.watch = masked_loss, watch
        self._resumed: checkpoint.Checkpoint | None = None

    def last_checkpoint(self) -> Path | None:
        """Find the checkpoint to go on from, and take up what was seen until then; a damaged one is passed over."""
        path = checkpoint.newest(Path(self.args.output_dir))
        if path is None:
            return None
        try:
            self._resumed = checkpoint.read(path)
        except (OSError, ValueError, SafetensorError) as error:
            log.warning("%s cannot be read (%s); training starts again.", path.name, error)
            return None
        self.watch.restore(dict(self._resumed.facts["watch"]), dict(self._resumed.tensors["best"]))
        return path

    def get_train_dataloader(self) -> DataLoader[int]:
        """Give batches that depend on seed and epoch alone."""
        return loader(self.train_dataset, self.args.train_batch_size, self.args.seed)

    def get_eval_dataloader(self, eval_dataset: Any = None) -> DataLoader[int]:
        """Give batches of equal length."""
        examples: Examples = self.eval_dataset
        batches = [batch.tolist() for batch in by_length(examples.lengths, examples.evaluated)]
        return DataLoader(examples, batch_sampler=batches, collate_fn=examples.collate)

    def compute_loss(  # the signature is the Trainer's
        self,
        model: nn.Module,
        inputs: dict[str, Any],
        return_outputs: bool = False,  # noqa: FBT001, FBT002
        **others: Any,
    ) -> Any:
        """Compare predictions and labels of one batch."""
        predictions = model(inputs["sequences"], inputs["mask"])
        loss = self.masked_loss(predictions, inputs["labels"])
        if model.training:
            self.watch.took(loss)
        return (loss, {"predictions": predictions}) if return_outputs else loss

    def _save_checkpoint(self, model: nn.Module, trial: Any) -> None:
        optimizer, groups = checkpoint.split_optimizer(self.optimizer)
        tensors = {
            "model": self.model.state_dict(),
            "best": self.watch.best,
            "optimizer": optimizer,
            "random": checkpoint.random_state(),
        }
        facts = {"watch": self.watch.facts(), "groups": groups, "scheduler": self.lr_scheduler.state_dict()}
        checkpoint.write(
            Path(self.args.output_dir),
            f"epoch-{round(self.state.epoch or 0):05d}",
            checkpoint.Checkpoint(tensors, facts),
            extra={TRAINER_STATE_NAME: json.dumps(dataclasses.asdict(self.state))},
        )

    def _load_from_checkpoint(self, resume_from_checkpoint: str, model: nn.Module | None = None) -> None:
        self.model.load_state_dict(self._saved.tensors["model"])

    def _load_optimizer_and_scheduler(self, checkpoint_folder: str | None) -> None:
        if checkpoint_folder is not None:
            facts = self._saved.facts
            state = checkpoint.join_optimizer(self._saved.tensors.get("optimizer", {}), facts["groups"])
            self.optimizer.load_state_dict(state)
            self.lr_scheduler.load_state_dict(facts["scheduler"])

    def _load_rng_state(self, checkpoint_folder: str | None) -> None:
        checkpoint.restore_random_state(self._saved.tensors["random"])

    @property
    def _saved(self) -> checkpoint.Checkpoint:
        if self._resumed is None:
            raise RuntimeError("a checkpoint is asked for, but last_checkpoint() found none")
        return self._resumed


def _r2(targets: int) -> Callable[[EvalPrediction], dict[str, float]]:
    def measure(found: EvalPrediction) -> dict[str, float]:
        predicted, observed = np.asarray(found.predictions), np.asarray(found.label_ids)
        return {"r2": scores(observed[:, :targets].astype(float), predicted[:, :targets].astype(float))["r2"]}

    return measure
