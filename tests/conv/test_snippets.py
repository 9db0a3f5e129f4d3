"""The snippets run: NumPy's as they are, PyTorch's and Keras's against small stand-ins.

The stand-ins have the limits of the real functions (no padding in numbers, no stride with
"same", …), so that a snippet cannot lean on what its framework does not do.
"""

import runpy
import sys
import types

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

import conv
from conv.configuration import OPERATIONS, POOLS, Configuration, nearest_valid
from conv.errors import ConvError
from conv.snippets import FRAMEWORKS, snippet
from conv.trace import sweep

pairs = st.tuples(st.integers(1, 4), st.integers(1, 4))
numbers = st.tuples(st.integers(0, 3), st.integers(0, 3))
configurations = st.builds(
    Configuration,
    operation=st.sampled_from(OPERATIONS),
    input_size=st.tuples(st.integers(1, 8), st.integers(1, 8)),
    kernel_size=pairs,
    stride=pairs,
    padding=st.one_of(numbers, st.sampled_from(["valid", "same", "full"])),
    dilation=st.one_of(st.just((1, 1)), pairs),
    output_padding=numbers,
    padding_mode=st.sampled_from(["zeros", "reflect", "replicate", "circular"]),
    ceil_mode=st.booleans(),
    norm_type=st.sampled_from([1.0, 1.5, 2.0, 3.0, float("inf")]),
    flip=st.booleans(),
    count_include_pad=st.booleans(),
).map(lambda c: nearest_valid(c)[0])


PLANES = {"numpy": lambda y: y[0], "pytorch": lambda y: y[0, 0], "keras": lambda y: y[0, :, :, 0]}


class Tensor(np.ndarray):
    """An array with the methods of a PyTorch tensor that the snippets use."""

    def abs(self):
        return np.abs(self)

    def flip(self, axes):
        return np.flip(self, axes)


def torch_pad(x, sides, mode="constant", value=0.0):
    left, right, top, bottom = sides
    mode = "zeros" if mode == "constant" else mode
    return conv.pad2d(x, ((top, bottom), (left, right)), mode=mode, value=value).view(Tensor)


def torch_conv2d(x, weight, bias=None, *, stride=1, padding=0, dilation=1):
    assert not isinstance(padding, str) or (padding == "same" and stride == 1)
    return conv.conv2d(x, weight, bias, stride=stride, padding=padding, dilation=dilation)


def torch_limit(kernel_size, padding):
    """PyTorch compares the padding with the kernel before dilation."""
    rows, cols = np.broadcast_to(kernel_size, 2) // 2 - np.broadcast_to(padding, 2)
    assert rows >= 0 and cols >= 0


def torch_max_pool2d(x, kernel_size, stride=None, padding=0, dilation=1, ceil_mode=False):
    torch_limit(kernel_size, padding)
    return conv.max_pool2d(x, kernel_size, stride=stride, padding=padding, dilation=dilation, ceil_mode=ceil_mode)


def torch_avg_pool2d(
    x, kernel_size, stride=None, padding=0, ceil_mode=False, count_include_pad=True, divisor_override=None
):
    torch_limit(kernel_size, padding)
    return conv.avg_pool2d(
        x, kernel_size, stride=stride, padding=padding, ceil_mode=ceil_mode, count_include_pad=count_include_pad,
        divisor_override=divisor_override,
    )


def torch_lp_pool2d(x, norm_type, kernel_size, stride=None):
    assert (x >= 0).all() and np.isfinite(norm_type)  # it takes no absolute value, and no infinity
    return conv.lp_pool2d(x, norm_type, kernel_size, stride=stride)


def fake_torch():
    torch, nn, functional = (types.ModuleType(name) for name in ("torch", "torch.nn", "torch.nn.functional"))
    torch.float64 = np.float64
    torch.tensor = lambda values, dtype: np.array(values, dtype).view(Tensor)
    torch.ones_like = np.ones_like
    torch.nn, nn.functional = nn, functional
    functional.pad = torch_pad
    functional.conv2d = torch_conv2d
    functional.conv_transpose2d = conv.conv_transpose2d
    functional.max_pool2d = torch_max_pool2d
    functional.avg_pool2d = torch_avg_pool2d
    functional.lp_pool2d = torch_lp_pool2d
    return {"torch": torch, "torch.nn": nn, "torch.nn.functional": functional}


