"""What a run is: a frozen specification that says everything needed to repeat it."""

import hashlib
import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from typing import Any

from lib.core.registry import Value


def canonical(value: object) -> str:
    """Write a JSON value in its one canonical form: sorted keys, no blanks, no NaN."""
    return json.dumps(value, sort_keys=True, separators=(",", ":"), allow_nan=False, ensure_ascii=True)


def content_id(value: object, *, length: int = 16) -> str:
    """Hash a JSON value by its content (SHA-256, the first ``length`` hex digits)."""
    return hashlib.sha256(canonical(value).encode()).hexdigest()[:length]


@dataclass(frozen=True)
class Choice:
    """A registered tokenizer, model or method with its settings."""

    name: str
    settings: Mapping[str, Value] = field(default_factory=dict)


@dataclass(frozen=True)
class RunSpec:
    """One training of one model on one dataset.

    Parameters
    ----------
    dataset
        Content hash of the dataset, which covers its targets.
    split
        Hash of the assignment of sequences to train, validation and test.
    task
        Name of a task of ``lib.tasks``.
    model, tokenizer
        What is trained, and what cuts the sequences for it (None for models that read nucleotides).
    seed
        Seeds weights, batches and dropout.
    versions
        Versions of MotifLens and of the libraries that decide the numbers.
    """

    dataset: str
    split: str
    task: str
    model: Choice
    tokenizer: Choice | None = None
    seed: int = 0
    versions: Mapping[str, str] = field(default_factory=dict)

    def to_json(self) -> dict[str, Any]:
        """Give the specification as plain JSON values."""
        return asdict(self)

    @classmethod
    def from_json(cls, value: Mapping[str, Any]) -> "RunSpec":
        """Read a specification back from plain JSON values."""
        tokenizer = value.get("tokenizer")
        return cls(
            dataset=value["dataset"],
            split=value["split"],
            task=value["task"],
            model=Choice(**value["model"]),
            tokenizer=Choice(**tokenizer) if tokenizer else None,
            seed=value["seed"],
            versions=dict(value["versions"]),
        )
