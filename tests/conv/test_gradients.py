"""The backward pass, position by position: its sums are the gradients that the operators give."""

import json
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings

import conv
from conv import ConvError, gradients, trace
from conv.configuration import Configuration
from tests.conv.test_trace import numbers, valid

TRUTHS = Path(__file__).parents[1] / "truths"
CASES = [
    case for case in json.loads((TRUTHS / "operators.json").read_text("utf-8"))["cases"]
    if {"gy", "gx"} <= set(case["tensors"]) and case["op"] in ("conv2d", "max_pool2d", "avg_pool2d", "lp_pool2d")
    and case["params"].get("divisor_override") is None
]
forward = valid("conv", "max", "avg", "sum", "lp")


def traced(c: Configuration, seed: int = 3) -> tuple[np.ndarray, np.ndarray, np.ndarray, gradients.GradientTrace]:
    """An input, a kernel and an output gradient of whole numbers, and their backward pass."""
    x, weight = numbers(c)
    g = np.random.default_rng(seed).integers(-3, 4, c.output_size).astype(float)
    return x, weight, g, gradients.trace(c, x, weight, g, 0.5)


def operators(c: Configuration, x: np.ndarray, weight: np.ndarray, g: np.ndarray) -> dict[str, np.ndarray]:
    """What the operators' own backward twins give."""
    options = {"stride": c.stride, "padding": c.padding}
    if c.operation == "conv":
        laid = weight[::-1, ::-1] if c.flip else weight
        options |= {"dilation": c.dilation, "padding_mode": c.padding_mode}
        grad_x, grad_weight, grad_bias = conv.conv2d_backward(g[None], x[None], laid[None, None], **options)
        plane = grad_weight[0, 0]
        return {"input": grad_x[0], "weight": plane[::-1, ::-1] if c.flip else plane, "bias": grad_bias}
    options |= {"ceil_mode": c.ceil_mode}
    if c.operation == "max":
        options |= {"dilation": c.dilation}
    if c.operation == "avg":
        options |= {"count_include_pad": c.count_include_pad}
    norm = [c.norm_type] if c.operation == "lp" else []
    backward = getattr(conv, f"{c.operation}_pool2d_backward")
    return {"input": backward(g[None], x[None], *norm, c.kernel_size, **options)[0]}


# ---- sums ----------------------------------------------------------------------------------


@settings(deadline=None, max_examples=300)
@given(forward)
def test_the_last_sums_are_the_operators_gradients(c):
    x, weight, g, t = traced(c)
    expected = operators(c, x, weight, g)
    assert t.grad_input == pytest.approx(expected["input"])
    if c.operation == "conv":
        assert np.array_equal(t.grad_weight, expected["weight"])  # whole numbers: exact
        assert t.grad_bias == expected["bias"]
    else:
        assert t.grad_weight is t.grad_bias is t.weight_terms is t.weight_totals is t.bias_totals is None


@settings(deadline=None, max_examples=150)
@given(forward)
def test_each_step_adds_its_terms_and_nothing_else(c):
    _, _, _, t = traced(c)
    canvas = np.zeros(t.canvas.shape)
    for row, col in np.ndindex(c.output_size):
        window = np.ix_(t.target_rows[row], t.target_cols[col])
        np.add.at(canvas, window, t.input_terms[row, col])
        assert np.array_equal(t.input_totals[row, col], canvas[window], equal_nan=True)
    assert np.array_equal(canvas, t.canvas, equal_nan=True)


@settings(deadline=None, max_examples=150)
@given(valid("conv"))
def test_a_weights_gradient_is_a_sum_over_every_position(c):
    """Weight sharing: as if each position had a weight of its own, and their gradients were added up."""
    x, weight, g, t = traced(c)
    total, bias = np.zeros(c.kernel_size), 0.0
    for row, col in np.ndindex(c.output_size):
        window = t.forward.grid[np.ix_(t.window_rows[row], t.window_cols[col])]
        assert np.array_equal(t.weight_terms[row, col], g[row, col] * window)
        assert (window * weight).sum() + 0.5 == pytest.approx(t.forward.output[row, col])
        total, bias = total + g[row, col] * window, bias + g[row, col]
        assert np.array_equal(t.weight_totals[row, col], total)
        assert t.bias_totals[row, col] == bias
    assert np.array_equal(t.slopes, np.broadcast_to(weight, t.slopes.shape))


