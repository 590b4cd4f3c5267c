"""Masked-language modelling: before an encoder learns targets, it learns to guess hidden tokens from their neighbours.

Devlin et al. 2019, doi:10.18653/v1/N19-1423. It reads sequences and no label. The loop is that of every training, so a
pretraining can be cancelled and goes on where it stopped, with the numbers that it would have had.
"""

import logging
import math
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any

import torch
from torch import nn

from lib.core.progress import Progress, Report
from lib.models.base import Context
from lib.models.nets.mlm_head import Guesser, LanguageHead
from lib.training import checkpoint
from lib.training.collate import by_length
from lib.training.loop import Loop, train
from lib.training.masking import GuessingLoss, HiddenTokens, Masking
from lib.training.plan import Plan
from lib.training.tokens import Frame, Ids

FOLDER, STAGE = "pretraining", "Pretraining"

log = logging.getLogger(__name__)


@dataclass(frozen=True)
class Language:
    """What is read.

    Parameters
    ----------
    train, validation
        Rows of ids, as ``frame.rows`` gave them: what is learned from, and what tells the best epoch.
    frame, masking
        How they become batches, and what is hidden of them.
    """

    train: Sequence[Ids]
    validation: Sequence[Ids]
    frame: Frame
    masking: Masking


@dataclass(frozen=True)
class Stage:
    """Passes the reports of one of two stages on, so that steps never go back over both.

    Parameters
    ----------
    before, ahead
        Steps of the stage before it, and of the one that follows.
    name
        What is reported as the stage; empty for what the stage calls itself.
    """

    listener: Progress
    before: int = 0
    ahead: int = 0
    name: str = ""

    def report(self, report: Report) -> None:
        """Pass a report on."""
        step, total = report.step + self.before, report.total + self.before + self.ahead
        if self.name:  # its metrics are those of guessing, not of the targets
            report = replace(report, stage=self.name, metrics={})
        self.listener.report(replace(report, step=step, total=total))


def pretrain(
    encoder: nn.Module, language: Language, *, plan: Plan, ahead: int, context: Context
) -> tuple[LanguageHead, Context]:
    """Teach an encoder to guess hidden tokens, and give the head that guesses with the context for what follows.

    The encoder has the weights of the epoch that guesses the validation rows
    best, and is on the CPU. Checkpoints lie in ``checkpoints/pretraining`` of the run for as long as it goes on.

    Parameters
    ----------
    encoder
        See ``Guesser``.
    plan
        Its epochs are passes over the train rows; it never stops early.
    ahead
        Steps that follow, so that reports know the end of both.

    Raises
    ------
    Cancelled
        If the listener asked for it.
    UserError
        If the loss is no number any more, the device is not there, or nothing can be written.
    """
    folder = context.folder / checkpoint.FOLDER / FOLDER
    folder.mkdir(parents=True, exist_ok=True)
    torch.manual_seed(context.seed)
    rows = (language.train, language.validation)
    examples, held = (HiddenTokens(part, language.frame, language.masking, context.seed) for part in rows)
    plan = replace(plan, patience=plan.epochs)
    within = replace(context, folder=folder, progress=Stage(context.progress, ahead=ahead, name=STAGE))
    network = Guesser(encoder)
    outcome = train(network, examples, held, loss=GuessingLoss(), plan=plan, context=within, loop=Guessing)
    encoder.to("cpu")
    log.info("Pretraining: kept epoch %d; validation loss %.4f a hidden token.", outcome.epoch, -outcome.score)
    torch.manual_seed(context.seed)  # what follows begins in one state, whether this was interrupted or not
    return network.head(), replace(context, progress=Stage(context.progress, before=steps(plan, len(examples))))


def steps(plan: Plan, sequences: int) -> int:
    """Count the steps of a training on so many sequences."""
    return plan.epochs * -(-sequences // plan.batch_size)


class Guessing(Loop):
    """The loop, whose examples hide other tokens in every step, and which is judged by its loss."""

    def evaluate(self, *_: Any, **__: Any) -> dict[str, float]:
        """Guess the validation rows, each process a share of them."""
        examples: HiddenTokens = self.eval_dataset
        self.model.eval()
        loss, known = torch.zeros(()), examples.labels.sum()
        for numbers in by_length(examples.lengths, examples.evaluated)[self.processes.rank :: self.processes.world]:
            logits = self.pieces.predict(self.model, examples, numbers.tolist())
            loss += self.judge(logits, examples.collate(numbers.tolist())["labels"], known)
            self.watch.report(self.state)
            if self.watch.stopped:
                break
        self.watch.agree()
        metrics = {"eval_loss": self.processes.total(loss).item(), "eval_score": math.nan}
        self.control = self.callback_handler.on_evaluate(self.args, self.state, self.control, metrics)
        return metrics
