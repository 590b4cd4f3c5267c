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
    """One training of a check.

    Parameters
    ----------
    train, validation, test
        Rows of the dataset.
    permuted
        Seed that permutes the labels of the first two parts; None where they stay.
    seed
        Added to the seed of the run.
    """

    name: str
    train: Rows
    validation: Rows
    test: Rows
    permuted: int | None = None
    seed: int = 0


def plan_check(dataset: Dataset, what: str, count: int, seed: int) -> list[Piece]:
    """List the trainings of a check.

    Parameters
    ----------
    what
        ``folds``: ``count`` folds of all sequences, similar ones together; each is the test part once, the next one the
        validation part. ``permuted``: ``count`` times with permuted labels of training and validation part.
        ``learning``: growing parts of the training part, each within the next and with about equal shares of each
        class; ``count`` draws of them, each trained with a seed of its own.

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
        orders = [_shuffle(dataset, train, seed + draw) for draw in range(count)]
        sizes = sorted({round(share * len(train)) for share in SHARES if round(share * len(train)) >= FEWEST})
        return [
            Piece(f"{size:,} sequences, draw {draw + 1}", np.sort(order[:size]), held, test, seed=draw)
            for draw, order in enumerate(orders)
            for size in sizes
        ]
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
            scores = _train_piece(
                dataset, spec, piece, TrainingContext(place, spec.seed + piece.seed, device, listener)
            )
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


def compute_p(found: Sequence[dict[str, Any]], key: str, own: float | None) -> float | None:
    """Give the one-sided p-value of a run among permutations of its labels, at least 1 / (permutations + 1).

    Ojala & Garriga 2010, J Mach Learn Res 11:1833. None where the metric, of which more is better, is not defined.

    >>> compute_p([{"test": {"r2": value}} for value in (-0.1, 0.0, 0.6)], "r2", 0.5)
    0.5
    """
    values: list[float] = [piece["test"][key] for piece in found if piece["test"].get(key) is not None]
    if own is None or not values:
        return None
    return (1 + sum(value >= own for value in values)) / (1 + len(values))


@dataclass(frozen=True)
class Gain:
    """What the last step in size of a learning curve gains.

    Parameters
    ----------
    before, last
        Training sequences of the two largest sizes.
    gain
        Difference of their mean scores.
    error
        Its standard error over the draws; None where there is one draw.
    """

    before: int
    last: int
    gain: float
    error: float | None

    @property
    def is_clear(self) -> bool:
        """Whether the gain is more than twice its standard error."""
        return self.error is not None and self.gain > 2 * self.error


def compute_gain(found: Sequence[dict[str, Any]], key: str) -> Gain | None:
    """Compare the two largest sizes of a learning curve by a metric; None where it is not defined, or one size."""
    scores: dict[int, list[float]] = {}
    for piece in found:
        if piece["test"].get(key) is not None:
            scores.setdefault(piece["train"], []).append(piece["test"][key])
    if len(scores) < 2:
        return None
    before, last = sorted(scores)[-2:]
    pair = [np.array(scores[size]) for size in (before, last)]
    error = None
    if min(map(len, pair)) > 1:
        error = float(np.sqrt(sum(values.var(ddof=1) / len(values) for values in pair)))
    return Gain(before, last, float(pair[1].mean() - pair[0].mean()), error)


def _shuffle(dataset: Dataset, rows: Rows, seed: int) -> Rows:
    """Shuffle rows so that every beginning of them has about equal shares of each class."""
    rows = np.random.default_rng(seed).permutation(rows)
    classes = class_labels(np.asarray(dataset.targets[rows])) if dataset.classes else np.zeros(len(rows))
    place = np.empty(len(rows))
    for number in np.unique(classes):
        members = np.flatnonzero(classes == number)
        place[members] = (np.arange(len(members)) + 0.5) / len(members)
    return rows[np.argsort(place, kind="stable")]


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
