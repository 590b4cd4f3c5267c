"""What a report tells of a classifier: how well it tells classes apart, beside what, and in pictures."""

import numpy as np
import pandas as pd

from lib.figures import classes as plots
from lib.figures import colours
from lib.figures.classes import Drawn
from lib.figures.dots import Series
from lib.figures.paper import on_paper
from lib.report.context import PART, Context
from lib.report.figures import learning
from lib.tasks import class_metrics, thresholds
from lib.tasks.class_card import EACH_CLASS, METRICS, name_class, say_duplicates, sentence
from lib.tasks.classification import WITHOUT_DUPLICATES
from lib.tasks.scores import Scores, write_signed
from lib.views.blocks import Block, Figure, Heading, Numbers, Paragraph
from lib.views.class_view import tabulate_confusion
from lib.views.score_card import ScoreCard

MOST_CLASSES = 6
"""Classes of which curves are drawn at most; the table has all."""


def lead(context: Context) -> list[Block]:
    """Say in one sentence how good the run is."""
    scores = context.scores()
    n = int(context.metrics["test"]["n"])
    said = sentence(scores[0], scores[1:], n=n, part=PART, classes=context.dataset.classes)
    return [Paragraph(said.replace("**", ""), strong=scores[0].label, style="lead"), *_duplicates(context)]


def _duplicates(context: Context) -> list[Block]:
    """Say how many test sequences are duplicates of training sequences, and the MCC with and without them."""
    metrics = context.metrics
    if WITHOUT_DUPLICATES not in metrics:
        return []
    n = int(metrics["test"]["n"])
    both = [Scores(name, metrics[name], metrics["intervals"][name]) for name in ("test", WITHOUT_DUPLICATES)]
    said = []
    for score, word in zip(both, ("with", "without"), strict=True):
        value, ends = score.value("mcc"), score.interval("mcc")
        wide = f" [{write_signed(ends[0])}, {write_signed(ends[1])}]" if ends else ""
        said.append(f"{word} them the MCC is {'not defined' if value is None else write_signed(value)}{wide}")
    found = say_duplicates(n - int(metrics[WITHOUT_DUPLICATES]["n"]), n, part=PART)
    return [Paragraph(f"{found} {'; '.join(said)[:1].upper()}{'; '.join(said)[1:]}.")]


def results(context: Context) -> list[Block]:
    """Show the scores with their intervals beside the baselines, and each class for itself."""
    models, metrics = context.scores(), context.metrics
    n, classes = int(metrics["test"]["n"]), context.dataset.classes
    called = f", called from a probability of {metrics['threshold']:g} on" if len(classes) == 2 else ""
    positive = f"AUPRC and F1 are those of {name_class(classes[1])}. " if len(classes) == 2 else ""
    return [
        ScoreCard(models, "", n, f"Test part{called}", metrics=METRICS),
        context.intervals("sequences", positive),
        context.tabulate_each("class", EACH_CLASS),
    ]


def figures(context: Context) -> list[Block]:
    """Draw the confusion matrix, the curves and the calibration, and how the model learned."""
    classes = context.dataset.classes
    shown = [1] if len(classes) == 2 else range(min(len(classes), MOST_CLASSES))
    blocks = [_confusion(context), *(block for number in shown for block in _curves(context, number))]
    if len(classes) > MOST_CLASSES:
        blocks.append(Paragraph(f"Drawn are the first {MOST_CLASSES} of {len(classes)} classes; the table has all."))
    return [*blocks, learning(context)]


def _confusion(context: Context) -> Block:
    counts, classes = np.array(context.metrics["confusion"], dtype=np.int64), context.dataset.classes
    n = int(counts.sum())
    frame = tabulate_confusion(counts, classes)
    return Figure(
        on_paper(plots.confusion(counts, classes, title=f"Test part (n = {n:,})"), size=plots.confusion_size(classes)),
        alt=f"Confusion matrix of {n:,} test sequences and {len(classes)} classes",
        caption=f"Confusion matrix, n = {n:,} test sequences. Percent: of the sequences of a true class (a row).",
        numbers=Numbers(frame, "confusion.csv", shown=len(frame)),
    )


