"""Members of a blend: which models may become one, and how they are trained on folds within a time budget."""

import json
import shutil
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import cached_property
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from lib import tasks
from lib.core.arrays import FloatArray
from lib.core.files import replacing
from lib.core.progress import Report
from lib.core.registry import settings_of
from lib.datasets.coding import are_coding
from lib.datasets.folds import draw_folds
from lib.models.base import MODELS, Fitted
from lib.models.blend import add_up, weigh
from lib.models.budget import Clock, OutOfTime
from lib.models.context import CHECKPOINTS, Context
from lib.models.ensemble import MEMBERS, load_member
from lib.tasks.class_metrics import labels as class_labels
from lib.tasks.data import Part, TrainingData
from lib.tokenizers import TOKENIZERS, Corpus
from lib.tokenizers import fit as fit_tokenizer

FOLDS = 5
SMALL = 5_000
"""Sequences of train and validation part up to which members are trained on folds of both."""
ROUNDS = 4
"""Seeds of each network at most."""
LEAST_WEIGHT = 0.01
"""Groups of members that count less are left out."""
WORDS = (4, 6)
"""Longest words of the simple models that count words, nt."""
STEPS, MOST_EPOCHS = 1_500, 40
"""Steps that networks take at least on small data, and the epochs they take for it at most."""
NETWORKS = ("legnet", "cnn")
_MADE = "made.json"
_APART = 1_000  # between the seeds of one candidate, so that runs with seeds 0, 1, 2 share no member


@dataclass(frozen=True, eq=False)
class Candidate:
    """A model that may become a member.

    Parameters
    ----------
    label
        Its name for people.
    model, settings
        Registered model and its settings.
    tokenizer
        Name of the tokenizer that is fitted for it; empty where it reads nucleotides.
    """

    label: str
    model: str
    settings: Mapping[str, Any] = field(default_factory=dict)
    tokenizer: str = ""

    @property
    def key(self) -> str:
        """Give what its folders are called by."""
        longest = f"-k{self.settings['k']}" if "k" in self.settings else ""
        return f"{self.model}{longest}{f'-{self.tokenizer}' if self.tokenizer else ''}"

    @property
    def random(self) -> bool:
        """Say whether another seed gives another model."""
        return hasattr(MODELS.get(self.model), "epochs")


def choose_candidates(data: TrainingData) -> list[Candidate]:
    """List what may become a member, the quickest first: simple models, networks of a size for n, and RBP tokens."""
    able = {name: cls for name, cls in MODELS.all().items() if data.task in cls.tasks}
    found = []
    for name, cls in able.items():
        if cls.baseline and "k" in {item.name for item in settings_of(cls)}:
            found += [Candidate(f"{cls.label}, words up to {k} nt", name, {"k": k}) for k in WORDS]
        elif cls.baseline and name != "mean":
            found.append(Candidate(cls.label, name))
    rows = len(data.train.sequences) + len(data.validation.sequences)
    if "codon-ridge" in able and are_coding(data.train.sequences):
        found.append(Candidate(able["codon-ridge"].label, "codon-ridge"))
    found += [Candidate(able[name].label, name, fit_size(name, rows)) for name in NETWORKS if name in able]
    if data.rbp is not None and rows <= SMALL and "bert" in able:
        settings = {"size": "tiny", **fit_size("bert", rows)}
        found.append(Candidate(f"{able['bert'].label} on MORPH tokens", "bert", settings, tokenizer="morph"))
    return found