@settings(deadline=None, max_examples=200)
@given(valid("conv"))
def test_the_inputs_gradient_is_a_full_convolution(c):
    c = replace(c, padding_mode="zeros")
    _, weight, g, t = traced(c)
    full = gradients.full_convolution(c, weight, g)
    assert full.output == pytest.approx(t.grad_input)
    assert full.output.shape == c.input_size
    assert np.array_equal(full.weight, weight if c.flip else weight[::-1, ::-1])
    rows, cols = np.nonzero(full.kinds == trace.INPUT)
    assert np.array_equal(full.grid[rows, cols], g[full.input_rows[rows], full.input_cols[cols]])


@pytest.mark.parametrize("case", [pytest.param(case, id=case["id"]) for case in CASES])
def test_what_pytorch_computed(case):
    """Layers of many maps, one pair of maps at a time: an input map collects from all outputs that read it."""
    with np.load(TRUTHS / "operators.npz") as arrays:
        tensors = {name: arrays[f"{case['id']}/{name}"] for name in case["tensors"]}
    params = {name: tuple(value) if isinstance(value, list) else value for name, value in case["params"].items()}
    groups = params.pop("groups", 1)
    x, g, expected = (array if array.ndim == 4 else array[None] for array in map(tensors.get, ("x", "gy", "gx")))
    weight = tensors.get("w", np.ones((x.shape[1], 1, 1, 1)))  # a pooling keeps each map to itself
    grad_x, grad_weight, grad_bias = np.zeros(x.shape), np.zeros(weight.shape), np.zeros(len(weight))
    per, filters = weight.shape[1], len(weight) // (groups if "w" in tensors else x.shape[1])
    c = configuration_of(case["op"], params, x.shape[2:], weight.shape[2:])
    for n, out, i in np.ndindex(len(x), len(weight), per):
        source = out // filters * per + i
        t = gradients.trace(c, x[n, source], weight[out, i], g[n, out])
        grad_x[n, source] += t.grad_input
        if t.grad_weight is not None:
            grad_weight[out, i] += t.grad_weight
            grad_bias[out] += t.grad_bias / per
    for found, wanted in ((grad_x, expected), (grad_weight, tensors.get("gw")), (grad_bias, tensors.get("gb"))):
        if wanted is not None:
            assert found == pytest.approx(wanted, rel=1e-9, abs=1e-9)


def configuration_of(operator, params, size, kernel):
    def pair(value):
        return (value, value) if isinstance(value, int) else tuple(value)

    words = {name: params[name] for name in ("padding_mode", "ceil_mode", "count_include_pad") if name in params}
    names = {name for name in ("stride", "padding", "dilation") if params.get(name) not in (None, [], ())}
    steps = {name: params[name] if isinstance(params[name], str) else pair(params[name]) for name in names}
    if operator == "conv2d":
        return Configuration("conv", tuple(size), tuple(kernel), **steps, **words)
    kernel = pair(params["kernel_size"])
    steps["stride"] = pair(params.get("stride") or kernel)
    if operator == "lp_pool2d":
        words["norm_type"] = float(params["norm_type"])
    return Configuration(operator.removesuffix("_pool2d"), tuple(size), kernel, **steps, **words)


def test_the_truths_have_gradients_of_every_kind():
    kinds = [case["op"] for case in CASES]
    assert min(kinds.count(kind) for kind in ("conv2d", "max_pool2d", "avg_pool2d", "lp_pool2d")) >= 20


# ---- written out ---------------------------------------------------------------------------

