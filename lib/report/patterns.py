"""The top patterns of a report: those of the newest discovery that explains the run, with what they resemble."""

from lib.attribution import METHODS
from lib.core.errors import UserError
from lib.figures.pattern_logos import consensus, logos
from lib.jobs import attribute, discover
from lib.motifs.match import THRESHOLD
from lib.motifs.pattern import Pattern
from lib.report.context import Context
from lib.report.explained import model_warning
from lib.store import patterns, runs
from lib.views.blocks import Block, Figure, Group, Paragraph, Table
from lib.views.patterns import PatternView, describe_matches

MOST = 8
"""Patterns of each sign whose logos are drawn; the table has all."""
NONE = "No motif discovery has been done for this run. Start one on the Motifs page; its patterns then stand here."
_DOES = {1: "raises", -1: "lowers"}


def section(context: Context) -> list[Block]:
    """Show the patterns; nothing where no discovery of the run has finished."""
    done = [job for job in attribute.list_jobs(context.run.id, discover.KIND) if job.state == runs.FINISHED]
    if not done:
        return []
    try:
        view = PatternView(context.run, context.dataset, done[0], tuple(patterns.load(done[0].id)), rna=True)
    except UserError as error:
        return [Paragraph(str(error))]
    strands = "both strands" if view.both_strands else "the given strand only, never with the reverse complement"
    asked = f"{done[0].results.get('n', 0):,} sequences" if done[0].results.get("n") else "sequences"
    about = Paragraph(
        f"{len(view.patterns)} patterns that TF-MoDISco found in the attributions "
        f"({METHODS.get(view.choice.method).label}) of {asked} for {view.target_name}, compared on {strands}. No motif "
        f"was told to it. Best matches are by Tomtom among {len(view.known):,} motifs of the dataset; those with q "
        f"above {THRESHOLD:g} are not named."
    )
    drawn = [one for sign in (1, -1) for one in [pattern for pattern in view.patterns if pattern.sign == sign][:MOST]]
    pictures = Group("many", [_logo(view, one) for one in drawn])
    warning = model_warning(context.run.id, target=view.choice.target, head=view.choice.head)
    return [*warning, about, _table(view), pictures]


def _table(view: PatternView) -> Block:
    mean = f"Mean contribution{f' ({view.unit})' if view.unit else ''}"
    head = ("Pattern", "Consensus", "Effect", "Seqlets", mean, "Best matches (q)")
    rows = [
        (
            one.name,
            consensus(one.ppm, rna=True),
            f"{_DOES[one.sign]} the prediction",
            f"{len(one.seqlets):,}",
            f"{one.contribution.sum():+.3f}",
            describe_matches(view, one.name),
        )
        for one in view.patterns
    ]
    return Table(head, rows, caption=f"All {len(view.patterns)} patterns, those with the most seqlets first")


def _logo(view: PatternView, pattern: Pattern) -> Block:
    word = consensus(pattern.ppm, rna=True)
    return Figure(
        logos(pattern, rna=True, paper=True),
        alt=f"Logos of pattern {pattern.name}, {word}: mean contribution above the shares of the bases, "
        f"{pattern.width} positions",
        caption=f"Pattern {pattern.name}, {word}: {_DOES[pattern.sign]} the prediction, n = {len(pattern.seqlets):,} "
        f"seqlets. Resembles: {describe_matches(view, pattern.name)}.",
    )
