"""Formulas with a configuration's numbers put in, as Markdown with LaTeX."""

from __future__ import annotations

from conv import counts, geometry
from conv.configuration import Configuration

AXES = ("Rows", "Columns")


def output_size(c: Configuration, *, show_result: bool = True) -> str:
    """Derive the output's size an axis at a time; once if both axes are alike.

    With ``show_result=False`` the numbers are put in but nothing is worked out.
    """
    derive = _transposed if c.operation == "transposed" else _gathered
    lines = [derive(c, axis, show_result) for axis in (0, 1)]
    symbolic = _symbols(c)
    if lines[0] == lines[1]:
        return f"$${symbolic}$$\n\nRows and columns alike: {lines[0]}"
    return f"$${symbolic}$$\n\n" + "\n\n".join(f"{name}: {line}" for name, line in zip(AXES, lines, strict=True))


def remainders(c: Configuration) -> str:
    """Say what rounding leaves over, or the empty string where it leaves nothing."""
    left, idle = c.remainder, c.uncovered
    units = ("row", "column")
    over = [_count(left[axis], unit) for axis, unit in enumerate(units) if left[axis] and not c.ceil_mode]
    unread = [_places(idle[axis], unit) for axis, unit in enumerate(units) if idle[axis]]
    sentences = []
    if over:
        sentences.append(f"The division leaves {' and '.join(over)} over: the floor drops the last, incomplete step.")
    if unread:
        verb = "is" if sum(map(len, idle)) == 1 else "are"
        sentences.append(f"Input {' and '.join(unread)} {verb} read by no window.")
    return " ".join(sentences)


def operation(c: Configuration) -> str:
    """The operation itself, as an equation."""
    window = r"x_{i s + k d,\; j s + l d}"
    return {
        "conv": rf"h_{{ij}} = \sum_{{k,l}} w_{{kl}}\, {window} + b",
        "flipped": rf"h_{{ij}} = \sum_{{k,l}} w_{{K-1-k,\;L-1-l}}\, {window} + b",
        "transposed": r"h_{i s + k d,\; j s + l d} \mathrel{+}= w_{kl}\, x_{ij}, \quad \text{from } h = b",
        "max": rf"h_{{ij}} = \max_{{k,l}} {window}",
        "avg": rf"h_{{ij}} = \frac{{1}}{{|\text{{window}}|}} \sum_{{k,l}} {window}",
        "sum": rf"h_{{ij}} = \sum_{{k,l}} {window}",
        "lp": rf"h_{{ij}} = \Bigl(\sum_{{k,l}} \bigl|{window}\bigr|^p\Bigr)^{{1/p}}, \quad p = {c.norm_type:g}",
    }["flipped" if c.flip else c.operation]


def _symbols(c: Configuration) -> str:
    if c.operation == "transposed":
        return r"o = (n - 1)\,s - p_\mathsf{before} - p_\mathsf{after} + d\,(k - 1) + a + 1"
    left, right = (r"\left\lceil", r"\right\rceil") if c.ceil_mode else (r"\left\lfloor", r"\right\rfloor")
    return rf"o = {left} \frac{{n + p_\mathsf{{before}} + p_\mathsf{{after}} - d\,(k - 1) - 1}}{{s}} {right} + 1"


def _gathered(c: Configuration, axis: int, show_result: bool) -> str:
    n, k, s, d = c.input_size[axis], c.kernel_size[axis], c.stride[axis], c.dilation[axis]
    before, after = c.pads[axis]
    left, right = (r"\lceil", r"\rceil") if c.ceil_mode else (r"\lfloor", r"\rfloor")
    room = n + before + after - d * (k - 1) - 1
    put_in = rf"\left{left} \tfrac{{{n} + {before} + {after} - {d}\cdot({k} - 1) - 1}}{{{s}}} \right{right} + 1"
    if not show_result:
        return f"$o = {put_in} = \\;?$"
    size = c.output_size[axis]
    steps = [put_in]
    if s > 1:
        steps.append(rf"\left{left} \tfrac{{{room}}}{{{s}}} \right{right} + 1")
    rounded = -(-room // s) if c.ceil_mode else room // s
    steps.append(f"{rounded} + 1")
    if rounded + 1 == size:
        result = rf"\mathbf{{{size}}}"
        return f"$o = {' = '.join([*steps, result])}$"
    return (
        f"$o = {' = '.join([*steps, str(rounded + 1)])}$, but the last window would start in the padding "
        f"and is dropped: **{size}**"
    )


def _transposed(c: Configuration, axis: int, show_result: bool) -> str:
    n, k, s, d = c.input_size[axis], c.kernel_size[axis], c.stride[axis], c.dilation[axis]
    (before, after), a = c.pads[axis], c.output_padding[axis]
    put_in = rf"({n} - 1)\cdot {s} - {before} - {after} + {d}\cdot({k} - 1) + {a} + 1"
    result = rf"\mathbf{{{c.output_size[axis]}}}" if show_result else "?"
    return f"$o = {put_in} = {result}$"


def counts_table(c: Configuration) -> str:
    """Parameters, units and connections beside those of a dense layer, as the lecture counts them."""
    (h, w), (kh, kw), (oh, ow) = c.input_size, c.kernel_size, c.output_size
    ours = counts.of(c)
    dense = counts.dense_counts(h * w, oh * ow)
    places = f"{h}×{w}" if c.operation == "transposed" else f"{oh}×{ow}"
    rows = [
        ("Parameters", f"{kh}×{kw} + 1 = " if ours.parameters else "", ours.parameters, dense.parameters),
        ("Hidden units", f"{oh}×{ow} = ", ours.hidden_units, dense.hidden_units),
        ("Connections", f"{places}×{kh}×{kw} = ", ours.connections, dense.connections),
    ]
    head = "| | This layer | Fully connected, same size |\n|---|---|---|\n"
    return head + "\n".join(
        f"| {name} | {working}**{number:,}** | {beside:,} |" for name, working, number, beside in rows
    )


def conventions_table(c: Configuration) -> str:
    """How libraries and courses would answer."""
    rows = _conventions(c)
    head = "| | Output | Why |\n|---|---|---|\n"
    return head + "\n".join(f"| {row.name} | {_answer(row.answer)} | {row.explanation} |" for row in rows)


def rounding_matters(c: Configuration) -> bool:
    """Whether libraries that round down and up part ways here."""
    if c.operation == "transposed":
        return False
    down, up, *_ = _conventions(c)
    return down.answer != up.answer


def _conventions(c: Configuration) -> list[geometry.Convention]:
    return geometry.conventions(c.input_size, c.kernel_size, stride=c.stride, padding=c.padding, dilation=c.dilation)


def _answer(size: object) -> str:
    if size is None:
        return "not possible"
    return " × ".join(map(str, size)) if isinstance(size, tuple) else f"{size} × {size}"


def _places(indices: list[int], unit: str) -> str:
    return f"{unit}{'s' if len(indices) > 1 else ''} {', '.join(str(index + 1) for index in indices)}"


def _count(number: int, unit: str) -> str:
    return f"{number} {unit}{'' if number == 1 else 's'}"
