"""The layers of `conv.layers` again, laid out for speed: the same numbers several times as fast.

Images are stored as (row, channel, col, sample). One strided copy then lays out what the windows along an image row
have under them, one matrix product makes a row of outputs for the whole batch, and every inner loop runs along the
samples. A convolution and the maximum pooling after it are joined: a convolution with as long strides along a row as
the pooling's, with a shifted copy of each filter for each column of its windows, and then the maximum of the copies.
Workspaces are allocated once and written with ``out=``, weights and gradients are read and written where they are, and
no gradient is taken that only layers without weights would get.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any, NamedTuple

import numpy as np
from numpy.lib.stride_tricks import as_strided

from conv.errors import ConvError
from conv.geometry import Pair, output_size, pads
from conv.layers import Array, Conv2d, Flatten, Layer, Linear, MaxPool2d, ReLU

SHAPES = 4  # batches of so many shapes keep their workspaces: in training and in tests, the full ones and the last


class FastNetwork:
    """A chain of layers, with the results of its layers.

    Layers without a fast twin run as they are: those that treat each number by itself in any layout, the others
    between two transpositions.
    """

    def __init__(self, layers: Sequence[Layer]) -> None:
        self.steps = list(_twins(layers))

    def forward(self, images: Array) -> Array:
        """(N, C, H, W) or (N, features) -> what the last layer gives."""
        x = _to_fast(images)
        for step in self.steps:
            x = step.forward(x)
        return _to_plain(x)

    def backward(self, grad_output: Array) -> None:
        """Leave the gradients of every layer's parameters in its ``gradients``."""
        grad = _to_fast(grad_output)
        for step in reversed(self.steps):
            grad = step.backward(grad)
            if grad is None:  # nothing before learns
                return


def _to_fast(x: Array) -> Array:
    return x.transpose(2, 1, 3, 0) if x.ndim == 4 else x.T  # (H, C, W, N) or (features, N)


def _to_plain(x: Array) -> Array:
    return x.transpose(3, 1, 0, 2) if x.ndim == 4 else x.T  # (N, C, H, W) or (N, features)


def _twins(layers: Sequence[Layer]) -> Iterator[Any]:
    """Give each layer's fast twin; functions between a convolution and the pooling joined with it come after both."""
    rest, behind, after_product = list(layers), False, False  # behind: whether a layer before learns
    while rest:
        layer = rest.pop(0)
        if isinstance(layer, Conv2d) and _is_simple(layer):
            place = _pooling_to_join(layer, rest)
            pool = (1, 1) if place is None else rest.pop(place).blueprint.kernel_size  # type: ignore[attr-defined]
            yield Convolution(layer, pool, behind)
        elif isinstance(layer, Linear):
            yield Dense(layer, behind)
        elif isinstance(layer, Flatten):
            yield Flattening()
        elif isinstance(layer, ReLU) and after_product:
            yield Rectifier()
        else:
            yield layer if layer.pointwise else Transposed(layer)
        behind = behind or bool(layer.parameters)
        after_product = isinstance(layer, Linear) or (isinstance(layer, Conv2d) and _is_simple(layer))


def _is_simple(layer: Conv2d) -> bool:
    settings = layer.settings
    return (settings["dilation"], settings["groups"], settings["padding_mode"]) == ((1, 1), 1, "zeros")


def _pooling_to_join(layer: Conv2d, rest: Sequence[Layer]) -> int | None:
    """Where the pooling is that can be joined with the convolution, if there is one.

    Only increasing functions may lie between: the maximum of tanh is the tanh of the maximum. The pooling's windows
    lie side by side, and are so narrow that the joined windows are at most twice as wide as the kernel.
    """
    place = next((place for place, after in enumerate(rest) if not after.increasing), None)
    if place is None or not isinstance(rest[place], MaxPool2d):
        return None
    pool: Any = rest[place]
    size, stride, kernel = pool.settings["kernel_size"], layer.settings["stride"], layer.parameters["weight"].shape[2:]
    side_by_side = pool.settings == MaxPool2d(size).settings
    return place if side_by_side and stride[1] * (size[1] - 1) <= kernel[1] else None


