"""What the backward pass through one convolution or pooling shows, step by step, as plain arrays.

The gradient of the loss L with respect to the output is given, and called g. A convolution uses each
weight at every position of the window, so the weight's gradient is a sum over all positions; every
position in turn hands its g back to the inputs in its window. A pooling has no weights and only routes.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from conv import pooling
from conv import trace as traces
from conv.arrays import quiet
from conv.configuration import Configuration
from conv.convolution import conv2d
from conv.errors import ConvError
from conv.kernels import delta, random
from conv.padding import pad2d
from conv.trace import INPUT, OUTSIDE, Trace

Floats = NDArray[np.float64]
Places = NDArray[np.intp]

OUTPUT_GRADIENTS = {
    "random": "Random integers",
    "ones": "Ones: L is the sum of the outputs",
    "one": "A single one: L is one output",
    "error": "Error y − t: L is half its sum of squares",
}
"""Gradients that an output may have, and what a menu calls them."""


@dataclass(frozen=True)
class GradientTrace:
    """A backward pass: every step takes the gradient g of one output back to what the output was made of.

    Steps go through the outputs row by row, in axes (H_out, W_out). ``KH, KW`` are places in the window,
    those of the kernel as entered: one that is flipped meets the window's cells in the opposite order.

    Attributes
    ----------
    forward : conv.trace.Trace
        The forward pass: the padded grid with its kinds, and the output.
    grad_output : (H_out, W_out)
        g.
    window_rows : (H_out, KH), window_cols : (W_out, KW)
        Row and column of ``forward.grid`` that meet each row and column of the kernel.
    slopes : (H_out, W_out, KH, KW)
        What the output changes by for each unit that the cell changes by. NaN outside.
    input_terms : (H_out, W_out, KH, KW)
        ``g * slope``: what each position adds to the gradient of the cells in its window.
    input_totals : (H_out, W_out, KH, KW)
        What stands in those cells of the canvas once the position has been added.
    target_rows : (H_out, KH), target_cols : (W_out, KW)
        Row and column of the canvas to which it is added.
    canvas : (H_canvas, W_canvas)
        The final sums: on the padded grid, of which the padding is cut away; or on the input itself where the
        padding is made of copies, whose gradients go to the pixels that were copied.
    grad_input : (H, W)
    weight_terms, weight_totals : (H_out, W_out, KH, KW) or None
        ``g * x``, what each position adds to the gradient of every weight, and the sums up to it.
    bias_totals : (H_out, W_out) or None
        The sums of g up to each position.
    grad_weight : (KH, KW) or None
    grad_bias : float or None
    """

    forward: Trace
    grad_output: Floats
    window_rows: Places
    window_cols: Places
    slopes: Floats
    input_terms: Floats
    input_totals: Floats
    target_rows: Places
    target_cols: Places
    canvas: Floats
    grad_input: Floats
    weight_terms: Floats | None = None
    weight_totals: Floats | None = None
    bias_totals: Floats | None = None
    grad_weight: Floats | None = None
    grad_bias: float | None = None


@quiet
def trace(
    configuration: Configuration, x: ArrayLike, weight: ArrayLike, grad_output: ArrayLike, bias: float = 0.0
) -> GradientTrace:
    r"""Trace the backward pass of a convolution or a pooling of one map.

    .. math::

        \frac{\partial L}{\partial w_{kl}} = \sum_{i,j} g_{ij} \, \hat x_{is + kd,\, js + ld} \qquad
        \frac{\partial L}{\partial b} = \sum_{i,j} g_{ij} \qquad
        \frac{\partial L}{\partial \hat x_{mn}} = \sum_{i,j} g_{ij} \frac{\partial y_{ij}}{\partial \hat x_{mn}}

    where the slope :math:`\partial y / \partial \hat x` is the weight that the cell meets; in max pooling it is 1
    for the (first) largest, in average pooling one over the number of cells, in sum pooling 1, in Lp pooling
    :math:`\operatorname{sign}(x) (|x| / y)^{p - 1}`, and 0 of an x that is 0.

    Parameters
    ----------
    configuration : Configuration
        A valid one, not of a transposed convolution.
    x : (H, W)
    weight : (KH, KW)
        As entered, before any flip; poolings have no use for it.
    grad_output : (H_out, W_out)
    bias : float
        Moves the output; no gradient depends on it.

    Returns
    -------
    GradientTrace
        Of a pooling, without what is the weights' and the bias's.

    Raises
    ------
    ConvError
        ``Gradients are traced of convolution and pooling. Received: operation='transposed'.``
        ``The gradient must have the shape of the output. Received: grad_output=(1, 1), output=(2, 2).``
        and all that `conv.trace.sweep` refuses.

    Examples
    --------
    >>> c = Configuration(input_size=(1, 3), kernel_size=(1, 2))
    >>> t = trace(c, [[1, 2, 3]], [[4, 5]], [[1, 10]])
    >>> t.weight_totals[0].tolist()  # 1*1 and 1*2, then 2*10 and 3*10 more
    [[[1.0, 2.0]], [[21.0, 32.0]]]
    >>> t.grad_bias, t.grad_input.tolist()  # 1 + 10; 1*4, 1*5 + 10*4, 10*5
    (11.0, [[4.0, 45.0, 50.0]])
    """
    c = configuration
    if c.operation == "transposed":
        raise ConvError.broken("Gradients are traced of convolution and pooling.", operation=c.operation)
    forward = traces.sweep(c, x, weight, bias)
    g = _as_gradient(grad_output, forward.output.shape)
    turn = slice(None, None, -1 if c.flip else 1)
    rows, cols = forward.window_rows[:, turn], forward.window_cols[:, turn]
    slopes = _slopes(c, forward)[:, :, turn, turn]
    spread = _spread(c, g[:, :, None, None] * slopes, rows, cols, forward)
    if forward.weight is None:
        return GradientTrace(forward, g, rows, cols, slopes, **spread)
    weight_terms = g[:, :, None, None] * forward.grid[rows[:, None, :, None], cols[None, :, None, :]]
    weight_totals, bias_totals = _running(weight_terms), _running(g)
    return GradientTrace(
        forward, g, rows, cols, slopes, **spread, weight_terms=weight_terms, weight_totals=weight_totals,
        bias_totals=bias_totals, grad_weight=weight_totals[-1, -1], grad_bias=float(bias_totals[-1, -1]),
    )


def full_convolution(configuration: Configuration, weight: ArrayLike, grad_output: ArrayLike) -> Trace:
    r"""Trace the gradient of a convolution's input as the convolution that it is.

    g is stretched by ``s - 1`` zeros between neighbours and padded by ``d(k - 1)``, less the padding of the
    forward pass; over it slides the kernel that the forward pass laid on the window, flipped, at stride 1.

    Parameters
    ----------
    configuration : Configuration
        A valid one, of a convolution that pads with zeros.
    weight : (KH, KW)
        As entered, before any flip.
    grad_output : (H_out, W_out)

    Returns
    -------
    Trace
        ``output`` is the gradient of the input, (H, W).

    Raises
    ------
    ConvError
        ``Only a convolution padded with zeros goes back as a convolution. Received: operation='max',
        padding_mode='zeros'.``
        ``The gradient must have the shape of the output. Received: grad_output=(1, 1), output=(2, 2).``

    Examples
    --------
    >>> c = Configuration(input_size=(1, 3), kernel_size=(1, 2))
    >>> t = full_convolution(c, [[4, 5]], [[1, 10]])
    >>> t.grid.tolist(), t.weight.tolist(), t.output.tolist()
    ([[0.0, 1.0, 10.0, 0.0]], [[5.0, 4.0]], [[4.0, 45.0, 50.0]])

    References
    ----------
    Dumoulin & Visin, 2016, relationship 14.
    """
    c = configuration
    if c.operation != "conv" or (c.padding_mode != "zeros" and any(map(any, c.pads))):
        rule = "Only a convolution padded with zeros goes back as a convolution."
        raise ConvError.broken(rule, operation=c.operation, padding_mode=c.padding_mode)
    g = _as_gradient(grad_output, c.output_size)
    laid = np.asarray(weight, dtype=float)[:: -1 if c.flip else 1, :: -1 if c.flip else 1]
    # What the last window left over is reached by no position: output padding, which stays zero.
    return traces.transposed(
        g, laid, stride=c.stride, padding=c.pads, output_padding=c.remainder, dilation=c.dilation
    )


def output_gradient(
    name: str, output: ArrayLike, rng: np.random.Generator | None = None, *, target: float = 0.0
) -> Floats:
    r"""Give an output a gradient, that of a simple loss.

    Parameters
    ----------
    name : "random", "ones", "one" or "error"
        Integers from -3 to 3; ones; a one in the middle; or :math:`y - t`, the gradient of
        :math:`\frac{1}{2} \sum (y - t)^2`.
    output : (H_out, W_out)
    rng : numpy.random.Generator, optional
        Only ``"random"`` needs it.
    target : float
        t.

    Raises
    ------
    ConvError
        ``Output gradient must be one of random, ones, one, error. Received: name='two'.``
        ``A random gradient needs a random generator. Received: rng=None.``

    Examples
    --------
    >>> output_gradient("error", [[1, 5]], target=2).tolist()
    [[-1.0, 3.0]]
    """
    y = np.asarray(output, dtype=float)
    rows, cols = y.shape
    match name:
        case "random":
            if rng is None:
                raise ConvError.broken("A random gradient needs a random generator.", rng=rng)
            return random(rows, cols, rng)
        case "ones":
            return np.ones(y.shape)
        case "one":
            return delta(rows, cols)
        case "error":
            return y - target
    raise ConvError.broken(f"Output gradient must be one of {', '.join(OUTPUT_GRADIENTS)}.", name=name)


# ---- finite differences --------------------------------------------------------------------


@dataclass(frozen=True)
class Difference:
    """A gradient beside what a small step of each number does to the loss.

    Attributes
    ----------
    analytic, finite : (rows, cols)
        The gradient by its rule, and :math:`(L(v + \\epsilon) - L(v - \\epsilon)) / 2\\epsilon`.
    kinks : (rows, cols) of bool
        Where a step up and a step down change an output at different rates: there is no slope there.
    agrees : (rows, cols) of bool
        The two are equal to six digits of the largest, or as far as the losses' own digits go.
    """

    analytic: Floats
    finite: Floats
    kinks: NDArray[np.bool_]
    agrees: NDArray[np.bool_]


@quiet
def check(
    configuration: Configuration, x: ArrayLike, weight: ArrayLike, grad_output: ArrayLike, bias: float = 0.0, *,
    squared: bool = False, step: float = 1e-5,
) -> dict[str, Difference]:
    r"""Hold the gradients of :math:`L = \sum_{ij} g_{ij} y_{ij}` against central finite differences.

    If ``squared``, of :math:`L = \frac12 \sum_{ij} (y_{ij} - t_{ij})^2`, whose g is y − t.

    Each number v moves by ``step * max(1, abs(v))`` up and down while all others stay.

    Parameters
    ----------
    configuration, x, weight, grad_output, bias
        As for `trace`.
    squared : bool
        Whether ``grad_output`` is the outputs less their targets, and L half the sum of its squares.
    step : float
        Above 0.

    Returns
    -------
    dict
        ``"input"`` and, of a convolution, ``"weight"`` and ``"bias"``, each a `Difference`; the bias has one row
        and one column.

    Raises
    ------
    ConvError
        As in `trace`, and ``The step must be greater than 0. Received: step=0.``

    Examples
    --------
    >>> found = check(Configuration("max", (1, 2), (1, 2)), [[3, 3]], [], [[1]])["input"]
    >>> found.analytic.tolist(), found.finite.round(6).tolist(), found.kinks.tolist()  # a tie has no slope
    ([[1.0, 0.0]], [[0.5, 0.5]], [[True, True]])
    """
    if not step > 0:
        raise ConvError.broken("The step must be greater than 0.", step=step)
    t = trace(configuration, x, weight, grad_output, bias)
    image = np.asarray(x, dtype=float)

    def outputs(images: Floats) -> Floats:
        return _outputs(configuration, images, np.asarray(weight, dtype=float)[None], np.array([bias]))[:, 0]

    found = {"input": _difference(image, t.grad_input, t.grad_output, outputs, step, squared)}
    if t.grad_weight is not None:
        kernel = np.asarray(weight, dtype=float)

        def outputs_of_kernels(kernels: Floats) -> Floats:
            return _outputs(configuration, image[None], kernels, np.full(len(kernels), bias))[0]

        def outputs_of_biases(biases: Floats) -> Floats:
            kernels = np.broadcast_to(kernel, (len(biases), *kernel.shape))
            return _outputs(configuration, image[None], kernels, biases[:, 0, 0])[0]

        offset, grad_bias = np.array([[bias]], dtype=float), np.array([[t.grad_bias]], dtype=float)
        found["weight"] = _difference(kernel, t.grad_weight, t.grad_output, outputs_of_kernels, step, squared)
        found["bias"] = _difference(offset, grad_bias, t.grad_output, outputs_of_biases, step, squared)
    return found


def _difference(
    values: Floats, analytic: Floats, g: Floats, outputs: Callable[[Floats], Floats], step: float, squared: bool
) -> Difference:
    """Move each number of ``values`` up and down; ``outputs`` gives (N, H_out, W_out) of N versions of them."""
    steps = step * np.maximum(1.0, np.abs(values))
    moved = np.eye(values.size).reshape(-1, *values.shape) * steps  # (N, rows, cols)
    at_rest = outputs(values[None])
    # Differences of the outputs are summed, not of the losses: what does not move adds no rounding.
    rise, fall = outputs(values + moved) - at_rest, at_rest - outputs(values - moved)  # (N, H_out, W_out)
    up, down = g * rise, g * fall
    digits = 1e-6 * max(1.0, np.abs(analytic).max()) + 1e-15 * np.abs(g * at_rest).sum() / steps
    # Half a square, (g + rise)**2 / 2, changes by g * rise + rise**2 / 2.
    curved = (rise**2 - fall**2) / 2 if squared else np.zeros_like(rise)
    finite = ((up + down + curved) / 2).sum((1, 2)).reshape(values.shape) / steps
    # Each output is held against itself: the kinks of two may cancel in the loss.
    bends = np.abs(up - down).sum((1, 2)).reshape(values.shape) / steps
    # At a tie whose g is 0 half a square has a slope, and its difference is off by the order of a step.
    off = np.abs(curved / 2).sum((1, 2)).reshape(values.shape) / steps
    return Difference(analytic, finite, bends > 100 * digits, np.abs(finite - analytic) <= digits + off)


def _outputs(c: Configuration, images: Floats, kernels: Floats, biases: Floats) -> Floats:
    """The outputs of N images with F kernels, (N, F, H_out, W_out); poolings have one kernel, none."""
    x = images[:, None]  # (N, C, H, W)
    if c.operation == "conv":
        laid = kernels[:, None, :: -1 if c.flip else 1, :: -1 if c.flip else 1]
        return conv2d(
            x, laid, biases, stride=c.stride, padding=c.padding, dilation=c.dilation, padding_mode=c.padding_mode
        )
    if c.operation == "max":
        return pooling.max_pool2d(
            x, c.kernel_size, stride=c.stride, padding=c.padding, dilation=c.dilation, ceil_mode=c.ceil_mode
        )
    options: dict[str, Any] = {"stride": c.stride, "padding": c.padding, "ceil_mode": c.ceil_mode}
    if c.operation == "avg":
        return pooling.avg_pool2d(x, c.kernel_size, count_include_pad=c.count_include_pad, **options)
    if c.operation == "sum":
        return pooling.sum_pool2d(x, c.kernel_size, **options)
    return pooling.lp_pool2d(x, c.norm_type, c.kernel_size, **options)


# ---- one position after the other ----------------------------------------------------------


def _slopes(c: Configuration, t: Trace) -> Floats:
    """What each output changes by for each unit of a cell of its window; (H_out, W_out, KH, KW)."""
    where = t.window_rows[:, None, :, None], t.window_cols[None, :, None, :]
    x, kinds = t.grid[where], t.kinds[where]
    if t.weight is not None:
        return np.broadcast_to(t.weight, x.shape)
    if t.winners is not None:
        slopes = np.zeros(x.shape)
        row, col = np.indices(t.output.shape)
        chosen = row, col, t.winners[..., 0], t.winners[..., 1]
        slopes[chosen] = 1.0 if c.operation == "max" else np.sign(x[chosen])
    elif t.divisors is not None:
        counted = True if c.count_include_pad else kinds == INPUT
        slopes = np.where(counted, 1 / t.divisors[:, :, None, None], 0.0)
    elif c.operation == "sum":
        slopes = np.ones(x.shape)
    else:
        share = np.abs(x) / t.output[:, :, None, None]
        slopes = np.where(x == 0, 0.0, np.sign(x) * share ** (c.norm_type - 1))
    return np.where(kinds == OUTSIDE, np.nan, slopes)


def _spread(c: Configuration, terms: Floats, rows: Places, cols: Places, forward: Trace) -> dict[str, Any]:
    """Add every position's terms to the cells of its window, one position after the other."""
    copies = c.padding_mode != "zeros"
    if copies:  # padding stands for the pixel that it shows
        rows, cols = (_copied(c, axis)[places] for axis, places in enumerate((rows, cols)))
    canvas = np.zeros(c.input_size if copies else forward.grid.shape)
    totals = np.empty_like(terms)
    for row, col in np.ndindex(terms.shape[:2]):
        window = np.ix_(rows[row], cols[col])
        np.add.at(canvas, window, terms[row, col])  # a window may show one pixel twice
        totals[row, col] = canvas[window]
    inside = np.flatnonzero(forward.input_rows >= 0), np.flatnonzero(forward.input_cols >= 0)
    return {
        "input_terms": terms, "input_totals": totals, "target_rows": rows, "target_cols": cols, "canvas": canvas,
        "grad_input": canvas if copies else canvas[np.ix_(*inside)],
    }


def _copied(c: Configuration, axis: int) -> Places:
    """Which input row (or column) each row of the padded input shows."""
    index = np.arange(c.input_size[axis])[None, None]  # (1, 1, n)
    return pad2d(index, ((0, 0), c.pads[axis]), c.padding_mode)[0, 0]


def _running(terms: Floats) -> Floats:
    """Sums over the positions up to each, in row-major order."""
    positions = terms.shape[0] * terms.shape[1]
    return terms.reshape(positions, *terms.shape[2:]).cumsum(axis=0).reshape(terms.shape)


def _as_gradient(grad_output: ArrayLike, shape: tuple[int, ...]) -> Floats:
    g = np.array(grad_output, dtype=float)
    if g.shape != shape:
        rule = "The gradient must have the shape of the output."
        raise ConvError.broken(rule, grad_output=g.shape, output=shape)
    return g
