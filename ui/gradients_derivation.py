"""The gradients derived, as Markdown with LaTeX, with a configuration's numbers put in."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from conv.configuration import POOLS, Configuration
from conv.gradients import GradientTrace
from ui.gradients import Backward
from ui.scene import spoken

LONGEST = 9  # terms; a longer sum is told by its ends


def derivation(shown: Backward, followed: tuple[int, int] | None = None, *, show_result: bool = True) -> str:
    """Derive the gradients that are shown, one paragraph each.

    The weight, or the cell of the input, that is ``followed`` has its numbers put in: row and column, from 0. With
    ``show_result=False`` they are put in but nothing is worked out.
    """
    t, c = shown.trace(), shown.window.configuration
    cell = followed or ((c.input_size[0] - 1) // 2, (c.input_size[1] - 1) // 2)  # the one in the middle
    if c.operation in POOLS:
        paragraphs = [indices(c), *_pooling(shown, t, cell, show_result)]
    else:
        paragraphs = [*_forward(c), indices(c)]
        if shown.view == "weights":
            paragraphs += _weights(shown, t, followed or (0, 0), show_result)
        elif shown.view != "forward":
            paragraphs += _input(shown, t, cell, show_result)
    text = "\n\n".join(paragraphs).replace("$$", "\n$$\n")
    return text if padded(c) else text.replace(r"\hat x", "x")  # there is but one input


def indices(c: Configuration) -> str:
    """Say what the letters and their indices mean."""
    weight = "" if c.operation in POOLS else ", $w_{k,l}$ the weight in row k and column l"
    told = (
        "All indices are counted from 1, the row first: $y_{i,j}$ is the output of the window's position (i, j), "
        f"$g_{{i,j}}$ its gradient{weight}, $x_{{m,n}}$ the input in row m and column n."
    )
    if not padded(c):
        return told
    (top, _), (left, _) = c.pads
    place = rf"{_moved('m', top)},\; {_moved('n', left)}"
    return rf"{told} $\hat x$ is the padded input: $x_{{m,n}}$ is $\hat x_{{{place}}}$."


def padded(c: Configuration) -> bool:
    """Whether anything is around the input."""
    return any(map(any, c.pads))


def _moved(index: str, by: int) -> str:
    return f"{index} + {by}" if by else index


# ---- convolution ---------------------------------------------------------------------------


def _forward(c: Configuration) -> list[str]:
    return [
        "**Forward.** The same weights read every window:",
        rf"$$y_{{i,j}} = \sum_{{k=1}}^{{{c.kernel_size[0]}}} \sum_{{l=1}}^{{{c.kernel_size[1]}}} "
        rf"\allowbreak w_{{k,l}}\, \allowbreak {_window(c)} + b$$",
    ]


def _weights(shown: Backward, t: GradientTrace, weight: tuple[int, int], show_result: bool) -> list[str]:
    """The gradients of the weights, of one of them, and of the bias."""
    g, (row, col) = t.grad_output, weight
    over = r"\sum_{i,j}" if g.size > 1 else ""
    positions = f"all {g.size} positions" if g.size > 1 else "its one position"
    met = [(g[i, j], t.forward.grid[t.window_rows[i, row], t.window_cols[j, col]]) for i, j in np.ndindex(g.shape)]
    return [
        f"**Weights.** A weight is part of every output, as it is shared, so the chain rule adds up {positions}. "
        r"$g_{i,j} = \partial L / \partial y_{i,j}$ is given, and the slope $\partial y_{i,j} / \partial w_{k,l}$ is "
        "the input that the weight meets there:",
        rf"$$\frac{{\partial L}}{{\partial w_{{k,l}}}} = {over} \frac{{\partial L}}{{\partial y_{{i,j}}}} "
        rf"\frac{{\partial y_{{i,j}}}}{{\partial w_{{k,l}}}} = {over}\, \allowbreak g_{{i,j}}\, \allowbreak "
        rf"{_window(shown.window.configuration)}$$",
        rf"$$\frac{{\partial L}}{{\partial w_{{{row + 1},{col + 1}}}}} = {_products(met)} "
        rf"= {_result(t.grad_weight[row, col], show_result)}$$",
        r"**Bias.** It is added to every output with slope 1:",
        rf"$$\frac{{\partial L}}{{\partial b}} = \sum_{{i,j}} g_{{i,j}} = {_sum(g.ravel())} "
        rf"= {_result(t.grad_bias, show_result)}$$",
    ]


def _input(shown: Backward, t: GradientTrace, cell: tuple[int, int], show_result: bool) -> list[str]:
    """The gradient of the input, and of one of its cells."""
    c = shown.window.configuration
    along = [_meets(c, axis) for axis in (0, 1)]
    row, col = cell
    found = _sources(t, row, col)
    copied = c.padding_mode != "zeros" and any(map(any, c.pads))
    cut = (
        " What falls on the padding goes to the pixels it was copied from." if copied
        else " What falls on the padding is cut away." if any(map(any, c.pads)) else ""
    )
    flipped = "the kernel as it is" if c.flip else "the flipped kernel"
    whole = f" That is the full convolution of g{_stretched(c)} with {flipped}."
    return [
        rf"**Input.** A cell is part of every output whose window covers it, with the weight that it meets there as "
        rf"slope.{'' if copied else whole}{cut}",
        rf"$$\frac{{\partial L}}{{\partial \hat x_{{m,n}}}} = \sum_{{i,k:\; {along[0]} = m}} "
        rf"\allowbreak \sum_{{j,l:\; {along[1]} = n}} g_{{i,j}}\, w_{{k,l}}$$",
        rf"$$\frac{{\partial L}}{{\partial x_{{{row + 1},{col + 1}}}}} = {_products(found) if found else '0'} "
        rf"{'= ' + _result(t.grad_input[row, col], show_result) if found else ''}$$",
    ]


def _stretched(c: Configuration) -> str:
    """Say how many zeros the stride puts between neighbours.

    >>> _stretched(Configuration(stride=(2, 2))), _stretched(Configuration(stride=(1, 3)))
    (', stretched by 1 zero between neighbours,', ', stretched by 2 zeros between columns,')
    """
    rows, cols = (s - 1 for s in c.stride)
    between = {"neighbours": rows} if rows == cols else {"rows": rows, "columns": cols}
    told = [f"{zeros} zero{'' if zeros == 1 else 's'} between {what}" for what, zeros in between.items() if zeros]
    return f", stretched by {' and '.join(told)}," if told else ""


def _window(c: Configuration) -> str:
    return rf"\hat x_{{{_meets(c, 0)},\; {_meets(c, 1)}}}"


def _meets(c: Configuration, axis: int) -> str:
    """Which row (or column) of the padded input a weight meets: s(i − 1) + d(k − 1) + 1, with the numbers put in.

    >>> _meets(Configuration(), 0), _meets(Configuration(stride=(2, 1), flip=True), 0)
    ('i + k - 1', '2(i - 1) + 4 - k')
    >>> _meets(Configuration(dilation=(2, 1)), 0), _meets(Configuration(stride=(2, 1), dilation=(2, 1)), 0)
    ('i + 2(k - 1)', '2(i - 1) + 2(k - 1) + 1')
    """
    s, d, size = c.stride[axis], c.dilation[axis], c.kernel_size[axis]
    position, place = "ij"[axis], "kl"[axis]
    before = f"{size} - {place}" if c.flip else f"{place} - 1"  # weights of the window before this one
    reach = f"{d}({before})" if d > 1 else before
    if s == 1:
        return f"{position} + {reach}"
    if d == 1:
        return f"{s}({position} - 1) + {f'{size + 1} - {place}' if c.flip else place}"
    return f"{s}({position} - 1) + {reach} + 1"


def _sources(t: GradientTrace, row: int, col: int) -> list[tuple[float, float]]:
    """The g and the slope of each position that hands something back to a cell of the input."""
    if t.canvas.shape == t.forward.grid.shape:
        row, col = (int(np.flatnonzero(places == at)[0])
                    for places, at in ((t.forward.input_rows, row), (t.forward.input_cols, col)))
    return [
        (t.grad_output[i, j], t.slopes[i, j, k, m])
        for i, j in np.ndindex(t.grad_output.shape)
        for k in np.flatnonzero(t.target_rows[i] == row)
        for m in np.flatnonzero(t.target_cols[j] == col)
    ]


# ---- pooling -------------------------------------------------------------------------------

SLOPES = {
    "max": (
        "The output is the largest of its window: it follows that one cell, and no other. Of equals, the first wins.",
        r"\begin{cases} 1 & \hat x_{m,n} \text{ wins in } (i,j) \\ 0 & \text{else} \end{cases}",
    ),
    "avg": (
        "Every cell of a window moves the mean by one over the number of cells: the gradient is shared out evenly.",
        r"\frac{1}{|\text{window } (i,j)|}",
    ),
    "sum": ("Every cell of a window moves the sum as much as itself: the gradient is copied.", "1"),
    "lp": (
        "The larger a cell is beside the norm, the larger is its share; a cell that is 0 gets none.",
        r"\operatorname{sign}(\hat x_{m,n}) \left( \frac{|\hat x_{m,n}|}{y_{i,j}} \right)^{p - 1}",
    ),
}


def _pooling(shown: Backward, t: GradientTrace, cell: tuple[int, int], show_result: bool) -> list[str]:
    c = shown.window.configuration
    words, slope = SLOPES[c.operation]
    if c.operation == "lp" and np.isinf(c.norm_type):
        words, slope = SLOPES["max"][0], SLOPES["max"][1].replace("1 &", r"\operatorname{sign}(\hat x_{m,n}) &")
    elif c.operation == "lp":
        slope = slope.replace("p - 1", f"{spoken(c.norm_type)} - 1")
    row, col = cell
    found = _sources(t, row, col)
    return [
        f"**Nothing to learn.** A pooling has no weights; it only routes the gradient back to its input. {words}",
        rf"$$\frac{{\partial y_{{i,j}}}}{{\partial \hat x_{{m,n}}}} = {slope}$$",
        r"$$\frac{\partial L}{\partial \hat x_{m,n}} = \sum_{i,j} g_{i,j} "
        r"\frac{\partial y_{i,j}}{\partial \hat x_{m,n}}$$",
        f"The sum goes over the windows that the cell lies in, here {len(found)}:",
        rf"$$\frac{{\partial L}}{{\partial x_{{{row + 1},{col + 1}}}}} = {_products(found) if found else '0'} "
        rf"{'= ' + _result(t.grad_input[row, col], show_result) if found else ''}$$",
    ]


# ---- sums in LaTeX -------------------------------------------------------------------------


def _products(pairs: Sequence[tuple[float, float]]) -> str:
    """Write a sum of products, none of which is torn apart at the end of a line.

    >>> _products([(2, 3), (-1, 0.5)])
    '{2 \\\\cdot 3} + {(-1) \\\\cdot 0.5}'
    """
    return _joined([rf"{{{_number(a)} \cdot {_number(b)}}}" for a, b in pairs])


def _sum(values: Sequence[float]) -> str:
    return _joined([_number(value) for value in values])


def _joined(terms: list[str]) -> str:
    return " + ".join(terms if len(terms) <= LONGEST else [*terms[:3], r"\dots", terms[-1]])


def _number(value: float) -> str:
    text = spoken(value)
    return f"({text})" if text.startswith("-") else text


def _result(value: float | None, show_result: bool) -> str:
    return rf"\mathbf{{{spoken(value)}}}" if show_result and value is not None else r"\;?"
