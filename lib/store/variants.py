"""Effects of variants as runs: what was asked, kept in one file of the run, and the tables that came of it."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from lib.core.errors import UserError
from lib.io.variants import Variant
from lib.store import runs
from lib.store.files import replacing
from lib.store.run import Run

if TYPE_CHECKING:
    from pathlib import Path

    import pandas as pd

    from lib.core.arrays import FloatArray

KIND = "variants"
ASKED, EFFECTS = "variants.parquet", "effects.parquet"
MEAN = "mean"
"""Stands for the mean over runs that predict the same, where a run is named."""
_MEASURED = "measured: "
RANDOM = 300
"""Random variants of each kind and size that effects are compared with, unless asked otherwise."""


@dataclass(frozen=True)
class Asked:
    """What is asked of trained models.

    Parameters
    ----------
    runs
        Ids of the runs whose models are asked.
    targets
        Which target of each, (R,) numbers.
    variants, sequences
        The variants, and stored DNA of what they change, by id.
    random
        Random variants of each kind and size to compare with.
    seed
        Seeds those.
    measured
        Measured effects of the N variants, (N,) by the name of their column; NaN where one has none.
    """

    runs: tuple[str, ...]
    targets: tuple[int, ...]
    variants: Sequence[Variant]
    sequences: Mapping[str, str] = field(default_factory=dict)
    random: int = RANDOM
    seed: int = 0
    measured: "Mapping[str, FloatArray]" = field(default_factory=dict)


def write_asked(
    path: "Path",
    variants: Sequence[Variant],
    sequences: Mapping[str, str],
    measured: "Mapping[str, FloatArray] | None" = None,
) -> None:
    """Keep variants with the sequences that they change, and their measured effects where there are any."""
    import pandas as pd

    frame = pd.DataFrame(
        [(one.name, one.sequence, one.position, one.ref, one.alt, one.line) for one in variants],
        columns=["name", "sequence", "position", "ref", "alt", "line"],
    )
    frame["text"] = pd.Categorical([sequences[one.sequence] for one in variants])
    own = {f"{_MEASURED}{name}": list(values) for name, values in (measured or {}).items()}
    frame = pd.concat([frame, pd.DataFrame(own, index=frame.index, dtype="float64")], axis=1)
    with replacing(path) as temporary:
        frame.to_parquet(temporary, index=False)


def read_variants(path: "Path") -> tuple[tuple[Variant, ...], dict[str, str]]:
    """Read back what ``write_asked`` kept.

    Raises
    ------
    UserError
        If it is not there or damaged.
    """
    frame = _read(path)
    columns = (frame[name].tolist() for name in ("name", "sequence", "position", "ref", "alt", "line"))
    variants = tuple(Variant(*row) for row in zip(*columns, strict=True))
    return variants, dict(zip(frame["sequence"].tolist(), frame["text"].tolist(), strict=True))


def of(run_id: str) -> tuple[tuple[Variant, ...], dict[str, str]]:
    """Give the variants of a run, and the sequences that they change, by id.

    Raises
    ------
    UserError
        If they are gone.
    """
    return read_variants(runs.folder(run_id) / ASKED)


def read_measured(run_id: str) -> "dict[str, FloatArray]":
    """Give the measured effects of the variants of a run, (N,) by the name of their column; none where none were given.

    Raises
    ------
    UserError
        If they are gone.
    """
    frame = _read(runs.folder(run_id) / ASKED)
    names = [str(name) for name in frame if str(name).startswith(_MEASURED)]
    return {name.removeprefix(_MEASURED): frame[name].to_numpy(dtype="float64") for name in names}


def effects(run_id: str) -> "dict[str, pd.DataFrame]":
    """Give what each run that was asked says, as ``lib.analysis.variants.table``; rows are those of the variants.

    Raises
    ------
    UserError
        If it is not there or damaged.
    """
    frame = _read(runs.folder(run_id) / EFFECTS)
    groups = frame.groupby("run", sort=False, observed=True)
    return {
        str(name): _drop_empty_probabilities(group.drop(columns="run").reset_index(drop=True)) for name, group in groups
    }


def write_effects(run_id: str, found: "Mapping[str, pd.DataFrame]") -> None:
    """Keep what each run says."""
    import pandas as pd

    frame = pd.concat([table.assign(run=name) for name, table in found.items()], ignore_index=True)
    with replacing(runs.folder(run_id) / EFFECTS) as temporary:
        frame.to_parquet(temporary, index=False)


def past(dataset: str | None = None) -> list[Run]:
    """Give the runs of this kind, the newest first."""
    return runs.all(dataset=dataset, kind=KIND)


def about(run: Run) -> dict[str, dict[str, Any]]:
    """Give for each run that was asked: ``name``, ``model``, ``target``, ``unit``, ``members``, ``task``."""
    return dict(run.payload["about"])


def _read(path: "Path") -> "pd.DataFrame":
    import pandas as pd
    import pyarrow

    try:
        return pd.read_parquet(path)
    except (OSError, pyarrow.ArrowInvalid) as error:
        raise UserError(
            f"{path.name} of these variants cannot be read. Start them again on the Variants page."
        ) from error


def _drop_empty_probabilities(table: "pd.DataFrame") -> "pd.DataFrame":
    """Leave out probabilities of a run that has none."""
    empty = [name for name in table if str(name).startswith("probability") and table[name].isna().all()]
    return table.drop(columns=empty)
