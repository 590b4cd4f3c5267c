"""Adapters of LoRA as ``peft`` publishes them: ``adapter_config.json`` and ``adapter_model.safetensors``.

The first names the base model, whose weights lie elsewhere.
The adapter is added to the weights of its base by ``peft`` (Hu et al. 2022, arXiv:2106.09685; DoRA, Liu et al. 2024,
arXiv:2402.09353), so that a plain encoder is left. What changes a model in another way is refused, and so is a key
that has no place in the encoder; those of a head are left out, as they are of any checkpoint.
"""

import math
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from lib.core.errors import UserError
from lib.io import hub
from lib.io.checkpoint_names import (
    ADAPTER,
    ADAPTER_BINARY,
    ADAPTER_CONFIG,
    BINARY,
    BINARY_INDEX,
    CONFIG,
    SAFE,
    SAFE_INDEX,
    format_value,
    list_names,
    read_object,
)

if TYPE_CHECKING:
    from torch import Tensor, nn

MERGED = "Merge the adapter into its base by merge_and_unload of peft, save that, and choose its folder."
PREFIX = "base_model.model."
_PART = re.compile(
    r"(?P<module>.+)\.(?P<part>lora_A|lora_B|lora_embedding_A|lora_embedding_B|lora_magnitude_vector)"
    r"(?:\.default)?(?P<end>\.weight|\.bias)?"
)
_PLAIN = re.compile(r"[\w.]+")
_INITIAL = (True, False, "gaussian", "eva", "orthogonal")
"""Ways to begin that leave the weights of the base as they are; others publish an adapter of changed ones."""
_HARMLESS = frozenset({
    "peft_type", "base_model_name_or_path", "revision", "task_type", "inference_mode", "auto_mapping", "peft_version",
    "r", "lora_alpha", "target_modules", "exclude_modules", "lora_dropout", "fan_in_fan_out", "bias", "use_rslora",
    "use_dora", "modules_to_save", "init_lora_weights", "layers_to_transform", "layers_pattern", "rank_pattern",
    "alpha_pattern", "loftq_config", "eva_config", "lora_bias", "ensure_weight_tying", "qalora_group_size",
    "megatron_core", "runtime_config",
})  # fmt: skip
"""What an adapter may say: sizes, which are read from its weights, and what matters for its training alone."""


@dataclass(frozen=True)
class Adapter:
    """What ``adapter_config.json`` says.

    Parameters
    ----------
    folder
        Where it lies.
    base
        Name of its base model: a folder, or ``owner/name`` on the hub, with ``@revision`` if one is named.
    facts
        All that it says.
    """

    folder: Path
    base: str
    facts: Mapping[str, Any]


def is_adapter(folder: Path) -> bool:
    """Tell whether a folder holds an adapter and no whole model.

    Raises
    ------
    UserError
        If it holds both, so that nobody can tell which is meant.
    """
    if not (folder / ADAPTER_CONFIG).is_file():
        return False
    whole = [name for name in (SAFE, SAFE_INDEX, BINARY, BINARY_INDEX) if (folder / name).is_file()]
    if whole and any((folder / name).is_file() for name in (ADAPTER, ADAPTER_BINARY)):
        raise UserError(
            f"{folder.name} holds a whole model ({whole[0]}) and an adapter ({ADAPTER_CONFIG}). Remove one of the two."
        )
    return not whole


def read_adapter(folder: Path) -> Adapter:
    """Read what an adapter says of itself.

    Raises
    ------
    UserError
        If it is damaged, another kind of adapter than LoRA, or changes its base in a way that is not known here.
    """
    facts = read_object(folder, ADAPTER_CONFIG)
    if facts.get("peft_type") != "LORA":
        kind = format_value(facts.get("peft_type"))
        raise UserError(f"{folder.name} is an adapter of the kind {kind}, not LoRA. {MERGED}")
    if (begun := facts.get("init_lora_weights", True)) not in _INITIAL:
        raise UserError(
            f"{folder.name} began with changed weights of its base (init_lora_weights is {format_value(begun)}), which "
            f"are not in it. {MERGED}"
        )
    if other := sorted(key for key, value in facts.items() if value and key not in _HARMLESS):
        unknown = ", ".join(map(format_value, other[:4]))
        raise UserError(f"The adapter {folder.name} says {unknown}, unknown here. {MERGED}")
    base, revision = facts.get("base_model_name_or_path"), facts.get("revision")
    base = base.strip() if isinstance(base, str) else ""
    if isinstance(revision, str) and revision and hub.is_name(base) and "@" not in base:
        base = f"{base}@{revision}"
    return Adapter(folder, base, facts)


