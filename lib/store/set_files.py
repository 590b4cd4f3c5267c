"""The trust badge of each attribution of a set, and files that carry it."""

import io
from collections.abc import Sequence
from typing import Any

import numpy as np
import pandas as pd

from lib.analysis.skill import Skill
from lib.attribution.checks import (
    CHECKS,
    COMPLETENESS,
    REPRODUCIBILITY,
    Check,
    Verdict,
    check_completeness,
    check_faithfulness,
    check_model,
    check_reproducibility,
)
from lib.attribution.trust import Trust
from lib.core.arrays import FloatArray
from lib.store import runs
from lib.store.attribution_files import pack_checks
from lib.store.attribution_sets import AttributionSet
from lib.store.set_choice import SetChoice
from lib.store.skills import find_skill


def judge_set(
    made: AttributionSet, choice: SetChoice, *, rows: Sequence[int] | None = None, skill: Skill | str | None = None
) -> list[Trust]:
    """Make the checks that cost nothing, of each of N attributions or of some rows of the set.

    ``skill`` is how well the run predicts, read where it is not given.
    """
    if skill is None:
        skill = find_skill(choice.run, target=choice.target, head=choice.head)
    model, ensemble = check_model(skill), "members" in runs.get(choice.run).payload
    judged = []
    for row in range(len(made)) if rows is None else rows:
        length = made.lengths[row]
        scores = made.attributions[row, :length].astype(np.float64)
        errors = None if made.standard_errors is None else made.standard_errors[row, :length].astype(np.float64)
        judged.append(
            Trust(
                _completeness(made, row),
                check_faithfulness(scores),
                _reproducibility(made, scores, errors, ensemble=ensemble),
                model,
            )
        )
    return judged


def to_table(made: AttributionSet, judged: Sequence[Trust]) -> pd.DataFrame:
    """List the badge of each of N attributions with the verdicts of its checks and the finding that decides."""
    verdicts = [[check.verdict.value for check in trust.checks] for trust in judged]
    frame = pd.DataFrame({"id": made.ids, "badge": [trust.word for trust in judged]})
    frame[[name.lower() for name in CHECKS]] = pd.DataFrame(verdicts, columns=list(CHECKS))
    return frame.assign(finding=[trust.sentence for trust in judged])


def to_npz(made: AttributionSet, judged: Sequence[Trust]) -> bytes:
    """Write a set of N attributions and their badges as npz without pickled objects.

    It holds the arrays of the set, its facts as ``method``, ``reference``, ``rule`` and ``target``, and badges and
    checks as ``lib.store.attribution_files.to_npz`` writes them.
    """
    fields: dict[str, Any] = {name: value for name, value in vars(made).items() if value is not None}
    facts = {name: np.array(value) for name, value in fields.pop("facts").items()}
    file = io.BytesIO()
    np.savez_compressed(file, allow_pickle=False, **fields, **facts, **pack_checks(judged))
    return file.getvalue()


def _completeness(made: AttributionSet, row: int) -> Check:
    if np.isnan(made.deltas[row]):
        return check_completeness(None)
    if made.relative_deltas is None:
        return _older(COMPLETENESS)
    return check_completeness(float(made.relative_deltas[row]))


def _reproducibility(made: AttributionSet, scores: FloatArray, errors: FloatArray | None, *, ensemble: bool) -> Check:
    if errors is None and made.relative_deltas is None and not ensemble:
        return _older(REPRODUCIBILITY)  # it has no standard errors, whether its method draws at random or not
    return check_reproducibility(scores, errors, repeatable=ensemble)


def _older(name: str) -> Check:
    """Say that a set from before there were such checks does not hold what one of them needs."""
    finding = f"This older set does not hold what {name.lower()} is judged by."
    return Check(name, Verdict.NOT_CHECKED, finding, "Make it again.")
