"""The programs run: against small stand-ins for PyTorch and Keras, and PyTorch itself where it is installed.

The stand-ins know shapes and parameters alone, and have the limits of the real layers (padding alike on both
sides, no stride with "same", no dilated pooling, …), so that a program cannot lean on what its framework does not do.
"""

import contextlib
import importlib.util
import math
import runpy
import sys
import types

import numpy as np
import pytest
from hypothesis import HealthCheck, assume, given, settings
from hypothesis import strategies as st

from conv.architectures import NAMES, blueprint
from conv.blueprint import (
    AdaptiveAvgPool2d,
    AvgPool2d,
    BatchNorm2d,
    Conv2d,
    Dropout,
    Flatten,
    Linear,
    LocalResponseNorm,
    LPPool2d,
    MaxPool2d,
    ReLU,
    Residual,
    Sigmoid,
    Softmax,
    Subsampling,
    Tanh,
    summary,
)
from conv.errors import ConvError
from conv.network_source import FRAMEWORKS, source


def pair(value):
    return (value, value) if isinstance(value, int) else value


def windows(size, kernel_size, stride=1, padding=0, dilation=1, ceil_mode=False):
    """The sizes of PyTorch's documentation, with the rule that a window begins in the input or left of it."""
    found = []
    for n, k, s, p, d in zip(size, *map(pair, (kernel_size, stride, padding, dilation)), strict=True):
        room = n + 2 * p - d * (k - 1) - 1
        out = (math.ceil(room / s) if ceil_mode else room // s) + 1
        assert out >= 1
        found.append(out - 1 if ceil_mode and (out - 1) * s >= n + p else out)
    return tuple(found)


class Tensor(np.ndarray):
    """Zeros of some shape, without their memory."""

    def abs(self):
        return np.abs(self)

    def sum(self, axis=None, dim=None, **rest):
        return np.ndarray.sum(self, axis=axis if dim is None else dim, **rest)

    def numel(self):
        return self.size


def zeros(*shape):
    return np.broadcast_to(np.float64(0), shape).view(Tensor)


# PyTorch


class Module:
    """What is called, and holds weights of its own and of the modules in it."""

    def __init__(self, *weights):
        self.weights = [zeros(*shape) for shape in weights]

    def __call__(self, x):
        return self.forward(x)

    def forward(self, x):
        return x

    def eval(self):
        return self

    def register_buffer(self, name, value):
        setattr(self, name, value)

    def parameters(self):
        for value in list(vars(self).values()):
            for each in value if isinstance(value, list) else [value]:
                if isinstance(each, Module):
                    yield from each.parameters()
        yield from self.weights


class ModuleList(Module):
    def __init__(self, modules=()):
        super().__init__()
        self.modules = list(modules)

    def __iter__(self):
        return iter(self.modules)


class Sequential(ModuleList):
    def __init__(self, *modules):
        super().__init__(modules)

    def forward(self, x):
        for module in self.modules:
            x = module(x)
        return x


class TorchConv2d(Module):
    def __init__(self, in_maps, out_maps, kernel_size, stride=1, padding=0, dilation=1, groups=1, bias=True):
        assert in_maps % groups == 0 and out_maps % groups == 0
        assert padding != "same" or pair(stride) == (1, 1)
        super().__init__((out_maps, in_maps // groups, *pair(kernel_size)), *[(out_maps,)] * bias)
        self.in_maps, self.out_maps, self.settings = in_maps, out_maps, (kernel_size, stride, padding, dilation)

    def forward(self, x):
        assert x.shape[1] == self.in_maps
        kernel_size, stride, padding, dilation = self.settings
        size = x.shape[2:] if padding == "same" else windows(x.shape[2:], kernel_size, stride, padding, dilation)
        return zeros(len(x), self.out_maps, *size)


class TorchMaxPool2d(Module):
    def __init__(self, kernel_size, stride=None, padding=0, dilation=1, ceil_mode=False):
        super().__init__()
        stride = kernel_size if stride is None else stride
        assert all(2 * p <= k for p, k in zip(pair(padding), pair(kernel_size), strict=True))
        self.settings = (kernel_size, stride, padding, dilation, ceil_mode)

    def forward(self, x):
        return zeros(*x.shape[:2], *windows(x.shape[2:], *self.settings))


class TorchAvgPool2d(TorchMaxPool2d):
    def __init__(self, kernel_size, stride=None, padding=0, ceil_mode=False, divisor_override=None):
        super().__init__(kernel_size, stride, padding, 1, ceil_mode)


class Reshaped(Module):
    """A module that only gives another shape, by a function of the one it takes."""

    def __init__(self, reshape, *weights):
        super().__init__(*weights)
        self.reshape = reshape

    def forward(self, x):
        return zeros(*self.reshape(*x.shape))


def torch_pad(sides, value=0.0):
    left, right, top, bottom = sides
    return Reshaped(lambda n, maps, rows, cols: (n, maps, rows + top + bottom, cols + left + right))


def torch_linear(inputs, outputs, bias=True):
    def reshape(n, features):
        assert features == inputs
        return n, outputs

    return Reshaped(reshape, (outputs, inputs), *[(outputs,)] * bias)


def torch_batch_norm(maps):
    def reshape(n, channels, rows, cols):
        assert channels == maps
        return n, channels, rows, cols

    return Reshaped(reshape, (maps,), (maps,))


def stand_in_torch():
    torch, nn, functional = (types.ModuleType(name) for name in ("torch", "torch.nn", "torch.nn.functional"))
    torch.nn, nn.functional = nn, functional
    torch.zeros, torch.tanh = zeros, np.tanh
    torch.cat = lambda maps, dim: np.concatenate(maps, axis=dim).view(Tensor)
    torch.randint = lambda low, high, shape: zeros(*shape)
    functional.max_pool2d = lambda x, *window, ceil_mode: TorchMaxPool2d(*window, ceil_mode=ceil_mode)(x)
    functional.avg_pool2d = lambda x, *window, divisor_override: TorchAvgPool2d(*window)(x)
    nn.Module, nn.ModuleList, nn.Sequential = Module, ModuleList, Sequential
    nn.Conv2d, nn.MaxPool2d, nn.AvgPool2d = TorchConv2d, TorchMaxPool2d, TorchAvgPool2d
    nn.ZeroPad2d = nn.ConstantPad2d = torch_pad
    nn.AdaptiveAvgPool2d = lambda size: Reshaped(lambda n, maps, rows, cols: (n, maps, *pair(size)))
    nn.Flatten = lambda: Reshaped(lambda n, *shape: (n, math.prod(shape)))
    nn.Linear, nn.BatchNorm2d = torch_linear, torch_batch_norm
    nn.ReLU = nn.Tanh = nn.Sigmoid = Module
    nn.Softmax = lambda dim: Module()
    nn.Dropout = lambda p: Module()
    nn.LocalResponseNorm = lambda size, alpha, k: Module()
    return {"torch": torch, "torch.nn": nn, "torch.nn.functional": functional}


# Keras


class StandInKeras:
    """Layers that give zeros of the right shape, channels last, and note the weights that they learn."""

    def __init__(self):
        self.weights = []

    def learn(self, *shapes):
        self.weights += [zeros(*shape) for shape in shapes]

    def conv(self, filters, kernel_size, strides=1, padding="valid", dilation_rate=1, use_bias=True, groups=1):
        assert pair(strides) == (1, 1) or pair(dilation_rate) == (1, 1)

        def call(x):
            n, rows, cols, maps = x.shape
            assert maps % groups == 0 and filters % groups == 0
            self.learn((*pair(kernel_size), maps // groups, filters), *[(filters,)] * use_bias)
            same = tuple(-(-size // s) for size, s in zip((rows, cols), pair(strides), strict=True))
            valid = None if padding == "same" else windows((rows, cols), kernel_size, strides, 0, dilation_rate)
            return zeros(n, *(valid or same), filters)

        return call

    def depthwise(self, kernel_size, strides=1, **settings):
        assert isinstance(strides, int)
        return lambda x: self.conv(x.shape[-1], kernel_size, strides, groups=x.shape[-1], **settings)(x)

    def pool(self, pool_size, strides=None):
        strides = pool_size if strides is None else strides
        return lambda x: zeros(len(x), *windows(x.shape[1:3], pool_size, strides), x.shape[3])

    def pad(self, padding):
        sides = padding if isinstance(padding, tuple) and isinstance(padding[0], tuple) else map(pair, pair(padding))
        return lambda x: np.pad(x, ((0, 0), *sides, (0, 0)))

    def dense(self, units, use_bias=True):
        def call(x):
            n, features = x.shape
            self.learn((features, units), *[(units,)] * use_bias)
            return zeros(n, units)

        return call

    def batch_norm(self, momentum, epsilon):
        def call(x):
            self.learn((x.shape[-1],), (x.shape[-1],))
            return x

        return call

    def modules(self):
        keras, layers, ops = (types.ModuleType(name) for name in ("keras", "keras.layers", "keras.ops"))
        keras.layers, keras.ops = layers, ops
        keras.Input = lambda shape: zeros(1, *shape)
        keras.Model = lambda inputs, x: types.SimpleNamespace(
            output_shape=(None, *x.shape[1:]), trainable_weights=self.weights
        )
        layers.Conv2D, layers.DepthwiseConv2D = self.conv, self.depthwise
        layers.MaxPooling2D = layers.AveragePooling2D = self.pool
        layers.GlobalAveragePooling2D = lambda keepdims: lambda x: zeros(len(x), 1, 1, x.shape[3])
        layers.ZeroPadding2D, layers.Dense, layers.BatchNormalization = self.pad, self.dense, self.batch_norm
        layers.Flatten = lambda: lambda x: zeros(len(x), math.prod(x.shape[1:]))
        layers.Concatenate = lambda: lambda maps: zeros(*maps[0].shape[:3], sum(each.shape[3] for each in maps))
        layers.Add = lambda: lambda branches: branches[0] + branches[1]
        layers.ReLU = layers.Softmax = lambda: lambda x: x
        layers.Activation = layers.Dropout = lambda what: lambda x: x
        ops.average_pool = lambda x, size, strides: self.pool(size, strides)(x) + 1
        for name in ("abs", "ones", "pad", "square", "sum", "take", "tanh"):
            setattr(ops, name, getattr(np, name))
        return {"keras": keras, "keras.layers": layers, "keras.ops": ops}


# Running


@pytest.fixture
def run(tmp_path, capsys):
    """Run a program as a script; give the lines that it prints."""

    def run_program(text, modules):
        script = tmp_path / "program.py"
        script.write_text(text, encoding="utf-8")
        with pytest.MonkeyPatch.context() as patch, on_no_device():
            for name, module in modules.items():
                patch.setitem(sys.modules, name, module)
            runpy.run_path(str(script))
        return capsys.readouterr().out.splitlines()

    return run_program


INSTALLED = ["installed pytorch"] * (importlib.util.find_spec("torch") is not None)
RUNNERS = ["pytorch", "keras", *INSTALLED]


def on_no_device():
    """PyTorch's own way to leave out the memory of weights; nothing where PyTorch itself is not run."""
    torch = sys.modules.get("torch")
    return torch.device("meta") if hasattr(torch, "device") else contextlib.nullcontext()


def holds(run, runner, layers, input_shape):
    """Run the program and hold what it prints to the summary."""
    framework = "keras" if runner == "keras" else "pytorch"
    text = source(layers, input_shape, framework=framework)
    modules = {"pytorch": stand_in_torch, "keras": lambda: StandInKeras().modules()}.get(runner, installed_torch)()
    counted = summary(layers, input_shape)
    shape = (1, *counted.output_shape)
    if framework == "keras":
        shape = (None, *counted.output_shape[1:], counted.output_shape[0])
    assert run(text, modules) == [str(shape), str(counted.parameters)]


def installed_torch():
    import torch

    return {"torch": torch}


ODD = {
    "padding on one side": ((Conv2d(4, 3, padding=((0, 1), (2, 0))), AvgPool2d(3, 2, padding=1)), (3, 9, 8)),
    "same with a stride": ((Conv2d(4, 3, 2, "same"), MaxPool2d(2, 1, "same"), AvgPool2d(2, 1, "same")), (3, 9, 8)),
    "same without one": ((Conv2d(4, 2, padding="same"), Conv2d(4, (3, 2), padding="same", dilation=2)), (3, 9, 8)),
    "full": ((Conv2d(4, 3, padding="full", bias=False),), (3, 9, 8)),
    "depthwise": ((Conv2d(3, 3, groups=3, dilation=2), Conv2d(3, (1, 3), (1, 2), groups=3)), (3, 9, 8)),
    "a table": ((Conv2d(3, 3, stride=2, padding=1, table=[[0], [0, 2], [1]], bias=False),), (3, 9, 8)),
    "rounding up": (
        (MaxPool2d(3, 2, ceil_mode=True), AvgPool2d(3, 2, 1, True), Subsampling(2, ceil_mode=True)), (3, 10, 9)
    ),
    "norms": ((LPPool2d(3, 2, ceil_mode=True), LPPool2d(float("inf"), 2), LPPool2d(1.5, 1)), (3, 9, 8)),
    "adaptive": ((AdaptiveAvgPool2d((3, 2)), AdaptiveAvgPool2d(1)), (3, 9, 8)),
    "the rest": ((LocalResponseNorm(4), BatchNorm2d(), Tanh(), Sigmoid(), Softmax(), Dropout(0.3)), (3, 9, 8)),
    "features": ((Linear(5, bias=False), ReLU(), Linear(2)), (7,)),
    "blocks": ((Residual([Conv2d(6, 3, padding=1)], [Conv2d(6, 1)]), Residual([]), Flatten()), (3, 9, 8)),
    "nothing": ((), (3, 9, 8)),
}


@pytest.mark.parametrize("runner", RUNNERS)
@pytest.mark.parametrize("name", NAMES)
def test_every_named_networks_program_counts_what_the_page_counts(run, runner, name):
    network = blueprint(name)
    holds(run, runner, network.layers, network.input_shape)


@pytest.mark.parametrize("runner", RUNNERS)
@pytest.mark.parametrize("name", ODD)
def test_odd_ones_run_too(run, runner, name):
    holds(run, runner, *ODD[name])


sizes = st.tuples(st.integers(1, 4), st.integers(1, 4))
sides = st.tuples(st.integers(0, 3), st.integers(0, 3))
paddings = st.one_of(sides, st.tuples(sides, sides), st.sampled_from(["same", "valid", "full"]))
maps, groups = st.sampled_from([1, 3, 6]), st.sampled_from([1, 3])
layers = st.one_of(
    st.builds(Conv2d, maps, sizes, sizes, paddings, sizes, groups, st.booleans()),
    st.builds(MaxPool2d, sizes, sizes, paddings, sizes, st.booleans()),
    st.builds(AvgPool2d, sizes, sizes, paddings, st.booleans()),
    st.builds(Subsampling, sizes, sizes, st.booleans()),
    st.builds(AdaptiveAvgPool2d, sizes),
)


@pytest.mark.parametrize("runner", RUNNERS)
@settings(max_examples=60, suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.filter_too_much])
@given(layer=layers, size=st.tuples(st.integers(4, 9), st.integers(4, 9)))
def test_any_window_runs_or_is_refused(run, runner, layer, size):
    framework = "keras" if runner == "keras" else "pytorch"
    try:
        source([layer], (3, *size), framework=framework)
    except ConvError:
        assume(False)
    holds(run, runner, [layer], (3, *size))


# What is written


def written(layers, input_shape, framework="pytorch"):
    """The lines of the network itself."""
    lines = source(layers, input_shape, framework=framework).splitlines()
    ends = {"pytorch": ("model = nn.Sequential(", ")"), "keras": ("x = inputs", "model = keras.Model(inputs, x)")}
    begin, end = map(lines.index, ends[framework])
    return [line.strip() for line in lines[begin + 1 : end]]


@pytest.mark.parametrize(
    ("layer", "pytorch", "keras"),
    [
        (Conv2d(4, 3), ["nn.Conv2d(3, 4, 3),  # (4, 7, 6)"], ["x = layers.Conv2D(4, 3)(x)  # (7, 6, 4)"]),
        (
            Conv2d(4, 3, padding=1, bias=False, label="C1"),
            ["nn.Conv2d(3, 4, 3, padding=1, bias=False),  # C1: (4, 9, 8)"],
            ['x = layers.Conv2D(4, 3, padding="same", use_bias=False)(x)  # C1: (9, 8, 4)'],
        ),
        (
            Conv2d(4, 3, stride=2, padding=1),
            ["nn.Conv2d(3, 4, 3, stride=2, padding=1),  # (4, 5, 4)"],
            # of 8 columns "same" would pad the right alone
            ["x = layers.ZeroPadding2D(1)(x)", "x = layers.Conv2D(4, 3, strides=2)(x)  # (5, 4, 4)"],
        ),
        (
            Conv2d(4, 2, padding="same"),
            ['nn.Conv2d(3, 4, 2, padding="same"),  # (4, 9, 8)'],
            ['x = layers.Conv2D(4, 2, padding="same")(x)  # (9, 8, 4)'],
        ),
        (
            Conv2d(3, 3, groups=3),
            ["nn.Conv2d(3, 3, 3, groups=3),  # (3, 7, 6)"],
            ["x = layers.DepthwiseConv2D(3)(x)  # (7, 6, 3)"],
        ),
        (
            MaxPool2d(2, ceil_mode=True),
            ["nn.MaxPool2d(2, ceil_mode=True),  # (3, 5, 4)"],
            [
                'x = ops.pad(x, ((0, 0), (0, 1), (0, 0), (0, 0)), constant_values=float("-inf"))',
                "x = layers.MaxPooling2D(2)(x)  # (5, 4, 3)",
            ],
        ),
        (
            MaxPool2d(2, 1, padding=((0, 1), (1, 0))),
            ['nn.ConstantPad2d((1, 0, 0, 1), float("-inf")),', "nn.MaxPool2d(2, stride=1),"],
            [
                'x = ops.pad(x, ((0, 0), (0, 1), (1, 0), (0, 0)), constant_values=float("-inf"))',
                "x = layers.MaxPooling2D(2, strides=1)(x)",
            ],
        ),
        (
            AvgPool2d(2, ceil_mode=True),
            ["nn.AvgPool2d(2, ceil_mode=True),  # (3, 5, 4)"],
            [
                "# Divided by the share of each window that does not hang over the end.",
                "x = ops.pad(x, ((0, 0), (0, 1), (0, 0), (0, 0)))",
                "x = layers.AveragePooling2D(2)(x) / ops.average_pool("
                "ops.pad(ops.ones((1, 9, 8, 1)), ((0, 0), (0, 1), (0, 0), (0, 0))), 2, strides=2)  # (5, 4, 3)",
            ],
        ),
        (
            Subsampling(2),
            ["nn.AvgPool2d(2, divisor_override=1),", "nn.Conv2d(3, 3, 1, groups=3),  # (3, 4, 4)"],
            ["x = 4 * layers.AveragePooling2D(2)(x)", "x = layers.DepthwiseConv2D(1)(x)  # (4, 4, 3)"],
        ),
        (
            LocalResponseNorm(5),
            ["nn.LocalResponseNorm(5, alpha=0.0005, k=2),"],
            [
                "squares = ops.pad(ops.square(x), ((0, 0), (0, 0), (0, 0), (2, 2)))",
                "squares = sum(squares[..., i : i + 3] for i in range(5))",
                "x = x / (2 + 1e-4 * squares) ** 0.75",
            ],
        ),
        (
            Residual([ReLU()], [Conv2d(3, 1)]),
            ["Residual(nn.Sequential(", "nn.ReLU(),", "), nn.Sequential(", "nn.Conv2d(3, 3, 1),", ")),"],
            [
                "shortcut = x", "x = layers.ReLU()(x)", "shortcut = layers.Conv2D(3, 1)(shortcut)",
                "x = layers.Add()([x, shortcut])",
            ],
        ),
    ],
)
def test_layers_are_written_as_one_would(layer, pytorch, keras):
    assert written([layer], (3, 9, 8)) == pytorch
    assert written([layer], (3, 9, 8), "keras") == keras


def test_the_table_of_c3_is_written_out():
    network = blueprint("lenet5_1998")
    for framework in FRAMEWORKS:
        text = source(network.layers, network.input_shape, framework=framework, title=network.title)
        assert text.startswith("# LeNet-5 as published: input 1x32x32, 60,000 parameters\n")
        assert "    [0, 1, 2],\n    [1, 2, 3],\n" in text
        assert max(map(len, text.splitlines())) <= 120


def test_only_what_is_used_is_defined():
    text = source([ReLU()], (3, 9, 8))
    assert "class" not in text
    assert "functional" not in text
    assert "class LPPool2d" in source([LPPool2d(2, 2)], (3, 9, 8))
    assert "import torch.nn.functional as F" in source([LPPool2d(2, 2)], (3, 9, 8))
    assert "ops" not in source([ReLU()], (3, 9, 8), framework="keras")


def test_a_title_stays_on_its_line():
    text = source([ReLU()], (3, 9, 8), title="mine\nimport os")
    assert text.splitlines()[0] == "# mine import os: input 3x9x8, 0 parameters"


@pytest.mark.parametrize(
    ("layers", "framework", "message"),
    [
        ([], "jax", r"^Framework must be one of pytorch, keras\. Received: framework='jax'\.$"),
        ([Conv2d(2, 30)], "keras", r"^Layer 1 \(Conv2d\): Kernel is larger than the padded input\."),
        (
            [ReLU(), MaxPool2d(2, dilation=2)], "keras",
            r"^Layer 2 \(MaxPool2d\): Keras has no dilated pooling\. Received: dilation=\(2, 2\)\.$",
        ),
        (
            [Conv2d(2, 2, stride=2, dilation=2)], "keras",
            r"^Layer 1 \(Conv2d\): Keras takes no stride and dilation together\. "
            r"Received: stride=\(2, 2\), dilation=\(2, 2\)\.$",
        ),
        (
            [AdaptiveAvgPool2d(2)], "keras",
            r"^Layer 1 \(AdaptiveAvgPool2d\): Keras has no adaptive pooling whose output does not divide its input\. "
            r"Received: input=\(9, 8\), output=\(2, 2\)\.$",
        ),
        (
            [AvgPool2d(3, 2, ((0, 1), (0, 0)), ceil_mode=True)], "pytorch",
            r"^Layer 1 \(AvgPool2d\): PyTorch has no average pooling that pads its sides differently and rounds up\. "
            r"Received: padding=\(\(0, 1\), \(0, 0\)\)\.$",
        ),
    ],
)
def test_refusals(layers, framework, message):
    with pytest.raises(ConvError, match=message):
        source(layers, (3, 9, 8), framework=framework)
