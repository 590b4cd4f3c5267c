"""What a DExTER run found: the words along the sequence, and all variables of each target."""

from lib.figures.dexter_picture import elements_picture
from lib.figures.dexter_words import sentence, table
from lib.figures.files import to_svg
from lib.models.dexter.fitted import FittedDexter
from lib.report.figures import MOST_TARGETS
from lib.report.markup import figure, numbers, text
from lib.report.material import Material
from lib.store import fitted

HEADING = "What DExTER found"


def section(material: Material) -> str:
    """Draw what was found for each target."""
    model = fitted.fitted(material.run.id)
    if not isinstance(model, FittedDexter):
        raise TypeError(type(model))
    names = material.dataset.target_names
    return "".join(
        _target(model, target, name if len(names) > 1 else "", material.dataset.target_units[target])
        for target, name in enumerate(names[:MOST_TARGETS])
    )


def _target(model: FittedDexter, target: int, name: str, unit: str) -> str:
    linear, bins = model.linear[target], model.bins
    unit = f" ({unit})" if unit else ""
    heading = f"<h3>{text(name)}</h3>" if name else ""
    said = f"<p>{text(sentence(linear, bins).replace('**', ''))}</p>"
    picture = figure(
        to_svg(elements_picture(linear.variables, bins, title="Words by region")),
        alt="The words with the largest coefficients as bars over the regions in which they count",
        caption="Each bar spans the region in which the word counts: purple raises, orange lowers the prediction, the "
        f"thicker, the more. Coefficients are for one SD more of the word, in the unit of the target{unit}.",
        below=numbers(table(linear, bins), "words-in-regions.csv", shown=len(linear.variables)),
    )
    return heading + said + picture