X = [[1.0, 2, 3], [4, 5, 6], [7, 8, 9]]
W = [[1.0, 2], [3, 4]]
G = [[1.0, -1], [2, 10]]


def test_the_lectures_exercise_written_out():
    t = gradients.trace(Configuration(input_size=(3, 3), kernel_size=(2, 2)), X, W, G)
    assert t.grad_weight.tolist() == [
        [1 * 1 - 1 * 2 + 2 * 4 + 10 * 5, 1 * 2 - 1 * 3 + 2 * 5 + 10 * 6],
        [1 * 4 - 1 * 5 + 2 * 7 + 10 * 8, 1 * 5 - 1 * 6 + 2 * 8 + 10 * 9],
    ]
    assert t.weight_totals[:, :, 0, 0].tolist() == [
        [1 * 1, 1 * 1 - 1 * 2], [1 * 1 - 1 * 2 + 2 * 4, 1 * 1 - 1 * 2 + 2 * 4 + 10 * 5]
    ]
    assert t.bias_totals.tolist() == [[1, 1 - 1], [1 - 1 + 2, 1 - 1 + 2 + 10]]
    assert t.grad_bias == 12
    middle = 1 * 4 + -1 * 3 + 2 * 2 + 10 * 1
    assert t.grad_input.tolist() == [
        [1 * 1, 1 * 2 - 1 * 1, -1 * 2],
        [1 * 3 + 2 * 1, middle, -1 * 4 + 10 * 2],
        [2 * 3, 2 * 4 + 10 * 3, 10 * 4],
    ]


def test_the_bias_moves_the_output_and_no_gradient():
    c = Configuration(input_size=(3, 3), kernel_size=(2, 2))
    plain, moved = gradients.trace(c, X, W, G), gradients.trace(c, X, W, G, 5.0)
    assert np.array_equal(moved.forward.output, plain.forward.output + 5)
    assert np.array_equal(moved.grad_weight, plain.grad_weight) and moved.grad_bias == plain.grad_bias


def test_a_stride_leaves_holes_in_the_stretched_gradient():
    c = Configuration(input_size=(1, 6), kernel_size=(1, 2), stride=(1, 2))
    full = gradients.full_convolution(c, [[1, 10]], [[1, 2, 3]])
    assert full.grid.tolist() == [[0, 1, 0, 2, 0, 3, 0]]
    assert full.kinds[0].tolist() == [trace.PADDING, *[trace.INPUT, trace.STRETCH] * 2, trace.INPUT, trace.PADDING]
    assert full.output.tolist() == [[1, 10, 2, 20, 3, 30]]


def test_what_no_window_reads_has_no_gradient():
    c = Configuration(input_size=(1, 6), kernel_size=(1, 2), stride=(1, 3))  # reads 0, 1, 3, 4
    assert gradients.trace(c, [[1, 2, 3, 4, 5, 6]], [[1, 10]], [[1, 2]]).grad_input.tolist() == [[1, 10, 0, 2, 20, 0]]
    assert gradients.full_convolution(c, [[1, 10]], [[1, 2]]).output.tolist() == [[1, 10, 0, 2, 20, 0]]


def test_what_falls_on_the_padding_is_cut_away():
    c = Configuration(input_size=(1, 2), kernel_size=(1, 3), padding=(0, 1))
    t = gradients.trace(c, [[5, 6]], [[1, 2, 3]], [[1, 10]])
    assert t.canvas.tolist() == [[1 * 1, 1 * 2 + 10 * 1, 1 * 3 + 10 * 2, 10 * 3]]
    assert t.grad_input.tolist() == [[12, 23]]
    assert t.grad_weight.tolist() == [[1 * 0 + 10 * 5, 1 * 5 + 10 * 6, 1 * 6 + 10 * 0]]


