"""The training loop: transformers' Trainer, made quiet, deterministic, resumable and free of pickle.

One step of the optimizer learns from one batch, however many pieces it is computed in and however many processes share
them. A training that was resumed, and one that several processes shared, has the numbers of one that ran in one go in
one process with as many pieces.
"""

import dataclasses
import json
import logging
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import torch
import transformers
from safetensors import SafetensorError
from torch import Tensor, nn
from torch.utils.data import DataLoader
from transformers import PrinterCallback, Trainer, TrainingArguments
from transformers.trainer import TRAINER_STATE_NAME

from lib.core.errors import UserError
from lib.models.context import CHECKPOINTS, Context, Outcome, Share, Validate
from lib.models.nets import device
from lib.models.nets.batches import Examples, by_length
from lib.models.schedule import Plan
from lib.tasks.base import Loss
from lib.training import checkpoint
from lib.training.accumulation import GradientAccumulation, make_loader
from lib.training.averaging import AveragedWeights
from lib.training.process_group import ProcessGroup
from lib.training.watch import Watch

log = logging.getLogger(__name__)


def train(
    network: nn.Module,
    train: Examples,
    validation: Examples,
    *,
    loss: Loss,
    plan: Plan,
    context: Context,
    validate: Validate | None = None,
) -> Outcome:
    """Train a network that turns ``sequences`` and ``mask`` into what ``loss`` compares with the labels, (N, K).

    The learning rate rises linearly over the first part of the steps and falls along a cosine to zero. After every
    epoch the validation part is predicted, and a checkpoint written, in long epochs now and then too; a training finds
    the last checkpoint in ``context.folder`` and goes on from there, with the very batches and random numbers it would
    have had. Parameters that require no gradient stay as they are. In the end the network has the weights of the best
    epoch.

    In a process that ``accelerate launch`` or Ray started as one of several, all of them train together: call this in
    each of them with the same arguments. The first one reports and writes. ``validate`` judges the validation part in
    another way than by the loss and score of all predictions.

    Raises
    ------
    Cancelled
        If the listener asked for it.
    Diverged
        If the loss is no number any more.
    UserError
        If the device or its precision is not there, nothing can be written, or frozen weights are other ones than
        those that the training began with.
    """
    transformers.logging.set_verbosity_error()  # type: ignore[no-untyped-call]
    where = device.choose(context.device)
    arguments = _arguments(plan, context, where)
    if plan.gradient_checkpointing:
        device.recompute(network)
    watch = Watch(context.folder, context.progress, plan.patience, loss.judged)
    with device.deterministic(wanted=plan.deterministic):
        trainer = Loop(
            model=network,
            args=arguments,
            train_dataset=train,
            eval_dataset=validation,
            callbacks=[watch],
            plan=plan,
            loss=loss,
            watch=watch,
            validate=validate,
        )
        last = trainer.last_checkpoint()
        if last is None or not (watch.is_exhausted or (watch.rows and watch.rows[-1]["epoch"] >= plan.epochs)):
            trainer.train(resume_from_checkpoint=str(last) if last else None)
    checkpoint.load_trainable(network, watch.best)
    return Outcome(network.state_dict(), watch.best_epoch, watch.best_score)


