"""What layers without weights cost, alone and in networks."""

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from conv.blueprint import (
    RBF,
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
    ScaledTanh,
    Sigmoid,
    Softmax,
    Subsampling,
    Tanh,
    changes,
    summary,
    with_ceil_mode,
)
from conv.counts import dense_counts, layer_counts, pooling_counts
from conv.errors import ConvError

LENET = (
    Conv2d(6, 5, padding=2, label="C1"), ReLU(), AvgPool2d(2),
    Conv2d(16, 5), ReLU(), AvgPool2d(2), Flatten(), Linear(10),
)


def test_the_lectures_layer():
    row = summary([Conv2d(2, 3)], (3, 7, 7)).rows[0]
    assert row.output_shape == (2, 5, 5)
    assert row.parameters == 3 * 2 * 3 * 3 + 2
    assert row.counts.hidden_units == 2 * 5 * 5
    assert row.connections == 3 * 2 * (5 * 5 * 3 * 3)
    assert row.connections_with_biases == 3 * 2 * (5 * 5 * 3 * 3) + 2 * 5 * 5
    assert row.activation_bytes == 4 * (2 * 5 * 5)


def test_the_lectures_fully_connected_network():
    counted = summary([Flatten(), Linear(1000, bias=False)], (1, 200, 200))
    assert counted.parameters == counted.connections == counted.connections_with_biases == 40_000_000


def test_rows_tell_names_shapes_and_what_they_read():
    counted = summary(LENET, (1, 28, 28))
    assert [(row.name, row.kind, row.reads, row.output_shape) for row in counted.rows] == [
        ("1", "Conv2d", ("input",), (6, 28, 28)),
        ("2", "ReLU", ("1",), (6, 28, 28)),
        ("3", "AvgPool2d", ("2",), (6, 14, 14)),
        ("4", "Conv2d", ("3",), (16, 10, 10)),
        ("5", "ReLU", ("4",), (16, 10, 10)),
        ("6", "AvgPool2d", ("5",), (16, 5, 5)),
        ("7", "Flatten", ("6",), (400,)),
        ("8", "Linear", ("7",), (10,)),
    ]
    assert counted.rows[0].layer.label == "C1"
    assert counted.output_shape == (10,)
    assert counted.parameters == (25 + 1) * 6 + (6 * 25 + 1) * 16 + (400 + 1) * 10
    assert counted.multiply_adds == 28 * 28 * 6 * 25 + 10 * 10 * 16 * 6 * 25 + 400 * 10
    units = 2 * 6 * 28 * 28 + 6 * 14 * 14 + 2 * 16 * 10 * 10 + 400 + 10  # Flatten is a view
    assert counted.activation_bytes == 4 * units


@pytest.mark.parametrize(
    ("layer", "shape", "output", "parameters", "connections"),
    [
        (Subsampling(2), (6, 28, 28), (6, 14, 14), 6 * 2, 6 * 14 * 14 * 4),
        (BatchNorm2d(), (6, 28, 28), (6, 28, 28), 6 * 2, 0),
        (LocalResponseNorm(5), (6, 28, 28), (6, 28, 28), 0, 0),
        (LPPool2d(2, 3, 2), (6, 7, 9), (6, 3, 4), 0, 6 * 3 * 4 * 9),
        (AdaptiveAvgPool2d(1), (6, 7, 9), (6, 1, 1), 0, 6 * 7 * 9),
        (AdaptiveAvgPool2d((2, 3)), (1, 5, 9), (1, 2, 3), 0, (3 + 3) * (3 + 3 + 3)),  # rows 0-2 and 2-4
        (AdaptiveAvgPool2d(4), (1, 2, 2), (1, 4, 4), 0, (1 + 1 + 1 + 1) ** 2),  # more units than rows
        (RBF(10), (84,), (10,), 0, 84 * 10),
        (Linear(10), (84,), (10,), 10 * (84 + 1), 84 * 10),
        (Conv2d(8, 3, groups=4, bias=False), (4, 7, 7), (8, 5, 5), 8 * 9, 5 * 5 * 8 * 9),
        (Conv2d(2, 5, table=[[0, 2], [1]]), (3, 7, 7), (2, 3, 3), (2 + 1) * 25 + 2, 3 * 3 * (2 + 1) * 25),
        (Conv2d(4, 3, stride=2, padding="same"), (1, 7, 8), (4, 4, 4), 4 * (9 + 1), 4 * 4 * 4 * 9),
        (Conv2d(4, 3, padding=((0, 1), (2, 0))), (1, 7, 7), (4, 6, 7), 4 * (9 + 1), 4 * 6 * 7 * 9),
        (Softmax(), (10,), (10,), 0, 0),
        (Dropout(0.2), (3, 4, 5), (3, 4, 5), 0, 0),
    ],
)
def test_each_kind_of_layer(layer, shape, output, parameters, connections):
    row = summary([layer], shape).rows[0]
    assert (row.output_shape, row.parameters, row.connections) == (output, parameters, connections)
    learns = type(layer) in (Conv2d, Linear)
    assert row.counts.multiply_adds == (connections if learns else 0)


