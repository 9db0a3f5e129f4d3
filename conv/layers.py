"""Layers that learn: each is a forward/backward pair of a few lines.

``forward`` keeps what its twin needs; ``backward`` takes the gradient of the loss with respect to the output,
keeps those of the layer's own parameters in ``gradients``, and returns that with respect to the input: the chain
rule, one link a layer. Names and arguments are PyTorch's; ``rng`` draws the initial weights, uniformly from
±1/√fan_in as PyTorch does (fan_in: the inputs that one output adds up).
"""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any, ClassVar

import numpy as np

from conv import blueprint
from conv.convolution import conv2d, conv2d_backward, conv_transpose2d, conv_transpose2d_backward
from conv.errors import ConvError
from conv.geometry import Padding, Size
from conv.padding import MODES, PaddingMode
from conv.pooling import (
    avg_pool2d,
    avg_pool2d_backward,
    lp_pool2d,
    lp_pool2d_backward,
    max_pool2d,
    max_pool2d_backward,
)

Array = np.ndarray


class Layer:
    """What all layers have.

    Attributes
    ----------
    parameters, gradients : dict of str to ndarray
        What is learnt, and the gradients that the last ``backward`` left, by the same names.
    buffers : dict of str to ndarray
        What is kept but not learnt by gradients.
    training : bool
        Whether the layer behaves as in training; only `Dropout` and `BatchNorm2d` tell the difference.
    blueprint : conv.blueprint.Layer
        The layer without its weights.
    """

    pointwise: ClassVar[bool] = False  # each number by itself, so that images may be laid out in any order
    increasing: ClassVar[bool] = False  # a function that keeps the order of numbers, so that a maximum stays one

    def __init__(self, plan: blueprint.Layer) -> None:
        self.blueprint = plan
        self.parameters: dict[str, Array] = {}
        self.gradients: dict[str, Array] = {}
        self.buffers: dict[str, Array] = {}
        self.training = True
        self._kept: Any = None

    def forward(self, x: Array) -> Array:
        """Give the output for a batch."""
        raise NotImplementedError

    def backward(self, grad_output: Array) -> Array:
        """Give the gradient of the input, of the shape of the last input."""
        raise NotImplementedError

    def _learn(self, **parameters: Array) -> None:
        """Take initial values of what is learnt."""
        self.parameters = parameters
        self.gradients = {name: np.zeros_like(values) for name, values in parameters.items()}

    def _recall(self) -> Any:
        """What the last forward pass kept."""
        if self._kept is None:
            raise ConvError.broken("A backward pass needs a forward pass before it.", layer=type(self).__name__)
        return self._kept

    def __repr__(self) -> str:
        """Name the layer and the shapes of what it learns."""
        shapes = ", ".join(f"{name}={values.shape}" for name, values in self.parameters.items())
        return f"{type(self).__name__}({shapes})"


# Layers with weights


