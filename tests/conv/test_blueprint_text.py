"""Networks as text: what is written is read back, and what cannot be read says where."""

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from conv.architectures import NAMES, blueprint
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
    summary,
)
from conv.blueprint_text import KINDS, MOST_CHARACTERS, MOST_LAYERS, line, parse, to_json, write
from conv.errors import ConvError

sizes = st.one_of(st.integers(1, 8), st.tuples(st.integers(1, 8), st.integers(1, 8)))
sides = st.tuples(st.integers(0, 4), st.integers(0, 4))
paddings = st.one_of(st.integers(0, 4), sides, st.tuples(sides, sides), st.just("same"))
labels = st.from_regex(r"\A[A-Za-z][A-Za-z0-9_.-]{0,19}\Z")
few, flags = st.integers(1, 12), st.booleans()
strides = st.one_of(st.none(), sizes)
tables = st.lists(st.lists(st.integers(0, 11), min_size=1, unique=True), min_size=1, max_size=6).map(
    lambda table: {"out_channels": len(table), "table": table}
)
plain_layers = st.one_of(
    st.builds(Conv2d, few, sizes, sizes, paddings, sizes, few, flags, label=labels),
    st.builds(lambda table, k, bias: Conv2d(kernel_size=k, bias=bias, **table), tables, sizes, flags),
    st.builds(MaxPool2d, sizes, strides, paddings, sizes, flags, label=labels),
    st.builds(AvgPool2d, sizes, strides, paddings, flags),
    st.builds(LPPool2d, st.floats(min_value=0, exclude_min=True), sizes, strides, flags),
    st.builds(Subsampling, sizes, strides, flags),
    st.builds(AdaptiveAvgPool2d, sizes),
    st.builds(Linear, few, flags),
    st.builds(RBF, few),
    st.builds(Dropout, st.floats(0, 1, exclude_max=True)),
    st.builds(LocalResponseNorm, few),
    *(st.builds(kind, label=labels) for kind in (BatchNorm2d, Flatten, ReLU, ScaledTanh, Sigmoid, Softmax, Tanh)),
)
branches = st.lists(plain_layers, max_size=3)
networks = st.lists(st.one_of(plain_layers, st.builds(Residual, branches, branches, label=labels)), max_size=8)
shapes = st.one_of(st.tuples(st.integers(1, 1024)), st.tuples(few, st.integers(1, 1024), st.integers(1, 1024)))


@given(shapes, networks)
def test_what_is_written_is_read_back(shape, layers):
    assert parse(write(shape, layers)) == (shape, tuple(layers))
    assert parse(to_json(shape, layers)) == (shape, tuple(layers))


@pytest.mark.parametrize("name", NAMES)
def test_every_named_network_can_be_written_and_edited(name):
    network = blueprint(name)
    assert parse(write(network.input_shape, network.layers)) == (network.input_shape, network.layers)
    assert parse(to_json(network.input_shape, network.layers)) == (network.input_shape, network.layers)


def test_the_words_cover_every_layer():
    assert {kind.layer for kind in KINDS.values()} == {
        AdaptiveAvgPool2d, AvgPool2d, BatchNorm2d, Conv2d, Dropout, Flatten, LPPool2d, Linear, LocalResponseNorm,
        MaxPool2d, RBF, ReLU, ScaledTanh, Sigmoid, Softmax, Subsampling, Tanh,
    }


def test_a_network_by_hand():
    shape, layers = parse(
        """
        # LeNet-5, more or less
        input 1x28x28

        C1: conv 6 5x5 padding 2   # keeps the size
        ReLU
        Max 2
        conv 16 5 nobias stride 1x2 padding 0,1x2,3
        max 3 stride 2 ceil
        lp inf 2
        avg 2x1 padding same
        flatten
        dropout 0.25
        dense 10
        """
    )
    assert shape == (1, 28, 28)
    assert layers == (
        Conv2d(6, 5, padding=2, label="C1"), ReLU(), MaxPool2d(2),
        Conv2d(16, 5, stride=(1, 2), padding=((0, 1), (2, 3)), bias=False), MaxPool2d(3, 2, ceil_mode=True),
        LPPool2d(float("inf"), 2), AvgPool2d((2, 1), padding="same"), Flatten(), Dropout(0.25), Linear(10),
    )


def test_a_block_by_hand():
    text = "input 4x8x8\nB1: residual\n  conv 4 3x3 padding 1\n  relu\nshortcut\n  conv 4 1x1\nend\nresidual\nend"
    assert parse(text)[1] == (
        Residual((Conv2d(4, 3, padding=1), ReLU()), (Conv2d(4, 1),), label="B1"), Residual(()),
    )


