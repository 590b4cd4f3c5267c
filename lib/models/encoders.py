"""What models with an encoder of tokens share: how they are trained, kept and read back, and their head."""

import logging
from abc import ABC, abstractmethod
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any, ClassVar

from lib import tasks
from lib.core.registry import setting
from lib.models import saving, tokens
from lib.models.base import Fitted
from lib.models.checks import require_encoder_memory, require_rows
from lib.models.context import Context
from lib.models.fitted import Encoder, FittedEncoder, FittedProfileEncoder, load_head
from lib.models.schedule import Schedule
from lib.tasks.data import TrainingData
from lib.tasks.profile_labels import ProfileLabels, ProfileWeights
from lib.tokenizers import Encoded, Vocabulary

if TYPE_CHECKING:
    from torch import nn

    from lib.models.nets.batches import Frame
    from lib.models.nets.residual import TargetNetwork
    from lib.models.nets.token_network import TokenRegressor

VOCABULARY = 512  # what is assumed where no tokenizer is known yet
WARMUP = 0.1

log = logging.getLogger(__name__)


@dataclass(frozen=True)
class TokenNetwork(Schedule, ProfileWeights, ABC):
    """A network with an encoder of tokens and a head, to be registered by a class that brings the encoder.

    Sequences are read as [CLS] tokens [SEP]; batches hold sequences of similar length and are padded to their longest
    one, which changes no prediction. With ``auxiliary``, all expression values of the train part are learned beside
    the targets, for half of the loss. Weight decay leaves norms and biases alone; the learning rate rises over the
    first tenth of the steps and falls along a cosine. The weights kept are those of the epoch with the best R2 on the
    validation part; of classes, with the best MCC; of profiles, with the lowest loss.

    Counts of profiles are predicted as numbers are, and the profiles by convolutions over the states of the tokens at
    each nucleotide, see ``lib.models.nets.token_to_base_head``.
    """

    name: ClassVar[str]
    label: ClassVar[str]
    summary: ClassVar[str]
    typical_time: ClassVar[str]
    tasks: ClassVar[tuple[str, ...]] = ("regression", "multi_regression", "classification", "profile", "counts")
    baseline: ClassVar[bool] = False
    uses_tokenizer: ClassVar[bool] = True
    former: ClassVar[Mapping[str, Any]] = {}
    """What earlier runs were made with before it could be set; where this is left out, nothing."""

    longest: int = setting(
        512,
        label="Longest input",
        unit="tokens",
        low=8,
        high=16384,
        advanced=True,
        help="[CLS] and [SEP] included. What lies beyond it at the end of a sequence is not read.",
    )
    head: str = setting(
        "linear",
        label="Head",
        choices=("linear", "mlp", "convolution"),
        advanced=True,
        help="What makes the prediction: one linear layer, one with a layer between, or a convolution over the states "
        "of neighbouring tokens.",
    )
    pooling: str = setting(
        "mean",
        label="Pooling",
        choices=("mean", "cls"),
        advanced=True,
        when=("head", ("linear", "mlp")),
        help="The prediction is made from the mean over all tokens, or from the first, [CLS], alone.",
    )

    @abstractmethod
    def begin(self, vocabulary: Vocabulary) -> Encoder:
        """Give the encoder as it is before it is trained."""

    @abstractmethod
    def again(self, vocabulary: Vocabulary, facts: Mapping[str, Any]) -> Encoder:
        """Give an encoder of the same sizes, whose weights are read into it next; ``facts`` are those of ``begin``."""

    @abstractmethod
    def outline(self, vocabulary: int) -> "nn.Module":
        """Give an encoder of these sizes, to be counted; it is made on the meta device."""

    def adapt(self, encoder: "nn.Module") -> None:
        """Mark what is learned of an encoder: all of it."""

    def settle(self, encoder: "nn.Module") -> None:
        """Bring a trained encoder into the form in which it is kept."""

    def prepare(self, encoder: Encoder, data: TrainingData, context: Context) -> tuple[Encoder, Context]:
        """Ready an encoder before it learns the targets, and give it with the context of that: nothing to do."""
        return encoder, context

    def fit(self, data: TrainingData, context: Context) -> Fitted:
        """Train on the train part, keep the epoch that predicts the validation part best.

        Raises
        ------
        Cancelled
            If the listener asked for it.
        UserError
            If there are fewer than 20 train or 4 validation sequences, none of a part has tokens, no tokenizer was
            chosen, a batch of the longest would not fit into memory, or the loss becomes NaN.
        """
        import torch

        require_rows(data, train=20, validation=4, label=self.label)
        tokenizer = tokens.tokenizer_of(data, label=self.label)
        task = tasks.get(data.task)
        labels = task.labels(data, self)
        length = labels.length if isinstance(labels, ProfileLabels) else None
        parts = (data.train, data.validation)
        encoded = [tokens.encode(tokenizer, part.sequences) for part in parts]
        torch.manual_seed(context.seed)
        encoder = self.begin(tokenizer.vocabulary)
        self._mention_cut(encoder.frame, encoded)
        examples, held = (
            tokens.examples(encoder.frame, batch, labels.standard(part), length)
            for batch, part in zip(encoded, parts, strict=True)
        )
        self._require_memory(encoder.module, int(examples.lengths.max()), len(examples), context)
        encoder, context = self.prepare(encoder, data, context)
        outputs = labels.targets if length else len(labels)
        module = self._module(encoder.module, outputs, labels.targets, length)
        module.link = task.link
        module.centre.copy_(torch.from_numpy(labels.centre[: labels.targets]))
        module.scale.copy_(torch.from_numpy(labels.scale[: labels.targets]))
        self.adapt(encoder.module)
        plan = self.plan(warmup=WARMUP)
        outcome = context.train(module.body, examples, held, loss=labels.loss(), plan=plan)
        module.body.load_state_dict({**module.body.state_dict(), **outcome.weights})
        module = module.cpu().eval()
        self.settle(encoder.module)
        module.requires_grad_(requires_grad=False)
        made = FittedProfileEncoder if length else FittedEncoder
        return made(self, tokenizer, encoder.frame, module, outcome.epoch, encoder.facts, encoder.head)

    def parameters(self, targets: int, auxiliary: int, vocabulary: int = VOCABULARY, length: int | None = None) -> int:
        """Count the weights; the embedding grows with the vocabulary, and profiles of some ``length`` have a head."""
        return self._counts(targets, auxiliary, vocabulary, length)[1]

    def trainable(self, targets: int, auxiliary: int, vocabulary: int = VOCABULARY, length: int | None = None) -> int:
        """Count the weights that are learned."""
        return self._counts(targets, auxiliary, vocabulary, length)[0]

    @classmethod
    def load(cls, folder: Path) -> Fitted:
        """Read the network and its tokenizer back."""
        facts, arrays = saving.read(folder, cls.name)
        settings = cls(**{**cls.former, **saving.fact(facts, "settings", folder)})
        tokenizer = tokens.load(folder)
        outputs, targets = (saving.fact(facts, name, folder) for name in ("outputs", "targets"))
        encoder = settings.again(tokenizer.vocabulary, facts.get("encoder", {}))
        length = facts.get("length")
        module = settings._module(encoder.module, outputs, targets, length)
        module.link = facts.get("link", module.link)
        saving.put(module, arrays, folder)
        best = saving.fact(facts, "best_epoch", folder)
        made = FittedProfileEncoder if length else FittedEncoder
        return made(settings, tokenizer, encoder.frame, module, best, encoder.facts, load_head(facts, arrays))

    def _module(
        self, encoder: "nn.Module", outputs: int, targets: int, length: int | None = None
    ) -> "TargetNetwork[TokenRegressor]":
        import torch

        from lib.models.nets.residual import TargetNetwork

        return TargetNetwork(self._body(encoder, outputs, length), torch.zeros(targets), torch.ones(targets))

    def _body(self, encoder: "nn.Module", outputs: int, length: int | None = None) -> "TokenRegressor":
        from lib.models.nets.token_network import TokenRegressor
        from lib.models.nets.token_to_base_head import PlacedRegressor

        hidden: int = encoder.config.hidden_size  # type: ignore[union-attr, assignment]
        regressor = partial(PlacedRegressor, length=length) if length else TokenRegressor
        return regressor(
            encoder, hidden=hidden, outputs=outputs, pooling=self.pooling, head=self.head, dropout=self.dropout
        )

    def _counts(self, targets: int, auxiliary: int, vocabulary: int, length: int | None) -> tuple[int, int]:
        from lib.models.nets import adaptation

        def build() -> "nn.Module":
            outputs = targets if length else targets + auxiliary * self.auxiliary
            body = self._body(self.outline(vocabulary), outputs, length)
            self.adapt(body.encoder)
            return body

        return adaptation.count_without_memory(build)

    def _mention_cut(self, frame: "Frame", encoded: Sequence[Encoded]) -> None:
        count, of = sum(map(frame.cut, encoded)), sum(map(len, encoded))
        if count:
            where = f"{count:,} of {of:,} train and validation sequences"
            log.warning("The end of %s is not read: they have more than %d tokens.", where, frame.room)

    def _require_memory(self, encoder: "nn.Module", tokens: int, rows: int, context: Context) -> None:
        """Refuse batches that this machine cannot hold; on a GPU the GPU itself says so."""
        from lib.models.nets import device

        if device.choose(context.device).type == "cpu":
            remedy = (
                "Lower the batch size, cut it into more pieces, lower the longest input, or choose a smaller encoder "
                "or a tokenizer with longer tokens."
            )
            size = -(-min(self.batch_size, rows) // self.accumulation)
            require_encoder_memory(encoder.config, size, tokens, again=self.gradient_checkpointing, remedy=remedy)
