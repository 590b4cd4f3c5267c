"""What methods share that look into a network: its kinds, references, noise, and how numbers become an attribution.

Sequence x and references r are matrices of what the network reads: (4, L), nucleotides, or (T, D), the embeddings of T
tokens. Captum gives multipliers G of the same shape for each pair of x and r (its methods with
``multiply_by_inputs=False``), many pairs at a time in passes of bounded memory. Then, averaged over the references:

- contribution of each number: (x - r) G; of a position, the sum over its four channels or over its embedding. What a
  reference base takes away at a position belongs to that position too. Numbers of tokens are shared equally among their
  nucleotides (``lib.attribution.token_to_base``).
- hypothetical contribution of base j at a position: the sum over the channels of (e_j - r) G, with e_j the column of
  base j; of networks that read tokens, what ``TokenReader.make_hypothetical`` in ``lib.attribution._inputs`` says. At
  the base that stands there it is the score. It uses the multipliers of x, not of the sequence with that base, so it is
  a linear estimate, as the hypothetical contributions of DeepSHAP are.
- convergence delta, of methods that promise a sum: the sum of all contributions minus (f(x) - mean f(r)).
- standard error, of random references: that of the mean of the contributions over them.
"""

from abc import ABC, abstractmethod
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, ClassVar, NamedTuple

from lib.attribution.base import Attribution, Method
from lib.attribution.noise import NONE, Contributions, Noise
from lib.attribution.references import DEFAULT, KINDS, SHUFFLES, shuffles_setting
from lib.core.arrays import FloatArray
from lib.core.registry import setting
from lib.models.base import Composed, Differentiable, Fitted, TokenDifferentiable

if TYPE_CHECKING:
    from torch import Tensor

    from lib.attribution._inputs import Batch, Reader
    from lib.attribution._network import Network

_ANY = "Choose in-silico mutagenesis, which works with every model."
NO_GRADIENTS = f"This model has no gradients, so methods that need them cannot explain it. {_ANY}"


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


@dataclass(frozen=True)
class GradientMethod(Noise, Method, ABC):
    """A method that needs a network, to be registered by a class that gives contributions."""

    rule: ClassVar[str]
    has_hypothetical: ClassVar[bool] = True

    @classmethod
    def refuses(cls, fitted: Fitted) -> str:
        """Say why a trained model cannot be explained by this method; nothing where it can."""
        if isinstance(fitted, Differentiable | TokenDifferentiable):
            return ""
        if isinstance(fitted, Composed):
            named = ", ".join(name for name, member in fitted.members.items() if cls.refuses(member))
            return f"Members of this ensemble have no gradients ({named}). {_ANY}" if named else ""
        return NO_GRADIENTS

    def is_split(self, ensemble: Composed) -> bool:
        """Tell whether the members have no network in common."""
        return not isinstance(ensemble, Differentiable | TokenDifferentiable)

    @property
    def correction(self) -> str:
        """Say in words what was done to the gradients; nothing where they are used as they are."""
        return ""

    @property
    def copies(self) -> int:
        """Count the numbers that are held for each one of a sequence, of references and of noise."""
        return 1 if self.noise == NONE else self.samples

    def read_batch(self, reader: "Reader", rows: Sequence[int], seed: int) -> "Batch":
        """Read sequences of one shape, with what they are compared with; here nothing."""
        return reader.read_batch(rows, "", shuffles=1, seed=seed)

    @abstractmethod
    def contributions(self, network: "Network", batch: "Batch") -> Contributions:
        """Give what the sequences of a batch contribute."""

    def explain(
        self, fitted: Fitted, sequences: Sequence[str], target: int, seed: int, alive: Callable[[], None]
    ) -> Iterator[Attribution]:
        """Attribute N distinct sequences, those of one shape together.

        Raises
        ------
        UserError
            If there is no such target or reference, or a sequence is too long for the memory of this machine.
        """
        from lib.attribution._inputs import NucleotideReader, TokenReader

        reader: Reader
        if isinstance(fitted, Differentiable):
            reader = NucleotideReader(fitted, sequences, target, alive)
        else:
            assert isinstance(fitted, TokenDifferentiable)  # as ``refuses`` says
            reader = TokenReader(fitted, sequences, target, alive)
        for rows in reader.group_rows(self.copies):
            yield from self._explain_batch(reader, rows, self.read_batch(reader, rows, seed))

    def _explain_batch(self, reader: "Reader", rows: Sequence[int], batch: "Batch") -> Iterator[Attribution]:
        network, over = reader.network, reader.network.over
        if self.noise == NONE:
            found = self.contributions(network, batch)
        else:
            moved = (batch.move(noise, number, network) for number, noise in enumerate(self.draw_noise(batch)))
            found = self.combine([self.contributions(network, sample) for sample in moved], over=over)
        numbers, multipliers, taken = map(_to_array, (found.numbers.sum(dim=over), found.multipliers, found.taken))
        sources = [_to_array(source) for source in found.sources]  # N, K, P
        f_x, f_references = _to_array(batch.f_x), _to_array(batch.f_references)
        for number, row in enumerate(rows):
            reference, delta, hypothetical = None, None, None
            if f_references.size:
                reference = float(f_references[number].mean())
                delta = None if self.squares else float(numbers[number].sum() - (f_x[number] - reference))
            if self.has_hypothetical and not self.squares:
                hypothetical = reader.make_hypothetical(row, multipliers[number], taken[number])
            yield reader.make_attribution(
                row,
                numbers[number],
                [source[number] for source in sources],
                hypothetical=hypothetical,
                method=self.label,
                reference=batch.described[number] or "none",
                rule=self.rule + self.correction + self.noise_rule,
                prediction=float(f_x[number]),
                reference_prediction=reference,
                delta=delta,
            )


