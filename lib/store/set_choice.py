"""Which sequences are attributed together, and how: the choice behind an attribution set, as jobs carry it."""

from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from lib.attribution.profile_heads import COUNTS
from lib.core.errors import UserError
from lib.core.registry import Value
from lib.datasets.dataset import PARTS, Dataset
from lib.store import runs

if TYPE_CHECKING:
    from lib.attribution.base import Method


@dataclass(frozen=True)
class SetChoice:
    """Which sequences a set holds, and how they are attributed.

    Parameters
    ----------
    run
        Id of a finished run.
    method, settings
        Registered name of the attribution method, and its settings.
    parts
        Parts of the run's dataset.
    n
        Sequences at most, drawn at random by ``seed``; 0 for all.
    target
        Number of the target.
    seed
        Seeds the draw and whatever the method draws.
    head
        Which head of a model of profiles is explained, ``counts`` or ``profile``.
    """

    run: str
    method: str
    settings: Mapping[str, Value] = field(default_factory=dict)
    parts: tuple[str, ...] = PARTS
    n: int = 0
    target: int = 0
    seed: int = 0
    head: str = COUNTS

    def to_json(self) -> dict[str, Any]:
        """Give the choice as plain JSON values."""
        value = {**asdict(self), "settings": dict(self.settings), "parts": list(self.parts)}
        return {key: item for key, item in value.items() if (key, item) != ("head", COUNTS)}

    @classmethod
    def from_json(cls, value: Mapping[str, Any]) -> "SetChoice":
        """Read a choice back from plain JSON values."""
        return cls(**{**value, "parts": tuple(value["parts"])})

    def method_made(self) -> "Method":
        """Build the method with its settings.

        Raises
        ------
        UserError
            If there is no such method, or a setting breaks its limits.
        """
        from lib.attribution import METHODS

        return METHODS.create(self.method, dict(self.settings))


def choice_of(job: runs.Run) -> SetChoice:
    """Give what a job of kind ``attribute`` or ``discover`` attributes.

    Raises
    ------
    UserError
        If it is another kind of job.
    """
    if "set" not in job.payload:
        raise UserError(f"The job {job.id} makes no attributions; choose one that does, or start one.")
    return SetChoice.from_json(job.payload["set"])


def rows_of(choice: SetChoice, dataset: Dataset) -> NDArray[np.int64]:
    """Give the rows of the dataset that a set holds, ascending.

    Raises
    ------
    UserError
        If the parts are unknown or hold no sequence.
    """
    unknown = [part for part in choice.parts if part not in PARTS]
    if unknown or not choice.parts:
        raise UserError(f"There is no part {', '.join(unknown) or 'named'}; name one or more of {', '.join(PARTS)}.")
    rows = np.flatnonzero(np.isin(dataset.parts, choice.parts)).astype(np.int64)
    if not len(rows):
        raise UserError(f"The {' and '.join(choice.parts)} part of {dataset.name} holds no sequence; choose another.")
    if choice.n and choice.n < len(rows):
        rows = np.sort(np.random.default_rng(choice.seed).choice(rows, choice.n, replace=False))
    return rows
