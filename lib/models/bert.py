"""BERT (Devlin et al. 2019, doi:10.18653/v1/N19-1423) on the tokens of any tokenizer, trained from nothing."""

import logging
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, ClassVar

from lib.core.errors import UserError
from lib.core.progress import Progress
from lib.core.registry import setting, values_of
from lib.data.dataset import FloatArray
from lib.models import saving, tokens
from lib.models.base import MODELS, Context, Fitted, TrainingData
from lib.models.checks import require_rows
from lib.models.labels import Labels
from lib.models.schedule import Schedule
from lib.tokenizers import Encoded, FittedTokenizer

if TYPE_CHECKING:
    from lib.models.inner.residual import TargetNetwork
    from lib.training.tokens import Frame

# Layers, width, heads, width of the inner layer.
SIZES = {"tiny": (2, 128, 2, 512), "small": (4, 256, 4, 1024), "base": (12, 768, 12, 3072)}
_VOCABULARY = 512  # what is assumed where no tokenizer is known yet
_WARMUP = 0.1

log = logging.getLogger(__name__)


@dataclass(frozen=True)
class FittedBert:
    """A trained network with its tokenizer and the settings that built it."""

    settings: "BertModel"
    tokenizer: FittedTokenizer
    module: "TargetNetwork"
    best_epoch: int

    def predict(self, sequences: Sequence[str], *, progress: Progress | None = None) -> FloatArray:
        """Predict the targets of N sequences, (N, T).

        Raises
        ------
        UserError
            If a sequence has no tokens.
        """
        frame = self.settings._frame(self.tokenizer)
        return tokens.predict(self.module, frame, tokens.encode(self.tokenizer, sequences), progress)

    def save(self, folder: Path) -> None:
        """Write the settings as JSON, the weights as safetensors, and the tokenizer into ``tokenizer/``."""
        facts = {
            "settings": values_of(self.settings),
            "targets": len(self.module.centre),
            "outputs": self.module.body.head[-1].out_features,
            "best_epoch": self.best_epoch,
        }
        weights = {name: tensor.cpu().numpy() for name, tensor in self.module.state_dict().items()}
        tokens.save(self.tokenizer, folder)
        saving.write(folder, BertModel.name, facts, weights)


