"""The DOME checklist of supervised machine learning in biology (Walsh et al. 2021, doi:10.1038/s41592-021-01205-4).

What a run knows of itself is filled in; what only its authors know says so.
"""

from lib import tasks
from lib.core.registry import settings_of
from lib.datasets.leakage import summarise
from lib.jobs import check
from lib.models.base import MODELS, Differentiable
from lib.report.context import Context
from lib.store import groups, runs
from lib.store.fitted import load_fitted
from lib.tasks.scores import PART_NAMES
from lib.training.checks import KINDS, summarise_pieces
from lib.views.blocks import Block, Paragraph, Table

AUTHORS = "to be filled in by the authors"


def checklist(context: Context) -> list[Block]:
    """Fill in the checklist from a run: data, optimization, model and evaluation."""
    rows = [*_data(context), *_optimization(context), *_model(context), *_evaluation(context)]
    about = "Recommendations for reporting supervised machine learning, filled in from this run (Walsh et al. 2021)."
    return [Paragraph(about, style="dim"), Table(("Part", "Question", "Answer"), rows)]


def _data(context: Context) -> list[tuple[str, str, str]]:
    dataset, parts = context.dataset, context.metrics.get("parts", {})
    split = dict(dataset.facts.get("split", {}))
    sizes = ", ".join(f"{PART_NAMES.get(part, part)} {count:,}" for part, count in parts.items())
    return [
        ("Data", "Source", "simulated by MotifLens" if dataset.simulated else AUTHORS),
        ("Data", "Size and splits", f"{len(dataset):,} sequences: {sizes}; split: {split.get('kind', 'unknown')}"),
        ("Data", "Redundancy between splits", summarise(context.leakage)),
        (
            "Data",
            "Availability",
            f"content hash {dataset.id}; kept in the bundle of the run. Public: {AUTHORS}",
        ),
    ]


def _optimization(context: Context) -> list[tuple[str, str, str]]:
    spec = context.run.spec
    cls = MODELS.get(spec.model.name)
    changed = [
        f"{item.label} {spec.model.settings[item.name]}"
        for item in settings_of(cls)
        if item.name in spec.model.settings and spec.model.settings[item.name] != item.default
    ]
    group = groups.get(context.run.group_id) if context.run.group_id else None
    chosen = f"by the validation part, in {group.name}" if group else "defaults of the model, or by hand"
    reads = f"{spec.tokenizer.name} tokens" if spec.tokenizer else "nucleotides"
    count = getattr(MODELS.create(spec.model.name, spec.model.settings), "parameters", None)
    numbers = AUTHORS
    if count is not None and not spec.tokenizer:
        numbers = f"{count(len(context.dataset.target_names), len(context.dataset.value_names)):,}"
    return [
        ("Optimization", "Algorithm", context.model_label),
        ("Optimization", "Data encoding", reads),
        ("Optimization", "Parameters", numbers),
        ("Optimization", "Settings other than the defaults", "; ".join(changed) or "none"),
        ("Optimization", "How settings were chosen", chosen),
        ("Optimization", "Overfitting", "weights of the epoch, or the penalty, that is best on the validation part"),
        ("Optimization", "Configuration available", "in this report, under Settings and versions"),
    ]


def _model(context: Context) -> list[tuple[str, str, str]]:
    opened = isinstance(load_fitted(context.run.id), Differentiable)
    seconds = context.metrics.get("seconds", {})
    time = ", ".join(f"{name} {value:.0f} s" for name, value in seconds.items())
    how = "gradients and mutations" if opened else "mutations and feature ablation"
    return [
        ("Model", "Interpretability", f"attributed by {how}; see Chosen sequences and Patterns"),
        ("Model", "Output", tasks.get(context.dataset.task).label),
        ("Model", "Execution time", time),
        ("Model", "Software", f"MotifLens; bundle of the run by motiflens bundle. Public: {AUTHORS}"),
    ]


def _evaluation(context: Context) -> list[tuple[str, str, str]]:
    metric = tasks.headline(context.run.spec.task)
    scores = context.scores()
    against = ", ".join(scores_of.label for scores_of in scores[1:])
    return [
        ("Evaluation", "Method", "a test part that was seen neither in training nor in any choice"),
        ("Evaluation", "Measures", ", ".join(item.label for item in tasks.get(context.run.spec.task).card)),
        ("Evaluation", "Comparison", f"with {against}, trained on the same split" if against else "none"),
        ("Evaluation", "Confidence", "95% intervals by the bootstrap over the test part"),
        ("Evaluation", "Cross-validation and controls", _checks(context, metric.key, metric.label)),
        ("Evaluation", "Availability", "predictions of all sequences in the bundle of the run"),
    ]


def _checks(context: Context, key: str, label: str) -> str:
    said = []
    for job in check.list_checks(context.run):
        if job.state == runs.FINISHED:
            found = check.read_check(job)
            known = summarise_pieces(found["pieces"], key)
            if known["mean"] is not None:
                spread = f" ± {known['sd']:.3f} (SD)" if known["sd"] is not None else ""
                said.append(f"{KINDS[found['what']]}: {label} {known['mean']:.3f}{spread}, {known['count']} trainings")
    return "; ".join(said) or "none were made; Results, Checks that reviewers ask for"
