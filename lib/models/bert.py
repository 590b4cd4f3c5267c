"""BERT (Devlin et al. 2019, doi:10.18653/v1/N19-1423) on the tokens of any tokenizer, trained from nothing."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any, ClassVar

from lib.core.registry import setting
from lib.models import language, tokens
from lib.models.base import MODELS
from lib.models.context import Context
from lib.models.encoders import WARMUP, TokenNetwork
from lib.models.fitted import Encoder
from lib.models.schedule import other
from lib.tasks.data import TrainingData
from lib.tokenizers import Vocabulary

if TYPE_CHECKING:
    from torch import nn

    from lib.models.nets.batches import Frame

# Layers, width, heads, width of the inner layer.
SIZES = {"tiny": (2, 128, 2, 512), "small": (4, 256, 4, 1024), "base": (12, 768, 12, 3072)}
LOCAL, PUBLISHED = "local", "published"
_BASE = {"size": "base", "design": PUBLISHED, "learning_rate": 1e-4, "dropout": 0.1, "weight_decay": 0.01}


@dataclass(frozen=True)
class Shape:
    """How large the encoder is, and how it is built."""

    size: str = setting(
        "small",
        label="Size",
        choices=tuple(SIZES),
        help="tiny: 2 layers of width 128; small: 4 of 256; base: 12 of 768, which is slow without a GPU and learns "
        "with a lower learning rate, such as 0.0001.",
    )
    design: str = setting(
        LOCAL,
        label="Design",
        choices=(LOCAL, PUBLISHED),
        help="local: tokens see their neighbours first and know distances instead of places, which learns far more "
        "from few sequences. published: BERT as it was published, with a vector for each place.",
    )
    window: int = setting(
        5,
        label="Neighbours seen first",
        unit="tokens",
        choices=(1, 3, 5, 7, 9, 11),
        advanced=True,
        when=("design", (LOCAL,)),
        help="Width of the convolution before the first layer.",
    )


@dataclass(frozen=True)
class Pretraining:
    """What is learned before the targets."""

    pretraining: bool = setting(
        default=False,
        label="Pretrain first",
        help="Before it learns the target, the encoder learns to guess hidden tokens of the training sequences.",
    )
    pretraining_epochs: int = setting(
        5,
        label="Epochs of the pretraining",
        low=1,
        high=500,
        when=("pretraining", (True,)),
        help="Passes over the sequences that it is pretrained on.",
    )
    pretraining_file: str = setting(
        "",
        label="Further sequences for the pretraining (FASTA)",
        files=language.ENDINGS,
        when=("pretraining", (True,)),
        help="Sequences without measurements, such as all 3'UTRs of the genome; read beside the training sequences. "
        "Sequences of the test part must not be among them, or the test is no test any more.",
    )
    pretraining_share: float = setting(
        0.15,
        label="Share of tokens hidden",
        low=0.01,
        high=0.9,
        advanced=True,
        when=("pretraining", (True,)),
        help="Of these, 80% are masked, 10% replaced by a random token and 10% left as they are.",
    )


@MODELS.add
@dataclass(frozen=True)
class BertModel(TokenNetwork, Pretraining, Shape):
    """A BERT encoder whose weights begin random, with a head over the states of its tokens.

    The design ``local`` deviates from the published one, see ``lib.models.nets.local_bert``. Its preset takes 64
    byte pairs, chosen on UTR-Seq (``docs/measurements/benchmarks.md``): short tokens are each seen often enough. The
    other presets are BERT base as published, on the tokens of MORPH that go with each; the published learning rate and
    the sizes of batch and vocabulary are not known to us.
    """

    name: ClassVar[str] = "bert"
    label: ClassVar[str] = "BERT from scratch"
    summary: ClassVar[str] = "A language model without earlier knowledge, on the tokens of any tokenizer you choose."
    typical_time: ClassVar[str] = "tens of minutes on a CPU, minutes on a GPU"
    former: ClassVar[Mapping[str, Any]] = {"design": PUBLISHED}
    presets: ClassVar[Mapping[str, Mapping[str, Any]]] = {
        "Few short sequences": {"size": "small", "design": LOCAL},
        "MORPH_D": _BASE,
        "MORPH_O": _BASE,
    }
    goes_with: ClassVar[Mapping[str, tuple[str, Mapping[str, Any]]]] = {
        "Few short sequences": ("bpe", {"size": 64}),
        "MORPH_D": ("morph", {"preset": "MORPH_D"}),
        "MORPH_O": ("morph", {"preset": "MORPH_O"}),
    }

    epochs: int = other("epochs", 8)
    batch_size: int = other("batch_size", 32)
    dropout: float = other("dropout", 0.15)
    weight_decay: float = other("weight_decay", 0.05)

    def begin(self, vocabulary: Vocabulary) -> Encoder:
        """Give an encoder of random weights, and the file that it is to be pretrained on."""
        return self.again(vocabulary, language.file_facts(self.pretraining_file) if self.pretraining else {})

    def again(self, vocabulary: Vocabulary, facts: Mapping[str, Any]) -> Encoder:
        """Give an encoder of the same sizes."""
        from lib.models.nets.batches import Frame

        frame = Frame.of(vocabulary, self.longest)
        return Encoder(self._encoder(frame), frame, facts)

    def outline(self, vocabulary: int) -> "nn.Module":
        """Give an encoder for a vocabulary of this size."""
        from lib.models.nets.batches import Frame

        return self._encoder(Frame(0, 1, 2, vocabulary, self.longest))

    def prepare(self, encoder: Encoder, data: TrainingData, context: Context) -> tuple[Encoder, Context]:
        """Let the encoder guess hidden tokens first, if it is to be pretrained."""
        if not self.pretraining:
            return encoder, context
        from lib.models.nets.masked_language import pretrain

        tokenizer, plan = tokens.tokenizer_of(data, label=self.label), self.plan(warmup=WARMUP)
        read = language.language(
            data, tokenizer, encoder.frame, share=self.pretraining_share, path=self.pretraining_file
        )
        self._require_memory(encoder.module, max(map(len, read.train)), len(read.train), context)
        first, ahead = replace(plan, epochs=self.pretraining_epochs), plan.steps(len(data.train.sequences))
        head, context = pretrain(encoder.module, read, plan=first, ahead=ahead, context=context)
        return replace(encoder, head=head), context

    def _encoder(self, frame: "Frame") -> "nn.Module":
        layers, width, heads, inner = SIZES[self.size]
        sizes: dict[str, Any] = {
            "vocab_size": frame.size,
            "hidden_size": width,
            "num_hidden_layers": layers,
            "num_attention_heads": heads,
            "intermediate_size": inner,
        }
        if self.design == LOCAL:
            from lib.models.nets.local_bert import LocalConfig, LocalEncoder

            return LocalEncoder(
                LocalConfig(**sizes, hidden_dropout_prob=self.dropout, pad_token_id=frame.pad, window=self.window)
            )
        import transformers

        config = transformers.BertConfig(
            **sizes,
            max_position_embeddings=self.longest,
            hidden_dropout_prob=self.dropout,
            attention_probs_dropout_prob=self.dropout,
            pad_token_id=frame.pad,
            type_vocab_size=1,
        )
        return transformers.BertModel(config, add_pooling_layer=False)