def base_of(adapter: Adapter, given: str, *, files: Sequence[str], pinned: Mapping[str, str]) -> tuple[str, Path]:
    """Find the base model of an adapter: what it is called and its folder.

    Parameters
    ----------
    given
        Folder or name on the hub that was chosen; empty takes what the adapter names.
    files, pinned
        As for ``hub.folder_of``.

    Raises
    ------
    UserError
        If it cannot be had, or is an adapter itself.
    """
    name, folder = given or adapter.base, near(adapter, given)
    if folder is None:
        remedy = (
            "Choose the folder of its base model, or owner/name on the hub, by the setting base; or merge the adapter "
            "into its base by merge_and_unload of peft and choose that folder."
        )
        about = f"{adapter.folder.name} is an adapter of LoRA and not a whole model; its base model is "
        about += f"{format_value(adapter.base)}" if adapter.base else "not named in it"
        if not hub.is_name(name):
            missing = f", and there is no folder {format_value(name)}. " if name else ". "
            raise UserError(about + missing + remedy)
        try:
            folder = hub.folder_of(name, files=files, pinned=pinned)
        except UserError as error:
            raise UserError(f"{about}. {error} {remedy}") from error
    if is_adapter(folder):
        raise UserError(f"{name} is an adapter itself, and an adapter of an adapter is not read. {MERGED}")
    return name, folder


def near(adapter: Adapter, given: str) -> Path | None:
    """Give the folder of the base model that was chosen, or that the adapter names, if it is on this machine.

    A relative one that the adapter names is looked for in its own folder and beside it.
    """
    name, place = given or adapter.base, Path(given or adapter.base).expanduser()
    places = [place] if given or place.is_absolute() else [adapter.folder / place, adapter.folder.parent / place]
    return next((one for one in places if name and _is_folder(one)), None)


def _is_folder(place: Path) -> bool:
    try:
        return place.is_dir()
    except OSError:  # a name that is too long
        return False


def apply(encoder: "nn.Module", adapter: Adapter, prefixes: Sequence[str]) -> None:
    """Add an adapter to the weights of an encoder.

    Parameters
    ----------
    encoder
        The encoder of the base model, float32.
    adapter
        The adapter.
    prefixes
        What may stand before the keys of an encoder that was saved inside another model.

    Raises
    ------
    UserError
        If its weights are missing, damaged, or do not fit the encoder.
    """
    from lib.models.nets.checkpoint_files import read_adapter_numbers

    found = read_adapter_numbers(adapter.folder)
    if odd := [key for key in found if not key.startswith(PREFIX)]:
        raise UserError(f"The adapter {adapter.folder.name} holds {list_names(odd)}, no weights of peft. {MERGED}")
    found = {key.removeprefix(PREFIX): value.float() for key, value in found.items()}
    modules = {name for name, _ in encoder.named_modules()}
    matches = {
        first: sum(
            bool((part := _PART.fullmatch(key)) and part["module"].removeprefix(first) in modules)
            for key in found
            if key.startswith(first)
        )
        for first in ("", *prefixes)
    }
    prefix = max(matches, key=lambda first: matches[first])
    inside = {key.removeprefix(prefix): value for key, value in found.items() if key.startswith(prefix)}
    inside = {key: value for key, value in inside.items() if not key.startswith(("pooler.", "contact_head."))}
    if not matches[prefix]:
        raise UserError(
            f"The adapter {adapter.folder.name} changes none of the layers of its base: it has {list_names(found)}. "
            "Choose the base model that it was made for by the setting base."
        )
    parts = {key: part for key in inside if (part := _PART.fullmatch(key))}
    _replace(encoder, {key: value for key, value in inside.items() if key not in parts}, adapter)
    _add(encoder, {key: (part, inside[key]) for key, part in parts.items()}, adapter, prefix)


