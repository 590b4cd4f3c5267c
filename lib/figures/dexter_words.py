"""What a DExTER run found, in sentences and tables; positions as biologists count, 1 follows the anchor."""

import pandas as pd

from lib.figures.dexter import places, region_text
from lib.models.dexter.bins import Bins
from lib.models.dexter.explore import CHANCE, PARENT, ROOT, Explored, Step
from lib.models.dexter.lasso import Linear, Variable


def sentence(linear: Linear, bins: Bins) -> str:
    """Say how many words in regions predict, and which raise and lower most."""
    kept = [variable for variable in linear.variables if variable.coefficient]
    if not kept:
        return f"None of {len(linear.variables):,} words in regions was kept by the LASSO."

    def said(variable: Variable) -> str:
        where = "anywhere" if variable.cell == bins.whole else f"at {region_text(bins, variable.cell)}"
        return f"**{variable.kmer}** {where}"

    up = sum(variable.coefficient > 0 for variable in kept)
    # A word within another may get the opposite sign of its own correlation, to correct for the longer one.
    clear = sorted(
        (item for item in kept if item.coefficient * item.correlation > 0), key=lambda item: item.coefficient
    )
    most = [f"{said(clear[-1])} raises it most"] if clear and clear[-1].coefficient > 0 else []
    most += [f"{said(clear[0])} lowers it most"] if clear and clear[0].coefficient < 0 else []
    return (
        f"**{len(kept):,} {'words in regions** make' if len(kept) > 1 else 'word in a region** makes'} the prediction: "
        f"{up:,} raise it, {len(kept) - up:,} lower it. {', '.join(most)}{'.' * bool(most)}"
    )


def why(step: Step, steps: tuple[Step, ...], bins: Bins) -> str:
    """Say how a word came to be tried, and why it was kept or refused."""
    where = "Over all positions" if step.cell == bins.whole else f"At {region_text(bins, step.cell)}"
    reached = f"{where} it reaches |ρ| = {abs(step.correlation):.3f}"
    if step.against == ROOT:
        more = len(step.segments) - 1
        also = f" It is clearly better in {more} region{'s' * (more > 1)} (◇)." if more else ""
        return f"{step.kmer} is one of the 16 words that every search begins with. {reached}.{also}"
    parent = steps[step.parent].kmer
    marks = {PARENT: f"to beat {parent}", CHANCE: "to be beyond chance"}
    mark = marks.get(step.against, f"to beat its parts {step.kmer[:-1]} and {step.kmer[1:]} there")
    end = "Kept." if step.accepted else "Refused."
    return f"{step.kmer} was grown from {parent}. {reached}; {step.needed:.3f} was needed {mark}. **{end}**"


def table(linear: Linear, bins: Bins) -> pd.DataFrame:
    """Give all variables, the largest coefficients first; first and last base as biologists count, 1 at the anchor."""
    rows = []
    for variable in sorted(linear.variables, key=lambda variable: -abs(variable.coefficient)):
        low, high = bins.region(variable.cell)
        first, last = places(bins, variable.cell)
        occurrences = variable.mean * (high - low)
        rows.append((variable.kmer, first, last, variable.coefficient, variable.correlation, occurrences))
    return pd.DataFrame(rows, columns=["word", "first nt", "last nt", "coefficient", "Spearman's ρ", "in a sequence"])


def lattice_frame(explored: Explored, word: str, bins: Bins) -> pd.DataFrame:
    """Give the correlation of a word in every region."""
    ends = [places(bins, cell) for cell in bins.cells]
    return pd.DataFrame(
        {
            "word": word,
            "first nt": [first for first, _ in ends],
            "last nt": [last for _, last in ends],
            "bins": [stop - first for first, stop in bins.cells],
            "Spearman's ρ": explored.lattices[word],
        }
    )


def tree_frame(explored: Explored, bins: Bins) -> pd.DataFrame:
    """Give every word that was tried: grown from which, judged where, with what it reached and needed."""
    rows = [
        (
            step.kmer,
            explored.steps[step.parent].kmer if step.parent >= 0 else "",
            *places(bins, step.cell),
            step.correlation,
            step.needed,
            step.against,
            "kept" if step.accepted else "refused",
        )
        for step in explored.steps
    ]
    names = ["word", "grown from", "first nt", "last nt", "Spearman's ρ", "needed", "measured against", "result"]
    return pd.DataFrame(rows, columns=names)
