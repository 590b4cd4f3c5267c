"""Encoders that ``transformers`` itself implements, from their published files; no code of a checkpoint is ever run.

``config.json`` names the kind of model; ``transformers`` builds it and renames what older versions wrote. The weights
are read here, so that a pickle with code in it is refused, and every key has to fit: nothing is left at random.
"""

import contextlib
import inspect
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

import torch
import transformers
from torch import Tensor, nn
from transformers.models.auto import modeling_auto

from lib.core.errors import UserError
from lib.io.checkpoint_names import BINARY, CONFIG, SAFE, format_value, list_names
from lib.models.nets import mlm_head
from lib.models.nets.checkpoint_files import read_facts, read_numbers, without
from lib.models.nets.esm_layouts import read_lamar_facts
from lib.models.nets.mlm_head import LanguageHead
from lib.models.nets.token_network import embedding_of

if TYPE_CHECKING:
    from transformers import PreTrainedConfig, PreTrainedModel

FILES = (CONFIG, SAFE, BINARY)
PREFIXES = ("bert.", "roberta.", "esm.", "model.", "base_model.", "module.", "encoder_model.")
"""What stands before the keys of an encoder that was saved inside another model."""
COUNTERS = ("position_ids", "token_type_ids")
"""What older versions wrote too; it follows from the sizes."""
UNLEARNED = (*COUNTERS, "inv_freq")
NATIVE = "dnabert-2"
_NATIVE_CODE, _NATIVE_KEY = "bert_layers.", ".mlp.gated_layers."
_APART = ("pooler.", "contact_head.")  # heads that stand within the encoders of transformers


def read_config(folder: Path) -> "PreTrainedConfig":
    """Read what kind of encoder it is and its sizes; those of LAMAR, which comes without, are told by its weights.

    Raises
    ------
    UserError
        If ``config.json`` is missing or damaged, needs code of its own, or tells of no encoder.
    """
    facts = None if (folder / CONFIG).is_file() else read_lamar_facts(folder)
    return config_of(facts or read_facts(folder), name=folder.name)


def config_of(facts: Mapping[str, Any], *, name: str) -> "PreTrainedConfig":
    """Make a configuration of plain values; ``name`` is that of the checkpoint, for messages.

    Raises
    ------
    UserError
        If it needs code of its own, or tells of no encoder.
    """
    kind = facts.get("model_type") or _kind_of(facts.get("architectures"))
    if _NATIVE_CODE in str(facts.get("auto_map", "")):
        raise UserError(
            f"{name} is DNABERT-2, whose published code is never run. Choose the model {NATIVE} instead, which reads "
            "the same files without it."
        )
    if kind not in transformers.CONFIG_MAPPING:
        raise UserError(
            f"{name} is a model of the kind {format_value(kind)}, which only code of its own can compute, and that is "
            "never run. Choose a model that transformers implements, such as BERT, RoBERTa, ESM or ModernBERT, or "
            f"{NATIVE} for DNABERT-2."
        )
    try:
        own = {key: value for key, value in facts.items() if key not in {"auto_map", "torch_dtype", "dtype"}}
        config = transformers.CONFIG_MAPPING[str(kind)].from_dict(own)
    except (TypeError, ValueError, KeyError, AttributeError) as error:
        raise UserError(f"{CONFIG} of {name} cannot be used; copy or download it again.") from error
    if config.is_encoder_decoder or type(config) not in transformers.MODEL_FOR_MASKED_LM_MAPPING:
        raise UserError(
            f"{name} is a model of the kind {format_value(kind)}, which is no encoder. Choose another model."
        )
    return config


def _kind_of(architectures: object) -> str | None:
    """Tell the kind of a model by its class, for older versions of ``transformers`` wrote no ``model_type``."""
    first = architectures[0] if isinstance(architectures, list) and architectures else None
    bare = f"{first.partition('For')[0].removesuffix('Model')}Model" if isinstance(first, str) else None
    return next((kind for kind, name in modeling_auto.MODEL_MAPPING_NAMES.items() if name == bare), None)


def build(config: "PreTrainedConfig") -> "PreTrainedModel":
    """Make an encoder of random weights, without the heads that stand in some."""
    model = transformers.AutoModel.from_config(config, trust_remote_code=False, **_without_pooler(config))  # type: ignore[no-untyped-call]
    return _bare(model)


def load(folder: Path, config: "PreTrainedConfig") -> "PreTrainedModel":
    """Load an encoder in eval mode and float32, without its heads.

    Raises
    ------
    UserError
        If weights are missing, damaged or hold more than numbers, or keys do not fit.
    """
    found = read_numbers(folder)
    if any(_NATIVE_KEY in key for key in found):
        raise UserError(f"{folder.name} holds the weights of DNABERT-2. Choose the model {NATIVE} instead.")
    kind = _class_of(config)
    with torch.device("meta"):
        expected = set(kind(config, **_without_pooler(config)).state_dict())
    weights = _plain(found, expected, name=folder.name)
    try:
        with _quiet():
            model, report = kind.from_pretrained(
                None,
                config=config,
                state_dict=weights,
                dtype=torch.float32,
                output_loading_info=True,
                ignore_mismatched_sizes=True,
                **_without_pooler(config),
            )
    except (RuntimeError, ValueError, TypeError, KeyError) as error:
        raise UserError(
            f"The checkpoint {folder.name} cannot be put into a model ({format_value(str(error))})."
        ) from error
    _require_whole(model, report, folder)
    encoder = _bare(model)
    encoder.float().eval()  # type: ignore[no-untyped-call]
    return encoder


