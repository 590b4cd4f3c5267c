"""DNABERT-2 (Zhou et al. 2024, arXiv:2306.15006) from its published checkpoint, without any code from the hub.

Sequences are cut for it by the tokenizer ``dnabert-2``.
"""

import dataclasses
import os
from collections.abc import Mapping
from dataclasses import dataclass
from os import PathLike
from typing import TYPE_CHECKING, Any, ClassVar

from lib.core.registry import setting
from lib.io.checkpoint_names import CONFIG
from lib.models.base import MODELS
from lib.models.fitted import Encoder
from lib.models.pretrained import WEIGHTS, PretrainedNetwork
from lib.tokenizers import TOKENIZERS, Tokenizer, Vocabulary
from lib.tokenizers.dnabert_2 import HUB, PINNED

if TYPE_CHECKING:
    from lib.models.nets.mosaic import MosaicConfig, MosaicEncoder


def load_encoder(folder: str | PathLike[str], *, pooler: bool = False) -> "MosaicEncoder":
    """Load the encoder of a checkpoint, in eval mode and float32, on the CPU.

    Called with ``input_ids`` and ``attention_mask`` (N, T) it returns ``last_hidden_state`` (N, T, D), zero at padding,
    and ``pooler_output`` (N, D). A checkpoint that was saved with the masked-language-model head has no pooler;
    ``pooler_output`` is None then, for a pooler of random numbers would be worth nothing.

    Parameters
    ----------
    folder
        Folder in the published layout, or the name of one on the hub, ``owner/name`` or ``owner/name@revision``.
    pooler
        Refuse a checkpoint without one.

    Raises
    ------
    UserError
        If files are missing or damaged, or keys are missing, unexpected or of other shapes.
    """
    from lib.io import hub
    from lib.models.nets import checkpoints

    place = hub.folder_of(os.fspath(folder), files=checkpoints.FILES, pinned=PINNED)
    return checkpoints.load_encoder(place, pooler=pooler)


@MODELS.add
@dataclass(frozen=True)
class Dnabert2Model(PretrainedNetwork):
    """The published encoder, adapted to the targets, with a head over the states of its tokens.

    It knows no positions but by distance, so ``longest`` is a matter of memory alone.
    """

    name: ClassVar[str] = "dnabert-2"
    label: ClassVar[str] = "DNABERT-2"
    summary: ClassVar[str] = "A language model of the genomes of 135 species, adapted to your sequences."
    typical_time: ClassVar[str] = "hours on a CPU, minutes on a GPU"

    weights: str = setting(HUB, label="Published model", help=WEIGHTS, checkpoint=True)

    def own_tokenizer(self) -> Tokenizer:
        """Give the published byte pairs."""
        return TOKENIZERS.create("dnabert-2", {"path": self.tokens_source()})

    def begin(self, vocabulary: Vocabulary) -> Encoder:
        """Read the checkpoint.

        Raises
        ------
        UserError
            If it cannot be had, does not fit, or the tokenizer is another one.
        """
        from lib.models.nets import adapters, checkpoints

        found = self.sources(checkpoints.FILES, PINNED)
        module = checkpoints.load_encoder(found.folder)
        module.pooler = None  # the head reads the states of the tokens
        if found.adapter is not None:
            adapters.apply(module, found.adapter, (checkpoints.PREFIX,))
        facts = {"config": dataclasses.asdict(module.config), **found.facts}
        head = checkpoints.load_head(found.folder, module)
        return Encoder(module, self.frame_tokens(vocabulary, size=module.config.vocab_size, limit=None), facts, head)

    def again(self, vocabulary: Vocabulary, facts: Mapping[str, Any]) -> Encoder:
        """Give an encoder of the same sizes."""
        from lib.models.nets.mosaic import MosaicConfig

        module = _bare(MosaicConfig(**facts["config"]))
        return Encoder(module, self.frame_tokens(vocabulary, size=module.config.vocab_size, limit=None), facts)

    def outline(self, vocabulary: int) -> "MosaicEncoder":
        """Give an encoder of the sizes in ``config.json``."""
        from lib.models.nets import checkpoints

        return _bare(checkpoints.read_config(self.sources((CONFIG,), PINNED).folder))


def _bare(config: "MosaicConfig") -> "MosaicEncoder":
    from lib.models.nets.mosaic import MosaicEncoder

    return MosaicEncoder(config, pooler=False)
