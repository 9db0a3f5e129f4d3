"""Looks inside a trained network: what its units answer to, and what an answer rests on.

Nothing here changes the network: its layers are copied, and behave as in evaluation. A unit is named by its layer,
counted from 0 or from the last with -1, its channel (a map, or an output of a dense layer), and, in a map, its
``(row, col)``.

Three methods send a signal from a unit back down to the picture. All go through the transposed filters, through the
places of the maxima (the switches) and through the derivatives of every other layer; they differ in what a ReLU with
the output y lets through of a signal g:

=====================  ==============  ========================================================
`saliency`             g where y > 0   the gradient itself: Simonyan, Vedaldi & Zisserman, 2014
`deconvnet`            g where g > 0   Zeiler & Fergus, 2014
`guided_backprop`      g where both    Springenberg, Dosovitskiy, Brox & Riedmiller, 2015
=====================  ==============  ========================================================
"""

from __future__ import annotations

import copy
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from functools import cache
from typing import NamedTuple

import numpy as np

from conv.arrays import as_images, quiet, ranked_as
from conv.convolution import conv2d
from conv.errors import ConvError
from conv.geometry import Pair, Size, as_pair
from conv.layers import Array, Flatten, Layer, ReLU
from conv.network import BATCH, Sequential
from conv.receptive_field import Region, region, steps

Rule = Callable[[Layer, Array], Array]  # what a ReLU lets through of a signal that comes down


# ---- what units answer to --------------------------------------------------------------------


@quiet
def feature_maps(network: Sequential, images: Array) -> list[Array]:
    """Give every layer's output: maps, or features where they are flattened.

    Parameters
    ----------
    network : Sequential
    images : ndarray, shape (N, C, H, W) or (C, H, W)

    Returns
    -------
    list of ndarray
        One a layer, (N, C, H, W) or (N, K), each without N for one image.

    Examples
    --------
    >>> from conv.layers import Conv2d, Flatten, Linear
    >>> network = Sequential([Conv2d(1, 2, 3), ReLU(), Flatten(), Linear(2 * 4 * 4, 5)])
    >>> [maps.shape for maps in feature_maps(network, np.zeros((1, 6, 6), np.float32))]
    [(2, 4, 4), (2, 4, 4), (32,), (5,)]
    """
    found, x = [], _as_floats(images)
    for layer in _copies(network):
        x = layer.forward(x)
        found.append(x if np.ndim(images) == 4 else x[0])
    return found


@dataclass(frozen=True)
class Patch:
    """The place where one picture excites a channel the most, and the part of the picture that is seen from there."""

    image: int  # which of the images
    unit: Pair  # (row, col) in the map, (0, 0) in a dense layer
    value: float  # the unit's output
    rows: range
    cols: range

    @property
    def window(self) -> tuple[slice, slice]:
        """What cuts the patch out: ``images[patch.image][:, *patch.window]``."""
        return slice(self.rows.start, self.rows.stop), slice(self.cols.start, self.cols.stop)


