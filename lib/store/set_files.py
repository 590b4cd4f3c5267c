"""Attribution sets that leave the app: the npz of a set with the trust badge of each of its attributions."""

import io
from collections.abc import Sequence
from typing import Any

import numpy as np

from lib.attribution.checks import (
    COMPLETENESS,
    Check,
    Verdict,
    check_completeness,
    check_faithfulness,
    check_model,
    check_reproducibility,
)
from lib.attribution.export import check_arrays
from lib.attribution.trust import Trust
from lib.store import runs
from lib.store.attribution_sets import AttributionSet
from lib.store.set_choice import SetChoice
from lib.store.skills import find_skill

_UNKNOWN = Check(
    COMPLETENESS, Verdict.NOT_CHECKED, "This older set does not hold what completeness is judged by.", "Make it again."
)


def judge_set(made: AttributionSet, choice: SetChoice) -> list[Trust]:
    """Make the checks that cost nothing of each of N attributions."""
    model = check_model(find_skill(choice.run, target=choice.target, head=choice.head))
    ensemble = "members" in runs.get(choice.run).payload
    judged = []
    for row, length in enumerate(made.lengths):
        scores = made.attributions[row, :length].astype(np.float64)
        errors = None if made.standard_errors is None else made.standard_errors[row, :length].astype(np.float64)
        judged.append(
            Trust(
                _completeness(made, row),
                check_faithfulness(scores),
                check_reproducibility(scores, errors, repeatable=ensemble),
                model,
            )
        )
    return judged


def to_npz(made: AttributionSet, judged: Sequence[Trust]) -> bytes:
    """Write a set of N attributions and their badges as npz without pickled objects.

    It holds the arrays of the set, its facts as ``method``, ``reference``, ``rule`` and ``target``, and badges and
    checks as ``lib.attribution.export.to_npz`` writes them.
    """
    fields: dict[str, Any] = {name: value for name, value in vars(made).items() if value is not None}
    facts = {name: np.array(value) for name, value in fields.pop("facts").items()}
    file = io.BytesIO()
    np.savez_compressed(file, allow_pickle=False, **fields, **facts, **check_arrays(judged))
    return file.getvalue()


def _completeness(made: AttributionSet, row: int) -> Check:
    if np.isnan(made.deltas[row]):
        return check_completeness(None)
    return _UNKNOWN if made.relative_deltas is None else check_completeness(float(made.relative_deltas[row]))