def channels_first(x):
    return np.moveaxis(x, 3, 1)


def channels_last(y):
    return np.moveaxis(y, 1, 3)


def keras_conv(x, weight, *, strides=1, padding, dilation_rate=1):
    assert padding in ("valid", "same") and (strides == 1 or dilation_rate == 1)
    kernel = np.transpose(weight, (3, 2, 0, 1))  # (KH, KW, C_in, C_out) -> (C_out, C_in, KH, KW)
    return channels_last(
        conv.conv2d(channels_first(x), kernel, stride=strides, padding=padding, dilation=dilation_rate)
    )


def keras_conv_transpose(x, weight, *, strides, padding):
    """Keras makes a "valid" output at least the input times the stride."""
    assert padding == "valid"
    kernel = np.transpose(weight, (3, 2, 0, 1))  # (KH, KW, C_out, C_in) -> (C_in, C_out, KH, KW)
    y = channels_last(conv.conv_transpose2d(channels_first(x), kernel, stride=strides))
    rows, cols = np.maximum(np.multiply(x.shape[1:3], strides) - y.shape[1:3], 0)
    return np.pad(y, [(0, 0), (0, rows), (0, cols), (0, 0)])


def fake_keras():
    keras, ops = types.ModuleType("keras"), types.ModuleType("keras.ops")
    keras.ops = ops
    ops.convert_to_tensor = np.array
    ops.convert_to_numpy = np.array
    ops.conv, ops.conv_transpose = keras_conv, keras_conv_transpose
    ops.max_pool = lambda x, size, strides: channels_last(conv.max_pool2d(channels_first(x), size, stride=strides))
    ops.average_pool = lambda x, size, strides: channels_last(conv.avg_pool2d(channels_first(x), size, stride=strides))
    ops.pad = lambda x, sides, constant_values=0: np.pad(x, sides, constant_values=constant_values)
    for name in ("abs", "flip", "max", "ones", "stack", "swapaxes", "take"):
        setattr(ops, name, getattr(np, name))
    return {"keras": keras, "keras.ops": ops}


@pytest.fixture
def run(tmp_path, monkeypatch, capsys):
    """Run a snippet as a script; give what it leaves in ``y`` and what it prints."""
    for name, module in {**fake_torch(), **fake_keras()}.items():
        monkeypatch.setitem(sys.modules, name, module)

    def run_snippet(text):
        script = tmp_path / "snippet.py"
        script.write_text(text, encoding="utf-8")
        return runpy.run_path(str(script))["y"], capsys.readouterr().out

    return run_snippet


