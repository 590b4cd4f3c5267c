"""What a DExTER run found: the words along the sequence, and all variables of each target."""

from lib.figures.dexter import elements, strongest
from lib.figures.dexter_words import sentence, table
from lib.figures.paper import on_paper
from lib.models.dexter.fitted import FittedDexter
from lib.report.context import Context
from lib.report.figures import MOST_TARGETS
from lib.store import fitted
from lib.views.blocks import Block, Figure, Heading, Numbers, Paragraph

HEADING = "What DExTER found"


def section(context: Context) -> list[Block]:
    """Draw what was found for each target."""
    model = fitted.load_fitted(context.run.id)
    if not isinstance(model, FittedDexter):
        raise TypeError(type(model))
    names = context.dataset.target_names
    return [
        block
        for target, name in enumerate(names[:MOST_TARGETS])
        for block in _target(model, target, name if len(names) > 1 else "", context.dataset.target_units[target])
    ]


def _target(model: FittedDexter, target: int, name: str, unit: str) -> list[Block]:
    linear, bins = model.linear[target], model.bins
    unit = f" ({unit})" if unit else ""
    heading = [Heading(name)] if name else []
    about = Paragraph(sentence(linear, bins).replace("**", ""))
    picture = Figure(
        on_paper(elements(linear.variables, bins), size=(7.0, 1.1 + 0.26 * max(3, len(strongest(linear.variables))))),
        alt="The words with the largest coefficients as bars over the regions in which they count",
        caption="Each bar spans the region in which the word counts: purple raises, orange lowers the prediction, the "
        f"thicker, the more. Coefficients are for one SD more of the word, in the unit of the target{unit}.",
        numbers=Numbers(table(linear, bins), "words-in-regions.csv", shown=len(linear.variables)),
    )
    return [*heading, about, picture]
