"""What tells several runs apart: their settings, seeds, data and machines, as a table."""

from collections.abc import Mapping, Sequence
from typing import Any

import pandas as pd

from lib.core.registry import Registry, settings_of
from lib.core.spec import Choice
from lib.models import MODELS
from lib.store.runs import Run
from lib.tokenizers import TOKENIZERS
from lib.ui.widgets.progress_text import duration, where

NOTHING = "–"
SETTING = "Setting"


def table(runs: Sequence[Run], labels: Sequence[str], datasets: Mapping[str, str]) -> pd.DataFrame:
    """Give one row for each fact of K runs and one column for each run, in words.

    Parameters
    ----------
    runs
        (K,) the runs.
    labels
        (K,) names of the columns, no two alike.
    datasets
        Names of the datasets by their ids.
    """
    facts = [_facts(run, datasets) for run in runs]
    names = list(dict.fromkeys(name for one in facts for name in one))
    order = sorted(names, key=lambda name: (_RANK.get(name, 3), names.index(name)))
    columns = {label: [one.get(name, NOTHING) for name in order] for label, one in zip(labels, facts, strict=True)}
    return pd.DataFrame({SETTING: order, **columns})


def differing(frame: pd.DataFrame) -> pd.DataFrame:
    """Keep the rows of ``table`` in which not all runs are the same.

    >>> differing(pd.DataFrame({"Setting": ["Model", "Seed"], "a": ["CNN", "0"], "b": ["CNN", "1"]})).to_dict("list")
    {'Setting': ['Seed'], 'a': ['0'], 'b': ['1']}
    """
    differs = frame.drop(columns=SETTING).nunique(axis=1) > 1
    return frame[differs].reset_index(drop=True)


_RANK = {"Model": 0, "Tokenizer": 1, "Seed": 2, "Dataset": 4, "Split": 4, "Target": 4, "RBP table": 4, "Device": 5}
_RANK |= {"Duration": 6}


def _facts(run: Run, datasets: Mapping[str, str]) -> dict[str, str]:
    spec = run.spec
    tokenizer = spec.tokenizer
    found = {"Model": _label(MODELS, spec.model), "Seed": str(spec.seed)}
    found["Tokenizer"] = _label(TOKENIZERS, tokenizer) if tokenizer else "none"
    found |= _settings(MODELS, spec.model)
    if tokenizer:
        found |= {f"Tokenizer: {name}": value for name, value in _settings(TOKENIZERS, tokenizer).items()}
    if "members" in run.payload:
        about = run.payload.get("about", {})
        found["Members"] = ", ".join(str(about.get(one, {}).get("name", one)) for one in run.payload["members"])
    found["Dataset"] = datasets.get(run.dataset, run.dataset)
    found["Split"] = spec.split[:8]
    if run.payload.get("rbp"):
        found["RBP table"] = str(run.payload["rbp"])[:8]
    found["Device"] = where(run).removeprefix("on ") or NOTHING
    found["Duration"] = duration(run.seconds)
    return found | {f"Version of {name}": str(version) for name, version in spec.versions.items()}


def _label(registry: Registry[Any], choice: Choice) -> str:
    known: Any = registry.all().get(choice.name)
    return str(known.label) if known is not None else choice.name


def _settings(registry: Registry[Any], choice: Choice) -> dict[str, str]:
    """Write every setting that matters, its default where nothing was said; raw where the class is gone."""
    cls = registry.all().get(choice.name)
    if cls is None:
        return {name: _write_value(value) for name, value in choice.settings.items()}
    known = settings_of(cls)
    values = {item.name: choice.settings.get(item.name, item.default) for item in known}
    return {
        item.label + (f" ({item.unit})" if item.unit and f"({item.unit})" not in item.label else ""): _write_value(
            values[item.name]
        )
        for item in known
        if item.matters(values)
    }


def _write_value(value: object) -> str:
    if isinstance(value, bool):
        return "yes" if value else "no"
    return f"{value:g}" if isinstance(value, float) else str(value)
