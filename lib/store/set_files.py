"""The trust badge of each attribution of a set, of what is made of many of them, and files that carry it."""

import io
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd

from lib.analysis.skill import Skill
from lib.attribution.checks import (
    CHECKS,
    COMPLETENESS,
    REPRODUCIBILITY,
    SEVERITY,
    Check,
    Verdict,
    check_completeness,
    check_faithfulness,
    check_model,
    check_reproducibility,
)
from lib.attribution.trust import WORDS, Trust
from lib.core.arrays import FloatArray
from lib.core.errors import UserError
from lib.store import attribution_sets, runs
from lib.store.attribution_files import pack_checks
from lib.store.attribution_sets import AttributionSet
from lib.store.set_choice import SetChoice, choice_of
from lib.store.skills import find_skill


@dataclass(frozen=True)
class SetTrust:
    """The badges behind what was made of many attributions, such as patterns, their instances and their spacing.

    Parameters
    ----------
    model
        The check of the model, which is the same for all of them.
    judged
        The badge of each attribution, by the id of its sequence; none where the attributions are gone.
    """

    model: Check
    judged: Mapping[str, Trust]

    def write(self, ids: Iterable[str] | None = None) -> str:
        """Write the badges of some sequences, all where none are named: the worst first, with how many have each."""
        chosen = self.judged.values() if ids is None else [self.judged[one] for one in set(ids) & set(self.judged)]
        if not chosen:
            return WORDS.get(self.model.verdict, "Not checked")
        counts = Counter((SEVERITY.index(trust.verdict), trust.word) for trust in chosen)
        if len(counts) == 1:
            return next(iter(counts))[1]
        return ", ".join(f"{word} ({count:,})" for (_, word), count in sorted(counts.items(), reverse=True))

    def list_remarks(self) -> list[str]:
        """Say in lines, for formats with remarks, what the badges are and what decides them."""
        lines = [f"Trust badge of the attributions: {self.write()}"]
        lines.append(f"{self.model.name}: {self.model.verdict}. {self.model.finding} {self.model.remedy}")
        found = [trust.reproducibility for trust in self.judged.values()]
        counts = Counter(check.verdict for check in found)
        verdicts = ", ".join(f"{verdict} ({counts[verdict]:,})" for verdict in reversed(SEVERITY) if counts[verdict])
        said = {check.finding for check in found}
        if found:
            lines.append(f"{REPRODUCIBILITY}: {verdicts}. {said.pop() if len(said) == 1 else ''}")
        return [" ".join(line.split()) for line in lines]


def judge_job(job_id: str) -> SetTrust:
    """Make the checks that cost nothing of all attributions behind a job of kind ``attribute`` or ``discover``."""
    choice = choice_of(runs.get(job_id))
    skill = find_skill(choice.run, target=choice.target, head=choice.head)
    try:
        made = attribution_sets.load(job_id)
    except UserError:
        return SetTrust(check_model(skill), {})
    return SetTrust(check_model(skill), dict(zip(made.ids.tolist(), judge_set(made, choice, skill=skill), strict=True)))


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