@pytest.mark.parametrize("framework", FRAMEWORKS)
@settings(max_examples=120, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(configuration=configurations, seed=st.integers(0, 5), bias=st.sampled_from([0.0, -0.5]))
def test_a_snippet_computes_what_the_page_shows(run, framework, configuration, seed, bias):
    rng = np.random.default_rng(seed)
    x = rng.integers(-9, 10, configuration.input_size) / 2
    weight = rng.integers(-3, 4, configuration.kernel_size) / 9
    bias = 0.0 if configuration.operation in POOLS else bias
    expected = sweep(configuration, x, weight, bias).output
    y, printed = run(snippet(configuration, x, weight, bias, framework=framework))
    np.testing.assert_allclose(PLANES[framework](y), expected, rtol=1e-9, atol=1e-9, strict=True)
    if expected.size > 1000:  # NumPy prints the corners
        return
    shown = np.array(printed.replace("[", " ").replace("]", " ").split(), dtype=float)
    np.testing.assert_allclose(shown, expected.ravel(), rtol=1e-6, atol=1e-6)


def test_a_window_that_starts_in_a_padding_made_by_hand_is_dropped(run):
    """Rows -2 to 3 padded, windows at -2 and 2: the second starts in what ceil_mode takes for input."""
    taps = {"kernel_size": (3, 1), "stride": (4, 1), "padding": (2, 0), "dilation": (2, 1)}
    configuration = Configuration("max", (2, 1), **taps, ceil_mode=True)
    y, _ = run(snippet(configuration, [[1], [2]], framework="pytorch"))
    assert y.tolist() == [[[[1]]]]  # rows -2, 0 and 2


def body(configuration, framework, **given):
    """The lines after the arrays."""
    x, weight = np.zeros(configuration.input_size), np.zeros(configuration.kernel_size)
    return snippet(configuration, x, weight, framework=framework, **given).split("\n\n")[-1].splitlines()


@pytest.mark.parametrize(
    ("configuration", "framework", "lines"),
    [
        (Configuration(), "numpy", ["y = conv.conv2d(x, weight)", "print(y[0])  # (5, 5)"]),
        (
            Configuration(stride=(2, 1), padding="same", padding_mode="reflect"),
            "numpy",
            [
                "y = conv.conv2d(x, weight, stride=(2, 1), padding='same', padding_mode=\"reflect\")",
                "print(y[0])  # (4, 7)",
            ],
        ),
        (
            Configuration("max", (6, 6), (2, 2), (2, 2)),
            "pytorch",
            ["y = F.max_pool2d(x, kernel_size=2, stride=2)", "print(y[0, 0])  # (3, 3)"],
        ),
        (
            Configuration(padding="same"),
            "pytorch",
            ['y = F.conv2d(x, weight, padding="same")', "print(y[0, 0])  # (7, 7)"],
        ),
        (
            Configuration(input_size=(8, 8), stride=(2, 2), padding="same"),
            "pytorch",
            [
                '# PyTorch\'s "same" takes no stride; the odd row or column goes to the bottom or right.',
                "x = F.pad(x, (0, 1, 0, 1))  # left, right, top, bottom",
                "y = F.conv2d(x, weight, stride=2)",
                "print(y[0, 0])  # (4, 4)",
            ],
        ),
        (
            Configuration(padding=(1, 1), padding_mode="circular"),
            "keras",
            [
                "# Circular padding: take the rows and columns where they come from.",
                "x = ops.take(x, [6, 0, 1, 2, 3, 4, 5, 6, 0], axis=1)",
                "x = ops.take(x, [6, 0, 1, 2, 3, 4, 5, 6, 0], axis=2)",
                'y = ops.conv(x, weight, padding="valid")',
                "print(y[0, :, :, 0])  # (7, 7)",
            ],
        ),
        (
            Configuration(stride=(2, 2), padding="same"),
            "keras",
            ['y = ops.conv(x, weight, strides=2, padding="same")', "print(y[0, :, :, 0])  # (4, 4)"],
        ),
    ],
)
def test_the_plain_ones_are_plain_and_the_others_say_why(configuration, framework, lines):
    assert body(configuration, framework) == lines


@pytest.mark.parametrize(
    ("configuration", "framework", "comment"),
    [
        (Configuration(padding="full"), "pytorch", "no word for full padding"),
        (Configuration(padding=(1, 1), padding_mode="reflect"), "pytorch", "F.conv2d pads with zeros only"),
        (Configuration(dilation=(2, 2), stride=(2, 2)), "keras", "no stride and dilation together"),
        (Configuration("sum"), "pytorch", "PyTorch has no sum pooling"),
        (Configuration("lp"), "pytorch", "no absolute value of its own"),
        (Configuration("lp", stride=(3, 3), ceil_mode=True), "pytorch", "scales up a window that hangs over the end"),
        (Configuration("lp"), "keras", "Keras has no Lp pooling"),
        (Configuration("max", dilation=(2, 2)), "keras", "Keras has no dilated pooling"),
        (Configuration("avg", stride=(3, 3), ceil_mode=True, input_size=(8, 8)), "keras", "Keras has no ceil_mode"),
        (Configuration("max", padding=(2, 2), dilation=(2, 2)), "pytorch", "by half the undilated kernel"),
    ],
)
def test_a_detour_says_why(configuration, framework, comment):
    assert any(comment in line and "#" in line for line in body(configuration, framework))


@pytest.mark.parametrize("framework", FRAMEWORKS)
def test_true_convolution_turns_the_kernel(framework):
    text = snippet(Configuration(flip=True), np.zeros((7, 7)), np.zeros((3, 3)), framework=framework)
    assert text.startswith("# True convolution: 7x7 input, 3x3 kernel, 5x5 output\n")
    assert "turned by 180 degrees" in text
    assert "turned" not in snippet(Configuration(), np.zeros((7, 7)), np.zeros((3, 3)), framework=framework)


def test_numbers_are_written_short_and_exactly(run):
    c = Configuration(input_size=(2, 2), kernel_size=(1, 2))
    text = snippet(c, [[0.1, -0.0], [12, 1 / 3 + 1e-9]], [[1 / 9, -2 / 9]])
    assert "[                0.1,                   0],\n" in text
    assert "[ 1, -2],\n], dtype=float)[None, None] / 9  #" in text
    assert "[1, 2],\n], dtype=float)[None, None] / 16  #" in snippet(c, [[0, 0], [0, 0]], [[0.0625, 0.125]])
    assert "[0.25, -0.5],\n], dtype=float)[None, None]  #" in snippet(c, [[0, 0], [0, 0]], [[0.25, -0.5]])
    np.testing.assert_allclose(run(text)[0], [[[0.1 / 9], [12 / 9 - 2 * (1 / 3 + 1e-9) / 9]]], rtol=1e-15)


def test_numpy_is_imported_only_where_it_is_used():
    arguments = np.zeros((7, 7)), np.zeros((3, 3))
    assert "numpy" not in snippet(Configuration(), *arguments, framework="keras")
    assert "import numpy as np\nfrom keras" in snippet(
        Configuration(stride=(2, 2), dilation=(2, 2)), *arguments, framework="keras"
    )


def test_a_bias_is_written_only_where_there_is_one():
    arguments = np.zeros((7, 7)), np.zeros((3, 3))
    assert "bias" not in snippet(Configuration(), *arguments)
    assert "bias = np.array([0.5])\n\ny = conv.conv2d(x, weight, bias)" in snippet(Configuration(), *arguments, 0.5)
    assert "bias" not in snippet(Configuration("max"), *arguments, 0.5)


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (
            lambda: snippet(Configuration(), np.zeros((7, 7)), np.zeros((3, 3)), framework="jax"),
            r"^Framework must be one of numpy, pytorch, keras\. Received: framework='jax'\.$",
        ),
        (
            lambda: snippet(Configuration(), np.zeros((3, 3)), np.zeros((3, 3))),
            r"^Input must have the configuration's size\. Received: x=\(3, 3\), input=\(7, 7\)\.$",
        ),
        (
            lambda: snippet(Configuration(), np.zeros((7, 7)), np.zeros((2, 2))),
            r"^Kernel must have the configuration's size\. Received: weight=\(2, 2\), kernel=\(3, 3\)\.$",
        ),
        (
            lambda: snippet(Configuration(), np.zeros((7, 7))),
            r"^Kernel must have the configuration's size\. Received: weight=None, kernel=\(3, 3\)\.$",
        ),
        (
            lambda: snippet(Configuration(), np.zeros((7, 7)), np.zeros((3, 3)), np.inf),
            r"^Numbers must be finite\. Received: bias=inf\.$",
        ),
        (
            lambda: snippet(Configuration("max", (1, 2), (1, 1)), [[1, np.nan]]),
            r"^Numbers must be finite\. Received: x=\[\[1\.0, nan\]\]\.$",
        ),
        (
            lambda: snippet(Configuration(input_size=(2, 2)), np.zeros((2, 2)), np.zeros((3, 3))),
            r"^Kernel is larger than the padded input\.",
        ),
    ],
)
def test_refusals(call, message):
    with pytest.raises(ConvError, match=message):
        call()
