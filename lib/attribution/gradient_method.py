"""What methods share that look into a network: its kinds, references, noise, and how numbers become an attribution.

Sequence x and references r are matrices of what the network reads: (4, L), nucleotides, or (T, D), the embeddings of T
tokens. Captum gives multipliers G of the same shape for each pair of x and r (its methods with
``multiply_by_inputs=False``), many pairs at a time in passes of bounded memory. Then, averaged over the references:

- contribution of each number: (x - r) G; of a position, the sum over its four channels or over its embedding. What a
  reference base takes away at a position belongs to that position too. Numbers of tokens are shared equally among their
  nucleotides (``lib.attribution.token_to_base``).
- hypothetical contribution of base j at a position: the sum over the channels of (e_j - r) G, with e_j the column of
  base j; of networks that read tokens, what ``lib.attribution._inputs.TokenReader.hypothetical`` says. At the base that
  stands there it is the score. It uses the multipliers of x, not of the sequence with that base, so it is a linear
  estimate, as the hypothetical contributions of DeepSHAP are.
- convergence delta, of methods that promise a sum: the sum of all contributions minus (f(x) - mean f(r)).
- standard error, of random references: that of the mean of the contributions over them.
"""

from abc import ABC, abstractmethod
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, ClassVar, NamedTuple

from lib.attribution import ensemble
from lib.attribution.base import SILENT, Attribution, compute_standard_errors, explain_refusal, require_letters
from lib.attribution.noise import NONE, Noise, Numbers
from lib.attribution.references import DEFAULT, KINDS, SHUFFLES
from lib.core.arrays import FloatArray
from lib.core.errors import UserError
from lib.core.progress import Progress, Report
from lib.core.registry import setting
from lib.models.base import Composed, Differentiable, Fitted, TokenDifferentiable

if TYPE_CHECKING:
    from torch import Tensor

    from lib.attribution._inputs import Batch, Reader
    from lib.attribution._network import Network

NO_GRADIENTS = (
    "This model has no gradients, so methods that need them cannot explain it. "
    "Choose in-silico mutagenesis, which works with every model."
)
NO_REFERENCE = "none"


class Pairs(NamedTuple):
    """Sequences beside references, P at a time.

    Parameters
    ----------
    x, references
        (P, *S) each.
    ids
        (P, T) for networks that read tokens, else None.
    rows, draws
        (P,) which sequence of the batch, and which of its references or draws it is.
    """

    x: "Tensor"
    references: "Tensor"
    ids: "Tensor | None"
    rows: "Tensor"
    draws: "Tensor"


class Multipliers(NamedTuple):
    """What a method gives for N sequences.

    Parameters
    ----------
    gradient, taken
        Means over the references of G and of r G, (N, *S) each.
    draws
        (N, K, P) contributions of P positions or tokens by each of K references, or groups of random points; None
        where there are none.
    """

    gradient: "Tensor"
    taken: "Tensor"
    draws: "Tensor | None" = None


