"""Trained encoders as masked language models: what they guess where a token is hidden.

A run of an encoder keeps the head that its encoder was pretrained by (``FittedEncoder.language_head``). Learning the
targets changes the encoder and not that head, so the guesses are those of the encoder as it is now, read by the head of
the encoder that it began from; ``MaskedLanguageModel.origin`` says so. A decoder that was tied to the table of words
stays tied to the table of the run.
"""

import copy
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Protocol

import numpy as np
from numpy.typing import NDArray

from lib.core.errors import UserError
from lib.models import saving, tokens, utr_shape
from lib.models.base import Composed, Fitted, TokenRow
from lib.models.fitted import FittedEncoder
from lib.tokenizers import FittedTokenizer

if TYPE_CHECKING:
    from torch import nn

    from lib.models.nets.batches import Frame
    from lib.models.nets.mlm_head import LanguageHead

NO_ENCODER = (
    "This model has no encoder of tokens, and so no language model in it. Choose a run of DNABERT-2, a published "
    "encoder, UTR-LM or BERT."
)
MEMBERS = "An ensemble has a language model for each of its members. Choose the run of one member."
FROM_SCRATCH = (
    "This encoder was trained on the target alone and never learned to guess hidden tokens. Train one with Pretrain "
    "first (BERT), begin with a pretraining (UTR-LM), or choose a published encoder."
)
NO_HEAD = (
    "This run has no language-model head: its checkpoint came without one, or the run was made by a version that did "
    "not keep it. Train again from a checkpoint saved with its masked-language-model head."
)
NO_MASK = "The tokenizer of this run has no mask token, so nothing can be hidden. Choose a run with another tokenizer."


class MaskedLanguageModel(Protocol):
    """What guesses hidden tokens."""

    @property
    def origin(self) -> str:
        """Say in a sentence where encoder and head come from."""

    @property
    def pieces(self) -> Sequence[str]:
        """Give the letters of each word (V,), ``_`` where a place of it stands for no letter; empty if special."""

    @property
    def mask(self) -> int:
        """Give the id of what hides a token."""

    def read(self, sequences: Sequence[str]) -> list[TokenRow]:
        """Give the tokens of N sequences as the encoder reads them."""

    def logits(self, ids: NDArray[np.int64]) -> NDArray[np.float32]:
        """Turn N rows of T ids, equally long, into a logit of each word at each token, (N, T, V)."""


@dataclass(frozen=True)
class EncoderLanguageModel:
    """An encoder with its head.

    Parameters
    ----------
    tokenizer, frame
        How sequences reach the encoder.
    encoder, head
        In eval mode; nobody changes them.
    origin
        See ``MaskedLanguageModel``.
    """

    tokenizer: FittedTokenizer
    frame: "Frame"
    encoder: "nn.Module"
    head: "LanguageHead"
    origin: str
    _there: "dict[str, tuple[nn.Module, LanguageHead]]" = field(default_factory=dict, repr=False, compare=False)

    @property
    def pieces(self) -> tuple[str, ...]:
        """Give the letters of each word, with ``_`` for padding of the ends."""
        from lib.tokenizers.species_k_mer import PAD

        vocabulary = self.tokenizer.vocabulary
        return tuple(
            piece.upper() if text and piece.strip(PAD).upper() == text else text
            for piece, text in zip(vocabulary.pieces, vocabulary.texts, strict=True)
        )

    @property
    def mask(self) -> int:
        """Give the id of [MASK]; of the unknown token where a pretraining had none and took that."""
        found = mask_of(self.tokenizer)
        assert found is not None
        return found

    def read(self, sequences: Sequence[str]) -> list[TokenRow]:
        """Give the tokens of N sequences as the encoder reads them; those beyond its longest input are left out."""
        return tokens.read(self.tokenizer, self.frame, sequences)

    def logits(self, ids: NDArray[np.int64]) -> NDArray[np.float32]:
        """Turn ids (N, T) into logits (N, T, V), on the GPU where there is one."""
        import torch

        from lib.models.nets import device
        from lib.models.nets.token_network import embedding_of

        where = device.choose("auto")
        if str(where) not in self._there:
            moved = (self.encoder, self.head)
            self._there[str(where)] = moved if where.type == "cpu" else copy.deepcopy(moved)
        encoder, head = self._there[str(where)]
        encoder, head = encoder.to(where), head.to(where)
        with torch.inference_mode():
            given = torch.from_numpy(ids).to(where)
            states = encoder(input_ids=given, attention_mask=torch.ones_like(given)).last_hidden_state
            found: NDArray[np.float32] = head.guess(states, embedding_of(encoder).weight).float().cpu().numpy()
            return found


