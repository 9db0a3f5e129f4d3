"""Questions about what a layer costs."""

from __future__ import annotations

from typing import NamedTuple

from conv.counts import Counts, dense_counts, layer_counts
from conv.quiz.dice import Dice
from conv.quiz.draft import Draft, Kind
from conv.quiz.links import explore, link
from conv.quiz.question import Diagnosis
from conv.quiz.slips import Axis

MULTIPLY_ADDS = "Each output is a sum of as many products as its kernel has weights."


class Maps(NamedTuple):
    """A convolutional layer on square maps."""

    n: int
    k: int
    fin: int = 1
    fout: int = 1
    groups: int = 1
    bias: bool = True
    s: int = 1

    @property
    def counts(self) -> Counts:
        """What the core counts."""
        return layer_counts(
            self.n, self.k, in_maps=self.fin, out_maps=self.fout, groups=self.groups, bias=self.bias, stride=self.s
        )

    @property
    def side(self) -> int:
        """Rows, or columns, of an output map."""
        return round((self.counts.hidden_units / self.fout) ** 0.5)

    @property
    def link(self) -> str:
        """The page that shows the layer."""
        axis = Axis(self.n, self.k, self.s)
        if self.fin == self.fout == 1:
            return explore(axis, axis)
        return explore(axis, axis, page="channels", fin=self.fin, fout=self.fout, groups=self.groups)

    def words(self) -> str:
        """Describe the layer."""
        groups = f", in {self.groups} groups" if self.groups > 1 else ""
        return (
            f"A convolutional layer reads {number_of(self.fin, 'input map')} of ${self.n} \\times {self.n}$ and makes "
            f"{number_of(self.fout, 'output map')}, with kernels of ${self.k} \\times {self.k}$, "
            f"stride {self.s} and no padding{groups}"
        )


def number_of(count: int, noun: str) -> str:
    """Write a number with its noun: ``one map``, ``3 maps``."""
    return f"one {noun}" if count == 1 else f"{count} {noun}s"


def grouped(number: int) -> str:
    """Write a number in LaTeX, its thousands apart."""
    return f"{number:,}".replace(",", "{,}")


def wrong(code: str, value: int, said: str, formula: str) -> Diagnosis:
    """Name a mistake with its numbers."""
    return Diagnosis(code, value, f"You {said}: {formula} = {value:,}.")


# ---- parameters ------------------------------------------------------------------------------


def parameters(dice: Dice, level: int) -> Draft | None:
    """Draw a layer of one input map, of several, and one in groups."""
    k, n = dice.between(2, 5), dice.between(6, 12)
    if level == 1:
        layer = Maps(n, k, 1, dice.between(1, 8))
    elif level == 2:
        layer = Maps(n, k, dice.between(2, 8), dice.between(2, 8), 1, dice.below(4) > 0)
    else:
        groups = dice.between(2, 4)
        layer = Maps(n, dice.between(2, 3), groups * dice.between(1, 2), groups * dice.between(1, 2), groups)
    right = layer.counts.parameters
    n, k, fin, fout, groups, bias, _ = layer
    each = fin // groups
    text = (
        f"{layer.words()}. {'There is one bias for each output map' if bias else 'There are no biases'}. How many "
        "parameters does the layer have?"
    )
    depth = rf" \cdot {each}" if fin > 1 else ""
    solution = rf"${fout} \cdot ({k} \cdot {k}{depth}{' + 1' * bias}) = {grouped(right)}$"
    hints = ("How many weights does one output map need, and what else?", "The input's size does not matter.")
    near = (right + fout, right - fout, fout * k * k * fin + fin, right + k * k)
    return Draft(text, right, _wrong_parameters(layer), hints, solution, layer.link, "parameters", near=near)