def _arguments(plan: Plan, context: Context, where: torch.device) -> TrainingArguments:
    precision = device.precision(plan.precision, where)
    arguments = TrainingArguments(
        output_dir=str(context.folder / CHECKPOINTS),
        num_train_epochs=plan.epochs,
        per_device_train_batch_size=plan.batch_size,
        learning_rate=plan.learning_rate,
        weight_decay=plan.weight_decay,
        max_grad_norm=plan.clip,
        lr_scheduler_type="cosine",
        warmup_steps=plan.warmup,
        bf16=precision == "bf16",
        fp16=precision == "fp16",
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
        arguments._n_gpu = 1  # a process has one GPU; several that are visible would each get a part of every batch
    return arguments


class Loop(Trainer):
    """A Trainer whose batches are computed in pieces, by one process or several, with checkpoints of its own."""

    model: nn.Module
    train_dataset: Examples
    eval_dataset: Examples
    optimizer: torch.optim.Optimizer
    lr_scheduler: torch.optim.lr_scheduler.LambdaLR

    def __init__(self, *, plan: Plan, loss: Loss, watch: Watch, validate: Validate | None, **options: Any) -> None:
        super().__init__(**options)
        self.remove_callback(PrinterCallback)
        self.loss, self.watch, self.validate = loss, watch, validate or self._validate
        self.processes = ProcessGroup(self.args.process_index, self.args.world_size, self.args.device)
        watch.processes = self.processes
        self.accumulation = GradientAccumulation(
            loss, self.accelerator, self.processes, self.args.seed, plan.accumulation * self.processes.world
        )
        self.frozen = checkpoint.fingerprint(self.model)
        # The accelerator would wrap the network to sum gradients and to compute in lower precision; both is done here.
        self.accelerator.prepare_model = lambda model, **_: model
        # It would search all objects of the process for garbage, for half a second, and there is none of a new one.
        self.accelerator.free_memory = lambda *_: []
        self.processes.begin_alike(self.model)
        self.called = device.compile_network(self.model) if plan.compile else self.model
        self.mean = AveragedWeights(self.model, plan.averaging)
        self.add_callback(self.mean)
        self._resumed: checkpoint.Checkpoint | None = None

    def last_checkpoint(self) -> Path | None:
        """Find the checkpoint to go on from, and take up what was seen until then; a damaged one is passed over.

        Raises
        ------
        UserError
            If it was written beside other frozen weights.
        """
        path = checkpoint.newest(Path(str(self.args.output_dir)))
        if path is None:
            return None
        try:
            self._resumed = checkpoint.read(path)
            frozen = self._resumed.facts["frozen"]
        except (OSError, ValueError, KeyError, SafetensorError) as error:
            log.warning("%s cannot be read (%s); training starts again.", path.name, error)
            return None
        if frozen != self.frozen:
            raise UserError(
                "The pretrained weights are not those that this training began with, so it cannot go on. Put the "
                "former weights back, or start a new run."
            )
        self.accumulation.resume(self._resumed.facts["pieces"])
        self.watch.restore(dict(self._resumed.facts["watch"]), dict(self._resumed.tensors.get("best", {})))
        return path

    def get_train_dataloader(self) -> DataLoader[int]:
        """Give batches that depend on seed and epoch alone, as numbers, to every process the same."""
        return make_loader(self.train_dataset, self.args.train_batch_size, self.args.seed)

    def get_decay_parameter_names(self, model: nn.Module) -> list[str]:
        """Let all matrices decay; norms and biases, by whatever name, are vectors and do not."""
        return [name for name, values in model.named_parameters() if values.ndim > 1]

    def training_step(self, model: nn.Module, inputs: Any, num_items_in_batch: Any = None) -> Tensor:
        """Compute the gradients of a batch, and give its loss."""
        model.train()
        self.train_dataset.step = self.state.global_step + 1
        loss = self.accumulation.compute_gradients(self.called, self.train_dataset, inputs, self.state.global_step)
        self.watch.record_loss(loss, self.accumulation.note)
        return loss

    def evaluate(self, *_: Any, **__: Any) -> dict[str, float]:
        """Judge the validation part, of which each process predicts a share."""
        self.processes.average_buffers(self.model)
        with self.mean.replacing():
            self.processes.average_buffers(self.model)
            self.mean.take()
            self.model.eval()
            loss, score = self.validate(PredictedShare(self))
            metrics = {"eval_loss": loss, "eval_score": score}
            self.control = self.callback_handler.on_evaluate(self.args, self.state, self.control, metrics)
        return metrics

    def _validate(self, share: Share) -> tuple[float, float]:
        """Give loss and score of all predictions for the validation part."""
        observed = self.eval_dataset.labels
        predicted = torch.zeros(observed.shape)
        for numbers, found in share.batches():
            predicted[numbers] = found
        predicted = share.total(predicted)
        return self.loss(predicted, observed).item(), self.loss.score(predicted, observed)

    def _save_checkpoint(self, model: nn.Module, trial: Any) -> None:
        if self.processes.is_chief:
            optimizer, groups = checkpoint.split_optimizer(self.optimizer)
            tensors = {"model": checkpoint.trainable_state(self.model), "best": self.watch.best, "optimizer": optimizer}
            tensors |= {"mean": self.mean.weights} if self.mean.weights else {}
            facts = {
                "watch": self.watch.snapshot(),
                "groups": groups,
                "scheduler": self.lr_scheduler.state_dict(),
                "scaler": self.accelerator.scaler.state_dict() if self.accelerator.scaler else {},
                "pieces": self.accumulation.count,
                "frozen": self.frozen,
            }
            with self.watch.deferring():
                checkpoint.write(
                    Path(str(self.args.output_dir)),
                    f"step-{self.state.global_step:09d}",
                    checkpoint.Checkpoint(tensors, facts),
                    extra={TRAINER_STATE_NAME: json.dumps(dataclasses.asdict(self.state))},
                )
        self.watch.agree()

    def _load_from_checkpoint(self, resume_from_checkpoint: str, model: nn.Module | None = None) -> None:
        checkpoint.load_trainable(self.model, self._saved.tensors["model"])
        self.mean.restore(self._saved.tensors.get("mean", {}))

    def _load_optimizer_and_scheduler(self, checkpoint_folder: str | None) -> None:
        if checkpoint_folder is not None:
            facts = self._saved.facts
            state = checkpoint.join_optimizer(self._saved.tensors.get("optimizer", {}), facts["groups"])
            self.optimizer.load_state_dict(state)
            self.lr_scheduler.load_state_dict(facts["scheduler"])

    def _load_scaler(self, checkpoint_folder: str | None) -> None:
        if checkpoint_folder is not None and self.accelerator.scaler and self._saved.facts["scaler"]:
            self.accelerator.scaler.load_state_dict(self._saved.facts["scaler"])

    def _load_rng_state(self, checkpoint_folder: str | None) -> None:
        """Do nothing: what is random is seeded anew before each piece."""

    @property
    def _saved(self) -> checkpoint.Checkpoint:
        if self._resumed is None:
            raise RuntimeError("a checkpoint is asked for, but last_checkpoint() found none")
        return self._resumed


class PredictedShare:
    """The share of the validation part that this process predicts; see ``Share``."""

    def __init__(self, loop: Loop) -> None:
        self._loop = loop

    @property
    def epoch(self) -> int:
        """Give the number of the epoch, counted from 1."""
        return round(self._loop.state.epoch or 0)

    def batches(self) -> Iterator[tuple[list[int], Tensor]]:
        """Predict batches of equal length, and tell the listener after each."""
        loop, examples = self._loop, self._loop.eval_dataset
        for group in by_length(examples.lengths, examples.evaluated)[loop.processes.rank :: loop.processes.world]:
            numbers: list[int] = group.tolist()
            yield numbers, loop.accumulation.predict(loop.model, examples, numbers)
            loop.watch.report(loop.state)
            if loop.watch.stopped:
                break
        loop.watch.agree()

    def total(self, tensor: Tensor) -> Tensor:
        """Add up the tensors of all processes."""
        return self._loop.processes.sum(tensor)