@dataclass(frozen=True)
class ComparedMethod(GradientMethod, ABC):
    """A method that compares with reference sequences; what it gives adds up to f(x) - mean f(r)."""

    reference: str = setting(
        DEFAULT,
        label="Reference sequence",
        choices=KINDS,
        help="What the sequence is compared with. Uniform: each base 0.25, or the mean of all words, everywhere. "
        "Shuffles keep its dinucleotides, so only their order counts, and are random. Mask tokens are for models that "
        "read tokens.",
    )
    shuffles: int = shuffles_setting(
        100, "How many shuffled references are averaged. Chance in them is the largest error of an attribution."
    )

    @property
    def is_random(self) -> bool:
        """Tell whether what a sequence is compared with is drawn at random."""
        return self.reference == SHUFFLES

    @property
    def copies(self) -> int:
        """Count the numbers that are held for each one of a sequence, of references and of noise."""
        return max(super().copies, self.shuffles if self.reference == SHUFFLES else 1)

    def read_batch(self, reader: "Reader", rows: Sequence[int], seed: int) -> "Batch":
        """Read sequences of one shape, with their references."""
        return reader.read_batch(rows, self.reference, shuffles=self.shuffles, seed=seed)

    def average_pairs(
        self,
        network: "Network",
        batch: "Batch",
        multipliers: "Callable[[Pairs], Tensor]",
        *,
        draws: int = 0,
        groups: int = 0,
        each: float = 1.0,
    ) -> Contributions:
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
        mean, taken = torch.zeros(batch.x.shape, **kind), torch.zeros(batch.x.shape, **kind)
        sums = torch.zeros((count, groups, batch.x.sum(dim=network.over).shape[1]), **kind)
        for part in network.passes(batch.x, batch.ids, count * draws, each=each):
            number = torch.arange(part.start, part.stop, device=batch.x.device)
            rows, draw = number // draws, number % draws
            x, references = batch.x[rows], batch.references[rows, draw % copies]
            found = multipliers(Pairs(x, references, batch.ids_of(rows), rows, draw)).detach()
            mean.index_add_(0, rows, found.double() / draws)
            taken.index_add_(0, rows, (references * found).double() / draws)
            contributions = ((x - references) * found).sum(dim=network.over).double()
            sums.index_put_((rows, draw % groups), contributions, accumulate=True)
        numbers = batch.x * mean - taken
        if not self.is_random or groups == 1:
            return Contributions(numbers, mean, taken)
        sizes = torch.bincount(torch.arange(draws, device=batch.x.device) % groups)[:, None]  # K, 1
        middle = sums.sum(dim=1, keepdim=True) / draws
        return Contributions(numbers, mean, taken, (middle + (sums - sizes * middle) * groups / draws,))


def _to_array(tensor: "Tensor") -> FloatArray:
    array: FloatArray = tensor.double().cpu().numpy()
    return array