def test_a_bias_counts_as_a_connection_of_each_unit_that_has_one():
    assert summary([Subsampling(2)], (6, 28, 28)).connections_with_biases == 6 * 14 * 14 * (4 + 1)
    assert summary([RBF(10)], (84,)).connections_with_biases == 84 * 10
    assert summary([BatchNorm2d()], (6, 28, 28)).connections_with_biases == 0
    assert summary([MaxPool2d(2)], (6, 28, 28)).connections_with_biases == 6 * 14 * 14 * 4


@given(
    st.integers(1, 12), st.integers(1, 4), st.integers(1, 4), st.integers(0, 2), st.integers(1, 3), st.booleans()
)
def test_layers_count_as_the_counts_do(n, k, s, p, d, bias):
    window = {"stride": s, "padding": p, "dilation": d}
    assume(n + 2 * p >= d * (k - 1) + 1)
    expected = layer_counts(n, k, in_maps=3, out_maps=5, bias=bias, **window)
    assert summary([Conv2d(5, k, bias=bias, **window)], (3, n, n)).rows[0].counts == expected
    assert summary([Flatten(), Linear(7)], (3, n, n)).rows[1].counts == dense_counts(3 * n * n, 7)
    if p == 0 and k <= n:
        pooled = pooling_counts(n, k, maps=3, stride=s, ceil_mode=bias)
        assert summary([MaxPool2d(k, s, ceil_mode=bias)], (3, n, n)).rows[0].counts == pooled


# Residual blocks

BLOCK = Residual(
    main=[Conv2d(8, 3, stride=2, padding=1, bias=False), BatchNorm2d(), ReLU(), Conv2d(8, 3, padding=1, bias=False)],
    shortcut=[Conv2d(8, 1, stride=2, bias=False)],
)


def test_a_block_gives_its_branches_and_then_its_sum():
    counted = summary([ReLU(), BLOCK, ReLU()], (4, 9, 9))
    assert [(row.name, row.branch, row.kind, row.reads) for row in counted.rows] == [
        ("1", "", "ReLU", ("input",)),
        ("2.main.1", "main", "Conv2d", ("1",)),
        ("2.main.2", "main", "BatchNorm2d", ("2.main.1",)),
        ("2.main.3", "main", "ReLU", ("2.main.2",)),
        ("2.main.4", "main", "Conv2d", ("2.main.3",)),
        ("2.shortcut.1", "shortcut", "Conv2d", ("1",)),
        ("2", "", "Residual", ("2.main.4", "2.shortcut.1")),
        ("3", "", "ReLU", ("2",)),
    ]
    assert counted.output_shape == (8, 5, 5)
    assert counted.parameters == 4 * 8 * 9 + 2 * 8 + 8 * 8 * 9 + 4 * 8
    assert [row.field.size for row in counted.rows[4:7]] == [(7, 7), (1, 1), (7, 7)]  # 3 + (3 - 1) * 2
    assert counted.rows[6].field.jump == (2, 2)


def test_an_empty_shortcut_is_the_input():
    counted = summary([Residual([Conv2d(4, 3, padding=1)])], (4, 9, 9))
    assert counted.rows[1].reads == ("1.main.1", "input")
    assert counted.rows[1].parameters == 0
    assert counted.rows[1].activation_bytes == 4 * (4 * 9 * 9)


# Receptive fields


def test_fields_grow_with_pooling_too():
    layers = [Conv2d(1, 3), MaxPool2d(2), Conv2d(1, 3), MaxPool2d(2), Conv2d(1, 3)]
    rows = summary(layers, (1, 30, 30)).rows
    assert [row.field.size[0] for row in rows] == [3, 3 + 1, 4 + 2 * 2, 8 + 1 * 2, 10 + 2 * 4]
    assert [row.field.jump[0] for row in rows] == [1, 2, 2, 4, 4]