def test_a_copied_pixel_collects_what_falls_on_its_copies():
    c = Configuration(input_size=(1, 2), kernel_size=(1, 3), padding=(0, 1), padding_mode="replicate")
    t = gradients.trace(c, [[5, 6]], [[1, 2, 3]], [[1, 10]])
    assert t.target_cols.tolist() == [[0, 0, 1], [0, 1, 1]]
    assert t.input_totals[0, 0].tolist() == [[1 * 1 + 1 * 2, 1 * 1 + 1 * 2, 1 * 3]]
    assert t.grad_input.tolist() == [[1 + 2 + 10, 3 + 20 + 30]]


def test_a_flipped_kernel_has_its_gradient_where_it_was_entered():
    c = Configuration(input_size=(1, 3), kernel_size=(1, 2), flip=True)
    t = gradients.trace(c, [[1, 2, 3]], [[4, 5]], [[1, 10]])
    assert t.forward.output.tolist() == [[1 * 5 + 2 * 4, 2 * 5 + 3 * 4]]
    assert t.window_cols.tolist() == [[1, 0], [2, 1]]
    assert t.grad_weight.tolist() == [[1 * 2 + 10 * 3, 1 * 1 + 10 * 2]]
    assert t.grad_input.tolist() == [[1 * 5, 1 * 4 + 10 * 5, 10 * 4]]


def test_pooling_routes():
    image, g = [[1.0, 4, 4, 0], [2, 3, -4, 0]], [[6.0, 10]]

    def routed(kind, **more):
        c = Configuration(kind, (2, 4), (2, 2), stride=(2, 2), **more)
        return gradients.trace(c, image, [], g)

    assert routed("max").grad_input.tolist() == [[0, 6, 10, 0], [0, 0, 0, 0]]
    assert routed("avg").grad_input.tolist() == [[6 / 4, 6 / 4, 10 / 4, 10 / 4]] * 2
    assert routed("sum").grad_input.tolist() == [[6, 6, 10, 10]] * 2
    root = 32**0.5
    second = routed("lp").grad_input[:, 2:]
    assert second == pytest.approx(np.array([[10 * 4 / root, 0], [10 * -4 / root, 0]]))
    assert routed("lp", norm_type=np.inf).grad_input.tolist() == [[0, 6, 10, 0], [0, 0, 0, 0]]  # the first of equals


def test_a_window_of_zeros_gives_nothing_back():
    c = Configuration("lp", (1, 2), (1, 2), norm_type=1.5)
    assert gradients.trace(c, [[0, 0]], [], [[1]]).grad_input.tolist() == [[0, 0]]


def test_the_average_shares_among_the_cells_it_counts():
    image, more = np.ones((1, 3)), {"padding": (0, 1), "stride": (1, 2)}
    counted = gradients.trace(Configuration("avg", (1, 3), (1, 2), **more), image, [], [[4, 4]])
    assert (counted.canvas.tolist(), counted.grad_input.tolist()) == ([[2, 2, 2, 2, 0]], [[2, 2, 2]])
    c = Configuration("avg", (1, 3), (1, 2), **more, count_include_pad=False)
    inside = gradients.trace(c, image, [], [[4, 4]])
    assert (inside.canvas.tolist(), inside.grad_input.tolist()) == ([[0, 4, 2, 2, 0]], [[4, 2, 2]])


def test_what_hangs_over_the_edge_is_no_number():
    c = Configuration("sum", (1, 3), (1, 2), stride=(1, 2), ceil_mode=True)
    t = gradients.trace(c, [[1, 2, 3]], [], [[5, 7]])
    assert np.isnan(t.slopes[0, 1, 0, 1]) and np.isnan(t.canvas[0, 3])
    assert t.grad_input.tolist() == [[5, 5, 7]]


# ---- the output's gradient -----------------------------------------------------------------


