"""What models with a published encoder share: where it comes from, and what of it is learned."""

import logging
from abc import abstractmethod
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, ClassVar

from lib.core.errors import UserError
from lib.core.registry import setting
from lib.models.encoders import TokenNetwork
from lib.models.schedule import other
from lib.tokenizers import Tokenizer, Vocabulary

if TYPE_CHECKING:
    from torch import nn

    from lib.models.nets.adapters import Adapter
    from lib.models.nets.batches import Frame

TOKENS = ("vocab.txt", "tokenizer.json")
"""Files that say what the tokens are."""
log = logging.getLogger(__name__)
FULL, FROZEN, LORA, TOP = "full", "frozen", "lora", "top layers"
WEIGHTS = (
    "Folder of the published files (a whole model, or an adapter of LoRA), or the name of a model on the Hugging Face "
    "hub: owner/name, with @revision if "
)
WEIGHTS += "a certain state is meant. No code of it is ever run."


@dataclass(frozen=True)
class Pretrained:
    """Settings that stand before those of the training."""

    weights: str = setting("", label="Published model", help=WEIGHTS, checkpoint=True)
    adaptation: str = setting(
        LORA,
        label="What is learned",
        choices=(LORA, FULL, TOP, FROZEN),
        help="Beside the head. lora: small matrices beside the weights of the encoder (LoRA), which needs least data; "
        "full: all of it; top layers: the last ones; frozen: nothing, which is quickest.",
    )
    lora_rank: int = setting(
        8,
        label="Rank of LoRA",
        low=1,
        high=256,
        when=("adaptation", (LORA,)),
        help="Size of the small matrices; more of it learns more, and needs more data.",
    )
    top_layers: int = setting(
        2,
        label="Top layers",
        unit="layers",
        low=1,
        high=100,
        when=("adaptation", (TOP,)),
        help="How many layers are learned, counted from the last; those below and the embeddings stay as they are.",
    )
    lora_alpha: float = setting(
        16.0,
        label="Alpha of LoRA",
        low=0.01,
        high=1024.0,
        advanced=True,
        when=("adaptation", (LORA,)),
        help="Weight of what LoRA adds, times the rank; twice the rank is usual.",
    )
    lora_dropout: float = setting(
        0.05,
        label="Dropout of LoRA",
        low=0.0,
        high=0.9,
        advanced=True,
        when=("adaptation", (LORA,)),
        help="Share of what the small matrices read that is left out at random while training.",
    )
    lora_targets: str = setting(
        "attention",
        label="Layers with LoRA",
        choices=("attention", "all"),
        advanced=True,
        when=("adaptation", (LORA,)),
        help="attention: those that make queries, keys and values; all: every linear one of the encoder.",
    )
    base: str = setting(
        "",
        label="Base model",
        advanced=True,
        checkpoint=True,
        help="Only for an adapter of LoRA (adapter_config.json): folder or owner/name of the model that it was made "
        "for, where that is not the one that the adapter names.",
    )
    tokens: str = setting(
        "",
        label="Tokenizer",
        advanced=True,
        files=(".json", ".txt"),
        help="Folder or file of the tokenizer, only where it does not lie beside the weights.",
    )


@dataclass(frozen=True)
class Sources:
    """Where a published encoder comes from.

    Parameters
    ----------
    folder
        Of the encoder; of the base model where there is an adapter.
    adapter
        What is to be added to it; None for a whole model.
    facts
        Names of what was chosen, and the revisions that were fetched from the hub.
    """

    folder: Path
    adapter: "Adapter | None"
    facts: Mapping[str, str]