def strongest_patches(network: Sequential, images: Array, *, layer: int, count: int = 9) -> list[list[Patch]]:
    """Find the parts of pictures that excite each channel of a layer the most, no picture twice.

    Parameters
    ----------
    network : Sequential
    images : ndarray, shape (N, C, H, W)
        Such as the test set's.
    layer : int
    count : int
        At least 1; fewer are found if there are fewer images.

    Returns
    -------
    list of list of Patch
        One list a channel, the strongest first. Of equal places the first, row by row, of equal pictures the first.

    Raises
    ------
    ConvError
        ``There is no such layer. Received: layer=5, layers=4.``
        ``Count must be at least 1. Received: count=0.``
        ``There must be at least one image. Received: images=(0, 1, 8, 8).``
        and those of `conv.receptive_field.region`.

    Examples
    --------
    >>> from conv.layers import Conv2d
    >>> network = Sequential([Conv2d(1, 1, (1, 2), bias=False)])
    >>> network.layers[0].parameters["weight"][...] = [[[[-1, 1]]]]  # answers to what brightens to the right
    >>> images = np.array([[[[0, 0, 1]]], [[[0, 2, 0]]], [[[3, 2, 1]]]], np.float32)
    >>> for patch in strongest_patches(network, images, layer=0, count=2)[0]:
    ...     print(patch.value, images[patch.image][:, *patch.window].tolist())
    2.0 [[[0.0, 2.0]]]
    1.0 [[[0.0, 1.0]]]

    References
    ----------
    Zeiler & Fergus, *Visualizing and Understanding Convolutional Networks*, 2014, figure 2.
    """
    as_pair(count, "count")
    x = _as_floats(images)
    if not len(x):
        raise ConvError.broken("There must be at least one image.", images=x.shape)
    part = Sequential(copy.deepcopy(network.layers[: _index(network, layer) + 1]))
    values, places = [], []
    for first in range(0, len(x), BATCH):
        outputs = part.scores(x[first : first + BATCH])
        flat = outputs.reshape(*outputs.shape[:2], -1)  # (n, channels, units)
        places.append(flat.argmax(axis=2))
        values.append(flat.max(axis=2))
    strongest, where = np.concatenate(values), np.concatenate(places)  # (N, channels) each
    order = np.argsort(-strongest, axis=0, kind="stable")[:count]

    @cache
    def region_of(channel: int, unit: Pair) -> Region:
        return seen_by(network, x.shape[2:], layer=layer, channel=channel, unit=unit)

    def patch(image: int, channel: int) -> Patch:
        unit = divmod(int(where[image, channel]), 1 if outputs.ndim == 2 else outputs.shape[3])
        seen = region_of(channel, unit)
        return Patch(image, unit, float(strongest[image, channel]), seen.rows, seen.cols)

    return [[patch(image, channel) for image in order[:, channel].tolist()] for channel in range(order.shape[1])]


def seen_by(network: Sequential, input_size: Size, *, layer: int, channel: int = 0, unit: Size = 0) -> Region:
    """Give the part of the picture that a unit sees; see `conv.receptive_field.region`.

    Parameters
    ----------
    network : Sequential
    input_size : int or (rows, cols)
    layer : int
    channel : int
        Matters only where maps are flattened: each feature is then a unit of a map.
    unit : int or (row, col)
        Matters everywhere else but in a dense layer, which sees all.

    Raises
    ------
    ConvError
        ``There is no such layer. Received: layer=5, layers=4.``
        and those of `conv.receptive_field.region`.

    Examples
    --------
    >>> from conv.layers import Conv2d
    >>> seen_by(Sequential([Conv2d(1, 2, 3), Conv2d(2, 2, 3)]), 8, layer=1, unit=(0, 2)).cols
    range(2, 7)
    """
    index = _index(network, layer)
    plans = network.blueprint[: index + 1]
    if any(isinstance(each, Flatten) for each in network.layers[: index + 1]):
        rows, cols = steps(plans, input_size)[-1].output_size
        unit = divmod(channel % (rows * cols), cols)
    return region(plans, unit=unit, input_size=input_size)


# ---- what an answer rests on: signals sent down ----------------------------------------------


def saliency(
    network: Sequential, images: Array, *, channel: int, layer: int = -1, units: Sequence[Pair] | None = None
) -> Array:
    r"""Give the gradient of a unit with respect to the picture: how much each pixel would change it.

    .. math:: w = \partial y / \partial x

    Parameters
    ----------
    network : Sequential
    images : ndarray, shape (N, C, H, W) or (C, H, W)
    channel : int
        A map, or a feature; in the last layer a class.
    layer : int
    units : sequence of (row, col), optional
        Each image's unit in the map; each image's strongest if not given.

    Returns
    -------
    ndarray, of the images' shape
        Of either sign; Simonyan et al. show the largest absolute value over the channels of a pixel.

    Raises
    ------
    ConvError
        ``There is no such layer. Received: layer=5, layers=4.``
        ``The layer has no such channel. Received: channel=10, channels=10.``
        ``Units must be one place in the map for each image. Received: units=((9, 0),), maps=(4, 4), images=1.``
        and those of the layers.

    Examples
    --------
    >>> from conv.layers import Conv2d
    >>> network = Sequential([Conv2d(1, 1, (1, 2)), ReLU()])
    >>> network.layers[0].parameters["weight"][...] = [[[[-1, 2]]]]
    >>> saliency(network, np.ones((1, 1, 3)), channel=0, units=[(0, 1)])
    array([[[ 0., -1.,  2.]]])

    References
    ----------
    Simonyan, Vedaldi & Zisserman, *Deep Inside Convolutional Networks*, 2014, section 3.
    """
    return _sent_down(network, images, layer, channel, units, lambda relu, signal: relu.backward(signal))