def test_gradients_of_simple_losses():
    y = np.array([[1.0, 5, 2], [0, 3, 3]])
    assert gradients.output_gradient("ones", y).tolist() == [[1, 1, 1]] * 2
    assert gradients.output_gradient("one", y).tolist() == [[0, 1, 0], [0, 0, 0]]
    assert gradients.output_gradient("error", y, target=2).tolist() == [[1 - 2, 5 - 2, 0], [0 - 2, 1, 1]]
    drawn = gradients.output_gradient("random", y, np.random.default_rng(0))
    assert drawn.shape == y.shape and set(drawn.ravel()) <= set(range(-3, 4))
    again = gradients.output_gradient("random", y, np.random.default_rng(0))
    assert np.array_equal(drawn, again)


def test_every_named_gradient_can_be_had():
    for name in gradients.OUTPUT_GRADIENTS:
        assert gradients.output_gradient(name, [[1.0]], np.random.default_rng(0)).shape == (1, 1)


# ---- finite differences --------------------------------------------------------------------


def test_kinks_that_cancel_in_the_loss_are_kinks_all_the_same():
    c = Configuration("max", (1, 4), (1, 3))  # both windows are ties of their two middle cells
    found = gradients.check(c, [[0, 3, 3, 0]], [], [[2, -2]])["input"]
    assert found.finite.round(6).tolist() == [[0, 2 / 2 - 2 / 2, 2 / 2 - 2 / 2, 0]]
    assert found.kinks.tolist() == [[False, True, True, False]]


@settings(deadline=None, max_examples=150)
@given(forward)
def test_finite_differences_agree_away_from_kinks(c):
    x, weight, g, t = traced(c)
    found = gradients.check(c, x, weight, g, 0.5)
    assert found.keys() == ({"input", "weight", "bias"} if c.operation == "conv" else {"input"})
    assert np.array_equal(found["input"].analytic, t.grad_input)
    for difference in found.values():
        assert difference.analytic.shape == difference.finite.shape == difference.kinks.shape
        assert difference.agrees[~difference.kinks].all()
    if c.operation in ("conv", "avg", "sum"):  # straight lines have no kinks
        assert not any(difference.kinks.any() for difference in found.values())


@settings(deadline=None, max_examples=50)
@given(forward)
def test_half_the_sum_of_squares_is_what_moves_if_it_is_the_loss(c):
    x, weight, _, _ = traced(c)

    def loss(image):
        return ((trace.sweep(c, image, weight, 0.5).output - 2) ** 2).sum() / 2

    g = trace.sweep(c, x, weight, 0.5).output - 2
    found = gradients.check(c, x, weight, g, 0.5, squared=True)
    assert all(one.agrees[~one.kinks].all() for one in found.values())
    moved = np.zeros(c.input_size)
    moved[0, 0] = 1e-3
    if c.operation in ("conv", "avg", "sum"):  # a square's central difference is right at any step
        assert (loss(x + moved) - loss(x - moved)) / 2e-3 == pytest.approx(found["input"].finite[0, 0], abs=1e-4)


def test_a_tie_bends_half_the_sum_of_squares():
    found = gradients.check(Configuration("max", (1, 2), (1, 2)), [[7, 7]], [], [[3]], squared=True, step=0.1)["input"]
    step = 0.1 * 7
    assert found.finite == pytest.approx(np.full((1, 2), ((3 + step) ** 2 - 3**2) / 2 / (2 * step)))


@settings(deadline=None, max_examples=50)
@given(valid("max"))
def test_without_ties_a_maximum_has_no_kinks(c):
    x = np.random.default_rng(1).permutation(np.prod(c.input_size)).reshape(c.input_size).astype(float)
    found = gradients.check(c, x, [], np.ones(c.output_size))["input"]
    assert not found.kinks.any() and found.agrees.all()


def test_a_tie_is_told_as_it_is():
    found = gradients.check(Configuration("max", (1, 3), (1, 3)), [[2, 7, 7]], [], [[4]])["input"]
    assert found.analytic.tolist() == [[0, 4, 0]]
    assert found.finite == pytest.approx(np.array([[0, (4 + 0) / 2, (4 + 0) / 2]]))  # up it wins, down it does not
    assert found.kinks.tolist() == [[False, True, True]]
    assert found.agrees.tolist() == [[True, False, False]]