class Dense:
    """A fully connected layer on columns: ``y = w @ x + b``."""

    def __init__(self, layer: Linear, needs_gradient: bool) -> None:
        self.layer, self.needs_gradient = layer, needs_gradient

    def forward(self, x: Array) -> Array:
        """(in_features, N) -> (out_features, N)."""
        self.layer.check(x.shape[::-1])
        self.x = x
        y = self.layer.parameters["weight"] @ x
        if "bias" in self.layer.parameters:
            y += self.layer.parameters["bias"][:, None]
        return y

    def backward(self, grad: Array) -> Array | None:
        """(out_features, N) -> (in_features, N)."""
        np.matmul(grad, self.x.T, out=self.layer.gradients["weight"])
        if "bias" in self.layer.parameters:
            grad.sum(axis=1, out=self.layer.gradients["bias"])
        return self.layer.parameters["weight"].T @ grad if self.needs_gradient else None


class Flattening:
    """Maps as one column an image, in the order of `conv.layers.Flatten`: by channel, row and col."""

    def forward(self, x: Array) -> Array:
        """(H, C, W, N) -> (C H W, N)."""
        self.maps = x.ndim == 4
        if not self.maps:
            return x
        self.shape = (x.shape[1], x.shape[0], *x.shape[2:])
        return x.swapaxes(0, 1).reshape(-1, x.shape[3])  # (C H W, N)

    def backward(self, grad: Array) -> Array:
        """(C H W, N) -> (H, C, W, N)."""
        return grad.reshape(self.shape).swapaxes(0, 1) if self.maps else grad  # (H, C, W, N)


class Rectifier:
    """max(0, x) in the memory of x: after a convolution or a dense layer, which need no output of theirs again."""

    def forward(self, x: Array) -> Array:
        """Any shape -> the same."""
        self.y = np.maximum(x, 0, out=x)
        return x

    def backward(self, grad: Array) -> Array:
        """The same, in the memory of the gradient."""
        return np.multiply(grad, self.y > 0, out=grad)


class Transposed:
    """A layer without a fast twin, as it is."""

    def __init__(self, layer: Layer) -> None:
        self.layer = layer

    def forward(self, x: Array) -> Array:
        """Transpose there and back."""
        return _to_fast(self.layer.forward(_to_plain(x)))

    def backward(self, grad: Array) -> Array:
        """Transpose there and back."""
        return _to_fast(self.layer.backward(_to_plain(grad)))


