"""What a report says of any run in words and tables: the data, the split and target, the settings."""

from collections.abc import Mapping
from typing import Any

import numpy as np

from lib.core.registry import Registry, settings_of
from lib.core.spec import Choice
from lib.datasets.leakage import summarise
from lib.models.base import MODELS
from lib.report.context import Context
from lib.store import datasets, rbp_tables
from lib.store.rbp_identity import title_of
from lib.tasks.scores import PART_NAMES
from lib.tokenizers import TOKENIZERS
from lib.views.blocks import Block, Facts, Paragraph, Table

MOST_REASONS = 20
_NORMALISED = {
    "spike-in": "counts scaled by spike-ins, pseudo-count {pseudo}, log2",
    "library size": "counts scaled by library size, pseudo-count {pseudo}, log2",
    "as given": "values taken as logarithms, as given",
}
_TARGETS = {
    "difference": "difference of two time points",
    "decay": "rate of exponential decay after an onset",
    "slope": "slope over time, by least squares",
    "column": "one column of the table",
    "class": "a label in a column of the table",
    "all": "all time points together",
    "profile": "natural logarithm of 1 + the total counts of a window, beside the counts at each base",
}


def data(context: Context) -> list[Block]:
    """Describe the dataset: where it comes from, its hash, its counts, and what was left out."""
    row, dataset = context.row, context.dataset
    join, known = dict(dataset.facts.get("join", {})), dict(dataset.facts.get("files", {}))
    if dataset.tracks:  # windows come from one table, so nothing was joined
        join = {name: join.get(name) for name in ("expression_rows", "identical_duplicates", "conflicting_duplicates")}
    lengths = np.array([len(text) for text in dataset.sequences])
    shown = {
        "Name": row.name,
        "Content hash": dataset.id,
        "Kind": "simulated: made up by MotifLens, no experiment" if dataset.simulated else "",
        "Sequences": f"{len(dataset):,}",
        "Length (nt)": f"{lengths.min():,} to {lengths.max():,}, median {np.median(lengths):,.0f}",
        "Time points (hours)": ", ".join(f"{hour:g}" for hour in sorted(set(dataset.times))),
        "Classes": ", ".join(dataset.classes),
        "Values": "" if dataset.classes else _describe_normalisation(dataset.facts.get("normalisation", {})),
        "Tracks": ", ".join(dataset.tracks),
        "Replicates": ", ".join(dataset.replicates),
        "Rows of the table of windows" if dataset.tracks else "Rows of the expression table": _count(
            join.get("expression_rows")
        ),
        "Rows of the sequences": _count(join.get("sequence_rows")),
        "Matched": _count(join.get("matched")),
        "Only in the expression table": _count(join.get("only_expression")),
        "Only in the sequences": _count(join.get("only_sequences")),
        "Duplicates, identical": _count(join.get("identical_duplicates")),
        "Duplicates, conflicting": _count(join.get("conflicting_duplicates")),
        "Spike-ins set apart": _count(join.get("spike_ins")),
        "Rejected rows": f"{row.rejected:,}",
        "RBP motifs": "none" if dataset.rbp is None and not dataset.pwms else _motifs(context),
        "Frozen": f"{row.created:%Y-%m-%d %H:%M} UTC",
    }
    files = [(kind, item.get("name", ""), item.get("sha256", "")) for kind, item in known.items()]
    made_of = [Table(("File", "Name", "SHA-256"), files, caption="Files it was made of")] if files else []
    return [Facts(shown), *made_of, _list_rejected(context)]


def _count(value: Any) -> str:
    return "" if value is None else f"{int(value):,}"


def _motifs(context: Context) -> str:
    dataset = context.dataset
    parts = [f"{len(dataset.rbp):,} motifs" if dataset.rbp is not None else ""]
    parts += [f"{len(dataset.pwms):,} PWMs" if dataset.pwms else ""]
    return f"{', '.join(filter(None, parts))} ({title_of(dataset)})"