@dataclass(frozen=True)
class PretrainedNetwork(TokenNetwork, Pretrained):
    """A network with a published encoder, to be registered by a class that reads it.

    The encoder keeps its own dropout; ``dropout`` is that of the head. The tokenizer is that of the checkpoint.
    Adapters of LoRA are added to the weights after the training, and the whole is kept: nothing of the checkpoint is
    needed to use it.
    """

    presets: ClassVar[Mapping[str, Mapping[str, Any]]] = {
        "LoRA": {"adaptation": LORA, "learning_rate": 3e-4},
        "Full fine-tuning": {"adaptation": FULL, "learning_rate": 3e-5},
        "Head only": {"adaptation": FROZEN, "learning_rate": 1e-3},
    }
    epochs: int = other("epochs", 5)
    learning_rate: float = other(
        "learning_rate",
        3e-4,
        help="3e-4 suits LoRA, 3e-5 full learning and top layers, 1e-3 the head alone. Lower it if the loss jumps.",
    )
    batch_size: int = other("batch_size", 32)
    dropout: float = other("dropout", 0.1, help="Of the head: share of the pooled state left out while training.")

    def __post_init__(self) -> None:
        """Name folders by their whole path, for a run may work elsewhere."""
        for name in ("weights", "tokens", "base"):
            given = getattr(self, name).strip()
            path = Path(given).expanduser()
            try:
                there = bool(given) and path.exists()
            except OSError:
                there = False
            object.__setattr__(self, name, str(path.resolve()) if there else given)

    @abstractmethod
    def own_tokenizer(self) -> Tokenizer:
        """Give the tokenizer that belongs to the checkpoint."""

    def adapt(self, encoder: "nn.Module") -> None:
        """Mark what is learned, and put adapters in for LoRA."""
        from lib.models.nets.adaptation import Adaptation, adapt

        how = Adaptation(
            self.adaptation,
            rank=self.lora_rank,
            alpha=self.lora_alpha,
            dropout=self.lora_dropout,
            targets=self.lora_targets,
            top=self.top_layers,
        )
        adapt(encoder, how)

    def settle(self, encoder: "nn.Module") -> None:
        """Add the adapters to the weights."""
        if self.adaptation == LORA:
            from lib.models.nets.adaptation import merge

            merge(encoder)

    def place(self, files: Sequence[str], pinned: Mapping[str, str]) -> Path:
        """Find the folder of the checkpoint, or fetch its files.

        Raises
        ------
        UserError
            If none is chosen, or it cannot be had.
        """
        from lib.io import hub

        if not self.weights:
            raise UserError(
                f"{self.label}: no published model is chosen. Choose its folder, or name one on the hub as owner/name "
                "(setting weights)."
            )
        return hub.folder_of(self.weights, files=files, pinned=pinned)

    def sources(self, files: Sequence[str], pinned: Mapping[str, str]) -> "Sources":
        """Find the folder of the encoder, and that of an adapter which is to be added to it.

        Raises
        ------
        UserError
            If none is chosen or it cannot be had, or a base model is named and there is no adapter.
        """
        from lib.io import hub
        from lib.io.checkpoint_names import ADAPTER_CONFIG
        from lib.models.nets import adapters

        folder = self.place((*files, ADAPTER_CONFIG), pinned)
        told = {"source": self.weights} | ({"revision": folder.name} if hub.is_name(self.weights) else {})
        if not adapters.is_adapter(folder):
            if self.base:
                raise UserError(f"{folder.name} is a whole model and no adapter. Leave the setting base empty.")
            return Sources(folder, None, told)
        adapter = adapters.read_adapter(folder)
        base, place = adapters.base_of(adapter, self.base, files=files, pinned=pinned)
        log.info("the adapter %s is added to its base model %s", folder.name, base)
        revision = {"base_revision": place.name} if hub.is_name(base) else {}
        return Sources(place, adapter, {**told, "base": base, **revision})

    def tokens_source(self) -> str:
        """Name where the tokens of the checkpoint are: beside its weights, else beside those of its base model."""
        from lib.models.nets import adapters

        folder = Path(self.weights)
        if self.tokens or not self.weights or not folder.is_dir() or any((folder / name).is_file() for name in TOKENS):
            return self.tokens or self.weights
        if not adapters.is_adapter(folder):
            return self.weights
        adapter = adapters.read_adapter(folder)
        return str(adapters.near(adapter, self.base) or self.base or adapter.base)

    def frame_tokens(self, vocabulary: Vocabulary, *, size: int, limit: int | None) -> "Frame":
        """Tell how tokens reach an encoder of ``size`` words that reads at most ``limit`` tokens.

        Raises
        ------
        UserError
            If the tokenizer does not suit the encoder.
        """
        from lib.models.nets.batches import Frame

        if len(vocabulary) > size:
            raise UserError(
                f"The tokenizer has {len(vocabulary):,} tokens and the encoder knows {size:,}: they do not belong "
                "together. Choose the tokenizer of this checkpoint."
            )
        if "pad" not in vocabulary.special:
            raise UserError("The tokenizer of this checkpoint names no token to pad with. Choose another checkpoint.")
        if self.pooling == "cls" and self.head != "convolution" and "cls" not in vocabulary.special:
            raise UserError("This model puts no [CLS] before a sequence. Choose mean as the pooling.")
        return Frame.from_published(vocabulary, min(self.longest, limit or self.longest), size=size)