def test_a_magnitude_has_a_kink_at_zero():
    found = gradients.check(Configuration("lp", (1, 2), (1, 2), norm_type=1.0), [[0, 3]], [], [[1]])["input"]
    assert found.kinks.tolist() == [[True, False]]
    assert found.agrees.tolist() == [[True, True]]  # the mean of up and down is 0, and so is the gradient


def test_a_wrong_gradient_would_be_found(monkeypatch):
    right = gradients.trace

    def wrong(*args):
        t = right(*args)
        t.grad_weight[0, 1] += 0.001
        return t

    monkeypatch.setattr(gradients, "trace", wrong)
    found = gradients.check(Configuration(input_size=(3, 3), kernel_size=(2, 2)), X, W, G)["weight"]
    assert found.agrees.tolist() == [[True, False], [True, True]]


@pytest.mark.parametrize("size", [1e-6, 1.0, 1e6])
def test_the_check_holds_for_numbers_of_any_size(size):
    rng = np.random.default_rng(2)
    c = Configuration(input_size=(6, 6), kernel_size=(3, 3), padding=(1, 1))
    found = gradients.check(c, size * rng.normal(size=(6, 6)), rng.normal(size=(3, 3)), rng.normal(size=(6, 6)))
    assert all(difference.agrees.all() and not difference.kinks.any() for difference in found.values())


# ---- refusals ------------------------------------------------------------------------------


def test_the_arguments_are_left_as_they_were():
    x, weight, g = np.ones((2, 2)), np.ones((1, 1)), np.ones((2, 2))
    c = Configuration(input_size=(2, 2), kernel_size=(1, 1))
    t = gradients.trace(c, x, weight, g)
    for array in (t.grad_output, t.grad_input, t.grad_weight, t.forward.grid):
        array[:] = 9
    gradients.check(c, x, weight, g)
    assert (x == 1).all() and (weight == 1).all() and (g == 1).all()


def test_refusals():
    c = Configuration(input_size=(3, 3), kernel_size=(2, 2))
    rule = r"^Gradients are traced of convolution and pooling\. Received: operation='transposed'\.$"
    with pytest.raises(ConvError, match=rule):
        gradients.trace(Configuration("transposed", (2, 2), (2, 2)), [[1, 2], [3, 4]], W, G)
    rule = r"^The gradient must have the shape of the output\. Received: grad_output=\(1, 1\), output=\(2, 2\)\.$"
    with pytest.raises(ConvError, match=rule):
        gradients.trace(c, X, W, [[1]])
    with pytest.raises(ConvError, match=rule):
        gradients.full_convolution(c, W, [[1]])
    with pytest.raises(ConvError, match=r"^Only a convolution padded with zeros goes back as a convolution\. "
                                        r"Received: operation='max', padding_mode='zeros'\.$"):
        gradients.full_convolution(Configuration("max", (3, 3), (2, 2)), [], G)
    mirrored = Configuration(input_size=(3, 3), kernel_size=(2, 2), padding=(1, 1), padding_mode="reflect")
    with pytest.raises(ConvError, match=r"operation='conv', padding_mode='reflect'\.$"):
        gradients.full_convolution(mirrored, W, np.ones((4, 4)))
    with pytest.raises(ConvError, match=r"^Output gradient must be one of random, ones, one, error\. "
                                        r"Received: name='two'\.$"):
        gradients.output_gradient("two", X)
    with pytest.raises(ConvError, match=r"^A random gradient needs a random generator\. Received: rng=None\.$"):
        gradients.output_gradient("random", X)
    with pytest.raises(ConvError, match=r"^The step must be greater than 0\. Received: step=0\.$"):
        gradients.check(c, X, W, G, step=0)
    with pytest.raises(ConvError, match="^Kernel is larger than the padded input"):
        gradients.trace(Configuration(input_size=(1, 1), kernel_size=(2, 2)), [[1]], W, [[1]])
