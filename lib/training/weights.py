"""What of a network is learned and what is frozen: checkpoints hold the first and know the second by a fingerprint."""

import hashlib
from collections.abc import Mapping

import torch
from torch import Tensor, nn


def learned(network: nn.Module) -> dict[str, Tensor]:
    """Give the parameters that are trained and the buffers by name; tied parameters once."""
    kept = network.state_dict()
    buffers = {name: buffer for name, buffer in network.named_buffers() if name in kept}
    trained = {name: weights.detach() for name, weights in network.named_parameters() if weights.requires_grad}
    return trained | buffers


def copied(network: nn.Module) -> dict[str, Tensor]:
    """Copy what is learned to the memory of the machine."""
    return {name: tensor.detach().to("cpu", copy=True) for name, tensor in learned(network).items()}


def put(network: nn.Module, tensors: Mapping[str, Tensor]) -> None:
    """Put back what ``learned`` gave.

    Raises
    ------
    ValueError
        If the network learns other things.
    """
    own = learned(network)
    if own.keys() != tensors.keys() or any(own[name].shape != tensors[name].shape for name in own):
        odd = ", ".join(sorted(own.keys() ^ tensors.keys())[:5]) or "the shape of some"
        raise ValueError(f"the weights are not those of this network: {odd}")
    network.load_state_dict(dict(tensors), strict=False)


def fingerprint(network: nn.Module) -> str:
    """Tell the frozen parameters by 32 letters, empty where nothing is frozen."""
    frozen = {name: weights for name, weights in network.named_parameters() if not weights.requires_grad}
    if not frozen:
        return ""
    digest = hashlib.blake2b(digest_size=16)
    for name, weights in sorted(frozen.items()):
        digest.update(f"{name} {weights.dtype} {tuple(weights.shape)}\n".encode())
        digest.update(weights.detach().cpu().contiguous().reshape(-1).view(torch.uint8).numpy().data)
    return digest.hexdigest()