def _wrong_parameters(layer: Maps) -> tuple[Diagnosis, ...]:
    _, k, fin, fout, groups, bias, _ = layer
    each, counts = fin // groups, layer.counts
    depth = f"·{each}" if fin > 1 else ""
    kernels, weights = f"{fout}·{k}·{k}{depth}", counts.weights
    positions = f"{layer.side}·{layer.side}"
    found = [
        wrong("M6", counts.connections, "counted the connections", f"{positions}·{kernels}"),
        wrong("M6", counts.hidden_units, "counted the hidden units", f"{fout}·{positions}"),
    ]
    if bias:
        found.append(wrong("M5", weights, "left the biases out", kernels))
        found.append(wrong("M5", 2 * weights, "gave every weight a bias", f"2·{kernels}"))
        if fin != fout:
            found.append(wrong("M5", weights + fin, "gave every input map a bias", f"{kernels} + {fin}"))
    else:
        found.append(wrong("M5", weights + fout, "counted biases, which there are none of", f"{kernels} + {fout}"))
    more = f" + {fout}" if bias else ""
    if each > 1:
        flat = fout * k * k
        found.append(wrong("M4", flat + fout * bias, "left the input maps out", f"{fout}·{k}·{k}{more}"))
        if bias:
            found.append(wrong("M4+M5", flat, "left the input maps and the biases out", f"{fout}·{k}·{k}"))
    if groups > 1:
        full = fout * k * k * fin
        said = "let every output map read all input maps, not those of its group alone"
        found.append(wrong("M4", full + fout, said, f"{fout}·{k}·{k}·{fin}{more}"))
        found.append(wrong("M4+M5", full, f"{said}, and left the biases out", f"{fout}·{k}·{k}·{fin}"))
    return tuple(found)


# ---- hidden units, connections, multiply-adds ------------------------------------------------


def work(dice: Dice, level: int) -> Draft | None:
    """Draw hidden units or connections of one map, of many, then multiply-adds with a stride or in groups."""
    k = dice.between(2, 5 if level == 1 else 3)
    n = dice.between(k + 2, 12 if level == 1 else 8)
    if level == 1:
        layer = Maps(n, k)
    elif level == 2:
        layer = Maps(n, k, dice.between(2, 4), dice.between(2, 6))
    else:
        groups, s = dice.pick(((1, 2), (2, 1), (3, 1)))
        layer = Maps(n, k, groups * dice.between(1, 2), groups * dice.between(1, 2), groups, s=s)
    asked = "multiply-adds" if level == 3 else dice.pick(("hidden units", "connections"))
    counts, side = layer.counts, layer.side
    if (n - k) % layer.s or side < 2:
        return None
    without = "" if asked == "hidden units" else ", not counting the biases"
    text = f"{layer.words()}. How many {asked} are there{without}?"
    n, k, fin, fout, groups, _, _ = layer
    depth = rf" \cdot {fin // groups}" if fin > 1 else ""
    maps = rf"{fout} \cdot " if fout > 1 else ""
    if asked == "hidden units":
        right, worked = counts.hidden_units, rf"{maps}{side} \cdot {side}"
        hints: tuple[str, ...] = ("How large is each output map? Every number in it is a hidden unit.",)
    else:
        right, worked = counts.connections, rf"{maps}{side} \cdot {side} \cdot {k} \cdot {k}{depth}"
        hints = ("How many hidden units are there, and how many inputs does each of them read?", MULTIPLY_ADDS)
    solution = rf"Each output map is ${side} \times {side}$: ${worked} = {grouped(right)}$"
    near = (right + side, right - side, fout * n * n * k * k, right + k * k)
    return Draft(text, right, _wrong_work(layer, asked), hints, solution, layer.link, asked, near=near)


