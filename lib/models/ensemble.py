"""An ensemble: the mean of finished models, and how far they lie apart (Hansen & Salamon 1990, doi:10.1109/34.58871).

Nothing is learned here; ``lib.models.best`` gives members weights.

``members/`` in the folder of the run holds one complete model folder for each member, called
``<number>-<run id>``; so the folder of an ensemble can be moved, and outlives the runs that its members came from.
"""

import json
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, ClassVar

import numpy as np

from lib.core.arrays import FloatArray
from lib.core.errors import UserError
from lib.core.progress import Progress, Report
from lib.models import mutants, saving
from lib.models.base import MODELS, Differentiable, Fitted, Uncertain, constant_of
from lib.models.blend import Blend
from lib.models.checks import require_rows
from lib.models.context import Context
from lib.tasks.data import TrainingData
from lib.tasks.profile import Profiled

if TYPE_CHECKING:
    from lib.models.nets.mean_network import MeanNetwork

FEWEST, MOST = 2, 50
MEMBERS = "members"
_MUTATED = 256  # sequences whose effects are held at a time


@dataclass(frozen=True)
class FittedEnsemble:
    """M trained models that predict the same T targets.

    Parameters
    ----------
    members
        Each by the name of its folder, in their order.
    home
        The folder with the ``members/`` that they were read from.
    blend
        What each member counts; all the same unless given.
    """

    members: Mapping[str, Fitted]
    home: Path
    blend: Blend = field(default_factory=Blend)

    @property
    def weights(self) -> FloatArray:
        """Give what each member counts, (M,); at most 1 in sum."""
        return self.blend.of(len(self.members))

    @property
    def added(self) -> FloatArray:
        """Give what is added to the weighted sum of the members, (T,), or a single 0."""
        return self.blend.added

    @property
    def held_out(self) -> FloatArray | None:
        """Give what members that did not see it predict for the validation part, (V, T); None where none saw it."""
        return np.array(self.blend.held_out) if self.blend.held_out else None

    def combine(self, each: Iterator[FloatArray]) -> tuple[FloatArray, FloatArray]:
        """Give prediction and deviation, (N, T) each, from what each of the members predicts, (N, T) each."""
        return self.blend.combine(each)

    def predict(self, sequences: Sequence[str], *, progress: Progress | None = None) -> FloatArray:
        """Predict the targets of N sequences, (N, T): the weighted mean over the members."""
        return self.both(sequences, progress=progress)[0]

    def deviation(self, sequences: Sequence[str], *, progress: Progress | None = None) -> FloatArray:
        """Give how far the members lie apart, (N, T): their sample standard deviation, in the units of the targets."""
        return self.both(sequences, progress=progress)[1]

    def both(self, sequences: Sequence[str], *, progress: Progress | None = None) -> tuple[FloatArray, FloatArray]:
        """Give the mean and the sample standard deviation over the members, (N, T) each, each member asked once."""
        return self.combine(self.each(sequences, progress=progress))

    def each(self, sequences: Sequence[str], *, progress: Progress | None = None) -> Iterator[FloatArray]:
        """Predict by one member after the other, (N, T) each."""
        for number, member in enumerate(self.members.values()):
            yield member.predict(sequences, progress=progress and _Share(progress, number, len(self.members)))

    def effects(
        self, sequences: Sequence[str], *, target: int, alive: Callable[[], None]
    ) -> Iterator[tuple[int, float, FloatArray]]:
        """Give number, prediction and effects (4, L) of N sequences: the weighted mean over what each member says."""
        for start in range(0, len(sequences), _MUTATED):
            block = sequences[start : start + _MUTATED]
            means = [np.zeros((4, len(sequence))) for sequence in block]
            predictions = np.full(len(block), constant_of(self, target))
            for member, weight in zip(self.members.values(), self.weights.tolist(), strict=True):
                for number, prediction, found in mutants.effects(member, block, target=target, alive=alive):
                    predictions[number] += weight * prediction
                    means[number] += weight * found
            yield from zip(range(start, start + len(block)), predictions.tolist(), means, strict=True)

    def save(self, folder: Path) -> None:
        """Write every member into its own folder below ``members/``, then ``model.json`` with their order."""
        if not (folder / MEMBERS).exists() or not (folder / MEMBERS).samefile(self.home / MEMBERS):
            for name, member in self.members.items():
                place = folder / MEMBERS / name
                place.mkdir(parents=True, exist_ok=True)
                member.save(place)
        saving.write(folder, self.blend.model, {"members": list(self.members), **self.blend.facts()}, {})


@dataclass(frozen=True)
class FittedNetworks(FittedEnsemble):
    """An ensemble all of whose members are networks that read one-hot sequences, so that gradients explain it."""

    def network(self) -> "MeanNetwork":
        """Give the weighted mean of the members' networks in eval mode: one-hot (N, 4, L) -> (N, T)."""
        from lib.models.nets.mean_network import MeanNetwork

        networks = [member.network() for member in self.members.values() if isinstance(member, Differentiable)]
        return MeanNetwork(networks, self.weights, self.added)


class _Profiles:
    """What an ensemble can do all of whose members predict profiles."""

    members: Mapping[str, Fitted]

    def predict_profiles(self, sequences: Sequence[str], *, progress: Progress | None = None) -> FloatArray:
        """Predict the profiles of N sequences of L letters, (N, T, L): the mean of what the members predict."""
        count, found = len(self.members), []
        for number, member in enumerate(self.members.values()):
            assert isinstance(member, Profiled)
            found.append(member.predict_profiles(sequences, progress=progress and _Share(progress, number, count)))
        mean: FloatArray = np.mean(found, axis=0)
        return mean