def guided_backprop(
    network: Sequential, images: Array, *, channel: int, layer: int = -1, units: Sequence[Pair] | None = None
) -> Array:
    """Give the gradient of a unit, of which each ReLU passes only what is positive and where it was on itself.

    So only ways on which everything excites the unit are left. Arguments, result and errors are those of `saliency`.

    Examples
    --------
    >>> from conv.layers import Conv2d
    >>> network = Sequential([ReLU(), Conv2d(1, 1, (1, 2))])
    >>> network.layers[1].parameters["weight"][...] = [[[[-1, 2]]]]
    >>> guided_backprop(network, np.array([[[1.0, 1, 1]]]), channel=0, units=[(0, 1)])
    array([[[0., 0., 2.]]])

    References
    ----------
    Springenberg, Dosovitskiy, Brox & Riedmiller, *Striving for Simplicity: The All Convolutional Net*, 2015,
    section 3.4.
    """
    return _sent_down(
        network, images, layer, channel, units, lambda relu, signal: np.maximum(relu.backward(signal), 0)
    )


def deconvnet(
    network: Sequential, images: Array, *, channel: int, layer: int = -1, units: Sequence[Pair] | None = None
) -> Array:
    r"""Project a unit's output back to the picture: what in the picture excited it.

    All other outputs of the layer are set to zero, and then, layer by layer down: a maximum goes back to the place it
    came from, which the forward pass remembers (unpooling by switches); a ReLU rectifies the signal that comes down,
    whatever it let through on the way up; a convolution is transposed. Without a ReLU that is the transposed operator,

    .. math:: \hat x = W^T (y_u e_u),

    the gradient times the unit's output. Zeiler & Fergus know no other layers: here every other one sends down its
    gradient, and where pooling windows overlap what comes down adds up. Arguments, shape of the result and errors are
    those of `saliency`.

    Examples
    --------
    >>> from conv.layers import Conv2d
    >>> network = Sequential([ReLU(), Conv2d(1, 1, (1, 2), bias=False)])
    >>> network.layers[1].parameters["weight"][...] = [[[[-1, 2]]]]
    >>> deconvnet(network, np.array([[[1.0, 1, 4]]]), channel=0, units=[(0, 1)])  # -1*1 + 2*4 = 7, and 2*7
    array([[[ 0.,  0., 14.]]])

    References
    ----------
    Zeiler & Fergus, *Visualizing and Understanding Convolutional Networks*, 2014, section 2.1.
    """
    return _sent_down(
        network, images, layer, channel, units, lambda relu, signal: np.maximum(signal, 0), from_output=True
    )


@quiet
def _sent_down(
    network: Sequential, images: Array, layer: int, channel: int, units: Sequence[Pair] | None, rule: Rule,
    *, from_output: bool = False,
) -> Array:
    """Send 1, or the unit's output, down from one unit an image."""
    x = _as_floats(images)
    layers = _copies(network)[: _index(network, layer) + 1]
    outputs = _up(layers, x)
    chosen = _chosen(outputs, channel, units)
    signal = np.zeros_like(outputs)
    signal[chosen] = outputs[chosen] if from_output else 1
    return ranked_as(_down(layers, signal, rule), images)


def _up(layers: Sequence[Layer], x: Array) -> Array:
    for layer in layers:
        x = layer.forward(x)
    return x


