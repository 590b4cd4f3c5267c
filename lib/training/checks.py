"""Checks of a result by training its model again: on folds, with permuted labels, on parts of the training part.

Each check is a list of pieces, every one a training with rows of its own; pieces that are finished are kept in the
folder, so that a check goes on where it was stopped. The test part of a piece never touches its training.
"""

import json
import shutil
from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from lib import tasks
from lib.core.errors import UserError
from lib.core.files import replacing
from lib.core.progress import Progress, Report
from lib.core.spec import RunSpec
from lib.datasets.dataset import Dataset
from lib.datasets.folds import draw_folds
from lib.models.base import MODELS, is_offered
from lib.models.context import CHECKPOINTS
from lib.tasks.base import Prediction
from lib.tasks.class_metrics import labels as class_labels
from lib.tasks.data import TrainingData
from lib.tasks.metrics import plain
from lib.tokenizers import TOKENIZERS, Corpus
from lib.tokenizers import fit as fit_tokenizer
from lib.training import TrainingContext

FOLDS, PERMUTED, LEARNING = "folds", "permuted", "learning"
KINDS = {FOLDS: "Cross-validation", PERMUTED: "Permuted labels", LEARNING: "Learning curve"}
SHARES = (0.1, 0.2, 0.4, 0.7, 1.0)
"""Of the training part, in a learning curve."""
FEWEST = 20
"""Training sequences below which a share of a learning curve is left out."""

Rows = NDArray[np.intp]


@dataclass(frozen=True)
class Piece:
    """One training of a check: rows of the dataset, and the seed that permutes the labels of the first two parts."""

    name: str
    train: Rows
    validation: Rows
    test: Rows
    permuted: int | None = None


def plan_check(dataset: Dataset, what: str, count: int, seed: int) -> list[Piece]:
    """List the trainings of a check.

    Parameters
    ----------
    what
        ``folds``: ``count`` folds of all sequences, similar ones together; each is the test part once, the next one the
        validation part. ``permuted``: ``count`` times with permuted labels of training and validation part.
        ``learning``: growing parts of the training part, each within the next.

    Raises
    ------
    UserError
        If there is no such check, or the dataset has too few sequences for it.
    """
    train, held, test = (dataset.rows(part) for part in ("train", "validation", "test"))
    if what == FOLDS:
        if count < 3:
            raise UserError(
                f"Found {count} folds; cross-validation needs at least 3: one each to learn, choose and test."
            )
        labels = class_labels(np.asarray(dataset.targets)) if dataset.classes else None
        fold = draw_folds(dataset.sequences.tolist(), count, seed=seed, labels=labels)
        return [
            Piece(
                f"Fold {number + 1}",
                np.flatnonzero((fold != number) & (fold != (number + 1) % count)),
                np.flatnonzero(fold == (number + 1) % count),
                np.flatnonzero(fold == number),
            )
            for number in range(count)
        ]
    if what == PERMUTED:
        return [Piece(f"Permutation {number + 1}", train, held, test, seed + number) for number in range(count)]
    if what == LEARNING:
        order = np.random.default_rng(seed).permutation(train)
        sizes = sorted({round(share * len(train)) for share in SHARES if round(share * len(train)) >= FEWEST})
        return [Piece(f"{size:,} sequences", np.sort(order[:size]), held, test) for size in sizes]
    raise UserError(f"There is no check {what!r}; choose one of {', '.join(KINDS)}.")


def require_checkable(dataset: Dataset, spec: RunSpec) -> None:
    """Check that the model of a run can be trained again with other rows.

    Raises
    ------
    UserError
        If it predicts profiles, or is made of other runs.
    """
    if tasks.get(spec.task).view == "profiles":
        raise UserError("Checks train models of numbers and of classes again; this run predicts profiles.")
    if not is_offered(MODELS.get(spec.model.name)):
        raise UserError("An ensemble is made of finished runs and is not trained; check one of its members.")


