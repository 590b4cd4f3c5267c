"""What makes predictions doubtful, sequence by sequence: the remarks of the Predict page and of ``predict``."""

from collections.abc import Sequence
from dataclasses import dataclass

from lib.analysis.applicability_domain import Domain
from lib.datasets.dataset import Dataset


@dataclass(frozen=True)
class Remark:
    """What is to be said about one sequence.

    Parameters
    ----------
    text
        All of it, as the cell of a table; empty where there is nothing to say.
    warnings
        What makes it unlike the training part, in sentences without a full stop; empty where nothing does.
    """

    text: str
    warnings: tuple[str, ...]


def remarks(sequences: Sequence[str], known: Sequence[tuple[Dataset, Domain]]) -> list[Remark]:
    """Say of each stored sequence what makes its prediction doubtful, or that the model knows it.

    Doubtful are another length than the training part has, unknown letters, and another composition or other words.

    Parameters
    ----------
    sequences
        N stored sequences.
    known
        The datasets that the models were trained on, each with what its training part looks like.
    """
    low = max(domain.shortest for _, domain in known)
    high = min(domain.longest for _, domain in known)
    span = f"{low:,} nt" if low == high else f"{low:,} to {high:,} nt"
    learned = [_parts(dataset, sequences) for dataset, _ in known]
    result = []
    for text in sequences:
        said = [] if low <= len(text) <= high else [f"trained on {span} only"]
        if unknown := len(text) - sum(text.count(base) for base in "ACGT"):
            said.append(f"{unknown:,} unknown letters (N)" if unknown > 1 else "1 unknown letter (N)")
        places = [domain.place(text) for _, domain in known]
        said += dict.fromkeys(warning for place in places for warning in place.warnings[place.outside :])
        if parts := sorted({found[text] for found in learned if text in found}):
            said.append(f"in the {' and '.join(parts)} part of the dataset")
        warnings = tuple(dict.fromkeys(warning for place in places for warning in place.warnings))
        result.append(Remark("; ".join(said), warnings))
    return result


def _parts(dataset: Dataset, sequences: Sequence[str]) -> dict[str, str]:
    """Give the part of each sequence that the dataset holds, the first where it holds several copies."""
    asked = set(sequences)
    found: dict[str, str] = {}
    for text, part in zip(dataset.sequences.tolist(), dataset.parts.tolist(), strict=True):
        if text in asked:
            found.setdefault(text, part)
    return found
