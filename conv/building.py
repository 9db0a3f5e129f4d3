"""From a blueprint to a network: layers get their weights."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from typing import Any

import numpy as np

from conv import blueprint, layers
from conv.errors import ConvError
from conv.network import Sequential


def build(
    plan: Iterable[blueprint.Layer], input_shape: Sequence[int], rng: np.random.Generator | None = None
) -> Sequential:
    """Give the layers of a blueprint initial weights.

    Parameters
    ----------
    plan : iterable of conv.blueprint.Layer
    input_shape : (channels, rows, cols) or (features,)
        Of one image: the sizes of the weights follow from it.
    rng : numpy.random.Generator, optional
        Draws the initial weights; ``default_rng(0)`` if not given.

    Raises
    ------
    ConvError
        ``This kind of layer cannot be trained here. Received: layer='Residual', place='5'.`` Likewise a convolution
        with a table and an adaptive pooling whose windows are not all alike.
        and those of `conv.blueprint.summary`.

    Examples
    --------
    >>> build([blueprint.Conv2d(6, 5), blueprint.Flatten(), blueprint.Linear(10)], (1, 8, 8)).layers
    [Conv2d(weight=(6, 1, 5, 5), bias=(6,)), Flatten(), Linear(weight=(10, 96), bias=(10,))]
    """
    rng = np.random.default_rng(0) if rng is None else rng
    plan = tuple(plan)
    rows = {row.name: row for row in blueprint.summary(plan, input_shape).rows}
    for place, layer in enumerate(plan, start=1):  # before any weight is drawn
        if not _can_be_built(layer, rows[str(place)].input_shape):
            rule = "This kind of layer cannot be trained here."
            raise ConvError.broken(rule, layer=type(layer).__name__, place=str(place))
    return Sequential(
        MAKERS[type(layer)](layer, rows[str(place)].input_shape, rng) for place, layer in enumerate(plan, start=1)
    )


def _can_be_built(layer: blueprint.Layer, shape: blueprint.Shape) -> bool:
    if isinstance(layer, blueprint.AdaptiveAvgPool2d):
        return all(size % parts == 0 for size, parts in zip(shape[1:], layer.output_shape(shape)[1:], strict=True))
    return type(layer) in MAKERS and not getattr(layer, "table", None)


def _convolution(plan: Any, shape: blueprint.Shape, rng: np.random.Generator) -> layers.Layer:
    return layers.Conv2d(
        shape[0], plan.out_channels, plan.kernel_size, plan.stride, plan.padding, plan.dilation, plan.groups,
        plan.bias, rng=rng,
    )


def _transposed(plan: Any, shape: blueprint.Shape, rng: np.random.Generator) -> layers.Layer:
    return layers.ConvTranspose2d(
        shape[0], plan.out_channels, plan.kernel_size, plan.stride, plan.padding, plan.output_padding, plan.groups,
        plan.bias, plan.dilation, rng=rng,
    )


def _max(plan: Any, shape: blueprint.Shape, rng: np.random.Generator) -> layers.Layer:
    return layers.MaxPool2d(plan.kernel_size, plan.stride, plan.padding, plan.dilation, ceil_mode=plan.ceil_mode)


def _adaptive(plan: Any, shape: blueprint.Shape, rng: np.random.Generator) -> layers.Layer:
    """Where its windows are all alike, an adaptive pooling is a plain one."""
    rows, cols = plan.output_size
    return layers.AvgPool2d((shape[1] // rows, shape[2] // cols))


Maker = Callable[[Any, blueprint.Shape, np.random.Generator], layers.Layer]
MAKERS: dict[type[blueprint.Layer], Maker] = {
    blueprint.Conv2d: _convolution,
    blueprint.ConvTranspose2d: _transposed,
    blueprint.MaxPool2d: _max,
    blueprint.AvgPool2d: lambda plan, *_: layers.AvgPool2d(plan.kernel_size, plan.stride, plan.padding, plan.ceil_mode),
    blueprint.LPPool2d: lambda plan, *_: layers.LPPool2d(
        plan.norm_type, plan.kernel_size, plan.stride, plan.ceil_mode
    ),
    blueprint.AdaptiveAvgPool2d: _adaptive,
    blueprint.Linear: lambda plan, shape, rng: layers.Linear(shape[0], plan.out_features, plan.bias, rng=rng),
    blueprint.BatchNorm2d: lambda plan, shape, rng: layers.BatchNorm2d(shape[0]),
    blueprint.Dropout: lambda plan, shape, rng: layers.Dropout(plan.p, rng=rng),
    blueprint.Flatten: lambda *_: layers.Flatten(),
    blueprint.ReLU: lambda *_: layers.ReLU(),
    blueprint.Tanh: lambda *_: layers.Tanh(),
    blueprint.Sigmoid: lambda *_: layers.Sigmoid(),
}
