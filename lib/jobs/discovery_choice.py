"""What a discovery looks at unless something else is chosen, and what it refuses before any work: page and command."""

from collections.abc import Mapping
from dataclasses import replace

from lib.attribution import METHODS, list_methods
from lib.attribution.base import explain_refusal
from lib.core.errors import UserError
from lib.core.registry import settings_of
from lib.jobs import attribute
from lib.motifs.discover import Discovery, require_enough
from lib.store import attribution_sets, datasets, fitted, runs
from lib.store.set_choice import SetChoice, rows_of

FEWER: Mapping[str, object] = {"shuffles": 8, "tolerance": 0.2}
"""Settings of methods for many sequences: chance in the references of one sequence averages out over the others."""
USUAL = 2000
"""Sequences that are drawn."""
NO_METHOD = "No attribution method finds motifs in this model. Choose a run of another model."


def suggested_settings(method: str) -> dict[str, object]:
    """Give the settings of a method that suit many sequences, beside its defaults."""
    known = {item.name for item in settings_of(METHODS.get(method))}
    return {name: value for name, value in FEWER.items() if name in known}


def usual_method(run_id: str) -> str:
    """Name the method that finds motifs in a run unless another is chosen.

    Raises
    ------
    UserError
        If the run is no trained model, or no method finds motifs in it.
    """
    attribute.explained(SetChoice(run_id, ""))
    able = list_methods(fitted.load_fitted(run_id), hypothetical=True)
    if not able:
        raise UserError(NO_METHOD)
    return able[0]


def discovery_of(values: Mapping[str, object]) -> Discovery:
    """Make the settings of a discovery from values that may be text.

    Raises
    ------
    UserError
        If there is no such setting, or a value breaks its limits.
    """
    known = {item.name: item for item in settings_of(Discovery)}
    for name in values:
        if name not in known:
            raise UserError(f"A discovery has no setting {name!r}; it has: {', '.join(known)}.")
    return Discovery(**{name: known[name].check(value) for name, value in values.items()})  # type: ignore[arg-type]


def as_kept(choice: SetChoice) -> SetChoice:
    """Write a choice in the one way in which jobs hold it: no number where all sequences are taken.

    Raises
    ------
    UserError
        If the parts are unknown or hold no sequence.
    """
    dataset = datasets.load(runs.get(choice.run).dataset)
    every = len(rows_of(replace(choice, n=0), dataset))
    return replace(choice, n=0) if choice.n >= every else choice


def require_possible(choice: SetChoice, settings: Discovery) -> None:
    """Check before any work that a discovery can be made.

    Raises
    ------
    UserError
        If the run has not finished, the method does not suit the model, or there are too few or too many sequences.
    """
    run = attribute.explained(choice)
    cls = METHODS.get(choice.method)
    choice.method_made()
    model = fitted.load_fitted(run.id)
    able = list_methods(model, hypothetical=True)
    if choice.method not in able:
        why = explain_refusal(cls, model) or (
            f"{cls.label} gives no hypothetical contributions of this model, and TF-MoDISco needs them."
        )
        named = " or ".join(f"{METHODS.get(name).label} ({name})" for name in able)
        raise UserError(f"{why} For motifs choose {named}." if able else f"{why} {NO_METHOD}")
    dataset = datasets.load(run.dataset)
    rows = rows_of(choice, dataset)
    require_enough(len(rows), settings)
    attribution_sets.require_size(dataset, rows)
