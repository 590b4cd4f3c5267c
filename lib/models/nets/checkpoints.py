"""Checkpoints of DNABERT-2 as they are published: ``config.json``, weights, ``tokenizer.json``.

The weights are ``model.safetensors``, or ``pytorch_model.bin`` read without running anything that is in it. Their keys
may begin with ``bert.``; those of a head are read by ``load_head``. A key that is missing, unexpected or of another
shape is an error that names it: nothing is ever left at random.
"""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import torch
from torch import Tensor, nn

from lib.core.errors import UserError
from lib.io.checkpoint_names import BINARY, CONFIG, SAFE, format_value, list_names
from lib.models.nets import mlm_head
from lib.models.nets.checkpoint_files import read_facts, read_numbers, without
from lib.models.nets.mlm_head import LanguageHead
from lib.models.nets.mosaic import PAD, MosaicConfig, MosaicEncoder
from lib.tokenizers import dnabert_2

FILES = (CONFIG, SAFE, BINARY, dnabert_2.FILE)
PREFIX = "bert."
HEADS = ("cls.", "classifier.")
UNLEARNED = ("embeddings.position_ids", "embeddings.token_type_ids", "encoder.alibi")
"""Counters and distances that older versions wrote too; they follow from the sizes."""

SIZES = {
    "vocab_size": 10**7,
    "hidden_size": 10**5,
    "num_hidden_layers": 10**3,
    "num_attention_heads": 10**4,
    "intermediate_size": 10**6,
}


def load_encoder(folder: Path, *, pooler: bool = False) -> MosaicEncoder:
    """Load an encoder in eval mode; ``pooler`` refuses a checkpoint without one.

    Raises
    ------
    UserError
        If the checkpoint cannot be read or does not fit.
    """
    config, weights = read_config(folder), read_weights(folder)
    own = {key: value for key, value in weights.items() if not key.startswith(HEADS) and key not in UNLEARNED}
    pooled = pooler or any(key.startswith("pooler.") for key in own)
    with torch.device("meta"):
        encoder = MosaicEncoder(config, pooler=pooled)
    fill(encoder, own, name=f"The checkpoint {folder.name}")
    return encoder.eval()


def load_head(folder: Path, encoder: MosaicEncoder) -> LanguageHead | None:
    """Load the head that names hidden tokens, in eval mode; None where the checkpoint has none, or not the whole of it.

    Raises
    ------
    UserError
        If the weights cannot be read.
    """
    table = encoder.get_input_embeddings().weight.detach()
    return mlm_head.find(read_weights(folder), table, eps=encoder.config.layer_norm_eps)


def read_config(folder: Path) -> MosaicConfig:
    """Read the sizes of an encoder; what it pads with is read from ``tokenizer.json``, if that is there.

    Raises
    ------
    UserError
        If the file is missing or damaged, or tells of another kind of model.
    """
    facts = read_facts(folder)
    for name, most in SIZES.items():
        value = facts.get(name)
        if not isinstance(value, int) or isinstance(value, bool) or not 0 < value <= most:
            raise _refuse(f"{name} is {format_value(value)}, needed a whole number from 1 to {most:,}")
    if facts["hidden_size"] % facts["num_attention_heads"]:
        raise _refuse(f"{facts['num_attention_heads']} heads do not divide {facts['hidden_size']} numbers")
    if (activation := facts.get("hidden_act", "gelu")) != "gelu":
        raise _refuse(f"hidden_act is {format_value(activation)}, needed 'gelu'")
    types = facts.get("type_vocab_size", 2)
    if not isinstance(types, int) or not 0 < types <= SIZES["vocab_size"]:
        raise _refuse(f"type_vocab_size is {format_value(types)}, needed a whole number from 1")
    return MosaicConfig(
        **{name: facts[name] for name in SIZES},
        type_vocab_size=types,
        layer_norm_eps=_share(facts, "layer_norm_eps", 1e-12),
        hidden_dropout_prob=_share(facts, "hidden_dropout_prob", 0.1),
        attention_probs_dropout_prob=_share(facts, "attention_probs_dropout_prob", 0.0),
        pad_token_id=_pad(folder, facts["vocab_size"]),
    )


def read_weights(folder: Path) -> dict[str, Tensor]:
    """Read all numbers of a checkpoint by their keys, without the prefix ``bert.``; safetensors is taken first.

    Raises
    ------
    UserError
        If there is none, it is damaged, or it holds anything but numbers, such as code.
    """
    return without(PREFIX, read_numbers(folder), name=folder.name)


def fill(module: nn.Module, weights: Mapping[str, Tensor], *, name: str) -> None:
    """Put weights into a module, which may lie on the meta device, as float32; every key must fit.

    Parameters
    ----------
    name
        What is loaded, for messages.

    Raises
    ------
    UserError
        If keys are missing, unexpected or of other shapes; all kinds are told at once, the module is left as it was.
    """
    require_fit(weights, module.state_dict(), name=name)
    module.to_empty(device="cpu").float().load_state_dict(dict(weights))


def require_fit(weights: Mapping[str, Tensor], needed: Mapping[str, Tensor], *, name: str) -> None:
    """Refuse weights that are not those that are needed: every key, in its shape, and no other.

    Raises
    ------
    UserError
        As for ``fill``.
    """
    faults = []
    if missing := [key for key in needed if key not in weights]:
        faults.append(f"lacks {list_names(missing)}")
    if unexpected := [key for key in weights if key not in needed]:
        faults.append(f"has {list_names(unexpected)}, which this model has not")
    both = [key for key in needed if key in weights]
    if wrong := [key for key in both if weights[key].shape != needed[key].shape]:
        shapes = f"{wrong[0]} is {_size(weights[wrong[0]])}, needed {_size(needed[wrong[0]])}"
        faults.append(f"has other shapes than {CONFIG} says in {list_names(wrong)} ({shapes})")
    if odd := [key for key in both if not weights[key].is_floating_point() or weights[key].layout != torch.strided]:
        faults.append(f"holds something else than plain decimal numbers in {list_names(odd)}")
    if faults:
        raise UserError(f"{name} {'; it '.join(faults)}. Choose the folder of a whole checkpoint; none is filled up.")


def _share(facts: Mapping[str, Any], name: str, usual: float) -> float:
    value = facts.get(name, usual)
    if not isinstance(value, int | float) or not 0 <= value < 1:
        raise _refuse(f"{name} is {format_value(value)}, needed a number from 0 to below 1")
    return float(value)


def _pad(folder: Path, vocabulary: int) -> int:
    """Ask the tokenizer what it pads with: the published config.json is silent, and a default of 0 is the unknown."""
    path = folder / dnabert_2.FILE
    if not path.is_file():
        return PAD
    try:
        known, _ = dnabert_2.read(path.read_text(encoding="utf-8"), name=dnabert_2.FILE)
    except (OSError, UnicodeDecodeError) as error:
        raise UserError(f"{dnabert_2.FILE} of {folder.name} cannot be read; copy or download it again.") from error
    if len(known.pieces) > vocabulary:
        raise _refuse(f"vocab_size is {vocabulary:,}, but {dnabert_2.FILE} has {len(known.pieces):,} tokens")
    return known.special["pad"]


def _refuse(found: str) -> UserError:
    return UserError(f"{CONFIG} is not that of a model like DNABERT-2: {found}. Choose another checkpoint.")


def _size(tensor: Tensor) -> str:
    return " x ".join(map(str, tensor.shape)) or "one number"