def _describe_normalisation(known: Mapping[str, Any]) -> str:
    if known.get("counts") and known.get("method") == "as given":
        return "counts, as given"
    words = _NORMALISED.get(str(known.get("method", "")), str(known.get("method", "")))
    return words.format(pseudo=known.get("pseudo_count", ""))


def _list_rejected(context: Context) -> Block:
    frame = datasets.read_excluded_rows(context.dataset.id)
    if not len(frame):
        return Paragraph("No row was rejected.")
    counts = frame["reason"].astype(str).value_counts()
    rows = [(f"{number:,}", reason) for reason, number in counts.head(MOST_REASONS).items()]
    more = f", the {MOST_REASONS} most frequent reasons" if len(counts) > MOST_REASONS else ""
    return Table(("Rows", "Reason"), rows, caption=f"{len(frame):,} rows were rejected{more}")


def task(context: Context) -> Block:
    """Describe the target with its unit, and the split."""
    dataset, chosen = context.dataset, dict(context.dataset.facts.get("target", {}))
    split = dict(dataset.facts.get("split", {}))
    names = [
        f"{name} ({unit})" if unit else name
        for name, unit in zip(dataset.target_names, dataset.target_units, strict=True)
    ]
    column = f", column {split['column']}" if split.get("column") else ""
    parts = context.metrics.get("parts", {})
    ceiling = context.ceiling
    return Facts(
        {
            "Target" if len(names) == 1 else f"{len(names)} targets": "; ".join(names),
            "Computed as": _TARGETS.get(str(chosen.get("kind", "")), str(chosen.get("kind", ""))),
            "Task": dataset.task.replace("_", " "),
            "Noise ceiling": f"R² {ceiling[0]:.3f} ({ceiling[1]})" if ceiling else "",
            "Split": f"{split.get('kind', '')}{column}, seed {split.get('seed', 0)}",
            "Split hash": dataset.split_id,
            "Close neighbours and duplicates": summarise(context.leakage),
            "Parts": ", ".join(f"{count:,} {PART_NAMES.get(part, part)}" for part, count in parts.items()),
        }
    )


def settings(context: Context) -> list[Block]:
    """List the model and the tokenizer with every setting, the seed, and the versions."""
    run, spec = context.run, context.run.spec
    device = dict(run.payload.get("device", {}))
    seconds = context.metrics.get("seconds", {})
    about = {
        "Run": f"{run.name} ({run.id})",
        "Model": f"{context.model_label} ({spec.model.name})",
        "Tokenizer": spec.tokenizer.name if spec.tokenizer else "none: the model reads nucleotides",
        "Seed": spec.seed,
        "Trained": f"{run.ended:%Y-%m-%d %H:%M} UTC" if run.ended else "",
        "Seconds": ", ".join(f"{name} {value:.1f}" for name, value in seconds.items()),
        "Device": str(device.get("kind", "")),
        "Members": ", ".join(f"{item['name']} ({name})" for name, item in run.payload.get("about", {}).items()),
        "RBP table": _other_table(str(run.payload.get("rbp", ""))),
    }
    blocks = [Facts(about), *_choice(spec.model, MODELS, "Settings of the model")]
    if spec.tokenizer:
        blocks += _choice(spec.tokenizer, TOKENIZERS, "Settings of the tokenizer")
    return [*blocks, Table(("Package", "Version"), sorted(spec.versions.items()), caption="Versions")]


def _other_table(table_id: str) -> str:
    """Name the RBP table that a run learned from in place of the dataset's own; empty where there is none."""
    if not table_id:
        return ""
    named = next((f"{row.title}, " for row in rbp_tables.all() if row.id == table_id), "")
    return f"{named}another one than the dataset's, in the run's folder as rbp.csv"


def _choice(choice: Choice, registry: Registry[Any], caption: str) -> list[Block]:
    known = {item.name: item for item in settings_of(registry.get(choice.name))}
    rows = []
    for name, value in choice.settings.items():
        item = known.get(name)
        label = f"{item.label} ({name})" if item else name
        changed = "" if item is None or item.default == value else f"default {item.default}"
        rows.append((label, value, changed))
    return [Table(("Setting", "Value", ""), rows, caption=caption)] if rows else []
