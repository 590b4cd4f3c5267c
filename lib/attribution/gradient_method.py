"""What methods share that look into a network: its kinds, references, noise, and how numbers become an attribution.

Sequence x and references r are matrices of what the network reads: (4, L), nucleotides, or (T, D), the embeddings of T
tokens. A method gives multipliers G of the same shape, each for its references. Then, averaged over the references:

- contribution of each number: (x - r) G; of a place, the sum over its four channels or over its embedding. What a
  reference base takes away at a position belongs to that position too. Numbers of tokens are shared equally among their
  nucleotides (``lib.attribution.spread``).
- hypothetical contribution of base j at a position, of networks that read nucleotides: the sum over the channels of
  (e_j - r) G, with e_j the column of base j. At the base that stands there it is the score. It uses the multipliers of
  x, not of the sequence with that base, so it is a linear estimate, as the hypothetical contributions of DeepSHAP are.
- convergence delta, of methods that promise a sum: the sum of all contributions minus (f(x) - mean f(r)).
"""

from abc import ABC, abstractmethod
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from functools import partial
from typing import TYPE_CHECKING, ClassVar, NamedTuple

from lib.attribution import members
from lib.attribution.base import SILENT, Attribution, refusal, require_letters, standard_errors
from lib.attribution.noise import NONE, Noise, Numbers
from lib.attribution.references import KINDS, SHUFFLES
from lib.core.errors import UserError
from lib.core.progress import Progress, Report
from lib.core.registry import setting
from lib.models.base import Composed, Differentiable, Fitted, TokenDifferentiable

if TYPE_CHECKING:
    from torch import Tensor

    from lib.attribution.inner.network import Network
    from lib.attribution.inner.readers import Batch, Reader

NO_GRADIENTS = (
    "This model has no gradients, so methods that need them cannot explain it. "
    "Choose in-silico mutagenesis, which works with every model."
)
NO_REFERENCE = "none"


class Multipliers(NamedTuple):
    """What a method finds for N sequences.

    Parameters
    ----------
    gradient, taken
        Means over the references of G and of r G, (N, *S) each.
    error
        (N,) convergence delta before weights were shifted to meet the sum; None where nothing is shifted.
    draws
        (N, K, P) contributions of P positions or tokens by each of K > 1 random draws; None where nothing is drawn, or
        once only.
    """

    gradient: "Tensor"
    taken: "Tensor"
    error: "Tensor | None" = None
    draws: "Tensor | None" = None


@dataclass(frozen=True)
class Compared:
    """What a sequence is compared with."""

    reference: str = setting(
        SHUFFLES,
        label="Reference sequence",
        choices=KINDS,
        help="What the sequence is compared with. Shuffles keep its dinucleotides, so only their order counts; mask "
        "tokens are for models that read tokens.",
    )
    shuffles: int = setting(
        100,
        label="Shuffles",
        low=1,
        high=1000,
        when=("reference", (SHUFFLES,)),
        advanced=True,
        help="How many shuffled references are averaged. Chance in them is the largest error of an attribution.",
    )


