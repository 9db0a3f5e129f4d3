"""Questions about numbers: one cell of an output, one pooled window, the gradient of one weight."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from conv.convolution import conv2d, conv2d_backward
from conv.pooling import avg_pool2d, lp_pool2d, max_pool2d
from conv.quiz.answers import spell
from conv.quiz.dice import Dice
from conv.quiz.draft import Draft, Kind
from conv.quiz.links import cells, explore
from conv.quiz.question import Diagnosis, Picture
from conv.quiz.sizes import listed
from conv.quiz.slips import Axis

HINT_WINDOW = "Which rows and columns of the input are in its window?"
Grid = list[list[int]]


def picture(title: str, grid: Grid) -> Picture:
    """Show a grid of numbers."""
    return Picture(title, np.array(grid, dtype=float))


def number(value: float) -> int | float:
    """Give a whole number as one."""
    rounded = round(float(value), 2)
    return int(rounded) if rounded == int(rounded) else rounded


def signed(value: float) -> str:
    """Write a number in a product, a negative one in brackets."""
    return f"{value:g}" if value >= 0 else f"({value:g})"


def products(window: NDArray, kernel: NDArray) -> str:
    """Write the sum of the products of two grids, leaving out those with 0."""
    terms = [
        rf"{signed(a)} \cdot {signed(b)}" for a, b in zip(window.ravel(), kernel.ravel(), strict=True) if a and b
    ]
    return " + ".join(terms) or "0"


# ---- one cell of an output -------------------------------------------------------------------


def cell(dice: Dice, level: int) -> Draft | None:
    """Draw a small input and kernel; with a stride, padding and bias; with the kernel flipped."""
    k = 2 if level == 1 else dice.between(2, 3)
    s, p = (dice.between(1, 2), dice.between(0, 1)) if level == 2 else (1, 0)
    axis = Axis(dice.between(4, 5), k, s, p)
    flip = level == 3 and dice.below(3) > 0
    x, w = dice.grid(axis.n, axis.n, 0, 3), dice.grid(k, k, -2, 2)
    bias = dice.between(-2, 2) if level == 2 else 0
    kernel = np.array(w, dtype=float)
    turned = kernel[::-1, ::-1]
    laid, other = (turned, kernel) if flip else (kernel, turned)
    image = np.array(x, dtype=float)
    output, wrong = (conv2d(image[None], each[None, None], [bias], stride=s, padding=p)[0] for each in (laid, other))
    row, col = dice.below(len(output)), dice.below(len(output))
    right = number(output[row, col])
    if row == col or (kernel == turned).all() or np.count_nonzero(kernel) < 3:
        return None
    operation = (
        "The convolution of mathematics turns the kernel by 180° and slides it over the input"
        if flip else "The kernel slides over the input as it is, not turned"
    )
    rule = listed(
        [f"stride {s}"] * (s > 1) + [f"padding {p} (zeros)"] * (p > 0) + [f"bias {spell(bias)}"] * (bias != 0)
    )
    text = (
        f"{operation}{f', with {rule}' if rule else ''}. What is the output's value at row {row + 1}, column "
        f"{col + 1}, counted from 1?"
    )
    found = [
        Diagnosis("M10", number(wrong[row, col]), f"You {'did not turn' if flip else 'turned'} the kernel by 180°."),
        Diagnosis("M13", number(output[col, row]), "You swapped row and column: rows count down, columns across."),
        Diagnosis("M10+M13", number(wrong[col, row]), "You swapped row and column, and laid the kernel the other way."),
    ]
    if row and col:
        found.append(Diagnosis("M15", number(output[row - 1, col - 1]), "You counted rows and columns from 0."))
    if s > 1 and row and col:
        slow = conv2d(image[None], laid[None, None], [bias], padding=p)[0]
        text_15 = "You moved the window by one pixel, not by the stride."
        found.append(Diagnosis("M15", number(slow[row, col]), text_15))
    top, left = row * s, col * s
    window = np.pad(image, p)[top : top + k, left : left + k]
    solution = f"${products(window, laid)}{f' + {signed(bias)}' if bias else ''} = {right}$"
    hints = (HINT_WINDOW, "Multiply each weight with the pixel under it, and add up.")
    link = explore(
        axis, axis, "flipped" if flip else "conv", x=cells(x), k=cells(w), step=row * len(output) + col + 1,
        bias=bias,
    )
    others = sorted({number(value) for value in output.ravel()}, key=lambda value: abs(value - right))
    return Draft(
        text, right, tuple(found), hints, solution, link, "value", (picture("Input", x), picture("Kernel", w)),
        near=tuple(others), signed=True,
    )


# ---- one pooled window -----------------------------------------------------------------------

# Four magnitudes whose squares add up to a square.
SQUARES = (
    (1, 1, 1, 1), (2, 2, 1, 0), (1, 1, 3, 5), (2, 4, 4, 0), (1, 2, 2, 4), (2, 3, 6, 0), (1, 4, 4, 4), (2, 2, 4, 5),
)
POOLINGS = {"max": ("max pooling", "Which number is kept?"), "avg": ("average pooling", "How many numbers are there?")}


def pooled(dice: Dice, level: int) -> Draft | None:
    """Draw one window, then one of several, then an Lₚ norm."""
    if level == 3:
        return _norm(dice)
    operation = dice.pick(("max", "avg"))
    n, s = (2, 2) if level == 1 else (5, dice.between(1, 2))
    k = 3 if level == 2 and operation == "max" and dice.below(2) else 2
    outputs = (n - k) // s + 1
    x = dice.grid(n, n, -4, 9)
    row, col = dice.below(outputs), dice.below(outputs)
    window = [value for line in x[row * s : row * s + k] for value in line[col * s : col * s + k]]
    if (level == 2 and row == col) or (operation == "avg" and sum(window) % len(window)):
        return None
    name, hint = POOLINGS[operation]
    image = np.array([x], dtype=float)
    pool = max_pool2d if operation == "max" else avg_pool2d
    output = pool(image, k, stride=s)[0]
    right = number(output[row, col])
    place = "" if level == 1 else f" at row {row + 1}, column {col + 1} of the output, counted from 1"
    stride = f" and stride {s}" if level == 2 else ""
    text = f"The input goes through {name} with a window of {k}×{k}{stride}. What is the value{place}?"
    terms = [signed(value) for value in window]
    solution = (
        rf"$\max({', '.join(map(str, window))}) = {right}$" if operation == "max"
        else rf"$({' + '.join(terms)}) / {k * k} = {right}$"
    )
    found = _wrong_pools(operation, window)
    if level == 2:
        swapped = number(output[col, row])
        found.append(Diagnosis("M13", swapped, "You swapped row and column: rows count down, columns across."))
        if row and col:
            found.append(Diagnosis("M15", number(output[row - 1, col - 1]), "You counted rows and columns from 0."))
    axis = Axis(n, k, s)
    link = explore(axis, axis, operation, x=cells(x), step=row * outputs + col + 1)
    return Draft(
        text, right, tuple(found), ((HINT_WINDOW, hint) if level == 2 else (hint,)), solution, link, "value",
        (picture("Input", x),), near=tuple(dict.fromkeys(window)), signed=True,
    )


def _wrong_pools(operation: str, window: list[int]) -> list[Diagnosis]:
    """Take one pooling for another."""
    found = [Diagnosis("M14", sum(window), "You only added the numbers up.")]
    if operation == "max":
        found.append(Diagnosis("M14", number(sum(window) / len(window)), "You took the mean."))
        if (largest := max(map(abs, window))) > max(window):
            found.append(Diagnosis("M14", largest, "Max pooling does not take magnitudes: signs count."))
    else:
        found.append(Diagnosis("M14", max(window), "You kept the largest number."))
        without = sum(map(abs, window)) / len(window)
        found.append(Diagnosis("M14", number(without), "Average pooling does not take magnitudes: signs count."))
    return [each for each in found if each.value != (max(window) if operation == "max" else sum(window) / len(window))]


def _norm(dice: Dice) -> Draft | None:
    """Draw a window whose norms for p = 1, 2 and ∞ are whole numbers."""
    sizes = dice.shuffled(dice.pick(SQUARES))
    flat = [size * dice.pick((1, -1)) for size in sizes]
    x = [flat[:2], flat[2:]]
    image = np.array([x], dtype=float)
    if not 0 < sum(value < 0 for value in flat) < 4:
        return None
    p = dice.pick((1, 2, np.inf))
    norms = {name: number(lp_pool2d(image, name, 2)[0, 0, 0]) for name in (1, 2, np.inf)}
    right, shown = norms[p], {1: "1", 2: "2", np.inf: r"\infty"}
    said = {1: "added up the magnitudes, which is p = 1", 2: "took p = 2", np.inf: "kept the largest, which is p = ∞"}
    found = [
        Diagnosis("M14", value, f"You {said[name]}.") for name, value in norms.items() if name != p
    ]
    total, squares = sum(flat), sum(value * value for value in flat)
    if p == 1:
        found.append(Diagnosis("M14", total, "You added up the numbers with their signs: Lₚ takes magnitudes."))
    if p == 2:
        found.append(Diagnosis("M14", squares, "You left out the root."))
    if p == np.inf:
        found.append(Diagnosis("M14", max(flat), "You kept the largest number: Lₚ takes magnitudes."))
    text = f"The input goes through $L_p$ pooling with $p = {shown[p]}$ and a window of 2×2. What is the value?"
    inside = " + ".join(f"{size}^2" if p == 2 else f"{size}" for size in sizes)
    solution = {
        1: f"${inside} = {right}$", 2: rf"$\sqrt{{{inside}}} = \sqrt{{{squares}}} = {right}$",
        np.inf: rf"The largest magnitude: $\max({', '.join(map(str, sizes))}) = {right}$",
    }[p]
    axis = Axis(2, 2, 2)
    link = explore(axis, axis, "lp", p="inf" if p == np.inf else p, x=cells(x))
    hints = ("First the magnitudes, each to the power of p; then add up; then the p-th root.",)
    pictures = (picture("Input", x),)
    return Draft(text, right, tuple(found), hints, solution, link, "value", pictures, near=(right + 2,), signed=True)


# ---- the gradient of one weight --------------------------------------------------------------


def gradient(dice: Dice, level: int) -> Draft | None:
    """Draw the gradient of a small output; a larger one; one with a stride."""
    s = 2 if level == 3 else 1
    n = {1: 3, 2: 4, 3: 4}[level]
    axis = Axis(n, 2, s)
    outputs = (n - 2) // s + 1
    x, g = dice.grid(n, n, -1, 3), dice.grid(outputs, outputs, -2, 2)
    row, col = dice.pick(((0, 1), (1, 0)))
    image, grad = np.array([x], dtype=float), np.array([g], dtype=float)
    weights = conv2d_backward(grad, image, np.zeros((1, 1, 2, 2)), stride=s)[1][0, 0]
    right = number(weights[row, col])
    taken = image[0][row : row + outputs * s : s, col : col + outputs * s : s][:outputs, :outputs]
    used = np.argwhere((taken * grad[0]) != 0)
    if len(used) < 3:
        return None
    stride = f", with stride {s}" if s > 1 else ""
    text = (
        f"A kernel of 2×2 slides over the input as it is, not turned{stride}; the gradient of the loss with "
        rf"respect to the output is $g$. What is $\partial L / \partial w$ for the weight in row {row + 1}, column "
        f"{col + 1} of the kernel?"
    )
    first = tuple(used[0])
    alone = number(taken[first] * grad[0][first])
    found = [
        Diagnosis("M13", number(weights[col, row]), "You swapped row and column: rows count down, columns across."),
        Diagnosis("M6", alone, "A weight is shared: every position adds to its gradient, and you took one alone."),
        Diagnosis("M6", number(taken.sum()), "You added up the pixels that meet the weight: each counts times its g."),
        Diagnosis("M15", number(weights[0, 0]), "That is the gradient of the first weight."),
    ]
    flipped = number((taken * grad[0][::-1, ::-1]).sum())
    found.append(Diagnosis("M10", flipped, "You turned g by 180°: each position meets its own g."))
    solution = f"The weight meets as many pixels as there are positions: ${products(taken, grad[0])} = {right}$"
    hints = ("Which pixel does this weight meet at each position?", "Each position adds its g times that pixel.")
    link = explore(axis, axis, page="gradients", of="weights", x=cells(x), g=cells(g))
    pictures = (picture("Input", x), picture("Gradient g of the output", g))
    near = tuple({number(value) for value in weights.ravel()} - {right})
    return Draft(text, right, tuple(found), hints, solution, link, "value", pictures, near=near, signed=True)


KINDS = {
    "cell": Kind("One cell of the output", "The value that a window gives, the kernel flipped or not.", cell),
    "pooled": Kind("One pooled window", "What max, average and Lₚ pooling make of a few numbers.", pooled),
    "gradient": Kind("Gradient of a shared weight", "What one weight receives from all positions together.", gradient),
}