def _curves(context: Context, number: int) -> list[Block]:
    """Draw ROC, precision-recall and calibration curves of one class against the rest."""
    dataset, name = context.dataset, context.dataset.classes[number]
    rows = dataset.rows(PART)
    true = class_metrics.labels(dataset.targets[rows])
    positive, n = true == number, len(rows)
    heading = [Heading(name)] if len(dataset.classes) > 2 else []
    if positive.all() or not positive.any():
        return [*heading, Paragraph(f"The test part holds {'only' if positive.all() else 'no'} {name}: no curves.")]
    models = context.models.items()
    chance = {column: _chance(context, column, number) for column, _ in models}
    drawn: dict[str, list[Drawn]] = {"auroc": [], "auprc": []}
    for place, (column, label) in enumerate(models):
        known = class_metrics.per_class(dataset.targets[rows], _values(context, column), dataset.classes)[name]
        series = Series(label, colours.of_run(place))
        for area, curve in (("auroc", thresholds.roc), ("auprc", thresholds.precision_recall)):
            found = thresholds.thin_curve(curve(positive, chance[column]))
            drawn[area].append(Drawn(series, found, known[area]))
    prevalence = float(positive.mean())
    both = Figure(
        on_paper(
            plots.roc(drawn["auroc"], title=""),
            plots.precision_recall(drawn["auprc"], prevalence=prevalence, title=""),
            title=f"{name_class(name)}, test part (n = {n:,})",
            size=(8.4, 4.4),
        ),
        alt=f"ROC and precision-recall curves of {', '.join(label for _, label in models)} for {name}",
        caption=f"ROC curve (left; number: AUROC) and precision-recall curve (right; number: AUPRC) of "
        f"{name_class(name)}, n = {n:,}, {positive.sum():,} of them members. Dashed: guessing (prevalence "
        f"{prevalence:.2f}).",
        numbers=Numbers(_points(context, positive, chance), "curves.csv"),
    )
    return [*heading, both, _calibration(true, chance["predicted"], number, dataset.classes)]


def _points(context: Context, positive: "np.ndarray", chance: dict[str, "np.ndarray"]) -> pd.DataFrame:
    columns = {f"probability by {column}": values for column, values in chance.items()}
    return pd.DataFrame({"id": context.rows["id"], "member": positive.astype(int), **columns})


def _calibration(true: "np.ndarray", chance: "np.ndarray", number: int, classes: tuple[str, ...]) -> Block:
    name, n = classes[number], len(true)
    odds = thresholds.log_odds(chance)[:, None]
    bins = pd.DataFrame(class_metrics.calibration((true == number)[:, None].astype(np.float64), odds))
    by_class = [chance[true == one] for one in range(len(classes))]
    figure = plots.calibration(bins, by_class, classes, name=name_class(name), title=f"Test part (n = {n:,})")
    return Figure(
        on_paper(figure, size=(5.2, 4.4)),
        alt=f"Observed share of {name} in {len(bins)} bins of predicted probability, and the probabilities by class",
        caption=f"Calibration of the probability of {name_class(name)} with 95% intervals (above; on the dashed line "
        f"a probability is what it says), and how probabilities spread in each true class (below), n = {n:,}.",
        numbers=Numbers(bins, "calibration.csv", shown=len(bins)),
    )


def _values(context: Context, column: str) -> "np.ndarray":
    return context.rows[[f"{column}:{name}" for name in context.dataset.target_names]].to_numpy(dtype=float)


def _chance(context: Context, column: str, number: int) -> "np.ndarray":
    return class_metrics.probabilities(_values(context, column))[:, number]


def statistics(context: Context) -> list[str]:
    """Say how the run was judged, for the methods of a paper."""
    how, classes = context.metrics.get("bootstrap", {}), context.dataset.classes
    if len(classes) == 2:
        called = f"Sequences were called {name_class(classes[1])} from a predicted probability of 0.5 on. "
        areas = ""
    else:
        called = "Sequences were called by their most probable class. "
        areas = ", each class against the rest and averaged,"
    balanced = context.run.spec.model.settings.get("class_weights") == "balanced"
    weights = "In training each class was weighted by the inverse of its frequency. " if balanced else ""
    without = ""
    if WITHOUT_DUPLICATES in context.metrics:
        without = (
            " Test sequences that are duplicates of training sequences were counted, and the metrics are given with "
            "and without them."
        )
    return [
        f"{weights}{called}Given are Matthews correlation (MCC; Chicco and Jurman 2020, "
        "doi:10.1186/s12864-019-6413-7), the "
        f"areas below the receiver operating characteristic and the precision-recall curve{areas} accuracy, F1, the "
        "logarithmic loss, the Brier score and the expected calibration error of the test part, with percentile "
        f"intervals of {how.get('level', 0.95):.0%} from {how.get('replicates', 0):,} bootstrap resamples of its "
        "sequences (Efron 1979, doi:10.1214/aos/1176344552); intervals of calibration curves are those of Wilson "
        "(1927). Beside them stand the class frequencies, a logistic regression on base composition and length, and "
        f"one on the counts of words, trained on the same split.{without}"
    ]