@dataclass(frozen=True)
class GradientMethod(Noise, ABC):
    """A method that needs a network, to be registered by a class that gives multipliers."""

    label: ClassVar[str]
    rule: ClassVar[str]
    adds_up: ClassVar[bool] = True
    """Whether the contributions promise to add up to f(x) - mean f(r)."""
    has_hypothetical: ClassVar[bool] = True

    @classmethod
    def refuses(cls, fitted: Fitted) -> str:
        """Say why a trained model cannot be explained by this method; nothing where it can."""
        if isinstance(fitted, Differentiable | TokenDifferentiable):
            return ""
        if isinstance(fitted, Composed):
            reasons = [(name, cls.refuses(member)) for name, member in fitted.members.items()]
            named = ", ".join(name for name, reason in reasons if reason)
            return f"Members of this ensemble have no gradients ({named}). {_ANY}" if named else ""
        return NO_GRADIENTS

    @property
    def copies(self) -> int:
        """Count the numbers that are held for each one of a sequence, of references and of noise."""
        references = getattr(self, "shuffles", 1) if getattr(self, "reference", "") == SHUFFLES else 1
        return max(references, 1 if self.noise == NONE else self.samples)

    @abstractmethod
    def multipliers(self, network: "Network", batch: "Batch", alive: Callable[[], None], seed: int) -> Multipliers:
        """Give the multipliers of a batch; ``alive`` is called before each pass."""

    def contributions(self, x: "Tensor", found: Multipliers) -> "Tensor":
        """Give what each number of x (N, *S) contributes."""
        return x * found.gradient - found.taken

    def attribute(
        self,
        fitted: Fitted,
        sequences: Sequence[str],
        *,
        target: int = 0,
        target_name: str = "",
        seed: int = 0,
        progress: Progress = SILENT,
    ) -> list[Attribution]:
        """Attribute one target for N sequences of any lengths, in their order.

        Raises
        ------
        UserError
            If the model has no gradients, there is no such target or reference, a sequence is empty, or too long for
            the memory of this machine.
        """
        if why := refusal(self, fitted):
            raise UserError(why)
        require_letters(sequences)
        from lib.attribution.inner.readers import reader_of

        reader = reader_of(fitted, sequences, target)
        if reader is None:
            assert isinstance(fitted, Composed)
            options = {"target": target, "target_name": target_name, "seed": seed, "progress": progress}
            return members.averaged(self, fitted.members, sequences, **options)
        kind = getattr(self, "reference", "")
        done: dict[int, Attribution] = {}
        for rows in reader.groups(len(sequences), self.copies):
            alive = partial(progress.report, Report(len(done), len(sequences), stage="Attribution"))
            found = self._same_shape(reader, rows, kind, target_name, seed, alive)
            done.update(zip(rows, found, strict=True))
        progress.report(Report(len(sequences), len(sequences), stage="Attribution"))
        return [done[row] for row in range(len(sequences))]

    def _same_shape(
        self, reader: "Reader", rows: list[int], kind: str, target_name: str, seed: int, alive: Callable[[], None]
    ) -> list[Attribution]:
        network = reader.network
        batch = reader.batch(rows, kind, shuffles=getattr(self, "shuffles", 1), seed=seed)
        batch = predicted(network, batch, alive)
        f_x = network.values(batch.x, batch.ids, alive).double().cpu().numpy()  # N
        f_r = batch.begins.double().mean(dim=1).cpu().numpy() if kind else None  # N
        errors: list[Tensor] = []
        contributions, hypothetical, draws = self.with_noise(
            batch,
            seed,
            lambda moved, number: self._asked(network, moved, alive, seed + number, errors),
            over=network.over,
        )
        drawn = [source.double().cpu().numpy() for source in draws]  # N, K, L or N, K, T
        each = contributions.sum(dim=network.over).double().cpu().numpy()  # N, L or N, T
        has_hypothetical = hypothetical is not None and self.has_hypothetical and batch.ids is None
        matrices = hypothetical.double().cpu().numpy() if has_hypothetical else None  # N, 4, L
        adds_up = f_r is not None and self.adds_up and not self.squares
        deltas = each.sum(axis=1) - (f_x - f_r) if adds_up else None
        missed = sum(errors).cpu().numpy() / len(errors) if adds_up and errors else None  # N
        found = []
        for number, row in enumerate(rows):
            placed = reader.placed(row, each[number])
            found.append(
                Attribution(
                    sequence=batch.sequences[number],
                    scores=placed.scores,
                    hypothetical=None if matrices is None else matrices[number],
                    effects=None,
                    method=self.label,
                    reference=batch.described[number] if kind else NO_REFERENCE,
                    rule=self.rule + self.said,
                    target=target_name,
                    prediction=float(f_x[number]),
                    reference_prediction=None if f_r is None else float(f_r[number]),
                    delta=None if deltas is None else float(deltas[number]),
                    special=placed.special,
                    tokens=placed.tokens,
                    integration_error=None if missed is None else float(missed[number]),
                    standard_errors=standard_errors(reader.spread(row, source[number]) for source in drawn),
                )
            )
        return found

    def _asked(
        self, network: "Network", batch: "Batch", alive: Callable[[], None], seed: int, errors: "list[Tensor]"
    ) -> Numbers:
        found = self.multipliers(network, batch, alive, seed)
        if found.error is not None:
            errors.append(found.error)
        hypothetical = found.gradient - found.taken.sum(dim=network.over, keepdim=True)
        return Numbers(self.contributions(batch.x, found), hypothetical, () if found.draws is None else (found.draws,))


def predicted(network: "Network", batch: "Batch", alive: Callable[[], None]) -> "Batch":
    """Give a batch with the predictions of its references."""
    import torch

    count, copies = batch.references.shape[:2]
    if not copies:
        return batch
    owners = torch.arange(count, device=batch.x.device).repeat_interleave(copies)
    found = network.values(batch.references.flatten(0, 1), batch.ids_of(owners), alive)
    return replace(batch, begins=found.reshape(count, copies))


_ANY = "Choose in-silico mutagenesis, which works with every model."