@MODELS.add
@dataclass(frozen=True)
class BertModel(Schedule):
    """A BERT encoder whose weights begin random, with a regression head over the mean of its states or over [CLS].

    Sequences are read as [CLS] tokens [SEP]; batches hold sequences of similar length and are padded to their longest
    one, which changes no prediction. With ``auxiliary``, all expression values of the train part are learned beside
    the targets, for half of the loss. Weight decay leaves norms and biases alone; the learning rate rises over the
    first tenth of the steps and falls along a cosine. The weights kept are those of the epoch with the best R2 on the
    validation part.
    """

    name: ClassVar[str] = "bert"
    label: ClassVar[str] = "BERT from scratch"
    summary: ClassVar[str] = "A language model without earlier knowledge, on the tokens of any tokenizer you choose."
    typical_time: ClassVar[str] = "tens of minutes on a CPU, minutes on a GPU"
    tasks: ClassVar[tuple[str, ...]] = ("regression", "multi_regression")
    baseline: ClassVar[bool] = False
    uses_tokenizer: ClassVar[bool] = True

    size: str = setting(
        "small",
        label="Size",
        choices=tuple(SIZES),
        help="tiny: 2 layers of width 128; small: 4 of 256; base: 12 of 768, which is slow without a GPU.",
    )
    longest: int = setting(
        512,
        label="Longest input",
        unit="tokens",
        low=8,
        high=16384,
        advanced=True,
        help="[CLS] and [SEP] included. What lies beyond it at the end of a sequence is not read.",
    )
    pooling: str = setting(
        "mean",
        label="Pooling",
        choices=("mean", "cls"),
        advanced=True,
        help="The prediction is made from the mean over all tokens, or from the first, [CLS], alone.",
    )
    head: str = setting(
        "linear",
        label="Head",
        choices=("linear", "mlp"),
        advanced=True,
        help="What turns the pooled state into the prediction: one linear layer, or one with a layer between.",
    )

    def fit(self, data: TrainingData, context: Context) -> Fitted:
        """Train on the train part, keep the epoch that predicts the validation part best.

        Raises
        ------
        Cancelled
            If the listener asked for it.
        UserError
            If there are fewer than 20 train or 4 validation sequences, one has no tokens, no tokenizer was chosen, a
            batch of the longest would not fit into memory, or the loss becomes NaN.
        """
        import torch

        from lib.training.loop import train
        from lib.training.loss import MaskedLoss
        from lib.training.tokens import TokenExamples

        require_rows(data, train=20, validation=4, label=self.label)
        tokenizer = tokens.tokenizer_of(data, label=self.label)
        frame = self._frame(tokenizer)
        labels = Labels.of(data.train, auxiliary=self.auxiliary)
        encoded = [tokens.encode(tokenizer, part.sequences) for part in (data.train, data.validation)]
        self._mention_cut(frame, encoded)
        examples, held = (
            TokenExamples(frame.rows(batch), frame, labels.standard(part))
            for batch, part in zip(encoded, (data.train, data.validation), strict=True)
        )
        self._require_memory(int(examples.lengths.max()), len(examples), context)
        count = labels.targets
        torch.manual_seed(context.seed)
        module = self._build(frame, len(labels), count)
        module.centre.copy_(torch.from_numpy(labels.centre[:count]))
        module.scale.copy_(torch.from_numpy(labels.scale[:count]))
        plan = self.plan(warmup=_WARMUP)
        outcome = train(module.body, examples, held, loss=MaskedLoss(count), plan=plan, context=context)
        module.body.load_state_dict(dict(outcome.weights))
        return FittedBert(self, tokenizer, module.cpu().eval().requires_grad_(requires_grad=False), outcome.epoch)

    def parameters(self, targets: int, auxiliary: int, vocabulary: int = _VOCABULARY) -> int:
        """Count the weights; the embedding grows with the vocabulary."""
        import torch

        from lib.training.tokens import Frame

        with torch.device("meta"):
            frame = Frame(0, 1, 2, vocabulary, self.longest)
            network = self._build(frame, targets + auxiliary * self.auxiliary, targets)
        return sum(weights.numel() for weights in network.parameters())

    @classmethod
    def load(cls, folder: Path) -> Fitted:
        """Read the network and its tokenizer back."""
        import torch

        facts, arrays = saving.read(folder, cls.name)
        settings = cls(**saving.fact(facts, "settings", folder))
        tokenizer = tokens.load(folder)
        outputs, targets = (saving.fact(facts, name, folder) for name in ("outputs", "targets"))
        module = settings._build(settings._frame(tokenizer), outputs, targets)
        weights = {name: torch.from_numpy(saving.numbers(arrays, name, folder)) for name in module.state_dict()}
        try:
            module.load_state_dict(weights)
        except RuntimeError as error:
            raise UserError(f"The weights in {folder} do not fit their settings ({error}); train again.") from error
        module.eval().requires_grad_(requires_grad=False)
        return FittedBert(settings, tokenizer, module, saving.fact(facts, "best_epoch", folder))

    def _frame(self, tokenizer: FittedTokenizer) -> "Frame":
        from lib.training.tokens import Frame

        return Frame.of(tokenizer.vocabulary, self.longest)

    def _build(self, frame: "Frame", outputs: int, targets: int) -> "TargetNetwork":
        import torch
        import transformers

        from lib.models.inner.residual import TargetNetwork
        from lib.models.inner.token_network import TokenRegressor

        layers, width, heads, inner = SIZES[self.size]
        config = transformers.BertConfig(
            vocab_size=frame.size,
            hidden_size=width,
            num_hidden_layers=layers,
            num_attention_heads=heads,
            intermediate_size=inner,
            max_position_embeddings=self.longest,
            hidden_dropout_prob=self.dropout,
            attention_probs_dropout_prob=self.dropout,
            pad_token_id=frame.pad,
            type_vocab_size=1,
        )
        encoder = transformers.BertModel(config, add_pooling_layer=False)
        body = TokenRegressor(
            encoder, hidden=width, outputs=outputs, pooling=self.pooling, head=self.head, dropout=self.dropout
        )
        return TargetNetwork(body, torch.zeros(targets), torch.ones(targets))

    def _mention_cut(self, frame: "Frame", encoded: Sequence[Encoded]) -> None:
        count, of = sum(map(frame.cut, encoded)), sum(map(len, encoded))
        if count:
            where = f"{count:,} of {of:,} train and validation sequences"
            log.warning("The end of %s is not read: they have more than %d tokens.", where, self.longest - 2)

    def _require_memory(self, tokens: int, rows: int, context: Context) -> None:
        """Refuse batches that this machine cannot hold; on a GPU the GPU itself says so."""
        from lib.training import device, memory

        if device.choose(context.device).type == "cpu":
            layers, width, heads, inner = SIZES[self.size]
            size = min(self.batch_size, rows)
            # Numbers kept for each token and layer, 4 bytes each: about 12 states, 3 inner ones, and the attention.
            needed = size * tokens * layers * (12 * width + 3 * inner + 3 * heads * tokens) * 4
            remedy = "Lower the batch size, the size or the longest input, or choose a tokenizer with longer tokens."
            memory.require(needed, f"A batch of {size} sequences of up to {tokens:,} tokens", remedy)