def test_a_dense_layer_sees_the_whole_map():
    rows = summary(LENET, (1, 28, 28)).rows
    assert rows[5].field.size == (16, 16)
    assert rows[6].field == rows[5].field
    assert rows[7].field.size == (32, 32)  # 16 + (5 - 1) * 4, padding and all


def test_there_is_no_field_where_units_differ_in_it():
    rows = summary([Conv2d(2, 3), AdaptiveAvgPool2d(2), Flatten(), Linear(3)], (1, 7, 7)).rows  # 5 in 2 parts
    assert rows[0].field.size == (3, 3)
    assert [row.field for row in rows[1:]] == [None, None, None]
    shifted = Residual([Conv2d(1, 3, padding=((0, 2), (0, 2)))])  # the sum's parts lie apart
    fields = [row.field for row in summary([ReLU(), shifted, ReLU()], (1, 7, 7)).rows]
    assert [field is None for field in fields] == [False, False, True, True]
    assert summary([Linear(3)], (7,)).rows[0].field is None
    assert summary([AdaptiveAvgPool2d(2)], (1, 7, 7)).rows[0].field is None


# What changes


def test_what_another_input_changes():
    layers = [Conv2d(96, 11, stride=4), ReLU(), MaxPool2d(3, 2), Flatten(), Linear(10), ReLU(), Linear(5)]
    differ = changes(summary(layers, (3, 227, 227)), summary(layers, (3, 224, 224)))
    assert [(old.name, old.output_shape, new.output_shape) for old, new in differ] == [
        ("1", (96, 55, 55), (96, 54, 54)),  # (227 - 11) / 4 + 1 and 213 / 4 rounded down, + 1
        ("2", (96, 55, 55), (96, 54, 54)),
        ("3", (96, 27, 27), (96, 26, 26)),
        ("4", (96 * 27 * 27,), (96 * 26 * 26,)),
        ("5", (10,), (10,)),
    ]
    assert differ[-1][0].parameters - differ[-1][1].parameters == 10 * 96 * (27 * 27 - 26 * 26)
    counted = summary(layers, (3, 227, 227))
    assert changes(counted, counted) == []


def test_what_rounding_up_changes():
    layers = (Conv2d(4, 3), Residual([MaxPool2d(2, 1)], [AvgPool2d(2, 1)]), LPPool2d(2, 2), Flatten(), Linear(3))
    up = with_ceil_mode(layers)
    assert [layer.ceil_mode for layer in (up[1].main[0], up[1].shortcut[0], up[2])] == [True, True, True]
    assert up[0] is layers[0]
    assert with_ceil_mode(up, False) == layers
    differ = changes(summary(layers, (1, 8, 8)), summary(up, (1, 8, 8)))
    assert [(old.name, old.output_shape, new.output_shape) for old, new in differ] == [
        ("3", (4, 2, 2), (4, 3, 3)), ("4", (16,), (36,)), ("5", (3,), (3,)),
    ]


# Layers as values


