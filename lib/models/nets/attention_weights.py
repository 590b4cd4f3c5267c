"""What each token of an encoder attends to, for looking at only.

The fast ways to compute attention never hold its weights. Here they are computed in the plain way, by a copy of the
encoder that shares its weights, so that the encoder itself stays as quick as it is.
"""

import copy

import torch
from torch import Tensor, nn

from lib.models.nets.alibi import alibi
from lib.models.nets.mosaic import MosaicEncoder, SelfAttention, by_head


def attention_weights(encoder: nn.Module, ids: Tensor) -> Tensor | None:
    """Give the weights of the attention of one sequence, (layers, H, T, T): row q adds up to 1 over what q attends to.

    Parameters
    ----------
    encoder
        In eval mode; it is left as it is.
    ids
        (T,) without padding.

    Returns
    -------
    Tensor or None
        None where the encoder has no attention that can be read, or layers with other numbers of heads.
    """
    shared = {id(weights): weights for weights in encoder.parameters()}
    plain = copy.deepcopy(encoder, shared).eval()
    with torch.inference_mode():
        found = _mosaic(plain, ids) if isinstance(plain, MosaicEncoder) else _eager(plain, ids)
    if not found or any(one is None or one.shape != found[0].shape for one in found):
        return None
    return torch.cat(list(found))  # each is (1, H, T, T)


def _eager(encoder: nn.Module, ids: Tensor) -> tuple[Tensor, ...]:
    """Ask an encoder of transformers."""
    try:
        encoder.set_attn_implementation("eager")  # type: ignore[operator]
    except (AttributeError, ValueError):
        return ()
    given = {"input_ids": ids[None], "attention_mask": torch.ones_like(ids)[None]}
    return tuple(encoder(**given, output_attentions=True).attentions or ())


def _mosaic(encoder: MosaicEncoder, ids: Tensor) -> tuple[Tensor, ...]:
    """Watch what the layers of MosaicBERT compute queries and keys from."""
    heads, found = encoder.config.num_attention_heads, []

    def watch(_: nn.Module, __: tuple[Tensor, ...], qkv: Tensor) -> None:
        query, key, _value = by_head(qkv, heads)
        scores = query @ key.transpose(-1, -2) / query.shape[-1] ** 0.5
        found.append((scores + alibi(heads, len(ids), device=ids.device, dtype=scores.dtype)).softmax(dim=-1))

    for module in encoder.modules():
        if isinstance(module, SelfAttention):
            module.Wqkv.register_forward_hook(watch)
    encoder(input_ids=ids[None])
    return tuple(found)
