"""DeepLift's multipliers by one backward pass: differences are handed on instead of derivatives.

Sequences and references pass through the network as one batch, the sequences in the first half of axis 0. Each function
that torch computes on the way takes back a multiplier m with m (x - r) = y - y_r, exactly:

- a function of one number, such as ReLU or GELU: (y - y_r) / (x - r), or its derivative between the two where they are
  closer than 1e-6: the rescale rule of DeepLIFT (Shrikumar et al. 2017, arXiv:1704.02685);
- a product u v, where both depend on the sequence, elementwise or of matrices: the mean of v and v_r for u, and of u
  and u_r for v. That is the Shapley value of a product of two, as in SHAP's DeepExplainer (Lundberg & Lee 2017,
  arXiv:1705.07874); DeepLIFT itself has no rule for it. Quotients are products with a reciprocal;
- softmax, layer norm and attention: the products, sums and functions of one number that they are made of;
- linear functions: their own derivatives.

Every call is caught, whether a module makes it or a function, and however often a module is used. A function without a
rule is refused: Captum's ``DeepLift`` is silently wrong there, and equal to this where it is right (the tests hold
both).
"""

from collections.abc import Callable
from typing import Any

import torch
from torch import Tensor
from torch.overrides import TorchFunctionMode

from lib.core.errors import UserError

_CLOSE = 1e-6
ONE_NUMBER = frozenset({
    "relu", "relu_", "gelu", "silu", "elu", "selu", "celu", "mish", "leaky_relu", "hardtanh", "relu6", "softplus",
    "hardswish", "hardsigmoid", "softsign", "logsigmoid", "tanh", "sigmoid", "exp", "expm1", "log", "log1p", "sqrt",
    "rsqrt", "reciprocal", "square", "pow", "__pow__", "erf", "sin", "cos", "abs", "clamp", "clamp_min",
})  # fmt: skip
"""Functions of one number each, whatever their other arguments."""
PRODUCTS = frozenset({"mul", "multiply", "__mul__", "__rmul__", "matmul", "__matmul__", "bmm"})
QUOTIENTS = frozenset({"div", "divide", "true_divide", "__truediv__", "__div__"})
LINEAR = frozenset({
    "conv1d", "conv2d", "linear", "add", "__add__", "__radd__", "__iadd__", "sub", "subtract", "__sub__", "neg",
    "__neg__", "mean", "sum", "view", "reshape", "flatten", "unflatten", "permute", "transpose", "swapaxes", "movedim",
    "squeeze", "unsqueeze", "expand", "expand_as", "contiguous", "cat", "concat", "stack", "chunk", "split", "unbind",
    "__getitem__", "select", "index_select", "narrow", "to", "float", "double", "type_as", "clone", "avg_pool1d",
    "adaptive_avg_pool1d", "dropout", "dropout1d", "dropout2d", "feature_dropout", "masked_fill", "batch_norm", "pad",
    "roll", "flip", "repeat", "repeat_interleave", "cumsum", "__get__", "rsub", "__rsub__", "embedding",
})  # fmt: skip
"""Functions linear in what depends on the sequence; batch norm in eval mode, dropout likewise, is one of them."""


class Rescale(TorchFunctionMode):
    """While this is entered, backward passes give multipliers; weights must need no gradients."""

    def __torch_function__(
        self, func: Any, types: Any, args: tuple[Any, ...] = (), kwargs: dict[str, Any] | None = None
    ) -> Any:
        """Compute a function with the rule that it has.

        Raises
        ------
        UserError
            If it has none.
        """
        kwargs = kwargs or {}
        if not torch.is_grad_enabled() or not _depends((args, kwargs)):
            return func(*args, **kwargs)
        name = func.__name__
        if name in RULES:
            return RULES[name](*args, **kwargs)
        if name in ONE_NUMBER:
            kwargs.pop("inplace", None)
            return _rescale(lambda value: func(value, *args[1:], **kwargs), args[0])
        if name in PRODUCTS and _depends(args[0]) and _depends(args[1]):
            return _multiply(func, args[0], args[1])
        if name in QUOTIENTS and _depends(args[1]):
            inverse = _rescale(torch.reciprocal, args[1])
            return _multiply(torch.mul, args[0], inverse) if _depends(args[0]) else args[0] * inverse
        if name == "einsum" and len(args) == 3 and _depends(args[1]) and _depends(args[2]):
            return _multiply(lambda left, right: func(args[0], left, right), args[1], args[2])
        found = func(*args, **kwargs)
        if name == "einsum" and sum(map(_depends, args)) == 1:
            return found
        if name not in LINEAR | PRODUCTS | QUOTIENTS and _depends(found):
            raise UserError(
                f"DeepLift has no rule for {name}, which this network uses, so its numbers would not add up. "
                "Choose integrated gradients."
            )
        return found


