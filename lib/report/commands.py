"""The command lines that repeat a run."""

import shlex
from collections.abc import Mapping, Sequence
from itertools import chain
from typing import TYPE_CHECKING, Any

from lib.core.registry import Value
from lib.core.spec import Choice
from lib.datasets import presplit
from lib.datasets.splits import SplitChoice
from lib.datasets.targets import column_targets
from lib.io.decisions import Reading
from lib.io.times import read_times

if TYPE_CHECKING:  # what is told of a run draws pictures, which the command line need not load
    from lib.report.context import Context

PROGRAM = "motiflens"


def importing(context: "Context") -> str:
    """Give the command that makes the dataset again from its files, which lie in the current folder."""
    dataset = context.dataset
    facts: dict[str, Any] = dict(dataset.facts)
    split = dict(facts.get("split", {}))
    kind = f"column={split['column']}" if split.get("kind") == "column" else str(split.get("kind", "random"))
    by = ["--split", kind, "--seed", str(split.get("seed", 0))]
    for part in ("validation", "test"):
        by += [f"--{part}", ",".join(split[part])] if split.get(part) else []
    if dataset.simulated and facts.get("truth"):
        return shlex.join([PROGRAM, "demo", *(["--profiles"] if dataset.profiles is not None else []), *by])
    if dataset.profiles is not None:
        return shlex.join([PROGRAM, "import", "--name", context.row.name, *_profiles(facts), *by])
    files = {name: item.get("name", "") for name, item in dict(facts.get("files", {})).items()}
    line = [PROGRAM, "import", "--name", context.row.name]
    three = presplit.names(files.get("expression", ""))
    if three:  # which bring sequences and split too
        files, by = {name: file for name, file in files.items() if name == "rbp"}, by[2:]
        line += ["--parts", *three]
    for name in ("expression", "sequences", "rbp"):
        if name in files:
            line += [f"--{name}", files[name]]
    said = dict(facts.get("reading", {}))
    if "rbp" in files and dict(facts.get("rbp", {})).get("rbp_column"):
        said["rbp_column"] = facts["rbp"]["rbp_column"]
    line += _read_as(said)
    line.append("--counts" if dict(facts.get("normalisation", {})).get("counts") else "--logs")
    if facts.get("ambiguity") == "reject":
        line += ["--ambiguity", "reject"]
    if dataset.times and not _names_tell_times(dataset.value_names, dataset.times, said):
        line += ["--times", ",".join(f"{hour:g}" for hour in dataset.times)]
    shares = split.get("fractions")
    if shares and not three and shares != list(SplitChoice().fractions):
        by += ["--shares", ",".join(f"{share:g}" for share in shares)]
    return shlex.join([*line, *_target(dict(facts.get("target", {}))), *by])


def _read_as(said: Mapping[str, Any]) -> list[str]:
    """Give the options that say again how files were read."""
    words = [(f"--{key.replace('_', '-')}", str(value)) for key, value in said.items() if key != "excluded_ok"]
    return [*chain.from_iterable(words), *(["--excluded-ok"] if said.get("excluded_ok") else [])]


def _names_tell_times(names: Sequence[str], times: Sequence[float], said: Mapping[str, Any]) -> bool:
    """Say whether the times of value columns follow from their names, as they were read."""
    unit = Reading(time_unit=said.get("time_unit"), columns=said.get("columns"))
    return bool(said.get("columns")) or [one.hours for one in read_times(names, unit).names] == list(times)


def _profiles(facts: dict[str, Any]) -> list[str]:
    """Give the options that bring the same profiles again."""
    files = {kind: item["name"] for kind, item in facts["files"].items()}
    made = facts["windows"]
    said = {key: value for key, value in made.get("reading", {}).items() if key in _READ}
    read = _read_as(said | {"excluded_ok": _has_consent(facts)})
    line = [*read, "--least", str(facts["target"]["least"])]
    if made["form"] == "tif-seq":
        chosen = made["choice"]
        line = [*read, "--tif-seq", files["isoforms"], "--genome", files["genome"], "--ends", chosen["end"][1:]]
        line += ["--conditions", ",".join(chosen["conditions"]), "--window", str(chosen["length"])]
        return [*line, "--least", str(chosen["least"])]
    if made["form"] == "bigwig":
        brought = made["files"]
        line += ["--bed", files["bed"], "--genome", files["genome"], "--bigwig", *(item["name"] for item in brought)]
        line += ["--track", *(f"{i['name']}={i['track']}:{i['replicate']}:{i['strand']}" for i in brought)]
        line += ["--window", str(made["resized"])] if made["resized"] else []
        return line + (["--both-strands"] if made["both"] else [])
    tracks = [
        f"{item['name']}={item['track']}" + (f":{item['replicate']}" if item["replicate"] else "")
        for item in facts["columns"]["values"]
    ]
    layout = [f"{kind}={column}" for kind, column in made["layout"].items() if kind != "profiles"]
    return [*line, "--profiles", files["profiles"], "--track", *tracks, "--layout", *layout]


_READ = ("sheet", "header_line", "decimal", "strand_column", "centre", "coordinates")
"""What may have been said about how files of profiles are read."""


def _has_consent(facts: dict[str, Any]) -> bool:
    """Tell whether somebody agreed to lose more than a fifth of a file."""
    return any(decision["option"] == "excluded_ok" for decision in facts.get("decisions", []))


def _target(chosen: dict[str, Any]) -> list[str]:
    kind = str(chosen.get("kind", "difference"))
    if kind in ("column", "class", *column_targets()):
        positive = ["--positive", chosen["positive"]] if chosen.get("positive") else []
        return ["--target", f"{kind}={chosen['column']}", *positive]
    line = ["--target", kind]
    if kind == "difference":
        line += ["--from", f"{chosen['start']:g}h", "--to", f"{chosen['end']:g}h"]
    if chosen.get("divisor", 1.0) != 1.0:
        line += ["--divide-by", f"{chosen['divisor']:g}"]
    return line + (["--per-hour"] if chosen.get("per_hour") else [])


def training(context: "Context") -> str:
    """Give the command that trains the run again, with every setting and the same seed."""
    return shlex.join([PROGRAM, *training_arguments(context)])


def training_arguments(context: "Context") -> list[str]:
    """Give what stands after ``motiflens`` to train the run again; an ensemble is made of its members."""
    run, spec = context.run, context.run.spec
    if "members" in run.payload:
        return ["ensemble", "--runs", ",".join(run.payload["members"]), "--wait"]
    line = ["train", "--dataset", spec.dataset, "--model", spec.model.name, *_settings("--set", spec.model)]
    if spec.tokenizer is not None:
        line += ["--tokenizer", spec.tokenizer.name, *_settings("--tokenizer-set", spec.tokenizer)]
    if run.payload.get("rbp"):
        line += ["--rbp", "rbp.csv"]
    return [*line, "--seed", str(spec.seed), "--wait"]


def _settings(option: str, choice: Choice) -> Sequence[str]:
    pairs = [f"{name}={write_value(value)}" for name, value in choice.settings.items()]
    return [option, *pairs] if pairs else []


def write_value(value: Value) -> str:
    """Write a setting as the command line reads it."""
    return str(value).lower() if isinstance(value, bool) else str(value)
