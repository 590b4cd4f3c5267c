"""``predict`` with a classifier: the class and the probability of each, for every sequence of a file."""

import argparse
from collections.abc import Sequence
from typing import Any

from lib.cli import arguments
from lib.core.arrays import FloatArray
from lib.core.errors import UserError
from lib.tasks import class_metrics


def predict(
    options: argparse.Namespace,
    pairs: Sequence[tuple[str, str]],
    answer: tuple[FloatArray, FloatArray | None],
    classes: Sequence[str],
    remarks: Sequence[str],
) -> dict[str, Any] | None:
    """Write id, class and the probability of each class, and how far members lie apart where that is asked for.

    Parameters
    ----------
    options
        Those of ``predict``: run, file, threshold, deviation.
    pairs
        Ids and sequences.
    answer
        Log-odds or logits (N, T), and the standard deviation of the members, None where there are none.
    classes
        (K,) their names.
    remarks
        (N,) what makes a prediction doubtful, or that the model knows the sequence.

    Raises
    ------
    UserError
        If the threshold is no probability or there are more than two classes for it, or the file cannot be written.
    """
    predicted, deviation = answer
    threshold = _threshold(options.threshold, classes)
    called, chance = class_metrics.decide(predicted, threshold), class_metrics.probabilities(predicted)
    header = ["class", *(f"probability:{name}" for name in classes)]
    columns = [[classes[number] for number in called.tolist()], *chance.T.tolist()]
    if options.deviation:
        if deviation is None:
            raise UserError(f"Run {options.run_id} is no ensemble, so no members deviate. Leave --deviation out.")
        what = ["log-odds"] if len(classes) == 2 else [f"logit:{name}" for name in classes]
        header += [f"deviation of {name}" for name in what]
        columns += deviation.T.tolist()
    header.append("remarks")
    columns.append(list(remarks))
    rows = [(name, *cells) for (name, _), cells in zip(pairs, zip(*columns, strict=True), strict=True)]
    if options.out or not options.json:
        arguments.write_table(("id", *header), rows, options.out)
    if not options.json:
        return None
    found = [dict(zip(("id", *header), row, strict=True)) for row in rows]
    said = {"threshold": threshold} if len(classes) == 2 else {}
    return {"run": options.run_id, "classes": list(classes), **said, "predictions": found}


def _threshold(asked: float | None, classes: Sequence[str]) -> float:
    if asked is None:
        return class_metrics.THRESHOLD
    if len(classes) != 2:
        raise UserError(f"This run has {len(classes)} classes and takes the likeliest; --threshold is for two of them.")
    if not 0 <= asked <= 1:
        raise UserError(f"--threshold is {asked:g}; it is the probability of {classes[1]!r}, from 0 to 1.")
    return asked