class _RescaleRule(torch.autograd.Function):
    """A function of one number, whose backward pass gives (y - y_r) / (x - r)."""

    @staticmethod
    def forward(ctx: Any, value: Tensor, function: Callable[[Tensor], Tensor]) -> Tensor:
        result = function(value)
        ctx.save_for_backward(value, result)
        ctx.function = function
        return result.clone() if result is value else result

    @staticmethod
    def backward(ctx: Any, arriving: Tensor) -> tuple[Tensor, None]:
        value, result = ctx.saved_tensors
        (x, r), (y, y_r) = value.chunk(2), result.chunk(2)
        step = x - r
        with torch.enable_grad():
            between = (r + step / 2).detach().requires_grad_()
            (derivative,) = torch.autograd.grad(ctx.function(between).sum(), between)
        close = step.abs() < _CLOSE
        ratio = torch.where(close, derivative, (y - y_r) / step.where(~close, torch.ones_like(step)))
        return _fill_first_half(arriving.chunk(2)[0] * ratio), None


class _ProductRule(torch.autograd.Function):
    """A product, whose backward pass takes the mean of the other factor over sequence and reference."""

    @staticmethod
    def forward(ctx: Any, left: Tensor, right: Tensor, function: Callable[[Tensor, Tensor], Tensor]) -> Tensor:
        ctx.save_for_backward(left, right)
        ctx.function = function
        return function(left, right)

    @staticmethod
    def backward(ctx: Any, arriving: Tensor) -> tuple[Tensor, Tensor, None]:
        with torch.enable_grad():
            means = [torch.stack(factor.chunk(2)).mean(dim=0).requires_grad_() for factor in ctx.saved_tensors]
            found = torch.autograd.grad(ctx.function(*means), means, arriving.chunk(2)[0])
        return _fill_first_half(found[0]), _fill_first_half(found[1]), None


def _fill_first_half(found: Tensor) -> Tensor:
    return torch.cat([found, torch.zeros_like(found)])


def _rescale(function: Callable[[Tensor], Tensor], value: Tensor) -> Tensor:
    result: Tensor = _RescaleRule.apply(value, function)  # type: ignore[no-untyped-call]
    return result


def _multiply(function: Callable[[Tensor, Tensor], Tensor], left: Tensor, right: Tensor) -> Tensor:
    result: Tensor = _ProductRule.apply(left, right, function)  # type: ignore[no-untyped-call]
    return result


def _depends(value: Any) -> bool:
    """Tell whether there is anything in it that depends on the sequence."""
    if isinstance(value, Tensor):
        return value.requires_grad
    if isinstance(value, dict):
        return any(map(_depends, value.values()))
    return isinstance(value, list | tuple) and any(map(_depends, value))


def _apply_softmax(value: Tensor, dim: int, *_: Any, **__: Any) -> Tensor:
    # The same number is taken off in sequence and reference, so that the result depends on their difference alone.
    highest = value.detach().amax(dim=dim, keepdim=True)
    highest = torch.stack(highest.chunk(2)).amax(dim=0).repeat(2, *[1] * (value.dim() - 1))
    raised = _rescale(torch.exp, value - highest)
    return _multiply(torch.mul, raised, _rescale(torch.reciprocal, raised.sum(dim=dim, keepdim=True)))


def _apply_layer_norm(
    value: Tensor,
    normalized_shape: Any,
    weight: Tensor | None = None,
    bias: Tensor | None = None,
    eps: float = 1e-5,
    **_: Any,
) -> Tensor:
    axes = tuple(range(-len(normalized_shape), 0))
    centred = value - value.mean(dim=axes, keepdim=True)
    variance = _multiply(torch.mul, centred, centred).mean(dim=axes, keepdim=True)
    normal = _multiply(torch.mul, centred, _rescale(torch.rsqrt, variance + eps))
    normal = normal if weight is None else normal * weight
    return normal if bias is None else normal + bias


def _attend(
    query: Tensor,
    key: Tensor,
    value: Tensor,
    attn_mask: Tensor | None = None,
    dropout_p: float = 0.0,
    is_causal: bool = False,  # noqa: FBT001, FBT002  (the signature is torch's)
    scale: float | None = None,
    **_: Any,
) -> Tensor:
    if is_causal:
        raise UserError("DeepLift has no rule for causal attention, which this network uses. Choose another method.")
    raised = _multiply(torch.matmul, query, key.transpose(-2, -1))
    raised = raised * (query.shape[-1] ** -0.5 if scale is None else scale)
    if attn_mask is not None:
        lowest = torch.finfo(raised.dtype).min
        raised = raised.masked_fill(~attn_mask, lowest) if attn_mask.dtype == torch.bool else raised + attn_mask
    return _multiply(torch.matmul, _apply_softmax(raised, -1), value)


RULES: dict[str, Callable[..., Tensor]] = {
    "softmax": _apply_softmax,
    "layer_norm": _apply_layer_norm,
    "scaled_dot_product_attention": _attend,
}
