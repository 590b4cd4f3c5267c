"""The top patterns of a report: those of the newest discovery that explains the run, with what they resemble."""

from typing import Any

import pandas as pd

from lib.attribution import METHODS
from lib.core.alphabet import IUPAC, in_alphabet
from lib.core.errors import UserError
from lib.figures.pattern_logos import consensus, logos
from lib.jobs import attribute, discover
from lib.motifs.discover import BOTH
from lib.motifs.match import THRESHOLD, known_motifs, match
from lib.motifs.pattern import Pattern
from lib.report.context import Context
from lib.report.explained import model_warning
from lib.store import patterns, runs
from lib.store.set_choice import choice_of
from lib.views.blocks import Block, Figure, Group, Paragraph, Table

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
        found = patterns.load(done[0].id)
    except UserError as error:
        return [Paragraph(str(error))]
    choice, both = choice_of(done[0]), done[0].payload["discovery"].get("strands") == BOTH
    dataset = context.dataset
    target, unit = dataset.target_names[choice.target], dataset.target_units[choice.target]
    known = known_motifs(dataset.rbp, dataset.pwms)
    matches = match(found, known, top=3, both=both) if known and found else None
    strands = "both strands" if both else "the given strand only, never with the reverse complement"
    asked = f"{done[0].results.get('n', 0):,} sequences" if done[0].results.get("n") else "sequences"
    method = METHODS.get(choice.method).label
    about = Paragraph(
        f"{len(found)} patterns that TF-MoDISco found in the attributions ({method}) of {asked} for {target}, compared "
        f"on {strands}. No motif was told to it. Best matches are by Tomtom among {len(known):,} motifs of the "
        f"dataset; those with q above {THRESHOLD:g} are not named."
    )
    drawn = [one for sign in (1, -1) for one in [pattern for pattern in found if pattern.sign == sign][:MOST]]
    pictures = Group("many", [_logo(one, matches) for one in drawn])
    warning = model_warning(context.run.id, target=choice.target, head=choice.head)
    return [*warning, about, _table(found, matches, unit), pictures]


def _table(found: list[Pattern], matches: pd.DataFrame | None, unit: str) -> Block:
    mean = f"Mean contribution{f' ({unit})' if unit else ''}"
    head = ("Pattern", "Consensus", "Effect", "Seqlets", mean, "Best matches (q)")
    rows = [
        (
            one.name,
            consensus(one.ppm, rna=True),
            f"{_DOES[one.sign]} the prediction",
            f"{len(one.seqlets):,}",
            f"{one.contribution.sum():+.3f}",
            resembles(one.name, matches),
        )
        for one in found
    ]
    return Table(head, rows, caption=f"All {len(found)} patterns, those with the most seqlets first")


def resembles(name: str, matches: pd.DataFrame | None) -> str:
    """Name the motifs that a pattern resembles, the best first, each with its q value."""
    if matches is None:
        return "the dataset has no RBP table"
    own: Any = matches[(matches["query"] == name) & (matches["q"] <= THRESHOLD)]
    return ", ".join(f"{_motif(str(row.match))} ({row.q:.2g})" for row in own.itertuples()) or "none"


def _motif(name: str) -> str:
    """Write the words of a table in RNA letters, as the patterns are; names of PWMs stay."""
    return in_alphabet(name, rna=True) if set(name) <= set(IUPAC) else name


def _logo(pattern: Pattern, matches: pd.DataFrame | None) -> Block:
    word = consensus(pattern.ppm, rna=True)
    return Figure(
        logos(pattern, rna=True, paper=True),
        alt=f"Logos of pattern {pattern.name}, {word}: mean contribution above the shares of the bases, "
        f"{pattern.width} positions",
        caption=f"Pattern {pattern.name}, {word}: {_DOES[pattern.sign]} the prediction, n = {len(pattern.seqlets):,} "
        f"seqlets. Resembles: {resembles(pattern.name, matches)}.",
    )