@dataclass(frozen=True)
class FittedProfiles(_Profiles, FittedEnsemble):
    """An ensemble all of whose members predict profiles."""


@dataclass(frozen=True)
class FittedProfileNetworks(_Profiles, FittedNetworks):
    """An ensemble all of whose members predict profiles and are networks that read one-hot sequences."""


@MODELS.add
@dataclass(frozen=True)
class EnsembleModel:
    """Several finished models that predict together.

    The prediction is the mean over the members. Their standard deviation says how much the models disagree: where it
    is large, chance decided what was learned. It is no confidence interval: it knows neither the noise of the
    measurement nor what all members get wrong together. Members may be of any kind; where each of them shows a
    network, of nucleotides or of tokens, gradients explain the ensemble too, and in-silico mutagenesis always does.
    The prediction of classes is the mean of log-odds, or of logits: the geometric mean of the probabilities, scaled to
    sum to 1, which is the log-linear pool (Genest & Zidek 1986, doi:10.1214/ss/1177013825).
    The profile of an ensemble is the mean of the profiles of its members, as shares of the reads.
    """

    name: ClassVar[str] = "ensemble"
    label: ClassVar[str] = "Ensemble"
    summary: ClassVar[str] = "The mean of several finished runs, with their spread as a sign of doubt."
    typical_time: ClassVar[str] = "seconds, as nothing is trained anew"
    tasks: ClassVar[tuple[str, ...]] = ("regression", "multi_regression", "classification", "profile", "counts")
    baseline: ClassVar[bool] = False
    offered: ClassVar[bool] = False

    def fit(self, data: TrainingData, context: Context) -> Fitted:
        """Load the members that lie in ``members/`` of the folder and check that they belong to these data.

        Raises
        ------
        Cancelled
            If the listener asked for it.
        UserError
            If there are fewer than 2 members or more than 50, one is damaged, or one predicts other targets.
        """
        require_rows(data, train=1, validation=0, label=self.label)
        names = member_names(context.folder)
        if not FEWEST <= len(names) <= MOST:
            found = f"Found {len(names)} member{'' if len(names) == 1 else 's'}"
            raise UserError(f"{found}; {self.label} needs at least {FEWEST} and at most {MOST}. {_REMEDY}")
        members = {}
        for number, name in enumerate(names):
            context.progress.report(Report(number, len(names), "Loading the members"))
            members[name] = load_member(context.folder / MEMBERS / name)
            found, needed = members[name].predict(data.train.sequences[:1]).shape[1], data.train.targets.shape[1]
            if found != needed:
                raise UserError(f"Member {name} predicts {found} targets, the dataset has {needed}. {_REMEDY}")
        context.progress.report(Report(len(names), len(names), "Loading the members"))
        return assemble(members, context.folder)

    @classmethod
    def load(cls, folder: Path) -> Fitted:
        """Read every member back."""
        facts, _ = saving.read(folder, cls.name)
        names = saving.fact(facts, "members", folder)
        return assemble({name: load_member(folder / MEMBERS / name) for name in names}, folder)


_REMEDY = "Choose finished runs of one dataset and split under Runs, and make the ensemble there."


def predict_with_deviation(
    model: Fitted, sequences: Sequence[str], progress: Progress | None = None
) -> tuple[FloatArray, FloatArray | None]:
    """Predict N sequences, (N, T), and give how far the members of an ensemble lie apart, (N, T), None for others."""
    if isinstance(model, Uncertain):
        return model.both(sequences, progress=progress)
    return model.predict(sequences, progress=progress), None


def member_names(folder: Path) -> list[str]:
    """Give the names of the member folders below ``members/``, ``<number>-<run id>``, by their number."""
    found = [path.name for path in (folder / MEMBERS).glob("*-*") if path.name.partition("-")[0].isdecimal()]
    return sorted(found, key=lambda name: int(name.partition("-")[0]))


def assemble(members: Mapping[str, Fitted], folder: Path, blend: Blend | None = None) -> FittedEnsemble:
    """Give the ensemble of trained models, which does what all of them can; ``folder`` is where they were read from."""
    blend = blend or Blend()
    networks = all(isinstance(member, Differentiable) for member in members.values())
    if all(isinstance(member, Profiled) for member in members.values()):
        return (FittedProfileNetworks if networks else FittedProfiles)(members, folder, blend)
    return (FittedNetworks if networks else FittedEnsemble)(members, folder, blend)


def load_member(folder: Path) -> Fitted:
    """Read one member by the class that its ``model.json`` names."""
    path = folder / saving.FACTS
    try:
        name = json.loads(path.read_text(encoding="utf-8"))["model"]
    except FileNotFoundError:
        raise UserError(f"{saving.FACTS} is missing from {folder}. Make the ensemble anew.") from None
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise UserError(f"{saving.FACTS} in {folder} cannot be read ({error}). Make the ensemble anew.") from error
    return MODELS.get(str(name)).load(folder)


@dataclass(frozen=True)
class _Share:
    """Tells a listener how far one of several members is as a share of them all."""

    listener: Progress
    number: int
    count: int

    def report(self, report: Report) -> None:
        done = self.number * report.total + report.step
        self.listener.report(Report(done, self.count * report.total, report.stage))