def _replace(encoder: "nn.Module", found: Mapping[str, "Tensor"], adapter: Adapter) -> None:
    """Put whole weights, such as biases, in the place of those of the base."""
    plain = {key.replace(".base_layer.", "."): value for key, value in found.items()}
    own = encoder.state_dict()
    _require(plain, {key: own[key] for key in plain if key in own}, adapter)
    encoder.load_state_dict(plain, strict=False)


def _add(
    encoder: "nn.Module", found: Mapping[str, tuple[re.Match[str], "Tensor"]], adapter: Adapter, prefix: str
) -> None:
    """Put matrices of low rank beside the layers of the encoder, and add them to its weights."""
    from peft import LoraConfig, inject_adapter_in_model

    from lib.models.nets.adaptation import merge

    first = [(part["module"], value) for part, value in found.values() if part["part"].endswith("_A")]
    ranks = {module: value.shape[0] for module, value in first if value.ndim}
    layers = {name for name, _ in encoder.named_modules()}
    if lost := sorted({part["module"] for part, _ in found.values()} - (layers & set(ranks))):
        raise _unfit(adapter, lost)
    alphas = {re.escape(name): _alpha(adapter, prefix + name) for name in ranks}
    learned = {name for name, weights in encoder.named_parameters() if weights.requires_grad}
    try:
        config = LoraConfig(
            target_modules=sorted(ranks),
            rank_pattern={re.escape(name): rank for name, rank in ranks.items()},
            alpha_pattern=alphas,
            use_rslora=bool(adapter.facts.get("use_rslora")),
            use_dora=bool(adapter.facts.get("use_dora")),
            lora_bias=bool(adapter.facts.get("lora_bias")),
            bias="none",
        )
        inject_adapter_in_model(config, encoder)
    except (ValueError, NotImplementedError, RuntimeError, TypeError) as error:
        raise _unfit(adapter, sorted(ranks)) from error
    weights = {f"{part['module']}.{part['part']}.default{part['end'] or ''}": value for part, value in found.values()}
    weights = {_spelt(key): value for key, value in weights.items()}
    _require(
        weights, {key: value for key, value in encoder.state_dict().items() if ".lora_" in key}, adapter, whole=True
    )
    encoder.load_state_dict(weights, strict=False)
    merge(encoder)
    vars(encoder).pop("peft_config", None)  # the next adapter would count as one of several
    for name, parameter in encoder.named_parameters():
        parameter.requires_grad_(name in learned)


def _spelt(key: str) -> str:
    """Name the length of DoRA as peft does today; it stood without its ending."""
    return f"{key}.weight" if key.endswith("lora_magnitude_vector.default") else key


def _alpha(adapter: Adapter, module: str) -> float:
    """Give the scale of a layer, times its rank: that of its own where a pattern names it.

    Raises
    ------
    UserError
        If it is no number, or a pattern is more than the name of layers.
    """
    patterns = adapter.facts.get("alpha_pattern") or {}
    if not isinstance(patterns, dict) or not all(_PLAIN.fullmatch(name) for name in patterns):
        raise UserError(f"The adapter {adapter.folder.name} scales layers by patterns of names. {MERGED}")
    own = (value for name, value in patterns.items() if f".{module}".endswith(f".{name}"))
    alpha = next(own, adapter.facts.get("lora_alpha", 8))
    if isinstance(alpha, bool) or not isinstance(alpha, int | float) or not math.isfinite(alpha):
        raise UserError(f"lora_alpha in {ADAPTER_CONFIG} of {adapter.folder.name} is no number. Download it again.")
    return alpha


def _require(
    found: Mapping[str, "Tensor"], needed: Mapping[str, "Tensor"], adapter: Adapter, *, whole: bool = False
) -> None:
    """Check that weights have their places, and with ``whole`` that no place stays without."""
    wrong = [key for key in found if key not in needed or needed[key].shape != found[key].shape]
    if wrong or (whole and len(found) < len(needed)):
        raise _unfit(adapter, wrong or [key for key in needed if key not in found])


def _unfit(adapter: Adapter, keys: Sequence[str]) -> UserError:
    base = adapter.base or "another model"
    return UserError(
        f"The adapter {adapter.folder.name} does not fit its base in {list_names(keys)}; it was made for {base}. "
        f"Choose that by the setting base, with the {CONFIG} that belongs to it."
    )
