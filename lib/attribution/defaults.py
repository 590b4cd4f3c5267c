"""Which method explains a trained model unless another is chosen: the one that finds most of what was planted.

Methods and reference sequences are compared on simulated data of several seeds in
``docs/explanation/attribution.md``, by ``make bench ARGS=references``. Pages, the command line and reports all ask
here.
"""

from lib.attribution.base import METHODS, explain_refusal, reads_tokens
from lib.models.base import Differentiable, Fitted
from lib.tasks.profile import Profiled

ANY_MODEL = "in-silico-mutagenesis"
NUCLEOTIDES, PROFILES, TOKENS, NO_GRADIENTS = ANY_MODEL, "deep-lift", "occlusion", "feature-ablation"
"""Defaults by what a model reads and predicts."""
MANY = "deep-lift"
"""For motif discovery, which explains many sequences: one pass each, where mutagenesis predicts each mutant."""
DEFAULTS = tuple(dict.fromkeys((NUCLEOTIDES, PROFILES, TOKENS, NO_GRADIENTS)))


def list_methods(fitted: Fitted, *, hypothetical: bool = False) -> list[str]:
    """Name the methods that can explain a trained model, the default first.

    Parameters
    ----------
    hypothetical
        Only those that give hypothetical contributions, which motif discovery needs.
    """
    fit = {name: cls for name, cls in METHODS.all().items() if not explain_refusal(cls, fitted)}
    names = [name for name, cls in fit.items() if not hypothetical or getattr(cls, "has_hypothetical", False)]
    first = (MANY, ANY_MODEL) if hypothetical else (_default(fitted), ANY_MODEL)
    return sorted(names, key=lambda name: first.index(name) if name in first else len(first))


def _default(fitted: Fitted) -> str:
    if reads_tokens(fitted):
        return TOKENS
    if not isinstance(fitted, Differentiable):
        return NO_GRADIENTS
    return PROFILES if isinstance(fitted, Profiled) else NUCLEOTIDES
