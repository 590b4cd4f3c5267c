"""What every model needs of the data before it can learn from them."""

import numpy as np

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