class Convolution:
    """A convolution and, unless ``pool`` is (1, 1), the maximum pooling after it: one matrix product a row."""

    def __init__(self, layer: Conv2d, pool: Pair, needs_gradient: bool) -> None:
        self.layer, self.pool, self.needs_gradient = layer, pool, needs_gradient
        self.has_bias = "bias" in layer.parameters
        self.workspaces: dict[Any, Workspace] = {}

    def forward(self, x: Array) -> Array:
        """(H, C, W, N) -> (R, F, S, N): R x S pooled outputs of F filters."""
        weight = self.layer.parameters["weight"]
        found = self.workspaces.get((x.shape, weight.dtype))
        filters, windows, maximum, out = self.used = self._workspace(x.shape, weight) if found is None else found
        np.matmul(filters.forward(weight), windows.forward(x), out=maximum.scores)  # (rows, copies F, S N)
        best = maximum.forward()
        return np.add(best, self.layer.parameters["bias"][:, None, None] if self.has_bias else 0, out=out)

    def backward(self, grad: Array) -> Array | None:
        """(R, F, S, N) -> (H, C, W, N)."""
        filters, windows, maximum, _ = self.used
        if self.has_bias:
            grad.sum(axis=(0, 2, 3), out=self.layer.gradients["bias"])
        grad_scores = maximum.backward(grad)
        filters.backward(grad_scores, windows.columns, self.layer.gradients["weight"])
        return windows.backward(filters.matrix, grad_scores) if self.needs_gradient else None

    def _workspace(self, shape: tuple[int, ...], weight: Array) -> Workspace:
        (height, channels, width, samples), dtype = shape, weight.dtype
        if channels != weight.shape[1]:
            rule = "The input must have groups x weight.shape[1] channels."
            raise ConvError.broken(rule, x=(samples, channels, height, width), weight=weight.shape, groups=1)
        steps = _steps((height, width), weight.shape[2:], self.pool, self.layer.settings)
        maximum = Maximum((steps.size[0] // self.pool[0], len(weight), steps.size[1], samples), self.pool, dtype)
        made = Workspace(Filters(weight, steps), Windows(shape, steps, dtype), maximum, np.empty(maximum.shape, dtype))
        if len(self.workspaces) == SHAPES:
            del self.workspaces[next(iter(self.workspaces))]  # the oldest
        self.workspaces[shape, dtype] = made
        return made


class Workspace(NamedTuple):
    """The memory for batches of one shape."""

    filters: Filters
    windows: Windows
    maximum: Maximum
    out: Array


class Steps(NamedTuple):
    """How the windows of the products lie, by rows and by columns: one for each row, and each pooled column."""

    size: Pair
    before: Pair  # padding at the top and at the left
    copies: int  # of each filter, for so many columns that are pooled
    stride: int  # from copy to copy
    step: Pair  # from window to window
    reach: Pair  # of a window, in steps; what is too much has weights of zero


def _steps(image: Pair, kernel: Pair, pool: Pair, settings: dict[str, Any]) -> Steps:
    stride, padding = settings["stride"], settings["padding"]
    (top, _), (left, _) = pads(padding, image, kernel, stride=stride)
    size = output_size(image, kernel, stride=stride, padding=padding)
    rows, cols = output_size(size, pool, stride=pool, padding=(0, 0))
    step = stride[0], stride[1] * pool[1]
    window = kernel[0], kernel[1] + step[1] - stride[1]
    reach = -(-window[0] // step[0]), -(-window[1] // step[1])
    return Steps((rows * pool[0], cols), (top, left), pool[1], stride[1], step, reach)


class Filters:
    """For each column of the pooling's window a copy of all filters, each moved by so many strides within zeros."""

    def __init__(self, weight: Array, steps: Steps) -> None:
        filters, channels, *kernel = weight.shape
        window = [steps.reach[axis] * steps.step[axis] for axis in (0, 1)]
        copies = np.zeros((steps.copies, filters, *window, channels), weight.dtype)
        self.matrix = copies.reshape(steps.copies * filters, -1)  # (copies F, window C)
        self.grad_rows = np.empty((steps.size[0], *self.matrix.shape), weight.dtype)
        self.grad_matrix = np.empty_like(self.matrix)
        # A view of what is not zero: where the next copy begins, the window has gone on by a stride.
        copy, *inner = copies.strides
        shape, strides = (steps.copies, filters, *kernel, channels), (copy + steps.stride * inner[2], *inner)
        self.copies, self.grad_copies = (as_strided(a, shape, strides) for a in (self.matrix, self.grad_matrix))

    def forward(self, weight: Array) -> Array:
        """(F, C, KH, KW) -> (copies F, window C)."""
        self.copies[...] = weight.transpose(0, 2, 3, 1)  # (F, KH, KW, C)
        return self.matrix

    def backward(self, grad_scores: Array, columns: Array, grad_weight: Array) -> None:
        """Write the sum of the copies' gradients, which are those of a matrix product."""
        np.matmul(grad_scores, columns.swapaxes(1, 2), out=self.grad_rows)
        self.grad_rows.sum(axis=0, out=self.grad_matrix)
        grad_weight.transpose(0, 2, 3, 1)[...] = self.grad_copies.sum(axis=0)  # (F, KH, KW, C)


class Windows:
    """What lies under the windows of each row of outputs, a column a window.

    Each line of the image is laid out as (window cols, C, S, N): the pixels of its windows, one row of them. A
    window's rows are lines that follow each other, so that a row of outputs has one piece of memory under it, and
    the next row a piece that begins a step further on, within the first.
    """

    def __init__(self, shape: tuple[int, ...], steps: Steps, dtype: np.dtype) -> None:
        (height, channels, width, samples), (rows, cols), (top, left) = shape, steps.size, steps.before
        down, right = steps.step
        lines, across = (rows + steps.reach[0] - 1) * down, (cols + steps.reach[1] - 1) * right
        wide = steps.reach[1] * right
        padded = np.zeros((max(lines, top + height), channels, max(across, left + width), samples), dtype)
        self.image = padded[top : top + height, :, left : left + width]
        line, channel, pixel, item = padded.strides
        self.taps = as_strided(
            padded, (lines, wide, channels, cols, samples), (line, pixel, channel, right * pixel, item)
        )
        self.laid = np.empty(self.taps.shape, dtype)
        line, _, channel, _, item = self.laid.strides
        inputs, outputs = steps.reach[0] * down * wide * channels, cols * samples
        self.columns = as_strided(self.laid, (rows, inputs, outputs), (down * line, channel, item), writeable=False)

        self.grad_columns = np.empty((rows, inputs, outputs), dtype)
        by_rows = self.grad_columns.reshape(rows, steps.reach[0], -1).swapaxes(0, 1)
        grad_rows = np.empty((rows + steps.reach[0] - 1, by_rows.shape[2]), dtype)
        by_cols = grad_rows.reshape(lines, steps.reach[1], right * channels, cols, samples).transpose(1, 3, 0, 2, 4)
        grad_cols = np.empty((lines, right, channels, across // right, samples), dtype)
        in_steps = grad_cols.reshape(lines, right * channels, -1, samples).transpose(2, 0, 1, 3)
        self.overlaps = (by_rows, grad_rows), (by_cols, in_steps)

        grad_padded = np.zeros(padded.shape, dtype)
        self.grad_image = grad_padded[top : top + height, :, left : left + width]
        line, channel, pixel, item = grad_padded.strides
        self.pixels = as_strided(grad_padded, grad_cols.shape, (line, pixel, channel, right * pixel, item))
        self.grad_cols = grad_cols

    def forward(self, x: Array) -> Array:
        """(H, C, W, N) -> (rows, window C, S N)."""
        self.image[...] = x
        np.copyto(self.laid, self.taps)
        return self.columns

    def backward(self, matrix: Array, grad_scores: Array) -> Array:
        """Multiply from the other side, then add up what windows share: steps of rows, then steps of columns."""
        np.matmul(matrix.T, grad_scores, out=self.grad_columns)
        for parts, total in self.overlaps:
            total[: parts.shape[1]] = parts[0]
            total[parts.shape[1] :] = 0
            for first, part in enumerate(parts[1:], start=1):
                total[first : first + len(part)] += part
        self.pixels[...] = self.grad_cols
        return self.grad_image


class Maximum:
    """The greatest of a pooling's window, found row by row of the window and then among the rows.

    The gradients of the scores are written over the scores.
    """

    def __init__(self, shape: tuple[int, int, int, int], pool: Pair, dtype: np.dtype) -> None:
        self.shape = rows, filters, cols, samples = shape
        copies = np.empty((rows, *pool, filters, cols * samples), dtype)
        self.scores = copies.reshape(rows * pool[0], pool[1] * filters, cols * samples)
        self.best = copies[:, 0, 0].reshape(shape)
        self.rounds = [copies[:, :, col] for col in range(pool[1])], [copies[:, row, 0] for row in range(pool[0])]
        self.wins = [[np.empty(score.shape, bool) for score in scores[1:]] for scores in self.rounds]

    def forward(self) -> Array:
        """(rows, copies F, S N) in ``scores`` -> (R, F, S, N)."""
        for (best, *others), wins in zip(self.rounds, self.wins, strict=True):
            for score, win in zip(others, wins, strict=True):
                np.greater(score, best, out=win)  # of equal scores the first stays the best
                np.maximum(score, best, out=best)
        return self.best

    def backward(self, grad: Array) -> Array:
        """Hand the gradient to the last that won: (R, F, S, N) -> (rows, copies F, S N)."""
        self.best[...] = grad
        for (best, *others), wins in zip(reversed(self.rounds), reversed(self.wins), strict=True):
            for score, win in zip(reversed(others), reversed(wins), strict=True):
                np.multiply(best, win, out=score)
                np.subtract(best, score, out=best)
        return self.scores
