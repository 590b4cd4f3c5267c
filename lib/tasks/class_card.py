"""What the score card of a classifier shows, and how good it is in one sentence; for the page and for reports."""

from collections.abc import Sequence

from lib.tasks.scores import PART_NAMES, Metric, Scores, percent, write_signed

METRICS = (
    Metric("mcc", "MCC", "Matthews correlation of true and called classes: 1 is perfect, 0 is no better than guessing"),
    Metric("auroc", "AUROC", "chance that a member of a class gets a higher probability of it than a non-member"),
    Metric("auprc", "AUPRC", "area below the precision-recall curve; the prevalence of the class is guessing"),
    Metric("accuracy", "Accuracy", "share that is called right; it is high by itself where one class is frequent"),
    Metric("balanced_accuracy", "Balanced accuracy", "mean over the classes of the share that is called right"),
    Metric("f1", "F1", "harmonic mean of precision and recall, of the positive class or the mean over the classes"),
    Metric("log_loss", "Log loss", "mean surprise by the true class, in nats; sure and wrong costs most", higher=False),
    Metric("brier", "Brier score", "mean squared error of the probabilities", higher=False),
    Metric("ece", "Calibration error", "how far probabilities lie from what is observed, on average", higher=False),
)
"""Areas and F1 are those of the positive class where there are two, else the mean over the classes."""
EACH_CLASS = (
    Metric("precision", "Precision", "share of what is called the class that is of it"),
    Metric("recall", "Recall", "share of the class that is called so"),
    *(metric for key in ("f1", "auroc", "auprc") for metric in METRICS if metric.key == key),
)
"""What is given of each class against the rest."""


def sentence(model: Scores, baselines: Sequence[Scores], *, n: int, part: str, classes: Sequence[str]) -> str:
    """Say how well a model tells the classes apart and against what, in Markdown; names are escaped by the caller.

    >>> ridge = Scores("k-mer logistic", {"mcc": 0.44})
    >>> cnn = Scores("CNN", {"mcc": 0.62, "accuracy": 0.81}, {"mcc": (0.57, 0.67)})
    >>> sentence(cnn, [ridge], n=613, part="test", classes=["none", "promoter"])
    'tells promoter from none with an MCC of **0.62** [0.57, 0.67] on n = 613 test sequences, 81% of them right; \
k-mer logistic 0.44.'
    """
    counted = f"n = {n:,} {PART_NAMES[part]} sequence{'' if n == 1 else 's'}"
    what = (
        f"{name_class(classes[1])} from {name_class(classes[0])}"
        if len(classes) == 2
        else f"{len(classes)} classes apart"
    )
    value, ends, right = model.value("mcc"), model.interval("mcc"), model.value("accuracy")
    many = "" if right is None else f", {percent(right)} of them right"
    if value is None:
        return f"has no MCC on {counted}: they are all of one class{many}."
    wide = "" if ends is None else f" [{write_signed(ends[0], 2)}, {write_signed(ends[1], 2)}]"
    verb = "tells" if value > 0 else "does not tell"
    beside = [
        f"{item.label} {write_signed(known, 2)}" for item in baselines if (known := item.value("mcc")) is not None
    ]
    joint = " with an MCC of" if value > 0 else ": MCC"
    said = f"{verb} {what}{joint} **{write_signed(value, 2)}**{wide} on {counted}{many}"
    return said + (f"; {', '.join(beside)}" if beside else "") + "."


def name_class(name: str) -> str:
    """Name a class within a sentence; a bare number is said to be a class.

    >>> name_class("1"), name_class("promoter")
    ('class 1', 'promoter')
    """
    return f"class {name}" if name.strip().isdigit() else name


def say_duplicates(found: int, n: int, *, part: str) -> str:
    """Say how many sequences of a part are duplicates of training sequences.

    >>> say_duplicates(6, 613, part="test")
    '6 of 613 test sequences (1.0%) are duplicates of training sequences: a model may have memorised them.'
    """
    if not n:
        return ""
    of = f"{found:,} of {n:,} {PART_NAMES[part]} sequences ({100 * found / n:.1f}%)"
    if found == 1:
        return f"{of} is a duplicate of a training sequence: a model may have memorised it."
    return f"{of} are duplicates of training sequences: a model may have memorised them."