@pytest.mark.parametrize(
    ("layer", "text"),
    [
        (Conv2d(6, 5), "conv 6 5x5"),
        (Conv2d(6, (1, 3), (2, 1), (0, 1), 2, 3), "conv 6 1x3 stride 2x1 padding 0x1 dilation 2 groups 3"),
        (Conv2d(6, 5, bias=False), "conv 6 5x5 nobias"),
        (Conv2d(2, 3, table=[[0, 1], [1]]), "conv 2 3x3 table 0+1,1"),
        (Conv2d(2, 3, padding="valid"), "conv 2 3x3"),
        (Conv2d(2, 3, padding="full", dilation=2), "conv 2 3x3 padding 4 dilation 2"),
        (Conv2d(2, 3, padding="same"), "conv 2 3x3 padding same"),
        (MaxPool2d(2, 2), "max 2"),
        (MaxPool2d((3, 2), 2, ceil_mode=True), "max 3x2 stride 2 ceil"),
        (LPPool2d(1.5, 2, 1), "lp 1.5 2x2 stride 1"),
        (Dropout(), "dropout 0.5"),
        (AdaptiveAvgPool2d((7, 1)), "adaptive 7x1"),
        (BatchNorm2d(label="bn"), "bn: batchnorm"),
    ],
)
def test_lines_are_short(layer, text):
    assert line(layer) == text


def test_json_may_leave_out_what_is_usual():
    text = json.dumps([
        {"kind": "input", "shape": [1, 28, 28]},
        {"kind": "conv", "label": "C1", "out_channels": 6, "kernel_size": 5, "padding": [2, 2], "bias": False},
        {"kind": "residual", "main": [{"kind": "relu"}]},
    ])
    layers = (Conv2d(6, 5, padding=2, bias=False, label="C1"), Residual([ReLU()]))
    assert parse(text) == ((1, 28, 28), layers)