def train_pieces(
    dataset: Dataset, spec: RunSpec, pieces: Sequence[Piece], folder: Path, progress: Progress, *, device: str = "auto"
) -> list[dict[str, Any]]:
    """Train the model of a run once for each piece, and judge it on the test part of the piece.

    Returns
    -------
    list of dict
        Of each piece ``name``, ``train`` (sequences learned from) and ``test``: n and the metrics of the task.

    Raises
    ------
    UserError
        If a piece cannot be learned.
    Cancelled
        If the listener asked for it; the same call goes on from the pieces that are finished.
    """
    done: list[dict[str, Any]] = []
    for number, piece in enumerate(pieces):
        place = folder / "pieces" / str(number)
        place.mkdir(parents=True, exist_ok=True)
        kept = place / "scores.json"
        if not kept.exists():
            listener = _Within(progress, number, len(pieces), piece.name)
            scores = _train_piece(dataset, spec, piece, TrainingContext(place, spec.seed, device, listener))
            with replacing(kept) as temporary:
                temporary.write_text(json.dumps(plain(scores)), encoding="utf-8")
            shutil.rmtree(place / CHECKPOINTS, ignore_errors=True)
        scores = json.loads(kept.read_text(encoding="utf-8"))
        done.append({"name": piece.name, "train": len(piece.train), "test": scores})
    progress.report(Report(len(pieces), len(pieces), "Evaluation"))
    return done


def summarise_pieces(found: Sequence[dict[str, Any]], key: str) -> dict[str, Any]:
    """Give the mean and the sample standard deviation of a metric over pieces; None where it is not defined."""
    values = [piece["test"][key] for piece in found if piece["test"].get(key) is not None]
    mean = float(np.mean(values)) if values else None
    return {"mean": mean, "sd": float(np.std(values, ddof=1)) if len(values) > 1 else None, "count": len(values)}


def _train_piece(dataset: Dataset, spec: RunSpec, piece: Piece, context: TrainingContext) -> dict[str, Any]:
    parts = np.full(len(dataset), "left out", dtype="<U10")
    parts[piece.test], parts[piece.validation], parts[piece.train] = "test", "validation", "train"
    altered = replace(dataset, parts=parts)
    if piece.permuted is not None:
        altered = permute_labels(altered, piece.permuted)
    tokenizer = None
    if spec.tokenizer is not None:
        chosen = TOKENIZERS.create(spec.tokenizer.name, spec.tokenizer.settings)
        tokenizer = fit_tokenizer(chosen, Corpus.of(altered), progress=context.progress)
    model = MODELS.create(spec.model.name, spec.model.settings)
    fitted = model.fit(TrainingData.of(altered, tokenizer), context)
    sequences = dataset.sequences[piece.test].tolist()
    predicted = np.full((len(dataset), dataset.targets.shape[1]), np.nan)
    predicted[piece.test] = fitted.predict(sequences)
    return tasks.get(dataset.task).scores(dataset, piece.test, Prediction(predicted))


def permute_labels(dataset: Dataset, seed: int) -> Dataset:
    """Give targets and values of training and validation part to other sequences of the same part, at random."""
    rng, targets, values = np.random.default_rng(seed), np.array(dataset.targets), np.array(dataset.values)
    for part in ("train", "validation"):
        rows = dataset.rows(part)
        order = rng.permutation(rows)
        targets[rows], values[rows] = targets[order], values[order]
    return replace(dataset, targets=targets, values=values)


@dataclass(frozen=True)
class _Within:
    """Tells a listener of one of several pieces as a share of them all, in thousandths of a piece."""

    listener: Progress
    number: int
    count: int
    name: str

    def report(self, report: Report) -> None:
        share = report.step / report.total if report.total else 0.0
        step = round(1000 * (self.number + min(share, 1.0)))
        self.listener.report(Report(step, 1000 * self.count, f"Training, {self.name}", note=report.note))