def test_layers_compare_by_what_they_are():
    assert Conv2d(6, 5) == Conv2d(6, (5, 5), stride=[1, 1])
    assert Conv2d(6, 5) != Conv2d(6, 5, label="C1")
    assert Conv2d(6, 5, padding=((1, 1), (2, 2))).padding == (1, 2)
    assert MaxPool2d(2) == MaxPool2d(2, 2)
    assert ReLU() == ReLU()
    assert len({ReLU(), Tanh(), Sigmoid(), ScaledTanh(), Flatten(), ReLU()}) == 5
    assert MaxPool2d(2) != AvgPool2d(2)


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (lambda: Conv2d(0, 3), r"^Out channels must be at least 1\. Received: out_channels=0\.$"),
        (lambda: Conv2d(2.5, 3), r"^Out channels must be a whole number\. Received: out_channels=2\.5\.$"),
        (lambda: Conv2d(2, 3, groups=0), r"^Groups must be at least 1\. Received: groups=0\.$"),
        (lambda: Conv2d(2, 0), r"^Kernel size must be at least 1\. Received: kernel_size=0\.$"),
        (lambda: Conv2d(2, 3, padding=-1), r"^Padding must be at least 0\. Received: padding=-1\.$"),
        (lambda: Conv2d(2, 3, padding="sane"), r"^Padding must be 'valid', .*Received: padding='sane'\.$"),
        (
            lambda: Conv2d(2, 3, table=[[0, 1]]),
            r"^The table must name one or more input maps, once each, for each output map\. "
            r"Received: out_channels=2, table=\(\(0, 1\),\)\.$",
        ),
        (lambda: Conv2d(2, 3, table=[[0], [1, 1]]), r"^The table must name one or more input maps, once each"),
        (lambda: Conv2d(2, 3, table=[[0], []]), r"^The table must name one or more input maps, once each"),
        (
            lambda: Conv2d(2, 3, table=[[0], [1]], groups=2),
            r"^A table stands in place of groups\. Received: groups=2\.$",
        ),
        (lambda: MaxPool2d(2, 0), r"^Stride must be at least 1\. Received: stride=0\.$"),
        (lambda: LPPool2d(0, 2), r"^The norm type must be a number above 0\. Received: norm_type=0\.$"),
        (lambda: LPPool2d(float("nan"), 2), r"^The norm type must be a number above 0\."),
        (lambda: Linear(0), r"^Out features must be at least 1\. Received: out_features=0\.$"),
        (lambda: Dropout(1), r"^The probability must be at least 0 and less than 1\. Received: p=1\.$"),
        (lambda: LocalResponseNorm(0), r"^Size must be at least 1\. Received: size=0\.$"),
        (lambda: AdaptiveAvgPool2d(0), r"^Output size must be at least 1\. Received: output_size=0\.$"),
        (lambda: Residual([BLOCK]), r"^A residual block must not hold another\. Received: layer=Residual\("),
        (
            lambda: summary([], (28, 28)),
            r"^Input must have a shape of \(channels, rows, cols\) or \(features,\), all at least 1\. "
            r"Received: input=\(28, 28\)\.$",
        ),
        (lambda: summary([], (1, 0, 28)), r"^Input must have a shape"),
        (lambda: summary([], (1.5, 28, 28)), r"^Input must have a shape"),
        (
            lambda: summary([ReLU(), Conv2d(2, 3)], (1, 2, 2)),
            r"^Layer 2 \(Conv2d\): Kernel is larger than the padded input\. "
            r"Received: input=\(2, 2\), kernel=\(3, 3\), padding=\(0, 0\)\.$",
        ),
        (
            lambda: summary([Flatten(), MaxPool2d(2)], (1, 20, 20)),
            r"^Layer 2 \(MaxPool2d\): Input must be maps: \(channels, rows, cols\)\. Received: input=\(400,\)\.$",
        ),
        (lambda: summary([BatchNorm2d()], (400,)), r"^Layer 1 \(BatchNorm2d\): Input must be maps"),
        (
            lambda: summary([Linear(10)], (16, 5, 5)),
            r"^Layer 1 \(Linear\): Maps must be flattened first\. Received: input=\(16, 5, 5\)\.$",
        ),
        (
            lambda: summary([Conv2d(4, 3, groups=2)], (3, 5, 5)),
            r"^Layer 1 \(Conv2d\): Groups must divide the input and the output maps\.",
        ),
        (
            lambda: summary([Conv2d(1, 3, table=[[3]])], (3, 5, 5)),
            r"^Layer 1 \(Conv2d\): The table must name input maps, counted from 0\. "
            r"Received: in_maps=3, table=\(\(3,\),\)\.$",
        ),
        (
            lambda: summary([MaxPool2d(2, padding=2)], (1, 5, 5)),
            r"^Layer 1 \(MaxPool2d\): Padding must be at most half of the kernel\.",
        ),
        (
            lambda: summary([ReLU(), Residual([ReLU(), Conv2d(2, 9)])], (2, 5, 5)),
            r"^Layer 2\.main\.2 \(Conv2d\): Kernel is larger than the padded input\.",
        ),
        (
            lambda: summary([Residual([Conv2d(4, 3)])], (2, 5, 5)),
            r"^Layer 1 \(Residual\): Both branches must have one shape\. "
            r"Received: main=\(4, 3, 3\), shortcut=\(2, 5, 5\)\.$",
        ),
        (
            lambda: changes(summary(LENET[:3], (1, 28, 28)), summary(LENET[:4], (1, 28, 28))),
            r"^Only summaries of as many layers can be compared\. Received: before=3, after=4\.$",
        ),
    ],
)
def test_refusals(call, message):
    with pytest.raises(ConvError, match=message):
        call()