BEGIN = '[{"kind": "input", "shape": [1, 28, 28]}, '
FIRST = r"The input must come first, once, such as input 3x224x224\."
BRACKETS = r"A block is residual, its layers, shortcut and its layers if any, end, and holds no other block\."


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("", rf"^{FIRST} Received: word=''\.$"),
        ("# nothing", rf"^{FIRST}"),
        ("conv 6 5x5", rf"^Line 1: {FIRST} Received: word='conv'\.$"),
        ("input 3x9x9\n\ninput 3x9x9", rf"^Line 3: {FIRST} Received: word='input'\.$"),
        ("input 28x28", r"^Line 1: Input must be channels, rows and columns, .*Received: input='28x28'\.$"),
        ("input", r"^Line 1: Input must be channels"),
        ("input 1x0x9", r"^Line 1: Input must be channels"),
        ("input 1 28 28", r"^Line 1: Input must be channels, .*Received: input='1 28 28'\.$"),
        ("input 1x2000x9", r"^Line 1: Rows must be at most 1024\. Received: rows=2000\.$"),
        ("input 99999999999999999999", r"^Line 1: Features must be at most 1000000\. Received: features=9{20}\.$"),
        ("input 1x9x9\nrelu\ncovn 6", r"^Line 3: Layer must be one of input, .*Received: word='covn'\.$"),
        ("input 1x9x9\nC1:", r"^Line 2: Layer must be one of input, .*Received: word=''\.$"),
        ("input 1x9x9\n1C: relu", r"^Line 2: A name must begin with a letter .*Received: label='1C'\.$"),
        ("input 1x9x9\nconv 6", r"^Line 2: After conv come out_channels, kernel_size\. Received: words=\['6'\]\.$"),
        (
            "input 1x9x9\nconv 6 5x5 strid 2",
            r"^Line 2: Conv takes stride, padding, dilation, groups, table, nobias\. Received: word='strid'\.$",
        ),
        ("input 1x9x9\nrelu 2", r"^Line 2: Relu takes nothing more\. Received: word='2'\.$"),
        ("input 1x9x9\nconv 6 5x5 stride", r"^Line 2: Stride must be whole numbers, .*Received: stride=''\.$"),
        ("input 1x9x9\nconv 6 5x5 stride two", r"^Line 2: Stride must be whole numbers, .*Received: stride='two'\.$"),
        ("input 1x9x9\nconv 6 5x5 stride 900", r"^Line 2: Stride must be at most 64\. Received: stride=900\.$"),
        ("input 1x9x9\nconv 6 5x5 stride 1x2x3", r"^Line 2: Stride must be an integer or a pair of integers\."),
        ("input 1x9x9\nconv 6 5x5 stride -1", r"^Line 2: Stride must be at least 1\. Received: stride=-1\.$"),
        ("input 1x9x9\nconv -3 3x3", r"^Line 2: Out channels must be at least 1\. Received: out_channels=-3\.$"),
        ("input 1x9x9\nconv 999999999999 3x3", r"^Line 2: Out channels must be at most 8192\. Received: .*=9{12}\.$"),
        ("input 1x9x9\ndense " + "9" * 4000, r"^Line 2: Out features must be at most 100000\. .*='9{40}…'\.$"),
        ("input 1x-9x9", r"^Line 1: Input must be channels, .*Received: input='1x-9x9'\.$"),
        ("x" * 10_000, r"^Line 1: The input .*Received: word='x{40}…'\.$"),
        ("input 1x9x9\n" + "x" * 10_000, r"^Line 2: .*Received: word='x{40}…'\.$"),
        ("input 1x9x9\nconv 6 " + "y" * 10_000, r"^Line 2: Kernel size must be .*Received: kernel_size='y{40}…'\.$"),
        ("input 1x9x9\nconv 6 5x5 stride 2 stride 2", r"^Line 2: An option must be given once\."),
        ("input 1x9x9\nconv 6 5x5 nobias nobias", r"^Line 2: An option .* once\. Received: word='nobias'\.$"),
        ("input 1x9x9\nconv 6 5x5 padding full", r"^Line 2: Padding must be same, .*='full'\.$"),
        ("input 1x9x9\nconv 6 5x5 padding 1,2", r"^Line 2: Padding must be "),
        ("input 1x9x9\nconv 5x5 6", r"^Line 2: Out channels must be a whole number\."),
        ("input 1x9x9\nconv 0 5", r"^Line 2: Out channels must be at least 1\."),
        ("input 1x9x9\nconv 1 5 table 0+a", r"^Line 2: Table must be whole numbers, such as 0\+1,1\+2\."),
        ("input 1x9x9\nconv 2 5 table 0", r"^Line 2: The table must name one or more input maps"),
        ("input 1x9x9\ndropout x", r"^Line 2: P must be a number\. Received: p='x'\.$"),
        ("input 1x9x9\ndropout nan", r"^Line 2: The probability must be at least 0 and less than 1\."),
        ("input 1x9x9\nlp -1 2", r"^Line 2: The norm type must be a number above 0\."),
        ("input 1x9x9\nend", rf"^Line 2: {BRACKETS} Received: word='end'\.$"),
        ("input 1x9x9\nshortcut", rf"^Line 2: {BRACKETS}"),
        ("input 1x9x9\nresidual 2", rf"^Line 2: {BRACKETS} Received: word='residual 2'\.$"),
        ("input 1x9x9\nresidual\nresidual", rf"^Line 3: {BRACKETS}"),
        ("input 1x9x9\nresidual\nshortcut\nshortcut", rf"^Line 4: {BRACKETS}"),
        ("input 1x9x9\nresidual\nrelu", r"^A residual block must end with a line end\."),
        ("[", r"^Line 1, column 2: This is not JSON: .*Received: text='\['\.$"),
        ("{", r"^Line 1, column 2: This is not JSON: .*Received: text='{'\.$"),
        ("[\n{]", r"^Line 2, column 2: This is not JSON: .*Received: text='{\]'\.$"),
        ("[\n", r"^Line 2, column 1: This is not JSON: .*Received: text=''\.$"),
        ('{"kind": "relu"}', r"^JSON must be a list of the input and the layers\. Received: text='{.*}'\.$"),
        ("[]", r"^Item 1: The input must come first, such as "),
        ("[1]", r"^Item 1: The input must come first, .*Received: item=1\.$"),
        ('[{"kind": "input", "shape": [1, true, 2]}]', r"^Item 1: Input must be channels"),
        ('[{"kind": "input", "shape": 28}]', r"^Item 1: The input must come first"),
        (BEGIN + "5]", r"^Item 2: A layer must be an object with a kind\. Received: item=5\.$"),
        (BEGIN + "{}]", r"^Item 2: Layer must be one of input, .*Received: word=None\.$"),
        (BEGIN + '{"kind": ["conv"]}]', r"^Item 2: Layer must be one of"),
        (BEGIN + '{"kind": "conv", "out_channels": 6}]', r"^Item 2: Conv needs .*Received: missing='kernel_size'\.$"),
        (
            BEGIN + '{"kind": "relu", "rule": 2}]',
            r"^Item 2: Relu has no such argument\. Received: argument='rule', value=2\.$",
        ),
        (BEGIN + '{"kind": "dense", "out_features": 6, "bias": 1}]', r"^Item 2: Bias must be true or false\."),
        (BEGIN + '{"kind": "dense", "out_features": true}]', r"^Item 2: Out features must be a whole number\."),
        (BEGIN + '{"kind": "dense", "out_features": null}]', r"^Item 2: Out features must be a whole number\."),
        (BEGIN + '{"kind": "dense", "out_features": [6]}]', r"^Item 2: Out features must be a whole number\."),
        (BEGIN + '{"kind": "relu", "label": 5}]', r"^Item 2: A name must begin with a letter"),
        (BEGIN + '{"kind": "dropout", "p": "0.5"}]', r"^Item 2: P must be a number\."),
        (BEGIN + '{"kind": "max", "kernel_size": [[2]]}]', r"^Item 2: Kernel size must be an integer or a pair"),
        (BEGIN + '{"kind": "max", "kernel_size": [[[2]]]}]', r"^Item 2: Kernel size must be whole numbers, such as 3"),
        (BEGIN + '{"kind": "max", "kernel_size": []}]', r"^Item 2: Kernel size must be whole numbers, such as 3"),
        (BEGIN + '{"kind": "max", "kernel_size": 2, "padding": {"a": 1}}]', r"^Item 2: Padding must be same, valid"),
        (
            BEGIN + '{"kind": "conv", "out_channels": 1, "kernel_size": 2, "table": [1]}]',
            r"^Item 2: Table must be whole numbers, such as 0\+1,1\+2\.",
        ),
        (BEGIN + '{"kind": "residual", "main": 5}]', r"^Item 2: A residual block has main and shortcut, each a list\."),
        (BEGIN + '{"kind": "residual", "main": [{"kind": "residual"}]}]', r"^Item 2: A residual block must not hold"),
    ],
)
def test_what_cannot_be_read_says_where(text, message):
    with pytest.raises(ConvError, match=message):
        parse(text)