def fit_size(name: str, rows: int) -> dict[str, Any]:
    """Choose the settings of a network for so many sequences; few are passed over more often, in smaller batches."""
    default: Any = MODELS.create(name)
    found: dict[str, Any] = {"averaging": 0.995}
    if hasattr(default, "shift"):
        found["shift"] = 3
    if rows > SMALL:
        return found
    batch = 32
    epochs = int(np.clip(-(-STEPS * batch // max(rows, 1)), default.epochs, MOST_EPOCHS))
    return {**found, "batch_size": batch, "epochs": epochs, "patience": max(default.patience, epochs // 3)}


@dataclass(frozen=True)
class Group:
    """One candidate with one seed: a member for each fold, which together predict every held-out sequence.

    Parameters
    ----------
    names
        Folders of the members.
    held_out
        (n, T) what they predict for the held-out sequences.
    seconds
        Time that they took.
    """

    candidate: Candidate
    seed: int
    names: tuple[str, ...]
    held_out: FloatArray
    seconds: float


@dataclass
class MemberTrainer:
    """Trains members into the folder of a run, each once."""

    data: TrainingData
    context: Context
    budget: float
    all: Part
    fold: NDArray[np.intp]
    spent: float = 0.0

    @classmethod
    def of(cls, data: TrainingData, context: Context, budget: float) -> "MemberTrainer":
        """Draw the folds of a small dataset; a large one is judged by its validation part."""
        every = data.train.join(data.validation)
        if len(every.sequences) > SMALL:
            fold = np.where(np.arange(len(every.sequences)) < len(data.train.sequences), -1, 0)  # -1: never held out
        else:
            labels = class_labels(every.targets) if data.classes else None
            fold = draw_folds(every.sequences, FOLDS, seed=context.seed, labels=labels)
        return cls(data, context, budget, every, fold)

    @property
    def folds(self) -> int:
        """Count the folds; 1 where the validation part is the only one that is held out."""
        return int(self.fold.max()) + 1

    @cached_property
    def rest(self) -> FloatArray:
        """Give what gets the weight that members leave, the mean of the train part, (T,)."""
        return mean_of(self.data)

    @property
    def shortfall(self) -> Callable[[FloatArray, FloatArray], float]:
        """Give what is to be small on held-out sequences."""
        return tasks.get(self.data.task).shortfall

    @property
    def observed(self) -> FloatArray:
        """Give the targets of the held-out sequences, (n, T)."""
        return self.all.targets[self.fold >= 0]

    def train(self) -> tuple[list[Group], str]:
        """Train one group after the other until the time is over; also says in a sentence what was left out."""
        candidates, groups, notes = choose_candidates(self.data), list[Group](), list[str]()
        for number in range(ROUNDS):
            if number == 1:
                candidates = self._worth(candidates, groups)
            for candidate in list(candidates):
                try:
                    self._expect(candidate, groups)
                    groups.append(self._train_group(candidate, self.context.seed + _APART * number))
                except OutOfTime as late:
                    candidates.remove(candidate)
                    if not number:
                        needed = f"{late.seconds / 60:.1f} min on this machine"
                        notes.append(f"{candidate.label} is no member: it needs about {needed}, more than was left.")
        note = " ".join(notes)
        self._clock("Blending", times=0).report(Report(1, 1, note=note))
        return groups, note

    def weigh(self, groups: Sequence[Group]) -> list[float]:
        """Give the weights of groups with which the held-out sequences are predicted best."""
        return weigh([group.held_out for group in groups], self.observed, self.rest, self.shortfall)

    def blend(self, groups: Sequence[Group], weights: Sequence[float]) -> FloatArray:
        """Give what groups predict together for the held-out sequences, (n, T)."""
        return add_up(weights, [group.held_out for group in groups], self.rest, len(self.observed))

    def keep_mean(self) -> str:
        """Write the mean of the train part as a member and give its name."""
        folder = self.context.folder / MEMBERS / "mean"
        folder.mkdir(parents=True, exist_ok=True)
        MODELS.create("mean").fit(self.data, self.context).save(folder)
        return folder.name

    def _worth(self, candidates: Sequence[Candidate], groups: Sequence[Group]) -> list[Candidate]:
        """List the candidates of which more seeds are worth their time: those that chance makes and that count."""
        pairs = zip(groups, self.weigh(groups), strict=True)
        counting = {group.candidate for group, weight in pairs if weight >= LEAST_WEIGHT}
        return [candidate for candidate in candidates if candidate.random and candidate in counting]

    def _expect(self, candidate: Candidate, groups: Sequence[Group]) -> None:
        """Refuse to begin what takes longer than there is time, as its first seed did."""
        before = next((group.seconds for group in groups if group.candidate == candidate), 0.0)
        if before and self.spent + before > self.budget:
            raise OutOfTime(before)

    def _train_group(self, candidate: Candidate, seed: int) -> Group:
        held_out = np.empty_like(self.observed)
        place = np.cumsum(self.fold >= 0) - 1
        names = [f"{candidate.key}-seed{seed}-fold{fold + 1}" for fold in range(self.folds)]
        before = self.spent
        try:
            for fold, name in enumerate(names):
                fitted = self._train_member(candidate, seed, fold, self.context.folder / MEMBERS / name)
                held = np.flatnonzero(self.fold == fold)
                held_out[place[held]] = fitted.predict([self.all.sequences[row] for row in held])
        except OutOfTime:
            for name in names:
                shutil.rmtree(self.context.folder / MEMBERS / name, ignore_errors=True)
            raise
        return Group(candidate, seed, tuple(names), held_out, self.spent - before)

    def _train_member(self, candidate: Candidate, seed: int, fold: int, folder: Path) -> Fitted:
        made = folder / _MADE
        if made.exists():
            self.spent += json.loads(made.read_text(encoding="utf-8"))["seconds"]
            return load_member(folder)
        folder.mkdir(parents=True, exist_ok=True)
        where = f", fold {fold + 1} of {self.folds}" if self.folds > 1 else ""
        clock = self._clock(f"Training {candidate.label}{where}", times=self.folds - fold if candidate.random else 0)
        try:
            data = self._part(fold, candidate)
            context = replace(self.context, folder=folder, seed=seed, progress=clock)
            fitted = MODELS.create(candidate.model, dict(candidate.settings)).fit(data, context)
        finally:
            self.spent += (seconds := clock.elapsed)
        fitted.save(folder)
        shutil.rmtree(folder / CHECKPOINTS, ignore_errors=True)
        with replacing(made) as temporary:
            temporary.write_text(json.dumps({"seconds": seconds}), encoding="utf-8")
        return fitted

    def _part(self, fold: int, candidate: Candidate) -> TrainingData:
        """Give what a member learns from, and what it is judged by."""
        train, held = self.all.take(self.fold != fold), self.all.take(self.fold == fold)
        tokenizer = None
        if candidate.tokenizer:
            tokenizer = fit_tokenizer(TOKENIZERS.create(candidate.tokenizer), Corpus(train.sequences, self.data.rbp))
        return replace(self.data, train=train, validation=held, tokenizer=tokenizer)

    def _clock(self, stage: str, *, times: int) -> "Clock":
        return Clock(self.context.progress, stage, self.spent, self.budget, times)


def mean_of(data: TrainingData) -> FloatArray:
    """Give what the model ``mean`` predicts, (T,)."""
    fitted = MODELS.create("mean").fit(data, Context(Path()))
    return np.asarray(fitted.predict(["A"])[0])
