"""What a report tells of a regression: how good it is, against what, in numbers and pictures."""

from lib.report import figures as drawn
from lib.report.context import PART, Context
from lib.tasks import regression
from lib.views.blocks import Block, Paragraph
from lib.views.score_card import ScoreCard


def lead(context: Context) -> list[Block]:
    """Say in one sentence how good the run is."""
    scores, ceiling = context.scores(), context.ceiling
    n = int(context.metrics["test"]["n"])
    said = regression.get(context.dataset.task).sentence(
        scores[0], scores[1:], n=n, part=PART, ceiling=ceiling[0] if ceiling else None
    )
    return [Paragraph(said.replace("**", ""), strong=scores[0].label, style="lead")]


def results(context: Context) -> list[Block]:
    """Show the scores with their intervals beside the baselines and the ceiling, and each target for itself."""
    models, n = context.scores(), int(context.metrics["test"]["n"])
    units = set(context.dataset.target_units)
    unit = units.pop() if len(units) == 1 else ""
    names = context.dataset.target_names
    target = names[0] if len(names) == 1 else f"mean over {len(names)} targets"
    blocks: list[Block] = [
        ScoreCard(models, unit, n, f"Test part, {target}", metrics=regression.get(context.dataset.task).card)
    ]
    ceiling, r2 = context.ceiling, models[0].value("r2")
    if ceiling is not None and ceiling[0] > 0 and r2 is not None:
        share = f"The model reaches {max(0.0, r2) / ceiling[0]:.0%} of what can be explained: " if r2 > 0 else ""
        blocks.append(Paragraph(f"{share}the noise ceiling is R² {ceiling[0]:.3f} ({ceiling[1]})."))
    blocks.append(context.intervals("sequences"))
    return blocks + (
        [context.tabulate_each("target", regression.get(context.dataset.task).card)] if len(names) > 1 else []
    )


def figures(context: Context) -> list[Block]:
    """Draw predicted against observed, residuals, and how the model learned."""
    return drawn.figures(context)


def statistics(context: Context) -> list[str]:
    """Say how the run was judged, for the methods of a paper."""
    bootstrap = context.metrics.get("bootstrap", {})
    labels = ", ".join(metric.label for metric in regression.get(context.dataset.task).card)
    return [
        f"{labels} are given for the test part, with percentile intervals of {bootstrap.get('level', 0.95):.0%} from "
        f"{bootstrap.get('replicates', 0):,} bootstrap resamples "
        "of its sequences (Efron 1979, doi:10.1214/aos/1176344552), beside the baseline models trained on the same "
        f"split: {', '.join(one.label for one in context.scores()[1:])}."
    ]