@dataclass(frozen=True)
class Compared:
    """What a sequence is compared with."""

    reference: str = setting(
        DEFAULT,
        label="Reference sequence",
        choices=KINDS,
        help="What the sequence is compared with. Uniform: each base 0.25, or the mean of all words, everywhere. "
        "Shuffles keep its dinucleotides, so only their order counts, and are random. Mask tokens are for models that "
        "read tokens.",
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

    name: ClassVar[str]
    label: ClassVar[str]
    summary: ClassVar[str]
    rule: ClassVar[str]
    adds_up: ClassVar[bool] = True
    """Whether the contributions promise to add up to f(x) - mean f(r)."""
    has_hypothetical: ClassVar[bool] = True
    """Whether each base at each position has a contribution, which motif discovery needs."""

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
    def is_random(self) -> bool:
        """Tell whether what a sequence is compared with is drawn at random."""
        return getattr(self, "reference", "") == SHUFFLES

    @property
    def correction(self) -> str:
        """Say in words what was done to the gradients; nothing where they are used as they are."""
        return ""

    @property
    def copies(self) -> int:
        """Count the numbers that are held for each one of a sequence, of references and of noise."""
        references = getattr(self, "shuffles", 1) if self.is_random else 1
        return max(references, 1 if self.noise == NONE else self.samples)

    @abstractmethod
    def multipliers(self, network: "Network", batch: "Batch", seed: int) -> Multipliers:
        """Give the multipliers of a batch whose predictions are known."""

    def contributions(self, x: "Tensor", multipliers: Multipliers) -> "Tensor":
        """Give what each number of x (N, *S) contributes."""
        return x * multipliers.gradient - multipliers.taken

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
        if why := explain_refusal(self, fitted):
            raise UserError(why)
        require_letters(sequences)
        from lib.attribution._inputs import reader_of

        done: dict[int, Attribution] = {}

        def alive() -> None:
            progress.report(Report(len(done), len(sequences), stage="Attribution"))

        reader = reader_of(fitted, sequences, target, alive)
        if reader is None:
            assert isinstance(fitted, Composed)
            options: dict[str, Any] = {"target": target, "target_name": target_name, "seed": seed, "progress": progress}
            return ensemble.attribute_members(self, fitted, sequences, **options)
        for rows in reader.groups(len(sequences), self.copies):
            done.update(zip(rows, self._same_shape(reader, rows, target_name, seed), strict=True))
        alive()
        return [done[row] for row in range(len(sequences))]

    def _same_shape(self, reader: "Reader", rows: list[int], target_name: str, seed: int) -> list[Attribution]:
        network, compared = reader.network, getattr(self, "reference", "")
        batch = reader.batch(rows, compared, shuffles=getattr(self, "shuffles", 1), seed=seed).predicted(network)
        numbers = self.with_noise(
            batch, seed, lambda moved, sample: self._numbers(network, moved, seed + sample), over=network.over
        )
        each = _array(numbers.contributions.sum(dim=network.over))  # N, P
        draws = [_array(source) for source in numbers.draws]  # N, K, P
        has_hypothetical = numbers.hypothetical is not None and self.has_hypothetical
        hypothetical = _array(numbers.hypothetical) if has_hypothetical else None  # N, 4, L or N, T, D + 1
        f_x = _array(batch.f_x)
        f_references = _array(batch.f_references).mean(axis=1) if compared else None
        adds_up = f_references is not None and self.adds_up and not self.squares
        made = []
        for number, row in enumerate(rows):
            scores, special = reader.spread(row, each[number])
            reference = None if f_references is None else float(f_references[number])
            made.append(
                Attribution(
                    sequence=batch.sequences[number],
                    scores=scores,
                    hypothetical=None if hypothetical is None else reader.hypothetical(row, hypothetical[number]),
                    method=self.label,
                    reference=batch.described[number] if compared else NO_REFERENCE,
                    rule=self.rule + self.correction + self.said,
                    target=target_name,
                    prediction=float(f_x[number]),
                    reference_prediction=reference,
                    delta=float(each[number].sum() - (f_x[number] - reference)) if adds_up else None,
                    special=float(special),
                    tokens=reader.tokens(row, each[number]),
                    standard_errors=compute_standard_errors(reader.spread(row, source[number])[0] for source in draws),
                )
            )
        return made

    def _numbers(self, network: "Network", batch: "Batch", seed: int) -> Numbers:
        import torch

        multipliers = self.multipliers(network, batch, seed)
        gradient, taken = multipliers.gradient, multipliers.taken.sum(dim=network.over, keepdim=True)
        hypothetical = gradient - taken if batch.ids is None else torch.cat([gradient, taken], dim=network.over)
        draws = multipliers.draws
        random = (draws,) if self.is_random and draws is not None and draws.shape[1] > 1 else ()
        return Numbers(self.contributions(batch.x, multipliers), hypothetical, random)


def averaged(
    network: "Network",
    batch: "Batch",
    multipliers: "Callable[[Pairs], Tensor]",
    *,
    draws: int = 0,
    groups: int = 0,
    each: float = 1.0,
) -> Multipliers:
    """Average multipliers over the references of each sequence, in passes of bounded memory.

    Parameters
    ----------
    multipliers
        Gives G (P, *S) of so many pairs.
    draws
        How many pairs each sequence has, its references in turn; once each of them where left out.
    groups
        How many groups of pairs are independent of each other, in turn: pair number i is of group i modulo so many;
        each pair by itself where left out. The contributions of a group are off the mean by what it is off, in
        proportion to its size, where sizes differ.
    each
        Memory that a pair needs, in units of a pass with gradients.
    """
    import torch

    count, copies = batch.references.shape[:2]
    draws = draws or copies
    groups = groups or draws
    kind: dict[str, Any] = {"dtype": torch.float64, "device": batch.x.device}
    gradient, taken = torch.zeros(batch.x.shape, **kind), torch.zeros(batch.x.shape, **kind)
    positions = batch.x.sum(dim=network.over).shape[1]
    sums = torch.zeros((count, groups, positions), **kind)
    for part in network.passes(batch.x, batch.ids, count * draws, each=each):
        number = torch.arange(part.start, part.stop, device=batch.x.device)
        rows, draw = number // draws, number % draws
        x, references = batch.x[rows], batch.references[rows, draw % copies]
        found = multipliers(Pairs(x, references, batch.ids_of(rows), rows, draw)).detach()
        gradient.index_add_(0, rows, found.double() / draws)
        taken.index_add_(0, rows, (references * found).double() / draws)
        contributions = ((x - references) * found).sum(dim=network.over).double()
        sums.index_put_((rows, draw % groups), contributions, accumulate=True)
    sizes = torch.bincount(torch.arange(draws, device=batch.x.device) % groups)[:, None]  # K, 1
    mean = sums.sum(dim=1, keepdim=True) / draws
    return Multipliers(gradient, taken, mean + (sums - sizes * mean) * groups / draws)


def _array(tensor: "Tensor | None") -> FloatArray:
    assert tensor is not None
    array: FloatArray = tensor.double().cpu().numpy()
    return array


_ANY = "Choose in-silico mutagenesis, which works with every model."