def load_head(folder: Path, encoder: nn.Module) -> LanguageHead | None:
    """Load the head of a masked language model, in eval mode; None where the checkpoint has none that is known here.

    Raises
    ------
    UserError
        If the weights cannot be read.
    """
    config: Any = encoder.config  # of transformers, whose kinds say different things
    acts = {getattr(config, name, "gelu") for name in ("hidden_act", "classifier_activation", "activation")}
    if config.model_type not in mlm_head.KINDS or acts != {"gelu"}:
        return None
    eps = getattr(config, "layer_norm_eps", getattr(config, "norm_eps", 1e-12))
    table = embedding_of(encoder).weight.detach()
    return mlm_head.find(read_numbers(folder), table, eps=eps)


def limit(encoder: nn.Module) -> int | None:
    """Count the tokens that an encoder has positions for; None where it knows no end.

    Some count positions from the number of the padding token on, whose place and those before it are then lost.
    """
    for name, module in encoder.named_modules():
        if name.endswith("position_embeddings") and isinstance(module, nn.Embedding):
            return module.num_embeddings - (0 if module.padding_idx is None else module.padding_idx + 1)
    return getattr(encoder.config, "max_position_embeddings", None)


@contextlib.contextmanager
def _quiet() -> Iterator[None]:
    """Let transformers load without a word: what does not fit is said here."""
    verbosity, bars = transformers.logging.get_verbosity(), transformers.logging.is_progress_bar_enabled()
    transformers.logging.set_verbosity_error()  # type: ignore[no-untyped-call]
    transformers.logging.disable_progress_bar()  # type: ignore[no-untyped-call]
    try:
        yield
    finally:
        transformers.logging.set_verbosity(verbosity)
        if bars:
            transformers.logging.enable_progress_bar()  # type: ignore[no-untyped-call]


def _plain(found: Mapping[str, Tensor], expected: set[str], *, name: str) -> dict[str, Tensor]:
    """Take off the prefix that the keys of the encoder have, if any."""
    prefix = next((first for first in PREFIXES if any(first + key in found for key in expected)), "")
    plain = without(prefix, found, name=name) if prefix else dict(found)
    return {key: value for key, value in plain.items() if not key.endswith(COUNTERS)}


def _require_whole(model: "PreTrainedModel", report: Mapping[str, Any], folder: Path) -> None:
    """Refuse what is missing, of another shape, or left over within the encoder."""
    learned = {name for name, _ in model.named_parameters() if not name.startswith(_APART)}
    inside = tuple(f"{name}." for name, _ in model.named_children())
    faults = []
    other = {key: (found, needed) for key, found, needed in report["mismatched_keys"] if key in learned}
    if missing := sorted(set(report["missing_keys"]) & learned - set(other)):
        faults.append(f"lacks {list_names(missing)}")
    if other:
        key, (found, needed) = min(other.items())
        sizes = f"{key} is {' x '.join(map(str, found))}, needed {' x '.join(map(str, needed))}"
        faults.append(f"has other shapes than {CONFIG} says in {list_names(sorted(other))} ({sizes})")
    if extra := sorted(key for key in report["unexpected_keys"] if key.startswith(inside) and _within(key)):
        faults.append(f"has {list_names(extra)}, which this model has not")
    if faults:
        code = (folder / CONFIG).is_file() and read_facts(folder).get("auto_map")
        why = " It was made for code of its own, which is never run." if code else ""
        raise UserError(
            f"The checkpoint {folder.name} {'; it '.join(faults)}.{why} Choose the folder of a whole checkpoint; none "
            "is filled up."
        )


def _within(key: str) -> bool:
    return not key.startswith(_APART) and not key.endswith(UNLEARNED)


def _class_of(config: "PreTrainedConfig") -> Any:
    """Give the class of a model, which transformers types as a class or a pair of classes."""
    return transformers.MODEL_MAPPING[type(config)]


def _without_pooler(config: "PreTrainedConfig") -> dict[str, bool]:
    taken = inspect.signature(_class_of(config).__init__).parameters
    return {"add_pooling_layer": False} if "add_pooling_layer" in taken else {}


def _bare(model: "PreTrainedModel") -> "PreTrainedModel":
    """Drop a head that no state depends on, and let every row of the table of words be learned."""
    if getattr(model, "contact_head", None) is not None:
        model.contact_head = None  # type: ignore[assignment]  # a module may be none
    table = model.get_input_embeddings()
    if isinstance(table, nn.Embedding):
        table.padding_idx = None  # padding is masked; where it has no token of its own this row would be another's
    return model
