"""UTR-LM (Chu et al. 2024, doi:10.1038/s42256-024-00823-9): an encoder of nucleotides with a head on [CLS]."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any, ClassVar

from lib.core.errors import UserError
from lib.core.registry import setting
from lib.models import saving, utr_shape
from lib.models.base import MODELS
from lib.models.encoders import TokenNetwork
from lib.models.fitted import Encoder
from lib.models.schedule import other
from lib.models.utr_shape import PUBLISHED, SMALL, Shape, Sizes
from lib.tokenizers import TOKENIZERS, Tokenizer, Vocabulary

if TYPE_CHECKING:
    from torch import nn


@dataclass(frozen=True)
class Begin:
    """What the weights begin with."""

    pretraining: str = setting(
        "",
        label="Begin with",
        runs="pretrain",
        checkpoint=True,
        help="A finished pretraining of this workspace (Models / Pretrain) or published weights of UTR-LM (a file, or "
        "its folder), whose size is taken; or random weights.",
    )


@MODELS.add
@dataclass(frozen=True)
class UtrLmModel(TokenNetwork, Shape, Begin):
    """An encoder with rotary positions over single nucleotides, from a pretraining or from random weights.

    All weights are learned. Where it begins with a pretraining, one made here or the published weights, ``layers``,
    ``width`` and ``heads`` are those of the pretraining, and its heads for structure and energy are left behind; that
    for letters is kept for ``lib.models.language_model``.
    """

    name: ClassVar[str] = "utr-lm"
    label: ClassVar[str] = "UTR-LM"
    summary: ClassVar[str] = (
        "Reads single nucleotides; can begin with a pretraining on letters, secondary structure and folding energy."
    )
    typical_time: ClassVar[str] = "tens of minutes on a CPU, minutes on a GPU"
    presets: ClassVar[Mapping[str, Mapping[str, Any]]] = {"small": SMALL, "published size": PUBLISHED}

    epochs: int = other("epochs", 12)
    learning_rate: float = other("learning_rate", 1e-3)
    batch_size: int = other("batch_size", 32)
    longest: int = setting(
        1024,
        label="Longest input",
        unit="tokens",
        low=8,
        high=16384,
        advanced=True,
        help="[CLS] and [SEP] included. What lies beyond it at the end of a sequence is not read.",
    )
    pooling: str = setting(
        "cls",
        label="Pooling",
        choices=("cls", "mean"),
        advanced=True,
        when=("head", ("linear", "mlp")),
        help="The prediction is made from the first token, [CLS], as published, or from the mean over all tokens.",
    )

    def own_tokenizer(self) -> Tokenizer:
        """Give the tokenizer of one letter a token."""
        return TOKENIZERS.create("nucleotide")

    def begin(self, vocabulary: Vocabulary) -> Encoder:
        """Give an encoder with the weights of the pretraining, or with random ones.

        Raises
        ------
        UserError
            If the pretraining is not there, or is damaged.
        """
        if not self.pretraining:
            return self.again(vocabulary, {"sizes": vars(self.sizes())})
        if (path := utr_shape.find_published(self.pretraining)) is not None:
            return self._begin_published(path, vocabulary)
        import torch

        from lib.models.nets.mlm_head import EPS, restore

        sizes, known = utr_shape.facts_of(self.pretraining)
        folder = utr_shape.place(self.pretraining)
        if list(vocabulary.pieces) != known["pieces"]:
            raise UserError(f"The pretraining {self.pretraining} reads other tokens. Choose another one.")
        said = {"source": self.pretraining, "summary": known["summary"]}
        encoder = self.again(vocabulary, {"sizes": vars(sizes), "pretraining": said})
        _, arrays = saving.read(folder, utr_shape.NAME)
        weights = {
            name: torch.from_numpy(saving.numbers(arrays, f"encoder.{name}", folder))
            for name in encoder.module.state_dict()
        }
        encoder.module.load_state_dict(weights)
        return replace(
            encoder, head=restore({name: torch.from_numpy(value) for name, value in arrays.items()}, eps=EPS)
        )

    def again(self, vocabulary: Vocabulary, facts: Mapping[str, Any]) -> Encoder:
        """Give an encoder of the same sizes."""
        from lib.models.nets import utr_encoder
        from lib.models.nets.batches import Frame

        frame = Frame.of(vocabulary, self.longest)
        sizes = Sizes(**facts["sizes"])
        published, mask = bool(facts.get("published")), vocabulary.special.get("mask")
        module = utr_encoder.build(sizes, frame, mask=mask, dropout=self.dropout, published=published)
        return Encoder(module, frame, facts)

    def outline(self, vocabulary: int) -> "nn.Module":
        """Give an encoder for a vocabulary of this size."""
        from lib.models.nets import utr_encoder
        from lib.models.nets.batches import Frame

        frame = Frame(0, 1, 2, vocabulary, self.longest)
        return utr_encoder.build(self._sizes(), frame, mask=None, dropout=self.dropout)

    def _sizes(self) -> Sizes:
        from lib.models.nets.esm_layouts import read_utr_lm

        if not self.pretraining:
            return self.sizes()
        path = utr_shape.find_published(self.pretraining)
        return utr_shape.facts_of(self.pretraining)[0] if path is None else read_utr_lm(path).sizes

    def _begin_published(self, path: Path, vocabulary: Vocabulary) -> Encoder:
        """Give an encoder with the published weights, its rows in the order of our vocabulary."""
        from lib.models.nets.checkpoints import require_fit
        from lib.models.nets.esm_layouts import read_utr_lm
        from lib.models.nets.mlm_head import EPS, find

        found = read_utr_lm(path).for_vocabulary(vocabulary)
        encoder = self.again(
            vocabulary, {"sizes": vars(found.sizes), "published": True, "pretraining": {"source": path.name}}
        )
        own = encoder.module.state_dict()
        needed = {key: value for key, value in own.items() if not key.endswith(".inv_freq")}  # follows from the sizes
        require_fit(found.encoder, needed, name=f"The file {path.name}")
        encoder.module.load_state_dict({**own, **found.encoder})
        table = found.encoder["embeddings.word_embeddings.weight"]
        return replace(encoder, head=find(found.head, table, eps=EPS))