class Conv2d(Layer):
    r"""A convolution: ``y = w * x + b``; see `conv.conv2d`.

    With g the gradient of y: :math:`\partial L/\partial b` is the sum of g, :math:`\partial L/\partial w` the
    correlation of x with g, and :math:`\partial L/\partial x` the transposed convolution of g with w.

    Parameters
    ----------
    in_channels, out_channels : int
        Each a multiple of ``groups``.
    kernel_size, stride, padding, dilation, groups, padding_mode
        As for `conv.conv2d`.
    bias : bool
        Whether a number is added to each output map.
    rng : numpy.random.Generator, optional
        For the initial weights, ±1/√(in_channels/groups · KH · KW); ``default_rng(0)`` if not given.

    Raises
    ------
    ConvError
        ``Groups must divide in_channels and out_channels. Received: in_channels=3, out_channels=4, groups=2.``
        ``Padding mode must be one of zeros, reflect, replicate, circular. Received: padding_mode='mirror'.``
        and those of `conv.blueprint.Conv2d`.

    Examples
    --------
    >>> layer = Conv2d(3, 8, 3, padding=1)
    >>> layer, layer.forward(np.ones((2, 3, 5, 5), np.float32)).shape
    (Conv2d(weight=(8, 3, 3, 3), bias=(8,)), (2, 8, 5, 5))
    """

    def __init__(
        self, in_channels: int, out_channels: int, kernel_size: Size, stride: Size = 1, padding: Padding = 0,
        dilation: Size = 1, groups: int = 1, bias: bool = True, padding_mode: PaddingMode = "zeros", *,
        rng: np.random.Generator | None = None,
    ) -> None:
        plan = blueprint.Conv2d(out_channels, kernel_size, stride, padding, dilation, groups, bias)
        super().__init__(plan)
        _check_groups(in_channels, out_channels, groups)
        if padding_mode not in MODES:
            raise ConvError.broken(f"Padding mode must be one of {', '.join(MODES)}.", padding_mode=padding_mode)
        self.settings: dict[str, Any] = {
            "stride": plan.stride, "padding": plan.padding, "dilation": plan.dilation, "groups": plan.groups,
            "padding_mode": padding_mode,
        }
        shape = (out_channels, in_channels // groups, *_pair(plan.kernel_size))
        self._learn(**_initial(rng, shape, math.prod(shape[1:]), out_channels if bias else 0))

    def forward(self, x: Array) -> Array:
        """(N, C_in, H, W) -> (N, C_out, H_out, W_out)."""
        self._kept = x
        return conv2d(x, self.parameters["weight"], self.parameters.get("bias"), **self.settings)

    def backward(self, grad_output: Array) -> Array:
        """Use `conv.conv2d_backward`."""
        grad_x, *grads = conv2d_backward(grad_output, self._recall(), self.parameters["weight"], **self.settings)
        self.gradients = dict(zip(self.parameters, grads, strict=False))
        return grad_x


class ConvTranspose2d(Layer):
    r"""A transposed convolution; see `conv.conv_transpose2d`.

    With g the gradient of y: :math:`\partial L/\partial b` is the sum of g, :math:`\partial L/\partial w` the
    correlation of g with x, and :math:`\partial L/\partial x` the convolution of g with w.

    Parameters
    ----------
    in_channels, out_channels : int
        Each a multiple of ``groups``.
    kernel_size, stride, padding, output_padding, groups, dilation
        As for `conv.conv_transpose2d`.
    bias : bool
        Whether a number is added to each output map.
    rng : numpy.random.Generator, optional
        For the initial weights, ±1/√(out_channels/groups · KH · KW), as in PyTorch; ``default_rng(0)`` if not given.

    Raises
    ------
    ConvError
        As for `Conv2d`.

    Examples
    --------
    >>> ConvTranspose2d(3, 8, 2, stride=2).forward(np.ones((2, 3, 5, 5), np.float32)).shape
    (2, 8, 10, 10)
    """

    def __init__(
        self, in_channels: int, out_channels: int, kernel_size: Size, stride: Size = 1, padding: Padding = 0,
        output_padding: Size = 0, groups: int = 1, bias: bool = True, dilation: Size = 1, *,
        rng: np.random.Generator | None = None,
    ) -> None:
        plan = blueprint.ConvTranspose2d(
            out_channels, kernel_size, stride, padding, output_padding, groups, bias, dilation
        )
        super().__init__(plan)
        _check_groups(in_channels, out_channels, groups)
        self.settings: dict[str, Any] = {
            "stride": plan.stride, "padding": plan.padding, "output_padding": plan.output_padding,
            "groups": plan.groups, "dilation": plan.dilation,
        }
        shape = (in_channels, out_channels // groups, *_pair(plan.kernel_size))
        self._learn(**_initial(rng, shape, math.prod(shape[1:]), out_channels if bias else 0))

    def forward(self, x: Array) -> Array:
        """(N, C_in, H, W) -> (N, C_out, H_out, W_out)."""
        self._kept = x
        return conv_transpose2d(x, self.parameters["weight"], self.parameters.get("bias"), **self.settings)

    def backward(self, grad_output: Array) -> Array:
        """Use `conv.conv_transpose2d_backward`."""
        weight = self.parameters["weight"]
        grad_x, *grads = conv_transpose2d_backward(grad_output, self._recall(), weight, **self.settings)
        self.gradients = dict(zip(self.parameters, grads, strict=False))
        return grad_x


class Linear(Layer):
    r"""A fully connected layer: ``y = x @ w.T + b``.

    With g the gradient of y: :math:`\partial L/\partial w = g^T x`, :math:`\partial L/\partial b` is the sum of g
    over the batch, and :math:`\partial L/\partial x = g w`.

    Parameters
    ----------
    in_features, out_features : int
    bias : bool
    rng : numpy.random.Generator, optional
        For the initial weights, ±1/√in_features; ``default_rng(0)`` if not given.

    Raises
    ------
    ConvError
        ``In features must be at least 1. Received: in_features=0.`` and the like.
        ``The input must be (N, in_features). Received: x=(2, 5), in_features=4.``

    Examples
    --------
    >>> layer = Linear(2, 1)
    >>> layer.parameters["weight"][...], layer.parameters["bias"][...] = [[3, 4]], [5]
    >>> layer.forward(np.array([[1, 10]]))  # 1*3 + 10*4 + 5
    array([[48.]])
    """

    def __init__(
        self, in_features: int, out_features: int, bias: bool = True, *, rng: np.random.Generator | None = None
    ) -> None:
        super().__init__(blueprint.Linear(out_features, bias))
        fan_in = blueprint.whole(in_features=in_features)
        self._learn(**_initial(rng, (out_features, fan_in), fan_in, out_features if bias else 0))

    def forward(self, x: Array) -> Array:
        """(N, in_features) -> (N, out_features)."""
        self.check(np.shape(x))
        self._kept = x
        y = x @ self.parameters["weight"].T
        return y + self.parameters["bias"] if "bias" in self.parameters else y

    def backward(self, grad_output: Array) -> Array:
        """Multiply with the other factor, transposed."""
        grads = grad_output.T @ self._recall(), grad_output.sum(axis=0)
        self.gradients = dict(zip(self.parameters, grads, strict=False))
        return grad_output @ self.parameters["weight"]

    def check(self, shape: tuple[int, ...]) -> None:
        """Refuse inputs of another shape."""
        in_features = self.parameters["weight"].shape[1]
        if len(shape) != 2 or shape[1] != in_features:
            raise ConvError.broken("The input must be (N, in_features).", x=shape, in_features=in_features)


class BatchNorm2d(Layer):
    r"""Normalises each map over batch, rows and columns, then scales and shifts it.

    .. math:: y = \gamma \hat x + \beta, \qquad \hat x = \frac{x - \mu}{\sqrt{\sigma^2 + \epsilon}}

    In training μ and σ² are the batch's own, and the running ones are moved towards them by ``momentum`` (the
    variance without bias); in evaluation they are the running ones. With g the gradient of y and n the numbers of
    a map, the gradients of γ and β are the sums of :math:`g \hat x` and of g, and that of x, in training, is
    :math:`\gamma / \sqrt{\sigma^2 + \epsilon}` times g minus its mean and minus :math:`\hat x` times the mean of
    :math:`g \hat x`: x also moves the batch's mean and variance.

    Parameters
    ----------
    num_features : int
        Maps.
    eps : float
        ε, above 0.
    momentum : float
        0 to 1: how far the running statistics go to the batch's.

    Raises
    ------
    ConvError
        ``The input must be (N, num_features, H, W). Received: x=(2, 3, 4, 4), num_features=8.``
        ``Epsilon must be above 0 and momentum from 0 to 1. Received: eps=0, momentum=0.1.``
        ``A map needs more than one number to normalise by in training. Received: x=(1, 3, 1, 1).``

    Examples
    --------
    >>> BatchNorm2d(1).forward(np.array([[[[1.0, 3.0]]]])).round(3)  # (1 - 2) / 1, (3 - 2) / 1
    array([[[[-1.,  1.]]]])

    References
    ----------
    Ioffe & Szegedy, *Batch Normalization*, 2015. PyTorch, ``torch.nn.BatchNorm2d``.
    """

    def __init__(self, num_features: int, eps: float = 1e-5, momentum: float = 0.1) -> None:
        super().__init__(blueprint.BatchNorm2d())
        maps = blueprint.whole(num_features=num_features)
        if not (eps > 0 and 0 <= momentum <= 1):
            raise ConvError.broken("Epsilon must be above 0 and momentum from 0 to 1.", eps=eps, momentum=momentum)
        self.eps, self.momentum = eps, momentum
        self._learn(weight=np.ones(maps, np.float32), bias=np.zeros(maps, np.float32))
        self.buffers = {"running_mean": np.zeros(maps, np.float32), "running_var": np.ones(maps, np.float32)}

    def forward(self, x: Array) -> Array:
        """(N, C, H, W) -> the same."""
        maps = len(self.parameters["weight"])
        if np.ndim(x) != 4 or np.shape(x)[1] != maps:
            raise ConvError.broken("The input must be (N, num_features, H, W).", x=np.shape(x), num_features=maps)
        mean, variance = self._moments(x) if self.training else self.buffers.values()
        scale = 1 / np.sqrt(variance + self.eps)
        normed = (x - _a_map(mean)) * _a_map(scale)
        self._kept = normed, scale, self.training
        return _a_map(self.parameters["weight"]) * normed + _a_map(self.parameters["bias"])

    def backward(self, grad_output: Array) -> Array:
        """Sum over all but the maps; see the class."""
        normed, scale, by_batch = self._recall()
        grads = (grad_output * normed).sum(axis=(0, 2, 3)), grad_output.sum(axis=(0, 2, 3))
        self.gradients = dict(zip(self.parameters, grads, strict=True))
        grad_x = grad_output
        if by_batch:
            count = grad_output.size // len(scale)
            grad_x = grad_output - (_a_map(grads[1]) + normed * _a_map(grads[0])) / count
        return grad_x * _a_map(self.parameters["weight"] * scale)

    def _moments(self, x: Array) -> tuple[Array, Array]:
        count = x.size // x.shape[1]
        if count < 2:
            rule = "A map needs more than one number to normalise by in training."
            raise ConvError.broken(rule, x=x.shape)
        mean, variance = x.mean(axis=(0, 2, 3)), x.var(axis=(0, 2, 3))
        running = self.buffers
        running["running_mean"] += self.momentum * (mean - running["running_mean"])
        running["running_var"] += self.momentum * (variance * count / (count - 1) - running["running_var"])
        return mean, variance


# Poolings


class Pool(Layer):
    """What poolings share: settings for a forward and a backward function."""

    functions: ClassVar[tuple[Callable[..., Any], Callable[..., Any]]]

    def __init__(self, plan: blueprint.Pool, **settings: Any) -> None:
        super().__init__(plan)
        self.settings = {"kernel_size": plan.kernel_size, "stride": plan.stride, **settings}

    def forward(self, x: Array) -> Array:
        """(N, C, H, W) -> (N, C, H_out, W_out)."""
        self._kept = x
        return self.functions[0](x, **self.settings)

    def backward(self, grad_output: Array) -> Array:
        """Hand each window's gradient back to its pixels."""
        return self.functions[1](grad_output, self._recall(), **self.settings)


class MaxPool2d(Pool):
    """The greatest of each window; the gradient goes to the first of the greatest. See `conv.max_pool2d`.

    >>> MaxPool2d(2).forward(np.array([[[[1, 5, 2, 0], [3, 4, 7, 6]]]]))
    array([[[[5, 7]]]])
    """

    functions = max_pool2d, max_pool2d_backward

    def __init__(
        self, kernel_size: Size, stride: Size | None = None, padding: Padding = 0, dilation: Size = 1, *,
        ceil_mode: bool = False,
    ) -> None:
        plan = blueprint.MaxPool2d(kernel_size, stride, padding, dilation, ceil_mode)
        super().__init__(plan, padding=plan.padding, dilation=plan.dilation, ceil_mode=ceil_mode)


class AvgPool2d(Pool):
    """The mean of each window; the gradient is shared out evenly. See `conv.avg_pool2d`.

    >>> AvgPool2d(2).forward(np.array([[[[1, 5, 2, 0], [3, 4, 7, 6]]]]))  # 13/4, 15/4
    array([[[[3.25, 3.75]]]])
    """

    functions = avg_pool2d, avg_pool2d_backward

    def __init__(
        self, kernel_size: Size, stride: Size | None = None, padding: Padding = 0, ceil_mode: bool = False,
        count_include_pad: bool = True, divisor_override: int | None = None,
    ) -> None:
        plan = blueprint.AvgPool2d(kernel_size, stride, padding, ceil_mode)
        super().__init__(
            plan, padding=plan.padding, ceil_mode=ceil_mode, count_include_pad=count_include_pad,
            divisor_override=divisor_override,
        )


class LPPool2d(Pool):
    """The p-norm of each window; the gradient is x's share to the power p - 1. See `conv.lp_pool2d`.

    >>> LPPool2d(2, (1, 2)).forward(np.array([[[[3, -4, 0, -2]]]]))  # sqrt(9 + 16), sqrt(0 + 4)
    array([[[[5., 2.]]]])
    """

    functions = lp_pool2d, lp_pool2d_backward

    def __init__(
        self, norm_type: float, kernel_size: Size, stride: Size | None = None, ceil_mode: bool = False
    ) -> None:
        plan = blueprint.LPPool2d(norm_type, kernel_size, stride, ceil_mode)
        super().__init__(plan, norm_type=norm_type, ceil_mode=ceil_mode)


# Layers without weights


class Flatten(Layer):
    """Lays the maps of each image out as one row; the gradient is laid back.

    >>> Flatten().forward(np.zeros((2, 3, 4, 4))).shape
    (2, 48)
    """

    def __init__(self) -> None:
        super().__init__(blueprint.Flatten())

    def forward(self, x: Array) -> Array:
        """(N, C, H, W) -> (N, C H W)."""
        self._kept = x.shape
        return x.reshape(len(x), math.prod(x.shape[1:]))  # (N, C H W)

    def backward(self, grad_output: Array) -> Array:
        """(N, C H W) -> (N, C, H, W)."""
        return grad_output.reshape(self._recall())  # (N, C, H, W)


class ReLU(Layer):
    """``y = max(0, x)``; the gradient passes where y > 0.

    >>> ReLU().forward(np.array([-2, 0, 3]))
    array([0, 0, 3])
    """

    pointwise = increasing = True

    def __init__(self) -> None:
        super().__init__(blueprint.ReLU())

    def forward(self, x: Array) -> Array:
        """Any shape -> the same."""
        self._kept = np.maximum(x, 0)
        return self._kept

    def backward(self, grad_output: Array) -> Array:
        """``g [y > 0]``."""
        return grad_output * (self._recall() > 0)


class Tanh(Layer):
    """``y = tanh(x)``; the gradient is multiplied by ``1 - y²``.

    >>> Tanh().forward(np.array([0.0, 1.0])).round(4)
    array([0.    , 0.7616])
    """

    pointwise = increasing = True

    def __init__(self) -> None:
        super().__init__(blueprint.Tanh())

    def forward(self, x: Array) -> Array:
        """Any shape -> the same."""
        self._kept = np.tanh(x)
        return self._kept

    def backward(self, grad_output: Array) -> Array:
        """``g (1 - y²)``."""
        return grad_output * (1 - self._recall() ** 2)


class Sigmoid(Layer):
    """``y = 1 / (1 + exp(-x))``; the gradient is multiplied by ``y (1 - y)``.

    >>> Sigmoid().forward(np.array([0.0, -1e9, 1e9]))
    array([0.5, 0. , 1. ])
    """

    pointwise = increasing = True

    def __init__(self) -> None:
        super().__init__(blueprint.Sigmoid())

    def forward(self, x: Array) -> Array:
        """Any shape -> the same."""
        small = np.exp(-np.abs(x))  # at most 1, so that nothing overflows
        self._kept = np.where(np.asarray(x) >= 0, 1, small) / (1 + small)
        return self._kept

    def backward(self, grad_output: Array) -> Array:
        """``g y (1 - y)``."""
        y = self._recall()
        return grad_output * y * (1 - y)


class Dropout(Layer):
    """In training zeros each number with probability p and divides the others by 1 - p; else passes x on.

    The gradient passes where the number did, divided likewise.

    Parameters
    ----------
    p : float
        0 <= p < 1.
    rng : numpy.random.Generator, optional
        ``default_rng(0)`` if not given; a `conv.training.Trainer` puts its own in its place.

    Raises
    ------
    ConvError
        ``The probability must be at least 0 and less than 1. Received: p=1.``

    Examples
    --------
    >>> layer = Dropout(0.5, rng=np.random.default_rng(1))
    >>> layer.forward(np.ones(6))  # each 0, or 1 / (1 - 0.5)
    array([0., 2., 2., 2., 0., 0.])
    """

    pointwise = True

    def __init__(self, p: float = 0.5, *, rng: np.random.Generator | None = None) -> None:
        super().__init__(blueprint.Dropout(p))
        self.p, self.rng = p, _generator(rng)

    def forward(self, x: Array) -> Array:
        """Any shape -> the same."""
        dtype = np.result_type(x, np.float32)
        passes = self.rng.random(x.shape, np.float32) >= self.p if self.training else np.ones(x.shape, bool)
        self._kept = passes * dtype.type(1 / (1 - self.p) if self.training else 1)
        return x * self._kept

    def backward(self, grad_output: Array) -> Array:
        """Pass what was passed."""
        return grad_output * self._recall()


def _generator(rng: np.random.Generator | None) -> np.random.Generator:
    return np.random.default_rng(0) if rng is None else rng


def _initial(rng: np.random.Generator | None, shape: tuple[int, ...], fan_in: int, biases: int) -> dict[str, Array]:
    """Draw weights, and biases if there are any, uniformly from ±1/√fan_in."""
    rng, bound = _generator(rng), np.float32(1 / math.sqrt(fan_in))
    weight = (2 * rng.random(shape, np.float32) - 1) * bound
    return {"weight": weight} | ({"bias": (2 * rng.random(biases, np.float32) - 1) * bound} if biases else {})


def _check_groups(in_channels: int, out_channels: int, groups: int) -> None:
    if blueprint.whole(in_channels=in_channels) % groups or out_channels % groups:
        rule = "Groups must divide in_channels and out_channels."
        raise ConvError.broken(rule, in_channels=in_channels, out_channels=out_channels, groups=groups)


def _pair(size: Size) -> tuple[int, int]:
    rows, cols = size  # type: ignore[misc]  # a blueprint keeps sizes as pairs
    return rows, cols


def _a_map(values: Array) -> Array:
    """One number a map, ready to meet (N, C, H, W)."""
    return values[:, None, None]