def _down(layers: Sequence[Layer], signal: Array, rule: Rule) -> Array:
    for layer in reversed(layers):
        signal = rule(layer, signal) if isinstance(layer, ReLU) else layer.backward(signal)
    return signal


def _chosen(outputs: Array, channel: int, units: Sequence[Pair] | None) -> tuple[Array, ...]:
    """Give the indices of one unit an image."""
    if not -outputs.shape[1] <= channel < outputs.shape[1]:
        raise ConvError.broken("The layer has no such channel.", channel=channel, channels=outputs.shape[1])
    each, size = np.arange(len(outputs)), outputs.shape[2:]
    channels = np.full(len(outputs), channel)
    if not size:
        return each, channels
    if units is None:
        return each, channels, *np.divmod(outputs[:, channel].reshape(len(outputs), -1).argmax(axis=1), size[1])
    places = np.array(units)
    if places.shape != (len(outputs), 2) or (places < 0).any() or (places >= size).any():
        rule = "Units must be one place in the map for each image."
        raise ConvError.broken(rule, units=tuple(units), maps=size, images=len(outputs))
    return each, channels, places[:, 0], places[:, 1]


# ---- what an answer rests on: parts covered --------------------------------------------------


@dataclass(frozen=True, eq=False)
class Occlusion:
    """What is left of an answer when a square of the picture is covered, for each place of the square."""

    uncovered: float  # with nothing covered
    covered: Array  # (rows, cols), one for each place
    rows: range  # the squares' first rows
    cols: range


def occlusion(
    network: Sequential, image: Array, *, channel: int, layer: int | None = None, size: Size = 3, stride: Size = 1,
    fill: float = 0.0,
) -> Occlusion:
    """Cover one square of the picture after another, and watch the answer: where it falls, the square was decisive.

    Parameters
    ----------
    network : Sequential
    image : ndarray, shape (C, H, W)
    channel : int
        A class or, with a ``layer``, a map or feature.
    layer : int, optional
        The answer is the sum of this layer's map; if not given, the class's probability.
    size, stride : int or (rows, cols)
        Of the squares and of the steps between them; all squares lie within the picture.
    fill : float
        What the square is covered with: paper, or Zeiler & Fergus' grey.

    Returns
    -------
    Occlusion

    Raises
    ------
    ConvError
        ``The image must be (C, H, W). Received: image=(1, 1, 8, 8).``
        ``The square must fit into the image. Received: size=(9, 9), image=(8, 8).``
        and those of `saliency`.

    Examples
    --------
    >>> from conv.layers import Conv2d
    >>> network = Sequential([Conv2d(1, 1, (1, 2), bias=False)])
    >>> network.layers[0].parameters["weight"][...] = [[[[1, 1]]]]
    >>> found = occlusion(network, np.array([[[0.0, 1, 0, 3]]]), channel=0, layer=0, size=1)
    >>> found.uncovered, found.covered.tolist()  # (0 + 1) + (1 + 0) + (0 + 3)
    (5.0, [[5.0, 3.0, 5.0, 2.0]])

    References
    ----------
    Zeiler & Fergus, 2014, section 4.2 and figure 6.
    """
    if np.ndim(image) != 3:
        raise ConvError.broken("The image must be (C, H, W).", image=np.shape(image))
    x = _as_floats(image)[0]
    square, every = as_pair(size, "size"), as_pair(stride, "stride")
    if square[0] > x.shape[1] or square[1] > x.shape[2]:
        raise ConvError.broken("The square must fit into the image.", size=square, image=x.shape[1:])
    part = Sequential(copy.deepcopy(network.layers[: _index(network, -1 if layer is None else layer) + 1]))
    rows, cols = (range(0, x.shape[1 + axis] - square[axis] + 1, every[axis]) for axis in (0, 1))
    places = [(row, col) for row in rows for col in cols]

    def answers(images: Array) -> Array:
        outputs = part.scores(images) if layer is not None else part.probabilities(images)
        _chosen(outputs, channel, None)
        return outputs[:, channel].reshape(len(images), -1).sum(axis=1)

    covered = []
    for first in range(0, len(places), BATCH):
        batch = np.repeat(x[None], len(places[first : first + BATCH]), axis=0)  # (n, C, H, W)
        for picture, (row, col) in zip(batch, places[first : first + BATCH], strict=True):
            picture[:, row : row + square[0], col : col + square[1]] = fill
        covered.append(answers(batch))
    return Occlusion(
        float(answers(x[None])[0]), np.concatenate(covered).reshape(len(rows), len(cols)), rows, cols
    )