def mask_of(tokenizer: FittedTokenizer) -> int | None:
    """Give the id of what hides a token, as ``Masking`` chooses it; None where there is none."""
    vocabulary = tokenizer.vocabulary
    return vocabulary.special.get("mask", vocabulary.unknown)


def refusal(fitted: Fitted) -> str:
    """Say in one sentence why there is no language model in a trained model; nothing where there is one."""
    if isinstance(fitted, Composed):
        return MEMBERS
    if not isinstance(fitted, FittedEncoder):
        return NO_ENCODER
    if fitted.language_head is None:
        scratch = fitted.settings.name in ("bert", "utr-lm") and not getattr(fitted.settings, "pretraining", "")
        return FROM_SCRATCH if scratch else NO_HEAD
    return "" if mask_of(fitted.tokenizer) is not None else NO_MASK


def language_model(fitted: Fitted) -> EncoderLanguageModel:
    """Give the language model in a trained model.

    Raises
    ------
    UserError
        If there is none.
    """
    if why := refusal(fitted):
        raise UserError(why)
    assert isinstance(fitted, FittedEncoder) and fitted.language_head is not None
    encoder = fitted.module.body.encoder
    return EncoderLanguageModel(fitted.tokenizer, fitted.frame, encoder, fitted.language_head, _origin(fitted))


def load_pretrained(folder: Path) -> EncoderLanguageModel:
    """Give the language model that a pretraining of UTR-LM left in its folder.

    Raises
    ------
    UserError
        If it is not there, or damaged.
    """
    import torch

    from lib.models.nets import utr_encoder
    from lib.models.nets.batches import Frame
    from lib.models.nets.mlm_head import EPS, restore

    facts, arrays = saving.read(folder, utr_shape.NAME)
    settings, tokenizer = saving.fact(facts, "settings", folder), utr_shape.alphabet()
    frame = Frame.of(tokenizer.vocabulary, settings["longest"])
    sizes = utr_shape.Sizes(settings["layers"], settings["width"], settings["heads"])
    encoder = utr_encoder.build(sizes, frame, mask=mask_of(tokenizer), dropout=0.0)
    own = {name.removeprefix("encoder."): value for name, value in arrays.items() if name.startswith("encoder.")}
    saving.put(encoder, own, folder)
    head = restore({name: torch.from_numpy(value) for name, value in arrays.items()}, eps=EPS)
    return EncoderLanguageModel(tokenizer, frame, encoder, head, "Encoder and head as this pretraining left them.")


def _origin(fitted: FittedEncoder) -> str:
    settings = fitted.settings
    if settings.name == "bert":
        began = "the pretraining of this run on hidden tokens"
    elif settings.name == "utr-lm":
        published = fitted.facts["pretraining"]["source"] if fitted.facts.get("published") else ""
        began = f"the weights {published}" if published else f"the pretraining {settings.pretraining}"  # type: ignore[attr-defined]
    else:
        began = str(fitted.facts.get("source", "the published checkpoint"))
    if getattr(settings, "adaptation", "full") == "frozen":
        return f"Head of {began}; the encoder is unchanged by this run."
    return (
        f"Head of {began}; the encoder was trained further on the target of this run, so its guesses may differ from "
        "those of the encoder it began from."
    )
