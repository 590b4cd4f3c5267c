"""Feature ablation: what one nucleotide, or one token, adds, by replacing it with that of a reference.

The score is f(x) - mean over the references of f(x with that one thing replaced), by Captum's ``FeatureAblation``. For
models that read tokens each token is replaced in the embedding, a feature of all its numbers, and its score is shared
equally among its nucleotides; for all other models each nucleotide is, in the letters themselves
(``lib.attribution._perturbation``), so that it works with every model. Scores add up to nothing in general: two things
that need each other both count.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, ClassVar

from lib.attribution import ensemble
from lib.attribution.base import METHODS, SILENT, Attribution, explain_refusal, reads_tokens, require_letters
from lib.attribution.references import KINDS, SHUFFLES, ZEROS
from lib.core.arrays import FloatArray
from lib.core.errors import UserError
from lib.core.progress import Progress, Report
from lib.core.registry import setting
from lib.models.base import Composed, Fitted, TokenDifferentiable

if TYPE_CHECKING:
    from lib.attribution._inputs import Batch
    from lib.attribution._network import Network

RULE = "f(x) minus the mean of f with this one nucleotide or token replaced by that of a reference"


@METHODS.add
@dataclass(frozen=True)
class FeatureAblation:
    """Attribute by replacing one nucleotide or token at a time."""

    name: ClassVar[str] = "feature-ablation"
    label: ClassVar[str] = "Feature ablation"
    summary: ClassVar[str] = (
        "Replaces one nucleotide, or one token of models that read tokens, and predicts again. Works with every model."
    )

    reference: str = setting(
        ZEROS,
        label="Replaced by that of",
        choices=KINDS,
        help="What stands there instead: that of shuffled sequences, nothing, the mean of all, or a mask token.",
    )
    shuffles: int = setting(
        20,
        label="Shuffles",
        low=1,
        high=1000,
        advanced=True,
        when=("reference", (SHUFFLES,)),
        help="How many shuffled sequences are averaged.",
    )

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
            If a sequence is empty, there is no such target, or the reference is of models that read tokens.
        """
        if why := explain_refusal(self, fitted):
            raise UserError(why)
        require_letters(sequences)
        options: dict[str, Any] = {"target": target, "target_name": target_name, "seed": seed, "progress": progress}
        if isinstance(fitted, Composed) and any(map(reads_tokens, fitted.members.values())):
            return ensemble.attribute_members(self, fitted, sequences, **options)
        if isinstance(fitted, TokenDifferentiable):
            return self._tokens(fitted, sequences, **options)
        import torch
        from captum import attr

        from lib.attribution._perturbation import hide_letters

        return hide_letters(
            self,
            attr.FeatureAblation,
            fitted,
            sequences,
            lambda length: {"feature_mask": torch.arange(length)[None]},
            rule=RULE,
            **options,
        )

    def _tokens(
        self,
        fitted: TokenDifferentiable,
        sequences: Sequence[str],
        *,
        target: int,
        target_name: str,
        seed: int,
        progress: Progress,
    ) -> list[Attribution]:
        from lib.attribution._inputs import TokenReader
        from lib.attribution._perturbation import errors_of

        made: list[Attribution] = []

        def alive() -> None:
            progress.report(Report(len(made), len(sequences), stage="Attribution"))

        reader = TokenReader(fitted, sequences, target, alive)
        for row, sequence in enumerate(sequences):
            batch = reader.batch([row], self.reference, shuffles=self.shuffles, seed=seed)
            draws = _ablated(reader.network, batch)
            numbers = draws.mean(axis=0)
            scores, special = reader.spread(row, numbers)
            made.append(
                Attribution(
                    sequence=sequence,
                    scores=scores,
                    method=self.label,
                    reference=f"one token each from the {batch.described[0]}",
                    rule=RULE,
                    target=target_name,
                    prediction=float(reader.network.values(batch.x, batch.ids)[0]),
                    special=float(special),
                    tokens=reader.tokens(row, numbers),
                    standard_errors=errors_of(self.reference, reader.spread(row, draws)[0]),
                )
            )
        alive()
        return made


def _ablated(network: "Network", batch: "Batch") -> FloatArray:
    """Give what each token of one sequence adds to its prediction, against each of its K references, (K, T)."""
    import torch
    from captum import attr

    assert batch.ids is not None  # of models that read tokens
    [references], captum = batch.references, attr.FeatureAblation(network)
    places = torch.arange(references.shape[1], device=batch.x.device)[None, :, None]  # 1, T, 1
    capacity = network.capacity(batch.x, batch.ids, each=0.5)
    found = []
    for part in network.passes(batch.x, batch.ids, len(references), each=0.5):
        others = references[part]
        found.append(
            captum.attribute(
                batch.x.expand(len(others), -1, -1),
                baselines=others,
                additional_forward_args=batch.ids.expand(len(others), -1),
                feature_mask=places,
                perturbations_per_eval=max(1, capacity // len(others)),
            )[:, :, 0]  # the same for all numbers of an embedding
        )
    return torch.cat(found).double().cpu().numpy()
