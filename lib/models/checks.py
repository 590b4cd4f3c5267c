"""What models need of the data and of the machine before they can learn."""

from typing import Any

import numpy as np

from lib.core import memory
from lib.core.errors import UserError
from lib.tasks.data import TrainingData


def require_rows(data: TrainingData, *, train: int, validation: int, label: str) -> None:
    """Check that the train and validation parts are large enough.

    Raises
    ------
    UserError
        If one is too small; the sentence says what was found and what is needed.
    """
    found, held = len(data.train.sequences), len(data.validation.sequences)
    if found < train or held < validation:
        raise UserError(
            f"The train part has {found} and the validation part {held} sequences; {label} needs at least {train} "
            f"and {validation}. Bring more sequences, or choose another split."
        )
    if not np.isfinite(data.train.targets).all() or not np.isfinite(data.validation.targets).all():
        raise UserError("Some targets are missing or infinite; remove those rows and freeze the dataset again.")


def require_letters(data: TrainingData, *, label: str) -> None:
    """Check that no sequence of the train or validation part is empty.

    Raises
    ------
    UserError
        If one is.
    """
    empty = sum(not sequence for part in (data.train, data.validation) for sequence in part.sequences)
    if empty:
        raise UserError(f"{empty} sequences are empty; {label} needs at least one nucleotide. Remove those rows.")


def require_encoder_memory(config: Any, size: int, tokens: int, *, again: bool = False, remedy: str) -> None:
    """Check that there is memory to train an encoder on a batch.

    Parameters
    ----------
    config
        Names its sizes as those of transformers do.
    size, tokens
        Sequences of the batch, and tokens of the longest.
    again
        Whether states are computed again instead of kept.

    Raises
    ------
    UserError
        If there is not.
    """
    layers, width, heads = config.num_hidden_layers, config.hidden_size, config.num_attention_heads
    # Numbers kept for each token and layer, 4 bytes each: about 12 states, 3 inner ones, and the attention.
    each = 12 * width + 3 * config.intermediate_size + 3 * heads * tokens
    needed = size * tokens * (1 if again else layers) * each * 4
    memory.require(needed, f"A batch of {size} sequences of up to {tokens:,} tokens", remedy)
