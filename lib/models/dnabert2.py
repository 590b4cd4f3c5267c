"""DNABERT-2 (Zhou et al. 2024, arXiv:2306.15006) from its published checkpoint, without any code from the hub.

Here is the encoder; sequences are cut for it by the tokenizer ``dnabert-2``.
"""

import os
from os import PathLike
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from lib.models.inner.mosaic import MosaicEncoder

HUB = "zhihan1996/DNABERT-2-117M"
PINNED = {HUB: "7bce263b15377fc15361f52cfab88f8b586abda0"}
"""Which state of a published model is taken if none is asked for."""


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
    from lib.models.inner import checkpoints, hub

    place = hub.folder_of(os.fspath(folder), files=checkpoints.FILES, pinned=PINNED)
    return checkpoints.load_encoder(place, pooler=pooler)
