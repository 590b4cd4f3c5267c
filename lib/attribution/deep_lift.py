"""DeepLIFT with the rescale rule (Shrikumar et al. 2017, arXiv:1704.02685), averaged over references (DeepSHAP).

The multipliers hand the difference between sequence and reference on from layer to layer; scores, hypothetical
contributions and the convergence delta are said in ``lib.attribution.gradient_method``. Where a network is made of
affine layers and of activations that are modules of their own, each used once, Captum's ``DeepLift`` gives them.
Elsewhere that is silently wrong: it has no rule for a nonlinearity that is a function, such as ``relu`` or ``amax``,
for modules such as GELU and layer norm, nor for products, as in attention. Such networks, all that read tokens among
them, go through the rules of ``lib.attribution._deep_lift_rules``, which give the same numbers where Captum is right. A
network with a function that has no rule is refused.
"""

import copy
import warnings
from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING, ClassVar

from lib.attribution.base import METHODS
from lib.attribution.gradient_method import ComparedMethod, Pairs
from lib.attribution.noise import Contributions

if TYPE_CHECKING:
    from torch import Tensor

    from lib.attribution._inputs import Batch
    from lib.attribution._network import Network

_MEMORY = 3.0  # of a pair of sequence and reference, in units of one pass with gradients
_CLOSE = 1e-6  # inputs of a nonlinearity that are closer differ by rounding: its derivative is taken
_ROUNDING = 1e-4  # relative, of the output of an affine network

warnings.filterwarnings("ignore", message="Setting forward, backward hooks", category=UserWarning)


@METHODS.add
@dataclass(frozen=True)
class DeepLift(ComparedMethod):
    """Attribute by handing differences from a reference on through the network."""

    name: ClassVar[str] = "deep-lift"
    label: ClassVar[str] = "DeepLIFT"
    summary: ClassVar[str] = (
        "Hands the difference from a reference sequence on from layer to layer, in one pass for each reference. "
        "The scores add up to the difference of the two predictions."
    )
    rule: ClassVar[str] = (
        "sum over the four channels, or over the embedding, of (sequence - reference) times the DeepLIFT multiplier "
        "(rescale rule)"
    )

    def contributions(self, network: "Network", batch: "Batch") -> Contributions:
        """Give what the mean multipliers between references and sequences come to."""
        captum = batch.ids is None and _suits_captum(network, batch.x)
        multipliers = _ask_captum(network) if captum else partial(_apply_rules, network)
        return self.average_pairs(network, batch, multipliers, each=_MEMORY)


def _suits_captum(network: "Network", x: "Tensor") -> bool:
    """Tell whether only activations that Captum has rules for, each used once, keep a network from being affine.

    With these taken away, f of the middle of two points must lie in the middle of f. Adding up would prove less: with
    zeros as reference, the gradient times the input adds up too wherever a network has no biases.
    """
    import torch
    from torch import nn

    class Straight(nn.Module):
        """Hands on what an activation is given, and counts how often."""

        calls = 0

        def forward(self, hidden: "Tensor") -> "Tensor":
            self.calls += 1
            return hidden

    known = (nn.ReLU, nn.ELU, nn.LeakyReLU, nn.Sigmoid, nn.Tanh, nn.Softplus)
    module = copy.deepcopy(network.module)
    straight: dict[nn.Module, Straight] = {}
    for parent in list(module.modules()):
        for name, child in list(parent.named_children()):
            if type(child) in known:
                setattr(parent, name, straight.setdefault(child, Straight()))
    first, second = torch.randn((2, *x.shape[1:]), generator=torch.Generator().manual_seed(0)).to(x)
    with torch.no_grad():
        values = network.target_of(module, torch.stack([first, second, (first + second) / 2])).double()
    off = values[2] - values[:2].mean()
    return bool(off.abs() <= _ROUNDING * values.abs().max()) and all(one.calls <= 1 for one in straight.values())


def _ask_captum(network: "Network") -> "Callable[[Pairs], Tensor]":
    """Give what Captum's multipliers (P, *S) of pairs are computed by."""
    from captum import attr

    # Captum hangs hooks and states on the modules, and another thread may be using the network.
    captum = attr.DeepLift(copy.deepcopy(network.module), multiply_by_inputs=False, eps=_CLOSE)

    def multipliers(pairs: Pairs) -> "Tensor":
        found: Tensor = captum.attribute(pairs.x.detach().requires_grad_(), pairs.references, target=network.target)
        return found

    return multipliers


def _apply_rules(network: "Network", pairs: Pairs) -> "Tensor":
    """Give the multipliers (P, *S) of pairs by our own rules."""
    import torch

    from lib.attribution._deep_lift_rules import Rescale

    ids = None if pairs.ids is None else torch.cat([pairs.ids, pairs.ids])
    with torch.enable_grad():
        both = torch.cat([pairs.x, pairs.references]).requires_grad_()
        with Rescale():
            values = network.target_of(network.module, both, ids)[: len(pairs.x)]
        (found,) = torch.autograd.grad(values.sum(), both)
    half: Tensor = found[: len(pairs.x)]
    return half
