"""The gradients derived, as Markdown with LaTeX, with a configuration's numbers put in."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from conv.configuration import Configuration
from conv.gradients import GradientTrace
from ui.gradients import Backward
from ui.scene import spoken

LONGEST = 9  # terms; a longer sum is told by its ends
NOTE = "x̂ is the padded input; rows i, k, m and columns j, l, n are counted from 0."


def derivation(shown: Backward, *, show_result: bool = True) -> str:
    """Derive every gradient of the configuration, one paragraph each.

    With ``show_result=False`` the numbers are put in but nothing is worked out.
    """
    t, c = shown.trace(), shown.window.configuration
    paragraphs = _convolution(shown, t, show_result) if c.operation == "conv" else _pooling(shown, t, show_result)
    return "\n\n".join([*paragraphs, NOTE]).replace("$$", "\n$$\n")


# ---- convolution ---------------------------------------------------------------------------


def _convolution(shown: Backward, t: GradientTrace, show_result: bool) -> list[str]:
    c, g = shown.window.configuration, t.grad_output
    x = _window(c)
    over = r"\sum_{i,j}" if g.size > 1 else ""
    positions = f"all {g.size} positions" if g.size > 1 else "its one position"
    first = [(g[place], t.forward.grid[_met(t, place)]) for place in np.ndindex(g.shape)]
    return [
        "**Forward.** The same weights read every window:",
        rf"$$y_{{ij}} = \sum_{{k=0}}^{{{c.kernel_size[0] - 1}}} \sum_{{l=0}}^{{{c.kernel_size[1] - 1}}} "
        rf"w_{{kl}}\, {x} + b$$",
        f"**Weights.** A weight is part of every output, as it is shared, so the chain rule adds up {positions}. "
        r"$g_{ij} = \partial L / \partial y_{ij}$ is given, and the slope $\partial y_{ij} / \partial w_{kl}$ is the "
        "input that the weight meets there:",
        rf"$$\frac{{\partial L}}{{\partial w_{{kl}}}} = {over} \frac{{\partial L}}{{\partial y_{{ij}}}} "
        rf"\frac{{\partial y_{{ij}}}}{{\partial w_{{kl}}}} = {over}\, g_{{ij}}\, {x}$$",
        rf"$$\frac{{\partial L}}{{\partial w_{{00}}}} = {_products(first)} "
        rf"= {_result(t.grad_weight[0, 0], show_result)}$$",
        r"**Bias.** It is added to every output with slope 1:",
        rf"$$\frac{{\partial L}}{{\partial b}} = \sum_{{i,j}} g_{{ij}} = {_sum(g.ravel())} "
        rf"= {_result(t.grad_bias, show_result)}$$",
        *_input(shown, t, show_result),
    ]


def _input(shown: Backward, t: GradientTrace, show_result: bool) -> list[str]:
    """The gradient of the input, and of one of its cells: the one in the middle."""
    c = shown.window.configuration
    along = [_meets(c, axis) for axis in (0, 1)]
    row, col = ((size - 1) // 2 for size in c.input_size)
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
        rf"$$\frac{{\partial L}}{{\partial \hat x_{{mn}}}} = \sum_{{i,k:\; {along[0]} = m}} "
        rf"\;\sum_{{j,l:\; {along[1]} = n}} g_{{ij}}\, w_{{kl}}$$",
        rf"$$\frac{{\partial L}}{{\partial x_{{{row},{col}}}}} = {_products(found) if found else '0'} "
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
    """Where the padded input's row (or column) is that a weight meets: is + kd, with the numbers put in.

    >>> _meets(Configuration(stride=(2, 1), flip=True), 0)
    '2i + (2 - k)'
    """
    s, d, last = c.stride[axis], c.dilation[axis], c.kernel_size[axis] - 1
    position, place = "ij"[axis], "kl"[axis]
    turned = f"({last} - {place})" if c.flip else place
    return f"{s if s > 1 else ''}{position} + {d if d > 1 else ''}{turned}"


def _met(t: GradientTrace, place: tuple[int, ...]) -> tuple[int, int]:
    """The cell of the grid that the first weight meets at a position."""
    return t.window_rows[place[0], 0], t.window_cols[place[1], 0]


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
        "The output is the largest of its window: it follows that one cell, and no other. Of equals, the first.",
        r"\begin{cases} 1 & \hat x_{mn} \text{ is the (first) largest of window } ij \\ 0 & \text{else} \end{cases}",
    ),
    "avg": (
        "Every cell of a window moves the mean by one over the number of cells: the gradient is shared out evenly.",
        r"\frac{1}{|\text{window } ij|}",
    ),
    "sum": ("Every cell of a window moves the sum as much as itself: the gradient is copied.", "1"),
    "lp": (
        "The larger a cell is beside the norm, the larger is its share; a cell that is 0 gets none.",
        r"\operatorname{sign}(\hat x_{mn}) \left( \frac{|\hat x_{mn}|}{y_{ij}} \right)^{p - 1}",
    ),
}


def _pooling(shown: Backward, t: GradientTrace, show_result: bool) -> list[str]:
    c = shown.window.configuration
    words, slope = SLOPES[c.operation]
    if c.operation == "lp" and np.isinf(c.norm_type):
        words, slope = SLOPES["max"][0], SLOPES["max"][1].replace("1 &", r"\operatorname{sign}(\hat x_{mn}) &")
    elif c.operation == "lp":
        slope = slope.replace("p - 1", f"{spoken(c.norm_type)} - 1")
    row, col = ((size - 1) // 2 for size in c.input_size)
    found = _sources(t, row, col)
    return [
        f"**Nothing to learn.** A pooling has no weights; it only routes the gradient back to its input. {words}",
        rf"$$\frac{{\partial y_{{ij}}}}{{\partial \hat x_{{mn}}}} = {slope} \qquad "
        rf"\frac{{\partial L}}{{\partial \hat x_{{mn}}}} = \sum_{{i,j}} g_{{ij}} "
        rf"\frac{{\partial y_{{ij}}}}{{\partial \hat x_{{mn}}}}$$",
        f"The sum goes over the windows that the cell lies in, here {len(found)}:",
        rf"$$\frac{{\partial L}}{{\partial x_{{{row},{col}}}}} = {_products(found) if found else '0'} "
        rf"{'= ' + _result(t.grad_input[row, col], show_result) if found else ''}$$",
    ]


# ---- sums in LaTeX -------------------------------------------------------------------------


def _products(pairs: Sequence[tuple[float, float]]) -> str:
    """Write a sum of products.

    >>> _products([(2, 3), (-1, 0.5)])
    '2 \\\\cdot 3 + (-1) \\\\cdot 0.5'
    """
    return _joined([rf"{_number(a)} \cdot {_number(b)}" for a, b in pairs])


def _sum(values: Sequence[float]) -> str:
    return _joined([_number(value) for value in values])


def _joined(terms: list[str]) -> str:
    return " + ".join(terms if len(terms) <= LONGEST else [*terms[:3], r"\dots", terms[-1]])


def _number(value: float) -> str:
    text = spoken(value)
    return f"({text})" if text.startswith("-") else text


def _result(value: float | None, show_result: bool) -> str:
    return rf"\mathbf{{{spoken(value)}}}" if show_result and value is not None else r"\;?"
