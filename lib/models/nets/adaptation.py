"""Which weights of a pretrained encoder are learned: all, none, its top layers, or adapters of low rank beside them.

LoRA (Hu et al. 2022, arXiv:2106.09685) is done by ``peft``: the layers that are adapted are found by name, their own
weights stay as they are, and after the training the adapters are added to them, so that what is saved is a plain
encoder.
"""

from collections.abc import Callable
from dataclasses import dataclass

import torch
from torch import nn

from lib.core.errors import UserError

FULL, FROZEN, LORA, TOP = "full", "frozen", "lora", "top layers"
WAYS = (FULL, FROZEN, LORA, TOP)
ATTENTION, ALL = "attention", "all"
PROJECTIONS = frozenset(
    {
        "Wqkv",
        "Wq",
        "Wk",
        "Wv",
        "query",
        "key",
        "value",
        "q_proj",
        "k_proj",
        "v_proj",
        "q_lin",
        "k_lin",
        "v_lin",
        "qkv",
        "qkv_proj",
        "query_key_value",
        "in_proj",
        "query_proj",
        "key_proj",
        "value_proj",
        "q",
        "k",
        "v",
    }
)
"""What the layers that make queries, keys and values are called in the encoders that there are."""


@dataclass(frozen=True)
class Adaptation:
    """How an encoder is adapted.

    Parameters
    ----------
    way
        ``full``, ``frozen``, ``lora`` or ``top layers``.
    rank, alpha, dropout, targets
        Of LoRA: rank of the adapters; their scale, times the rank; share of their input dropped while training;
        ``attention``, the layers that make queries, keys and values, or ``all`` linear ones.
    top
        Layers that are learned, counted from the last.
    """

    way: str
    rank: int = 8
    alpha: float = 16.0
    dropout: float = 0.05
    targets: str = ATTENTION
    top: int = 2


def adapt(encoder: nn.Module, how: Adaptation) -> None:
    """Mark what is learned of an encoder, and put adapters into it for LoRA.

    Raises
    ------
    UserError
        If it has no such layers, or not so many.
    """
    if how.way == LORA:
        _insert(encoder, how)
        return
    encoder.requires_grad_(how.way == FULL)
    if how.way == TOP:
        layers = layers_of(encoder)[1]
        if how.top > len(layers):
            raise UserError(f"The encoder has {len(layers)} layers, and {how.top} are to be learned. Learn fewer.")
        for layer in layers[len(layers) - how.top :]:
            layer.requires_grad_()
        for norm in _norms_after(encoder):
            norm.requires_grad_()


def merge(encoder: nn.Module) -> None:
    """Add adapters to the weights beside which they stand, and leave a plain encoder; others stay as they are."""
    from peft.tuners.lora import LoraLayer

    adapted = [(name, module) for name, module in encoder.named_modules() if isinstance(module, LoraLayer)]
    for name, module in adapted:
        module.merge()
        place, _, leaf = name.rpartition(".")
        setattr(encoder.get_submodule(place), leaf, module.get_base_layer())


def counts(module: nn.Module) -> tuple[int, int]:
    """Count the numbers that are learned, and all of them."""
    sizes = [(weights.numel(), weights.requires_grad) for weights in module.parameters()]
    return sum(size for size, learned in sizes if learned), sum(size for size, _ in sizes)


def count_without_memory(build: Callable[[], nn.Module]) -> tuple[int, int]:
    """Count what a network would have, without the memory for it."""
    with torch.device("meta"):
        return counts(build())


def layers_of(encoder: nn.Module) -> tuple[str, nn.ModuleList]:
    """Find the layers of an encoder, all alike, and the name under which they stand.

    Raises
    ------
    UserError
        If there are none.
    """
    lists = [(name, module) for name, module in encoder.named_modules() if isinstance(module, nn.ModuleList)]
    if not lists:
        raise UserError("The encoder has no list of layers, so none can be adapted. Choose the adaptation full.")
    return max(lists, key=lambda pair: sum(weights.numel() for weights in pair[1].parameters()))


def targets_of(encoder: nn.Module, which: str) -> list[str]:
    """Name the linear layers that LoRA adapts, in the order of the encoder.

    Parameters
    ----------
    which
        ``attention``, those that make queries, keys and values, or ``all`` within the layers.

    Raises
    ------
    UserError
        If none is found.
    """
    place, layers = layers_of(encoder)
    linear = [f"{place}.{name}" for name, module in layers.named_modules() if isinstance(module, nn.Linear)]
    found = linear if which == ALL else [name for name in linear if name.rpartition(".")[2] in PROJECTIONS]
    if not found:
        raise UserError(
            "None of the layers of this encoder is called as those that make queries, keys and values usually are. "
            f"Choose {ALL!r} for the layers that LoRA adapts."
        )
    return found


def _insert(encoder: nn.Module, how: Adaptation) -> None:
    from peft import LoraConfig, inject_adapter_in_model

    config = LoraConfig(
        r=how.rank,
        lora_alpha=how.alpha,  # type: ignore[arg-type]  # a number; peft says int, and divides it by the rank
        lora_dropout=how.dropout,
        target_modules=targets_of(encoder, how.targets),
        bias="none",
    )
    encoder.requires_grad_(requires_grad=False)
    inject_adapter_in_model(config, encoder)


def _norms_after(encoder: nn.Module) -> list[nn.Module]:
    """Find the norms that stand neither within the layers nor in the embeddings: those after the last layer."""
    layers = layers_of(encoder)[1]
    inside = {id(module) for module in layers.modules()}
    return [
        module
        for name, module in encoder.named_modules()
        if id(module) not in inside and "norm" in name.rpartition(".")[2].lower() and "embeddings" not in name
    ]