def _wrong_work(layer: Maps, asked: str) -> tuple[Diagnosis, ...]:
    n, k, fin, fout, groups, _, s = layer
    counts, side, each = layer.counts, layer.side, fin // groups
    maps = f"{fout}·" if fout > 1 else ""
    depth = f"·{each}" if fin > 1 else ""
    weights, units = f"{maps}{k}·{k}{depth}", f"{maps}{side}·{side}"
    found = [wrong("M6", counts.parameters, "counted the parameters", f"{weights} + {fout}")]
    found.append(wrong("M6", counts.weights, "counted the weights", weights))
    steps = (n - k) // s
    if asked == "hidden units":
        short = fout * steps * steps
        found.append(wrong("M1", short, "forgot the + 1 of the output's size", f"{maps}{steps}·{steps}"))
        found.append(wrong("M6", counts.connections, "counted the connections", f"{maps}{side}·{side}·{k}·{k}{depth}"))
        found.append(wrong("M6", counts.input_units, "counted the input's units", f"{fin}·{n}·{n}"))
        if fin > 1:
            found.append(wrong("M4", counts.hidden_units * fin, "multiplied by the input maps", f"{units}·{fin}"))
        return tuple(found)
    found.append(wrong("M6", counts.hidden_units, "counted the hidden units", units))
    short = fout * steps * steps * k * k * each
    found.append(wrong("M1", short, "forgot the + 1 of the output's size", f"{maps}{steps}·{steps}·{k}·{k}{depth}"))
    more = counts.connections + counts.hidden_units
    found.append(wrong("M5", more, "counted a bias for every hidden unit", f"{units}·({k}·{k}{depth} + 1)"))
    if each > 1:
        flat = counts.connections // each
        found.append(wrong("M4", flat, "left the input maps out", f"{units}·{k}·{k}"))
        said = "forgot the + 1 of the output's size, and left the input maps out"
        found.append(wrong("M1+M4", short // each, said, f"{maps}{steps}·{steps}·{k}·{k}"))
    if groups > 1:
        full = counts.connections * groups
        said = "let every output map read all input maps, not those of its group alone"
        found.append(wrong("M4", full, said, f"{units}·{k}·{k}·{fin}"))
    return tuple(found)


# ---- dense against convolutional -------------------------------------------------------------


def lectures_dense() -> Draft:
    """The lecture's numbers: 200×200 pixels and 1000 hidden units."""
    return _dense(200, 1000, False)


def dense(dice: Dice, level: int) -> Draft | None:
    """Draw a dense layer on an image, one as large as a convolution's output, and one on top of feature maps."""
    if level == 1:
        return _dense(dice.between(12, 20), dice.pick((10, 20, 50, 100, 200)), True)
    k = dice.between(2, 5)
    if level == 2:
        return _as_large(Maps(dice.between(k + 2, 12), k))
    return _on_top(Maps(dice.between(k + 2, 10), k, 1, dice.between(2, 8)), dice.pick((10, 20, 50, 100)))


def _dense(n: int, units: int, bias: bool) -> Draft:
    counts = dense_counts(n * n, units, bias=bias)
    right = counts.parameters
    ask = "parameters, one bias a hidden unit included," if bias else "weights"
    text = f"{units:,} hidden units each read a whole image of ${n} \\times {n}$ pixels. How many {ask} are there?"
    found = [
        wrong("M6", n * n, "counted the inputs", f"{n}·{n}"),
        Diagnosis("M6", units, f"You counted the hidden units: {units:,}."),
        wrong("M6", n * n + units, "added up the units", f"{n}·{n} + {units:,}"),
    ]
    if bias:
        found.append(wrong("M5", counts.weights, "left the biases out", f"{n}·{n}·{units}"))
        found.append(wrong("M5", counts.weights + n * n, "gave every input a bias", f"{n}·{n}·{units} + {n}·{n}"))
    found.append(wrong("M5", 2 * counts.weights, "gave every weight a bias", f"2·{n}·{n}·{units}"))
    more = f" + {units}" if bias else ""
    solution = rf"${n} \cdot {n} \cdot {units}{more} = {grouped(right)}$"
    hints = ("How many inputs does every hidden unit read?",)
    return Draft(
        text, right, tuple(found), hints, solution, _counts_link(n, units), "parameters" if bias else "weights",
        near=(n * units, right + n * n, right * 10, right // 10),
    )


def _as_large(layer: Maps) -> Draft:
    counts, side, n, k = layer.counts, layer.side, layer.n, layer.k
    full = dense_counts(n * n, counts.hidden_units, bias=False)
    steps = n - k
    text = (
        f"A kernel of ${k} \\times {k}$, with stride 1 and no padding, makes a feature map of an input of "
        f"${n} \\times {n}$. How many weights would a dense layer need for as many hidden units?"
    )
    found = (
        wrong("M6", counts.connections, "counted the convolution's connections", f"{side}·{side}·{k}·{k}"),
        wrong("M6", counts.hidden_units, "counted the hidden units", f"{side}·{side}"),
        wrong("M6", counts.weights, "counted the kernel's weights", f"{k}·{k}"),
        wrong("M1", n * n * steps * steps, "forgot the + 1 of the output's size", f"{n}·{n}·{steps}·{steps}"),
        wrong("M5", full.weights + full.hidden_units, "counted biases, too", f"{side}·{side}·({n}·{n} + 1)"),
        wrong("M5", 2 * full.weights, "gave every weight a bias", f"2·{side}·{side}·{n}·{n}"),
        wrong("M16", n**4, "let the window start at every pixel", f"{n}·{n}·{n}·{n}"),
    )
    hints = ("How large is the feature map, and how many inputs does a dense unit read?",)
    solution = (
        rf"The feature map is ${side} \times {side}$, and each of its units would read all ${n} \cdot {n}$ inputs: "
        rf"${side} \cdot {side} \cdot {n} \cdot {n} = {grouped(full.weights)}$ weights in place of ${k} \cdot {k}$"
    )
    axis = Axis(n, k)
    page = explore(axis, axis, page="connections", kind="dense") if n <= 8 else layer.link
    return Draft(
        text, full.weights, found, hints, solution, page, "weights",
        near=(side**4,),
    )


def _on_top(layer: Maps, units: int) -> Draft:
    side, n, k, fout = layer.side, layer.n, layer.k, layer.fout
    inputs = layer.counts.hidden_units
    counts = dense_counts(inputs, units)
    right, steps = counts.parameters, n - k
    text = (
        f"{layer.words()}. A dense layer of {units} units, each with a bias, reads all of them. How many parameters "
        "does the dense layer have?"
    )
    maps = f"{fout}·{side}·{side}"
    short = fout * steps * steps * units + units
    found = (
        wrong("M4", side * side * units + units, "left the maps out", f"{side}·{side}·{units} + {units}"),
        wrong("M5", counts.weights, "left the biases out", f"{maps}·{units}"),
        wrong("M5", counts.weights + inputs, "gave every input a bias", f"{maps}·{units} + {maps}"),
        wrong("M1", short, "forgot the + 1 of the maps' size", f"{fout}·{steps}·{steps}·{units} + {units}"),
        wrong("M6", n * n * units + units, "let it read the image", f"{n}·{n}·{units} + {units}"),
        wrong("M5", 2 * counts.weights, "gave every weight a bias", f"2·{maps}·{units}"),
        wrong("M16", fout * n * n * units + units, "let the maps be as large as the input",
              f"{fout}·{n}·{n}·{units} + {units}"),
    )
    solution = (
        rf"The maps are ${side} \times {side}$: ${fout} \cdot {side} \cdot {side} \cdot {units} + {units} = "
        rf"{grouped(right)}$"
    )
    hints = ("How many numbers are there in the output maps together?",)
    return Draft(text, right, found, hints, solution, layer.link, "parameters", near=(right + fout, right + units))


def _counts_link(n: int, units: int) -> str:
    """Link to the counts of a dense layer, where they are within its reach."""
    if 12 <= n <= 227 and units <= 4096:
        return link("connections", {"view": "counts", "n": n, "hidden": units})
    return ""


KINDS = {
    "parameters": Kind("Parameters", "What a convolutional layer learns.", parameters),
    "work": Kind("Hidden units, connections, multiply-adds", "What a convolutional layer makes, and how often.", work),
    "dense": Kind(
        "Dense layers", "What it costs to connect everything with everything.", dense, lecture=(lectures_dense,)
    ),
}
