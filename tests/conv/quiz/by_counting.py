"""Every kind's answer in another way: from the question's words alone, by counting, without `conv`."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from itertools import product

import numpy as np

from conv.quiz.question import Question


def letters(text: str) -> dict[str, int]:
    """The numbers with a letter: ``$N = 7$``."""
    found = {letter: int(number) for letter, number in re.findall(r"\$([A-Z]) = (\d+)\$", text)}
    return {"S": 1, "P": 0, "D": 1} | found


def matrices(text: str) -> list[tuple[int, int]]:
    """The sizes in LaTeX: ``7 \\times 7``."""
    return [(int(rows), int(cols)) for rows, cols in re.findall(r"(\d+) \\times (\d+)", text)]


def after(words: str, text: str, default: int | None = None) -> int:
    """The number that follows some words."""
    found = re.search(rf"(?:{words})[^\d−]{{0,3}}(−?\d[\d,]*)", text)
    if found is None:
        assert default is not None, (words, text)
        return default
    return int(found[1].replace(",", "").replace("−", "-"))


def starts(n: int, k: int, s: int = 1, p: int = 0, d: int = 1, ceil: bool = False) -> list[int]:
    """Where a window stands, one step after the other, as long as it fits; the input begins at 0."""
    found, start, end = [], -p, n + p
    while start + d * (k - 1) < end:
        found.append(start)
        start += s
    # rounding up: one more window for what is left, if it starts before the padding behind the input
    if ceil and found and found[-1] + d * (k - 1) + 1 < end and start < n:
        found.append(start)
    return found


def count(n: int, k: int, s: int = 1, p: int = 0, d: int = 1, ceil: bool = False) -> int:
    return len(starts(n, k, s, p, d, ceil))


def axis(text: str) -> int:
    given = letters(text)
    return count(given["N"], given["K"], given["S"], given["P"], given["D"])


def one_axis(question: Question) -> int:
    return axis(question.text)


def size(question: Question) -> tuple[int, int]:
    given, ((h, w), (kh, kw)) = letters(question.text), matrices(question.text)
    rest = given["S"], given["P"], given["D"]
    return count(h, kh, *rest), count(w, kw, *rest)


def pooling(question: Question) -> int:
    given = letters(question.text)
    return count(given["N"], given["K"], given["S"], given["P"], ceil="ceil_mode=True" in question.text)


def named_padding(question: Question) -> int:
    given = letters(question.text)
    n, k, s = given["N"], given["K"], given["S"]
    if "full" in question.text:
        return sum(start < n and start + k > 0 for start in range(-2 * k, n + k))  # every overlap
    if "on the right" in question.text:
        total = max(0, k - s if n % s == 0 else k - n % s)  # as TensorFlow writes it
        return total - total // 2
    return len(range(0, n, s))


def transposed(question: Question) -> int:
    given = letters(question.text)
    laid = {i * given["S"] + j * given["D"] for i, j in product(range(given["N"]), range(given["K"]))}
    return max(laid) + 1 - 2 * given["P"] + after("output padding", question.text, 0)


def only(values: Iterator[int]) -> int:
    """The one value that there is."""
    (value,) = values
    return value


def which_padding(question: Question) -> int:
    (n, _), (k, _), (wanted, _) = matrices(question.text)
    d = letters(question.text)["D"]
    return only(p for p in range(30) if count(n, k, 1, p, d) == wanted)


def which_stride(question: Question) -> object:
    given, wanted = letters(question.text), after("output that is", question.text)
    found = [s for s in range(1, 9) if count(given["N"], given["K"], s, given["P"]) == wanted]
    return frozenset(found) if "Which strides" in question.text else only(iter(found))


def which_kernel(question: Question) -> object:
    given, wanted = letters(question.text), after("output that is", question.text)
    most = after("kernels from 1 to", question.text, given["N"] + 2 * given["P"])
    found = [k for k in range(1, most + 1) if count(given["N"], k, given["S"], given["P"]) == wanted]
    return frozenset(found) if "Which kernels" in question.text else only(iter(found))


def unread(question: Question) -> frozenset[int]:
    given = letters(question.text)
    windows = starts(given["N"], given["K"], given["S"], given["P"])
    read = {start + j for start in windows for j in range(given["K"])}
    return frozenset(column + 1 for column in set(range(given["N"])) - read)


# ---- counting --------------------------------------------------------------------------------


def layer(text: str) -> tuple[int, int, int, int, int, int]:
    """Input side, kernel, maps in and out, groups and side of the output."""
    (n, _), (k, _) = matrices(text)[:2]
    words = text.replace("one", "1")
    fin, fout = after("reads", words), after("makes", words)
    return n, k, fin, fout, after("in (?=[0-9]+ groups)", text, 1), count(n, k, after("stride", text, 1))


def parameters(question: Question) -> int:
    _, k, fin, fout, groups, _ = layer(question.text)
    reads = [[a for a in range(fin) if a * groups // fin == b * groups // fout] for b in range(fout)]
    weights = sum(k * k for b in range(fout) for _ in reads[b])
    return weights + (0 if "no biases" in question.text else fout)


def work(question: Question) -> int:
    _, k, fin, fout, groups, side = layer(question.text)
    units = sum(1 for _ in product(range(fout), range(side), range(side)))
    if "hidden units" in question.text.split(".")[-1]:
        return units
    return units * len(list(product(range(fin // groups), range(k), range(k))))


def dense(question: Question) -> int:
    text = question.text
    if text.startswith("A convolutional"):
        *_, fout, _, side = layer(text)
        units = after("dense layer of", text)
        return (fout * side**2 + 1) * units
    if text.startswith("A kernel"):
        (k, _), (n, _) = matrices(text)
        return n * n * count(n, k) ** 2
    units, ((n, _),) = int(text.split()[0].replace(",", "")), matrices(text)
    return (n * n + ("bias" in text)) * units


# ---- receptive fields, values ----------------------------------------------------------------


def rows_of(text: str) -> Iterator[tuple[str, int, int, int, int]]:
    """The layers of a list: the line, kernel, stride, padding, dilation."""
    for line in re.findall(r"^\d+\. (.*)$", text, re.MULTILINE):
        found = re.search(r"(\d+)×\1", line)
        kernel = int(found[1]) if found else 0
        yield line, kernel, after("stride", line, 1), after("padding", line, 0), after("dilation", line, 1)


def receptive(question: Question) -> object:
    if "fully connected" in question.text:
        return matrices(question.text)[0]
    layers = list(rows_of(question.text)) or [("", k, 1, 0, 1) for k, _ in matrices(question.text)[1:]]
    seen = {0}
    for _, k, s, _, d in reversed(layers):
        seen = {unit * s + j * d for unit in seen for j in range(k)}
    return max(seen) - min(seen) + 1


def place(text: str) -> tuple[int, int]:
    return after("row", text, 1) - 1, after("column", text, 1) - 1


def cell(question: Question) -> float:
    text, (x, kernel) = question.text, (picture.values for picture in question.pictures)
    s, p, bias = after("stride", text, 1), after("padding", text, 0), after("bias", text, 0)
    row, col = place(text)
    k = len(kernel)
    total = float(bias)
    for i, j in product(range(k), range(k)):
        r, c = row * s + i - p, col * s + j - p
        weight = kernel[k - 1 - i, k - 1 - j] if "turns the kernel" in text else kernel[i, j]
        if 0 <= r < len(x) and 0 <= c < len(x):
            total += weight * x[r, c]
    return total


def pooled(question: Question) -> float:
    text, x = question.text, question.pictures[0].values
    k, s = int(re.search(r"(\d)×\1", text)[1]), after("stride", text, 1)
    row, col = place(text)
    window = x[row * s : row * s + k, col * s : col * s + k].ravel().tolist()
    if "max pooling" in text:
        return sorted(window)[-1]
    if "average" in text:
        return sum(window) / len(window)
    if "infty" in text:
        return max(abs(value) for value in window)
    p = int(re.search(r"p = (\d)", text)[1])
    return sum(abs(value) ** p for value in window) ** (1 / p)


def gradient(question: Question) -> float:
    x, g = (picture.values for picture in question.pictures)
    s = after("stride", question.text, 1)
    row, col = place(question.text)

    def loss(step: float) -> float:
        """The sum of g y, for a kernel that is zero but for one weight."""
        return sum(
            g[i, j] * step * x[i * s + row, j * s + col] for i, j in product(range(len(g)), range(len(g)))
        )

    return loss(1.0) - loss(0.0)


# ---- networks, pictures, libraries -----------------------------------------------------------


def through(question: Question) -> Iterator[tuple[str, int, tuple[int, ...], tuple[int, ...]]]:
    """Each layer with its kernel and the shapes before and after it."""
    shape = tuple(map(int, re.search(r"(\d+) × (\d+) × (\d+)", question.text).groups()))
    for line, k, s, p, _ in rows_of(question.text):
        before = shape
        if line.startswith("dense"):
            shape = (after("of", line),)
        elif "one row" in line:
            shape = (int(np.prod(shape)),)
        else:
            maps = after("to", line.replace("one", "1")) if "convolution" in line else shape[0]
            shape = (maps, *(count(n, k, s, p) for n in shape[1:]))
        yield line, k, before, shape


def network_shape(question: Question) -> tuple[int, ...]:
    return list(through(question))[-1][-1]


def network_parameters(question: Question) -> int:
    total = 0
    for line, k, before, now in through(question):
        if "convolution" in line:
            total += now[0] * (before[0] * k * k + 1)
        elif line.startswith("dense"):
            total += now[0] * (before[0] + 1)
    return total


def which_picture(question: Question) -> str:
    given, ((kh, kw), (h, w)) = letters(question.text), matrices(question.text)
    s, p, d = given["S"], given["P"], given["D"]
    wanted = {"op": "conv", "h": h, "w": w, "kh": kh, "kw": kw, "sh": s, "sw": s, "ph": p, "pw": p, "dh": d, "dw": d}
    (found,) = (picture.title for picture in question.pictures if picture.settings == wanted)
    return found


def frameworks(question: Question) -> object:
    text, s = question.text, after("strides?", question.text, 1)
    n = after("reads an image that is|reads a map that is|An image is", text)
    if "CS231n" in text:
        k, p = after("the kernel", text), after("padding", text, 0)
        ends = {s: starts(n, k, s, p)[-1] + k for s in range(1, 7)}
        return frozenset(s for s, end in ends.items() if end == n + p)
    if "same" in text:
        return len(range(0, n, s))
    k = after(r"Conv2D\(1,|windows of", text)
    return count(n, k, s, ceil="Caffe" in text)


BY_COUNTING: dict[str, Callable[[Question], object]] = {
    "size": size, "axis": one_axis, "floor": one_axis, "dilation": one_axis, "pooling": pooling,
    "named_padding": named_padding, "transposed": transposed, "which_padding": which_padding,
    "which_stride": which_stride, "which_kernel": which_kernel, "unread": unread, "parameters": parameters,
    "work": work, "dense": dense, "receptive": receptive, "cell": cell, "pooled": pooled, "gradient": gradient,
    "network_shape": network_shape, "network_parameters": network_parameters, "which_picture": which_picture,
    "frameworks": frameworks,
}