# ---- what would excite a unit the most -------------------------------------------------------


@dataclass(frozen=True, eq=False)
class Ascent:
    """A step on the way to the picture that a unit likes best."""

    step: int
    value: float  # the unit's output for the picture
    image: Array  # (C, H, W), from 0 to 1


def gradient_ascent(
    network: Sequential, image_shape: Sequence[int], *, channel: int, layer: int = -1, unit: Pair | None = None,
    rate: float = 0.05, decay: float = 0.01, blur: float = 0.2, rng: np.random.Generator | None = None,
) -> Iterator[Ascent]:
    r"""Change a picture, step by step, so that it excites a unit more: it becomes the unit's ideal input.

    .. math:: x \leftarrow (1 - \text{decay})\, x + \text{rate}\, \frac{g}{\sqrt{\text{mean}(g^2)}},
        \qquad g = \partial y / \partial x

    then mixed with its own mean over neighbours, and held to 0 … 1, where pictures live. The mean is over the pixels
    that g reaches. Goes on as long as steps are asked for: ``itertools.islice(gradient_ascent(…), 100)``.

    Parameters
    ----------
    network : Sequential
    image_shape : (C, H, W)
    channel, layer
        As for `saliency`. Of a layer that ends in a ReLU the input is ascended, which has the same ideal and a
        gradient also where the unit is off.
    unit : (row, col), optional
        The middle one of the map if not given.
    rate : float
        The step, in shades from 0 to 1.
    decay : float
        How much of the picture fades with each step, which keeps out what does not excite the unit: the penalty
        λ‖x‖² of Simonyan et al.
    blur : float
        0 to 1: how much of each pixel becomes the mean of its neighbours, which keeps out single pixels.
    rng : numpy.random.Generator, optional
        For the first picture, noise around 0.2; ``default_rng(0)`` if not given.

    Yields
    ------
    Ascent
        The first picture as step 0, then one a step.

    Raises
    ------
    ConvError
        ``Rate must be above 0, decay and blur from 0 to 1. Received: rate=0, decay=0.01, blur=0.2.``
        and those of `saliency`.

    Examples
    --------
    >>> from conv.layers import Conv2d
    >>> network = Sequential([Conv2d(1, 1, (1, 2))])
    >>> network.layers[0].parameters["weight"][...] = [[[[-1, 1]]]]
    >>> *_, last = (ascent for ascent, _ in zip(gradient_ascent(network, (1, 1, 2), channel=0, blur=0), range(60)))
    >>> last.image.round(1)
    array([[[0., 1.]]], dtype=float32)

    References
    ----------
    Simonyan, Vedaldi & Zisserman, 2014, section 2. Yosinski et al., *Understanding Neural Networks Through Deep
    Visualization*, 2015, for the blur.
    """
    if not (rate > 0 and 0 <= decay <= 1 and 0 <= blur <= 1):
        rule = "Rate must be above 0, decay and blur from 0 to 1."
        raise ConvError.broken(rule, rate=rate, decay=decay, blur=blur)
    layers = _copies(network)[: _index(network, layer) + 1]
    while len(layers) > 1 and isinstance(layers[-1], ReLU):
        layers.pop()
    rng = np.random.default_rng(0) if rng is None else rng
    x = _noise(image_shape, rng)
    step = 0
    while True:
        outputs = _up(layers, x)
        middle = [(outputs.shape[2] // 2, outputs.shape[3] // 2)] if outputs.ndim == 4 else None
        chosen = _chosen(outputs, channel, middle if unit is None else [unit])
        yield Ascent(step, float(outputs[chosen][0]), x[0].copy())
        signal = np.zeros_like(outputs)
        signal[chosen] = 1
        gradient = _down(layers, signal, lambda relu, signal: relu.backward(signal))
        reached = gradient != 0
        if reached.any():
            gradient /= np.sqrt(np.mean(np.square(gradient[reached], dtype=float)))  # tiny ones stay above 0
            x = np.clip(_blurred((1 - decay) * x + rate * gradient, blur), 0, 1)
        else:
            x = _noise(image_shape, rng)  # everything that leads to the unit is off: begin elsewhere
        step += 1


def _noise(image_shape: Sequence[int], rng: np.random.Generator) -> Array:
    return (0.4 * rng.random((1, *image_shape))).astype(np.float32)


def _blurred(x: Array, share: float) -> Array:
    """Replace a share of each pixel by a weighted mean of it and its eight neighbours."""
    kernel = np.outer((1, 2, 1), (1, 2, 1)).astype(x.dtype) / 16
    kernel = np.broadcast_to(kernel, (x.shape[1], 1, 3, 3))
    means = conv2d(x, kernel, padding=1, padding_mode="replicate", groups=x.shape[1])
    return (1 - share) * x + share * means


# ---- what a first layer looks for ------------------------------------------------------------


class Edge(NamedTuple):
    """How far a kernel finds edges, from 0 to 1, and towards which angle values grow where it answers the most.

    The angle is in degrees, anticlockwise from the right: 0 to the right, 90 upwards, -90 downwards.
    """

    share: float
    angle: float


def edge(kernel: Array) -> Edge:
    r"""Tell how much of a kernel is a difference in one direction, and in which.

    The plane :math:`a\,r + b\,c` through the middle is laid through the weights by least squares; its share is that
    of the weights' squares which it makes up, and its direction that in which it rises.

    Parameters
    ----------
    kernel : ndarray, shape (KH, KW)

    Returns
    -------
    Edge
        Both 0 for a kernel of zeros, and of a single weight.

    Raises
    ------
    ConvError
        ``The kernel must be (KH, KW). Received: kernel=(1, 3, 3).``

    Examples
    --------
    >>> edge(np.array([[-1, 0, 1], [-1, 0, 1], [-1, 0, 1]]))  # Prewitt's: brighter to the right, and nothing else
    Edge(share=1.0, angle=0.0)
    >>> edge(np.array([[1, 2, 1], [0, 0, 0], [-1, -2, -1]])).angle, edge(np.ones((3, 3))).share
    (90.0, 0.0)
    """
    weights = np.asarray(kernel, float)
    if weights.ndim != 2:
        raise ConvError.broken("The kernel must be (KH, KW).", kernel=weights.shape)
    middle = (np.array(weights.shape) - 1) / 2
    planes = np.indices(weights.shape) - middle[:, None, None]  # (2, KH, KW)
    sizes = np.sum(planes**2, axis=(1, 2))
    slopes = np.sum(weights * planes, axis=(1, 2)) / np.where(sizes, sizes, 1)
    planar, whole = np.sum(slopes**2 * sizes), np.sum(weights**2)
    if not planar:
        return Edge(0.0, 0.0)
    down, right = slopes
    return Edge(float(min(planar / whole, 1)), float(np.degrees(np.arctan2(0 - down, right))))


# ---- networks and images ---------------------------------------------------------------------


def _copies(network: Sequential) -> list[Layer]:
    """Copy the layers, but not their weights, to be run as in evaluation."""
    layers = [copy.copy(layer) for layer in network.layers]
    for layer in layers:
        layer.training = False
    return layers


def _index(network: Sequential, layer: int) -> int:
    """Count a layer from 0."""
    if not -len(network.layers) <= layer < len(network.layers):
        raise ConvError.broken("There is no such layer.", layer=layer, layers=len(network.layers))
    return layer % len(network.layers)


def _as_floats(images: Array) -> Array:
    """Read one image or several as a batch of floats, (N, C, H, W)."""
    x = as_images(images, "images")
    return x if x.dtype.kind == "f" else x.astype(np.float32)