def test_hostile_text_ends_soon():
    with pytest.raises(ConvError, match=r"^The text must have at most 20000 characters\. Received: .*=20001\.$"):
        parse(" " * (MOST_CHARACTERS + 1))
    with pytest.raises(ConvError, match=rf"^Line {MOST_LAYERS + 2}: A network must have at most 200 layers\."):
        parse("input 1x9x9\n" + "relu\n" * (MOST_LAYERS + 1))
    with pytest.raises(ConvError, match=r"^Item 2: A network must have at most 200 layers\."):
        parse(BEGIN + json.dumps({"kind": "residual", "main": [{"kind": "relu"}] * MOST_LAYERS}) + "]")
    with pytest.raises(ConvError, match=r"JSON"):
        parse("[" * MOST_CHARACTERS)
    with pytest.raises(ConvError, match=r"^This JSON is not a network\.$"):
        parse("[" + "9" * 5000 + "]")
    grows = "input 1x1024x1024\n" + "conv 1 1x1 padding 32\nmax 64 stride 1 padding 32\n" * (MOST_LAYERS // 2)
    assert summary(parse(grows)[1], (1, 1024, 1024)).output_shape[0] == 1


@given(st.text(max_size=200))
def test_any_text_is_read_or_refused(text):
    for whole in (text, "input 1x9x9\n" + text, "[" + text):
        try:
            parse(whole)
        except ConvError:
            continue


words = st.sampled_from([*KINDS, "input", "residual", "shortcut", "end", "stride", "padding", "table", "ceil", "nobias",
                         "1", "2x2", "0", "0,1x1,0", "same", "1x", ",", "+", "x", "C1:", "#", "\n", "\n", "\n"])


@given(st.lists(words, max_size=40))
def test_any_words_are_read_or_refused(found):
    try:
        shape, layers = parse("input 1x9x9\n" + " ".join(found))
    except ConvError:
        return
    assert parse(write(shape, layers)) == (shape, layers)


json_values = st.recursive(
    st.one_of(st.none(), st.booleans(), st.integers(-2, 70), st.floats(), st.sampled_from(["same", "conv", ""])),
    lambda inner: st.lists(inner, max_size=3), max_leaves=6,
)


@given(st.sampled_from([*KINDS]), st.data())
def test_any_arguments_are_read_or_refused(word, data):
    kind = KINDS[word]
    names = [*kind.given, *kind.options, *(name for name, _ in kind.flags.values())]
    item = {"kind": word, **{name: data.draw(json_values) for name in names}}
    try:
        shape, layers = parse(json.dumps([{"kind": "input", "shape": [2, 9, 9]}, item]))
    except ConvError:
        return
    assert parse(write(shape, layers)) == (shape, layers)
